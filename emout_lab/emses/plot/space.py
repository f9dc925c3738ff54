"""What drawings in space share: labels, limits, proportions."""

from __future__ import annotations

from typing import Any

from matplotlib import ticker

from emout_lab.emses.plot.finish import Dressing
from emout_lab.emses.plot.labels import View

#: Labelled ticks along the longest axis; more would overlap.
TICKS = 5


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
    limits = [(float(axis.min()), float(axis.max())) for axis in view.axes[::-1]]
    labels = [view.axis_label(axis) for axis in (2, 1, 0)]
    frame(ax, limits, labels)
    dressing.write(ax, title=view.title, xlabel=labels[0], ylabel=labels[1])


def frame(ax: Any, limits: list[tuple[float, float]], labels: list[str]) -> None:
    """Set limits and labels of x, y, z, with lengths of one scale.

    Parameters
    ----------
    ax : Axes3D
        Drawn on.
    limits : list of (float, float)
        Lowest and highest coordinate along x, y, z.
    labels : list of str
        Labels of x, y, z.
    """
    longest = max(high - low for low, high in limits)
    for axis, (low, high), label in zip("xyz", limits, labels, strict=True):
        if high > low:
            getattr(ax, f"set_{axis}lim")(low, high)
        getattr(ax, f"set_{axis}label")(label)
        own = getattr(ax, f"{axis}axis")
        share = (high - low) / longest if longest > 0 else 1.0
        own.set_major_locator(ticker.MaxNLocator(max(1, round(TICKS * share))))
        if isinstance(own.get_major_formatter(), ticker.ScalarFormatter):
            own.get_major_formatter().set_powerlimits((-3, 4))
    ax.set_aspect("equal")
