"""Pictures of a figure as a viewer sees it: quick while it moves, matplotlib's own at rest."""

from __future__ import annotations

import io
from typing import Any, Final

import numpy as np
from PIL import Image

from emout_lab.engine.interrupts import let_in
from emout_lab.engine.live.layout import Layout

Array = np.ndarray[Any, Any]

#: Of pictures while they move.
JPEG_QUALITY: Final = 80
PNG_LEVEL: Final = 1


def pixels_of(figure: Any, layout: Layout, ratio: float, facecolor: Any = "auto") -> Array:
    """Return the pixels that ``savefig`` writes of what is seen: uint8, shape (h, w, 4).

    Parameters
    ----------
    figure : matplotlib.figure.Figure
        As the viewer sees it.
    layout : Layout
        What is seen of it.
    ratio : float
        Device pixels per CSS pixel.
    facecolor : color
        Of the figure; its own by default.
    """
    file = io.BytesIO()
    with let_in():
        figure.savefig(
            file,
            format="rgba",
            dpi=layout.dpi * ratio,
            bbox_inches=layout.region(ratio),
            facecolor=facecolor,
        )
    width, height = layout.pixels(ratio)
    return np.frombuffer(file.getbuffer(), np.uint8).reshape(height, width, 4)


def png_of(pixels: Array) -> bytes:
    """Return a lossless file of pixels, without their opacity where all are opaque."""
    file = io.BytesIO()
    shown = pixels[:, :, :3] if (pixels[:, :, 3] == 255).all() else pixels
    Image.fromarray(np.ascontiguousarray(shown)).save(file, "png", compress_level=PNG_LEVEL)
    return file.getvalue()


def jpeg_of(pixels: Array) -> bytes:
    """Return a small file of pixels; what is see-through is white behind."""
    file = io.BytesIO()
    image = Image.fromarray(pixels)
    if not (pixels[:, :, 3] == 255).all():
        image = Image.alpha_composite(Image.new("RGBA", image.size, "white"), image)
    image.convert("RGB").save(file, "jpeg", quality=JPEG_QUALITY)
    return file.getvalue()
