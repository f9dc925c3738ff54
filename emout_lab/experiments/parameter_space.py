"""The parameters of a lab: each a list of the values that it takes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np


def as_values(value: Any) -> list[Any]:
    """Return the values of a parameter: those of a collection, and one of anything else.

    Texts, bytes and dictionaries are one value.

    Raises
    ------
    ValueError
        When it is an empty collection.

    Examples
    --------
    >>> as_values(np.linspace(0, 1, 3)), as_values("abc"), as_values(range(2)), as_values(5)
    ([0.0, 0.5, 1.0], ['abc'], [0, 1], [5])
    """
    if isinstance(value, str | bytes | Mapping) or not isinstance(value, Iterable):
        return [value]
    if isinstance(value, np.ndarray):
        found = (
            [value.item()]
            if value.ndim == 0
            else list(value.tolist() if value.ndim == 1 else value)
        )
    else:
        found = [each.item() if isinstance(each, np.generic) else each for each in value]
    if not found:
        raise ValueError(
            "a parameter without values gives no points; give it one value or more, or leave it out"
        )
    return found
