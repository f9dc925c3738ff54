"""A picture of everything but map cells, and texts of live axes that go as texts."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from contextlib import ExitStack
from typing import Any

import numpy as np

from emout_lab.engine.live.layout import Layout
from emout_lab.engine.live.maps import MapSource, long_axis
from emout_lab.engine.live.parts import AxesPart
from emout_lab.engine.live.pictures import pixels_of

Array = np.ndarray[Any, Any]


def decor_pixels(
    figure: Any,
    layout: Layout,
    ratio: float,
    live: Sequence[tuple[AxesPart, MapSource, Collection[str]]],
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
    live : sequence of (AxesPart, MapSource, collection of str)
        Axes whose map travels otherwise, and which of "x", "y" and "bar" do not go as texts.
    """
    with ExitStack() as stack:
        for part, source, drawn in live:
            axes = part.axes
            _hide(source.artist, stack)
            _hide(axes.patch, stack)
            for name, axis in (("x", axes.xaxis), ("y", axes.yaxis)):
                if name not in drawn:
                    _fade(_beside(axis), stack)
            if part.has_text_title:
                _fade([axes.title], stack)
            if source.bar is not None and part.bar_ticks and "bar" not in drawn:
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
