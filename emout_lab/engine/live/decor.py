"""A picture of everything but map cells, and texts of live axes that go as texts."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import ExitStack
from typing import Any

import numpy as np

from emout_lab.engine.live.layers import Box, decor_key
from emout_lab.engine.live.layout import Layout
from emout_lab.engine.live.maps import MapSource, long_axis
from emout_lab.engine.live.parts import AxesPart, Parts
from emout_lab.engine.live.pictures import pixels_of
from emout_lab.engine.live.wishes import Range, Wish, by_axes

Array = np.ndarray[Any, Any]


def decor_pixels(
    figure: Any, layout: Layout, ratio: float, live: Sequence[tuple[AxesPart, MapSource]]
) -> Array:
    """Return the pixels, see-through where there is nothing: uint8, shape (h, w, 4).

    Parameters
    ----------
    figure : matplotlib.figure.Figure
        As the viewer sees it.
    layout : Layout
        What is seen of it.
    ratio : float
        Device pixels per CSS pixel.
    live : sequence of (AxesPart, MapSource)
        Axes whose map travels otherwise.
    """
    with ExitStack() as stack:
        for part, source in live:
            axes, ticks = part.axes, (part.x_ticks, part.y_ticks)
            _hide(source.artist, stack)
            _hide(axes.patch, stack)
            for axis, each in zip((axes.xaxis, axes.yaxis), ticks, strict=True):
                if each is not None and not each.is_drawn:
                    _fade(_beside(axis), stack)
            if part.has_text_title:
                _fade([axes.title], stack)
            if source.bar is not None and part.bar_ticks and not part.bar_ticks.is_drawn:
                _fade(_beside(long_axis(source.bar)), stack)
        return pixels_of(figure, layout, ratio, facecolor="none")


def _hide(artist: Any, stack: ExitStack) -> None:
    stack.callback(artist.set_visible, artist.get_visible())
    artist.set_visible(False)


def _fade(artists: Iterable[Any], stack: ExitStack) -> None:
    """Let artists take their room without being seen."""
    for each in artists:
        stack.callback(each.set_alpha, each.get_alpha())
        each.set_alpha(0)


def _beside(*axis: Any) -> Iterable[Any]:
    for each in axis:
        for tick in [*each.get_major_ticks(), *each.get_minor_ticks()]:
            yield from tick.get_children()
        yield each.get_offset_text()


def key_of(
    parts: Parts,
    wish: Wish,
    limits: Sequence[tuple[Range, Range]],
    place: Layout,
    boxes: Sequence[Box],
    more: tuple[Any, ...],
) -> str:
    """Return what tells the decoration that belongs to a wish from others.

    Parameters
    ----------
    parts : Parts
        What there is in the figure.
    wish : Wish
        What of it is wanted.
    limits : sequence
        Those of all axes.
    place : Layout
        Of the picture.
    boxes : sequence of tuple
        Where the axes are.
    more : tuple
        What else shows in it.
    """
    maps = parts.maps
    # What of the wish shows in it, of every axes.
    shows: list[Any] = [
        limits[i] if i not in maps or part.is_overlaid or _is_drawn(part) else None
        for i, part in enumerate(parts.axes)
    ]
    for i, source in maps.items():
        each, bar = by_axes(wish).get(i), parts.axes[i].bar_ticks
        if bar is not None and bar.is_drawn and each is not None:
            shows.append((i, each.clim))
        if source.bar is not None and each is not None and (each.cmap or each.norm):
            shows.append((i, each.cmap, each.norm))
    t = wish.t if _tells_step(parts) else None
    return decor_key(place.size, wish.dpr, np.round(boxes, 4).tolist(), shows, more, t)


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


def _is_drawn(part: AxesPart) -> bool:
    return any(ticks is not None and ticks.is_drawn for ticks in (part.x_ticks, part.y_ticks))
