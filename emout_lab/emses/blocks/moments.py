"""Means and variances of parts, and of all from those of the parts.

The update is that of Chan, Golub and LeVeque (1983): it loses no digits where the spread is small
beside the mean.
"""

from __future__ import annotations

import warnings
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
    deviations = values - np.expand_dims(mean, axes)
    if gone is not None:
        deviations[gone] = 0
    return count, mean, np.asarray(np.sum(np.square(deviations, out=deviations), axis=axes))


def merge(state: Moments, other: Moments) -> Moments:
    """Return the moments of both."""
    count = state[0] + other[0]
    if len(state) == 2:
        return count, state[1] + other[1]
    share = other[0] / np.maximum(count, 1)
    difference = other[1] - state[1]
    # Where there is nothing yet, an infinite or undefined mean would make the difference so.
    mean = np.where(state[0] == 0, other[1], state[1] + difference * share)
    mean = np.where(other[0] == 0, state[1], mean)
    between = np.where(state[0] * other[0] > 0, difference**2 * state[0] * share, 0)
    return count, mean, state[2] + other[2] + between


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
