"""Drawing particles: points, steps of a histogram, maps of phase space."""

from __future__ import annotations

import inspect
from dataclasses import dataclass
from typing import Any

import numpy as np
from matplotlib.artist import Artist, ArtistInspector
from matplotlib.axes import Axes
from matplotlib.collections import PathCollection, QuadMesh
from matplotlib.patches import StepPatch

from emout_lab.emses.particles.quantities import Quantity
from emout_lab.emses.plot import options as plot_options
from emout_lab.emses.plot import scales
from emout_lab.emses.plot.colorbars import add_colorbar
from emout_lab.emses.plot.decorations import split_options, tidy
from emout_lab.emses.plot.log_ticks import number_axis
from emout_lab.emses.units import GRID_UNIT

Array = np.ndarray[Any, Any]

#: Units of positions: two such axes are drawn to scale.
LENGTHS = ("m", GRID_UNIT)
#: Area of a point [pt^2]: of few the largest, of many the smallest.
AREAS_PT2 = (0.5, 10.0)
#: Points that share the area of the picture, and how many may hide each other.
POINTS_AREA_PT2, CROWD = 2e4, 5000


@tidy
def draw_steps(
    values: Array,
    edges: Array,
    labels: tuple[str, str],
    title: str,
    log: bool,
    options: dict[str, Any],
) -> Axes:
    """Draw a histogram as steps."""
    decorations, rest = split_options(options)
    _check(rest, Axes.stairs, StepPatch, "steps of a histogram")
    ax = decorations.axes()
    ax.stairs(values, edges, **rest)
    # What nobody is counted in has no logarithm.
    if log and np.any(values > 0):
        ax.set_yscale("log")
        number_axis(ax.yaxis)
    decorations.write(ax, title=title, xlabel=labels[0], ylabel=labels[1])
    return ax


@dataclass(frozen=True)
class Cells:
    """Counts of a map.

    Parameters
    ----------
    values : ndarray, shape (ny, nx)
        The counts; cells of zero stay empty.
    edges : tuple of ndarray
        Of the cells, along x and y.
    axes : tuple of Quantity
        What is along x and y.
    label : str
        What the values are.
    title : str
        Which particles.
    """

    values: Array
    edges: tuple[Array, Array]
    axes: tuple[Quantity, Quantity]
    label: str
    title: str


@tidy
def draw_map(
    cells: Cells,
    vmin: float | None,
    vmax: float | None,
    colorbar: bool,
    options: dict[str, Any],
) -> Axes:
    """Draw a histogram of two quantities as colours."""
    decorations, rest = split_options(options)
    values = np.ma.masked_equal(cells.values, 0)
    shown = values.compressed() if values.count() else np.ones(1)
    norm = scales.norm_for(shown, rest.pop("norm", None), vmin, vmax, name=cells.label)
    _check(rest, Axes.pcolormesh, QuadMesh, "maps of particles")
    ax = decorations.axes()
    mesh = ax.pcolormesh(*cells.edges, values, norm=norm, **rest)
    if colorbar:
        add_colorbar(mesh, ax, cells.label)
    _to_scale(ax, *cells.axes)
    decorations.write(ax, title=cells.title, xlabel=cells.axes[0].label, ylabel=cells.axes[1].label)
    return ax


@tidy
def draw_points(
    values: tuple[Array, Array],
    axes: tuple[Quantity, Quantity],
    title: str,
    colours: tuple[Array, Quantity] | None,
    options: dict[str, Any],
) -> Axes:
    """Draw particles as points, coloured by another quantity where that is given."""
    decorations, rest = split_options(options)
    _check(rest, Axes.scatter, PathCollection, "points")
    ax = decorations.axes()
    count = len(values[0])
    size = float(np.clip(POINTS_AREA_PT2 / max(count, 1), *AREAS_PT2))
    # Many points shall not hide how many they are.
    style = {"s": size, "alpha": 0.5 if count > CROWD else 1.0, "linewidths": 0.0, **rest}
    if colours is not None:
        style["c"] = colours[0]
    points = ax.scatter(*values, **style)
    if colours is not None:
        add_colorbar(points, ax, colours[1].label)
    _to_scale(ax, *axes)
    decorations.write(ax, title=title, xlabel=axes[0].label, ylabel=axes[1].label)
    return ax


def _check(options: dict[str, Any], method: Any, artist: type[Artist], of: str) -> None:
    """Refuse options that there are not, before anything is drawn."""
    inspector: Any = ArtistInspector(artist)
    aliases = (name for names in inspector.aliasd.values() for name in names)
    known = {*inspect.signature(method).parameters, *inspector.get_setters(), *aliases}
    plot_options.checked(options, known - {"self", "kwargs", "data"}, of)


def _to_scale(ax: Axes, *axes: Quantity) -> None:
    if all(axis.unit in LENGTHS for axis in axes):
        ax.set_aspect("equal")
