"""Frames of an animation: pixels drawn quickly, and one palette for all of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.artist import Artist
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from PIL import Image

#: Bits per colour channel in the table from colours to palette indices.
TABLE_BITS = 5

Array = np.ndarray[Any, Any]


class Stage:
    """The figure with its moving artists taken out of the static picture."""

    def __init__(self, figure: Figure, moving: Sequence[Artist], dpi: float | None) -> None:
        self._figure = figure
        self._moving = moving
        self._dpi = figure.get_dpi() if dpi is None else dpi

    def __enter__(self) -> Stage:
        self._before = (self._figure.get_dpi(), self._figure.canvas)
        self._figure.set_dpi(self._dpi)
        # matplotlib's canvases have no type hints.
        canvas: Any = FigureCanvasAgg(self._figure)
        self._canvas = canvas
        if self._figure.get_layout_engine() is not None:
            # Layouts are found with everything in place, the moving artists included.
            canvas.draw()
        for artist in self._moving:
            artist.set_animated(True)
        canvas.draw()
        self._static = canvas.copy_from_bbox(self._figure.bbox)
        # Frames and ticks lie over an image; they are drawn again after it.
        self._frames = [spine for ax in self._figure.axes for spine in ax.spines.values()]
        return self

    def __exit__(self, *error: object) -> None:
        for artist in self._moving:
            artist.set_animated(False)
        dpi, canvas = self._before
        self._figure.set_dpi(dpi)
        self._figure.set_canvas(canvas)

    def pixels(self) -> Array:
        """Draw the moving artists as they are now over the static picture."""
        renderer = self._canvas.get_renderer()
        self._canvas.restore_region(self._static)
        for artist in sorted(self._moving, key=Artist.get_zorder):
            artist.draw(renderer)
        for spine in self._frames:
            spine.draw(renderer)
        pixels: Array = np.asarray(self._canvas.buffer_rgba())[..., :3].copy()
        return pixels


class Palette:
    """256 colours for all frames, and the table that finds the nearest of them."""

    def __init__(self, samples: list[Array]) -> None:
        strip = Image.fromarray(np.concatenate(samples))
        reduced = strip.quantize(256, method=Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE)
        colours = np.array(reduced.getpalette(), np.float32).reshape(-1, 3)
        # The commonest colour is the paper; an average that is nearly it would show.
        paper = np.asarray(strip)[0, 0].astype(np.float32)
        colours[np.square(colours - paper).sum(axis=1).argmin()] = paper
        self._colours = colours.astype(np.uint8).tobytes()
        side = 1 << TABLE_BITS
        # From 0 to 255, so that white stays white.
        level = np.linspace(0, 255, side, dtype=np.float32)
        cells = np.stack(np.meshgrid(level, level, level, indexing="ij"), axis=-1).reshape(-1, 3)
        # |cell - colour|^2 without the term that is the same for all colours.
        distance = (colours**2).sum(axis=1) - 2 * cells @ colours.T
        self._table = distance.argmin(axis=1).astype(np.uint8)

    def image(self, pixels: Array) -> Image.Image:
        """Turn pixels into an image of palette indices."""
        drop = 8 - TABLE_BITS
        reduced = (pixels >> drop).astype(np.uint16)
        cell = (
            (reduced[..., 0] << (2 * TABLE_BITS))
            | (reduced[..., 1] << TABLE_BITS)
            | reduced[..., 2]
        )
        image = Image.fromarray(self._table[cell])
        image.putpalette(self._colours)
        return image
