"""Points of phase space on a grid of up to six axes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from emout_lab.errors import SpecError

Array = np.ndarray[Any, Any]

#: Axes of phase space, in this order everywhere.
AXES = ("x", "y", "z", "vx", "vy", "vz")


@dataclass(frozen=True)
class PhaseGrid:
    """All combinations of six axes; the last one (``vz``) varies fastest.

    Parameters
    ----------
    axes : tuple of ndarray
        Values along x, y, z, vx, vy, vz.
    part : tuple of int, optional
        First point, and the one after the last, of a part of the grid.

    Examples
    --------
    >>> grid = PhaseGrid.of(1.0, 2.0, 3.0, (-1, 1, 3), 0.0, [5.0, 6.0])
    >>> grid.shape, len(grid)
    ((1, 1, 1, 3, 1, 2), 6)
    >>> grid[:2].points()
    array([[ 1.,  2.,  3., -1.,  0.,  5.],
           [ 1.,  2.,  3., -1.,  0.,  6.]])
    """

    axes: tuple[Array, ...]
    part: tuple[int, int] | None = None

    @classmethod
    def of(cls, *axes: Any) -> PhaseGrid:
        """Make a grid of six axes, each a number, ``(start, stop, n)`` or values."""
        return cls(tuple(axis_values(name, axis) for name, axis in zip(AXES, axes, strict=True)))

    @property
    def shape(self) -> tuple[int, ...]:
        """Number of values along each axis."""
        return tuple(len(axis) for axis in self.axes)

    def __len__(self) -> int:
        start, stop = self._range()
        return stop - start

    def __getitem__(self, part: slice) -> PhaseGrid:
        """Return some of the points, as a grid that knows which."""
        start, stop = self._range()
        first, last, _ = part.indices(stop - start)
        return PhaseGrid(self.axes, (start + first, start + max(first, last)))

    def points(self) -> Array:
        """Return the points, flattened, as an array of shape (n, 6)."""
        positions = np.unravel_index(np.arange(*self._range()), self.shape)
        return np.stack(
            [axis[place] for axis, place in zip(self.axes, positions, strict=True)], axis=1
        )

    def _range(self) -> tuple[int, int]:
        return self.part or (0, int(np.prod(self.shape, dtype=np.int64)))


def axis_values(name: str, axis: Any) -> Array:
    """Return the values of an axis.

    Parameters
    ----------
    name : str
        Which one, for messages.
    axis : float, (float, float, int) or array_like
        A number, a tuple ``(start, stop, n)``, or values in rising or falling order.

    Raises
    ------
    SpecError
        When it is none of these.
    """
    if isinstance(axis, tuple) and len(axis) == 3 and isinstance(axis[2], (int, np.integer)):
        start, stop, count = axis
        if count < 1:
            raise SpecError(f"{name}={axis!r}: an axis has at least one value.", name)
        return np.linspace(float(start), float(stop), int(count))
    try:
        values = np.atleast_1d(np.asarray(axis, dtype=np.float64))
    except (TypeError, ValueError):
        values = np.empty((0, 0))
    if values.ndim != 1 or not values.size or not np.all(np.isfinite(values)):
        raise SpecError(
            f"{name}={axis!r} is no axis: give a number, (start, stop, n) or a list of numbers.",
            name,
        )
    slope = np.diff(values)
    if not (np.all(slope > 0) or np.all(slope < 0)):
        raise SpecError(f"{name}: the values of an axis must rise or fall throughout.", name)
    return values
