"""A picture of everything but map cells, ticks and titles of live axes."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import ExitStack
from typing import Any

import numpy as np

from emout_lab.engine.live.layout import Layout
from emout_lab.engine.live.maps import MapSource, long_axis
from emout_lab.engine.live.pictures import pixels_of

Array = np.ndarray[Any, Any]


def decor_pixels(
    figure: Any, layout: Layout, ratio: float, live: Sequence[tuple[Any, MapSource]]
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
    live : sequence of (Axes, MapSource)
        Axes whose map travels otherwise.
    """
    with ExitStack() as stack:
        for axes, source in live:
            _hide(source.artist, stack)
            _hide(axes.patch, stack)
            _fade(_beside(axes.xaxis, axes.yaxis), stack)
            _fade([axes.title], stack)
            if source.bar is not None:
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
