"""Where a straight step enters a body: exact, so that nothing is too thin or too fast to be met.

Bodies are made of surfaces (plates, rings, tubes, spheres, triangles), rows of a table. A surface
of a solid has an outer side, and only crossings inward count, so an orbit that starts on a body is
free to leave it. Surfaces without a volume behind them count from both sides.

numba, which compiles this and the kernel, comes with the extra ``backtrace`` only.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from emout_lab.errors import MissingExtra

try:
    import numba
except ModuleNotFoundError as error:
    if error.name != "numba":
        raise
    raise MissingExtra("Tracing orbits", "numba", "backtrace") from error

Function = Callable[..., Any]

#: Kinds of surfaces, the first column of their table.
SPHERE, PLATE, RING, TUBE, TRIANGLE = range(5)
#: Their second column: the skin of a solid, without volume, or without and met from outside only.
SOLID, THIN, ONE_SIDED = range(3)
#: Columns of the table: kind, role, nine numbers.
COLUMNS = 11
#: Columns of the table of groups: lowest and highest x, y, z, first and last row.
GROUP_COLUMNS = 8

#: Share of a step that is no crossing.
NONE = 2.0
#: Rounding that a crossing may lie before its step.
EPSILON = 1e-9
#: Direction in which points are tested for lying inside, not along any edge of the grid.
SLANT_X, SLANT_Y = 0.00123, 0.00071


def compiled(*, inline: str = "never") -> Callable[[Function], Function]:
    """Compile a function when it is first called, for all later processes too, without the GIL.

    Parameters
    ----------
    inline : {"never", "always"}
        Whether its code is put into that of its callers.
    """
    decorate: Callable[[Function], Function] = numba.njit(cache=True, nogil=True, inline=inline)
    return decorate


@compiled()
def _plane(start, end):
    """Return the share of a step until a signed distance turns from outside to inside."""
    if start >= -EPSILON and end <= 0.0 and end < start:
        return max(start / (start - end), 0.0)
    return NONE


@compiled()
def _flat(row, p, d, side):
    """Return where a step crosses a plate or ring inward."""
    axis = int(row[2])
    start = side * (p[axis] - row[3])
    share = _plane(start, start + side * d[axis])
    if share > 1.0:
        return NONE
    u_axis, v_axis = (axis + 1) % 3, (axis + 2) % 3
    u, v = p[u_axis] + share * d[u_axis], p[v_axis] + share * d[v_axis]
    if row[0] == PLATE:
        is_on = row[4] <= u <= row[5] and row[6] <= v <= row[7]
    else:
        apart = (u - row[4]) ** 2 + (v - row[5]) ** 2
        is_on = row[6] * row[6] <= apart <= row[7] * row[7]
    return share if is_on else NONE


@compiled()
def _round(row, p, d, side):
    """Return where a step crosses a sphere or tube inward; `side` -1 has its solid around it."""
    a, b, c = 0.0, 0.0, -row[6] * row[6]
    own = int(row[2]) if row[0] == TUBE else -1
    for axis in range(3):
        if axis != own:
            m = p[axis] - row[3 + axis]
            a += d[axis] * d[axis]
            b += m * d[axis]
            c += m * m
    inside = b * b - a * c
    if a == 0.0 or inside < 0.0:
        return NONE
    root = np.sqrt(inside)
    share = (-b - root) / a if side > 0.0 else (-b + root) / a
    if not -EPSILON <= share <= 1.0:
        return NONE
    share = max(share, 0.0)
    if own >= 0:
        along = p[own] + share * d[own]
        if not row[7] <= along <= row[8]:
            return NONE
    return share


@compiled()
def _triangle(row, p, d, side):
    """Return where a step crosses a triangle against its normal (Möller and Trumbore)."""
    e1x, e1y, e1z = row[5] - row[2], row[6] - row[3], row[7] - row[4]
    e2x, e2y, e2z = row[8] - row[2], row[9] - row[3], row[10] - row[4]
    nx, ny, nz = e1y * e2z - e1z * e2y, e1z * e2x - e1x * e2z, e1x * e2y - e1y * e2x
    mx, my, mz = p[0] - row[2], p[1] - row[3], p[2] - row[4]
    size = np.sqrt(nx * nx + ny * ny + nz * nz)
    if size == 0.0:
        return NONE
    start = side * (mx * nx + my * ny + mz * nz) / size
    slope = nx * d[0] + ny * d[1] + nz * d[2]
    share = _plane(start, start + side * slope / size)
    if share > 1.0:
        return NONE
    cx, cy, cz = my * d[2] - mz * d[1], mz * d[0] - mx * d[2], mx * d[1] - my * d[0]
    u = -(e2x * cx + e2y * cy + e2z * cz) / slope
    v = (e1x * cx + e1y * cy + e1z * cz) / slope
    is_on = u >= -EPSILON and v >= -EPSILON and u + v <= 1.0 + EPSILON
    return share if is_on else NONE


@compiled()
def _crossed(row, p, d, side):
    """Return the share of a step until it crosses a surface inward (`side` 1) or outward (-1)."""
    if row[0] == SPHERE:
        return _round(row, p, d, side)
    if row[0] == TUBE:
        return _round(row, p, d, side * row[9])
    if row[0] == TRIANGLE:
        return _triangle(row, p, d, side)
    return _flat(row, p, d, side * row[8])


@compiled()
def _is_apart(group, p, d):
    """Tell whether a step stays clear of a group's bounds."""
    for axis in range(3):
        there = p[axis] + d[axis]
        if min(p[axis], there) > group[2 * axis + 1] or max(p[axis], there) < group[2 * axis]:
            return True
    return False


@compiled()
def first_entry(rows, groups, p, d, is_start):
    """Return the share of a step until a body is entered, 2 if none is, and the surface's row.

    A surface without volume is met from behind too, but may be left by an orbit that starts on it.
    """
    nearest, where = NONE, -1
    for number in range(groups.shape[0]):
        group = groups[number]
        if _is_apart(group, p, d):
            continue
        for place in range(int(group[6]), int(group[7])):
            row = rows[place]
            share = _crossed(row, p, d, 1.0)
            if row[1] == THIN:
                share = min(share, _crossed(row, p, d, -1.0))
                if is_start and share <= EPSILON:
                    continue
            if share < nearest:
                nearest, where = share, place
    return nearest, where


@compiled()
def is_inside(rows, groups, p, reach):
    """Tell whether a point lies in a solid: a ray of length `reach` leaves more than it enters."""
    d = (SLANT_X * reach, SLANT_Y * reach, reach)
    depth = 0
    for number in range(groups.shape[0]):
        group = groups[number]
        if _is_apart(group, p, d):
            continue
        for place in range(int(group[6]), int(group[7])):
            row = rows[place]
            if row[1] != SOLID:
                continue
            # A ray may enter and leave the same round surface. A point on the skin is outside.
            depth += EPSILON < _crossed(row, p, d, -1.0) * reach <= reach
            depth -= _crossed(row, p, d, 1.0) <= 1.0
    return depth > 0
