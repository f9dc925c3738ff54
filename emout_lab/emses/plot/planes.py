"""A plane of a field where it lies in space, coloured by its values: ``plot(mode="surf")``."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from matplotlib.cm import ScalarMappable
from mpl_toolkits.mplot3d.art3d import Poly3DCollection  # type: ignore[import-untyped, unused-ignore]  # untyped

from emout_lab.emses.plot import offsets as offsets_of
from emout_lab.emses.plot import options as plot_options
from emout_lab.emses.plot import scales, spacing, surfaces
from emout_lab.emses.plot.axes3d import frame
from emout_lab.emses.plot.colorbars import add_colorbar_in_space
from emout_lab.emses.plot.decorations import split_options, tidy
from emout_lab.emses.plot.labels import View
from emout_lab.errors import BadOption, DataError

#: Dimensions in the order of an array.
SPACE = ("z", "y", "x")
#: Room on either side of a plane that is drawn alone, as part of its longer side.
ROOM = 0.125


def place_of(field: Any, use_si: bool) -> tuple[str, float]:
    """Return across which dimension a plane lies, and where.

    Parameters
    ----------
    field : Field
        Two dimensions.
    use_si : bool
        False for grid units.

    Raises
    ------
    DataError
        When it is no plane in space, or has no position any more.
    """
    name = field.name or "this field"
    if not set(field.dims) <= set(SPACE):
        raise DataError(
            f"mode='surf' draws a plane in space, {name} has {field.dims}. Take a step first, such "
            f"as {field.name or 'field'}[-1, :, 32, :]."
        )
    (across,) = set(SPACE) - set(field.dims)
    if across not in field._array.coords:
        raise DataError(
            f"mode='surf' draws a plane where it lies, and {name} has no position along {across} "
            "(a mean over it, or a difference of two?). Draw it with mode='cm'."
        )
    return across, float(field.axis(across, use_si=use_si))


@tidy
def plot_in_space(
    view: View,
    across: str,
    place: float,
    *,
    offsets: Any = None,
    axes: str = "auto",
    cmap: Any = None,
    vmin: float | None = None,
    vmax: float | None = None,
    norm: Any = None,
    colorbar: bool = True,
    colorbar_label: str | None = None,
    zlabel: str | None = None,
    **options: Any,
) -> Poly3DCollection:
    """Draw a plane of a field on axes in space.

    Planes on the same axes go together; the axes show all of them.

    Parameters
    ----------
    view : View
        The plane.
    across : {"x", "y", "z"}
        The third dimension.
    place : float
        Where the plane lies along it.
    offsets : sequence, optional
        Where zero is along x, y and z, and by how much values are moved, see
        `emout_lab.emses.plot.offsets`.
    axes : str
        Accepted as for maps; in space each dimension has its own axis.
    cmap, vmin, vmax, norm : optional
        How values are coloured.
    colorbar : bool
        False leaves the colour bar out.
    colorbar_label : str, optional
        In place of the name and unit of the values.
    zlabel : str, optional
        Label of the third axis.
    **options
        ``ax`` (made with ``projection="3d"``), ``figsize``, ``title``, ``xlabel``, ``ylabel``,
        ``savefilename``, ``show``.

    Returns
    -------
    mpl_toolkits.mplot3d.art3d.Poly3DCollection

    Raises
    ------
    BadOption
        When an option does not fit the values, or there is none of its name.
    """
    decorations, rest = split_options(options)
    plot_options.checked(rest, (), "a plane in space")
    if axes != "auto" and sorted(axes) != sorted(view.dims):
        raise BadOption(f"axes={axes!r} does not fit a slice of {view.dims}.", "axes")
    moves = offsets_of.checked(offsets, offsets_of.OF_PLANE_IN_SPACE)
    view = replace(view, values=offsets_of.shifted(view.values, moves.pop()))
    volume = _moved(_as_volume(view, across, place), dict(zip("xyz", moves, strict=True)))
    volume, number = spacing.rising(volume), SPACE.index(across)
    scale = scales.norm_for(view.values, norm, vmin, vmax, name=view.name)
    shades = ScalarMappable(scale, scales.cmap_for(cmap))
    ax = decorations.axes_in_space()
    shown = _limits(ax)
    at = float(volume.axes[number][0])
    drawn = surfaces.draw_pieces(ax, [surfaces.plane_piece(volume, across, at, shades)])
    drawn.set_norm(shades.norm)
    drawn.set_cmap(shades.cmap)
    if colorbar:
        add_colorbar_in_space(shades, ax, colorbar_label or view.label)
    labels = [volume.axis_label(axis) for axis in (2, 1, 0)]
    if zlabel is not None:
        labels[2] = zlabel
    frame(ax, _united(shown, _extents(volume, number)), labels)
    decorations.write(ax, title=view.title, xlabel=labels[0], ylabel=labels[1])
    return drawn


def _as_volume(view: View, across: str, place: float) -> View:
    """Return a plane as a volume of one layer, with the dimensions z, y, x."""
    dims = [dim for dim in SPACE if dim != across]
    if list(view.dims) != dims:
        view = view.transposed()
    number = SPACE.index(across)
    axes, units = list(view.axes), list(view.axis_units)
    axes.insert(number, np.array([place]))
    units.insert(number, units[0])
    return replace(
        view,
        values=np.expand_dims(view.values, number),
        dims=SPACE,
        axes=tuple(axes),
        axis_units=tuple(units),
    )


def _moved(volume: View, offsets: dict[str, Any]) -> View:
    axes = tuple(
        np.asarray(axis + offsets_of.distance(axis, offsets[dim]))
        for dim, axis in zip(volume.dims, volume.axes, strict=True)
    )
    return replace(volume, axes=axes)


def _extents(volume: View, number: int) -> list[tuple[float, float]]:
    """Return what the axes have to show of a plane, x first."""
    ends = [(float(axis.min()), float(axis.max())) for axis in volume.axes]
    room = ROOM * max(high - low for low, high in ends) or 1.0
    at = ends[number][0]
    ends[number] = (at - room, at + room)
    return ends[::-1]


def _limits(ax: Any) -> list[tuple[float, float]] | None:
    """Return what axes show already; None where nothing is drawn on them yet."""
    if not (ax.collections or ax.lines):
        return None
    return [getattr(ax, f"get_{name}lim")() for name in "xyz"]


def _united(
    shown: list[tuple[float, float]] | None, new: list[tuple[float, float]]
) -> list[tuple[float, float]]:
    if shown is None:
        return new
    return [(min(a[0], b[0]), max(a[1], b[1])) for a, b in zip(shown, new, strict=True)]
