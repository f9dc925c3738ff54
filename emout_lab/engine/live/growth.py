"""How much room labels need that become longer when a viewer zooms or pans.

It is found once for a figure, and kept free beside it: a picture that is cut as drawn would cut
longer labels, and one that is cut anew for each view would jump.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

import numpy as np

from emout_lab.engine.live.axis_ticks import AxisTicks, Ticks
from emout_lab.engine.live.parts import Parts

#: Left and right of a figure [inch].
Room = tuple[float, float]

#: Views that are tried: their widths and middles, as shares of the figure's own.
WIDTHS: Final = (1.0, 0.1, 0.01, 0.001)
MIDDLES: Final = (-0.5, 0.43, 1.5)
#: Width of a figure's letter, and of a wide one, as parts of its height.
LETTER: Final = 0.65
WIDE: Final = 1.0
FIRST_WIDE: Final = 0x2E80
#: Labels of axes farther from the end of a figure do not reach it [inch].
NEAR: Final = 1.5
#: No figure gets more than this beside it [inch].
MOST: Final = 1.0


def room_for(figure: Any, parts: Parts) -> Room:
    """Return the room that labels need beside a figure; in the engine's thread only.

    Parameters
    ----------
    figure : matplotlib.figure.Figure
        As it is, laid out.
    parts : Parts
        What there is in it.
    """
    around, dpi = figure.get_tightbbox(), float(figure.dpi)
    left = right = 0.0
    for i, part in enumerate(parts.axes):
        bar = parts.maps[i].bar if i in parts.maps else None
        beside = [(part.axes, part.y_ticks), (part.axes, part.x_ticks)]
        beside += [(bar.ax, part.bar_ticks)] if bar is not None else []
        for axes, ticks in beside:
            is_left = axes.bbox.x0 / dpi - around.x0 < NEAR
            is_right = around.x1 - axes.bbox.x1 / dpi < NEAR
            if ticks is None or not ticks.has_labels:
                continue
            if ticks.name == "y" and not (is_right if ticks.is_far else is_left):
                continue
            if not is_left and not is_right:
                continue
            more = growth(ticks, axes, dpi)
            if more == 0.0:
                continue
            tight = axes.get_tightbbox()
            if ticks.name == "x":  # half of it on each side
                left = max(left, more / 2 - (tight.x0 / dpi - around.x0))
                right = max(right, more / 2 - (around.x1 - tight.x1 / dpi))
            elif ticks.is_far:
                right = max(right, more - (around.x1 - tight.x1 / dpi))
            else:
                left = max(left, more - (tight.x0 / dpi - around.x0))
    return float(min(left, MOST)), float(min(right, MOST))


def growth(ticks: AxisTicks, axes: Any, dpi: float) -> float:
    """Return by how much labels can become wider than they are [inch]."""
    low, high = (float(v) for v in ticks.transform.transform(np.array(ticks.view)))
    size = axes.get_window_extent()
    inches = (size.width if ticks.name == "x" else size.height) / dpi
    back = ticks.transform.inverted()
    found = []
    for width in WIDTHS:
        for middle in MIDDLES:
            ends = low + (high - low) * (middle + np.array([-0.5, 0.5]) * width)
            with np.errstate(all="ignore"):
                view = np.asarray(back.transform(ends), float)
            if np.isfinite(view).all() and view[0] != view[1]:
                found.append(widest(ticks.find(float(view[0]), float(view[1]), inches).texts))
    now = widest(ticks.find(*ticks.view, inches).texts)
    return max(0.0, max(found, default=0.0) - now) * ticks.size_pt / 72


def widest(texts: Iterable[str]) -> float:
    """Return about how wide the widest text is, in parts of the height of letters."""
    widths = (sum(LETTER if ord(c) < FIRST_WIDE else WIDE for c in each) for each in texts)
    return max(widths, default=0.0)


def lengths(*axis: Ticks | None) -> tuple[int, ...]:
    """Return how long the longest labels are, by which what lies outside of them moves."""
    return tuple(max(map(len, each.texts), default=0) if each is not None else 0 for each in axis)
