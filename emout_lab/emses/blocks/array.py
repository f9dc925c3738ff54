"""`BlockArray`: an array larger than memory that NumPy and xarray compute with, block by block."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from emout_lab.config import load
from emout_lab.emses import execution
from emout_lab.emses.blocks import functions, indexing, tasks
from emout_lab.emses.blocks.keeping import pieces_needed
from emout_lab.emses.blocks.nodes import Elementwise, Node
from emout_lab.emses.blocks.stored import Stored, terms_of
from emout_lab.errors import TooLarge
from emout_lab.format import format_bytes

Array = np.ndarray[Any, Any]


class BlockArray(np.lib.mixins.NDArrayOperatorsMixin):
    """Values that are computed when they are needed, in blocks and on all workers there are.

    Operators, ufuncs and NumPy functions that work place by place, or along an axis, give another
    one and read nothing. Reductions and histograms give their values. Indexing gives a part.

    Parameters
    ----------
    node : Node
        How the values are made.
    name : str
        What it is called in progress and errors.

    Examples
    --------
    >>> import xarray as xr
    >>> from emout_lab.emses.blocks.stored import Stored
    >>> array = BlockArray(Stored(xr.Variable(("t", "x"), np.arange(6.0).reshape(2, 3))))
    >>> ((array * 2)[:, 1:]).mean(axis=0).tolist()
    [5.0, 7.0]
    """

    # Above ndarray's, so that ``array + blocks`` comes here.
    __array_priority__ = 50

    def __init__(self, node: Node, name: str = "array") -> None:
        self.node = node
        self.name = name
        #: Bytes on each worker that keeps a piece.
        self.places: Mapping[str, int] = {}

    @property
    def shape(self) -> tuple[int, ...]:
        """Shape; reads nothing."""
        return self.node.shape

    @property
    def dtype(self) -> np.dtype[Any]:
        """Data type of the values."""
        return self.node.dtype

    @property
    def ndim(self) -> int:
        """Number of dimensions."""
        return self.node.ndim

    @property
    def size(self) -> int:
        """Number of values."""
        return math.prod(self.shape)

    @property
    def nbytes(self) -> int:
        """Bytes that all values take once they are in memory."""
        return self.size * self.dtype.itemsize

    @property
    def T(self) -> BlockArray:  # noqa: N802 - NumPy's name
        """The same values with the axes in the opposite order."""
        return self.transpose()

    def __sizeof__(self) -> int:
        return object.__sizeof__(self) + sum(
            node.variable.nbytes
            for node in self.node.walk()
            if isinstance(node, Stored) and node.recipe is None
        )

    def __repr__(self) -> str:
        return f"<BlockArray {self.name} {self.shape} {self.dtype}, {format_bytes(self.nbytes)}>"

    def _repr_inline_(self, max_width: int) -> str:
        return repr(self)[:max_width]

    def __len__(self) -> int:
        if not self.shape:
            raise TypeError("len() of a single value")
        return self.shape[0]

    def __iter__(self) -> Iterator[BlockArray]:
        return (self[position] for position in range(len(self)))

    def __getitem__(self, key: Any) -> Any:
        return indexing.part_of(self, key)

    def made(self, node: Node, name: str | None = None) -> BlockArray:
        """Return another array of this name."""
        return BlockArray(node, name or self.name)

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> Array:  # noqa: ARG002
        values = self.read()
        return values if dtype is None else values.astype(dtype, copy=False)

    def read(self) -> Array:
        """Bring all values into memory.

        Raises
        ------
        TooLarge
            When they do not fit into what this process has left.
        ReadTooLarge
            When a session is in use and they are more than the read limit.
        """
        executor = execution.current()
        left = executor.memory_left()
        if left is not None and self.nbytes > left:
            raise TooLarge(
                f"{self.name} takes {format_bytes(self.nbytes)}, and {format_bytes(left)} of "
                "memory are left. Reduce it (mean, max, ...), take a slice, or save it block by "
                "block with .save(path)."
            )
        terms = terms_of(self.node)
        if terms and not pieces_needed(self.node) and not self._takes_much(executor.is_on_worker):
            read = terms[0].of(values_of, (self.node,), self.shape, self.dtype)
            found = executor.read(read)
            return self.node.values() if found is None else found
        return tasks.values(self.node, self.name)

    def _takes_much(self, is_on_worker: bool) -> bool:
        """Tell whether a part takes much more than itself, as the last step of a running sum."""
        limit = load().block_limit
        needed = self.size * tasks.bytes_per_value(self.node)
        if limit is None or needed <= max(limit, 2 * self.nbytes):
            return False
        # What is larger than a block comes to a user's process as a read, within its limit.
        return is_on_worker or self.nbytes <= limit

    def __array_ufunc__(self, ufunc: np.ufunc, method: str, *inputs: Any, **kwargs: Any) -> Any:
        for item in inputs:
            is_known = isinstance(item, (BlockArray, np.ndarray, np.generic))
            if not is_known and hasattr(type(item), "__array_ufunc__"):
                return NotImplemented  # a field or an xarray object, which knows what to do
        return functions.apply_ufunc(ufunc, method, inputs, kwargs)

    def __array_function__(self, function: Any, types: Any, args: Any, kwargs: Any) -> Any:  # noqa: ARG002
        return functions.apply_function(function, args, kwargs)

    def __bool__(self) -> bool:
        return bool(np.asarray(self))

    def __float__(self) -> float:
        return float(np.asarray(self).item())

    def __int__(self) -> int:
        return int(np.asarray(self).item())

    def item(self) -> Any:
        """Return the one value of an array that has just one."""
        return np.asarray(self).item()

    def astype(self, dtype: Any, **options: Any) -> BlockArray:  # noqa: ARG002 - NumPy's
        """Return the values in another type."""
        return self.made(Elementwise(np.asarray, [self.node], {"dtype": np.dtype(dtype)}))

    def transpose(self, *axes: Any) -> BlockArray:
        """Return the same values with the axes in another order."""
        order = axes[0] if len(axes) == 1 and not np.isscalar(axes[0]) else axes
        found: Any = np.transpose(self, order or None)
        return self.made(found.node)

    def conj(self) -> BlockArray:
        """Return the conjugates; `xarray.cov` asks for them."""
        found: Any = np.conjugate(self)
        return self.made(found.node)

    def copy(self) -> BlockArray:
        """Return the array: it cannot change."""
        return self

    def reduce(self, how: str, axis: Any = None, **options: Any) -> Any:
        """Reduce by the name of a NumPy function, such as ``"max"`` or ``"nanstd"``."""
        return getattr(np, how)(self, axis=axis, **options)

    def __getattr__(self, name: str) -> Any:
        if name in functions.METHODS:
            return lambda *args, **kwargs: getattr(np, name)(self, *args, **kwargs)
        raise AttributeError(f"'BlockArray' object has no attribute {name!r}")


def values_of(node: Node) -> Array | None:
    """Compute a node's values in this process; None where a file cannot be seen from here."""
    try:
        return node.values()
    except FileNotFoundError:
        return None
