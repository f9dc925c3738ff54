"""Triangle meshes, and the way in which one is drawn."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields
from typing import Any

import numpy as np

from emout_lab.errors import DataError

Array = np.ndarray[Any, Any]

#: How a surface may be drawn.
STYLES = ("field", "solid")
#: Vertices closer than this part of the mesh's extent are one.
WELD_TOLERANCE = 1e-9


@dataclass(frozen=True, eq=False)
class Mesh:
    """A triangle mesh. It unpacks: ``vertices, faces = mesh``.

    Parameters
    ----------
    vertices : ndarray
        Coordinates x, y, z, shape (n, 3).
    faces : ndarray
        Vertices of each triangle, counter-clockwise seen from outside, shape (m, 3).

    Examples
    --------
    >>> corners = np.array([[0, 0, 0], [1, 0, 0], [1, 1, 0], [0, 1, 0]])
    >>> square = Mesh(corners, np.array([[0, 1, 2], [0, 2, 3]]))
    >>> float(square.area), square.is_closed
    (1.0, False)
    """

    vertices: Array
    faces: Array

    def __post_init__(self) -> None:
        vertices = np.asarray(self.vertices, dtype=float).reshape(-1, 3)
        object.__setattr__(self, "vertices", vertices)
        object.__setattr__(self, "faces", np.asarray(self.faces, dtype=np.intp).reshape(-1, 3))

    def __iter__(self) -> Iterator[Array]:
        return iter((self.vertices, self.faces))

    def mesh(self) -> tuple[Array, Array]:
        """Return ``(vertices, faces)``."""
        return self.vertices, self.faces

    @property
    def triangles(self) -> Array:
        """Corners of each triangle, shape (m, 3, 3)."""
        return np.asarray(self.vertices[self.faces])

    @property
    def _doubled_normals(self) -> Array:
        a, b, c = np.moveaxis(self.triangles, 1, 0)
        return np.asarray(np.cross(b - a, c - a))

    @property
    def normals(self) -> Array:
        """Unit vector out of each triangle, shape (m, 3)."""
        normals = self._doubled_normals
        return np.asarray(normals / np.linalg.norm(normals, axis=1, keepdims=True))

    @property
    def area(self) -> float:
        """Area of all triangles."""
        return float(np.linalg.norm(self._doubled_normals, axis=1).sum() / 2)

    @property
    def volume(self) -> float:
        """Enclosed volume; it means something for a closed mesh only."""
        return float(np.einsum("ij,ij->", self.triangles[:, 0], self._doubled_normals) / 6)

    @property
    def is_closed(self) -> bool:
        """Whether each edge belongs to two triangles that run along it in opposite directions."""
        edges = np.concatenate([self.faces[:, [i, (i + 1) % 3]] for i in range(3)])
        forward = {(int(a), int(b)) for a, b in edges}
        return (
            bool(forward)
            and len(forward) == len(edges)
            and all((b, a) in forward for a, b in forward)
        )

    def scaled(self, factor: float) -> Mesh:
        """Return the mesh in another unit of length."""
        return Mesh(self.vertices * factor, self.faces)

    def welded(self) -> Mesh:
        """Return the mesh with coinciding vertices made one and without empty triangles."""
        extent = float(np.ptp(self.vertices, axis=0).max()) or 1.0
        keys = np.round(self.vertices / (extent * WELD_TOLERANCE))
        _, kept, places = np.unique(keys, axis=0, return_index=True, return_inverse=True)
        faces = places.reshape(-1)[self.faces]
        is_real = (
            (faces[:, 0] != faces[:, 1])
            & (faces[:, 1] != faces[:, 2])
            & (faces[:, 2] != faces[:, 0])
        )
        return Mesh(self.vertices[kept], faces[is_real])

    def __add__(self, other: Mesh) -> Mesh:
        if not isinstance(other, Mesh):
            return NotImplemented
        vertices = np.concatenate([self.vertices, other.vertices])
        return Mesh(vertices, np.concatenate([self.faces, other.faces + len(self.vertices)]))

    def render(self, **style: Any) -> Surface:
        """Say how the mesh is drawn by ``plot_surfaces``; options as for `Surface`."""
        return Surface(self, **style)

    def __repr__(self) -> str:
        return f"<Mesh of {len(self.vertices)} vertices, {len(self.faces)} triangles>"


@dataclass(frozen=True)
class Surface:
    """A mesh with the way in which it is drawn.

    Parameters
    ----------
    mesh : Mesh
        In the unit of length of the drawing.
    style : {"field", "solid"}
        Coloured by the field's values on it, or in one colour.
    solid_color : optional
        That colour.
    alpha : float
        Opacity.
    """

    mesh: Mesh
    style: str = "field"
    solid_color: Any = "0.7"
    alpha: float = 1.0

    def __post_init__(self) -> None:
        if self.style not in STYLES:
            known = ", ".join(map(repr, STYLES))
            raise DataError(f"No style {self.style!r} for a surface; there are {known}.")


#: Options of `Surface`, as opposed to those of a mesh.
STYLE_OPTIONS = tuple(item.name for item in fields(Surface) if item.name != "mesh")
