"""Values of one name for the rows of a column: an array where they have a common form."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, Final, NamedTuple

import numpy as np

#: Forms of columns, by the letter of numpy's kind: everything else is kept as it is, as "O".
FORMS: Final[dict[str, Any]] = {"b": np.bool_, "i": np.int64, "f": np.float64, "M": "M8[us]"}
#: Whole numbers up to this one are exact as floats.
EXACT: Final = 2**53

_KINDS: Final[dict[type, str]] = {bool: "b", int: "i", float: "f", datetime: "M"}


class _Missing:
    """Stands where a row has no value."""

    def __repr__(self) -> str:
        return "MISSING"

    def __bool__(self) -> bool:
        return False


MISSING: Final = _Missing()


class ColumnValues(NamedTuple):
    """Values for the rows of a column.

    Attributes
    ----------
    values : numpy.ndarray or list
        An array of the form of `kind`, or a list of objects.
    has : numpy.ndarray or None
        Which rows have a value; None when all have.
    kind : str
        A letter of `FORMS`, or "O"; "" when no row has a value.
    """

    values: Any
    has: Any
    kind: str


def column_values(values: Sequence[Any]) -> ColumnValues:
    """Return values, some of which may be `MISSING`, in the smallest form that keeps them all.

    Examples
    --------
    >>> [column_values(each).kind for each in ([1, 2], [1, 2.5], [1, "a"], [2**70])]
    ['i', 'f', 'O', 'O']
    >>> column_values([1, MISSING]).has
    array([ True, False])
    """
    has = None
    kinds = set(map(type, values))
    if _Missing in kinds:
        kinds.discard(_Missing)
        has = np.fromiter((each is not MISSING for each in values), bool, len(values))
        if not kinds:
            return ColumnValues([], has, "")
    kind = _common({_KINDS.get(each) or _kind_of_class(each) for each in kinds})
    if kind == "O":
        return ColumnValues(list(values), has, "O")
    there = values if has is None else [each for each in values if each is not MISSING]
    array = _array(there, kind, kinds)
    if array is None:
        return ColumnValues(list(values), has, "O")
    if has is None:
        return ColumnValues(array, None, kind)
    whole = np.zeros(len(values), array.dtype)
    whole[has] = array
    return ColumnValues(whole, has, kind)


def _common(kinds: Iterable[str]) -> str:
    """Return the form that holds values of several forms."""
    found = set(kinds)
    if len(found) == 1:
        return found.pop()
    return "f" if found == {"i", "f"} else "O"


def _kind_of_class(kind: type) -> str:
    if issubclass(kind, np.bool_):
        return "b"
    if issubclass(kind, np.integer) and not issubclass(kind, np.timedelta64):
        return "i"
    # What is longer than 8 bytes would lose digits.
    if issubclass(kind, np.floating) and np.dtype(kind).itemsize <= 8:
        return "f"
    # Subclasses of Python's numbers may mean something else; a time of pandas is a time.
    return "M" if issubclass(kind, datetime) else "O"


def _array(values: Sequence[Any], kind: str, kinds: set[type]) -> Any:
    """Return values as an array; None where it would not hold one of them exactly."""
    if kind == "i":
        try:
            return np.array([int(each) for each in values], np.int64)
        except OverflowError:
            return None
    if kind == "M":
        return _times(values)
    if kind == "f" and any(each is int or issubclass(each, np.integer) for each in kinds):
        if any(
            isinstance(each, int | np.integer) and not -EXACT <= int(each) <= EXACT
            for each in values
        ):
            return None
    return np.array(values, FORMS[kind])


def _times(values: Sequence[Any]) -> Any:
    """Return times as an array; None where one has a time zone, or less than microseconds."""
    if any(each.tzinfo is not None or getattr(each, "nanosecond", 0) for each in values):
        return None
    try:
        return np.array(values, FORMS["M"])
    except (ValueError, OverflowError, TypeError):
        return None
