"""Boundaries as ``&ptcond`` describes them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from emout_lab.emses.boundaries import holes, shapes
from emout_lab.emses.boundaries.collection import Boundary, BoundaryCollection
from emout_lab.emses.parameters import Parameters

COMPLEX = "complex"
NONE = ("none", "")
NO_LIST = (
    "one type is expected, not a list: a plasma.toml has type = 'sphere' in each "
    "[[ptcond.boundaries]], a plasma.inp boundary_type = 'complex' and boundary_types(1) = 'sphere'"
)


class _Incomplete(Exception):
    """What a boundary needs is missing from the file, or cannot be used."""


@dataclass
class _Conditions:
    """The parameters of ``&ptcond``, item by item."""

    inp: Parameters
    skipped: list[tuple[int, str, str]] = field(default_factory=list)

    def item(self, name: str, index: int) -> Any:
        """Return one item of a parameter, or None."""
        value = self.inp.get(name)
        if not isinstance(value, list):
            return value if index == 0 else None
        return value[index] if index < len(value) else None

    def number(self, name: str, index: int | None = None) -> float:
        value = self.inp.get(name) if index is None else self.item(name, index)
        if isinstance(value, list) and len(value) == 1:
            value = value[0]
        if not isinstance(value, (int, float)):
            place = "" if index is None else f"({index + 1})"
            raise _Incomplete(f"{name}{place} is missing")
        return float(value)

    def length(self, name: str, index: int) -> float:
        value = self.number(name, index)
        if value <= 0:
            raise _Incomplete(f"{name}({index + 1}) = {value:g} is not positive")
        return value

    def vector(self, name: str, index: int, size: int = 3) -> tuple[Any, ...]:
        value = self.inp.get(name)
        if isinstance(value, list) and value and not any(isinstance(v, list) for v in value):
            # Written without an index: all vectors one after the other.
            items = value[index * size : (index + 1) * size] if None not in value else []
        else:
            items = self.item(name, index) or []
        if not isinstance(items, list) or len(items) < size or None in items[:size]:
            raise _Incomplete(f"{name}(1:{size},{index + 1}) is missing")
        return tuple(float(item) for item in items[:size])

    def corners(self, name: str, index: int) -> tuple[Any, Any]:
        shape = self.vector(name, index, 6)
        if any(low > high for low, high in zip(shape[::2], shape[1::2], strict=True)):
            raise _Incomplete(f"{name}(1:6,{index + 1}) has a lower limit above the upper one")
        return shape[::2], shape[1::2]

    def box(self) -> tuple[float, float, float]:
        return self.number("nx"), self.number("ny"), self.number("nz")


def read_boundaries(inp: Parameters) -> BoundaryCollection:
    """Read the boundaries of a run.

    Parameters
    ----------
    inp : Parameters
        Of the run; positions count in grid units.
    """
    conditions = _Conditions(inp)
    found = [*_declared(conditions), *_bodies(conditions)]
    length = inp.units.length if inp.units is not None else None
    boundaries = [Boundary(index, name, shape, length) for index, name, shape in found]
    rotation = inp.get("boundary_rotation_deg")
    if isinstance(rotation, list) and any(rotation):
        # EMSES documents it, but builds its boundaries without it.
        reason = (
            "EMSES does not apply it, so boundaries are given as they are; "
            f"data.boundaries.rotated({rotation}, pivot=(x, y, z)) turns them"
        )
        conditions.skipped.append((-1, "boundary_rotation_deg", reason))
    return BoundaryCollection(boundaries, conditions.skipped)


def _declared(conditions: _Conditions) -> Iterator[tuple[int, str, shapes.Shape]]:
    """Boundaries of ``boundary_type``: one, or those that ``boundary_types`` lists."""
    kind, kinds = conditions.inp.get("boundary_type"), conditions.inp.get("boundary_types")
    if isinstance(kind, str) and kind.strip().lower() != COMPLEX:
        names: list[Any] = [] if kind.strip().lower() in NONE else [kind]
    else:
        names = kinds if isinstance(kinds, list) else [kinds] if isinstance(kinds, str) else []
        if isinstance(kind, list) and not names:
            conditions.skipped.append((-1, "boundary_type", NO_LIST))
    for index, given in enumerate(names):
        if not isinstance(given, str) or not given.strip():
            conditions.skipped.append((index, str(given or ""), "no type is given"))
            continue
        name = given.strip().lower()
        make = _MAKERS.get(name)
        if make is None:
            known = ", ".join(SUPPORTED_TYPES)
            conditions.skipped.append((index, name, f"unknown type; known are {known}"))
            continue
        yield from _made(conditions, index, name, make)


def _bodies(conditions: _Conditions) -> Iterator[tuple[int, str, shapes.Shape]]:
    """Bodies of ``geotype``, as many as ``npc`` says."""
    types = conditions.inp.get("geotype")
    count = conditions.item("npc", 0)
    listed = len(types) if isinstance(types, list) else 0
    for index in range(int(count) if isinstance(count, int) else listed):
        given = conditions.item("geotype", index)
        if given is None and conditions.item("xlpc", index) is None:
            continue
        kind = given if given is not None else 0
        make = _BODIES.get(kind)
        if make is None:
            reason = "unknown geotype; known are 0 and 1 (box), 2 (cylinder), 3 (sphere)"
            conditions.skipped.append((index, f"geotype {kind}", reason))
            continue
        yield from _made(conditions, index, f"geotype {kind}", make)


def _made(
    conditions: _Conditions, index: int, name: str, make: _Maker
) -> Iterator[tuple[int, str, shapes.Shape]]:
    try:
        yield index, name, make(conditions, index, name)
    except _Incomplete as error:
        conditions.skipped.append((index, name, str(error)))


_Maker = Callable[[_Conditions, int, str], shapes.Shape]


def _axis(name: str) -> int:
    return "xyz".index(name[-1])


def _sphere(c: _Conditions, i: int, _: str) -> shapes.Shape:
    return shapes.Sphere(c.vector("sphere_origin", i), c.length("sphere_radius", i))


def _cuboid(c: _Conditions, i: int, _: str) -> shapes.Shape:
    return shapes.Cuboid(*c.corners("cuboid_shape", i))


def _rectangle(c: _Conditions, i: int, _: str) -> shapes.Shape:
    lower, upper = c.corners("rectangle_shape", i)
    flat = sum(low == high for low, high in zip(lower, upper, strict=True))
    if flat != 1:
        raise _Incomplete(
            f"rectangle_shape(1:6,{i + 1}) must be flat along one axis, not along {flat}"
        )
    return shapes.Rectangle(lower, upper)


def _cylinder(c: _Conditions, i: int, name: str) -> shapes.Shape:
    return shapes.Cylinder(
        _axis(name),
        c.vector("cylinder_origin", i),
        c.length("cylinder_radius", i),
        c.length("cylinder_height", i),
        is_open=name.startswith("open-"),
    )


def _circle(c: _Conditions, i: int, name: str) -> shapes.Shape:
    return shapes.Circle(_axis(name), c.vector("circle_origin", i), c.length("circle_radius", i))


def _disk(c: _Conditions, i: int, name: str) -> shapes.Shape:
    radius, inner = c.length("disk_radius", i), c.number("disk_inner_radius", i)
    if inner >= radius:
        raise _Incomplete(f"disk_inner_radius({i + 1}) = {inner:g} leaves nothing of {radius:g}")
    height = c.length("disk_height", i)
    return shapes.Disk(_axis(name), c.vector("disk_origin", i), radius, inner, height)


def _plane_with_circle(c: _Conditions, i: int, name: str) -> shapes.Shape:
    axis, box = _axis(name), c.box()
    origin = c.vector("plane_with_circle_origin", i)
    upper = (box[(axis + 1) % 3], box[(axis + 2) % 3])
    if not all(0 < origin[(axis + 1 + k) % 3] < upper[k] for k in (0, 1)):
        raise _Incomplete(f"plane_with_circle_origin(1:3,{i + 1}) lies outside the box")
    radius = c.length("plane_with_circle_radius", i)
    return shapes.PlaneWithCircle(axis, origin, radius, (0.0, 0.0), upper)


def _flat(c: _Conditions, _: int, __: str) -> shapes.Shape:
    height, (nx, ny, _nz) = c.number("zssurf"), c.box()
    return shapes.Rectangle((0.0, 0.0, height), (nx, ny, height))


def _pit(c: _Conditions) -> tuple[tuple[Any, ...], tuple[Any, ...]]:
    """Limits of a pit; its lower one along z is the second item, the first is the ground's."""
    lower = [c.number("xlrechole", 0), c.number("ylrechole", 0)]
    upper = [c.number("xurechole", 0), c.number("yurechole", 0)]
    box = c.box()
    depth = c.number("zlrechole", 1 if c.item("zlrechole", 1) is not None else 0)
    lower, upper = [*lower, depth], [*upper, c.number("zssurf")]
    if not all(low < high for low, high in zip(lower, upper, strict=True)):
        raise _Incomplete(f"the limits of the hole, {lower} to {upper}, leave nothing between them")
    if min(lower[:2]) < 0 or any(upper[k] > box[k] for k in (0, 1)):
        raise _Incomplete(f"the hole, {lower} to {upper}, reaches out of the box")
    return tuple(lower), tuple(upper)


def _rectangle_hole(c: _Conditions, _: int, __: str) -> shapes.Shape:
    lower, upper = _pit(c)
    return shapes.RectangleHole(lower, upper, c.box()[:2])


def _cylinder_hole(c: _Conditions, _: int, __: str) -> shapes.Shape:
    lower, upper = _pit(c)
    center = ((lower[0] + upper[0]) / 2, (lower[1] + upper[1]) / 2)
    radius = (upper[0] - lower[0]) / 2
    return shapes.CylinderHole(center, radius, lower[2], upper[2], c.box()[:2])


def _curved_hole(c: _Conditions, _: int, name: str) -> shapes.Shape:
    waist, is_wide = _waist(c), name.startswith("ellipsoid")
    if not (waist >= 1 if is_wide else waist <= 1):
        wanted = "at least" if is_wide else "at most"
        raise _Incomplete(f"rcurv = {waist:g} is not {wanted} 1")
    lower, upper = _pit(c)
    center = ((lower[0] + upper[0]) / 2, (lower[1] + upper[1]) / 2)
    radius = (upper[0] - lower[0]) / 2
    return holes.CurvedHole(center, radius, lower[2], upper[2], c.box()[:2], waist)


def _dent_rectangle_hole(c: _Conditions, _: int, __: str) -> shapes.Shape:
    lower, upper = _pit(c)
    return holes.DentRectangleHole(lower, upper, c.box()[:2], _waist(c))


def _waist(c: _Conditions) -> float:
    """Width of a hole half-way down over that at its ends; walls are straight by default."""
    waist = 1.0 if c.inp.get("rcurv") is None else c.number("rcurv")
    if waist <= 0:
        raise _Incomplete(f"rcurv = {waist:g} is not positive")
    return waist


def _plane_with_circle_hole(c: _Conditions, i: int, _: str) -> shapes.Shape:
    nx, ny, _nz = c.box()
    bottom, height = (
        c.number("plane_with_circle_hole_zlower", i),
        c.length("plane_with_circle_hole_height", i),
    )
    radius = c.length("plane_with_circle_hole_radius", i)
    return holes.ThroughHole((nx / 2, ny / 2), radius, bottom, bottom + height, (nx, ny))


def _box_body(c: _Conditions, i: int, _: str) -> shapes.Shape:
    lower = c.number("xlpc", i), c.number("ylpc", i), c.number("zlpc", i)
    upper = c.number("xupc", i), c.number("yupc", i), c.number("zupc", i)
    if not all(low < high for low, high in zip(lower, upper, strict=True)):
        raise _Incomplete(f"xlpc … zupc({i + 1}) leave nothing between {lower} and {upper}")
    return shapes.Cuboid(lower, upper)


def _cylinder_body(c: _Conditions, i: int, _: str) -> shapes.Shape:
    axis = int(c.number("bdyalign", i)) - 1 if c.item("bdyalign", i) is not None else 0
    if axis not in (0, 1, 2):
        raise _Incomplete(f"bdyalign({i + 1}) = {axis + 1} is none of 1, 2, 3 (along x, y, z)")
    low, high = c.vector("bdyedge", i, 2)
    if low >= high:
        raise _Incomplete(f"bdyedge(1:2,{i + 1}) = {low:g}, {high:g} leave nothing between them")
    first, second = c.vector("bdycoord", i, 2)
    # Along y the position across is given as z, x.
    origin = [(low, first, second), (second, low, first), (first, second, low)][axis]
    return shapes.Cylinder(axis, origin, c.length("bdyradius", i), high - low)


def _sphere_body(c: _Conditions, i: int, _: str) -> shapes.Shape:
    return shapes.Sphere(c.vector("bdycoord", i), c.length("bdyradius", i))


_MAKERS: dict[str, _Maker] = {
    "sphere": _sphere,
    "cuboid": _cuboid,
    "rectangle": _rectangle,
    **{f"{prefix}cylinder{axis}": _cylinder for prefix in ("", "open-") for axis in "xyz"},
    **{f"circle{axis}": _circle for axis in "xyz"},
    **{f"disk{axis}": _disk for axis in "xyz"},
    **{f"plane-with-circle{axis}": _plane_with_circle for axis in "xyz"},
    "flat-surface": _flat,
    "rectangle-hole": _rectangle_hole,
    "dent-rectangle-hole": _dent_rectangle_hole,
    "cylinder-hole": _cylinder_hole,
    "hyperboloid-hole": _curved_hole,
    "ellipsoid-hole": _curved_hole,
    "plane-with-circle-hole": _plane_with_circle_hole,
}
_BODIES: dict[Any, _Maker] = {0: _box_body, 1: _box_body, 2: _cylinder_body, 3: _sphere_body}

#: Types that ``boundary_type`` and ``boundary_types`` may name.
SUPPORTED_TYPES = tuple(sorted(_MAKERS))
