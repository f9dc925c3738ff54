"""Meshes in space, coloured by a field or in one colour, and planes of the field between them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from matplotlib.cm import ScalarMappable
from matplotlib.colors import Colormap, Normalize, to_rgba
from mpl_toolkits.mplot3d.art3d import Poly3DCollection  # type: ignore[import-untyped, unused-ignore]  # untyped

from emout_lab.emses.mesh import Mesh, Surface
from emout_lab.emses.plot import levels as levels_of
from emout_lab.emses.plot import options as plot_options
from emout_lab.emses.plot import scales, spacing, surface_lines
from emout_lab.emses.plot.aspect import size_in
from emout_lab.emses.plot.axes3d import decorate_space, frame
from emout_lab.emses.plot.bounds import Bounds3D
from emout_lab.emses.plot.colorbars import add_colorbar_in_space
from emout_lab.emses.plot.decorations import Decorations, split_options, tidy
from emout_lab.emses.plot.labels import View, labelled
from emout_lab.emses.plot.maps import MODE_ALIASES, MODES
from emout_lab.errors import BadOption, DataError

Array = np.ndarray[Any, Any]

#: Cells along a side of a plane; more would take long to draw and not be seen.
PLANE_CELLS = 64
#: Where the light comes from, and the share of it that reaches every face.
LIGHT = np.array([-0.4, -0.6, 0.7]) / np.linalg.norm([-0.4, -0.6, 0.7])
AMBIENT = 0.55
#: Room around bodies that are drawn alone, as part of their extent.
MARGIN = 0.1
#: Colour of surfaces that have contour lines alone.
PLAIN = "0.93"
#: Part of its axes that a box in space fills.
BOX_SHARE = 0.6


@tidy
def plot_surfaces(
    view: View,
    surfaces: Sequence[Surface],
    *,
    planes: Mapping[str, float] | None = None,
    mode: str = "cm",
    levels: Any = None,
    colors: Any = None,
    linewidths: float = 0.8,
    bounds: Any = None,
    clip_to_bounds: bool = True,
    cmap: Any = None,
    vmin: float | None = None,
    vmax: float | None = None,
    norm: Any = None,
    colorbar: bool = True,
    **options: Any,
) -> Poly3DCollection:
    """Draw surfaces in a volume, coloured by the field on them.

    Parameters
    ----------
    view : View
        A volume, with the dimensions z, y, x.
    surfaces : sequence of Surface
        In the unit of the coordinates; what lies outside the volume is left out.
    planes : mapping of str to float, optional
        Planes of the field that are drawn as well, such as ``{"y": 0.032}``.
    mode : {"cm", "cont", "cm+cont"}
        Colours, contour lines on surfaces of one colour, or lines over the colours.
    levels : int or array_like, optional
        Of the lines: about how many, or which.
    colors : optional
        One colour of all lines; by default black over colours, and else that of the level.
    linewidths : float
        Their width [point].
    bounds : Bounds3D, mapping, or three intervals, optional
        The box that the axes show, such as ``{"x": (0, 0.02), "z": (0.01, None)}``; None ends
        where the volume does.
    clip_to_bounds : bool
        Leave out triangles whose centre lies outside of it.
    cmap, vmin, vmax : optional
        How values are coloured; by default the range is that of the whole volume.
    norm : optional
        A norm, or ``"log"``.
    colorbar : bool
        False leaves the colour bar out.
    **options
        ``ax``, ``figsize``, ``title``, ``xlabel``, ``ylabel``, ``savefilename``, ``show``.

    Returns
    -------
    mpl_toolkits.mplot3d.art3d.Poly3DCollection

    Raises
    ------
    BadOption
        When `bounds` is no box, or lies outside the volume.
    """
    decorations, rest = split_options(options)
    _refuse(rest)
    view = spacing.rising(view)
    box = Bounds3D() if bounds is None else Bounds3D.of(bounds)
    limits = box.within(view)
    scale = scales.norm_for(view.values, norm, vmin, vmax, name=view.name)
    shades = ScalarMappable(scale, scales.cmap_for(cmap))
    line_style = _line_style(mode, levels, colors, linewidths, scale, shades.cmap)
    pieces = [_coloured(surface, view, shades) for surface in surfaces]
    pieces += [plane_piece(view, dim, place, shades) for dim, place in (planes or {}).items()]
    if clip_to_bounds and bounds is not None:
        pieces = [_inside(piece, box) for piece in pieces]
    ax = decorations.axes_in_space()
    is_field = [surface.style == "field" for surface in surfaces] + [True] * len(planes or {})
    if line_style is not None:
        pieces = _all_lined(pieces, is_field, view, line_style, _point(ax, limits))
    drawn = draw_pieces(ax, pieces)
    drawn.set_norm(shades.norm)
    drawn.set_cmap(shades.cmap)
    if colorbar and any(is_field):
        add_colorbar_in_space(shades, ax, view.label)
    decorate_space(ax, view, decorations, limits)
    return drawn


@tidy
def plot_bodies(
    surfaces: Sequence[Surface], *, unit: str, decorations: Decorations
) -> Poly3DCollection:
    """Draw surfaces alone, each in its own colour.

    Parameters
    ----------
    surfaces : sequence of Surface
        All in one unit of length.
    unit : str
        That unit.
    decorations : Decorations
        Axes and texts.
    """
    ax = decorations.axes_in_space()
    drawn = draw_pieces(ax, [_solid(surface.mesh, surface) for surface in surfaces])
    points = np.concatenate([surface.mesh.vertices for surface in surfaces])
    low, high = points.min(axis=0), points.max(axis=0)
    room = MARGIN * (float((high - low).max()) or 1.0)
    labels = [labelled(axis, unit) for axis in "xyz"]
    frame(ax, [(a - room, b + room) for a, b in zip(low, high, strict=True)], labels)
    decorations.write(ax, title="", xlabel=labels[0], ylabel=labels[1])
    return drawn


def sample(view: View, points: Array) -> Array:
    """Interpolate a volume trilinearly; NaN outside.

    Parameters
    ----------
    view : View
        A volume with the dimensions z, y, x, whose positions rise.
    points : ndarray
        Coordinates x, y, z, shape (n, 3).
    """
    result = np.zeros(len(points))
    places, shares, is_inside = [], [], np.ones(len(points), dtype=bool)
    for axis, coordinates in zip(view.axes, points.T[::-1], strict=True):
        count = len(axis)
        position = _position(axis, coordinates)
        # Rounding must not put what lies on a face outside.
        is_inside &= (position > -1e-6) & (position < count - 1 + 1e-6)
        lower = np.clip(np.floor(position), 0, max(count - 2, 0)).astype(int)
        places.append((lower, np.minimum(lower + 1, count - 1)))
        shares.append(np.clip(position - lower, 0, 1))
    for corner in np.ndindex(2, 2, 2):
        weight = np.prod(
            [share if upper else 1 - share for share, upper in zip(shares, corner, strict=True)],
            axis=0,
        )
        index = tuple(place[upper] for place, upper in zip(places, corner, strict=True))
        result += weight * view.values[index]
    return np.where(is_inside, result, np.nan)


def _position(axis: Array, coordinates: Array) -> Array:
    """Return where coordinates are along an axis, counted in its points."""
    count = len(axis)
    if spacing.is_even(axis):
        step = (axis[-1] - axis[0]) / (count - 1) if count > 1 else 1.0
        return np.asarray((coordinates - axis[0]) / step)
    below = np.clip(np.searchsorted(axis, coordinates, side="right") - 1, 0, count - 2)
    return np.asarray(below + (coordinates - axis[below]) / (axis[below + 1] - axis[below]))


Piece = tuple[Array, Array]


def _coloured(surface: Surface, view: View, shades: ScalarMappable) -> Piece:
    """Triangles inside the volume, and their colours."""
    centres = surface.mesh.triangles.mean(axis=1)
    values = sample(view, centres)
    is_inside = np.isfinite(values)
    mesh = Mesh(surface.mesh.vertices, surface.mesh.faces[is_inside])
    if surface.style == "solid":
        return _solid(mesh, surface)
    return mesh.triangles, shades.to_rgba(values[is_inside], alpha=surface.alpha)


class _LineStyle(NamedTuple):
    """Levels of contour lines, their colours and width [point], and the faces' colour if any."""

    levels: Array
    colours: Array
    width: float
    face: Any = None


def _line_style(
    mode: str, levels: Any, colors: Any, width: Any, norm: Normalize, cmap: Colormap
) -> _LineStyle | None:
    """Return how contour lines are drawn; None without lines."""
    mode = plot_options.checked_mode(mode, MODES, MODE_ALIASES, of="surfaces")
    if mode == "cm":
        for name, value in (("levels", levels), ("colors", colors)):
            if value is not None:
                raise BadOption(
                    f"{name}={value!r} is an option of contour lines: add mode='cm+cont' for lines "
                    "over the colours, or mode='cont' for lines alone.",
                    name,
                )
        return None
    if not isinstance(width, (int, float, np.number)) or not 0 < width < np.inf:
        raise BadOption(f"linewidths={width!r}: give one width in points, above 0.", "linewidths")
    found = levels_of.for_range(levels, norm)
    if colors is None:
        own = cmap(norm(found)) if mode == "cont" else np.tile(to_rgba("black"), (len(found), 1))
    else:
        own = np.tile(to_rgba(colors), (len(found), 1))
    return _LineStyle(found, np.asarray(own), float(width), PLAIN if mode == "cont" else None)


def _point(ax: Any, limits: Sequence[tuple[float, float]]) -> float:
    """Return about how long a point of the page is in the box."""
    longest = max(high - low for low, high in limits)
    return longest / (BOX_SHARE * 72 * min(size_in(ax)))


def _all_lined(
    pieces: Sequence[Piece],
    is_field: Sequence[bool],
    view: View,
    style: _LineStyle,
    point: float,
) -> list[Piece]:
    return [
        _lined(piece, view, style, point) if has_lines else piece
        for piece, has_lines in zip(pieces, is_field, strict=True)
    ]


def _lined(piece: Piece, view: View, style: _LineStyle, point: float) -> Piece:
    """Put contour lines on what is coloured by the field."""
    polygons, colours = piece
    values = sample(view, polygons.reshape(-1, 3)).reshape(polygons.shape[:2])
    if style.face is not None:
        colours = np.tile(to_rgba(style.face), (len(polygons), 1))
    width = style.width * point
    return surface_lines.lined(polygons, values, colours, style.levels, style.colours, width)


def _inside(piece: Piece, box: Bounds3D) -> Piece:
    """Leave out what has its centre outside a box."""
    polygons, colours = piece
    is_inside = box.contains(polygons.mean(axis=1))
    return polygons[is_inside], colours[is_inside]


def _solid(mesh: Mesh, surface: Surface) -> Piece:
    """Triangles in one colour, lighter where they face the light."""
    colours = np.tile(to_rgba(surface.solid_color, surface.alpha), (len(mesh.faces), 1))
    light = AMBIENT + (1 - AMBIENT) * np.clip(mesh.normals @ LIGHT, 0, 1)
    colours[:, :3] *= light[:, None]
    return mesh.triangles, colours


def plane_piece(view: View, dim: str, place: float, shades: ScalarMappable) -> Piece:
    """Quadrilaterals of a plane across a dimension, and their colours."""
    if dim not in view.dims:
        raise DataError(f"planes={{{dim!r}: …}}: the volume has {', '.join(view.dims)}.")
    axis = view.dims.index(dim)
    low, high = float(view.axes[axis].min()), float(view.axes[axis].max())
    if not low <= place <= high:
        raise DataError(
            f"planes={{{dim!r}: {place:g}}} lies outside: {dim} goes from {low:g} to {high:g} "
            f"{view.axis_units[axis]}."
        )
    lines = []
    for coordinates in view.axes:
        lines.append(_plane_lines(coordinates))
    lines[axis] = np.array([place])
    z, y, x = np.meshgrid(*lines, indexing="ij")
    points = np.squeeze(np.stack([x, y, z], axis=-1), axis=axis)
    corners = [points[:-1, :-1], points[1:, :-1], points[1:, 1:], points[:-1, 1:]]
    cells = np.stack(corners, axis=2).reshape(-1, 4, 3)
    return cells, shades.to_rgba(sample(view, cells.mean(axis=1)))


def _plane_lines(coordinates: Array) -> Array:
    """Positions between which a plane has its cells, as small as the smallest step asks for."""
    if spacing.is_even(coordinates):
        count = min(len(coordinates) - 1, PLANE_CELLS)
        return np.linspace(coordinates[0], coordinates[-1], count + 1)
    steps = np.diff(coordinates)
    count = int(min(np.ceil(steps.sum() / steps.min()), PLANE_CELLS))
    return np.linspace(coordinates[0], coordinates[-1], count + 1)


def draw_pieces(ax: Any, pieces: Sequence[Piece]) -> Poly3DCollection:
    """Draw polygons in their colours, those of all pieces together."""
    if not sum(len(polygons) for polygons, _ in pieces):
        raise DataError(
            "Nothing of the surfaces lies in the volume, or in bounds. Are all in the same unit "
            "(use_si)? A plane of the field is drawn with planes={'y': …}."
        )
    # One collection, since matplotlib sorts by distance within a collection only; and polygons of
    # one number of corners, since it reads what lies behind those of fewer.
    polygons = np.concatenate([_with_four_corners(polygons) for polygons, _ in pieces])
    colours = np.concatenate([colours for _, colours in pieces])
    # Edges in the faces' own colours close the seams between them.
    drawn = Poly3DCollection(polygons, facecolors=colours, edgecolors=colours, linewidths=0.2)
    ax.add_collection3d(drawn)
    return drawn


def _with_four_corners(polygons: Array) -> Array:
    return (
        np.concatenate([polygons, polygons[:, -1:]], axis=1) if polygons.shape[1] == 3 else polygons
    )


def _refuse(options: Mapping[str, Any]) -> None:
    if options:
        raise TypeError(
            f"plot_surfaces() takes no {next(iter(options))!r}; it takes planes, mode, levels, "
            "colors, linewidths, bounds, clip_to_bounds, cmap, vmin, vmax, norm, colorbar, ax, "
            "figsize, title, xlabel, ylabel, savefilename, show."
        )
