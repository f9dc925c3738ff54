"""Colour bars beside the axes they explain: as high as the map, one after the other."""

from __future__ import annotations

from typing import Any

import numpy as np
from matplotlib import ticker
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.colorbar import Colorbar
from matplotlib.transforms import Bbox

from emout_lab.emses.plot.aspect import size_in
from emout_lab.emses.plot.log_ticks import number_bar
from emout_lab.emses.plot.offset_text import PowerFormatter, write_label
from emout_lab.errors import DataError

#: Width of a colour bar as part of its height, and its distance from what is left of it [inch].
COLORBAR_SLENDERNESS = 0.05
COLORBAR_PAD_IN = 0.1
#: Room that a colour bar with ticks and label takes from the axes [inch]; bounds of its share.
COLORBAR_ROOM_IN = 0.9
COLORBAR_SHARE = (0.1, 0.18)
#: The same bounds where there is a colour bar already, and where a neighbour follows: the room
#: beyond the axes is taken.
FURTHER_SHARE = (0.1, 0.25)
SHARE_OF_PANELS = (0.1, 0.4)

#: Distance of a colour bar from axes in space [inch], whose labels reach out; as part of them.
SPACE_PAD_IN = 0.75
SPACE_PADS = (0.15, 0.35)


def add_colorbar(mappable: ScalarMappable, ax: Axes, label: str) -> Colorbar:
    """Put a colour bar beside axes that keeps their height, whatever their aspect and layout.

    Others that are there already stay where they are; this one stands beyond them.

    Parameters
    ----------
    mappable : ScalarMappable
        What it explains.
    ax : Axes
        Its neighbour, which gives up some room.
    label : str
        Label along the bar.
    """
    figure = ax.figure
    if figure is None:
        raise DataError("These axes belong to no figure any more; draw on others.")
    bounds = FURTHER_SHARE if _bars_of(ax) else COLORBAR_SHARE
    if _has_columns(ax) and figure.get_layout_engine() is None:
        bounds = SHARE_OF_PANELS
    width = max(size_in(ax)[0], 1e-9)
    share = float(np.clip(COLORBAR_ROOM_IN / width, *bounds))
    # The axes stay in the middle of their place, or where the user has anchored them.
    bar = figure.colorbar(
        mappable, ax=ax, fraction=share, pad=COLORBAR_PAD_IN / width, panchor=False
    )
    bar.ax.set_axes_locator(_BesideMap(ax, bar.ax.get_axes_locator()))
    bar.ax.set_box_aspect(None)
    _write(bar, label)
    return bar


def add_colorbar_in_space(mappable: ScalarMappable, ax: Any, label: str) -> Colorbar:
    """Put a colour bar beside axes in space.

    Parameters
    ----------
    mappable : ScalarMappable
        What it explains.
    ax : Axes3D
        Its neighbour, which gives up some room.
    label : str
        Label along the bar.
    """
    pad = float(np.clip(SPACE_PAD_IN / max(size_in(ax)[0], 1e-9), *SPACE_PADS))
    bar: Colorbar = ax.figure.colorbar(mappable, ax=ax, shrink=0.7, pad=pad)
    _write(bar, label)
    return bar


def _write(bar: Colorbar, label: str) -> None:
    """Label a colour bar, which keeps a formatter of its own."""
    if type(bar.formatter) is ticker.ScalarFormatter:
        bar.formatter = PowerFormatter()
        bar.update_ticks()
    number_bar(bar)
    write_label(bar.ax.yaxis, label)


class _BesideMap:
    """Axes locator: as high as the map, which equal aspect makes smaller than its place."""

    def __init__(self, ax: Axes, inner: Any) -> None:
        self._ax = ax
        self._inner = inner

    def __call__(self, bar: Any, renderer: Any) -> Bbox:
        place = bar.get_position(original=True)
        # The colour bar's own locator makes room for the arrows of ``extend``.
        box = self._inner(bar, renderer) if self._inner is not None else place
        self._ax.apply_aspect()
        map_box = self._ax.get_position()
        # As part of the figure, or of the part of it that the axes are in.
        width, height = bar.figure.bbox.size / bar.figure.dpi
        scale = map_box.height / place.height
        wanted = Bbox.from_bounds(
            map_box.x1 + COLORBAR_PAD_IN / width,
            map_box.y0 + (box.y0 - place.y0) * scale,
            min(box.width, COLORBAR_SLENDERNESS * map_box.height * height / width),
            box.height * scale,
        )
        return self._beyond_others(wanted, bar, renderer, COLORBAR_PAD_IN / width)

    def _beyond_others(self, wanted: Bbox, bar: Any, renderer: Any, pad: float) -> Bbox:
        """Move a place to the right until no other colour bar of the axes is there."""
        others = [other for other in _bars_of(self._ax) if other is not bar]
        # Of those that stand aside as this does, only the ones before this are in its way.
        in_way = [other for other in others if not _stands_aside(other) or _is_before(other, bar)]
        if not in_way:
            return wanted
        to_figure = bar.figure.transSubfigure.inverted()
        boxes = [other.get_tightbbox(renderer) for other in in_way]
        taken = [box.transformed(to_figure) for box in boxes if box is not None]
        # With numbers and label, which are as wide as those of others.
        room = pad * COLORBAR_ROOM_IN / COLORBAR_PAD_IN
        for box in sorted(taken, key=lambda box: box.x0):
            whole = Bbox.from_bounds(wanted.x0, wanted.y0, room, wanted.height)
            if whole.overlaps(box):
                wanted = wanted.translated(box.x1 + pad - wanted.x0, 0)
        return wanted

    def get_subplotspec(self) -> Any:
        """Return the place in the grid, which layout engines ask for."""
        return None if self._inner is None else self._inner.get_subplotspec()


def _bars_of(ax: Axes) -> list[Axes]:
    """Return the axes of the colour bars that explain what is drawn on axes."""
    bars = [getattr(artist, "colorbar", None) for artist in ax.get_children()]
    drawn = {id(bar.ax): bar.ax for bar in bars if bar is not None and bar.ax.figure is not None}
    return list(drawn.values())


def _has_columns(ax: Axes) -> bool:
    """Tell whether axes have neighbours in a row of a grid."""
    place = ax.get_subplotspec()
    return place is not None and place.get_topmost_subplotspec().get_gridspec().ncols > 1


def _stands_aside(bar: Axes) -> bool:
    return isinstance(bar.get_axes_locator(), _BesideMap)


def _is_before(one: Axes, other: Axes) -> bool:
    axes: list[Axes] = list(one.figure.axes) if one.figure is not None else []
    return one in axes and other in axes and axes.index(one) < axes.index(other)
