"""Curves of orbits through periodic faces: out at one side, in at the other, no streak between."""

from __future__ import annotations

from typing import Any

import numpy as np

Array = np.ndarray[Any, Any]


def crossings(values: Array, period: float) -> tuple[Array, Array]:
    """Find the steps that go through a periodic face.

    Parameters
    ----------
    values : ndarray, shape (n,)
        A coordinate along an orbit, from 0 to `period`.
    period : float
        Distance of the faces; 0 where they are not periodic.

    Returns
    -------
    is_through : ndarray of bool, shape (n - 1,)
        Whether a step goes through a face.
    share : ndarray, shape (n - 1,)
        Part of the step before the face.
    """
    steps = np.diff(values)
    if not period:
        return np.zeros(len(steps), dtype=bool), np.zeros(len(steps))
    is_through = np.abs(steps) > period / 2
    way = _shortest(steps, period)
    face = np.where(steps < 0, period, 0.0)
    share = np.divide(face - values[:-1], way, out=np.full(len(way), 0.5), where=way != 0)
    return is_through, np.clip(share, 0.0, 1.0)


def interrupted(
    curves: tuple[Array, Array], drawn: tuple[Array, Array], periods: tuple[float, float]
) -> tuple[Array, Array]:
    """Lead a curve to the faces that it goes through, and interrupt it there by NaN.

    Parameters
    ----------
    curves : tuple of ndarray
        Both coordinates as they were traced.
    drawn : tuple of ndarray
        The same as they are drawn: in another unit, shifted.
    periods : tuple of float
        Distance of periodic faces along each, in the unit that was traced in; 0 for none.

    Examples
    --------
    >>> x, t = np.array([8.0, 9.0, 1.0]), np.array([0.0, 1.0, 3.0])
    >>> x, t = interrupted((x, t), (x, t), (10.0, 0.0))
    >>> x, t
    (array([ 8.,  9., 10., nan,  0.,  1.]), array([ 0.,  1.,  2., nan,  2.,  3.]))
    """
    found = [crossings(curve, period) for curve, period in zip(curves, periods, strict=True)]
    is_through = found[0][0] | found[1][0]
    if not is_through.any():
        return drawn
    share = np.where(found[0][0], found[0][1], found[1][1])[is_through]
    places = np.repeat(np.flatnonzero(is_through) + 1, 3)
    result = []
    for curve, shown, period in zip(curves, drawn, periods, strict=True):
        # Both coordinates have been changed by one factor and a shift.
        span = float(np.ptp(curve))
        factor = float(np.ptp(shown)) / span if span else 1.0
        way = _shortest(np.diff(shown), period * factor)[is_through]
        before = shown[:-1][is_through] + share * way
        after = shown[1:][is_through] - (1 - share) * way
        between = np.full(len(way), np.nan)
        result.append(np.insert(shown, places, np.stack([before, between, after], axis=1).ravel()))
    return result[0], result[1]


def _shortest(steps: Array, period: float) -> Array:
    """Return steps as they were made, through a face where that is the shorter way."""
    return steps - period * np.round(steps / period) if period else steps
