"""Colours of a map's cells: an image where they are all alike, a mesh where they are not."""

from __future__ import annotations

from typing import Any, TypeAlias

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import QuadMesh
from matplotlib.image import AxesImage

from emout_lab.emses.plot import spacing
from emout_lab.emses.plot.labels import View
from emout_lab.errors import BadOption

Array = np.ndarray[Any, Any]
Cells: TypeAlias = AxesImage | QuadMesh

#: What shows cells as they are, which a mesh does anyway.
PLAIN = (None, "none", "nearest", "auto", "antialiased")
#: Options of images that make no difference where nothing is interpolated.
OF_INTERPOLATION = ("interpolation", "interpolation_stage", "filternorm", "filterrad", "resample")


def draw(ax: Axes, view: View, **options: Any) -> Cells:
    """Draw values as colours, each over its cell: from half-way to one neighbour to the other.

    Parameters
    ----------
    ax : Axes
        Drawn on.
    view : View
        Two dimensions, positions in order.
    **options
        For `matplotlib.axes.Axes.imshow`.

    Raises
    ------
    BadOption
        When cells of different widths should be interpolated.
    """
    if all(map(spacing.is_even, view.axes)):
        extent = (*spacing.extent(view, 1), *spacing.extent(view, 0))
        return ax.imshow(view.values, origin="lower", extent=extent, **options)
    aspect = options.pop("aspect", "auto")
    options = plain_options(view, options)
    rows, columns = spacing.cell_edges(view)
    # As far behind as an image.
    style = {"shading": "flat", "zorder": 0, "rasterized": True, **options}
    mesh = ax.pcolormesh(columns, rows, np.ma.masked_invalid(view.values), **style)
    ax.set_aspect(aspect)
    return mesh


def bring(cells: Any, values: Array) -> None:
    """Give an image or a mesh other values."""
    if isinstance(cells, QuadMesh):
        cells.set_array(np.ma.masked_invalid(values))
    else:
        cells.set_data(values)


def plain_options(view: View, options: dict[str, Any]) -> dict[str, Any]:
    """Return the options without those of interpolation; refuse where they would matter."""
    wanted = options.get("interpolation")
    if wanted not in PLAIN:
        dim = next(
            dim for dim, axis in zip(view.dims, view.axes, strict=True) if not spacing.is_even(axis)
        )
        raise BadOption(
            f"interpolation={wanted!r} needs evenly spaced positions, and those along {dim} are "
            "not: leave interpolation out, or take a slice with one step.",
            "interpolation",
        )
    return {name: value for name, value in options.items() if name not in OF_INTERPOLATION}
