"""Which bytes of a step a slab needs, and how they are brought into an array.

A step of a contiguous dataset is one piece of the file. A slab is read by spans of it: whole planes
and steps straight into the result, sparse ones through a small buffer where that saves reads.
"""

from __future__ import annotations

import itertools
import math
import os
from collections.abc import Sequence
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np

Array = np.ndarray[Any, Any]
Part = Any  # int, slice or array of int

#: Bytes that are read in the time that one more read takes. From the page cache it would be half of
#: it, from a disk that is not told beforehand four times as much.
READ_COST = 1 << 14
#: A buffer is not much larger than this: it stays in the processor's cache, and costs no memory.
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


class _Span(NamedTuple):
    """One read: positions along a dimension, with everything in the dimensions after it."""

    low: int
    high: int
    #: Where the values go along that dimension.
    rows: Any
    #: Which of the values are wanted, as an index of numpy; None where all of them are.
    pick: tuple[Any, ...] | None


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
    def _is_whole(self) -> list[bool]:
        """Whether a dimension is wanted from its first position to its last."""
        pairs = zip(self.positions, self.grid, strict=True)
        return [len(each) == size and _is_range(each) for each, size in pairs]

    @cached_property
    def bounds(self) -> list[tuple[int, int]]:
        """First and one after the last position in each dimension."""
        return [(int(each.min()), int(each.max()) + 1) for each in self.positions]

    @cached_property
    def level(self) -> int:
        """The dimension along which the file is read; those before are gone through one by one."""
        last = len(self.grid) - 1
        # Where a plane is wanted as a whole, nothing is gained by reading it in parts.
        whole = next((axis for axis in range(last) if all(self._is_whole[axis + 1 :])), last)
        return min(range(whole, -1, -1), key=self._cost)

    def _cost(self, level: int) -> int:
        """Bytes that could be read in the time that it takes."""
        plane = self._plane(level)
        spans = self._spans_of(level)
        once = sum(READ_COST + (span.high - span.low) * plane for span in spans)
        return math.prod(self.full_shape[:level]) * once

    def _plane(self, level: int) -> int:
        """Bytes of the file from one position of a dimension to the next."""
        return math.prod(self.grid[level + 1 :]) * self.dtype.itemsize

    @cached_property
    def starts(self) -> list[int]:
        """Where in the step each position of the dimensions before `level` begins, in bytes."""
        start = np.zeros((), dtype=np.intp)
        for axis in range(self.level):
            start = np.add.outer(start, self.positions[axis] * self._plane(axis))
        return [int(each) for each in start.ravel()]

    @cached_property
    def spans(self) -> list[_Span]:
        """What is read at each of the starts."""
        return self._spans_of(self.level)

    def _spans_of(self, level: int) -> list[_Span]:
        positions = self.positions[level]
        is_all = all(self._is_whole[level + 1 :])
        if is_all and _is_range(positions):
            return [_Span(int(positions[0]), int(positions[-1]) + 1, slice(None), None)]
        order = np.argsort(positions, kind="stable")
        plane = self._plane(level)
        groups = _close_together(positions[order], 1 + READ_COST // plane)
        spans = []
        for group in groups:
            rows = order[group]
            if is_all and _is_range(positions[rows]) and _is_range(rows):
                low, high = int(positions[rows[0]]), int(positions[rows[-1]]) + 1
                spans.append(_Span(low, high, slice(int(rows[0]), int(rows[-1]) + 1), None))
            else:
                parts = _cut(positions[rows], max(1, MAX_BUFFER // plane))
                spans += [self._buffered(level, rows[part]) for part in parts]
        return spans

    def _buffered(self, level: int, rows: Array) -> _Span:
        wanted = self.positions[level][rows]
        low, high = int(wanted[0]), int(wanted[-1]) + 1
        pick = _as_index([wanted - low, *self.positions[level + 1 :]])
        return _Span(low, high, _as_index([rows])[0], pick)

    @cached_property
    def pieces(self) -> list[tuple[int, int]]:
        """Where in the step each read begins, and how long it is, in bytes."""
        plane = self._plane(self.level)
        return [
            (start + span.low * plane, (span.high - span.low) * plane)
            for start in self.starts
            for span in self.spans
        ]

    @cached_property
    def nbytes(self) -> int:
        """Bytes that are read of a step."""
        return sum(length for _, length in self.pieces)

    def announce(self, descriptor: int, offset: int) -> None:
        """Let the kernel fetch what will be read of a step, many pieces at once."""
        for place, length in self.pieces:
            os.posix_fadvise(descriptor, offset + place, length, os.POSIX_FADV_WILLNEED)

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
        if len(self.spans) == 1 and self.spans[0].pick is None:
            # Straight into the result, which has its values in the order of the file.
            memory = target.reshape(-1).view(np.uint8).data
            done = 0
            for place, length in self.pieces:
                read_exactly(descriptor, memory[done : done + length], offset + place)
                done += length
            return
        parts = target.reshape((len(self.starts), *self.full_shape[self.level :]))
        for start, part in zip(self.starts, parts, strict=True):
            for span in self.spans:
                self._read_span(span, descriptor, offset + start, part)

    def _read_span(self, span: _Span, descriptor: int, offset: int, part: Array) -> None:
        is_direct = span.pick is None
        shape = (span.high - span.low, *self.grid[self.level + 1 :])
        values = part[span.rows] if is_direct else np.empty(shape, self.dtype)
        memory = values.reshape(-1).view(np.uint8).data
        read_exactly(descriptor, memory, offset + span.low * self._plane(self.level))
        if not is_direct:
            part[span.rows] = values[span.pick]

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


def _close_together(positions: Array, gap: int) -> list[slice]:
    """Return groups of sorted positions that are not further apart than a gap."""
    ends = np.flatnonzero(np.diff(positions) > gap) + 1
    return [slice(a, b) for a, b in itertools.pairwise([0, *ends.tolist(), len(positions)])]


def _cut(positions: Array, count: int) -> list[slice]:
    """Cut sorted positions into parts that span no more than a count of them."""
    return _close_together((positions - positions[0]) // count, 0)


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
