"""Holes whose walls are not straight, and a hole through the ground."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from emout_lab.emses.boundaries.shapes import (
    Cylinder,
    CylinderHole,
    PlaneWithCircle,
    Point,
    RectangleHole,
    RoundHole,
    Shape,
)
from emout_lab.emses.mesh import Mesh

Array = np.ndarray[Any, Any]


@dataclass(frozen=True)
class CurvedHole(Shape):
    """The ground with a round pit whose wall is a hyperboloid or, where it bulges, an ellipsoid.

    With u from -1 at the bottom to 1 at the top, the radius over that at both ends is
    sqrt(waist^2 + (1 - waist^2) u^2).
    """

    center: tuple[float, float]
    radius: float
    bottom: float
    top: float
    #: Extent of the ground along x and y.
    ground: tuple[float, float]
    #: Radius half-way down over that at both ends: below 1 a hyperboloid, above an ellipsoid.
    waist: float
    ntheta: int = 48
    nradial: int = 8
    naxial: int = 16

    def mesh(self) -> Mesh:
        """Return the mesh of the ground around the pit, of its wall and its bottom."""
        counts = {"ntheta": self.ntheta, "nradial": self.nradial, "naxial": self.naxial}
        straight = CylinderHole(
            self.center, self.radius, self.bottom, self.top, self.ground, **counts
        )
        square = self.waist**2

        def share(u: Array) -> Array:
            return np.asarray(np.sqrt(square + (1 - square) * u**2))

        return _narrowed(straight.mesh(), self.center, (self.bottom, self.top), share)


@dataclass(frozen=True)
class DentRectangleHole(Shape):
    """The ground with a rectangular pit whose walls lean in, or out, to half its depth."""

    lower: Point
    upper: Point
    #: Extent of the ground along x and y.
    ground: tuple[float, float]
    #: Width half-way down over that at both ends.
    waist: float
    resolution: int = 8

    def mesh(self) -> Mesh:
        """Return the mesh of the ground around the pit, of its walls and its bottom."""
        # The kink half-way down needs vertices.
        even = 2 * -(-self.resolution // 2)
        straight = RectangleHole(self.lower, self.upper, self.ground, even)
        middle = ((self.lower[0] + self.upper[0]) / 2, (self.lower[1] + self.upper[1]) / 2)

        def share(u: Array) -> Array:
            return np.asarray(self.waist + (1 - self.waist) * np.abs(u))

        return _narrowed(straight.mesh(), middle, (self.lower[2], self.upper[2]), share)


@dataclass(frozen=True)
class ThroughHole(RoundHole):
    """A plate across the box with a round hole through it."""

    def mesh(self) -> Mesh:
        """Return the mesh of both faces of the plate and of the hole's wall."""
        counts = {"ntheta": self.ntheta, "nradial": self.nradial}
        lower, upper = (
            PlaneWithCircle(2, (*self.center, z), self.radius, (0.0, 0.0), self.ground, **counts)
            for z in (self.bottom, self.top)
        )
        height = self.top - self.bottom
        wall = Cylinder(
            2, (*self.center, self.bottom), self.radius, height, is_open=True, naxial=self.naxial,
            ntheta=self.ntheta,
        )  # fmt: skip
        # Out of the plate: down below it, and towards the axis within the hole.
        return (upper.mesh() + _turned_over(lower.mesh()) + _turned_over(wall.mesh())).welded()


@dataclass(frozen=True)
class Rotated(Shape):
    """A shape turned about a point."""

    base: Shape
    #: Angles about x, y and z [deg], applied in this order, counter-clockwise against the axis.
    degrees: tuple[float, float, float]
    pivot: Point

    @property
    def options(self) -> tuple[str, ...]:
        """Names of the values that may be given anew: those of the shape."""
        return self.base.options

    def altered(self, **values: Any) -> Shape:
        """Return the shape with other values, turned the same way."""
        return Rotated(self.base.altered(**values), self.degrees, self.pivot)

    def mesh(self) -> Mesh:
        """Return the mesh."""
        mesh, matrix = self.base.mesh(), np.eye(3)
        for axis, angle in enumerate(np.radians(self.degrees)):
            u, v = (axis + 1) % 3, (axis + 2) % 3
            turn = np.eye(3)
            turn[[u, u, v, v], [u, v, u, v]] = (
                np.cos(angle), -np.sin(angle), np.sin(angle), np.cos(angle)
            )  # fmt: skip
            matrix = turn @ matrix
        return Mesh((mesh.vertices - self.pivot) @ matrix.T + self.pivot, mesh.faces)


def _narrowed(
    mesh: Mesh,
    middle: tuple[float, float],
    ends: tuple[float, float],
    share: Callable[[Array], Array],
) -> Mesh:
    """Bring vertices towards the axis of a pit, by their height between -1 and 1."""
    vertices = mesh.vertices.copy()
    bottom, top = ends
    u = (2 * vertices[:, 2] - top - bottom) / (top - bottom)
    vertices[:, :2] = middle + (vertices[:, :2] - middle) * share(u)[:, None]
    return Mesh(vertices, mesh.faces)


def _turned_over(mesh: Mesh) -> Mesh:
    return Mesh(mesh.vertices, mesh.faces[:, ::-1])
