"""Values in memory that many tasks need: sent to the workers once, not along with each task."""

from __future__ import annotations

import copy
import math
from collections.abc import Mapping

from emout_lab.emses.blocks.keeping import Kept, Piece
from emout_lab.emses.blocks.nodes import Elementwise, Node
from emout_lab.emses.blocks.partition import Region, blocks_of, slices
from emout_lab.emses.blocks.stored import Stored
from emout_lab.emses.executor import Executor
from emout_lab.xarrays import is_in_memory

#: Smaller values go along with each task; larger ones are sent in pieces.
LEAST_SENT_BYTES, PIECE_BYTES = 1_000_000, 8_000_000


def with_sent(node: Node, executor: Executor, *, lasting: bool = False) -> Node:
    """Return the same expression, with what its parts share sent to the workers.

    What is repeated along an axis is needed by all tasks that lie along it: a mean over the steps
    would travel with each of them. The values stay with the workers as long as the node lives;
    ``lasting`` ones are sent again if they are lost.
    """
    known: dict[tuple[object, ...], Kept] = {}
    sent: dict[int, Node] = {}
    for each in node.walk():
        if isinstance(each, Stored) and _is_shared(each, node):
            values = each.variable.values
            # Operands that a user wrote twice are the same memory.
            same = (values.__array_interface__["data"][0], values.shape, values.strides)
            if same not in known:
                whole: Region = tuple((0, size) for size in values.shape)
                regions = list(blocks_of(whole, values.itemsize, (), PIECE_BYTES))
                handles = executor.send([values[slices(at)] for at in regions], lasting=lasting)
                pieces = [Piece(at, handle) for at, handle in zip(regions, handles, strict=True)]
                known[same] = Kept.of(pieces, each)
            sent[id(each)] = known[same]
    return _replaced(node, sent) if sent else node


def _is_shared(leaf: Stored, node: Node) -> bool:
    size = math.prod(leaf.shape)
    is_heavy = size * leaf.dtype.itemsize >= LEAST_SENT_BYTES
    # Of what is as large as the whole each task gets its own part.
    is_repeated = size * 2 <= math.prod(node.shape)
    return is_heavy and is_repeated and leaf.recipe is None and is_in_memory(leaf.variable)


def _replaced(node: Node, leaves: Mapping[int, Node]) -> Node:
    """Return an expression with other nodes in the place of some, given by their ``id``."""
    made = dict(leaves)

    def of(each: Node) -> Node:
        if id(each) not in made:
            operands = [of(operand) for operand in each.operands]
            changed = any(a is not b for a, b in zip(operands, each.operands, strict=True))
            made[id(each)] = _with_operands(each, operands) if changed else each
        return made[id(each)]

    return of(node)


def _with_operands(node: Node, operands: list[Node]) -> Node:
    found = copy.copy(node)
    if isinstance(found, Elementwise):
        rest = iter(operands)
        found.arguments = tuple(
            next(rest) if isinstance(item, Node) else item for item in found.arguments
        )
    else:
        vars(found)["operand"] = operands[0]
    return found
