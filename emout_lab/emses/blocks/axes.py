"""The same values with other axes: in another order, or more of them."""

from __future__ import annotations

from collections.abc import Hashable, Sequence

import numpy as np

from emout_lab.emses.blocks.along import Picked
from emout_lab.emses.blocks.nodes import (
    ALL,
    Array,
    Evaluation,
    Index,
    Key,
    Node,
    is_number,
)


class Transposed(Node):
    """The same values with their axes in another order.

    Parameters
    ----------
    operand : Node
    order : tuple of int
        Axis of the operand that each axis is.
    """

    def __init__(self, operand: Node, order: tuple[int, ...]) -> None:
        self.operand = operand
        self.order = order
        self.dtype = operand.dtype
        self.shape = tuple(operand.shape[axis] for axis in order)

    @property
    def operands(self) -> Sequence[Node]:
        """The operand."""
        return (self.operand,)

    @property
    def whole_axes(self) -> frozenset[int]:
        """Those of the operand."""
        whole = self.operand.whole_axes
        return frozenset(n for n, axis in enumerate(self.order) if axis in whole)

    def _taken(self, key: Key, taken: dict[Hashable, Node]) -> Node:
        inner: list[Index] = [ALL] * self.ndim
        for axis, part in zip(self.order, key, strict=True):
            inner[axis] = part
        left = [a for a, p in zip(self.order, key, strict=True) if not is_number(p)]
        places = sorted(left)
        return Transposed(
            self.operand.take(tuple(inner), taken), tuple(places.index(axis) for axis in left)
        )

    def _computed(self, made: Evaluation) -> Array:
        return np.transpose(made.values(self.operand), self.order)


class Expanded(Node):
    """The same values with one more axis, of length 1.

    Parameters
    ----------
    operand : Node
    axis : int
        Where it is put.
    """

    def __init__(self, operand: Node, axis: int) -> None:
        self.operand = operand
        self.axis = axis
        self.dtype = operand.dtype
        self.shape = (*operand.shape[:axis], 1, *operand.shape[axis:])

    @property
    def operands(self) -> Sequence[Node]:
        """The operand."""
        return (self.operand,)

    @property
    def whole_axes(self) -> frozenset[int]:
        """Those of the operand."""
        return frozenset(n + (n >= self.axis) for n in self.operand.whole_axes)

    def _taken(self, key: Key, taken: dict[Hashable, Node]) -> Node:
        inner = self.operand.take((*key[: self.axis], *key[self.axis + 1 :]), taken)
        part = key[self.axis]
        if is_number(part):
            return inner
        count = len(range(1)[part]) if isinstance(part, slice) else np.size(part)
        place = sum(not is_number(each) for each in key[: self.axis])
        made = Expanded(inner, place)
        if count == 1:
            return made
        return Picked(made, place, np.zeros(count, int))

    def _computed(self, made: Evaluation) -> Array:
        return np.expand_dims(made.values(self.operand), self.axis)
