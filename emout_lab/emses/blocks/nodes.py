"""Expressions of arrays that are larger than memory: what is computed of which stored values.

A node knows shape and type of its values and how to make them. `take` gives the node of a part of
them, which reads that part of each operand and nothing else: an expression is computed block by
block by taking its blocks. Nodes pickle as recipes, like the lazy arrays they stand on.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from typing import Any, TypeAlias

import numpy as np

Array = np.ndarray[Any, Any]
#: Index along one axis: a number drops the axis.
Index: TypeAlias = "int | slice | Array"
Key: TypeAlias = "tuple[Index, ...]"

#: Index of a whole axis.
ALL = slice(None)


class Node:
    """Values that can be made, wholly or in parts.

    Attributes
    ----------
    shape : tuple of int
    dtype : numpy.dtype
    """

    shape: tuple[int, ...]
    dtype: np.dtype[Any]

    @property
    def ndim(self) -> int:
        """Number of dimensions."""
        return len(self.shape)

    @property
    def operands(self) -> Sequence[Node]:
        """The nodes that this one is computed of."""
        return ()

    @property
    def whole_axes(self) -> frozenset[int]:
        """Axes along which a part takes as much reading as the whole."""
        return frozenset()

    def _taken(self, key: Key, taken: dict[Hashable, Node]) -> Node:
        raise NotImplementedError

    def _computed(self, made: Evaluation) -> Array:
        raise NotImplementedError

    def take(self, key: Key, taken: dict[Hashable, Node] | None = None) -> Node:
        """Return the node of a part.

        Parameters
        ----------
        key : tuple of int, slice or 1-d ndarray of int
            One for each axis; arrays choose along their own axis only.
        taken : dict, optional
            What was taken for the same part of a larger expression.
        """
        if all(isinstance(part, slice) and part == ALL for part in key):
            return self
        taken = {} if taken is None else taken
        name = (id(self), key_token(key))
        if name not in taken:
            taken[name] = self._taken(key, taken)
        return taken[name]

    def values(self, known: Mapping[Hashable, Array] | None = None) -> Array:
        """Compute all values; each operand is computed once.

        Parameters
        ----------
        known : mapping, optional
            What is known already, by name.
        """
        return Evaluation([self], known or {}).values(self)

    @property
    def name(self) -> Hashable:
        """What nodes of the same values share; by default only a node with itself."""
        return id(self)

    def walk(self) -> Iterator[Node]:
        """Yield this node and all below it, each once."""
        seen: dict[int, Node] = {}
        ahead: list[Node] = [self]
        while ahead:
            node = ahead.pop()
            if id(node) not in seen:
                seen[id(node)] = node
                ahead.extend(node.operands)
        return iter(seen.values())


class Evaluation:
    """The values of some expressions: what they share is computed once, and kept no longer.

    Parameters
    ----------
    roots : sequence of Node
        The expressions; `values` is asked for each of them once.
    known : mapping
        Values by the names of nodes.
    """

    def __init__(self, roots: Sequence[Node], known: Mapping[Hashable, Array]) -> None:
        self.known = known
        self._made: dict[Hashable, Array] = {}
        self._wanted = Counter(node.name for node in roots)
        seen: set[int] = set()
        for root in roots:
            for node in root.walk():
                if id(node) not in seen:
                    seen.add(id(node))
                    self._wanted.update(each.name for each in node.operands)

    def values(self, node: Node) -> Array:
        """Return the values of a node for one of those who want them."""
        name = node.name
        self._wanted[name] -= 1
        if name in self._made:
            is_last = self._wanted[name] <= 0
            return self._made.pop(name) if is_last else self._made[name]
        values = node._computed(self)
        if self._wanted[name] > 0:
            self._made[name] = values
        return values


class Elementwise(Node):
    """A function of values at the same places, with NumPy's broadcasting.

    Parameters
    ----------
    function : callable
        A ufunc, or what works like one: ``function(*arguments, **options)``.
    arguments : sequence
        Nodes, and numbers or other values without a shape.
    options : mapping, optional
        Named arguments without a shape.
    """

    def __init__(
        self,
        function: Callable[..., Any],
        arguments: Sequence[Any],
        options: Mapping[str, Any] | None = None,
    ) -> None:
        self.function = function
        self.arguments = tuple(arguments)
        self.options = dict(options or {})
        nodes = self.operands
        self.shape = np.broadcast_shapes(*(node.shape for node in nodes))
        # Without values, but with as few axes where there are none: NumPy 1 makes a difference.
        nothing = [
            np.zeros((0,) * item.ndim, item.dtype) if isinstance(item, Node) else item
            for item in self.arguments
        ]
        with np.errstate(all="ignore"):
            self.dtype = np.asarray(function(*nothing, **self.options)).dtype

    @property
    def operands(self) -> Sequence[Node]:
        """The nodes among the arguments."""
        return [item for item in self.arguments if isinstance(item, Node)]

    @property
    def whole_axes(self) -> frozenset[int]:
        """Those of the operands."""
        return frozenset(
            axis + self.ndim - node.ndim for node in self.operands for axis in node.whole_axes
        )

    def _taken(self, key: Key, taken: dict[Hashable, Node]) -> Node:
        arguments = [
            item.take(self._operand_key(item, key), taken) if isinstance(item, Node) else item
            for item in self.arguments
        ]
        return Elementwise(self.function, arguments, self.options)

    def _operand_key(self, node: Node, key: Key) -> Key:
        """Index of an operand, which lacks leading axes or has length 1 where it is repeated."""
        lacking = self.ndim - node.ndim
        found: list[Index] = []
        for size, whole, part in zip(node.shape, self.shape[lacking:], key[lacking:], strict=True):
            is_repeated = size == 1 and whole != 1
            once: Index = 0 if isinstance(part, (int, np.integer)) else ALL
            found.append(once if is_repeated else part)
        return tuple(found)

    def _computed(self, made: Evaluation) -> Array:
        arguments = [
            made.values(item) if isinstance(item, Node) else item for item in self.arguments
        ]
        return np.asarray(self.function(*arguments, **self.options))


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


def plain_slice(part: slice, size: int) -> slice:
    """Return a slice with the same positions that xarray and all nodes read as NumPy does.

    Examples
    --------
    >>> plain_slice(slice(-50, -45, -2), 40), plain_slice(slice(3, None, -2), 40)
    (slice(0, 0, None), slice(3, None, -2))
    """
    positions = range(*part.indices(size))
    if part == ALL:
        return part
    if not positions:
        return slice(0, 0)
    stop = positions.stop
    return slice(positions.start, None if stop < 0 else stop, positions.step)


def is_number(part: Any) -> bool:
    """Tell whether an index is one position, which drops its axis."""
    return isinstance(part, (int, np.integer))


def kept_before(key: Key, axis: int) -> int:
    """Place of an axis once the axes with a number are gone."""
    return sum(not is_number(part) for part in key[:axis])


def key_token(key: Key) -> Hashable:
    """Return something hashable that is the same for the same index.

    Examples
    --------
    >>> key_token((3, np.array([1, 5]))) == key_token((3, np.array([1, 5])))
    True
    """
    return tuple(map(_token, key))


def _token(part: Any) -> Hashable:
    if isinstance(part, slice):
        return part.start, part.stop, part.step
    if isinstance(part, (int, np.integer)):
        return int(part)
    numbers = np.asarray(part)
    return numbers.dtype.str, numbers.tobytes()
