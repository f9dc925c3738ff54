"""Which engines are meant: by ints, slices, lists, and "all"."""

from __future__ import annotations

import operator
from collections.abc import Iterable
from typing import Any

Targets = int | list[int] | str


def chosen(key: Any, ids: list[int]) -> Targets:
    """Return the ids that a key means; a single one for an int.

    Raises
    ------
    TypeError
        For a key that is no int, slice or collection of ints.
    IndexError
        For an id that no engine has.

    Examples
    --------
    >>> chosen(slice(None, None, 2), [0, 1, 2]), chosen(-1, [0, 2]), chosen([0], [0, 2])
    ([0, 2], 2, [0])
    """
    if isinstance(key, slice):
        return ids[key]
    if isinstance(key, str | bytes) or not (hasattr(key, "__index__") or hasattr(key, "__iter__")):
        raise TypeError(
            f"{key!r} names no engines: use an int, a slice, or a list of ints; there are {ids}"
        )
    if hasattr(key, "__index__"):
        return _known(key, ids)
    return [_known(each, ids) for each in _items(key)]


def _items(key: Iterable[Any]) -> list[Any]:
    return list(key)


def _known(key: Any, ids: list[int]) -> int:
    number = operator.index(key)
    if number < 0:
        try:
            return ids[number]
        except IndexError:
            pass
    if number not in ids:
        raise IndexError(f"there is no engine {number}; there are {ids or 'none yet'}")
    return number
