"""Where in a field something is asked for: by index, or by position."""

from __future__ import annotations

import operator
from typing import Any

import numpy as np

from emout_lab.errors import BadIndex, NoSuchPosition

Array = np.ndarray[Any, Any]

#: Ends of a range of positions are met within this part of a cell: coordinates are rounded.
ROUNDING = 1e-6
NOT_AN_INDEX = "A field is indexed by integers, slices, lists of integers and masks"


def whole_number(part: Any, dim: str, name: str) -> Any:
    """Return one part of an index with numbers that Python can use; checks their kind.

    Parameters
    ----------
    part : object
        Integer, slice or one-dimensional list or array of integers, as the user wrote it.
    dim, name : str
        Dimension and field, for messages.

    Raises
    ------
    BadIndex
        When it is something else, with what to write.

    Examples
    --------
    >>> whole_number(np.int64(3), "x", "phisp"), whole_number(slice(0, 4), "x", "phisp")
    (3, slice(0, 4, None))
    """
    if isinstance(part, slice):
        bounds = (part.start, part.stop, part.step)
        first, last, step = (None if b is None else _integer(b, dim, name) for b in bounds)
        if step == 0:
            raise BadIndex(f"The slice of {dim} of {name} has step 0: write 1 or more.")
        return slice(first, last, step)
    if isinstance(part, (list, np.ndarray)) and np.ndim(part) == 1:
        array = np.asarray(part)
        if array.size and array.dtype.kind not in "iu":
            wrong = next(
                (each for each in part if not isinstance(each, (int, np.integer))), part[0]
            )
            _integer(wrong, dim, name)
        return part
    return _integer(part, dim, name)


def check_range(part: Any, size: int, dim: str, name: str) -> None:
    """Refuse an index beyond the size of its dimension.

    Raises
    ------
    BadIndex
        With the dimension, its size and its positions.
    """
    if isinstance(part, slice):
        return
    numbers = np.atleast_1d(np.asarray(part))
    outside = numbers[(numbers < -size) | (numbers >= size)]
    if outside.size:
        positions = f"{size} positions, 0 to {size - 1}" if size else "no positions"
        raise BadIndex(f"Index {outside[0]} is out of range: {dim} of {name} has {positions}.")


def nearest(
    wanted: Any, coordinate: Array, dim: str, unit: str, cell: float | None = None
) -> int | list[int] | slice:
    """Return the index of the position nearest to a value, to each of several, or of a range.

    Parameters
    ----------
    wanted : float, sequence of float or slice
        Position, positions, or a range with both its ends.
    coordinate : ndarray, shape (n,)
        Positions along the dimension, evenly spaced or not.
    dim, unit : str
        Dimension and unit of the positions, for messages.
    cell : float, optional
        Distance of neighbours where there is one position only.

    Raises
    ------
    NoSuchPosition
        When nothing lies within half a cell, with the neighbours.

    Examples
    --------
    >>> x = np.arange(5) * 0.003
    >>> nearest(0.009, x, "x", "m"), nearest([0, 0.0071], x, "x", "m")
    (3, [0, 2])
    >>> x[nearest(slice(0.003, 0.009), x, "x", "m")].size
    3
    """
    size = len(coordinate)
    if not size:
        raise NoSuchPosition(f"{dim} has no positions, so none near {wanted!r}.")
    width = float(np.abs(np.diff(coordinate)).min()) if size > 1 else (cell or 0.0)
    if isinstance(wanted, slice):
        return _range(wanted, coordinate, width * ROUNDING, dim)
    if np.ndim(wanted) == 0:
        return _near(wanted, coordinate, width, dim, unit)
    return [_near(each, coordinate, width, dim, unit) for each in np.ravel(wanted).tolist()]


def _near(wanted: Any, coordinate: Array, width: float, dim: str, unit: str) -> int:
    value = _position(wanted, dim)
    place = int(np.argmin(np.abs(coordinate - value)))
    distance = abs(float(coordinate[place]) - value)
    # A value half-way between two positions is within half a cell of both, rounded or not.
    if distance <= width * (0.5 + ROUNDING) or distance <= ROUNDING * abs(value):
        return place
    raise NoSuchPosition(_told(value, np.sort(coordinate), width, dim, unit))


def _told(value: float, ordered: Array, width: float, dim: str, unit: str) -> str:
    above = int(np.searchsorted(ordered, value))
    around = [f"{each:.6g}" for each in ordered[max(0, above - 1) : above + 1]]
    tail = f" {unit}" if unit else ""
    beside = "Its neighbours are" if len(around) > 1 else "Nearest is"
    return (
        f"{dim} = {value:.6g}{tail} is no position: nothing lies within half a cell "
        f"({width / 2:.3g}{tail}) of it. {beside} {' and '.join(around)}{tail}; {dim} goes from "
        f"{ordered[0]:.6g} to {ordered[-1]:.6g}{tail}. Grid points by their number: "
        f"isel({dim}=...), or an index."
    )


def _range(wanted: slice, coordinate: Array, slack: float, dim: str) -> slice:
    """Return the slice of positions between two values, the ends included."""
    step = 1 if wanted.step is None else wanted.step
    ends = [None if end is None else _position(end, dim) for end in (wanted.start, wanted.stop)]
    low, high = ends
    if coordinate[0] > coordinate[-1]:
        # Either order of the ends will do where the positions go down.
        low, high = ends[::-1]
        if low is not None and high is not None:
            low, high = min(low, high), max(low, high)
    inside = np.ones(len(coordinate), bool)
    if low is not None:
        inside &= coordinate >= low - slack
    if high is not None:
        inside &= coordinate <= high + slack
    places = np.flatnonzero(inside)
    if not places.size:
        return slice(0, 0)
    return slice(int(places[0]), int(places[-1]) + 1, whole_number(step, dim, "the field"))


def _position(value: Any, dim: str) -> float:
    try:
        number = float(value)
    except (TypeError, ValueError):
        number = float("nan")
    if isinstance(value, (bool, str)) or np.isnan(number):
        raise NoSuchPosition(f"{dim} = {value!r} is no position: write a number.")
    return number


def _integer(part: Any, dim: str, name: str) -> int:
    if not isinstance(part, (bool, np.bool_)):
        try:
            return operator.index(part)
        except TypeError:
            pass
    text = f"{type(part).__name__} {part!r}" if isinstance(part, str) else f"{part!r}"
    if isinstance(part, (bool, np.bool_)):
        help = "Write 0 or 1 for a position; a mask has the shape of the field."
    elif isinstance(part, str):
        help = f"Positions by their value: {name}.sel({dim}=...)."
    elif isinstance(part, (float, np.floating)) or getattr(part, "dtype", None) is not None:
        help = (
            f"A division gives a float, also where it comes out even: write n // 2 for n / 2, or "
            f"int(...). Positions by their value: {name}.sel({dim}=...)."
        )
    else:
        help = ""
    raise BadIndex(
        f"Index {text} ({type(part).__name__}) of {dim} is no integer. {help or NOT_AN_INDEX + '.'}"
    )
