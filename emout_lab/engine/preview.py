"""Thumbnails of arrays: few of their values, read at next to no cost."""

from __future__ import annotations

import contextlib
import math
from typing import Any

import numpy as np
from dask.base import is_dask_collection

from emout_lab.engine.protocol import Description
from emout_lab.engine.remote_errors import FOREIGN_ERRORS
from emout_lab.engine.size_limits import unread_bytes
from emout_lab.engine.thumbnail import draw

MAX_POINTS = 480
"""Values along one axis: twice as many as there are pixels need not be read."""
MAX_UNREAD_BYTES = 256_000_000
NUMBERS = "biufc"
#: Packages whose arrays can be read while another thread computes.
WELL_BEHAVED = frozenset({"numpy", "xarray", "pandas", "emout_lab"})


def preview_png(value: Any) -> bytes | None:
    """Return a small PNG of an array with one or two dimensions, None for anything else.

    Only every n-th value is read. What would have to be computed (a Dask graph), or is large and
    still lies in a file, has no preview: a look must cost next to nothing.

    Examples
    --------
    >>> preview_png(np.arange(10.0))[1:4] == b"PNG"
    True
    >>> preview_png("text") is None
    True
    """
    values = _thinned(value)
    return None if values is None else draw(values, value.shape)


def is_at_hand(value: Any, description: Description) -> bool:
    """Return whether an object lies in memory whole and may be read while a program runs.

    Nothing is asked of the object itself: foreign code may do anything.

    Examples
    --------
    >>> is_at_hand(np.zeros(3), Description("ndarray", (3,), "float64", 24))
    True
    """
    if type(value).__module__.partition(".")[0] not in WELL_BEHAVED:
        return False
    if description.shape is None or description.dtype is None or description.bytes is None:
        return False
    with contextlib.suppress(TypeError):  # a dtype that only its own package knows
        whole = math.prod(description.shape) * np.dtype(description.dtype).itemsize
        return description.bytes >= whole
    return False


def _thinned(value: Any) -> np.ma.MaskedArray[Any, Any] | None:
    # Foreign classes may raise anything from anywhere; such a value has no preview, that is all.
    with contextlib.suppress(*FOREIGN_ERRORS):
        if isinstance(value, type) or is_dask_collection(value):
            return None
        shape = tuple(int(length) for length in value.shape)
        if len(shape) not in (1, 2) or 0 in shape or unread_bytes(value) > MAX_UNREAD_BYTES:
            return None
        if np.dtype(value.dtype).kind not in NUMBERS:
            return None
        steps = tuple(slice(None, None, -(-length // MAX_POINTS)) for length in shape)
        values = np.asanyarray(value[steps if len(steps) > 1 else steps[0]])
        values = np.abs(values) if values.dtype.kind == "c" else values
        return np.ma.masked_invalid(values.astype(float))
    return None
