"""Upstream's ``emout.plot.surface_cut``: bodies made by hand, and fields drawn on them.

What the makers give are meshes (`emout_lab.emses.mesh`); their unit is that of the drawing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import reduce
from operator import add
from typing import Any

import numpy as np

from emout_lab.emout.drawing import renamed
from emout_lab.emses import plot as drawing
from emout_lab.emses.boundaries import shapes, surfaces_of
from emout_lab.emses.mesh import Mesh, Surface
from emout_lab.emses.plot.bounds import Bounds3D
from emout_lab.emses.plot.labels import View
from emout_lab.errors import SpecError

Array = np.ndarray[Any, Any]
Point = Sequence[float]

#: What the makers below give.
MeshSurface3D = Mesh

__all__ = [
    "Bounds3D",
    "BoxMeshSurface",
    "CircleMeshSurface",
    "CompositeMeshSurface",
    "CylinderMeshSurface",
    "DiskMeshSurface",
    "Field3D",
    "MeshSurface3D",
    "PlaneWithCircleMeshSurface",
    "RectangleMeshSurface",
    "RenderItem",
    "SphereMeshSurface",
    "UniformCellCenteredGrid",
    "plot_surfaces",
]


@dataclass(frozen=True)
class UniformCellCenteredGrid:
    """Centres of cells, evenly spaced.

    Parameters
    ----------
    nx, ny, nz : int
        Number of cells.
    dx, dy, dz : float
        Their sides.
    x0, y0, z0 : float
        Where the first begins.
    """

    nx: int
    ny: int
    nz: int
    dx: float
    dy: float
    dz: float
    x0: float = 0.0
    y0: float = 0.0
    z0: float = 0.0

    def x_centers(self) -> Array:
        """Centres along x."""
        return np.asarray(self.x0 + (np.arange(self.nx) + 0.5) * self.dx)

    def y_centers(self) -> Array:
        """Centres along y."""
        return np.asarray(self.y0 + (np.arange(self.ny) + 0.5) * self.dy)

    def z_centers(self) -> Array:
        """Centres along z."""
        return np.asarray(self.z0 + (np.arange(self.nz) + 0.5) * self.dz)


class Field3D:
    """Values at the centres of cells.

    Parameters
    ----------
    grid : UniformCellCenteredGrid
        The cells.
    data_zyx : ndarray, shape (nz, ny, nx)
        A value for each.

    Raises
    ------
    ValueError
        When there are more or fewer.
    """

    def __init__(self, grid: UniformCellCenteredGrid, data_zyx: Any) -> None:
        self.grid = grid
        self.data = np.asarray(data_zyx, dtype=float)
        shape = (grid.nz, grid.ny, grid.nx)
        if self.data.shape != shape:
            raise ValueError(f"The grid has {shape} cells (z, y, x), the data {self.data.shape}.")

    def view(self) -> View:
        """Return the values with their places."""
        axes = (self.grid.z_centers(), self.grid.y_centers(), self.grid.x_centers())
        return View("", "", self.data, ("z", "y", "x"), axes, ("", "", ""))

    def sample(self, x: Any, y: Any, z: Any) -> Array:
        """Interpolate at points; NaN outside."""
        x, y, z = np.broadcast_arrays(x, y, z)
        points = np.stack([x.ravel(), y.ravel(), z.ravel()], axis=-1).astype(float)
        return np.asarray(drawing.surfaces.sample(self.view(), points).reshape(x.shape))


def BoxMeshSurface(  # noqa: N802 - upstream's name, as the others
    xmin: float,
    xmax: float,
    ymin: float,
    ymax: float,
    zmin: float,
    zmax: float,
    *,
    faces: str | Sequence[str] | None = None,
    resolution: int = 8,
) -> Mesh:
    """Make a box, or some of its faces: ``faces=("zmax", "xmax")``."""
    chosen = shapes.FACES if faces is None else (faces,) if isinstance(faces, str) else tuple(faces)
    lower, upper = (xmin, ymin, zmin), (xmax, ymax, zmax)
    return shapes.Cuboid(lower, upper, chosen, resolution).mesh()


def SphereMeshSurface(  # noqa: N802
    center: Point, radius: float, *, ntheta: int = 48, nphi: int = 24
) -> Mesh:
    """Make a sphere."""
    return shapes.Sphere(_point(center), radius, ntheta, nphi).mesh()


def RectangleMeshSurface(  # noqa: N802
    center: Point | None = None,
    axis: str | None = None,
    width: float | Sequence[float] | None = None,
    *,
    pmin: Point | None = None,
    pmax: Point | None = None,
    resolution: int = 8,
) -> Mesh:
    """Make a rectangle across an axis, by its centre and sides or by two corners."""
    if pmin is None or pmax is None:
        if center is None or axis is None or width is None:
            raise SpecError("A rectangle needs center, axis and width, or pmin and pmax.")
        half = np.insert(np.broadcast_to(np.asarray(width, dtype=float) / 2, 2), _axis(axis), 0.0)
        pmin, pmax = np.subtract(center, half).tolist(), np.add(center, half).tolist()
    return shapes.Rectangle(_point(pmin), _point(pmax), resolution).mesh()


def CircleMeshSurface(  # noqa: N802
    center: Point, axis: str, radius: float, *, ntheta: int = 64, nradial: int = 8
) -> Mesh:
    """Make a flat circle across an axis."""
    return shapes.Circle(_axis(axis), _point(center), radius, ntheta, nradial).mesh()


def CylinderMeshSurface(  # noqa: N802
    center: Point,
    axis: str,
    radius: float,
    *,
    length: float | None = None,
    tmin: float | None = None,
    tmax: float | None = None,
    parts: str | Sequence[str] | None = None,
    ntheta: int = 64,
    naxial: int = 8,
    nradial: int = 8,
) -> Mesh:
    """Make a cylinder, or some of its parts ``"side"``, ``"top"``, ``"bottom"``."""
    number, (low, high) = _axis(axis), _ends(length, tmin, tmax)
    start, end = (_moved(center, number, distance) for distance in (low, high))
    names = ("side", "top", "bottom")
    wanted = names if parts is None else (parts,) if isinstance(parts, str) else tuple(parts)
    if not set(wanted) <= set(names):
        raise SpecError(f"parts={parts!r}: a cylinder has {', '.join(names)}.", "parts")
    height = high - low
    made = {
        "side": shapes.Cylinder(number, start, radius, height, True, ntheta, naxial, nradial),
        "top": shapes.Circle(number, end, radius, ntheta, nradial),
        "bottom": shapes.Circle(number, start, radius, ntheta, nradial),
    }
    return CompositeMeshSurface([made[name].mesh() for name in wanted])


def DiskMeshSurface(  # noqa: N802
    center: Point,
    axis: str,
    outer_radius: float,
    inner_radius: float,
    *,
    length: float | None = None,
    tmin: float | None = None,
    tmax: float | None = None,
    ntheta: int = 64,
    nradial: int = 8,
    naxial: int = 2,
) -> Mesh:
    """Make a flat ring with a thickness."""
    number, (low, high) = _axis(axis), _ends(length, tmin, tmax)
    start = _moved(center, number, low)
    counts = (ntheta, nradial, naxial)
    return shapes.Disk(number, start, outer_radius, inner_radius, high - low, *counts).mesh()


def PlaneWithCircleMeshSurface(  # noqa: N802
    center: Point,
    axis: str,
    width: float | Sequence[float],
    inner_radius: float,
    *,
    ntheta: int = 64,
    nradial: int = 8,
) -> Mesh:
    """Make a rectangle with a round hole in its centre."""
    number, place = _axis(axis), _point(center)
    others = np.delete(np.asarray(place), number)
    half = np.broadcast_to(np.asarray(width, dtype=float) / 2, 2)
    (low_u, low_v), (high_u, high_v) = others - half, others + half
    lower, upper = (float(low_u), float(low_v)), (float(high_u), float(high_v))
    made = shapes.PlaneWithCircle(number, place, inner_radius, lower, upper, ntheta, nradial)
    return made.mesh()


def CompositeMeshSurface(children: Sequence[Mesh]) -> Mesh:  # noqa: N802
    """Put meshes together."""
    return reduce(add, children, Mesh(np.empty((0, 3)), np.empty((0, 3))))


def RenderItem(  # noqa: N802
    surface: Mesh, style: str = "field", solid_color: Any = "0.6", alpha: float | None = None
) -> Surface:
    """Say how a mesh is drawn: coloured by the field, or in one colour."""
    return Surface(surface, style, solid_color, 1.0 if alpha is None else alpha)


def plot_surfaces(
    ax: Any, *, field: Field3D, surfaces: Any, cmap_name: str | None = None, **options: Any
) -> tuple[Any, Any]:
    """Draw meshes in space, coloured by a field.

    Parameters
    ----------
    ax : Axes3D
        Drawn on.
    field : Field3D
        The field.
    surfaces : Mesh, Surface or sequence of them
        The meshes.
    cmap_name : str, optional
        Name of the colour map.
    **options
        For `emout_lab.emses.plot.surfaces.plot_surfaces`.

    Returns
    -------
    cmap : matplotlib.colors.Colormap
    norm : matplotlib.colors.Normalize
    """
    found = surfaces_of(surfaces, use_si=False)
    given = renamed({"cmap": cmap_name, "mode": "cm+cont", **options})
    drawn = drawing.surfaces.plot_surfaces(field.view(), found, ax=ax, **given)
    return drawn.get_cmap(), drawn.norm


def _axis(axis: str) -> int:
    if axis not in ("x", "y", "z"):
        raise SpecError(f"axis={axis!r}: bodies stand along 'x', 'y' or 'z' here.", "axis")
    return "xyz".index(axis)


def _point(place: Point) -> tuple[float, float, float]:
    x, y, z = (float(value) for value in place)
    return x, y, z


def _moved(place: Point, axis: int, distance: float) -> tuple[float, float, float]:
    moved = np.array(_point(place))
    moved[axis] += distance
    return _point(moved.tolist())


def _ends(length: float | None, tmin: float | None, tmax: float | None) -> tuple[float, float]:
    """Return where a body begins and ends along its axis, seen from its centre."""
    if length is not None:
        return -length / 2, length / 2
    if tmin is None or tmax is None:
        raise SpecError("A body along an axis needs length, or tmin and tmax.", "length")
    return tmin, tmax
