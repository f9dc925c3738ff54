"""Particles in blocks: ranges of a step's particles, of a bounded number of bytes.

A block is a task, on whichever worker; a task reads its block piece by piece. Memory stays flat,
however many particles there are.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np

from emout_lab.config import load
from emout_lab.emses import execution, policy
from emout_lab.emses.executor import Executor
from emout_lab.emses.particles.reading import values_of
from emout_lab.emses.particles.rows import Rows
from emout_lab.emses.particles.source import ParticleSource, StepColumn
from emout_lab.policies import LOCAL

Array = np.ndarray[Any, Any]

#: Bytes of a block in the files, at most; particles of one, at least; how many blocks are enough.
BLOCK_BYTES = 64 * 2**20
FEWEST_ROWS = 2**18
BLOCKS = 64
#: Particles that are in memory at once.
PIECE_ROWS = 2**18


@dataclass(frozen=True)
class Selection:
    """Particles of some output steps.

    Parameters
    ----------
    source : ParticleSource
        Of the species.
    positions : sequence of int
        The steps.
    rows : range or ndarray of int, optional
        Of the one step that there is, which particles; all by default.
    """

    source: ParticleSource
    positions: Sequence[int]
    rows: Rows | None = None

    @property
    def name(self) -> str:
        """What the code calls it."""
        if len(self.positions) != 1:
            return self.source.name
        return f"{self.source.name}[{self.positions[0]}]"

    def rows_of(self, columns: Sequence[str]) -> list[Rows]:
        """Return the particles of each step; the columns have to agree on how many there are."""
        counts = self.source.counts(self.positions, columns)
        return [range(count) for count in counts] if self.rows is None else [self.rows]


@dataclass(frozen=True)
class Part:
    """Particles of one step, and what belongs to each besides its columns.

    Parameters
    ----------
    position : int
        Of the step.
    columns : tuple of StepColumn
        What is read.
    rows : range or ndarray of int
        Which particles.
    extra : mapping of str to ndarray
        Values of these particles that are in no file.
    """

    position: int
    columns: tuple[StepColumn, ...]
    rows: Rows
    extra: Mapping[str, Array] = field(default_factory=dict)

    def cut(self, start: int, stop: int) -> Part:
        """Return some of the particles."""
        extra = {name: values[start:stop] for name, values in self.extra.items()}
        return Part(self.position, self.columns, self.rows[start:stop], extra)


#: What a kernel is given: the position of a step, and the columns of some of its particles.
Pieces = Iterator[tuple[int, dict[str, Array]]]


class Kernel(Protocol):
    """What is computed of blocks."""

    def __call__(self, pieces: Pieces) -> Any:
        """Return the result for particles that come piece by piece."""


def over_blocks(
    selection: Selection,
    columns: Sequence[str],
    kernel: Kernel,
    *,
    label: str,
    extra: Mapping[str, Array] | None = None,
) -> list[Any]:
    """Compute something of all blocks, on all workers there are.

    Parameters
    ----------
    selection : Selection
        Which particles.
    columns : sequence of str
        What the kernel needs of them.
    kernel : Kernel
        Called as ``kernel(pieces)`` for each block.
    label : str
        What is computed, for whoever watches the progress.
    extra : mapping of str to ndarray, optional
        Values of the particles that are in no file.

    Returns
    -------
    list
        Results in the order of the particles.
    """
    source = selection.source
    blocks = list(_blocks(selection, columns, extra or {}))
    terms = {"policy": source.policy, "is_granted": source.is_granted}
    tasks = [(kernel, parts, source.name, terms, label) for parts in blocks]
    row_bytes = sum(source.dtype(name).itemsize for name in columns)
    nbytes = row_bytes * sum(len(part.rows) for parts in blocks for part in parts)
    return _executor(source).map(run_block, tasks, label=label, uses_threads=True, nbytes=nbytes)


def run_block(
    kernel: Kernel,
    parts: Sequence[Part],
    name: str,
    terms: Mapping[str, Any],
    label: str,
) -> Any:
    """Task: compute something of one block."""

    def pieces() -> Pieces:
        for part in parts:
            for start in range(0, len(part.rows), PIECE_ROWS):
                execution.current().check_wanted(label)
                piece = part.cut(start, start + PIECE_ROWS)
                where = f"{name}[{part.position}]"
                read = values_of(piece.columns, piece.rows, where, **terms)
                names = (column.name for column in piece.columns)
                yield part.position, {**dict(zip(names, read, strict=True)), **piece.extra}

    return kernel(pieces())


def _executor(source: ParticleSource) -> Executor:
    """Return who computes: this process where the policy keeps everything here."""
    current = execution.current()
    is_local = policy.effective(source.policy, load()) == LOCAL
    return execution.HERE if is_local and not current.is_on_worker else current


def _blocks(
    selection: Selection, columns: Sequence[str], extra: Mapping[str, Array]
) -> Iterator[tuple[Part, ...]]:
    """Cut particles into blocks; short steps share one."""
    source = selection.source
    rows = selection.rows_of(columns)
    row_bytes = sum(source.dtype(name).itemsize for name in columns)
    enough = -(-sum(map(len, rows)) // BLOCKS)
    size = min(max(enough, FEWEST_ROWS), max(1, BLOCK_BYTES // row_bytes))
    block: list[Part] = []
    room = size
    for position, its_rows in zip(selection.positions, rows, strict=True):
        step = tuple(source.column(position, name) for name in columns)
        whole = Part(position, step, its_rows, extra)
        start = 0
        while start < len(its_rows):
            part = whole.cut(start, min(start + room, len(its_rows)))
            block.append(part)
            start += len(part.rows)
            room -= len(part.rows)
            if not room:
                yield tuple(block)
                block, room = [], size
    if block:
        yield tuple(block)
