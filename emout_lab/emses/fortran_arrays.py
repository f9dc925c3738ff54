"""Where Fortran puts the values of a namelist: array elements, sections, storage order."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any, Final

#: No index of a parameter is larger; a wrong one shall not fill the memory.
LARGEST_INDEX: Final = 1_000_000

#: How far EMSES's arrays reach along all dimensions but the last.
_EXTENTS: Final[dict[str, tuple[int, ...]]] = {
    **dict.fromkeys(("bdyedge", "edge_ej", "staendinj", "staendinjs", "angwv"), (2,)),
    **dict.fromkeys(("npbnd", "bdycoord", "wireorigin", "oradius", "cntr_ej"), (3,)),
    **dict.fromkeys(("sprd_rdist", "cntr_rdist", "rjs", "ajs", "orgwv"), (3,)),
    **dict.fromkeys(("rtch", "dimtch", "dimclst", "odoms"), (3,)),
    **dict.fromkeys(("ldwv",), (4,)),
    **dict.fromkeys(("rclst",), (5,)),
    **dict.fromkeys(("ebamp",), (6,)),
    **dict.fromkeys(("dpprb", "dbrick"), (2, 3)),
}
#: Arrays whose dimensions EMSES has exchanged: older files have the boundary's number first.
_TURNED: Final[dict[str, int]] = {
    **dict.fromkeys(("sphere_origin", "circle_origin", "cylinder_origin", "disk_origin"), 3),
    "plane_with_circle_origin": 3,
    **dict.fromkeys(("cuboid_shape", "rectangle_shape"), 6),
}

Index = tuple[int, ...]


@dataclass(frozen=True)
class Subscript:
    """One subscript: an index, or a range ``start:stop:step``.

    Parameters
    ----------
    start, stop : int or None
        As written; `stop` belongs to the range.
    step : int
        Of a range.
    is_range : bool
        Whether there is a colon.
    """

    start: int | None
    stop: int | None = None
    step: int = 1
    is_range: bool = False

    def indices(self, extent: int | None) -> range | None:
        """Return the indices; None for a range without end where `extent` is unknown."""
        start = 1 if self.start is None else self.start
        if not self.is_range:
            return range(start, start + 1)
        stop = extent if self.stop is None else self.stop
        if stop is None:
            return None
        return range(start, stop + (1 if self.step > 0 else -1), self.step)


def first_extents(name: str) -> tuple[int, ...]:
    """Return how far an array of EMSES reaches along all dimensions but the last, if known.

    Examples
    --------
    >>> first_extents("npbnd"), first_extents("sphere_origin"), first_extents("path")
    ((3,), (3,), ())
    """
    return (_TURNED[name],) if name in _TURNED else _EXTENTS.get(name, ())


class Variable:
    """What the assignments of one name in one group give.

    Parameters
    ----------
    name : str
        In lower case.
    extents : tuple of int
        Known extents of all dimensions but the last.
    """

    def __init__(self, name: str, extents: Sequence[int] = ()) -> None:
        self._name = name
        self._extents = tuple(extents)
        # Without subscripts values count in storage order: rank 0.
        self._rank = 0
        self._items: dict[Index, Any] = {}
        self._is_indexed = False
        self._is_turned = False

    def assign(self, subscripts: tuple[Subscript, ...] | None, values: Sequence[Any]) -> None:
        """Give values to elements, in storage order from the place that is named.

        Raises
        ------
        ValueError
            When they do not fit.
        """
        if subscripts is None:
            places: Iterator[Index] = ((number,) for number in range(1, len(values) + 1))
            if self._rank > 1:
                places = (self._unravelled(place[0]) for place in places)
        else:
            self._set_rank(len(subscripts))
            places = self._places(subscripts, len(values))
        for value in values:
            place = next(places, None)
            if place is None:
                raise ValueError(f"there are {len(values)} values, more than it has places for")
            if max(map(abs, place)) > LARGEST_INDEX:
                raise ValueError(f"the index is larger than {LARGEST_INDEX}")
            # A value that is left out leaves what was there.
            if value is not None or place not in self._items:
                self._items[place] = value
        if not values and not self._items:
            self._items[(1,) * max(1, self._rank)] = None

    def parts(self, subscripts: tuple[Subscript, ...] | None) -> dict[str, Variable]:
        """Return the components (``name%part``) of one element."""
        if subscripts is not None:
            self._set_rank(len(subscripts))
        place = next(self._places(subscripts, 1)) if subscripts is not None else (1,)
        found = self._items.setdefault(place, {})
        if not isinstance(found, dict):
            raise ValueError(f"{self._name} has a value and parts")
        return found

    def value(self) -> Any:
        """Return the scalar, or lists whose index is one less than Fortran's."""
        items = {
            place: {key: part.value() for key, part in item.items()}
            if isinstance(item, dict)
            else item
            for place, item in self._items.items()
        }
        if not self._is_indexed and set(items) == {(1,)}:
            return items[(1,)]
        if self._is_old_order():
            items = {(second, first): item for (first, second), item in items.items()}
        return _nested(items)

    def _set_rank(self, rank: int) -> None:
        if self._is_indexed and rank != self._rank:
            raise ValueError(f"it has {rank} indices here and {self._rank} elsewhere")
        if self._items and not self._is_indexed and rank > 1:
            self._rank = rank
            self._items = {self._unravelled(k[0]): item for k, item in self._items.items()}
        self._is_indexed, self._rank = True, rank

    def _unravelled(self, number: int) -> Index:
        """Return the subscripts of the n-th element."""
        if len(self._extents) != self._rank - 1:
            raise ValueError(
                f"it is given with {self._rank} indices and without, and how many elements a "
                "column has is not known; write the indices"
            )
        place, rest = [], number - 1
        for extent in self._extents:
            rest, inner = divmod(rest, extent)
            place.append(inner + 1)
        return (*place, rest + 1)

    def _places(self, subscripts: tuple[Subscript, ...], count: int) -> Iterator[Index]:
        if not any(subscript.is_range for subscript in subscripts):
            return self._onwards(tuple(subscript.start or 0 for subscript in subscripts))
        self._is_turned = self._is_turned or self._names_old_order(subscripts)
        axes = [
            subscript.indices(extent)
            for subscript, extent in zip(subscripts, self._known(len(subscripts)), strict=True)
        ]
        return _section(subscripts, axes, count)

    def _known(self, rank: int) -> tuple[int | None, ...]:
        known = self._extents if len(self._extents) == rank - 1 else (None,) * (rank - 1)
        return (*known, None)

    def _onwards(self, place: Index) -> Iterator[Index]:
        """Return the elements from one on; along the first dimension where no extent is known."""
        extents = self._known(len(place))
        current = list(place)
        while True:
            yield tuple(current)
            for axis, extent in enumerate(extents):
                current[axis] += 1
                # A place beyond what is known goes on as it began.
                if extent is None or current[axis] != extent + 1:
                    break
                current[axis] = 1

    def _names_old_order(self, subscripts: tuple[Subscript, ...]) -> bool:
        """Say whether a section goes along all directions in its second index, and only there."""
        size = _TURNED.get(self._name)
        if size is None or len(subscripts) != 2:
            return False
        is_whole = [
            subscript.is_range and subscript.indices(size) == range(1, size + 1)
            for subscript in subscripts
        ]
        return is_whole == [False, True]

    def _is_old_order(self) -> bool:
        """Say whether the boundary's number was written before the direction."""
        size = _TURNED.get(self._name)
        if size is None or self._rank != 2:
            return False
        largest = [max(place[axis] for place in self._items) for axis in (0, 1)]
        return largest[1] <= size and (self._is_turned or largest[0] > size)


def _section(
    subscripts: Sequence[Subscript], axes: Sequence[range | None], count: int
) -> Iterator[Index]:
    """Return the places of an array section, the first index running fastest."""
    open_axes = [number for number, axis in enumerate(axes) if axis is None]
    if open_axes:
        others = math.prod(len(axis) for axis in axes if axis is not None)
        if len(open_axes) > 1 or (open_axes[0] < len(axes) - 1 and count % max(others, 1)):
            raise ValueError("how far ':' reaches is not known; write both ends, as in 1:3")
        subscript = subscripts[open_axes[0]]
        start = 1 if subscript.start is None else subscript.start
        length = -(-count // others) if others else 0
        reach = range(start, start + length * subscript.step, subscript.step)
        axes = [reach if axis is None else axis for axis in axes]
    closed = [axis for axis in axes if axis is not None]
    return (tuple(reversed(place)) for place in product(*reversed(closed)))


def _nested(items: dict[Index, Any]) -> Any:
    """Return lists of lists; the last dimension is the outer one."""
    rank = len(next(iter(items)))
    if rank == 0:
        return items[()]
    lowest = min(1, *(place[-1] for place in items))
    highest = max(place[-1] for place in items)
    columns: dict[int, dict[Index, Any]] = {}
    for place, item in items.items():
        columns.setdefault(place[-1], {})[place[:-1]] = item
    return [
        _nested(columns[number]) if number in columns else None
        for number in range(lowest, highest + 1)
    ]
