"""Staggered components at the grid points, computed for the part that is read and nothing more.

EMSES keeps a component of the electric field half a cell further along its own direction, and one
of the magnetic field half a cell further along both others. At a grid point stands the mean of the
neighbours; at the faces of the box one neighbour is missing, and there it depends on the box:

=============== ==========================================================
face            value on it
=============== ==========================================================
``"periodic"``  mean of the neighbours on both sides of the seam
``"zero"``      zero (normal electric field of a Neumann face)
``"open"``      linear extrapolation of the two values next to the face
=============== ==========================================================
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

Array = np.ndarray[Any, Any]
Key = tuple[Any, ...]

#: Positions further apart than this are read separately.
MAX_GAP = 16

#: What ``mtd_vbnd`` says of a pair of faces, for the electric field along them.
_ELECTRIC_FACES: dict[Any, str] = {0: "periodic", 2: "zero"}


def shifts_of(name: str, boundary_types: Sequence[Any] | None) -> tuple[tuple[int, str], ...]:
    """Say along which dimensions a component is staggered, and what its faces are.

    Parameters
    ----------
    name : str
        Name of the component, such as ``"ex"``.
    boundary_types : sequence of int, optional
        ``mtd_vbnd``, in the order x, y, z: 0 periodic, 1 Dirichlet, 2 Neumann.

    Returns
    -------
    tuple of (int, str)
        Dimension (1 is z, 3 is x) and kind of face.

    Examples
    --------
    >>> shifts_of("ex", [0, 1, 2]), shifts_of("bx", [0, 1, 2])
    (((3, 'periodic'),), ((2, 'open'), (1, 'open')))
    """
    field, own = name[0], name[1]
    types: dict[str, Any] = dict(zip("xyz", boundary_types or (), strict=False))
    if field == "e":
        return ((_dimension(own), _ELECTRIC_FACES.get(types.get(own), "open")),)
    others = [axis for axis in "xyz" if axis != own]
    return tuple(
        (_dimension(axis), "periodic" if types.get(axis) == 0 else "open") for axis in others
    )


def _dimension(axis: str) -> int:
    return "tzyx".index(axis)


def relocated(
    read: Callable[[Key], Array],
    key: Key,
    shape: Sequence[int],
    shifts: Sequence[tuple[int, str]],
) -> Array:
    """Read a part of a component at the grid points.

    Parameters
    ----------
    read : callable
        Reads a part of the staggered component.
    key : tuple of int, slice or ndarray
        The part, one index per dimension.
    shape : sequence of int
        Shape of the component.
    shifts : sequence of (int, str)
        From `shifts_of`.
    """
    if not shifts:
        return read(key)
    (dimension, face), rest = shifts[0], shifts[1:]
    size, part = shape[dimension], key[dimension]
    if isinstance(part, slice):
        wanted = np.arange(*part.indices(size))
    else:
        wanted = np.atleast_1d(np.asarray(part))
    if not len(wanted):
        return read(key)
    first, second, weights = _neighbours(wanted, size, face)
    runs = _runs(np.unique([first, second]))
    place = sum(not isinstance(item, (int, np.integer)) for item in key[:dimension])
    pieces = [
        relocated(read, (*key[:dimension], run, *key[dimension + 1 :]), shape, rest) for run in runs
    ]
    values = np.concatenate(pieces, axis=place)
    known = np.concatenate([np.arange(run.start, run.stop) for run in runs])
    along = [1] * values.ndim
    along[place] = len(wanted)
    result = sum(
        np.take(values, np.searchsorted(known, positions), axis=place)
        * weight.astype(values.dtype).reshape(along)
        for positions, weight in zip((first, second), weights, strict=True)
    )
    is_one = isinstance(part, (int, np.integer))
    return np.asarray(np.squeeze(result, axis=place) if is_one else result)


def _neighbours(wanted: Array, size: int, face: str) -> tuple[Array, Array, Array]:
    """Two positions in the staggered component for each grid point, and their weights."""
    first, second = wanted - 1, wanted.copy()
    weights = np.full((2, len(wanted)), 0.5)
    low, high = wanted == 0, wanted == size - 1
    if face == "periodic":
        # The last grid point is the first one again.
        first[low | high], second[low | high] = max(size - 2, 0), 0
        return first, second, weights
    first[low], second[low] = 0, min(1, size - 1)
    first[high], second[high] = max(size - 2, 0), max(size - 3, 0)
    outer = (0.0, 0.0) if face == "zero" else (1.5, -0.5)
    weights[:, low | high] = np.reshape(outer, (2, 1))
    return first, second, weights


def _runs(positions: Array) -> list[slice]:
    """Cover sorted positions by slices that leave out large gaps."""
    ends = np.flatnonzero(np.diff(positions) > MAX_GAP)
    starts = positions[np.concatenate([[0], ends + 1])]
    stops = positions[np.concatenate([ends, [-1]])] + 1
    return [slice(int(start), int(stop)) for start, stop in zip(starts, stops, strict=True)]
