"""How large arrays are divided: into tasks for the workers, and these into blocks."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import TypeAlias

#: Bytes of a block: large enough to be read at the speed of the disk, small for any worker.
BLOCK_BYTES = 8_000_000
#: A task has at least so many bytes to read, for it costs some milliseconds; and at most so many,
#: for people look at the progress.
LEAST_TASK_BYTES, MOST_TASK_BYTES = 32_000_000, 2_000_000_000
#: Tasks for each thread, so that none waits long for the last one.
TASKS_PER_THREAD = 4
#: Bytes of a result that one task holds.
MOST_KEPT_BYTES = 64_000_000

#: Start and stop along each axis.
Region: TypeAlias = "tuple[tuple[int, int], ...]"


@dataclass(frozen=True)
class Extent:
    """Size of what is divided.

    Parameters
    ----------
    shape : tuple of int
    itemsize : int
        Bytes that are read or computed for each value.
    whole_axes : frozenset of int
        Axes that cannot be divided.
    """

    shape: tuple[int, ...]
    itemsize: int
    whole_axes: frozenset[int] = frozenset()

    @property
    def nbytes(self) -> int:
        """Bytes of all values."""
        return math.prod(self.shape) * self.itemsize


def tasks_of(
    extent: Extent, kept: Sequence[int], threads: int, *, only_kept: bool = False
) -> list[Region]:
    """Divide an array for workers.

    Parameters
    ----------
    extent : Extent
    kept : sequence of int
        Axes that the result has as well. These are divided first: then no two tasks work on the
        same part of the result.
    threads : int
        How many tasks run at once.
    only_kept : bool
        Whether the others must not be divided.

    Returns
    -------
    list of Region
        In the order of the values; together they are the array, each value once.

    Examples
    --------
    >>> tasks_of(Extent((40, 256, 256, 256), 4), kept=(1, 2, 3), threads=1)[0]
    ((0, 40), (0, 16), (0, 256), (0, 256))
    """
    kept_bytes = math.prod(extent.shape[axis] for axis in kept) * 8 if kept else 0
    wanted = max(
        TASKS_PER_THREAD * threads,
        16,
        extent.nbytes // MOST_TASK_BYTES,
        kept_bytes // MOST_KEPT_BYTES,
    )
    left = max(1, min(wanted, extent.nbytes // LEAST_TASK_BYTES))
    others = () if only_kept else [n for n in range(len(extent.shape)) if n not in kept]
    cuts = [1] * len(extent.shape)
    for axis in (*sorted(kept), *others):
        if left > 1 and axis not in extent.whole_axes:
            cuts[axis] = min(extent.shape[axis], left)
            left = -(-left // max(cuts[axis], 1))
    return list(
        _product([_cut(size, count) for size, count in zip(extent.shape, cuts, strict=True)])
    )


def blocks_of(
    region: Region, itemsize: int, whole_axes: Collection[int], most: int = BLOCK_BYTES
) -> Iterator[Region]:
    """Divide a part of an array into blocks that lie in one piece where they can.

    Parameters
    ----------
    region : Region
    itemsize : int
    whole_axes : collection of int
        Axes that are not divided.
    most : int
        Bytes of a block, unless the axes that are not divided take more.

    Examples
    --------
    >>> list(blocks_of(((0, 4), (0, 10), (0, 100)), 8, (), most=8000))
    [((0, 1), (0, 10), (0, 100)), ((1, 2), (0, 10), (0, 100)), ((2, 3), (0, 10), (0, 100)), \
((3, 4), (0, 10), (0, 100))]
    """
    sizes = [stop - start for start, stop in region]
    lengths = list(sizes)
    for axis, size in enumerate(sizes):
        inner = math.prod(lengths) // max(size, 1) * itemsize
        if axis in whole_axes or size <= 1:
            continue
        lengths[axis] = max(1, min(size, most // max(inner, 1)))
        if lengths[axis] > 1:
            break
    pieces = [
        [(at, min(at + length, stop)) for at in range(start, stop, max(length, 1))]
        for (start, stop), length in zip(region, lengths, strict=True)
    ]
    return _product(pieces)


def slices(region: Region) -> tuple[slice, ...]:
    """Return the index of a region.

    Examples
    --------
    >>> slices(((0, 2), (3, 5)))
    (slice(0, 2, None), slice(3, 5, None))
    """
    return tuple(slice(start, stop) for start, stop in region)


def _cut(size: int, count: int) -> list[tuple[int, int]]:
    """Divide a length evenly.

    >>> _cut(10, 3)
    [(0, 3), (3, 6), (6, 10)]
    """
    ends = [size * n // max(count, 1) for n in range(count + 1)]
    return list(zip(ends[:-1], ends[1:], strict=True))


def _product(pieces: Sequence[Sequence[tuple[int, int]]]) -> Iterator[Region]:
    if not pieces:
        yield ()
        return
    for first in pieces[0]:
        for rest in _product(pieces[1:]):
            yield (first, *rest)
