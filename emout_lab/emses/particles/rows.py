"""Which particles of a step a table has: a range where that is enough, else their numbers."""

from __future__ import annotations

from typing import Any

import numpy as np

from emout_lab.errors import BadIndex

Array = np.ndarray[Any, Any]
Rows = range | Array


def chosen(rows: Rows, key: Any, name: str) -> Rows:
    """Return the rows that a slice, a mask or a list of positions takes of others.

    Parameters
    ----------
    rows : range or ndarray of int
        Of a table.
    key : slice, array_like of bool or array_like of int
        Positions in the table, as in NumPy.
    name : str
        Of the table, for messages.

    Raises
    ------
    BadIndex
        When a mask has another length, or a position is outside.

    Examples
    --------
    >>> chosen(range(10), slice(2, 9, 3), "p1[0]")
    range(2, 9, 3)
    >>> chosen(range(2, 9, 3), [True, False, True], "p1[0]")
    array([2, 8])
    >>> chosen(range(2, 9, 3), [-1, 0], "p1[0]")
    array([8, 2])
    """
    mask = index_of(key)
    if isinstance(mask, slice):
        return rows[mask]
    if mask.ndim != 1:
        raise BadIndex(
            f"{name}[{key!r}]: particles are taken by a slice, a mask or a list of positions."
        )
    if mask.dtype == bool:
        if len(mask) != len(rows):
            raise BadIndex(
                f"{name}[mask]: the mask has {len(mask):,} values and {name} {len(rows):,} "
                "particles. Make it from the same step."
            )
        return np.asarray(_numbers(rows)[mask])
    if mask.dtype.kind not in "iu":
        raise BadIndex(f"{name}[...]: positions of particles are integers, not {mask.dtype}.")
    if not len(mask):
        return range(0)
    if mask.min() < -len(rows) or mask.max() >= len(rows):
        wrong = mask[(mask < -len(rows)) | (mask >= len(rows))][0]
        raise BadIndex(f"{name}[{wrong}]: there are {len(rows):,} particles, from 0.")
    return np.asarray(_numbers(rows)[mask])


def index_of(key: Any) -> slice | Array:
    """Return what NumPy takes the same particles with."""
    if isinstance(key, slice):
        return key
    index = np.asarray(key)
    return index if index.size or index.dtype == bool else index.astype(np.intp)


def _numbers(rows: Rows) -> Array:
    if isinstance(rows, range):
        return np.arange(rows.start, rows.stop, rows.step)
    return rows
