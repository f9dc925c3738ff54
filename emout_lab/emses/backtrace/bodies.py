"""Solid bodies that orbits end on, as a table for the kernel."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import numpy as np

from emout_lab.emses.backtrace.tracer import BOX, CYLINDER, SPHERE

if TYPE_CHECKING:
    from emout_lab.emses.parameters import Parameters

Array = np.ndarray[Any, Any]
Contains = Callable[[Array], Array]

#: A body's row: kind, solid (1) or hole (0), centre, three lengths.
COLUMNS = 8
FAR = 1e9
#: Points per cell and axis at which a callable body is asked.
REFINEMENT = 2

_AXES = {"x": 0, "y": 1, "z": 2}


def sphere(centre: Any, radius: float) -> list[float]:
    """Make the row of a sphere."""
    return [SPHERE, 1, *map(float, centre), float(radius), 0.0, 0.0]


def box(low: Any, high: Any, *, is_hole: bool = False) -> list[float]:
    """Make the row of a box with faces along the grid."""
    low, high = np.asarray(low, float), np.asarray(high, float)
    return [BOX, 0 if is_hole else 1, *((low + high) / 2), *((high - low) / 2)]


def cylinder(
    centre: Any, radius: float, height: float, axis: str, *, is_hole: bool = False
) -> list[float]:
    """Make the row of a cylinder along an axis, `centre` being its middle."""
    kind = 0 if is_hole else 1
    return [CYLINDER, kind, *map(float, centre), float(radius), float(height) / 2, _AXES[axis]]


def table(rows: list[list[float]]) -> Array:
    """Make the table of bodies."""
    return np.array(rows, dtype=np.float64).reshape(len(rows), COLUMNS)


def bodies_of(inp: Parameters) -> tuple[Array, list[str]]:
    """Read the solid bodies of ``&ptcond``.

    Returns
    -------
    rows : ndarray, shape (n, 8)
        The bodies that orbits end on.
    skipped : list of str
        Kinds that have no volume or are not known, which orbits pass through.
    """
    rows: list[list[float]] = []
    skipped: list[str] = []
    for part, name in [*_legacy_bodies(inp), *_surfaces(inp), *_boundaries(inp)]:
        rows += part
        if not part:
            skipped.append(name)
    return table(rows), skipped


def mask_of(contains: Contains, cells: tuple[int, int, int]) -> Array:
    """Ask a callable which parts of the grid are solid.

    Parameters
    ----------
    contains : callable
        Called with points of shape (n, 3), x first, in grid units; returns n booleans.
    cells : tuple of int
        Cells along x, y, z.
    """
    lines = [(np.arange(size * REFINEMENT) + 0.5) / REFINEMENT for size in cells]
    mask = np.empty(tuple(len(line) for line in reversed(lines)), dtype=bool)
    for k, z in enumerate(lines[2]):
        y, x = np.meshgrid(lines[1], lines[0], indexing="ij")
        points = np.stack([x.ravel(), y.ravel(), np.full(x.size, z)], axis=1)
        mask[k] = np.asarray(contains(points), dtype=bool).reshape(x.shape)
    return mask


def _legacy_bodies(inp: Parameters) -> Iterator[tuple[list[list[float]], str]]:
    """Read bodies by ``geotype``: 1 a box (or plate), 2 a cylinder, 3 a sphere."""
    for number in range(int(inp.get("npc") or 0)):
        kind = _item(inp, "geotype", number)
        if kind is None:
            continue
        coordinates = _item(inp, "bdycoord", number) or []
        radius = _item(inp, "bdyradius", number)
        edges = [_item(inp, name, number) for name in ("xlpc", "ylpc", "zlpc")]
        far_edges = [_item(inp, name, number) for name in ("xupc", "yupc", "zupc")]
        if kind in (0, 1) and None not in (*edges, *far_edges):
            yield [box(edges, far_edges)], f"geotype {kind}"
        elif kind == 2 and radius and len(coordinates) >= 3 and _item(inp, "bdyalign", number):
            yield [_legacy_cylinder(inp, number, coordinates, radius)], "geotype 2"
        elif kind == 3 and radius and len(coordinates) >= 3:
            yield [sphere(coordinates[:3], radius)], "geotype 3"
        else:
            yield [], f"geotype {kind}"


def _legacy_cylinder(
    inp: Parameters, number: int, coordinates: list[float], radius: float
) -> list[float]:
    axis = "xyz"[int(_item(inp, "bdyalign", number)) - 1]
    low, high = _item(inp, "bdyedge", number)[:2]
    across = list(coordinates[:2])
    across.insert(_AXES[axis], (low + high) / 2)
    return cylinder(across, radius, high - low, axis)


def _surfaces(inp: Parameters) -> Iterator[tuple[list[list[float]], str]]:
    """Read the ground of ``boundary_type``: flat, or with a rectangular hole."""
    kind = inp.get("boundary_type")
    height = inp.get("zssurf")
    if not isinstance(kind, str) or kind in ("none", "complex"):
        return
    if not isinstance(height, (int, float)):
        yield [], kind
        return
    rows = [box((-FAR, -FAR, -FAR), (FAR, FAR, height))]
    if kind == "rectangle-hole":
        low = [inp.get(name) for name in ("xlrechole", "ylrechole", "zlrechole")]
        high = [inp.get(name) for name in ("xurechole", "yurechole", "zurechole")]
        corners = [_first(value) for value in (*low, *high)]
        if None in corners:
            yield [], kind
            return
        rows.append(box(corners[:3], [*corners[3:5], height], is_hole=True))
    elif kind != "flat-surface":
        yield [], kind
        return
    yield rows, kind


def _boundaries(inp: Parameters) -> Iterator[tuple[list[list[float]], str]]:
    """Read the entries of ``boundary_types`` that have a volume."""
    kinds = inp.get("boundary_types")
    kinds = [kinds] if isinstance(kinds, str) else kinds
    for number, kind in enumerate(kinds or []):
        if not isinstance(kind, str) or kind == "none":
            continue
        yield _solid(inp, number, kind), kind


def _solid(inp: Parameters, number: int, kind: str) -> list[list[float]]:
    if kind == "sphere":
        origin, radius = _item(inp, "sphere_origin", number), _item(inp, "sphere_radius", number)
        return [sphere(origin, radius)] if origin and radius else []
    if kind == "cuboid":
        shape = _item(inp, "cuboid_shape", number)
        return [box(shape[0::2], shape[1::2])] if shape and len(shape) == 6 else []
    if kind.startswith("cylinder") and kind[-1] in _AXES:
        origin = _item(inp, "cylinder_origin", number)
        radius = _item(inp, "cylinder_radius", number)
        height = _item(inp, "cylinder_height", number)
        if not (origin and radius and height):
            return []
        middle = list(origin)
        middle[_AXES[kind[-1]]] += height / 2
        return [cylinder(middle, radius, height, kind[-1])]
    return []


def _item(inp: Parameters, name: str, number: int) -> Any:
    value = inp.get(name)
    if not isinstance(value, list):
        return value if number == 0 else None
    return value[number] if number < len(value) else None


def _first(value: Any) -> Any:
    return value[0] if isinstance(value, list) and value else value
