"""Ticks that are placed once a picture.

matplotlib places an axis' ticks, and writes their labels, some eight times for one picture: whoever
asks how far the axis reaches has it done again. Here they stay until the axis' view or place
changes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from matplotlib.axis import XAxis, YAxis

#: Axes of other projections place their ticks by more than their view.
PLAIN = (XAxis, YAxis)


@contextmanager
def steady_ticks(figure: Any) -> Iterator[None]:
    """Let the axes of a figure keep their ticks as long as nothing moves them."""
    found = [axis for axes in all_axes(figure) for axis in (axes.xaxis, axes.yaxis)]
    plain = [axis for axis in found if type(axis) in PLAIN]
    for axis in plain:
        axis._update_ticks = _once(axis, axis._update_ticks)
    try:
        yield
    finally:
        for axis in plain:
            del axis._update_ticks


def all_axes(figure: Any) -> list[Any]:
    """Return the axes of a figure and those inside of them."""
    found = list(figure.axes)
    for axes in found:
        found += [inner for inner in axes.child_axes if inner not in found]
    return found


def _once(axis: Any, update: Callable[[], list[Any]]) -> Callable[[], list[Any]]:
    last: tuple[Any, list[Any]] = (None, [])

    def ticks() -> list[Any]:
        nonlocal last
        place = tuple(axis.get_view_interval()), axis.axes.bbox.bounds
        if last[0] != place:
            last = place, update()
        return list(last[1])

    return ticks
