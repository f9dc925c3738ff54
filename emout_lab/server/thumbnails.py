"""Small still pictures of figures, for a panel that lists many of them."""

from __future__ import annotations

import importlib
import io
from typing import Any, Final

WIDTH, HEIGHT = 320, 240
"""The most pixels of a thumbnail, which is shown at about half of it."""

LARGEST_PIXELS: Final = 24_000_000
"""Of a larger picture the engine draws a small one: it would take much of the server's memory."""

FORMATS: Final = ("PNG", "JPEG", "GIF", "WEBP", "TIFF", "AVIF")
"""What is opened here. Of others Pillow would start a program (PostScript), or draw nothing."""


def shrunk(data: bytes) -> bytes | None:
    """Return a small PNG of a picture, of its first frame where it moves.

    Parameters
    ----------
    data : bytes
        The image file.

    Returns
    -------
    bytes or None
        None for what has no pixels, or more than are worth it.
    """
    pillow = importlib.import_module("PIL.Image")  # by the first who looks
    pillow.init()
    try:
        known = [name for name in FORMATS if name in pillow.OPEN]
        with pillow.open(io.BytesIO(data), formats=known) as image:
            image.draft("RGB", (WIDTH, HEIGHT))
            if image.width * image.height > LARGEST_PIXELS:
                return None
            return _png(pillow, image)
    except (OSError, pillow.DecompressionBombError):
        return None


def _png(pillow: Any, image: Any) -> bytes:
    still = image.convert("RGBA")
    still.thumbnail((WIDTH, HEIGHT), pillow.Resampling.LANCZOS, reducing_gap=3.0)
    file = io.BytesIO()
    still.save(file, format="png")
    return file.getvalue()
