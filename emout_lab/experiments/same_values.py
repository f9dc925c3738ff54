"""Which values of parameters are the same: 1 and 1.0 are, arrays are by what is in them."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any

import numpy as np

from emout_lab.experiments.columns import Column


class _NotANumber:
    """Stands for NaN, which is the same parameter as another NaN."""

    def __repr__(self) -> str:
        return "nan"


NOT_A_NUMBER = _NotANumber()


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
    if isinstance(value, float) and math.isnan(value):
        return NOT_A_NUMBER
    try:
        hash(value)
    except TypeError:
        return repr(value)
    return value


def in_order(values: Iterable[Any]) -> list[Any]:
    """Return values in order, those that have none by their texts.

    Examples
    --------
    >>> in_order({2, 1}), in_order(["b", 1])
    ([1, 2], ['b', 1])
    """
    listed = list(values)
    try:
        return sorted(listed)
    except TypeError:
        return sorted(listed, key=repr)


def same(column: Column, wanted: Any) -> np.ndarray[Any, np.dtype[np.bool_]]:
    """Return in which rows a column has a value, or any of a list, range, set or array of values.

    A list is also looked for as one value, as a parameter may be.
    """
    found = _equal(column, hashable(wanted))
    if isinstance(wanted, list | tuple | range | set | frozenset | np.ndarray):
        for each in wanted if np.ndim(np.asarray(wanted, object)) else [wanted]:
            found = found | _equal(column, hashable(each))
    return found


def _equal(column: Column, key: Any) -> np.ndarray[Any, np.dtype[np.bool_]]:
    values, has = column.filled()
    nowhere = np.zeros(len(has), bool)
    if column.kind == "O":
        found = np.fromiter((hashable(each) == key for each in values), bool, len(values))
        return np.asarray(has & found)
    if key is NOT_A_NUMBER:
        return np.asarray(has & (values != values)) if column.kind == "f" else nowhere
    if column.kind == "M":
        try:
            return np.asarray(has & (values == np.datetime64(key)))
        except (TypeError, ValueError):
            return nowhere
    if not isinstance(key, bool | int | float):
        return nowhere
    return np.asarray(has & (values == key))
