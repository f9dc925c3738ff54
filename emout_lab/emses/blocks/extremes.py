"""Which values a drawing has to show."""

from __future__ import annotations

from typing import Any

import numpy as np

from emout_lab.emses.blocks.array import BlockArray

Array = np.ndarray[Any, Any]


def finite(values: Array | BlockArray) -> Array:
    """Return the finite values; of an array larger than memory smallest, largest, least positive.

    Examples
    --------
    >>> finite(np.array([1.0, np.nan, 3.0])).tolist()
    [1.0, 3.0]
    """
    if isinstance(values, np.ndarray):
        return np.asarray(values[np.isfinite(values)])
    seen = np.where(np.isfinite(values), values, np.nan)
    if not np.isfinite(seen).any():
        return np.empty(0, values.dtype)
    ends = [np.nanmin(seen), np.nanmax(seen)]
    if ends[0] <= 0 < ends[1]:
        ends.insert(1, np.nanmin(np.where(seen > 0, seen, np.nan)))
    return np.asarray(ends, values.dtype)
