"""Means and variances of parts, and of all from those of the parts.

The update is that of Chan, Golub and LeVeque (1983): it loses no digits where the spread is small
beside the mean.
"""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from typing import Any

import numpy as np

Array = np.ndarray[Any, Any]
#: Number of values and their sum; or number, mean and the sum of the squared deviations from it.
Moments = tuple[Array, ...]


def start(shape: tuple[int, ...], dtype: np.dtype[Any], has_squares: bool) -> Moments:
    """Return the moments of no values."""
    exact = np.result_type(dtype, np.float64)
    zeros = [np.zeros(shape, np.int64), np.zeros(shape, exact)]
    return (*zeros, np.zeros(shape, exact)) if has_squares else tuple(zeros)


def of_values(values: Array, axes: tuple[int, ...], has_squares: bool, skips_nan: bool) -> Moments:
    """Return the moments of values along axes.

    Examples
    --------
    >>> [float(item) for item in of_values(np.array([1.0, 3.0]), (0,), True, False)]
    [2.0, 2.0, 2.0]
    """
    exact = np.result_type(values.dtype, np.float64)
    if skips_nan and values.dtype.kind == "f":
        gone = np.isnan(values)
        count = np.asarray(np.sum(~gone, axis=axes, dtype=np.int64))
        values = np.where(gone, 0, values)
    else:
        gone = None
        kept = tuple(size for axis, size in enumerate(values.shape) if axis not in axes)
        count = np.full(kept, values.size // max(int(np.prod(kept)), 1), np.int64)
    total = np.asarray(np.sum(values, axis=axes, dtype=exact))
    if not has_squares:
        return count, total
    mean = total / np.maximum(count, 1)
    if gone is None and values.dtype == np.float32:
        found = _of_singles(values, axes, count, mean)
        if np.isfinite(found[2]).all():
            return found
    deviations = values - np.expand_dims(mean, axes)
    if gone is not None:
        deviations[gone] = 0
    return count, mean, np.asarray(np.sum(np.square(deviations, out=deviations), axis=axes))


def _of_singles(values: Array, axes: tuple[int, ...], count: Array, mean: Array) -> Moments:
    """Do the same in half the time: single numbers less a near one are exact in their own type."""
    near = mean.astype(values.dtype)
    deviations = values - np.expand_dims(near, axes)
    total = np.asarray(np.sum(deviations, axis=axes, dtype=np.float64))
    squares = np.sum(np.square(deviations, out=deviations), axis=axes, dtype=np.float64)
    left = total / np.maximum(count, 1)
    return count, near + left, np.maximum(squares - total * left, 0)


def merge(state: Moments, other: Moments) -> None:
    """Bring other moments into the first ones, in place."""
    if len(state) == 2:
        for item, new in zip(state, other, strict=True):
            np.add(item, new, out=item)
        return
    count = state[0] + other[0]
    share = other[0] / np.maximum(count, 1)
    # Where there is nothing yet, an infinite or undefined mean would make the difference so.
    is_first, is_none = state[0] == 0, other[0] == 0
    difference = np.where(is_first | is_none, 0, other[1] - state[1])
    state[2][...] += other[2] + difference**2 * state[0] * share
    state[1][...] = np.where(is_first, other[1], state[1] + difference * share)
    state[0][...] = count


def mean_of_sums(state: Moments, options: Mapping[str, Any], count: int) -> Array:  # noqa: ARG001
    """Return the mean of so many values from their sum alone."""
    warn_of_nothing(count == 0, "Mean of empty slice")
    return np.asarray(state[0] / count if count else np.full_like(state[0], np.nan, dtype=float))


def result(state: Moments, power: int, ddof: float, skips_nan: bool) -> Array:
    """Return mean (power 1), variance (2) or standard deviation (3)."""
    count = state[0]
    empty = np.asarray(count == 0)
    if power == 1:
        warn_of_nothing(empty, "Mean of empty slice")
        return np.where(empty, np.nan, state[1] / np.where(empty, 1, count))
    left = count - ddof
    warn_of_nothing(left <= 0, "Degrees of freedom <= 0 for slice")
    # As NumPy: nothing is left is infinite or undefined, and for nanvar undefined.
    variance = np.where(left > 0, state[2] / np.where(left > 0, left, 1), np.nan)
    if not skips_nan:
        variance = np.where((left <= 0) & (state[2] > 0), np.inf, variance)
    return np.sqrt(variance) if power == 3 else variance


def warn_of_nothing(where: Any, text: str) -> None:
    """Warn as NumPy does where there are no values for a result."""
    if where is not None and np.any(where):
        warnings.warn(text, RuntimeWarning, stacklevel=2)
