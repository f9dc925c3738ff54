"""Tables of the colours of a map, as matplotlib takes them."""

from __future__ import annotations

from typing import Any

import numpy as np

Array = np.ndarray[Any, Any]


def colour_table(cmap: Any, alpha: float | None, *, is_image: bool = True) -> Array:
    """Return the colours of a map, then those for under, over and bad: uint8, shape (N + 3, 4).

    Parameters
    ----------
    cmap : Colormap
        Of matplotlib.
    alpha : float or None
        How opaque the artist is.
    is_image : bool
        Whether that adds to the opacity of colours; of a mesh it takes the place of that.
    """
    count = cmap.N
    order = np.arange(-1, count + 2)
    places = np.ma.array(order, mask=order > count)
    colours: Array = cmap(places, alpha=None if is_image else alpha, bytes=True)
    if is_image and alpha is not None:
        colours[:, 3] = (colours[:, 3] * np.float32(alpha)).astype(np.uint8)
    return np.ascontiguousarray(np.concatenate([colours[1:-2], colours[[0, -2, -1]]]))
