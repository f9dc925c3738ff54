"""Bodies that orbits end on: the boundaries of a run as surfaces for the kernel."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from functools import singledispatch
from typing import TYPE_CHECKING, Any

import numpy as np

from emout_lab.emses.backtrace.crossings import (
    COLUMNS,
    GROUP_COLUMNS,
    PLATE,
    RING,
    SOLID,
    SPHERE,
    THIN,
    TRIANGLE,
    TUBE,
)
from emout_lab.emses.boundaries import read_boundaries, shapes
from emout_lab.errors import SpecError

if TYPE_CHECKING:
    from emout_lab.emses.parameters import Parameters

Array = np.ndarray[Any, Any]
Contains = Callable[[Array], Array]
Row = list[float]

#: Type of the boundary whose sheet has the ground below it.
FLAT = "flat-surface"
#: Half the extent of a ground [cells]: it goes on beyond the box.
FAR = 1e6
#: Most triangles of a group: few enough to look at them all.
LEAF = 16
#: Points per cell and axis at which a callable body is asked.
REFINEMENT = 2


@dataclass(frozen=True)
class Bodies:
    """Surfaces that end orbits.

    Parameters
    ----------
    rows : ndarray, shape (n, 11)
        The surfaces, see `emout_lab.emses.backtrace.crossings`.
    groups : ndarray, shape (m, 8)
        Bounds of neighbouring surfaces, and their first and last row.
    """

    rows: Array = field(default_factory=lambda: np.zeros((0, COLUMNS)))
    groups: Array = field(default_factory=lambda: np.zeros((0, GROUP_COLUMNS)))

    @classmethod
    def of(cls, bodies: Iterable[Any]) -> Bodies:
        """Make the tables of shapes, and of lists of rows, each a group."""
        groups = [
            group
            for body in bodies
            for group in (surfaces_of(body) if isinstance(body, shapes.Shape) else [body])
        ]
        rows = [row for group in groups for row in group]
        if not rows:
            return cls()
        ends = np.cumsum([len(group) for group in groups])
        bounds = [
            [*_bounds(group), end - len(group), end]
            for group, end in zip(groups, ends, strict=True)
        ]
        padded = [row + [0.0] * (COLUMNS - len(row)) for row in rows]
        return cls(np.array(padded, dtype=float), np.array(bounds, dtype=float))

    def __len__(self) -> int:
        return len(self.rows)


def bodies_of(inp: Parameters, more: Iterable[Row] = ()) -> tuple[Bodies, list[str]]:
    """Read the bodies of a run.

    Parameters
    ----------
    inp : Parameters
        Of the run.
    more : iterable of rows
        Surfaces besides; they are the first rows, and met first where they lie on others.

    Returns
    -------
    bodies : Bodies
        What orbits end on.
    skipped : list of str
        Boundaries that cannot be given, with the reason; orbits pass through them.
    """
    found = read_boundaries(inp)
    own = [
        ground(shape.upper[2])
        if boundary.btype == FLAT and isinstance(shape, shapes.Rectangle)
        else shape
        for boundary in found
        for shape in [boundary.shape]
    ]
    bodies = Bodies.of([*([row] for row in more), *own])
    return bodies, [f"{kind} ({reason})" for _, kind, reason in found.skipped]


def mask_of(contains: Contains, cells: tuple[int, int, int]) -> Array:
    """Ask a callable which parts of the grid are solid.

    Parameters
    ----------
    contains : callable
        Called with points of shape (n, 3), x first, in grid units; returns n booleans.
    cells : tuple of int
        Cells along x, y, z.

    Raises
    ------
    SpecError
        When it returns something else.
    """
    lines = [(np.arange(size * REFINEMENT) + 0.5) / REFINEMENT for size in cells]
    mask = np.empty(tuple(len(line) for line in reversed(lines)), dtype=bool)
    y, x = (part.ravel() for part in np.meshgrid(lines[1], lines[0], indexing="ij"))
    for k, z in enumerate(lines[2]):
        answer = np.asarray(contains(np.stack([x, y, np.full(x.size, z)], axis=1)))
        if answer.shape != x.shape:
            raise SpecError(
                f"contains(points) returned shape {answer.shape} for points of shape "
                f"({x.size}, 3); return one boolean per point, such as "
                "lambda points: points[:, 2] < 4",
                "contains",
            )
        mask[k] = answer.astype(bool).reshape(mask.shape[1:])
    return mask


@singledispatch
def surfaces_of(shape: shapes.Shape) -> list[list[Row]]:
    """Return the surfaces of a shape, in groups of neighbours; of a shape not known its mesh."""
    mesh = shape.mesh()
    role = SOLID if mesh.is_closed else THIN
    corners = mesh.triangles.reshape(-1, 9)
    return [[[TRIANGLE, role, *corners[i]] for i in leaf] for leaf in _leaves(mesh.triangles)]


@surfaces_of.register
def _(shape: shapes.Sphere) -> list[list[Row]]:
    return [[[SPHERE, SOLID, 0, *shape.center, shape.radius]]]


@surfaces_of.register
def _(shape: shapes.Cuboid) -> list[list[Row]]:
    role = SOLID if len(set(shape.faces)) == len(shapes.FACES) else THIN
    limits = list(zip(shape.lower, shape.upper, strict=True))
    return [
        [
            plate("xyz".index(face[0]), limits, 1.0 if face.endswith("max") else -1.0, role)
            for face in shape.faces
        ]
    ]


@surfaces_of.register
def _(shape: shapes.Rectangle) -> list[list[Row]]:
    limits = list(zip(shape.lower, shape.upper, strict=True))
    axis = [low == high for low, high in limits].index(True)
    return [[plate(axis, limits, 1.0, THIN)]]


@surfaces_of.register
def _(shape: shapes.Circle) -> list[list[Row]]:
    return [[_ring(shape.axis, shape.center, 0.0, (0.0, shape.radius), 1.0, THIN)]]


@surfaces_of.register
def _(shape: shapes.Cylinder) -> list[list[Row]]:
    side = _tube(shape.axis, shape.origin, shape.radius, shape.height, 1.0)
    if shape.is_open:
        return [[with_role(side, THIN)]]
    return [[side, *_ends(shape.axis, shape.origin, shape.height, (0.0, shape.radius))]]


@surfaces_of.register
def _(shape: shapes.Disk) -> list[list[Row]]:
    outer = _tube(shape.axis, shape.origin, shape.radius, shape.height, 1.0)
    inside = max(shape.inner_radius, 0.0)
    ends = _ends(shape.axis, shape.origin, shape.height, (inside, shape.radius))
    inner = [_tube(shape.axis, shape.origin, inside, shape.height, -1.0)] if inside else []
    return [[outer, *inner, *ends]]


@surfaces_of.register
def _(shape: shapes.PlaneWithCircle) -> list[list[Row]]:
    return [[_ring(shape.axis, shape.origin, 0.0, (shape.radius, FAR), 1.0, THIN)]]


@surfaces_of.register
def _(shape: shapes.RectangleHole) -> list[list[Row]]:
    (x0, y0, bottom), (x1, y1, top) = shape.lower, shape.upper
    far, pit = (-FAR, FAR), [(x0, x1), (y0, y1), (bottom, top)]
    ground = [
        plate(2, [x, y, (top, top)], 1.0)
        for x, y in [((-FAR, x0), far), ((x1, FAR), far), (pit[0], (-FAR, y0)), (pit[0], (y1, FAR))]
    ]
    # Walls and bottom of the pit face the plasma within it.
    walls = [plate(axis, pit, side) for axis in (0, 1) for side in (1.0, -1.0)]
    for wall, height in zip(walls, (x0, x1, y0, y1), strict=True):
        wall[3] = height
    return [ground, [*walls, plate(2, [*pit[:2], (bottom, bottom)], 1.0)]]


@surfaces_of.register
def _(shape: shapes.CylinderHole) -> list[list[Row]]:
    centre, depth = (*shape.center, shape.bottom), shape.top - shape.bottom
    return [
        [_ring(2, centre, depth, (shape.radius, FAR), 1.0)],
        [
            _tube(2, centre, shape.radius, depth, -1.0),
            _ring(2, centre, 0.0, (0.0, shape.radius), 1.0),
        ],
    ]


def ground(height: float) -> list[Row]:
    """Return the surface of a ground that fills everything below a height."""
    return [plate(2, [(-FAR, FAR), (-FAR, FAR), (height, height)], 1.0)]


def plate(axis: int, limits: Any, side: float, role: int = SOLID) -> Row:
    """Return a rectangle across an axis, at the limit that its side says."""
    height = limits[axis][1 if side > 0 else 0]
    return [PLATE, role, axis, height, *limits[(axis + 1) % 3], *limits[(axis + 2) % 3], side]


def with_role(row: Row, role: int) -> Row:
    """Return the same surface as the skin of a solid, without volume, or seen from one side."""
    return [row[0], role, *row[2:]]


def _ring(
    axis: int,
    origin: Any,
    height: float,
    radii: tuple[float, float],
    side: float,
    role: int = SOLID,
) -> Row:
    across = (origin[(axis + 1) % 3], origin[(axis + 2) % 3])
    return [RING, role, axis, origin[axis] + height, *across, *radii, side]


def _ends(axis: int, origin: Any, height: float, radii: tuple[float, float]) -> Iterator[Row]:
    yield _ring(axis, origin, 0.0, radii, -1.0)
    yield _ring(axis, origin, height, radii, 1.0)


def _tube(axis: int, origin: Any, radius: float, height: float, side: float) -> Row:
    return [TUBE, SOLID, axis, *origin, radius, origin[axis], origin[axis] + height, side]


def _bounds(group: list[Row]) -> list[float]:
    """Return lowest and highest x, y, z of some surfaces."""
    each = np.array([_extent(row) for row in group])
    low, high = each[:, 0].min(axis=0), each[:, 1].max(axis=0)
    return [float(value) for pair in zip(low, high, strict=True) for value in pair]


def _extent(row: Row) -> Array:
    """Return the lowest and the highest corner around a surface."""
    kind = row[0]
    if kind == TRIANGLE:
        corners = np.reshape(row[2:11], (3, 3))
        return np.array([corners.min(axis=0), corners.max(axis=0)])
    if kind == SPHERE:
        centre = np.array(row[3:6])
        return np.array([centre - row[6], centre + row[6]])
    axis = int(row[2])
    extent = np.empty((2, 3))
    across = [(axis + 1) % 3, (axis + 2) % 3]
    if kind == TUBE:
        extent[:, axis] = row[7:9]
        extent[:, across] = [[row[3 + i] + sign * row[6] for i in across] for sign in (-1, 1)]
        return extent
    extent[:, axis] = row[3]
    if kind == PLATE:
        extent[:, across] = np.transpose([row[4:6], row[6:8]])
    else:
        extent[:, across] = [[row[4] + sign * row[7], row[5] + sign * row[7]] for sign in (-1, 1)]
    return extent


def _leaves(triangles: Array) -> Iterator[Array]:
    """Part triangles into groups of neighbours, by halves along the longest extent."""
    centres = triangles.mean(axis=1)
    parts = [np.arange(len(triangles))]
    while parts:
        part = parts.pop()
        if len(part) <= LEAF:
            yield part
            continue
        axis = int(np.ptp(centres[part], axis=0).argmax())
        order = part[np.argsort(centres[part, axis], kind="stable")]
        parts += [order[len(order) // 2 :], order[: len(order) // 2]]
