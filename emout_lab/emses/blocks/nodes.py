"""Expressions of arrays that are larger than memory: what is computed of which stored values.

A node knows shape and type of its values and how to make them. `take` gives the node of a part of
them, which reads that part of each operand and nothing else: an expression is computed block by
block by taking its blocks. Nodes pickle as recipes, like the lazy arrays they stand on.
"""

from __future__ import annotations

import operator
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
    def makes_new_values(self) -> bool:
        """Whether what is computed is nobody else's, so that it may be overwritten."""
        return False

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

    def is_last(self, node: Node) -> bool:
        """Tell whether all who want the values of a node have had them."""
        return self._wanted[node.name] <= 0

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

    @property
    def makes_new_values(self) -> bool:
        """Whether they are new: other functions may return what they were given."""
        return isinstance(self.function, np.ufunc) or self.function is operator.pow

    def _computed(self, made: Evaluation) -> Array:
        arguments = [
            made.values(item) if isinstance(item, Node) else item for item in self.arguments
        ]
        function, arguments = _quickest(self.function, arguments)
        room = None if self.options else self._room(made, arguments)
        if room is not None and isinstance(function, np.ufunc) and function.nout == 1:
            return np.asarray(function(*arguments, out=room))
        return np.asarray(function(*arguments, **self.options))

    def _room(self, made: Evaluation, arguments: Sequence[Any]) -> Array | None:
        """Return values that nobody wants any more, into which the new ones fit.

        New memory costs more than most of what is computed.
        """
        for node, values in zip(self.arguments, arguments, strict=False):
            if (
                isinstance(node, Node)
                and node.makes_new_values
                and made.is_last(node)
                and isinstance(values, np.ndarray)
                and (values.shape, values.dtype) == (self.shape, self.dtype)
                and values.ndim
                and values.flags.writeable
            ):
                return values
        return None


def _quickest(function: Callable[..., Any], arguments: list[Any]) -> tuple[Any, list[Any]]:
    """Return what NumPy's arrays do for the commonest powers of numbers."""
    if function is operator.pow and np.asarray(arguments[0]).dtype.kind == "f":
        for power, quick in ((2, np.square), (0.5, np.sqrt)):
            if isinstance(arguments[1], (int, float)) and arguments[1] == power:
                return quick, arguments[:1]
    return function, arguments


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
