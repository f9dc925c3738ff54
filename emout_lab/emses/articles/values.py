"""Values as an article's file holds them: plain data as JSON, arrays as datasets.

Nothing but numbers, texts and arrays of them, in lists, tuples and dicts: to load a file runs no
code of whoever wrote it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from emout_lab.errors import DataError

Array = np.ndarray[Any, Any]

#: What HDF5 has no type for, and what it is kept as.
_TIMES = "mM"
_PLAIN = (bool, int, float, str, type(None))


def encoded(value: Any, store: Callable[[Array], int]) -> Any:
    """Return what JSON can hold of a value.

    Parameters
    ----------
    value : object
    store : callable
        Takes an array and returns its number.

    Raises
    ------
    DataError
        When it, or something in it, is of another type.

    Examples
    --------
    >>> arrays = []
    >>> tree = encoded(("a", np.float32(0.5)), lambda array: arrays.append(array) or 0)
    >>> tree
    {'tuple': [{'plain': 'a'}, {'scalar': 0, 'dtype': '<f4'}]}
    >>> text, number = decoded(tree, arrays.__getitem__)
    >>> text, float(number)
    ('a', 0.5)
    """
    if isinstance(value, np.ma.MaskedArray):
        mask = np.ma.getmaskarray(value)
        return {"masked": [encoded(value.data, store), encoded(mask, store)]}
    if isinstance(value, np.generic):
        return _array(np.asarray(value), store, "scalar")
    if isinstance(value, np.ndarray):
        return _array(value, store, "array")
    if isinstance(value, complex):
        return {"complex": [value.real, value.imag]}
    if isinstance(value, _PLAIN):
        return {"plain": value}
    if isinstance(value, (list, tuple)):
        kind = "list" if isinstance(value, list) else "tuple"
        return {kind: [encoded(item, store) for item in value]}
    if isinstance(value, dict):
        return {"dict": [[encoded(key, store), encoded(value[key], store)] for key in value]}
    raise DataError(
        f"An article holds numbers, texts, arrays, and lists, tuples and dicts of them; not "
        f"{type(value).__qualname__}. Give its arrays: np.asarray(...), or a dict of them."
    )


def _array(array: Array, store: Callable[[Array], int], kind: str) -> dict[str, Any]:
    name = array.dtype.str
    if array.dtype.kind in _TIMES:
        return {kind: store(array.view(np.int64)), "dtype": name}
    if array.dtype.kind in "US":
        # Fixed-width texts; as bytes, of which HDF5 has as many as wanted.
        plain = np.ascontiguousarray(array).view(np.uint8)
        return {kind: store(plain), "dtype": name, "shape": list(array.shape)}
    if array.dtype.kind not in "biufc":
        raise DataError(
            f"An article holds arrays of numbers and texts, not of {array.dtype}. Give its columns."
        )
    return {kind: store(array), "dtype": name}


def decoded(tree: Any, load: Callable[[int], Array]) -> Any:
    """Return the value of a tree.

    Parameters
    ----------
    tree : object
        From `encoded`.
    load : callable
        Returns an array by its number.

    Raises
    ------
    ValueError
        When the tree is none.
    """
    if not isinstance(tree, dict) or not tree:
        raise ValueError(f"{tree!r} is no value")
    kind, content = next(iter(tree.items()))
    if kind in ("array", "scalar"):
        array = _loaded(load(int(content)), tree)
        return array if kind == "array" else array[()]
    if kind == "masked":
        data, mask = (decoded(item, load) for item in content)
        return np.ma.MaskedArray(data, mask)
    if kind == "complex":
        return complex(*content)
    if kind == "plain" and isinstance(content, _PLAIN):
        return content
    if kind in ("list", "tuple"):
        items = [decoded(item, load) for item in content]
        return items if kind == "list" else tuple(items)
    if kind == "dict":
        return {decoded(key, load): decoded(item, load) for key, item in content}
    raise ValueError(f"{kind!r} is no kind of value")


def _loaded(array: Array, tree: dict[str, Any]) -> Array:
    dtype: np.dtype[Any] = np.dtype(str(tree["dtype"]))
    if dtype.hasobject:
        raise ValueError(f"values of type {dtype}")
    if "shape" in tree:
        return np.asarray(array.view(dtype).reshape(tree["shape"]))
    if dtype.kind in _TIMES:
        return array.view(dtype)
    return array.astype(dtype, copy=False)
