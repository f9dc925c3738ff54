"""Values by row and name, each column in the smallest form that keeps them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any, Final

import numpy as np

#: A column has room for so many values at first.
FIRST_ROOM: Final = 16
#: Forms of columns, by the letter of numpy's kind: everything else is kept as it is.
FORMS: Final[dict[str, Any]] = {"b": np.bool_, "i": np.int64, "f": np.float64, "M": "M8[us]"}


class _Missing:
    """Stands where a row has no value."""

    def __repr__(self) -> str:
        return "MISSING"

    def __bool__(self) -> bool:
        return False


MISSING: Final = _Missing()


class Column:
    """Values of one name, in the order of the rows.

    Whole numbers, numbers, truth values and times lie in arrays; a column that has whole numbers
    and other numbers holds all as float; anything else is a list of objects.
    """

    def __init__(self, rows: int = 0) -> None:
        self.kind = ""
        self._values: Any = []
        self._has: Any = None
        self._count = 0
        for _ in range(rows):
            self.append(MISSING)

    def __len__(self) -> int:
        return self._count

    def __getitem__(self, row: int) -> Any:
        if self._has is not None and not self._has[row]:
            return MISSING
        if not self.kind:
            return MISSING
        value = self._values[row]
        return value if self.kind == "O" else value.item()

    def append(self, value: Any) -> None:
        """Add the value of the next row."""
        is_missing = value is MISSING
        if not is_missing:
            self._fit(kind_of(value))
        self._note(not is_missing)
        if not self.kind:
            self._count += 1
            return
        if self.kind == "O":
            self._values.append(None if is_missing else value)
        else:
            self._values = _with_room(self._values, self._count)
            if not is_missing:
                self._values[self._count] = value
        self._count += 1

    def extend(self, values: Any, kind: str) -> None:
        """Add an array of values of one kind, or a list of any."""
        if kind == "O" or len(values) == 0:
            for each in values:
                self.append(each)
            return
        self._fit(kind)
        if self.kind == "O":
            for each in values:
                self.append(each.item())
            return
        count = self._count + len(values)
        if self._has is not None:
            self._has = _with_room(self._has, count)
            self._has[self._count : count] = True
        self._values = _with_room(self._values, count)
        self._values[self._count : count] = values
        self._count = count

    def filled(self) -> tuple[Any, Any]:
        """Return the values (an array, or a list of objects) and where there are some, by row."""
        has = np.ones(self._count, bool) if self._has is None else self._has[: self._count]
        if not self.kind:
            return np.zeros(self._count), np.zeros(self._count, bool)
        return (self._values if self.kind == "O" else self._values[: self._count]), has

    def _note(self, has: bool) -> None:
        if self._has is None:
            if has:
                return
            self._has = np.ones(max(FIRST_ROOM, self._count + 1), bool)
        self._has = _with_room(self._has, self._count)
        self._has[self._count] = has

    def _fit(self, kind: str) -> None:
        """Change the form where it does not hold values of a kind."""
        if kind == self.kind:
            return
        if not self.kind:
            if kind == "O":
                self._values = [None] * self._count
            else:
                self._values = np.zeros(max(FIRST_ROOM, self._count), FORMS[kind])
            if self._count and self._has is None:
                self._has = np.zeros(self._count, bool)
            self.kind = kind
        elif {kind, self.kind} == {"i", "f"} and self._is_exact_as_float():
            self._values, self.kind = self._values.astype(np.float64), "f"
        elif self.kind != "O":
            whole, has = self.filled()
            self._values = [v if h else None for v, h in zip(whole.tolist(), has, strict=True)]
            self.kind = "O"

    def _is_exact_as_float(self) -> bool:
        """Return whether no whole number in it would change as a float."""
        return self.kind == "f" or bool(np.all(np.abs(self._values[: self._count]) <= 2**53))


def kind_of(value: Any) -> str:
    """Return the form that holds a value: a letter of `FORMS`, or "O".

    Examples
    --------
    >>> kind_of(True), kind_of(3), kind_of(2.5), kind_of("text"), kind_of(2**70)
    ('b', 'i', 'f', 'O', 'O')
    """
    if isinstance(value, bool | np.bool_):
        return "b"
    if isinstance(value, int | np.integer):
        return "i" if -(2**63) <= int(value) < 2**63 else "O"
    if isinstance(value, float | np.floating):
        return "f" if np.dtype(type(value)).itemsize <= 8 else "O"
    if isinstance(value, datetime) and value.tzinfo is None:
        return "M"
    return "O"


def _with_room(values: Any, row: int) -> Any:
    if row < len(values):
        return values
    larger = np.zeros(max(FIRST_ROOM, 2 * len(values), row + 1), values.dtype)
    larger[: len(values)] = values
    return larger


class Table:
    """Rows of values by name; a name may be missing in a row."""

    def __init__(self) -> None:
        self.columns: dict[str, Column] = {}
        self._count = 0

    def __len__(self) -> int:
        return self._count

    def append(self, row: Mapping[str, Any]) -> None:
        """Add a row."""
        for name in row:
            if name not in self.columns:
                self.columns[name] = Column(self._count)
        for name, column in self.columns.items():
            column.append(row.get(name, MISSING))
        self._count += 1

    def extend(self, columns: Mapping[str, tuple[Any, str]], count: int) -> None:
        """Add rows by columns, each an array (or a list) and its kind."""
        for name in columns:
            if name not in self.columns:
                self.columns[name] = Column(self._count)
        for name, column in self.columns.items():
            values, kind = columns.get(name, ([MISSING] * count, "O"))
            column.extend(values, kind)
        self._count += count

    def row(self, number: int) -> dict[str, Any]:
        """Return what is in a row, by name."""
        found = ((name, column[number]) for name, column in self.columns.items())
        return {name: value for name, value in found if value is not MISSING}

    def rows(self, start: int = 0) -> Iterator[dict[str, Any]]:
        """Return the rows in order."""
        return (self.row(number) for number in range(start, self._count))
