"""What drawings in space share: labels, limits, proportions."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
from matplotlib import rcParams, ticker
from matplotlib.font_manager import FontProperties

from emout_lab.emses.plot.finish import Dressing
from emout_lab.emses.plot.labels import View
from emout_lab.emses.plot.powers import write_label
from emout_lab.emses.plot.proportions import box_shares

Array = np.ndarray[Any, Any]

#: Labelled ticks along the longest axis; more would overlap.
TICKS = 5
#: Part of an axis at its ends that has no numbers: those of the next axis stand there.
FREE_END = 0.04
#: Width of a digit as part of the size of its font.
DIGIT = 0.62


def dress_space(ax: Any, view: View, dressing: Dressing) -> None:
    """Label axes in space after a volume of a field, and let them span it.

    Parameters
    ----------
    ax : Axes3D
        Drawn on.
    view : View
        Three dimensions, x last.
    dressing : Dressing
        Texts in place of the usual ones.
    """
    limits = [(float(axis[0]), float(axis[-1])) for axis in view.axes[::-1]]
    labels = [view.axis_label(axis) for axis in (2, 1, 0)]
    frame(ax, limits, labels)
    dressing.write(ax, title=view.title, xlabel=labels[0], ylabel=labels[1])


def frame(ax: Any, limits: list[tuple[float, float]], labels: list[str]) -> None:
    """Set limits and labels of x, y, z, with lengths of one scale where the box is not too long.

    Parameters
    ----------
    ax : Axes3D
        Drawn on.
    limits : list of (float, float)
        Lowest and highest coordinate along x, y, z.
    labels : list of str
        Labels of x, y, z.
    """
    shares = box_shares([abs(high - low) for low, high in limits])
    for name, (low, high), share, label in zip("xyz", limits, shares, labels, strict=True):
        if high != low:
            getattr(ax, f"set_{name}lim")(low, high)
        axis = getattr(ax, f"{name}axis")
        axis.set_major_locator(_InnerLocator(max(1, round(TICKS * share))))
        if name == "z" and axis.label.get_text() == "":
            write_label(axis, label)
        axis.labelpad = _room(axis)
    ax.set_box_aspect(shares)


class _InnerLocator(ticker.MaxNLocator):
    """Ticks at round numbers that leave the ends of the axis free, where two axes meet."""

    def tick_values(self, vmin: float, vmax: float) -> Array:
        ticks = np.asarray(super().tick_values(vmin, vmax))
        low, high = min(vmin, vmax), max(vmin, vmax)
        end = FREE_END * (high - low)
        inner = ticks[(ticks > low + end) & (ticks < high - end)]
        return inner if inner.size else ticks


def _room(axis: Any) -> float:
    """Return how far the label stands beyond the numbers [point], which grow with their digits."""
    formatter = axis.get_major_formatter()
    numbers = formatter.format_ticks(axis.get_major_locator()())
    # Numbers are formulas; what is seen of them are digits, points and signs.
    longest = max((len(re.findall(r"[-\u2212.\d]", text)) for text in numbers), default=0)
    size = FontProperties(size=rcParams["xtick.labelsize"]).get_size_in_points()
    return float(max(0.0, (longest - 3) * DIGIT * size))
