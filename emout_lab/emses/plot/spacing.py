"""Where values lie along their coordinates: in order, evenly or not, and the cells around them."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from emout_lab.emses.plot.labels import View
from emout_lab.errors import DataError

Array = np.ndarray[Any, Any]

#: How far a position may be from where even spacing has it, as a part of the step.
OFF_BY = 1e-3
#: Points along an axis that is made even, at most: more than a figure has pixels.
MOST_POINTS = 1500


def is_even(axis: Array) -> bool:
    """Tell whether positions are evenly spaced, rising or falling.

    Examples
    --------
    >>> is_even(np.array([0.0, 2.0, 4.0])), is_even(np.array([0.0, 1.0, 4.0]))
    (True, False)
    """
    if len(axis) < 3:
        return True
    step = (axis[-1] - axis[0]) / (len(axis) - 1)
    places = np.linspace(axis[0], axis[-1], len(axis))
    return bool(np.abs(axis - places).max() <= OFF_BY * abs(step))


def ordered(view: View, *, start: int = 0, may_repeat: bool = False) -> View:
    """Return the same values with positions that rise or fall along each axis.

    Parameters
    ----------
    view : View
        Of any number of dimensions.
    start : int
        First dimension that is looked at: 1 leaves the frames of a film in their order.
    may_repeat : bool
        Whether a position may come twice: on a curve it may, a cell has one value.

    Raises
    ------
    DataError
        When a position is not known, or comes twice.
    """
    for number in range(start, len(view.dims)):
        axis = np.asarray(view.axes[number])
        if not np.isfinite(axis).all():
            raise DataError(
                f"{view.dims[number]} has positions that are not known (NaN or infinite): "
                "nothing can be drawn over it. Take a slice without them."
            )
        steps = np.diff(axis)
        if (steps > 0).all() or (steps < 0).all() or (may_repeat and (steps >= 0).all()):
            continue
        order = np.argsort(axis, kind="stable")
        axes = tuple(a[order] if i == number else a for i, a in enumerate(view.axes))
        twice = np.flatnonzero(np.diff(axes[number]) == 0)
        if twice.size and not may_repeat:
            raise DataError(
                f"{view.dims[number]} holds the position {axes[number][twice[0]]:g} "
                f"{view.axis_units[number]} more than once: a map has one value at each. Take each "
                "index once."
            )
        view = replace(view, values=np.take(view.values, order, axis=number), axes=axes)
    return view


def rising(view: View) -> View:
    """Return the same values with positions that rise along each axis."""
    view = ordered(view)
    is_falling = [len(axis) > 1 and axis[-1] < axis[0] for axis in view.axes]
    turned = tuple(slice(None, None, -1) if falls else slice(None) for falls in is_falling)
    axes = tuple(axis[::-1] if f else axis for axis, f in zip(view.axes, is_falling, strict=True))
    return replace(view, values=view.values[turned], axes=axes)


def evened(view: View) -> View:
    """Return values between those of a view, at even positions that rise.

    An axis that is even already keeps its positions. On another one, values are interpolated
    linearly at steps as small as its smallest one; what lies beside a missing value is missing.
    """
    view = rising(view)
    for number, axis in enumerate(view.axes):
        places = _even_places(axis)
        values = view.values
        if len(places) != len(axis) or not is_even(axis):
            values = _between(np.moveaxis(values, number, 0), axis, places)
            values = np.moveaxis(values, 0, number)
        axes = tuple(places if i == number else a for i, a in enumerate(view.axes))
        view = replace(view, values=values, axes=axes)
    return view


def edges(axis: Array, half: float | None = None) -> Array:
    """Return the edges of the cells around positions: half-way to the neighbours.

    Parameters
    ----------
    axis : ndarray, shape (n,)
        Positions, rising or falling.
    half : float, optional
        Half the width of the cell around a single position.

    Returns
    -------
    ndarray, shape (n + 1,)

    Examples
    --------
    >>> edges(np.array([0.0, 1.0, 4.0])).tolist()
    [-0.5, 0.5, 2.5, 5.5]
    """
    if len(axis) == 1:
        half = half or abs(float(axis[0])) / 2 or 0.5
        return np.array([axis[0] - half, axis[0] + half], dtype=float)
    between = (axis[1:] + axis[:-1]) / 2
    first = axis[0] - (axis[1] - axis[0]) / 2
    last = axis[-1] + (axis[-1] - axis[-2]) / 2
    return np.concatenate([[first], between, [last]])


def cell_edges(view: View) -> list[Array]:
    """Return the edges of a map's cells along each axis.

    A single position gets a cell as wide as those of the other axis, where both are lengths.
    """
    return [edges(axis, _half(view, number)) for number, axis in enumerate(view.axes)]


def extent(view: View, number: int) -> tuple[float, float]:
    """Return the outer edges of evenly spaced cells along an axis."""
    axis = view.axes[number]
    if len(axis) == 1:
        low, high = edges(axis, _half(view, number))
        return float(low), float(high)
    half = (axis[1] - axis[0]) / 2
    return float(axis[0] - half), float(axis[-1] + half)


def step(axis: Array) -> float:
    """Return the usual distance of neighbours; zero of a single position."""
    return float(np.median(np.abs(np.diff(axis)))) if len(axis) > 1 else 0.0


def _half(view: View, number: int) -> float | None:
    """Half the width of the one cell along an axis, as far as the other axes tell it."""
    if len(view.axes[number]) > 1 or view.dims[number] == "t":
        return None
    lengths = [
        axis
        for dim, axis, unit in zip(view.dims, view.axes, view.axis_units, strict=True)
        if dim != "t" and unit == view.axis_units[number]
    ]
    steps = [step(axis) for axis in lengths if len(axis) > 1]
    return min(steps) / 2 if steps else max(abs(float(axis[0])) for axis in lengths) / 2


def _even_places(axis: Array) -> Array:
    count = len(axis)
    if not is_even(axis):
        smallest = float(np.diff(axis).min())
        count = min(MOST_POINTS, int(np.ceil((axis[-1] - axis[0]) / smallest - OFF_BY)) + 1)
    return np.linspace(axis[0], axis[-1], count)


def _between(values: Array, axis: Array, places: Array) -> Array:
    """Interpolate linearly along the first dimension."""
    lower = np.clip(np.searchsorted(axis, places, side="right") - 1, 0, len(axis) - 2)
    share = (places - axis[lower]) / (axis[lower + 1] - axis[lower])
    share = share.reshape(-1, *(1,) * (values.ndim - 1))
    low, high = values[lower], values[lower + 1]
    # A missing neighbour counts only where it has a share.
    result = np.where(share == 1, high, low * (1 - share) + high * share)
    return np.where(share == 0, low, result)
