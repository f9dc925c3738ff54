"""Streamlines and arrows of a vector field in space."""

from __future__ import annotations

import inspect
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import cache, reduce
from typing import Any, Final

import numpy as np
from matplotlib.colors import Normalize

from emout_lab.emses.plot3d import colours, gl, grids, layers
from emout_lab.emses.plot3d.colours import VALUES, Bar, Colours
from emout_lab.emses.plot3d.grids import Grid
from emout_lab.emses.plot3d.layers import Layer
from emout_lab.errors import BadOption, DataError

Array = np.ndarray[Any, Any]

#: Ways to draw vectors, and other names of them.
MODES: Final = ("stream", "quiver")
ALIASES: Final = {
    **dict.fromkeys(("streamline", "streamlines"), "stream"),
    **dict.fromkeys(("vec", "vectors", "vector", "arrows"), "quiver"),
}
VECTORS: Final = "vectors"
SEEDS: Final = ("sphere", "volume", "plane", "surface")
#: Radius of the sphere where streamlines begin, and of tubes: parts of the box.
SPHERE_PART, TUBE_PART = 0.25, 0.005
#: Length of the longest arrow, as a multiple of what lies between two of them.
ARROW_STEPS: Final = 1.5
#: Sides of a tube.
SIDES: Final = 8
#: Steps of a streamline for each cell along the three axes, and at least: a line that goes round
#: and round where there is next to no field is no longer than that.
STEPS_PER_CELL, LEAST_STEPS = 2, 200


@dataclass(eq=False)
class VectorLayer(Layer):
    """Arrows or streamlines, coloured by the length of the vectors.

    Parameters
    ----------
    components : sequence of Field
        Along x, y, z, each a volume.
    name : str
        Of the vector.
    use_si : bool
        Whether values and positions are in SI.
    offsets, max_points : optional
        As ``plot3d`` takes them.
    colours : Colours
        How lengths are coloured.
    has_bar : bool
        Whether it has a colour bar.
    label : str, optional
        Of the colour bar.
    outline : optional
        Colour of the lines around the volume; None for no lines.
    """

    components: Sequence[Any] = ()
    name: str = ""
    use_si: bool = True
    offsets: Any = None
    max_points: int = grids.MAX_POINTS
    colours: Colours = field(default_factory=Colours)
    has_bar: bool = True
    label: str | None = None
    outline: Any = None

    def thinned(self) -> list[Any]:
        """Return the parts of the components that are read."""
        what = f"plot3d() of {self.name or 'a vector'}"
        first = grids.thinned(self.components[0], self.max_points // 3, what)
        if first is self.components[0]:
            return list(self.components)
        step = grids.thinning(self.components[0].shape, self.max_points // 3)
        part = tuple(slice(None, None, step) for _ in range(3))
        return [first, *(each[part] for each in self.components[1:])]

    def made(self) -> tuple[Grid, Array, Normalize]:
        """Read the vectors, and find lengths and their norm."""
        offset = grids.shifts(self.components[0], self.offsets, self.use_si)
        parts = [grids.read(each, use_si=self.use_si, offset=offset) for each in self.thinned()]
        vectors = np.stack([part.values for part in parts], axis=-1)
        grid = replace(parts[0], name=self.name, values=vectors)
        lengths = np.asarray(reduce(np.hypot, np.moveaxis(vectors, -1, 0)))
        if not np.isfinite(lengths).any() or not np.nanmax(lengths) > 0:
            raise DataError(
                f"{self.name or 'The vector'} is zero or missing everywhere: nothing to draw."
            )
        name = f"|{self.name}|" if self.name else "the length"
        return grid, lengths, self.colours.scale(lengths, name)

    @property
    def bar(self) -> Bar | None:
        """What its colour bar shows."""
        if not self.has_bar:
            return None
        grid, _, norm = self.kept
        own = replace(grid, name=f"|{self.name}|" if self.name else "length")
        return Bar(self.label or own.label, norm, self.colours.map)

    @property
    def extent(self) -> tuple[str, str]:
        """Unit of length, and the time as text."""
        grid, *_ = self.kept
        fixed = self.components[0].fixed_positions(use_si=self.use_si)
        return grid.length, ", ".join(f"{dim} = {text}" for dim, text in fixed if dim == "t")

    @property
    def box(self) -> layers.Box:
        """The box that the vectors fill."""
        return layers.box_of(self.components[0], self.use_si, self.offsets)

    @property
    def nbytes(self) -> int:
        """Bytes of vectors and lengths."""
        return 0 if self._kept is None else int(self._kept[0].nbytes + self._kept[1].nbytes)

    def _data(self) -> Any:
        grid, lengths, _ = self.kept
        data = grid.dataset(VECTORS)
        data.point_data[VECTORS] = np.nan_to_num(np.asarray(data.point_data[VECTORS]))
        data.point_data["length"] = np.nan_to_num(lengths.ravel())
        return data

    def _add(self, plotter: Any, mesh: Any) -> None:
        if self.outline is not None:
            layers.add_outline(plotter, self.box, self.outline)
        _, _, norm = self.kept
        mesh[VALUES] = colours.scaled(np.asarray(mesh["length"]), norm)
        given = {"show_scalar_bar": False, **colours.colouring(norm, self.colours.map)}
        known = layers.options_of("add_mesh")
        own = {name: value for name, value in self.options.items() if name in known}
        plotter.add_mesh(mesh, **{**given, **layers.own(own)})


@dataclass(eq=False)
class ArrowLayer(VectorLayer):
    """Arrows at each n-th grid point.

    Parameters
    ----------
    skip : int or (int, int, int)
        Each which point along x, y, z has one.
    scale_by_magnitude : bool
        Whether arrows are as long as the vectors; all have one length otherwise.
    factor : float, optional
        Length of an arrow for a vector of length 1.
    """

    skip: Any = 2
    scale_by_magnitude: bool = True
    factor: float | None = None

    def check(self) -> None:
        """Refuse options that PyVista does not have."""
        layers.check_options(self.options, "add_mesh")

    def thinned(self) -> list[Any]:
        """Return each n-th point: nothing else is read, where the file allows it."""
        steps = dict(zip("xyz", _strides(self.skip), strict=True))
        parts = []
        for each in self.components:
            key = tuple(slice(None, None, steps[dim]) for dim in each.dims)
            parts.append(each[key])
        what = f"plot3d(mode='quiver') of {self.name or 'a vector'}"
        thin = grids.thinned(parts[0], self.max_points // 3, what)
        if thin is parts[0]:
            return parts
        step = grids.thinning(parts[0].shape, self.max_points // 3)
        return [part[(slice(None, None, step),) * 3] for part in parts]

    def draw(self, plotter: Any) -> None:
        """Add them to a plotter of PyVista."""
        if self._mesh is None:
            self._mesh = self._arrows()
        self._add(plotter, self._mesh.copy(deep=False))

    def _arrows(self) -> Any:
        data = self._data()
        lengths = np.asarray(data["length"])
        is_drawn = lengths > 0
        points = gl.pyvista().PolyData(np.asarray(data.points)[is_drawn])
        points[VECTORS] = np.asarray(data[VECTORS])[is_drawn]
        points["length"] = lengths[is_drawn]
        factor = self.factor
        if factor is None:
            # The longest arrow reaches a little further than the next point.
            grid, *_ = self.kept
            apart = [
                float(np.ptp(a)) / (len(a) - 1) for a in (grid.x, grid.y, grid.z) if len(a) > 1
            ]
            longest = float(lengths.max()) if self.scale_by_magnitude else 1.0
            factor = ARROW_STEPS * max(apart) / longest
        scale = "length" if self.scale_by_magnitude else False
        return points.glyph(orient=VECTORS, scale=scale, factor=factor)


@dataclass(eq=False)
class StreamLayer(VectorLayer):
    """Lines along the vectors.

    Parameters
    ----------
    n_points : int
        Where lines begin: how many points.
    source_center, source_radius : optional
        The sphere that holds them, for ``seed_mode="sphere"``.
    seed_mode : {"sphere", "volume", "plane", "surface"}
        Where they lie.
    seed_points : ndarray, shape (n, 3), optional
        The points themselves.
    seed_plane, seed_position, seed_resolution : optional
        Plane, its place on the third axis, and points along each axis.
    seed_vertices : ndarray, shape (n, 3), optional
        Of the surface.
    tube_radius : float or {"auto", "magnitude"}, optional
        Draw tubes.
    tube_radius_factor : float
        Largest radius as a multiple of the smallest one.
    """

    n_points: int = 200
    source_center: Any = None
    source_radius: float | None = None
    seed_mode: str = "sphere"
    seed_points: Any = None
    seed_plane: str = "xy"
    seed_position: Any = "center"
    seed_resolution: Any = None
    seed_vertices: Any = None
    tube_radius: Any = None
    tube_radius_factor: float = 10.0

    def check(self) -> None:
        """Refuse options that PyVista does not have, and places where no line begins."""
        tracing = _tracing_options()
        rest = {name: value for name, value in self.options.items() if name not in tracing}
        layers.check_options(rest, "add_mesh")
        if self.seed_mode not in SEEDS:
            raise BadOption(
                f"seed_mode={self.seed_mode!r}: there are {', '.join(SEEDS)}.", "seed_mode"
            )
        if self.seed_mode == "surface" and self.seed_vertices is None and self.seed_points is None:
            raise BadOption(
                "seed_mode='surface' needs one: give seed_surface=data.boundaries.", "seed_surface"
            )
        if isinstance(self.tube_radius, str) and self.tube_radius not in ("auto", "magnitude"):
            raise BadOption(
                f"tube_radius={self.tube_radius!r}: write a radius, 'auto' or 'magnitude'.",
                "tube_radius",
            )

    def draw(self, plotter: Any) -> None:
        """Add them to a plotter of PyVista."""
        if self._mesh is None:
            self._mesh = self._lines()
        self._add(plotter, self._mesh.copy(deep=False))

    def _lines(self) -> Any:
        data = self._data()
        steps = max(LEAST_STEPS, STEPS_PER_CELL * sum(data.dimensions))
        tracing = {n: v for n, v in self.options.items() if n in _tracing_options()}
        seeds = gl.pyvista().PolyData(self._seeds(data))
        lines = data.streamlines_from_source(
            seeds, vectors=VECTORS, **{"max_steps": steps, **tracing}
        )
        if not lines.n_points or not lines.n_cells:
            raise DataError(
                f"No streamline of {self.name or 'the vector'} begins there: give another "
                "seed_mode, more n_points or a larger source_radius."
            )
        if self.tube_radius is None:
            return lines
        if not isinstance(self.tube_radius, str):
            return lines.tube(radius=float(self.tube_radius), n_sides=SIDES)
        sides = np.ptp(np.asarray(data.bounds).reshape(3, 2), axis=1)
        return lines.tube(
            radius=TUBE_PART * float(sides.min() or sides.max()),
            scalars="length",
            radius_factor=float(self.tube_radius_factor),
            n_sides=SIDES,
        )

    def _seeds(self, data: Any) -> Array:
        bounds = np.asarray(data.bounds, dtype=float).reshape(3, 2)
        if self.seed_points is not None:
            points = np.asarray(self.seed_points, dtype=float)
            if points.ndim != 2 or points.shape[1] != 3 or not len(points):
                raise BadOption(
                    f"seed_points has the shape {points.shape}: give (n, 3), n at least 1.",
                    "seed_points",
                )
            return points
        if self.seed_mode == "surface":
            vertices = np.asarray(self.seed_vertices, dtype=float)
            chosen = np.linspace(0, len(vertices) - 1, min(self.n_points, len(vertices)))
            return np.asarray(vertices[chosen.astype(int)])
        if self.seed_mode == "sphere":
            return self._in_sphere(bounds)
        return self._on_axes(bounds)

    def _in_sphere(self, bounds: Array) -> Array:
        """Points spread evenly in a sphere, always the same."""
        centre = bounds.mean(axis=1) if self.source_center is None else self.source_center
        radius = self.source_radius
        if radius is None:
            radius = SPHERE_PART * float(np.ptp(bounds, axis=1).min())
        number = np.arange(self.n_points) + 0.5
        height = 1 - 2 * (number * 0.6180339887498949 % 1)
        angle = 2 * np.pi * (number * 0.7548776662466927 % 1)
        flat = np.sqrt(1 - height**2)
        directions = np.stack([flat * np.cos(angle), flat * np.sin(angle), height], axis=1)
        distance = radius * np.cbrt(number / self.n_points)
        return np.asarray(np.asarray(centre, dtype=float) + distance[:, None] * directions)

    def _on_axes(self, bounds: Array) -> Array:
        """Points of a lattice in the box, or in a plane of it."""
        dims = "xyz"
        if self.seed_mode == "plane":
            dims = "".join(sorted(str(self.seed_plane)))
            if dims not in ("xy", "xz", "yz"):
                raise BadOption(
                    f"seed_plane={self.seed_plane!r}: there are 'xy', 'xz', 'yz'.", "seed_plane"
                )
        counts = _counts(self.seed_resolution, self.n_points, len(dims))
        lines = []
        for axis, dim in enumerate("xyz"):
            low, high = bounds[axis]
            if dim in dims:
                count = counts[dims.index(dim)]
                # Not on the faces, where lines end at once.
                lines.append(low + (high - low) * (np.arange(count) + 0.5) / count)
            else:
                is_middle = self.seed_position in (None, "center")
                lines.append(np.array([(low + high) / 2 if is_middle else self.seed_position]))
        mesh = np.meshgrid(*lines, indexing="ij")
        return np.stack([each.ravel() for each in mesh], axis=1).astype(float)


@cache
def _tracing_options() -> frozenset[str]:
    parameters = inspect.signature(gl.pyvista().ImageData.streamlines_from_source).parameters
    return frozenset(parameters) - {"self", "source", "vectors"}


def _counts(resolution: Any, points: int, dims: int) -> list[int]:
    if resolution is None:
        return [max(1, int(np.ceil(points ** (1 / dims))))] * dims
    counts = [int(each) for each in np.atleast_1d(resolution)]
    if len(counts) == 1:
        counts = counts * dims
    if len(counts) != dims or min(counts) < 1:
        raise BadOption(
            f"seed_resolution={resolution!r}: write one number, or {dims}.", "seed_resolution"
        )
    return counts


def _strides(skip: Any) -> tuple[int, int, int]:
    """Return each which point along x, y, z has an arrow."""
    steps = [skip] * 3 if isinstance(skip, (int, np.integer)) else list(skip or ())
    fits = len(steps) == 3 and all(isinstance(each, (int, np.integer)) for each in steps)
    if not fits or isinstance(skip, bool) or min(steps) < 1:
        raise BadOption(
            f"skip={skip!r}: write each which grid point has an arrow, or three numbers for x, y, "
            "z; 1 for all.",
            "skip",
        )
    x, y, z = (int(each) for each in steps)
    return x, y, z
