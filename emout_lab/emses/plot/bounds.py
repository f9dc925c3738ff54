"""Boxes in space that a drawing is kept to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from emout_lab.emses.plot.labels import View
from emout_lab.errors import BadOption

Array = np.ndarray[Any, Any]
Interval = tuple[float | None, float | None]

#: An interval without ends.
OPEN: Interval = (None, None)


@dataclass(frozen=True)
class Bounds3D:
    """A box along the axes, in the unit of the drawing.

    Parameters
    ----------
    x, y, z : (float or None, float or None)
        Lower and upper end; None where the volume ends.

    Raises
    ------
    BadOption
        When an interval is none.

    Examples
    --------
    >>> Bounds3D(x=(0, 1), y=(0, 1), z=(0, 2)).expanded(0.5).z
    (-1.0, 3.0)
    """

    x: Interval = OPEN
    y: Interval = OPEN
    z: Interval = OPEN

    def __post_init__(self) -> None:
        for name in "xyz":
            object.__setattr__(self, name, _interval(name, getattr(self, name)))

    @classmethod
    def of(cls, what: Any) -> Bounds3D:
        """Take a mapping, three intervals or another object that has x, y and z as a box.

        Examples
        --------
        >>> Bounds3D.of({"z": (0.0, 0.5)}).z, Bounds3D.of([(0, 1), (0, 2), (0, 3)]).y
        ((0.0, 0.5), (0.0, 2.0))
        """
        if isinstance(what, cls):
            return what
        if isinstance(what, Mapping) and set(what) <= set("xyz"):
            return cls(**what)
        if all(hasattr(what, name) for name in "xyz"):
            return cls(what.x, what.y, what.z)
        if isinstance(what, (tuple, list, np.ndarray)) and len(what) == 3:
            return cls(*what)
        raise BadOption(
            f"bounds={what!r} is no box: give the ends along each axis, such as "
            "bounds={'x': (0, 0.02), 'z': (0.01, None)}.",
            "bounds",
        )

    def expanded(self, frac: float = 0.05) -> Bounds3D:
        """Return a box that is larger at each end by a part of its length."""
        sides = []
        for low, high in (self.x, self.y, self.z):
            if low is None or high is None:
                sides.append((low, high))
            else:
                room = frac * (high - low)
                sides.append((low - room, high + room))
        return Bounds3D(*sides)

    def within(self, view: View) -> list[tuple[float, float]]:
        """Return both ends along x, y and z, with those of a volume where there are none.

        Raises
        ------
        BadOption
            When nothing of the volume lies in the box.
        """
        limits = []
        for name in "xyz":
            number = view.dims.index(name)
            axis, unit = view.axes[number], view.axis_units[number]
            first, last = float(axis.min()), float(axis.max())
            low, high = getattr(self, name)
            if (low is not None and low > last) or (high is not None and high < first):
                raise BadOption(
                    f"bounds: {name} from {low} to {high} lies outside the volume, which goes "
                    f"from {first:g} to {last:g} {unit}. Are both in the same unit (use_si)?",
                    "bounds",
                )
            limits.append((first if low is None else low, last if high is None else high))
        return limits

    def contains(self, points: Array) -> Array:
        """Tell which points lie inside; shape (n, 3), x first."""
        is_inside = np.ones(len(points), dtype=bool)
        for number, (low, high) in enumerate((self.x, self.y, self.z)):
            if low is not None:
                is_inside &= points[:, number] >= low
            if high is not None:
                is_inside &= points[:, number] <= high
        return is_inside

    def part(self, name: str, axis: Array) -> slice:
        """Return which positions along an axis are needed to interpolate inside the box."""
        low, high = getattr(self, name)
        is_in = np.ones(len(axis), dtype=bool)
        if low is not None:
            is_in &= axis >= low
        if high is not None:
            is_in &= axis <= high
        inside = np.flatnonzero(is_in)
        if not len(inside):
            return slice(None)
        return slice(max(0, int(inside[0]) - 1), int(inside[-1]) + 2)


def _interval(name: str, given: Any) -> Interval:
    try:
        low, high = given
        ends = [None if end is None else float(end) for end in (low, high)]
    except (TypeError, ValueError):
        ends = [1.0, 0.0]
    numbers = [end for end in ends if end is not None]
    if not np.isfinite(numbers).all() or (len(numbers) == 2 and numbers[0] >= numbers[1]):
        raise BadOption(
            f"bounds: {name}={given!r} is no interval. Give its lower and its upper end, such as "
            f"{name}=(0, 0.02); None is the end of the volume.",
            "bounds",
        )
    return ends[0], ends[1]
