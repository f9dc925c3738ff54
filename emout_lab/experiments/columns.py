"""Values by row and name, each column in the smallest form that keeps them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from emout_lab.experiments.column_values import (
    EXACT,
    FORMS,
    MISSING,
    ColumnValues,
    column_values,
)

#: A column has room for so many values at first.
FIRST_ROOM: Final = 16
#: So many different texts of a column are looked for among those that it has.
KNOWN_TEXTS: Final = 1024


class Column:
    """Values of one name, in the order of the rows.

    Whole numbers, numbers, truth values and times lie in arrays; a column that has whole numbers
    and other numbers holds all as float; anything else is a list of objects.
    """

    def __init__(self, rows: int = 0) -> None:
        self.kind = ""
        self._values: Any = []
        self._has: Any = np.zeros(rows, bool) if rows else None
        self._texts: dict[str, str] | None = {}
        self._count = rows

    def __len__(self) -> int:
        return self._count

    def __getitem__(self, row: int) -> Any:
        if not self.kind or (self._has is not None and not self._has[row]):
            return MISSING
        value = self._values[row]
        return value if self.kind == "O" else value.item()

    def append(self, value: Any) -> None:
        """Add the value of the next row."""
        self.extend(column_values([value]))

    def extend(self, given: ColumnValues) -> None:
        """Add the values of the next rows."""
        values, has, kind = given
        added = len(has if kind == "" else values)
        if added == 0:
            return
        count = self._count + added
        self._fit(kind, values)
        if has is not None or self._has is not None:
            self._note(has, count)
        if self.kind == "O":
            self._add_objects(values, has, kind, added)
        elif self.kind:
            self._values = _with_room(self._values, count)
            self._values[self._count : count] = values if kind else 0
        self._count = count

    def truncate(self, count: int) -> None:
        """Keep the first rows only, whatever was broken off while others were added."""
        self._count = count
        if self.kind == "O":
            del self._values[count:]

    def without(self, is_left: Any) -> Column:
        """Return a column of those rows that are left."""
        found = Column()
        found.extend(self.at(np.flatnonzero(is_left)))
        return found

    def filled(self) -> tuple[Any, Any]:
        """Return the values (an array, or a list of objects) and where there are some, by row."""
        has = np.ones(self._count, bool) if self._has is None else self._has[: self._count]
        if not self.kind:
            return np.zeros(self._count), np.zeros(self._count, bool)
        return (self._values if self.kind == "O" else self._values[: self._count]), has

    def part(self, start: int, stop: int | None = None) -> ColumnValues:
        """Return the values of some rows."""
        values, has = self.filled()
        has = None if self._has is None else has[start:stop]
        return ColumnValues(values[start:stop] if self.kind else [], has, self.kind)

    def at(self, rows: NDArray[np.intp]) -> ColumnValues:
        """Return the values of rows, in their order."""
        values, has = self.filled()
        if not self.kind:
            return ColumnValues([], np.zeros(len(rows), bool), "")
        has = None if self._has is None else has[rows]
        is_array = self.kind != "O"
        return ColumnValues(values[rows] if is_array else [values[r] for r in rows], has, self.kind)

    def _add_objects(self, values: Any, has: Any, kind: str, added: int) -> None:
        """Add objects, of equal texts one only."""
        del self._values[self._count :]
        if not kind:
            self._values += [None] * added
            return
        listed = values.tolist() if kind != "O" else values
        if has is not None:
            listed = [each if there else None for each, there in zip(listed, has, strict=True)]
        texts = self._texts
        if texts is None or kind != "O":
            self._values += listed
            return
        self._values += [
            texts.setdefault(each, each) if type(each) is str else each for each in listed
        ]
        if len(texts) > KNOWN_TEXTS:
            self._texts = None

    def _note(self, has: Any, count: int) -> None:
        if self._has is None:
            self._has = np.ones(max(FIRST_ROOM, count), bool)
        self._has = _with_room(self._has, count)
        self._has[self._count : count] = True if has is None else has

    def _fit(self, kind: str, added: Any) -> None:
        """Change the form where it does not hold values of a kind."""
        if kind in (self.kind, ""):
            return
        if not self.kind:
            room = max(FIRST_ROOM, self._count)
            self._values = [None] * self._count if kind == "O" else np.zeros(room, FORMS[kind])
            self.kind = kind
        elif {kind, self.kind} == {"i", "f"} and is_exact(
            added if kind == "i" else self._values[: self._count]
        ):
            self._values, self.kind = self._values.astype(np.float64), "f"
        elif self.kind != "O":
            whole, has = self.filled()
            self._values = [v if h else None for v, h in zip(whole.tolist(), has, strict=True)]
            self.kind = "O"


def is_exact(whole: Any) -> bool:
    """Return whether no whole number would change as a float."""
    return bool(np.all((whole >= -EXACT) & (whole <= EXACT)))


def _with_room(values: Any, count: int) -> Any:
    """Return an array that has room for so many values."""
    if count <= len(values):
        return values
    larger = np.zeros(max(FIRST_ROOM, len(values) * 3 // 2, count), values.dtype)
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
        self.extend({name: column_values([value]) for name, value in row.items()}, 1)

    def extend(self, columns: Mapping[str, ColumnValues], count: int) -> None:
        """Add rows by columns: all of them, or none when it is broken off."""
        known = set(self.columns)
        try:
            for name in columns:
                if name not in known:
                    self.columns[name] = Column(self._count)
            nothing = ColumnValues([], np.zeros(count, bool), "")
            for name, column in self.columns.items():
                column.extend(columns.get(name, nothing))
        except BaseException:
            self.truncate(self._count, known)
            raise
        self._count += count

    def truncate(self, count: int, known: set[str] | None = None) -> None:
        """Keep the first rows only, and of the columns those that are named (all by default)."""
        if known is not None:
            self.columns = {n: each for n, each in self.columns.items() if n in known}
        for column in self.columns.values():
            column.truncate(count)
        self._count = count

    def take_out(self, rows: Sequence[int]) -> None:
        """Remove rows: all of them, or none when it is broken off."""
        is_left = np.ones(self._count, bool)
        is_left[np.asarray(rows, np.intp)] = False
        count = int(np.count_nonzero(is_left))
        columns = {name: each.without(is_left) for name, each in self.columns.items()}
        self.columns, self._count = columns, count

    def row(self, number: int) -> dict[str, Any]:
        """Return what is in a row, by name."""
        found = ((name, column[number]) for name, column in self.columns.items())
        return {name: value for name, value in found if value is not MISSING}

    def rows(self, start: int = 0) -> Iterator[dict[str, Any]]:
        """Return the rows in order."""
        return (self.row(number) for number in range(start, self._count))
