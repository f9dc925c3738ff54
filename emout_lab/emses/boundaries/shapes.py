"""Shapes of boundaries: numbers in grid units, and the mesh that they make.

Closed shapes have their normals outward, flat ones along their axis, and holes towards the plasma.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from typing import Any, ClassVar, TypeAlias

import numpy as np

from emout_lab.emses.mesh import Mesh

Array = np.ndarray[Any, Any]
Point: TypeAlias = tuple[float, float, float]
#: A ring of a turned surface: radius (one, or one per angle) and height.
Ring: TypeAlias = tuple[Any, float]

FACES = ("xmin", "xmax", "ymin", "ymax", "zmin", "zmax")


@dataclass(frozen=True)
class Shape(ABC):
    """Numbers that describe a surface."""

    #: Names of the fields that count triangles; all others but `axis` and parts are lengths.
    counts: ClassVar[tuple[str, ...]] = ("ntheta", "nphi", "nradial", "naxial", "resolution")

    @property
    def options(self) -> tuple[str, ...]:
        """Names of the values that may be given anew."""
        return tuple(item.name for item in fields(self) if item.name != "axis")

    def altered(self, **values: Any) -> Shape:
        """Return the shape with other values."""
        return replace(self, **values)

    @abstractmethod
    def mesh(self) -> Mesh:
        """Return the triangle mesh in grid units."""


@dataclass(frozen=True)
class Sphere(Shape):
    """A sphere."""

    center: Point
    radius: float
    ntheta: int = 48
    nphi: int = 24

    def mesh(self) -> Mesh:
        """Return the mesh; all vertices lie on the sphere."""
        angles = np.linspace(0, np.pi, self.nphi + 1)
        heights = -self.radius * np.cos(angles)
        radii = self.radius * np.sin(angles)
        radii[[0, -1]] = 0.0
        return _turned(2, self.center, list(zip(radii, heights, strict=True)), _circle(self.ntheta))


@dataclass(frozen=True)
class Cuboid(Shape):
    """A box with its sides along the axes, or some faces of it."""

    lower: Point
    upper: Point
    faces: tuple[str, ...] = FACES
    resolution: int = 8

    def mesh(self) -> Mesh:
        """Return the mesh of the faces."""
        lines = [
            np.linspace(low, high, self.resolution + 1)
            for low, high in zip(self.lower, self.upper, strict=True)
        ]
        parts = []
        for face in self.faces:
            axis, is_upper = "xyz".index(face[0]), face.endswith("max")
            height = (self.upper if is_upper else self.lower)[axis]
            u, v = lines[(axis + 1) % 3], lines[(axis + 2) % 3]
            parts.append(_sheet(axis, height, u, v, is_up=is_upper))
        return _joined(parts)


@dataclass(frozen=True)
class Rectangle(Shape):
    """A flat rectangle, across the axis along which it has no extent."""

    lower: Point
    upper: Point
    resolution: int = 8

    def mesh(self) -> Mesh:
        """Return the mesh."""
        flat = [low == high for low, high in zip(self.lower, self.upper, strict=True)].index(True)
        return Cuboid(self.lower, self.upper, (f"{'xyz'[flat]}max",), self.resolution).mesh()


@dataclass(frozen=True)
class Circle(Shape):
    """A flat round plate."""

    axis: int
    center: Point
    radius: float
    ntheta: int = 48
    nradial: int = 8

    def mesh(self) -> Mesh:
        """Return the mesh."""
        rings = _leg((self.radius, 0.0), (0.0, 0.0), self.nradial)
        return _turned(self.axis, self.center, rings, _circle(self.ntheta))


@dataclass(frozen=True)
class Cylinder(Shape):
    """A cylinder from its lower end on, with or without its ends."""

    axis: int
    origin: Point
    radius: float
    height: float
    is_open: bool = False
    ntheta: int = 48
    naxial: int = 8
    nradial: int = 8

    def mesh(self) -> Mesh:
        """Return the mesh."""
        side = _leg((self.radius, 0.0), (self.radius, self.height), self.naxial)
        rings = side
        if not self.is_open:
            bottom = _leg((0.0, 0.0), side[0], self.nradial)
            top = _leg(side[-1], (0.0, self.height), self.nradial)
            rings = [*bottom[:-1], *side, *top[1:]]
        return _turned(self.axis, self.origin, rings, _circle(self.ntheta))

    @property
    def options(self) -> tuple[str, ...]:
        """Names of the values that may be given anew."""
        return tuple(name for name in super().options if name != "is_open")


@dataclass(frozen=True)
class Disk(Shape):
    """A flat ring with a thickness: a disk with a round hole."""

    axis: int
    origin: Point
    radius: float
    inner_radius: float
    height: float
    ntheta: int = 48
    nradial: int = 8
    naxial: int = 2

    def mesh(self) -> Mesh:
        """Return the mesh; without an inner radius that of a cylinder."""
        if self.inner_radius <= 0:
            solid = Cylinder(self.axis, self.origin, self.radius, self.height, ntheta=self.ntheta)
            return solid.mesh()
        inner, outer = self.inner_radius, self.radius
        corners = [(inner, 0.0), (outer, 0.0), (outer, self.height), (inner, self.height)]
        counts = [self.nradial, self.naxial, self.nradial, self.naxial]
        rings: list[Ring] = []
        for number, (start, count) in enumerate(zip(corners, counts, strict=True)):
            rings += _leg(start, corners[(number + 1) % 4], count)[:-1]
        return _turned(self.axis, self.origin, [*rings, corners[0]], _circle(self.ntheta)).welded()


@dataclass(frozen=True)
class PlaneWithCircle(Shape):
    """A plane across the whole box with a round hole."""

    axis: int
    origin: Point
    radius: float
    #: Extent of the plane along the two other axes, in cyclic order.
    lower: tuple[float, float]
    upper: tuple[float, float]
    ntheta: int = 48
    nradial: int = 8

    def mesh(self) -> Mesh:
        """Return the mesh."""
        angles, edge = _edge(self.axis, self.origin, self.lower, self.upper, self.ntheta)
        rings = _leg((edge, 0.0), (np.minimum(self.radius, edge), 0.0), self.nradial)
        return _turned(self.axis, self.origin, rings, angles).welded()


@dataclass(frozen=True)
class RectangleHole(Shape):
    """The ground at the height of `upper` with a rectangular pit."""

    lower: Point
    upper: Point
    #: Extent of the ground along x and y.
    ground: tuple[float, float]
    resolution: int = 8

    def mesh(self) -> Mesh:
        """Return the mesh of the ground around the pit, of its walls and its bottom."""
        n = self.resolution
        lines = [
            [np.linspace(a, b, n + 1) for a, b in zip(cuts[:-1], cuts[1:], strict=True)]
            for cuts in (
                (0.0, self.lower[axis], self.upper[axis], self.ground[axis]) for axis in (0, 1)
            )
        ]
        depth = np.linspace(self.lower[2], self.upper[2], n + 1)
        parts = [
            _sheet(2, self.lower[2] if (i, j) == (1, 1) else self.upper[2], x, y, is_up=True)
            for i, x in enumerate(lines[0])
            for j, y in enumerate(lines[1])
        ]
        x, y = lines[0][1], lines[1][1]
        for height, is_up in ((self.lower[0], True), (self.upper[0], False)):
            parts.append(_sheet(0, height, y, depth, is_up=is_up))
        for height, is_up in ((self.lower[1], True), (self.upper[1], False)):
            parts.append(_sheet(1, height, depth, x, is_up=is_up))
        return _joined(parts)


@dataclass(frozen=True)
class RoundHole(Shape):
    """Something that goes from `bottom` to `top` and has a round hole in it."""

    center: tuple[float, float]
    radius: float
    bottom: float
    top: float
    #: Extent of the ground along x and y.
    ground: tuple[float, float]
    ntheta: int = 48
    nradial: int = 8
    naxial: int = 8


@dataclass(frozen=True)
class CylinderHole(RoundHole):
    """The ground at the height of `top` with a round pit."""

    def mesh(self) -> Mesh:
        """Return the mesh of the ground around the pit, of its wall and its bottom."""
        origin = (*self.center, 0.0)
        angles, edge = _edge(2, origin, (0.0, 0.0), self.ground, self.ntheta)
        around = _leg((edge, self.top), (np.minimum(self.radius, edge), self.top), self.nradial)
        wall = _leg((self.radius, self.top), (self.radius, self.bottom), self.naxial)
        floor = _leg(wall[-1], (0.0, self.bottom), self.nradial)
        return _turned(2, origin, [*around[:-1], *wall, *floor[1:]], angles).welded()


# How they are made


def _circle(count: int) -> Array:
    return np.linspace(0, 2 * np.pi, count, endpoint=False)


def _leg(start: Ring, end: Ring, count: int) -> list[Ring]:
    """Rings from one to another."""
    first, last = (np.asarray(ring[0], dtype=float) for ring in (start, end))
    shares = np.linspace(0, 1, count + 1)
    return [
        (first + (last - first) * share, start[1] + (end[1] - start[1]) * share) for share in shares
    ]


def _placed(axis: int, along: Any, u: Any, v: Any) -> Array:
    """Coordinates x, y, z from one along the axis and two across it, in cyclic order."""
    columns = [np.empty(0)] * 3
    for place, values in zip((axis, (axis + 1) % 3, (axis + 2) % 3), (along, u, v), strict=True):
        columns[place] = values
    return np.stack(np.broadcast_arrays(*columns), axis=-1)


def _turned(axis: int, origin: Sequence[float], rings: Sequence[Ring], angles: Array) -> Mesh:
    """Connect rings around an axis; normals point outward where the rings rise."""
    points = [
        _placed(axis, height, radius * np.cos(angles), radius * np.sin(angles))
        for radius, height in rings
    ]
    vertices = np.concatenate(points) + np.asarray(origin, dtype=float)
    turn = len(angles)
    i = np.arange(turn)
    j = turn * np.arange(len(rings) - 1)[:, None]
    a, b = j + i, j + (i + 1) % turn
    return Mesh(vertices, _triangles(a, b, b + turn, a + turn)).welded()


def _sheet(axis: int, height: float, u: Array, v: Array, *, is_up: bool) -> Mesh:
    """Make a flat grid across an axis."""
    vertices = _placed(axis, height, u[:, None], v[None, :]).reshape(-1, 3)
    number = np.arange(len(u) * len(v)).reshape(len(u), len(v))
    a, b, c, d = number[:-1, :-1], number[1:, :-1], number[1:, 1:], number[:-1, 1:]
    return Mesh(vertices, _triangles(a, b, c, d) if is_up else _triangles(d, c, b, a))


def _triangles(a: Array, b: Array, c: Array, d: Array) -> Array:
    """Two triangles for each quadrilateral."""
    lower, upper = np.stack([a, b, c], axis=-1), np.stack([a, c, d], axis=-1)
    return np.concatenate([lower.reshape(-1, 3), upper.reshape(-1, 3)])


def _joined(parts: Sequence[Mesh]) -> Mesh:
    mesh = parts[0]
    for part in parts[1:]:
        mesh = mesh + part
    return mesh.welded()


def _edge(
    axis: int,
    origin: Sequence[float],
    lower: tuple[float, float],
    upper: tuple[float, float],
    count: int,
) -> tuple[Array, Array]:
    """Angles around a point in a rectangle, its corners among them, and distances to its edge."""
    u, v = origin[(axis + 1) % 3], origin[(axis + 2) % 3]
    corners = [np.arctan2(y - v, x - u) for x in (lower[0], upper[0]) for y in (lower[1], upper[1])]
    angles = np.unique(np.round(np.mod([*_circle(count), *corners], 2 * np.pi), 12))
    cos, sin = np.cos(angles), np.sin(angles)
    with np.errstate(divide="ignore", invalid="ignore"):
        across = np.where(cos > 0, upper[0] - u, lower[0] - u) / cos
        along = np.where(sin > 0, upper[1] - v, lower[1] - v) / sin
    return angles, np.fmin(np.abs(across), np.abs(along))
