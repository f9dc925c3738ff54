"""Drawing particles: points, steps of a histogram, maps of phase space."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from emout_lab.emses.particles.histograms import LENGTHS, Axis, Histogram, Histogram2D
from emout_lab.emses.plot import scales
from emout_lab.emses.plot.colorbars import add_colorbar
from emout_lab.emses.plot.decorations import split_options, tidy
from emout_lab.emses.plot.log_ticks import number_axis

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Array = np.ndarray[Any, Any]


@tidy
def draw_steps(result: Histogram, *, log: bool, density: bool, options: dict[str, Any]) -> Axes:
    """Draw a histogram as steps."""
    decorations, rest = split_options(options)
    ax = decorations.axes()
    ax.stairs(result.density if density else result.counts, result.edges, **rest)
    if log:
        ax.set_yscale("log")
        number_axis(ax.yaxis)
    words = "density" if density else result.weighted_by or "particles"
    decorations.write(ax, title=result.title, xlabel=result.axis.label, ylabel=words)
    return ax


@tidy
def draw_map(
    result: Histogram2D,
    *,
    log: bool,
    vmin: float | None,
    vmax: float | None,
    colorbar: bool,
    options: dict[str, Any],
) -> Axes:
    """Draw a histogram of two quantities as colours."""
    decorations, rest = split_options(options)
    values = np.ma.masked_equal(result.counts.T, 0)
    norm = rest.pop("norm", None) or ("log" if log else None)
    shown = values.compressed() if values.count() else np.ones(1)
    chosen = scales.norm_for(shown, norm, vmin, vmax, name=result.weighted_by or "particles")
    ax = decorations.axes()
    mesh = ax.pcolormesh(result.x_edges, result.y_edges, values, norm=chosen, **rest)
    if colorbar:
        add_colorbar(mesh, ax, result.weighted_by or "particles")
    _to_scale(ax, result.x_axis, result.y_axis)
    decorations.write(
        ax, title=result.title, xlabel=result.x_axis.label, ylabel=result.y_axis.label
    )
    return ax


@tidy
def draw_points(
    values: tuple[Array, Array],
    axes: tuple[Axis, Axis],
    title: str,
    colours: tuple[Array, Axis] | None,
    options: dict[str, Any],
) -> Axes:
    """Draw particles as points, coloured by another quantity where that is given."""
    decorations, rest = split_options(options)
    ax = decorations.axes()
    # Points of a picture that many particles share shall not hide how many they are.
    style = {"s": 1.0, "alpha": 0.5, "linewidths": 0.0, **rest}
    if colours is not None:
        style["c"] = colours[0]
    points = ax.scatter(*values, **style)
    if colours is not None:
        add_colorbar(points, ax, colours[1].label)
    _to_scale(ax, *axes)
    decorations.write(ax, title=title, xlabel=axes[0].label, ylabel=axes[1].label)
    return ax


def _to_scale(ax: Axes, *axes: Axis) -> None:
    if all(axis.unit in LENGTHS for axis in axes):
        ax.set_aspect("equal")
