"""Which part of a field something is: positions along each dimension, in one written form."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import numpy as np

Array = np.ndarray[Any, Any]
#: Positions along each dimension of a field; one number where the dimension was dropped.
Positions = list["Array | int"]


def positions_of(keys: Sequence[tuple[Any, ...]], shape: Sequence[int]) -> Positions:
    """Return the positions that outer indices leave, each applied to what the one before gave.

    Parameters
    ----------
    keys : sequence of tuple
        Each has one int, slice or list per dimension that is left.
    shape : sequence of int
        Shape of the field.

    Examples
    --------
    >>> found = positions_of([(1, slice(2, 8, 2)), ([0, 2],)], (3, 9))
    >>> found[0], found[1].tolist()
    (1, [2, 6])
    """
    found: Positions = [np.arange(size) for size in shape]
    for key in keys:
        left = [dim for dim, each in enumerate(found) if not isinstance(each, int)]
        for dim, part in zip(left, key, strict=True):
            taken = found[dim][part if isinstance(part, slice) else np.asarray(part)]  # type: ignore[index]
            found[dim] = int(taken) if np.ndim(taken) == 0 else np.asarray(taken)
    return found


def written(positions: Positions) -> str:
    """Return the one form of a part, as JSON: equal parts have equal texts.

    Examples
    --------
    >>> written([3, np.arange(0, 9, 2), np.array([0, 1, 5])])
    '[3,{"start":0,"count":5,"step":2},{"at":[0,1,5]}]'
    """
    return json.dumps([_dimension(each) for each in positions], separators=(",", ":"))


def _dimension(positions: Array | int) -> Any:
    if isinstance(positions, int):
        return positions
    count = len(positions)
    steps = np.diff(positions)
    if count > 1 and (steps[0] == 0 or np.any(steps != steps[0])):
        return {"at": positions.tolist()}
    start, step = int(positions[0]) if count else 0, int(steps[0]) if count > 1 else 1
    return {"start": start, "count": count, "step": step}


def parsed(text: str) -> Positions:
    """Return the positions of a written form.

    Raises
    ------
    ValueError
        When it is none.
    """
    return [_parsed_dimension(each) for each in json.loads(text)]


def _parsed_dimension(each: Any) -> Array | int:
    if isinstance(each, int):
        return each
    if not isinstance(each, dict):
        raise ValueError(f"{each!r} is no part of a dimension")
    if "at" in each:
        return np.array(each["at"], dtype=np.int64)
    count = int(each["count"])
    if not 0 <= count < 2**40:
        raise ValueError(f"{count} positions")
    return int(each["start"]) + int(each["step"]) * np.arange(count)


def shown(name: str, text: str) -> str:
    """Return a part as a person writes it.

    Examples
    --------
    >>> shown("phisp", written([3, np.arange(17), np.arange(0, 9, 2), np.array([0, 1, 5])]))
    'phisp[3, 0:17, 0:9:2, [0, 1, 5]]'
    """
    return f"{name}[{', '.join(map(_shown_dimension, json.loads(text)))}]"


def _shown_dimension(each: Any) -> str:
    if isinstance(each, int):
        return str(each)
    if "at" in each:
        items = each["at"]
        return str(items) if len(items) <= 6 else f"{len(items)} positions"
    start, count, step = each["start"], each["count"], each["step"]
    if not count:
        return "0:0"
    stop = start + (count - 1) * step + (1 if step > 0 else -1)
    ends = f"{start}:{'' if stop < 0 else stop}"
    return ends if step == 1 else f"{ends}:{step}"


def within(wanted: Positions, there: Positions) -> tuple[Any, ...] | None:
    """Return the index that takes a part out of another; None where it is not all in there.

    Examples
    --------
    >>> within([3, np.array([2, 4])], [np.arange(3, 5), np.arange(0, 9, 2)])
    (0, array([1, 2]))
    """
    index: list[Any] = []
    for want, have in zip(wanted, there, strict=True):
        if isinstance(have, int):
            if not np.array_equal(np.atleast_1d(want), [have]):
                return None
            # The dimension is there no more; where it is wanted it comes back with one position.
            index.append(None if not isinstance(want, int) else ())
            continue
        places = {int(position): place for place, position in enumerate(have)}
        asked = [want] if isinstance(want, int) else want.tolist()
        if any(position not in places for position in asked):
            return None
        found = [places[position] for position in asked]
        index.append(found[0] if isinstance(want, int) else np.array(found, dtype=np.intp))
    return tuple(index)


def taken(values: Array, index: tuple[Any, ...]) -> Array:
    """Take a part by an index of `within`."""
    axis = 0
    for each in index:
        if isinstance(each, tuple):
            continue
        if each is None:
            values = np.expand_dims(values, axis)
            axis += 1
        elif isinstance(each, int):
            values = np.take(values, each, axis=axis)
        else:
            values = np.take(values, each, axis=axis)
            axis += 1
    return np.asarray(values)
