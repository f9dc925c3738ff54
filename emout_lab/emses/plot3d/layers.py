"""What a scene is made of: layers, and those without values, such as bodies and lines.

A layer is a description: a lazy field travels in it as its recipe, and is read where the scene is
drawn. `prepare` reads once and keeps what it read; that does not travel along.
"""

from __future__ import annotations

import difflib
import inspect
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any, Final

import numpy as np

from emout_lab.emses.plot3d import gl, grids
from emout_lab.emses.plot3d.colours import Bar, one_colour
from emout_lab.errors import BadOption

Array = np.ndarray[Any, Any]
#: Lowest and highest x, y, z.
Box = tuple[float, ...]


@dataclass(eq=False)
class Layer:
    """One part of a scene; the classes below say what it draws."""

    options: dict[str, Any] = field(default_factory=dict)
    _kept: Any = field(default=None, init=False, repr=False)
    #: Meshes that take time to make, as VTK has them.
    _mesh: Any = field(default=None, init=False, repr=False)

    def __getstate__(self) -> dict[str, Any]:
        return {**vars(self), "_kept": None, "_mesh": None}

    @property
    def kept(self) -> Any:
        """What was read, and made of it."""
        if self._kept is None:
            self._kept = self.made()
        return self._kept

    def made(self) -> Any:
        """Read what is drawn."""
        return ()

    def prepare(self) -> None:
        """Read what is drawn and check the options; errors come here, not while it is drawn."""
        self.check()
        self.kept  # noqa: B018 - is made now

    def check(self) -> None:
        """Refuse options that PyVista does not have."""

    def draw(self, plotter: Any) -> None:
        """Add it to a plotter of PyVista."""
        raise NotImplementedError

    @property
    def bar(self) -> Bar | None:
        """What its colour bar shows; None without one."""
        return None

    @property
    def extent(self) -> tuple[str, str]:
        """Unit of length, and positions in the other dimensions as text."""
        return "", ""

    @property
    def box(self) -> Box | None:
        """The box that it fills, where that is known without drawing it."""
        return None

    @property
    def nbytes(self) -> int:
        """Bytes of what it holds."""
        return 0


@dataclass(eq=False)
class SurfaceLayer(Layer):
    """Bodies in one colour.

    Parameters
    ----------
    pieces : sequence of (vertices, faces, colour, opacity)
        Triangles.
    length : str
        Unit of the positions.
    """

    pieces: Sequence[tuple[Array, Array, Any, float]] = ()
    length: str = ""

    def check(self) -> None:
        """Refuse options that PyVista does not have."""
        check_options(self.options, "add_mesh")

    @property
    def extent(self) -> tuple[str, str]:
        """Unit of length."""
        return self.length, ""

    @property
    def nbytes(self) -> int:
        """Bytes of the triangles."""
        return sum(int(v.nbytes + f.nbytes) for v, f, *_ in self.pieces)

    def draw(self, plotter: Any) -> None:
        """Add it to a plotter of PyVista."""
        for vertices, triangles, colour, opacity in self.pieces:
            given = {"color": one_colour(colour), "opacity": opacity}
            plotter.add_mesh(polygons(vertices, triangles), **{**given, **own(self.options)})


@dataclass(eq=False)
class LineLayer(Layer):
    """Lines, such as orbits.

    Parameters
    ----------
    lines : sequence of ndarray, shape (n, 3)
        Each of two points at least.
    opacities : sequence of float
        One for each line.
    colour : optional
        Of all lines.
    width : float
        In pixels.
    tube_radius : float, optional
        Draw tubes of this radius.
    length : str
        Unit of the positions.
    """

    lines: Sequence[Array] = ()
    opacities: Sequence[float] = ()
    colour: Any = "black"
    width: float = 2.0
    tube_radius: float | None = None
    length: str = ""

    def check(self) -> None:
        """Refuse options that PyVista does not have."""
        check_options(self.options, "add_mesh")

    @property
    def extent(self) -> tuple[str, str]:
        """Unit of length."""
        return self.length, ""

    @property
    def nbytes(self) -> int:
        """Bytes of the points."""
        return sum(int(line.nbytes) for line in self.lines)

    def draw(self, plotter: Any) -> None:
        """Add it to a plotter of PyVista, with one mesh for all lines of one opacity."""
        for opacity in sorted(set(self.opacities)):
            chosen = [
                line for line, own in zip(self.lines, self.opacities, strict=True) if own == opacity
            ]
            counts = [len(line) for line in chosen]
            cells = np.arange(sum(counts))
            starts = np.cumsum([0, *counts[:-1]])
            index = np.insert(cells, starts, counts)
            mesh = gl.pyvista().PolyData(np.concatenate(chosen).astype(float), lines=index)
            if self.tube_radius is not None:
                mesh = mesh.tube(radius=float(self.tube_radius))
            given = {"color": one_colour(self.colour), "opacity": opacity, "line_width": self.width}
            plotter.add_mesh(mesh, **{**given, **own(self.options)})


@dataclass(eq=False)
class StepLayer(Layer):
    """A call of a plotter's method, done again in each drawing.

    Parameters
    ----------
    method : str
        Its name.
    args : tuple
        Its arguments; ``options`` are those with names.
    """

    method: str = ""
    args: tuple[Any, ...] = ()

    def draw(self, plotter: Any) -> None:
        """Call it."""
        getattr(plotter, self.method)(*self.args, **self.options)


def own(options: Mapping[str, Any]) -> dict[str, Any]:
    """Return PyVista's options with the colours of matplotlib among them translated."""
    names = ("color", "edge_color", "nan_color", "above_color", "below_color")
    return {n: one_colour(v) if n in names else v for n, v in options.items()}


def box_of(source: Any, use_si: bool, offsets: Any) -> Box:
    """Return the ends of the box that a field fills, as ``(xmin, xmax, ymin, …)``."""
    shifts = grids.shifts(source, offsets, use_si)
    found: list[float] = []
    for dim, shift in zip("xyz", shifts, strict=True):
        axis = source.axis(dim, use_si=use_si) + shift
        found += [float(np.min(axis)), float(np.max(axis))]
    return tuple(found)


def add_outline(plotter: Any, box: Box, colour: Any) -> None:
    """Draw the edges of a box."""
    outline = gl.pyvista().Box(box).outline()
    plotter.add_mesh(outline, color=one_colour(colour), line_width=1.5)


def polygons(vertices: Array, triangles: Array) -> Any:
    """Return triangles as PyVista has them."""
    counts = np.full((len(triangles), 1), 3, dtype=np.int64)
    cells = np.hstack([counts, np.asarray(triangles, dtype=np.int64)]).ravel()
    return gl.pyvista().PolyData(np.asarray(vertices, dtype=float), cells)


def check_options(options: Mapping[str, Any], method: str) -> None:
    """Refuse options that a method of PyVista's plotters does not have.

    Raises
    ------
    BadOption
        With those that are near.
    """
    known = options_of(method)
    for name in options:
        if name not in known:
            near = difflib.get_close_matches(name, [*known, *EVERY], n=3)
            hint = f"Did you mean {' or '.join(near)}?" if near else "See the page on plot3d."
            raise BadOption(f"{name}={options[name]!r}: plot3d() has no such option. {hint}", name)


#: Options that all parts of a scene take, for messages.
EVERY: Final = ("cmap", "vmin", "vmax", "clim", "norm", "opacity", "plotter", "window_size")


@cache
def options_of(method: str) -> frozenset[str]:
    """Return the names of the options of a method of PyVista's plotters."""
    function: Callable[..., Any] = getattr(gl.pyvista().Plotter, method)
    parameters = inspect.signature(function).parameters.values()
    return frozenset(
        each.name
        for each in parameters
        if each.name not in ("self", "mesh", "volume") and each.kind is not each.VAR_KEYWORD
    )
