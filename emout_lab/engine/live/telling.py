"""What a frame tells of axes beside their maps, and what of it matplotlib has to draw."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from emout_lab.engine.live.axis_ticks import AxisTicks, Ticks
from emout_lab.engine.live.growth import lengths
from emout_lab.engine.live.layers import Box, MapView, bar_ticks
from emout_lab.engine.live.layout import Layout
from emout_lab.engine.live.maps import norm_name
from emout_lab.engine.live.parts import AxesPart, Parts
from emout_lab.engine.live.wishes import Range, Wish, by_axes


@dataclass(frozen=True, slots=True)
class Boxes:
    """Where axes and their colour bar are in a picture."""

    axes: Box
    bar: Box | None
    place: Layout

    def inches(self, box: Box) -> tuple[float, float]:
        """Return width and height of one of them."""
        width, height = (each / self.place.dpi for each in self.place.size)
        return box[2] * width, box[3] * height


@dataclass(frozen=True, slots=True)
class Told:
    """What a frame tells of one axes.

    Parameters
    ----------
    axes : dict
        As it travels, see `LiveFrame`.
    moves : tuple of int
        What of its labels moves others.
    drawn : frozenset of str
        Which of "x", "y" and "bar" cannot go as texts in this view.
    """

    axes: dict[str, Any]
    moves: tuple[int, ...]
    drawn: frozenset[str]


def tell(
    i: int,
    part: AxesPart,
    limits: tuple[Range, Range],
    title: str,
    boxes: Boxes,
    view: MapView | None,
) -> Told:
    """Return what a frame tells of an axes.

    Parameters
    ----------
    i : int
        Its number.
    part : AxesPart
        The axes.
    limits : tuple
        Of x and y, as they are seen.
    title : str
        At the step that is seen.
    boxes : Boxes
        Where it is.
    view : MapView or None
        Its map.
    """
    width, height = boxes.inches(boxes.axes)
    x = part.x_ticks.find(*limits[0], width) if part.x_ticks else Ticks()
    y = part.y_ticks.find(*limits[1], height) if part.y_ticks else Ticks()
    bar = None
    if view is not None and boxes.bar is not None:
        bar = bar_ticks(part.bar_ticks, view, max(boxes.inches(boxes.bar)))
    norm = view.norm() if view is not None else None
    found = (("x", part.x_ticks, x), ("y", part.y_ticks, y), ("bar", part.bar_ticks, bar))
    drawn = {name for name, axis, ticks in found if _is_drawn(axis, ticks)}
    if bar is not None and view is not None and _has_new_minor_ticks(view):
        drawn.add("bar")
    told = {
        "i": i,
        "box": [round(share, 6) for share in boxes.axes],
        "x": _as_text(x, "x" in drawn),
        "y": _as_text(y, "y" in drawn),
        "xlim": list(limits[0]),
        "ylim": list(limits[1]),
        "clim": [float(norm.vmin), float(norm.vmax)] if norm is not None else None,
        "title": title if part.has_text_title else "",
        "bar": _as_text(bar, "bar" in drawn) if bar is not None else None,
    }
    powers = x.power, y.power, bar.power if bar is not None else 0
    return Told(told, (*powers, *lengths(y, bar)), frozenset(drawn))


def decor_shows(
    parts: Parts, wish: Wish, limits: Sequence[tuple[Range, Range]], told: Sequence[Told]
) -> list[Any]:
    """Return what of a wish shows in the picture of all that does not go as numbers or texts."""
    maps = parts.maps
    shows: list[Any] = []
    for i, (part, each) in enumerate(zip(parts.axes, told, strict=True)):
        is_seen = parts.is_tied or i not in maps or part.is_overlaid or each.drawn & {"x", "y"}
        shows.append((limits[i] if is_seen else None, sorted(each.drawn)))
    for i, source in maps.items():
        wished = by_axes(wish).get(i)
        if wished is not None and "bar" in told[i].drawn:
            shows.append((i, wished.clim))
        if wished is not None and source.bar is not None and (wished.cmap or wished.norm):
            shows.append((i, wished.cmap, wished.norm))
    return [*shows, wish.t if _tells_step(parts) else None]


def _tells_step(parts: Parts) -> bool:
    """Return whether artists, or titles that are drawn, are others at another step."""
    artists = [source.artist for source in parts.maps.values()]
    return any(
        all(artist is not each for each in artists)
        or (
            steps.title is not None
            and any(part.axes is axes and not part.has_text_title for part in parts.axes)
        )
        for axes, artist, steps in parts.stepped
    )


def _is_drawn(axis: AxisTicks | None, ticks: Ticks | None) -> bool:
    return axis is not None and (axis.is_drawn or (ticks is not None and ticks.is_maths))


def _has_new_minor_ticks(view: MapView) -> bool:
    """Return whether a colour bar gets minor ticks with the norm that is wished."""
    name = norm_name(view.norm())
    return name != norm_name(view.source.norm) and name != "linear"


def _as_text(ticks: Ticks, is_drawn: bool) -> dict[str, Any]:
    """Return ticks as they travel; those that are drawn do not."""
    return (Ticks() if is_drawn else ticks).as_dict()
