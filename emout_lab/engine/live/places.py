"""Where axes and colour bars are, for pictures of any size and axes of any limits."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from typing import Any, Final

from emout_lab.engine.live.growth import room_for
from emout_lab.engine.live.layout import Layout, fitted_layout, natural_layout, place_axes
from emout_lab.engine.live.parts import Parts
from emout_lab.engine.live.state import Seen, shown
from emout_lab.engine.live.wishes import Range

Box = tuple[float, float, float, float]
Limits = Sequence[tuple[Range, Range]]
Found = tuple[list[Box], dict[int, Box]]

#: So many sizes and shapes are kept.
MOST_SIZES: Final = 16
MOST_SHAPES: Final = 64
#: Ratios that differ by less have the same boxes.
DIGITS: Final = 6


class Places:
    """Where axes and colour bars of a figure are; found in the engine's thread, read in any.

    Parameters
    ----------
    figure : matplotlib.figure.Figure
        The original, as it is.

    Attributes
    ----------
    natural : Layout
        Of a picture of its own size.
    found : tuple
        Where axes and colour bars are in that, see `look`.
    """

    def __init__(self, figure: Any, parts: Parts) -> None:
        self._figure = figure
        self._layouts: OrderedDict[tuple[int, int], Layout] = OrderedDict()
        self._found: OrderedDict[Any, Found] = OrderedDict()
        with shown(figure, {}, _as_it_is(figure, parts)):
            place_axes(figure)
            self._room = room_for(figure, parts)
            self.natural = natural_layout(figure, self._room)
            self._layouts[self.natural.size] = self.natural
            place_axes(figure)
            self.found = self._last = look(self.natural, parts)
        self._parts = parts

    def has(self, size: tuple[int, int], limits: Limits) -> bool:
        """Return whether boxes are known for a size and limits."""
        return size in self._layouts and self._key(size, limits) in self._found

    def prepare(self, size: tuple[int, int], parts: Parts, limits: Limits) -> None:
        """Find boxes for a size and limits; in the engine's thread only."""
        self._parts = parts
        if self.has(size, limits):
            return
        place = self.fit(size, parts)
        seen = [(part.axes, *each) for part, each in zip(parts.axes, limits, strict=True)]
        with shown(self._figure, {}, Seen(place.inches, seen)):
            place_axes(self._figure)
            self.note(size, limits, look(place, parts))

    def fit(self, size: tuple[int, int], parts: Parts) -> Layout:
        """Return the layout of a picture of a size; in the engine's thread only."""
        self._parts = parts
        if size not in self._layouts:
            with shown(self._figure, {}, _as_it_is(self._figure, parts)):
                found = fitted_layout(self._figure, size, self.natural.dpi, self._room)
            _keep(self._layouts, size, found, MOST_SIZES)
        return self._layouts[size]

    def note(self, size: tuple[int, int], limits: Limits, found: Found) -> None:
        """Remember where things were drawn."""
        self._last = found
        _keep(self._found, self._key(size, limits), found, MOST_SHAPES)

    def layout(self, size: tuple[int, int]) -> Layout:
        """Return the layout of a picture of a size; the figure's own where it is not known yet."""
        return self._layouts.get(size, self.natural)

    def find(self, size: tuple[int, int], limits: Limits) -> Found:
        """Return the boxes of axes and of colour bars; the last ones where they are not known."""
        return self._found.get(self._key(size, limits), self._last)

    def _key(self, size: tuple[int, int], limits: Limits) -> Any:
        """Return what boxes follow from: the size, and the shape of axes with a fixed aspect."""
        ratios = []
        for part, (x, y) in zip(self._parts.axes, limits, strict=True):
            if part.is_fixed and part.x_ticks is not None and part.y_ticks is not None:
                width = part.x_ticks.length(*x)
                ratios.append(float(f"{part.y_ticks.length(*y) / width:.{DIGITS}g}"))
        return size, tuple(ratios)


def look(place: Layout, parts: Parts) -> Found:
    """Return where axes and colour bars are now; in the engine's thread only."""
    bars = {i: m.bar for i, m in parts.maps.items() if m.bar is not None}
    boxes = [place.box(part.axes) for part in parts.axes]
    return boxes, {i: place.box(bar.ax) for i, bar in bars.items()}


def _as_it_is(figure: Any, parts: Parts) -> Seen:
    width, height = (float(each) for each in figure.get_size_inches())
    limits = [(part.axes, part.x, part.y) for part in parts.axes]
    return Seen((width, height), limits, lays_out=True)


def _keep(kept: OrderedDict[Any, Any], key: Any, value: Any, most: int) -> None:
    kept[key] = value
    while len(kept) > most:
        kept.popitem(last=False)
