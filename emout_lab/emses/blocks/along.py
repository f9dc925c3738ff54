"""What needs all values along an axis, and single positions of it."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping, Sequence
from typing import Any

import numpy as np

from emout_lab.emses.blocks.nodes import (
    ALL,
    Array,
    Evaluation,
    Key,
    Node,
    kept_before,
)


class Along(Node):
    """A function that needs all values along an axis, such as a running sum.

    Parameters
    ----------
    function : callable
        Called as ``function(values, axis=axis, **options)``; it keeps the number of axes.
    operand : Node
    axis : int
        From 0 on.
    options : mapping, optional
        Named arguments.
    """

    def __init__(
        self,
        function: Callable[..., Any],
        operand: Node,
        axis: int,
        options: Mapping[str, Any] | None = None,
    ) -> None:
        self.function = function
        self.operand = operand
        self.axis = axis
        self.options = dict(options or {})
        sizes = tuple(size if n == axis else 1 for n, size in enumerate(operand.shape))
        sample = np.asarray(function(np.zeros(sizes, operand.dtype), axis=axis, **self.options))
        self.dtype = sample.dtype
        self.shape = tuple(
            sample.shape[axis] if n == axis else size for n, size in enumerate(operand.shape)
        )

    @property
    def operands(self) -> Sequence[Node]:
        """The operand."""
        return (self.operand,)

    @property
    def whole_axes(self) -> frozenset[int]:
        """The axis, and those of the operand."""
        return self.operand.whole_axes | {self.axis}

    def _taken(self, key: Key, taken: dict[Hashable, Node]) -> Node:
        wanted = key[self.axis]
        others = tuple(ALL if n == self.axis else part for n, part in enumerate(key))
        place = kept_before(others, self.axis)
        node: Node = Along(self.function, self.operand.take(others, taken), place, self.options)
        if isinstance(wanted, slice) and wanted == ALL:
            return node
        return Picked(node, place, range(self.shape[self.axis])).take(
            tuple(wanted if n == place else ALL for n in range(node.ndim))
        )

    def _computed(self, made: Evaluation) -> Array:
        values = made.values(self.operand)
        return np.asarray(self.function(values, axis=self.axis, **self.options))


class Picked(Node):
    """Positions along one axis of values that have to be made whole along it.

    Parameters
    ----------
    operand : Node
    axis : int
    positions : range, ndarray of int or int
        A number drops the axis.
    """

    def __init__(self, operand: Node, axis: int, positions: Any) -> None:
        self.operand = operand
        self.axis = axis
        self.positions = positions
        self.dtype = operand.dtype
        is_one = isinstance(positions, (int, np.integer))
        own = () if is_one else (len(positions),)
        self.shape = (*operand.shape[:axis], *own, *operand.shape[axis + 1 :])
        self._is_one = is_one

    @property
    def operands(self) -> Sequence[Node]:
        """The operand."""
        return (self.operand,)

    @property
    def whole_axes(self) -> frozenset[int]:
        """Those of the operand that are left."""
        if not self._is_one:
            return self.operand.whole_axes
        return frozenset(n - (n > self.axis) for n in self.operand.whole_axes if n != self.axis)

    def _taken(self, key: Key, taken: dict[Hashable, Node]) -> Node:
        inner, positions = list(key), self.positions
        if self._is_one:
            inner.insert(self.axis, ALL)
        else:
            part = key[self.axis]
            if isinstance(part, np.ndarray):
                positions = np.asarray(positions)[part]
            else:
                positions = positions[part]
            inner[self.axis] = ALL
        place = kept_before(tuple(inner), self.axis)
        return Picked(self.operand.take(tuple(inner), taken), place, positions)

    def _computed(self, made: Evaluation) -> Array:
        values, positions = made.values(self.operand), self.positions
        if isinstance(positions, range):
            stop: int | None = positions.stop
            if positions.step < 0 and positions.stop < 0:
                stop = None  # a negative end would count from the other side
            positions = slice(positions.start, stop, positions.step)
        return np.asarray(values[(ALL,) * self.axis + (positions,)])
