"""Frames of an animation: pixels drawn quickly, and one palette for all of them."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np
from matplotlib.artist import Artist
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.text import Text
from matplotlib.transforms import Bbox, BboxBase
from PIL import Image

#: Bits per colour channel in the table from colours to palette indices.
TABLE_BITS = 5
#: Colours of a palette, and how many of them a map's scale gets.
COLOURS, SCALE_COLOURS = 256, 192
#: How far antialiasing and the frames of axes reach over the edges of what is drawn.
MARGIN_PX = 3

Array = np.ndarray[Any, Any]


@cache
def _mathtext_parser() -> Any:
    """Return one parser for all canvases, which keeps what it has parsed."""
    canvas: Any = FigureCanvasAgg(Figure(figsize=(1, 1)))
    return canvas.get_renderer().mathtext_parser


class Stage:
    """The figure with its moving artists taken out of the static picture.

    Parameters
    ----------
    figure : Figure
        Is given back as it was when the stage closes.
    moving : callable
        Gives what changes from frame to frame, as it is now.
    dpi : float, optional
        Resolution; the figure's if not given.
    """

    def __init__(
        self, figure: Figure, moving: Callable[[], list[Artist]], dpi: float | None
    ) -> None:
        self._figure = figure
        self._moving = moving
        self._dpi = figure.get_dpi() if dpi is None else dpi

    @property
    def height(self) -> int:
        """Height of the picture [pixels]."""
        return int(self._canvas.get_width_height()[1])

    def __enter__(self) -> Stage:
        self._before = (self._figure.get_dpi(), self._figure.canvas)
        self._figure.set_dpi(self._dpi)
        # matplotlib's canvases have no type hints.
        canvas: Any = FigureCanvasAgg(self._figure)
        # Each canvas would parse the ticks' numbers anew, which takes longer than to draw them.
        canvas.get_renderer().mathtext_parser = _mathtext_parser()
        self._canvas = canvas
        if self._figure.get_layout_engine() is not None:
            # Layouts are found with everything in place, the moving artists included.
            canvas.draw()
        moving = self._moving()
        for artist in moving:
            artist.set_animated(True)
        canvas.draw()
        self._static = canvas.copy_from_bbox(self._figure.bbox)
        # Frames and ticks lie over an image; they are drawn again after it.
        axes = {artist.axes for artist in moving if artist.axes is not None}
        self._spines = [spine for ax in axes for spine in ax.spines.values()]
        return self

    def __exit__(self, *error: object) -> None:
        for artist in self._moving():
            artist.set_animated(False)
        dpi, canvas = self._before
        self._figure.set_dpi(dpi)
        self._figure.set_canvas(canvas)

    def draw(self, leave_out: Artist | None = None) -> Array:
        """Draw the moving artists as they are now over the static picture.

        Parameters
        ----------
        leave_out : Artist, optional
            One that is drawn in another way.

        Returns
        -------
        ndarray, shape (height, width, 3), uint8
            A view of the pixels, which the next frame overwrites.
        """
        renderer = self._canvas.get_renderer()
        self._canvas.restore_region(self._static)
        moving = sorted(self._moving(), key=Artist.get_zorder)
        for artist in (*moving, *self._spines):
            if artist is not leave_out:
                artist.draw(renderer)
        pixels: Array = np.asarray(self._canvas.buffer_rgba())[..., :3]
        return pixels

    def boxes(self, leave_out: Artist | None = None) -> list[tuple[slice, slice]]:
        """Rows and columns outside of which no frame differs from the static picture."""
        height, width = self._figure.bbox.height, self._figure.bbox.width
        # By their numbers: all arrows of one axes have the same box.
        boxes = {}
        for artist in self._moving():
            if artist is leave_out:
                continue
            box: BboxBase
            if isinstance(artist, Text):
                # Its length changes with its words.
                extent = artist.get_window_extent(self._canvas.get_renderer())
                box = Bbox.from_extents(0, extent.y0, width, extent.y1)
            elif artist.axes is not None and artist.get_clip_on():
                box = artist.axes.bbox
            else:
                box = self._figure.bbox
            top, bottom = height - box.y1 - MARGIN_PX, height - box.y0 + MARGIN_PX
            rows = slice(max(0, int(top)), int(np.ceil(bottom)))
            columns = slice(max(0, int(box.x0) - MARGIN_PX), int(box.x1) + MARGIN_PX)
            boxes[rows.start, rows.stop, columns.start, columns.stop] = (rows, columns)
        return list(boxes.values())


class Palette:
    """256 colours for all frames, and the table that finds the nearest of them.

    Parameters
    ----------
    samples : list of ndarray, shape (height, width, 3), uint8
        Frames that together show about every colour.
    scale : ndarray, shape (n, 3), uint8, optional
        Colour scale of a map, which gets colours of its own so that it stays smooth.
    """

    def __init__(self, samples: list[Array], scale: Array | None = None) -> None:
        # Every second pixel of every second row shows the same colours.
        strip = Image.fromarray(np.concatenate([sample[::2, ::2] for sample in samples]))
        own = COLOURS if scale is None else COLOURS - SCALE_COLOURS
        reduced = strip.quantize(own, method=Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE)
        colours = np.array(reduced.getpalette(), np.float32).reshape(-1, 3)[:own]
        # The commonest colour is the paper; an average that is nearly it would show.
        paper = samples[0][0, 0].astype(np.float32)
        colours[np.square(colours - paper).sum(axis=1).argmin()] = paper
        self._scale_start = len(colours)
        if scale is not None:
            steps = np.linspace(0, len(scale) - 1, SCALE_COLOURS).round().astype(int)
            colours = np.concatenate([colours, scale[steps].astype(np.float32)])
        self._colours = colours.astype(np.uint8).tobytes()
        # From 0 to 255, so that white stays white.
        level = np.linspace(0, 255, 1 << TABLE_BITS, dtype=np.float32)
        cells = np.stack(np.meshgrid(level, level, level, indexing="ij"), axis=-1).reshape(-1, 3)
        # |cell - colour|^2 without the term that is the same for all colours.
        distance = cells @ (-2 * colours.T)
        distance += np.square(colours).sum(axis=1)
        self._table = distance.argmin(axis=1).astype(np.uint8)

    def indices(self, pixels: Array) -> Array:
        """Find the nearest colour of each pixel."""
        reduced = pixels >> (8 - TABLE_BITS)
        cell = reduced[..., 0].astype(np.uint16) << (2 * TABLE_BITS)
        cell |= reduced[..., 1].astype(np.uint16) << TABLE_BITS
        cell |= reduced[..., 2]
        return np.take(self._table, cell)

    def scale(self, colours: Array) -> Array:
        """Find the index of each colour of the scale that the palette was made with."""
        if len(self._colours) // 3 < self._scale_start + SCALE_COLOURS:
            return self.indices(colours)
        steps = np.linspace(0, SCALE_COLOURS - 1, len(colours)).round()
        indices: Array = (self._scale_start + steps).astype(np.uint8)
        return indices

    def image(self, indices: Array) -> Image.Image:
        """Make an image of palette indices."""
        image = Image.fromarray(indices.copy())
        image.putpalette(self._colours)
        return image
