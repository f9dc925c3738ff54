"""Which bytes of a step a slab needs, and how they are brought into an array.

A step of a contiguous dataset is one piece of the file. A slab is read by spans of it: whole planes
and steps straight into the result, sparse ones through a small buffer where that saves reads.
"""

from __future__ import annotations

import math
import os
from collections.abc import Sequence
from functools import cached_property
from typing import Any

import numpy as np

Array = np.ndarray[Any, Any]
Part = Any  # int, slice or array of int

#: Bytes that are read in the time that one more read takes.
READ_COST = 8192
#: A buffer is no larger than this: it stays in the processor's cache, and costs no memory.
MAX_BUFFER = 1 << 20

#: Positions that are further apart than this on average are selected one by one by HDF5.
SPARSE = 8


def positions_of(part: Part, size: int) -> Array:
    """Positions that one part of an index names, as they come, none of them negative.

    Examples
    --------
    >>> positions_of(slice(None, None, -2), 5), positions_of(-1, 5)
    (array([4, 2, 0]), array([4]))
    """
    if isinstance(part, slice):
        return np.arange(*part.indices(size))
    positions = np.atleast_1d(np.asarray(part, dtype=np.intp))
    return np.where(positions < 0, positions + size, positions)


class SlabPlan:
    """How a slab of a step is read.

    Parameters
    ----------
    grid : tuple of int
        Shape of the step.
    space : tuple of int, slice or ndarray
        The slab, one part per dimension.
    dtype : numpy.dtype
        Type of the values as they are stored.

    Examples
    --------
    >>> SlabPlan((4, 5, 6), (slice(1, 3), 2, slice(None)), np.dtype("f4")).shape
    (2, 6)
    """

    def __init__(self, grid: Sequence[int], space: Sequence[Part], dtype: np.dtype[Any]) -> None:
        self.grid = tuple(grid)
        self.dtype = dtype
        pairs = list(zip(space, self.grid, strict=True))
        self.positions = [positions_of(part, size) for part, size in pairs]
        #: Shape with all dimensions, and without those at one position.
        self.full_shape = tuple(len(each) for each in self.positions)
        is_one = [isinstance(part, (int, np.integer)) for part in space]
        self.shape = tuple(
            size for size, one in zip(self.full_shape, is_one, strict=True) if not one
        )

    @cached_property
    def bounds(self) -> list[tuple[int, int]]:
        """First and one after the last position in each dimension."""
        return [(int(each.min()), int(each.max()) + 1) for each in self.positions]

    @cached_property
    def level(self) -> int:
        """From which dimension on a span has everything; those before it are read one by one."""
        best, least = len(self.grid), math.inf
        for level in range(len(self.grid), -1, -1):
            span = self._span(level)
            is_buffered = not self._is_direct(level)
            if is_buffered and span > MAX_BUFFER and level < len(self.grid) - 1:
                break
            cost = math.prod(self.full_shape[:level]) * (READ_COST + span)
            if cost <= least:
                best, least = level, cost
        return best

    @cached_property
    def starts(self) -> list[int]:
        """Where in the step each span begins, in bytes."""
        strides = [math.prod(self.grid[axis + 1 :]) for axis in range(len(self.grid))]
        start = np.zeros((), dtype=np.intp)
        for axis in range(self.level):
            start = np.add.outer(start, self.positions[axis] * strides[axis])
        if self.level < len(self.grid):
            start = start + self.bounds[self.level][0] * strides[self.level]
        return [int(each) * self.dtype.itemsize for each in start.ravel()]

    @cached_property
    def span(self) -> int:
        """Bytes of a span."""
        return self._span(self.level)

    @cached_property
    def _box(self) -> tuple[int, ...]:
        """Shape of a span."""
        if self.level == len(self.grid):
            return ()
        low, high = self.bounds[self.level]
        return (high - low, *self.grid[self.level + 1 :])

    @cached_property
    def _pick(self) -> tuple[Any, ...]:
        """What of a span is wanted, as an index of numpy."""
        lows = [self.bounds[self.level][0]] if self._box else []
        lows += [0] * (len(self._box) - 1)
        wanted = self.positions[self.level :]
        return _as_index([each - low for each, low in zip(wanted, lows, strict=True)])

    def _span(self, level: int) -> int:
        if level == len(self.grid):
            return self.dtype.itemsize
        low, high = self.bounds[level]
        return (high - low) * math.prod(self.grid[level + 1 :]) * self.dtype.itemsize

    def _is_direct(self, level: int) -> bool:
        """Whether a span is what is wanted, as it is."""
        parts = zip(self.positions[level:], self.grid[level:], strict=True)
        return all(
            _is_range(each) and (place == 0 or len(each) == size)
            for place, (each, size) in enumerate(parts)
        )

    @cached_property
    def is_direct(self) -> bool:
        """Whether the file's bytes go straight into the result."""
        return self._is_direct(self.level)

    def read(self, descriptor: int, offset: int, target: Array) -> None:
        """Read the slab of the step that begins at an offset.

        Parameters
        ----------
        descriptor : int
            The open file.
        offset : int
            Where the step begins in it.
        target : ndarray
            Takes the values: contiguous, of the plan's `dtype` and `shape`.

        Raises
        ------
        EOFError
            When the file ends before.
        OSError
            When the file system fails.
        """
        if self.is_direct:
            memory = memoryview(target.reshape(-1).view(np.uint8))
            place = 0
            for start in self.starts:
                read_exactly(descriptor, memory[place : place + self.span], offset + start)
                place += self.span
            return
        box = np.empty(self._box, self.dtype)
        memory = memoryview(box.reshape(-1).view(np.uint8))
        pieces = target.reshape((len(self.starts), *self.full_shape[self.level :]))
        for start, piece in zip(self.starts, pieces, strict=True):
            read_exactly(descriptor, memory, offset + start)
            piece[...] = box[self._pick]

    def read_dataset(self, dataset: Any, target: Array) -> None:
        """Let HDF5 read the slab of a dataset.

        Parameters
        ----------
        dataset : h5py.Dataset
            The step.
        target : ndarray
            Takes the values, as in `read`.
        """
        selection, pick = self._selection
        target = target.reshape(self.full_shape)
        if pick is None:
            dataset.read_direct(target, selection)
        else:
            target[...] = dataset[selection][pick]

    @cached_property
    def _selection(self) -> tuple[tuple[Any, ...], tuple[Any, ...] | None]:
        """What h5py can select, and what is to be picked of that; None if it is all as it is."""
        selection: list[Any] = []
        within = []
        for positions, (low, high) in zip(self.positions, self.bounds, strict=True):
            stride = abs(_stride(positions) or 0)
            is_sparse = not stride and high - low > SPARSE * len(positions)
            if is_sparse and not any(isinstance(part, np.ndarray) for part in selection):
                # HDF5 takes one list of positions, and each of them once.
                found, places = np.unique(positions, return_inverse=True)
                selection.append(found)
                within.append(places)
            else:
                stride = stride or 1
                selection.append(slice(low, high, stride))
                within.append((positions - low) // stride)
        is_all = all(np.array_equal(each, np.arange(len(each))) for each in within)
        is_all = is_all and all(isinstance(part, slice) for part in selection)
        return tuple(selection), None if is_all else _as_index(within)


def read_exactly(descriptor: int, memory: memoryview, offset: int) -> None:
    """Fill a memory with the bytes of a file from an offset on.

    Raises
    ------
    EOFError
        When the file ends before.
    """
    count = os.preadv(descriptor, [memory], offset)
    while count < len(memory):
        # The kernel gives no more than 2 GB at once.
        more = os.preadv(descriptor, [memory[count:]], offset + count)
        if not more:
            raise EOFError(
                f"the file ends at byte {offset + count:,}, its header promises data up to "
                f"{offset + len(memory):,}: it was cut off"
            )
        count += more


def _is_range(positions: Array) -> bool:
    first, last = int(positions[0]), int(positions[-1])
    if last - first != len(positions) - 1:
        return False
    return len(positions) < 3 or bool(np.all(np.diff(positions) == 1))


def _as_index(positions: list[Array]) -> tuple[Any, ...]:
    """Return an index that takes these positions in each dimension; slices where they do."""
    parts = [each if _stride(each) is None else _slice(each) for each in positions]
    if all(isinstance(part, slice) for part in parts):
        return tuple(parts)
    return np.ix_(*positions)


def _stride(positions: Array) -> int | None:
    if len(positions) < 2:
        return 1
    steps = np.diff(positions)
    return int(steps[0]) if steps[0] and np.all(steps == steps[0]) else None


def _slice(positions: Array) -> slice:
    step = _stride(positions) or 1
    stop = int(positions[-1]) + (1 if step > 0 else -1)
    return slice(int(positions[0]), stop if stop >= 0 else None, step)
