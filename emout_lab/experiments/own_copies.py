"""Copies of values, so that nobody changes what was said before."""

from __future__ import annotations

from typing import Any

import numpy as np


def own_copy(value: Any) -> Any:
    """Return a copy of arrays, lists, dictionaries and sets; anything else as it is.

    Examples
    --------
    >>> inner = [1]
    >>> found = own_copy({"a": inner})
    >>> inner.append(2)
    >>> found
    {'a': [1]}
    """
    try:
        return _copied(value)
    except RecursionError:
        # It holds itself: whoever stores it tells so.
        return value


def _copied(value: Any) -> Any:
    if isinstance(value, np.ndarray):
        return value.copy()
    kind = type(value)
    if kind is dict:
        return {key: _copied(each) for key, each in value.items()}
    if kind in (list, tuple):
        return kind(_copied(each) for each in value)
    return set(value) if kind is set else value
