"""Which values of parameters are the same: 1 and 1.0 are, arrays are by what is in them."""

from __future__ import annotations

from typing import Any

import numpy as np

from emout_lab.experiments.columns import Column


def hashable(value: Any) -> Any:
    """Return something that is equal for the same values, and can be a key.

    Examples
    --------
    >>> hashable(np.float64(2)) == hashable(2)
    True
    >>> hashable([1, [2]]) == hashable(np.array([1, [2]], dtype=object))
    True
    """
    if isinstance(value, np.ndarray | list | tuple):
        return tuple(hashable(each) for each in value)
    if isinstance(value, dict):
        return tuple(sorted((repr(key), hashable(each)) for key, each in value.items()))
    if isinstance(value, np.generic):
        value = value.item()
    try:
        hash(value)
    except TypeError:
        return repr(value)
    return value


def same(column: Column, wanted: Any) -> np.ndarray[Any, np.dtype[np.bool_]]:
    """Return in which rows a column has a value."""
    values, has = column.filled()
    key = hashable(wanted)
    if column.kind == "O" or not isinstance(key, bool | int | float):
        found = [hashable(each) == key for each in values] if column.kind == "O" else False
        return np.asarray(has & np.asarray(found))
    return np.asarray(has & (values == key))
