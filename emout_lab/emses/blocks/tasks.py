"""Parts of large arrays as tasks for all workers, and their blocks one after another."""

from __future__ import annotations

import math
import os
from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any

import numpy as np

from emout_lab.emses import bad_steps, execution
from emout_lab.emses.blocks.keeping import Kept, Piece, own_regions, pieces_needed, value_of
from emout_lab.emses.blocks.nodes import Evaluation, Node
from emout_lab.emses.blocks.partition import Extent, Region, blocks_of, slices, tasks_of
from emout_lab.emses.blocks.sending import with_sent
from emout_lab.emses.blocks.stored import terms_of
from emout_lab.emses.execution import HERE
from emout_lab.emses.executor import Executor

Array = np.ndarray[Any, Any]


def run(
    node: Node,
    function: Callable[..., Any],
    args: tuple[Any, ...],
    kept: Sequence[int],
    label: str,
    *,
    only_kept: bool = False,
) -> list[tuple[Region, Any]]:
    """Call ``function(part, *args)`` for each `Part` of an array, on all workers.

    Returns
    -------
    list of (Region, object)
        Where each part lies, and what the function gave for it.
    """
    executor = executor_of(node)
    extent = Extent(node.shape, bytes_per_value(node), node.whole_axes)
    # Where the values lie already is where they are best used.
    regions = None if only_kept else own_regions(node)
    if regions is None:
        regions = tasks_of(extent, kept, executor.threads(), only_kept=only_kept)
    node = with_sent(node, executor) if len(regions) > 1 else node
    tasks = [task(function, node, region, extent.itemsize, args) for region in regions]
    results = call_all(tasks, label, extent.nbytes, executor)
    return list(zip(regions, results, strict=True))


def call_all(
    tasks: Sequence[tuple[Any, ...]], label: str, nbytes: int, executor: Executor
) -> list[Any]:
    """Do all tasks that `task` has made, and warn once of what they could not read."""
    answers = executor.map(_call_noting, tasks, label=label, uses_threads=True, nbytes=nbytes)
    bad_steps.warn_of(chain.from_iterable(found for _, found in answers))
    return [result for result, _ in answers]


def _call_noting(*task: Any) -> tuple[Any, list[bad_steps.Found]]:
    with bad_steps.collected() as found:
        return call_part(*task), found


def executor_of(node: Node) -> Executor:
    """Return who computes: this process alone, where a policy says that it reads by itself."""
    current = execution.current()
    is_local = not current.is_on_worker and any(terms.is_local for terms in terms_of(node))
    return HERE if is_local else current


def values(node: Node, label: str) -> Array:
    """Compute all values of a node on all workers, and bring them here."""
    result = np.empty(node.shape, node.dtype)
    for region, part in run(node, _values_of_part, (), range(node.ndim), label):
        result[slices(region)] = part
    return result


def keep(node: Node, label: str) -> tuple[Kept, Mapping[str, int]]:
    """Compute all values of a node on all workers, and leave them there.

    Returns
    -------
    kept : Kept
    places : mapping of str to int
        Bytes on each worker.

    Raises
    ------
    TooLarge
        When the workers have less memory.
    """
    executor = executor_of(node)
    extent = Extent(node.shape, bytes_per_value(node), node.whole_axes)
    regions = tasks_of(extent, range(node.ndim), executor.threads())
    sent = with_sent(node, executor, lasting=True) if len(regions) > 1 else node
    calls = [task(_values_of_part, sent, region, extent.itemsize) for region in regions]
    size = math.prod(node.shape) * node.dtype.itemsize
    handles, places = executor.keep(
        call_part, calls, label=label, nbytes=extent.nbytes, kept_bytes=size
    )
    # What a lost worker kept is computed again, of what was sent.
    needs = tuple(piece.handle for piece in pieces_needed(sent))
    pieces = [Piece(at, handle, needs) for at, handle in zip(regions, handles, strict=True)]
    return Kept.of(pieces, node), places


def _values_of_part(part: Part) -> Array:
    result = np.empty(part.node.shape, part.node.dtype)
    axes = range(part.node.ndim)
    for block, (values,) in part.blocks("values"):
        result[within(block, part.region, axes)] = values
    return result


def task(
    function: Callable[..., Any],
    node: Node,
    region: Region,
    itemsize: int,
    args: tuple[Any, ...] = (),
) -> tuple[Any, ...]:
    """Return the arguments of `call_part` for one part of an array."""
    part = node.take(slices(region))
    pieces = pieces_needed(part)
    names = [piece.name for piece in pieces]
    return (function, part, region, itemsize, args, names, *(piece.handle for piece in pieces))


def call_part(
    function: Callable[..., Any],
    part: Node,
    region: Region,
    itemsize: int,
    args: tuple[Any, ...],
    names: Sequence[str],
    *pieces: Array,
) -> Any:
    """Call a function for one part; what is kept of it comes with the call.

    Raises
    ------
    FileNotFoundError
        When this process does not see a file that it needs.
    """
    for each in part.walk():
        for path in getattr(each, "paths", ()):
            if not os.path.exists(path):
                raise FileNotFoundError(f"{path} is not seen from here.")
    # A piece that another process keeps has come without its values: they are made again.
    kept: dict[Hashable, Array] = {
        name: value_of(piece)
        for name, piece in zip(names, pieces, strict=True)
        if piece is not None
    }
    return function(Part(part, region, itemsize, kept), *args)


@dataclass(frozen=True)
class Part:
    """What a task works on: a part of an array.

    Parameters
    ----------
    node : Node
    region : Region
        Where it lies in the whole array.
    itemsize : int
        Bytes that each value takes while it is computed.
    kept : mapping
        Values of kept pieces by their names.
    """

    node: Node
    region: Region
    itemsize: int
    kept: Mapping[Hashable, Array]

    def blocks(
        self, label: str, whole_axes: frozenset[int] = frozenset(), nodes: Sequence[Node] = ()
    ) -> Iterator[tuple[Region, list[Array]]]:
        """Yield the blocks in turn, as long as somebody waits for the task.

        Parameters
        ----------
        label : str
            What is computed, for errors.
        whole_axes : frozenset of int
            Axes that must not be divided besides.
        nodes : sequence of Node
            What is computed of each block; by default the part itself.

        Yields
        ------
        region : Region
            Where the block lies in the whole array.
        values : list of ndarray
            Of each node.
        """
        executor = execution.current()
        own: Region = tuple((0, stop - start) for start, stop in self.region)
        for block in blocks_of(own, self.itemsize, self.node.whole_axes | whole_axes):
            executor.check_wanted(label)
            key, taken = slices(block), dict[Hashable, Node]()
            parts = [each.take(key, taken) for each in nodes or (self.node,)]
            made = Evaluation(parts, self.kept)
            yield _shifted(block, self.region), [made.values(each) for each in parts]


def _shifted(block: Region, by: Region) -> Region:
    return tuple(
        (first + start, first + stop) for (first, _), (start, stop) in zip(by, block, strict=True)
    )


def within(block: Region, region: Region, axes: Sequence[int]) -> tuple[slice, ...]:
    """Return the index of a block in what a task makes, along the axes that this has."""
    return tuple(
        slice(block[axis][0] - region[axis][0], block[axis][1] - region[axis][0]) for axis in axes
    )


def bytes_per_value(node: Node) -> int:
    """Bytes that are read, or made, for each value of an expression."""
    size = max(math.prod(node.shape), 1)
    # What is read twice in an expression is read once; a few steps of a running sum take all steps
    # of what is summed.
    sizes = {
        each.name: each.dtype.itemsize * max(1, math.ceil(math.prod(each.shape) / size))
        for each in node.walk()
        if not each.operands and math.prod(each.shape) * 2 > size
    }
    return max(sum(sizes.values()), node.dtype.itemsize, 1)
