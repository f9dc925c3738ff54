"""Bodies and surfaces inside the simulation box, as triangle meshes."""

from __future__ import annotations

from emout_lab.emses.boundaries.collection import Boundary, BoundaryCollection, surfaces_of
from emout_lab.emses.boundaries.namelist import SUPPORTED_TYPES, read_boundaries
from emout_lab.emses.mesh import Mesh, Surface

__all__ = [
    "SUPPORTED_TYPES",
    "Boundary",
    "BoundaryCollection",
    "Mesh",
    "Surface",
    "read_boundaries",
    "surfaces_of",
]
