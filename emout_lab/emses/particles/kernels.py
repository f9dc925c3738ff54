"""What is computed of each block: extents, counts, moments; and how results are joined."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, cast

import numpy as np

from emout_lab.emses.particles.blocks import Pieces
from emout_lab.emses.particles.quantities import Quantity

Array = np.ndarray[Any, Any]

#: Name of weights among the columns that a block has besides those of the files.
WEIGHTS = "<weights>"
#: Edges of bins, or how many there are.
Bins = int | Array
Range = tuple[Any, Any]
#: Which particles count: a quantity, and the lowest and highest value of it.
Limits = tuple[tuple[Quantity, float, float], ...]


@dataclass(frozen=True)
class Extents:
    """Lowest and highest value of quantities, over particles that have all of them."""

    quantities: tuple[Quantity, ...]
    limits: Limits = ()

    def __call__(self, pieces: Pieces) -> list[Range | None]:
        """Return them for a block; None where it has no such particle."""
        found: list[list[Range | None]] = []
        for _, columns in pieces:
            values = counted(columns, self.quantities, self.limits)
            if len(values[0]):
                found.append([(item.min(), item.max()) for item in values])
        return join_extents(found, len(self.quantities))


def join_extents(parts: Iterable[Sequence[Range | None]], count: int) -> list[Range | None]:
    """Join extents of blocks."""
    known = [[limits for limits in part if limits is not None] for part in parts]
    ranges = list(zip(*filter(None, known), strict=True))
    if not ranges:
        return [None] * count
    return [(min(low for low, _ in each), max(high for _, high in each)) for each in ranges]


@dataclass(frozen=True)
class Counts:
    """Histogram of one or two quantities, as NumPy counts.

    Parameters
    ----------
    quantities : tuple of Quantity
        One per dimension.
    bins, ranges : tuple
        As NumPy takes them, one per dimension; edges, or a number with a range.
    limits : tuple
        Which particles count.
    weight : Quantity, optional
        What each particle counts.
    is_weighted : bool
        Whether particles have weights, of a quantity or else of their own.
    """

    quantities: tuple[Quantity, ...]
    bins: tuple[Bins, ...]
    ranges: tuple[Range | None, ...]
    limits: Limits = ()
    weight: Quantity | None = None
    is_weighted: bool = False

    def __call__(self, pieces: Pieces) -> tuple[Array, list[Array]]:
        """Count the particles of a block; returns counts and edges."""
        total, edges = self.nothing()
        for _, columns in pieces:
            wanted = [*self.quantities, *([self.weight] if self.weight else [])]
            values = counted(columns, wanted, self.limits, has_own=self._has_own)
            if len(values[0]):
                total = total + self.count(values)[0]
        return total, edges

    def nothing(self) -> tuple[Array, list[Array]]:
        """Return counts of no particles, and the edges."""
        empty = [np.empty(0, quantity.dtype) for quantity in self.quantities]
        return self.count([*empty, *([np.empty(0)] if self.is_weighted else [])])

    @property
    def _has_own(self) -> bool:
        return self.is_weighted and self.weight is None

    def count(self, values: Sequence[Array]) -> tuple[Array, list[Array]]:
        """Count values, in as many arrays as there are quantities, and their weights."""
        # NumPy adds up weights of single precision in single precision.
        weights = values[-1].astype(np.float64) if self.is_weighted else None
        if len(self.quantities) == 1:
            counts, line = np.histogram(values[0], self.bins[0], self.ranges[0], weights=weights)
            return counts, [line]
        if not len(values[0]):
            counts, *edges = np.histogram2d(
                values[0],
                values[1],
                bins=cast("Any", list(self.bins)),
                range=cast("Any", list(self.ranges)),
                weights=weights,
            )
            return counts, edges
        _, edges = self._edges
        return _map(values[0], values[1], weights, edges, [_is_number(b) for b in self.bins]), edges

    @cached_property
    def _edges(self) -> tuple[Array, list[Array]]:
        return self.nothing()


def _is_number(bins: Bins) -> bool:
    return isinstance(bins, int)


def _map(
    x: Array, y: Array, weights: Array | None, edges: list[Array], are_even: list[bool]
) -> Array:
    """Count as `numpy.histogram2d` does, several times as fast where bins are evenly spaced."""
    shape = tuple(len(item) - 1 for item in edges)
    inside = np.ones(len(x), dtype=bool)
    for values, item in zip((x, y), edges, strict=True):
        inside &= (values >= item[0]) & (values <= item[-1])
    if not inside.all():
        x, y = x[inside], y[inside]
        weights = None if weights is None else weights[inside]
    first, second = (
        _bin_of(values, item, is_even=is_even)
        for values, item, is_even in zip((x, y), edges, are_even, strict=True)
    )
    counts = np.bincount(first * shape[1] + second, weights, minlength=shape[0] * shape[1])
    return np.asarray(counts.reshape(shape).astype(float))


def _bin_of(values: Array, edges: Array, *, is_even: bool) -> Array:
    """Return the number of the bin of each value, all of which lie within the edges."""
    last = len(edges) - 2
    if not is_even:
        return np.minimum(np.searchsorted(edges, values, side="right") - 1, last)
    low = float(edges[0])
    scale = (last + 1) / (float(edges[-1]) - low)
    found = np.minimum(((values - low) * scale).astype(np.intp), last)
    # At an edge rounding may have taken the neighbour: the edges decide, as in NumPy.
    wrong = (values < edges[found]) | ((values >= edges[found + 1]) & (found < last))
    if wrong.any():
        at = np.searchsorted(edges, values[wrong], side="right") - 1
        found[wrong] = np.minimum(at, last)
    return found


@dataclass(frozen=True)
class Moments:
    """Number, mean and sum of squared deviations of quantities in each step."""

    quantities: tuple[Quantity, ...]
    limits: Limits = ()

    def __call__(self, pieces: Pieces) -> dict[int, Moment]:
        """Return them for the steps of a block."""
        found: dict[int, Moment] = {}
        for position, columns in pieces:
            values = np.array(counted(columns, self.quantities, self.limits), dtype=np.float64)
            count = values.shape[1]
            if not count:
                continue
            mean = values.mean(axis=1)
            deviations = ((values - mean[:, None]) ** 2).sum(axis=1)
            moment = Moment(count, mean, deviations)
            found[position] = found[position].joined(moment) if position in found else moment
        return found


@dataclass(frozen=True)
class Moment:
    """Number of particles, means of their quantities, sums of squared deviations from these."""

    count: int
    mean: Array
    deviations: Array

    def joined(self, other: Moment) -> Moment:
        """Return that of both together.

        Without the cancellation of sums of squares: T. F. Chan, G. H. Golub and R. J. LeVeque,
        "Algorithms for computing the sample variance", *The American Statistician* 37, 242 (1983).
        """
        count = self.count + other.count
        step = other.mean - self.mean
        mean = self.mean + step * (other.count / count)
        between = step**2 * (self.count * other.count / count)
        return Moment(count, mean, self.deviations + other.deviations + between)


def join_moments(parts: Iterable[Mapping[int, Moment]]) -> dict[int, Moment]:
    """Join moments of blocks by step."""
    found: dict[int, Moment] = {}
    for part in parts:
        for position, moment in part.items():
            found[position] = found[position].joined(moment) if position in found else moment
    return found


def counted(
    columns: Mapping[str, Array],
    quantities: Sequence[Quantity],
    limits: Limits,
    *,
    has_own: bool = False,
) -> list[Array]:
    """Return quantities of the particles that count: those that have all of them, within limits."""
    values = [quantity.of(columns) for quantity in quantities]
    if has_own:
        values.append(columns[WEIGHTS])
    keeps = np.ones(len(values[0]), dtype=bool)
    for item in values:
        if item.dtype.kind == "f":
            keeps &= np.isfinite(item)
    for quantity, low, high in limits:
        item = quantity.of(columns)
        keeps &= (item >= low) & (item <= high)
    return values if keeps.all() else [item[keeps] for item in values]
