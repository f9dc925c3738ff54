"""Curves of one dimension."""

from __future__ import annotations

from typing import Any

from matplotlib.lines import Line2D

from emout_lab.emses.plot import options as plot_options
from emout_lab.emses.plot import scales, spacing
from emout_lab.emses.plot.axes_labels import write_line
from emout_lab.emses.plot.decorations import split_options, tidy
from emout_lab.emses.plot.labels import View
from emout_lab.emses.plot.log_ticks import number_axis


@tidy
def plot_line(
    view: View,
    *,
    vmin: float | None = None,
    vmax: float | None = None,
    norm: str | None = None,
    **options: Any,
) -> Line2D:
    """Draw values over their coordinate, in the order of the coordinate.

    Lines on one axes have what they share in the title, and what they do not in the legend.

    Parameters
    ----------
    view : View
        One dimension.
    vmin, vmax : float, optional
        Limits of the values.
    norm : {"linear", "log", "symlog"}, optional
        Scale of the values.
    **options
        ``ax``, ``figsize``, ``title``, ``xlabel``, ``ylabel``, ``savefilename``, ``show``; the rest
        goes to `matplotlib.axes.Axes.plot` (``label``, ``color``, …).

    Returns
    -------
    matplotlib.lines.Line2D

    Raises
    ------
    BadOption
        When an option does not fit the values, or is one of maps.
    """
    view = spacing.ordered(view, may_repeat=True)
    decorations, rest = split_options(options)
    rest = plot_options.of_line(rest)
    scale = scales.scale_of_line(view.values, norm, vmin, vmax, name=view.name)
    ax = decorations.axes()
    is_first = not ax.has_data()
    if scale is not None:
        ax.set_yscale(**scale)
        number_axis(ax.yaxis)
    if len(view.values) == 1:
        # A curve of one point is nothing that is seen.
        rest = {"marker": "o", **rest}
    (line,) = ax.plot(view.axes[0], view.values, **rest)
    if is_first and len(view.axes[0]) > 1:
        ax.set_xlim(view.axes[0][0], view.axes[0][-1])
    if vmin is not None or vmax is not None:
        ax.set_ylim(vmin, vmax)
    title = write_line(ax, line, view, has_name="label" in rest)
    decorations.write(ax, title=title, xlabel=view.axis_label(0), ylabel=view.label)
    return line
