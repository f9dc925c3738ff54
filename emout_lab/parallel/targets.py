"""Which engines are meant: by ints, slices, lists, and "all"."""

from __future__ import annotations

import operator
from collections.abc import Iterable
from typing import Any

Targets = int | list[int] | str


#: All engines that there are at each call.
ALL = "all"


def is_all(targets: Any) -> bool:
    """Return whether all engines are meant that there are when a call is sent."""
    return isinstance(targets, str) and targets.lower() == ALL


def chosen(key: Any, ids: list[int]) -> Targets:
    """Return the ids that a key means; a single one for an int, ``"all"`` for that.

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
    if key is None:
        return list(ids)
    if isinstance(key, slice):
        return ids[key]
    if is_all(key):
        return ALL
    if hasattr(key, "__index__") and getattr(key, "ndim", 0) == 0:
        return _known(key, ids)
    if isinstance(key, str | bytes) or not isinstance(key, Iterable):
        raise _no_key(key, ids)
    return [_known(each, ids) for each in key]


def _known(key: Any, ids: list[int]) -> int:
    try:
        number = operator.index(key)
    except TypeError:
        raise _no_key(key, ids) from None
    if -len(ids) <= number < 0:
        return ids[number]
    if number not in ids:
        raise IndexError(
            f"there is no engine {number}; the ids are {shown(ids)}. One that was lost or "
            "restarted has another id now"
        )
    return number


def shown(ids: list[int]) -> str:
    """Return ids as a person reads them.

    Examples
    --------
    >>> shown([0, 1, 2, 5]), shown([])
    ('0-2, 5', 'none yet')
    """
    runs: list[list[int]] = []
    for number in ids:
        if runs and runs[-1][1] == number - 1:
            runs[-1][1] = number
        else:
            runs.append([number, number])
    parts = [str(first) if first == last else f"{first}-{last}" for first, last in runs]
    return ", ".join(parts) or "none yet"


def _no_key(key: Any, ids: list[int]) -> TypeError:
    return TypeError(
        f"{key!r} names no engines: use an int, a slice, or a list of ints; the ids are "
        f"{shown(ids)}"
    )
