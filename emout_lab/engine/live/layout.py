"""Where things are in the picture that a viewer sees: cut to what is drawn, as in a notebook.

The cut is found once for each size of the picture, so that nothing jumps while labels change.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import matplotlib
from matplotlib.transforms import Bbox

from emout_lab.engine.interrupts import let_in

#: A picture is not wider than this by itself [CSS px]; one of more dots is seen smaller.
WIDEST: Final = 1600
#: The least that a figure is made [inch].
LEAST: Final = 0.4
#: Around what is drawn, where the setting gives no length [inch].
DEFAULT_PAD: Final = 0.1
#: Part of a pixel that keeps rounding from losing one.
ROUNDING: Final = 0.01


@dataclass(frozen=True, slots=True)
class Layout:
    """A figure's size, and what of it is seen.

    Parameters
    ----------
    inches : tuple of float
        Size of the whole figure.
    left, bottom : float [CSS px]
        The lower left corner of what is seen; whole pixels.
    size : tuple of int [CSS px]
        Of what is seen.
    dpi : float
        CSS pixels per inch.
    """

    inches: tuple[float, float]
    left: int
    bottom: int
    size: tuple[int, int]
    dpi: float

    def region(self, ratio: float) -> Bbox:
        """Return what is seen in inches, for so many device pixels per CSS pixel."""
        dots = self.dpi * ratio
        width, height = self.pixels(ratio)
        left, bottom = round(self.left * ratio), round(self.bottom * ratio)
        return Bbox.from_bounds(
            left / dots, bottom / dots, (width + ROUNDING) / dots, (height + ROUNDING) / dots
        )

    def pixels(self, ratio: float) -> tuple[int, int]:
        """Return width and height in device pixels."""
        return max(1, round(self.size[0] * ratio)), max(1, round(self.size[1] * ratio))

    def box(self, axes: Any) -> tuple[float, float, float, float]:
        """Return left, top, width and height of axes as shares of what is seen."""
        figure = axes.get_figure()
        while figure is not figure.figure:  # of a part of a figure
            figure = figure.figure
        x0, y0, width, height = (float(each) for each in axes.bbox.bounds)
        scale = self.dpi / figure.dpi
        left = (x0 * scale - self.left) / self.size[0]
        top = 1 - ((y0 + height) * scale - self.bottom) / self.size[1]
        return left, top, width * scale / self.size[0], height * scale / self.size[1]


def natural_layout(figure: Any, room: tuple[float, float] = (0.0, 0.0)) -> Layout:
    """Return the layout of a figure as it is, cut to what is drawn.

    Left and right of that stays room for labels that become longer [inch].
    """
    inches = tuple(float(each) for each in figure.get_size_inches())
    tight = _tight(figure, room)
    dpi = min(float(figure.dpi), WIDEST / float(tight.width))
    size = max(16, math.ceil(tight.width * dpi)), max(16, math.ceil(tight.height * dpi))
    return _around(tight, (inches[0], inches[1]), size, dpi)


def fitted_layout(
    figure: Any, size: tuple[int, int], dpi: float, room: tuple[float, float] = (0.0, 0.0)
) -> Layout:
    """Return the layout of a picture of another size; the figure has another size afterwards."""
    wanted = size[0] / dpi, size[1] / dpi
    tight = _tight(figure, room)
    for _ in range(3):
        now = figure.get_size_inches()
        # Margins keep their size.
        width = max(LEAST, float(now[0]) + wanted[0] - tight.width)
        height = max(LEAST, float(now[1]) + wanted[1] - tight.height)
        figure.set_size_inches(width, height, forward=False)
        tight = _tight(figure, room)
        if abs(tight.width - wanted[0]) + abs(tight.height - wanted[1]) < 1 / dpi:
            break
    inches = figure.get_size_inches()
    return _around(tight, (float(inches[0]), float(inches[1])), size, dpi)


def place_axes(figure: Any, *, is_laid_out: bool = True) -> None:
    """Move axes to where the layout, their locators and aspects want them.

    ``savefig`` runs the layout itself, and needs only the rest (``is_laid_out=False``).
    """
    if is_laid_out:
        _lay_out(figure)
    for axes in figure.axes:
        locator = axes.get_axes_locator()
        axes.apply_aspect(locator(axes, None) if locator is not None else None)


def boxes(layout: Layout, axes: Sequence[Any]) -> list[tuple[float, float, float, float]]:
    """Return where axes are, as shares of what is seen."""
    return [layout.box(each) for each in axes]


def _tight(figure: Any, room: tuple[float, float]) -> Bbox:
    pad = matplotlib.rcParams["savefig.pad_inches"]
    with let_in():
        _lay_out(figure)
        tight: Bbox = figure.get_tightbbox()
    padded = tight.padded(float(pad) if isinstance(pad, (int, float)) else DEFAULT_PAD)
    return Bbox.from_extents(padded.x0 - room[0], padded.y0, padded.x1 + room[1], padded.y1)


def _lay_out(figure: Any) -> None:
    engine = figure.get_layout_engine()
    if engine is not None:
        engine.execute(figure)


def _around(tight: Bbox, inches: tuple[float, float], size: tuple[int, int], dpi: float) -> Layout:
    left = round((tight.x0 + tight.x1) / 2 * dpi - size[0] / 2)
    bottom = round((tight.y0 + tight.y1) / 2 * dpi - size[1] / 2)
    return Layout(inches, left, bottom, size, dpi)
