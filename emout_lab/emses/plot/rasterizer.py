"""Colour maps brought to pixels without matplotlib, so that only the data cost time.

matplotlib draws the frame twice, with the lowest and the highest colour everywhere. Where both show
as pure colours, nothing lies over the map: these pixels are filled directly, by the same two-point
interpolation that matplotlib uses. Everything else stays as matplotlib drew it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.image import AxesImage

if TYPE_CHECKING:
    from emout_lab.emses.plot.frames import Stage
    from emout_lab.emses.plot.layers import Layer

Array = np.ndarray[Any, Any]

#: Largest difference of a colour channel that counts as the same colour.
SAME_COLOUR = 3
#: Part of the map that may be see-through before matplotlib has to draw it all.
SEE_THROUGH = 0.01
#: How far the edge of a map reaches over the pixels that are its own.
EDGE_PX = 2
#: From this magnification on matplotlib shows cells as they are ("auto" interpolation).
NEAREST_FROM = 3.0


class QuickMap:
    """One colour map on a stage.

    Parameters
    ----------
    image : AxesImage
        The map; its data change from frame to frame.
    rows, columns : slice
        Where it is in the picture.
    blend : tuple
        Interpolation along rows and columns: first cell, second cell, weight of the second.
    is_live : ndarray of bool
        Pixels of the map that nothing covers.
    """

    def __init__(
        self,
        image: AxesImage,
        rows: slice,
        columns: slice,
        blend: tuple[tuple[Array, Array, Array], tuple[Array, Array, Array]],
    ) -> None:
        self.box = (rows, columns)
        self.colours = _colours(image)
        self.is_live = np.zeros((rows.stop - rows.start, columns.stop - columns.start), bool)
        self.image = image
        self._blend = blend
        outer = (
            slice(max(0, rows.start - EDGE_PX), rows.stop + EDGE_PX),
            slice(max(0, columns.start - EDGE_PX), columns.stop + EDGE_PX),
        )
        self._edge: tuple[tuple[slice, slice], Array | None] = (outer, None)

    def keep_edge(self, pixels: Array) -> None:
        """Remember how matplotlib draws the edge, which is shared by map and frame."""
        self._edge = (self._edge[0], pixels[self._edge[0]].copy())

    def fill(self, pixels: Array) -> None:
        """Bring the map as its data are now into a picture that lacks it."""
        outer, edge = self._edge
        if edge is not None:
            pixels[outer] = edge
        part = pixels[self.box]
        np.copyto(part, self.colours[self.steps()], where=self.is_live[..., None])

    def steps(self) -> Array:
        """Return the step of the colour scale at each pixel of the map, as its data are now."""
        values = _cells(self.image).astype(np.float32, copy=False)
        (low, high, share), (left, right, across) = self._blend
        values = values[:, left] * (1 - across) + values[:, right] * across
        values = values[low] * (1 - share[:, None]) + values[high] * share[:, None]
        scaled = np.ma.getdata(self.image.norm(values))
        count = len(self.colours)
        steps: Array = np.clip(scaled * count, 0, count - 1).astype(np.uint8)
        return steps


def quick_map(stage: Stage, layers: Sequence[Layer]) -> QuickMap | None:
    """Prepare the one colour map of an animation; None where matplotlib has to draw it.

    Parameters
    ----------
    stage : Stage
        Entered; what it draws is left as it was.
    layers : sequence of Layer
        All that moves; what lies over the map would have to be drawn over it.
    """
    maps = [layer for layer in layers if layer.values is not None]
    if len(maps) != 1:
        return None
    image, values = maps[0].artists[0], maps[0].values
    if not isinstance(image, AxesImage) or values is None or not _is_plain(image, values):
        return None
    if any(layer.artists[0].axes is image.axes for layer in layers if layer is not maps[0]):
        return None
    found = _placed(stage, image)
    if found is None:
        return None
    before = _cells(image)
    low, high = image.get_clim()
    pure, clear = [], []
    for level, colour in ((low, found.colours[0]), (high, found.colours[-1])):
        image.set_data(np.full(before.shape, level))
        shown = stage.draw()[found.box].astype(np.int16)
        pure.append(np.abs(shown - colour.astype(np.int16)).max(axis=-1) <= SAME_COLOUR)
        clear.append(shown.copy())
    image.set_data(before)
    found.keep_edge(stage.draw())
    found.is_live = pure[0] & pure[1]
    is_mixed = ~found.is_live & (np.abs(clear[0] - clear[1]).max(axis=-1) > SAME_COLOUR)
    # The frame of the axes is smooth at its edges.
    inner = is_mixed[EDGE_PX:-EDGE_PX, EDGE_PX:-EDGE_PX]
    return found if inner.size and inner.mean() <= SEE_THROUGH else None


def _is_plain(image: AxesImage, values: Array) -> bool:
    """Tell whether colours follow from the data alone, in a way that is known here."""
    cmap, norm = image.cmap, image.norm
    shown: Any = image
    if cmap.N > 256 or shown.get_alpha() not in (None, 1) or shown.origin != "lower":
        return False
    if shown.get_interpolation() not in ("auto", "antialiased", "nearest"):
        return False
    low, high = image.get_clim()
    if low is None or high is None or not low < high or not np.isfinite(values).all():
        return False
    if type(norm).__name__ == "LogNorm" and not (values > 0).all():
        return False
    ends = [tuple(cmap(-1.0)), tuple(cmap(2.0))]
    return ends == [tuple(cmap(0)), tuple(cmap(cmap.N - 1))] and cmap(0)[3] == 1.0


def _placed(stage: Stage, image: AxesImage) -> QuickMap | None:
    """Find the pixels of the map and the cells that each of them shows."""
    axes = image.axes
    if axes is None or axes.get_xscale() != "linear" or axes.get_yscale() != "linear":
        return None
    box, height = axes.bbox, stage.height
    # Pixels that lie entirely inside of the axes; their edges stay as drawn.
    columns = slice(int(np.ceil(box.x0)), int(np.floor(box.x1)))
    rows = slice(height - int(np.floor(box.y1)), height - int(np.ceil(box.y0)))
    x = np.arange(columns.start, columns.stop) + 0.5
    y = height - (np.arange(rows.start, rows.stop) + 0.5)
    inverse = axes.transData.inverted()
    data_x = inverse.transform(np.column_stack([x, np.full(len(x), box.y0)]))[:, 0]
    data_y = inverse.transform(np.column_stack([np.full(len(y), box.x0), y]))[:, 1]
    left, right, bottom, top = image.get_extent()
    cells = _cells(image).shape
    across = (data_x - left) / (right - left) * cells[1]
    up = (data_y - bottom) / (top - bottom) * cells[0]
    if min(across.min(), up.min()) < 0 or across.max() > cells[1] or up.max() > cells[0]:
        return None
    is_nearest = image.get_interpolation() == "nearest"
    of_rows, of_columns = _blend(up, cells[0], is_nearest), _blend(across, cells[1], is_nearest)
    if of_rows is None or of_columns is None:
        return None
    return QuickMap(image, rows, columns, (of_rows, of_columns))


def _blend(place: Array, cells: int, is_nearest: bool) -> tuple[Array, Array, Array] | None:
    """Return the two cells that each pixel lies between, and the share of the second."""
    magnification = abs(len(place) / (place[-1] - place[0])) if len(place) > 1 else 0.0
    if magnification < 1:
        # Several cells to a pixel: matplotlib averages them.
        return None
    if is_nearest or magnification > NEAREST_FROM or float(magnification).is_integer():
        cell = np.clip(place.astype(np.int64), 0, cells - 1)
        return cell, cell, np.zeros(len(place), np.float32)
    first = np.floor(place - 0.5)
    # A Hann window of two cells, which matplotlib's "auto" takes between 1 and 3.
    share = 0.5 - 0.5 * np.cos(np.pi * (place - 0.5 - first))
    low = np.clip(first.astype(np.int64), 0, cells - 1)
    high = np.clip(first.astype(np.int64) + 1, 0, cells - 1)
    return low, high, share.astype(np.float32)


def _cells(image: AxesImage) -> Array:
    """Return the data of a map."""
    data: Any = image.get_array()
    return np.asarray(np.ma.getdata(data))


def _colours(image: AxesImage) -> Array:
    """Return the colours of the scale, shape (N, 3)."""
    table: Array = image.cmap(np.arange(image.cmap.N), bytes=True)[:, :3]
    return table
