"""``plot3d()`` of fields, vectors, bodies and orbits: from options to layers of a scene."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from emout_lab.emses.mesh import Surface
from emout_lab.emses.plot3d import field_layer, grids, layers, options, vector_layers
from emout_lab.emses.plot3d.colours import Colours
from emout_lab.errors import BadOption, DataError

Array = np.ndarray[Any, Any]
#: Gives bodies as surfaces: what `emout_lab.emses.boundaries.surfaces_of` does.
SurfacesOf = Callable[..., list[Surface]]


def field(
    source: Any,
    mode: str = "box",
    *,
    surfaces_of: SurfacesOf,
    use_si: bool = True,
    offsets: Any = None,
    cmap: Any = "viridis",
    clim: Any = None,
    vmin: float | None = None,
    vmax: float | None = None,
    norm: Any = None,
    opacity: Any = None,
    contour_levels: Any = None,
    levels: Any = None,
    planes: Mapping[str, Any] | None = None,
    max_points: int = grids.MAX_POINTS,
    add_scalar_bar: bool = True,
    scalar_bar_args: Mapping[str, Any] | None = None,
    add_outline: bool = True,
    outline_color: Any = "0.3",
    scalar_name: str | None = None,
    surfaces: Any = None,
    **rest: Any,
) -> Any:
    """Draw a volume or a plane in space; `emout_lab.emses.plotting` has the description."""
    mode = _mode(mode, field_layer.MODES, field_layer.ALIASES)
    grids.require_space(source, least=2 if mode == "box" else 3)
    if mode != "slice" and planes is not None:
        raise BadOption(f"planes belong to mode='slice', and mode is {mode!r}.", "planes")
    if levels is not None and contour_levels is not None:
        raise BadOption("levels and contour_levels are one option: leave out one.", "levels")
    if offsets is not None:
        grids.checked_offsets(offsets)
    given, bodies, own = _parted(rest)
    found = levels if contour_levels is None else contour_levels
    layer = field_layer.FieldLayer(
        options=own,
        source=source,
        mode=mode,
        use_si=use_si,
        offsets=offsets,
        planes=planes,
        levels=field_layer.LEVELS if found is None else found,
        max_points=max_points,
        colours=Colours.of(cmap, norm, vmin, vmax, clim),
        opacity=opacity,
        has_bar=add_scalar_bar,
        label=_label(scalar_bar_args, scalar_name),
        outline=outline_color if add_outline and source.ndim == 3 else None,
    )
    parts: list[layers.Layer] = [layer, *_bodies(surfaces, surfaces_of, use_si, offsets, bodies)]
    return options.drawn(parts, given, has_bounds=True)


def vector(
    source: Any,
    mode: str = "stream",
    *,
    surfaces_of: SurfacesOf,
    use_si: bool = True,
    cmap: Any = "viridis",
    clim: Any = None,
    vmin: float | None = None,
    vmax: float | None = None,
    norm: Any = None,
    add_scalar_bar: bool = True,
    scalar_bar_args: Mapping[str, Any] | None = None,
    surfaces: Any = None,
    seed_surface: Any = None,
    add_outline: bool = True,
    outline_color: Any = "0.3",
    **rest: Any,
) -> Any:
    """Draw vectors in a volume; `emout_lab.emses.vectors` has the description."""
    mode = _mode(mode, vector_layers.MODES, vector_layers.ALIASES)
    if sorted(source.axes) != ["x", "y", "z"]:
        raise DataError(
            f"plot3d() draws vectors with the components x, y, z; {source.name or 'this one'} has "
            f"{', '.join(source.axes)}. Take all three, such as data.exyz[-1]."
        )
    grids.require_space(source, least=3)
    kind = vector_layers.ArrowLayer if mode == "quiver" else vector_layers.StreamLayer
    given, bodies, own = _parted(rest)
    names = {name for name in kind.__dataclass_fields__ if name not in _NOT_OPTIONS}
    taken = {name: own.pop(name) for name in list(own) if name in names}
    if mode == "stream":
        begin = surfaces if seed_surface is None else seed_surface
        if begin is not None and taken.get("seed_mode") == "surface":
            found = surfaces_of(begin, use_si=use_si)
            taken["seed_vertices"] = np.concatenate([each.mesh.vertices for each in found])
    offsets = taken.get("offsets")
    if offsets is not None:
        grids.checked_offsets(offsets)
    layer = kind(
        options=own,
        components=[source.component(axis) for axis in "xyz"],
        name=source.name,
        use_si=use_si,
        colours=Colours.of(cmap, norm, vmin, vmax, clim),
        has_bar=add_scalar_bar,
        label=_label(scalar_bar_args, None),
        outline=outline_color if add_outline else None,
        **taken,
    )
    parts: list[layers.Layer] = [layer, *_bodies(surfaces, surfaces_of, use_si, offsets, bodies)]
    return options.drawn(parts, given, has_bounds=True)


#: Fields of a layer that are no options of the user.
_NOT_OPTIONS = frozenset(
    ("options", "_kept", "components", "name", "use_si", "colours", "has_bar", "label")
    + ("outline", "seed_vertices")
)


def bodies(
    surfaces: Sequence[Surface],
    *,
    unit: str,
    offsets: Any = None,
    color: Any = None,
    opacity: float | None = None,
    surface_color: Any = None,
    surface_opacity: float | None = None,
    surface_kwargs: Mapping[str, Any] | None = None,
    **rest: Any,
) -> Any:
    """Draw bodies; `BoundaryCollection.plot3d` has the description."""
    if not surfaces:
        raise DataError("There are no boundaries to draw.")
    given, own = options.split(rest)
    shown = surface_color if color is None else color
    dense = surface_opacity if opacity is None else opacity
    style = {**(surface_kwargs or {}), **own}
    layer = _body_layer(surfaces, offsets, style, shown, dense, unit=unit)
    return options.drawn([layer], given, has_bounds=given.add_axes)


def orbits(
    lines: Sequence[Array],
    opacities: Sequence[float],
    *,
    unit: str,
    offsets: Any = None,
    color: Any = "black",
    line_width: float = 2.0,
    tube_radius: float | None = None,
    **rest: Any,
) -> Any:
    """Draw orbits; `MultiBacktraceResult.plot3d` has the description."""
    given, own = options.split(rest)
    moved = _moved(lines, offsets)
    layer = layers.LineLayer(
        options=own,
        lines=moved,
        opacities=[float(each) for each in opacities],
        colour=color,
        width=line_width,
        tube_radius=tube_radius,
        length=unit,
    )
    if not moved:
        raise DataError("There is no orbit of two points or more to draw.")
    return options.drawn([layer], given, has_bounds=False)


def _mode(mode: Any, known: Sequence[str], aliases: Mapping[str, str]) -> str:
    name = aliases.get(mode, mode) if isinstance(mode, str) else mode
    if name not in known:
        there_are = ", ".join(map(repr, (*known, *aliases)))
        raise BadOption(f"No mode {mode!r} for plot3d(); there are {there_are}.", "mode")
    return str(name)


def _parted(
    rest: dict[str, Any],
) -> tuple[options.SceneOptions, dict[str, Any], dict[str, Any]]:
    """Part options: those of the picture, of bodies in it, and of what is drawn."""
    given, own = options.split(rest)
    names = ("surface_color", "surface_opacity", "surface_kwargs", "surface_per")
    return given, {n: own.pop(n) for n in names if n in own}, own


def _label(args: Mapping[str, Any] | None, name: str | None) -> str | None:
    """Return the label of a colour bar that PyVista's options name."""
    title = dict(args or {}).get("title", name)
    return None if title is None else str(title)


def _bodies(
    what: Any, surfaces_of: SurfacesOf, use_si: bool, offsets: Any, given: Mapping[str, Any]
) -> list[layers.Layer]:
    """Return the layer of bodies that are drawn along with a field."""
    if what is None:
        return []
    per = given.get("surface_per")
    found = what.render(use_si=use_si, per=per) if per else surfaces_of(what, use_si=use_si)
    style = dict(given.get("surface_kwargs") or {})
    opacity = given.get("surface_opacity", 0.35)
    colour = given.get("surface_color")
    return [_body_layer(found, offsets, style, colour, opacity, unit="")]


def _body_layer(
    surfaces: Sequence[Surface],
    offsets: Any,
    style: dict[str, Any],
    colour: Any,
    opacity: float | None,
    *,
    unit: str,
) -> layers.SurfaceLayer:
    """Return bodies as a layer; what a surface says of itself goes before what is said of all."""
    vertices = _moved([each.mesh.vertices for each in surfaces], offsets)
    pieces = [
        (
            points,
            each.mesh.faces,
            each.solid_color if colour is None else colour,
            each.alpha if opacity is None or each.alpha != 1.0 else float(opacity),
        )
        for points, each in zip(vertices, surfaces, strict=True)
    ]
    return layers.SurfaceLayer(options=style, pieces=pieces, length=unit)


def _moved(points: Sequence[Array], offsets: Any) -> list[Array]:
    """Return points with offsets added, which words say for all of them together."""
    if offsets is None or not points:
        return list(points)
    together = np.concatenate(list(points))
    shifts = [
        grids.shift(together[:, axis], offset)
        for axis, offset in enumerate(grids.checked_offsets(offsets))
    ]
    return [each + np.array(shifts) for each in points]
