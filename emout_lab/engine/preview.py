"""A thumbnail of an array, drawn beside the user's figures and never through pyplot."""

from __future__ import annotations

import contextlib
import io
from typing import Any

import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from emout_lab.engine.budget import unread_bytes

WIDTH_IN, HEIGHT_IN, DPI = 2.4, 1.6, 100.0
MAX_POINTS = 480
"""Values along one axis: twice as many as there are pixels need not be read."""
MAX_UNREAD_BYTES = 256_000_000
NUMBERS = "biufc"


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
    if values is None:
        return None
    figure = Figure(figsize=(WIDTH_IN, HEIGHT_IN), dpi=DPI, layout="tight")
    FigureCanvasAgg(figure)
    axes = figure.add_subplot()
    axes.tick_params(labelsize=6)
    if values.ndim == 1:
        axes.plot(values, linewidth=1)
    else:
        axes.imshow(values, origin="lower", aspect="auto", interpolation="nearest")
    file = io.BytesIO()
    figure.savefig(file, format="png")
    return file.getvalue()


def _thinned(value: Any) -> np.ndarray[Any, Any] | None:
    # Foreign classes may raise anything from anywhere; such a value has no preview, that is all.
    with contextlib.suppress(Exception):
        if isinstance(value, type) or callable(getattr(value, "__dask_graph__", None)):
            if isinstance(value, type) or value.__dask_graph__() is not None:
                return None
        shape = tuple(int(length) for length in value.shape)
        if len(shape) not in (1, 2) or 0 in shape or unread_bytes(value) > MAX_UNREAD_BYTES:
            return None
        if np.dtype(value.dtype).kind not in NUMBERS:
            return None
        steps = tuple(slice(None, None, -(-length // MAX_POINTS)) for length in shape)
        values = np.asarray(value[steps if len(steps) > 1 else steps[0]])
        values = np.abs(values) if values.dtype.kind == "c" else values
        return np.ma.masked_invalid(values.astype(float))
    return None
