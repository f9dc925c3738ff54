"""Draws the thumbnail of an array without matplotlib, whose state belongs to the running program.

matplotlib is made for one thread: what is drawn beside a program would have that program's
settings, or change them. A thumbnail needs none of it.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

import matplotlib
import numpy as np
from PIL import Image, ImageDraw, ImageFont

Values = np.ma.MaskedArray[Any, Any]

WIDTH, HEIGHT = 240, 160
LEFT, TOP, RIGHT, BOTTOM = 60, 16, 232, 142
"""The frame, in pixels."""
BAR = (64, 6)
FONT_SIZE = 9
PAPER, INK, LINE = (255, 255, 255), (60, 60, 60), (31, 119, 180)
FINER = 3
"""The line is drawn so much larger and then made smaller, which smooths it."""


def draw(values: Values, shape: Sequence[int]) -> bytes:
    """Return a PNG: a line of one dimension, a map of two.

    Parameters
    ----------
    values : masked array of float, shape (n,) or (ny, nx)
        What is drawn, thinned out.
    shape : sequence of int
        Of the whole array; its indices stand at the axes.

    Examples
    --------
    >>> draw(np.ma.masked_invalid(np.zeros((2, 3))), (2, 3))[1:4] == b"PNG"
    True
    """
    picture = Image.new("RGB", (WIDTH, HEIGHT), PAPER)
    low, high, inside = _scaled(values)
    if values.ndim == 1:
        _draw_line(picture, inside)
        _write(picture, (LEFT - 4, TOP), high, "rt")
        _write(picture, (LEFT - 4, BOTTOM), low, "rb")
    else:
        _draw_map(picture, inside)
        _draw_bar(picture, low, high)
        _write(picture, (LEFT - 4, TOP), str(shape[0] - 1), "rt")
        _write(picture, (LEFT - 4, BOTTOM), "0", "rb")
    _write(picture, (LEFT, BOTTOM + 4), "0", "lt")
    _write(picture, (RIGHT, BOTTOM + 4), str(shape[-1] - 1), "rt")
    ImageDraw.Draw(picture).rectangle((LEFT, TOP, RIGHT, BOTTOM), outline=INK)
    file = io.BytesIO()
    picture.save(file, format="png")
    return file.getvalue()


def _scaled(values: Values) -> tuple[str, str, Values]:
    """Return the least and the largest value as text, and all values between 0 and 1."""
    if values.count() == 0:
        return "", "", values
    low, high = float(values.min()), float(values.max())
    # Divided first: the difference of two huge numbers is infinite.
    unit = max(abs(low), abs(high)) or 1.0
    span = high / unit - low / unit
    inside = (values / unit - low / unit) / span if span else values * 0 + 0.5
    return f"{low:.3g}", f"{high:.3g}", inside


def _draw_line(picture: Image.Image, values: Values) -> None:
    size = ((RIGHT - LEFT) * FINER, (BOTTOM - TOP) * FINER)
    fine = Image.new("RGB", size, PAPER)
    pen = ImageDraw.Draw(fine)
    x = np.linspace(0, size[0] - 1, len(values)) if len(values) > 1 else np.array([size[0] / 2])
    margin = 2 * FINER
    y = size[1] - margin - values.filled(np.nan) * (size[1] - 2 * margin)
    points = np.column_stack([x, y])
    for part in np.ma.clump_unmasked(values):  # type: ignore[no-untyped-call, unused-ignore]  # untyped in numpy
        together = [(float(x), float(y)) for x, y in points[part]]
        if len(together) > 1:
            pen.line(together, fill=LINE, width=FINER + 1, joint="curve")
        else:
            ((x0, y0),) = together
            pen.ellipse((x0 - FINER, y0 - FINER, x0 + FINER, y0 + FINER), fill=LINE)
    small = fine.resize((RIGHT - LEFT, BOTTOM - TOP), Image.Resampling.BOX)
    picture.paste(small, (LEFT, TOP))


def _draw_map(picture: Image.Image, values: Values) -> None:
    pixels = _colours(values[::-1])
    # Of few values each is a block of its own; of many, a pixel shows their mean.
    image = Image.fromarray(pixels).resize((RIGHT - LEFT, BOTTOM - TOP), Image.Resampling.BOX)
    picture.paste(image, (LEFT, TOP))


def _draw_bar(picture: Image.Image, low: str, high: str) -> None:
    width, height = BAR
    start, middle = (LEFT + RIGHT - width) // 2, TOP // 2
    ramp = np.ma.masked_invalid(np.linspace(0, 1, width)[np.newaxis].repeat(height, axis=0))
    if low:
        picture.paste(Image.fromarray(_colours(ramp)), (start, middle - height // 2))
    _write(picture, (start - 4, middle), low, "rm")
    _write(picture, (start + width + 4, middle), high, "lm")


def _colours(values: Values) -> np.ndarray[Any, Any]:
    # As a map of its own: matplotlib hands out copies.
    colours = matplotlib.colormaps["viridis"](values, bytes=True)
    return np.where(colours[..., 3:] > 0, colours[..., :3], np.uint8(PAPER[0]))


def _write(picture: Image.Image, place: tuple[float, float], text: str, anchor: str) -> None:
    ImageDraw.Draw(picture).text(place, text, fill=INK, font=_font(), anchor=anchor)


@lru_cache(maxsize=1)
def _font() -> ImageFont.FreeTypeFont:
    file = Path(matplotlib.get_data_path(), "fonts", "ttf", "DejaVuSans.ttf")
    return ImageFont.truetype(str(file), FONT_SIZE)
