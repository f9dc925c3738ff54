"""What drawings in space share: labels, limits, proportions."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
from matplotlib import rcParams, ticker
from matplotlib.font_manager import FontProperties

from emout_lab.emses.plot.aspect import box_shares, size_in
from emout_lab.emses.plot.axes_labels import write_labels
from emout_lab.emses.plot.decorations import Decorations
from emout_lab.emses.plot.labels import View

Array = np.ndarray[Any, Any]

#: Labelled ticks along the longest axis, also per inch of the axes' place; more would overlap.
TICKS, TICKS_PER_IN = 5, 1.5
#: Part of an axis at its ends that has no numbers: those of the next axis stand there.
FREE_END = 0.04
#: Distances of numbers and labels from a cube, and what matplotlib adds to them itself [point].
NUMBER_PAD, OWN_NUMBER_PAD = 3.5, 8.0
LABEL_PAD, OWN_LABEL_PAD = 2.0, 21.0
#: Longest side of a cube by matplotlib's measure is 1 / CUBE; the most that a height may be.
CUBE = 3**0.5
HIGHEST = 0.8
#: Width of a digit as part of the size of its font.
DIGIT = 0.62


def decorate_space(
    ax: Any,
    view: View,
    decorations: Decorations,
    limits: list[tuple[float, float]] | None = None,
) -> None:
    """Label axes in space after a volume of a field, and let them span it.

    Parameters
    ----------
    ax : Axes3D
        Drawn on.
    view : View
        Three dimensions, x last.
    decorations : Decorations
        Texts in place of the usual ones.
    limits : list of (float, float), optional
        Of x, y and z, where they are not those of the volume.
    """
    if limits is None:
        limits = [(float(axis.min()), float(axis.max())) for axis in view.axes[::-1]]
    labels = [view.axis_label(axis) for axis in (2, 1, 0)]
    frame(ax, limits, labels)
    decorations.write(ax, title=view.title, xlabel=labels[0], ylabel=labels[1])


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
    count = min(TICKS, TICKS_PER_IN * min(size_in(ax)))
    shares = box_shares([abs(high - low) for low, high in limits])
    for name, (low, high), share, label in zip("xyz", limits, shares, labels, strict=True):
        if high != low:
            getattr(ax, f"set_{name}lim")(low, high)
        axis = getattr(ax, f"{name}axis")
        axis.set_major_locator(_InnerLocator(max(1, round(count * share))))
        if name == "z":
            write_labels(ax, z=label)
    size = float(np.linalg.norm(shares))
    for name in "xyz":
        # matplotlib moves numbers and labels by parts of the two sides across, which may be short.
        across = [share for other, share in zip("xyz", shares, strict=True) if other != name]
        part = CUBE * float(np.mean(across)) / size
        axis = getattr(ax, f"{name}axis")
        axis.set_tick_params(pad=(NUMBER_PAD + OWN_NUMBER_PAD) / part - OWN_NUMBER_PAD)
        axis.labelpad = (LABEL_PAD + OWN_LABEL_PAD + _width(axis)) / part - OWN_LABEL_PAD
    # A high box would reach into the title.
    ax.set_box_aspect(shares, zoom=min(1.0, HIGHEST * size / shares[2]))


class _InnerLocator(ticker.MaxNLocator):
    """Ticks at round numbers that leave the ends of the axis free, where two axes meet."""

    def __init__(self, count: int) -> None:
        super().__init__(count)
        self._count = count

    def tick_values(self, vmin: float, vmax: float) -> Any:
        ticks = np.asarray(super().tick_values(vmin, vmax))
        low, high = min(vmin, vmax), max(vmin, vmax)
        end = FREE_END * (high - low)
        inner = ticks[(ticks > low + end) & (ticks < high - end)]
        if inner.size or self._count > TICKS:
            return inner if inner.size else ticks
        return _InnerLocator(self._count + 1).tick_values(vmin, vmax)


def _width(axis: Any) -> float:
    """Return by how much the numbers are wider than one of three digits [point]."""
    formatter = axis.get_major_formatter()
    numbers = formatter.format_ticks(axis.get_major_locator()())
    # Numbers are formulas; what is seen of them are digits, points and signs.
    longest = max((len(re.findall(r"[-\u2212.\d]", text)) for text in numbers), default=0)
    size = FontProperties(size=rcParams["xtick.labelsize"]).get_size_in_points()
    return float(max(0.0, (longest - 3) * DIGIT * size))
