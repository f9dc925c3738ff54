"""Masked values: what lies under a mask is no result, and no file of ours has masks."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from emout_lab.experiments.column_values import EXACT, ColumnValues, column_values


def unmasked(value: Any) -> Any:
    """Return a masked array, or a value of one, with NaN where it has no value.

    Whole numbers become floats for that; what has no NaN becomes a list with None in these places,
    and a record a dictionary.

    Examples
    --------
    >>> unmasked(np.ma.array([1, 2, 3], mask=[0, 1, 0]))
    array([ 1., nan,  3.])
    >>> float(unmasked(np.ma.masked)), unmasked(np.ma.array([1, 2]))
    (nan, array([1, 2]))
    """
    if not isinstance(value, np.ma.MaskedArray):
        return value
    kind = value.dtype.kind
    found: Any
    if not np.ma.is_masked(value):
        found = np.asarray(value.data)
    elif value.dtype.names:
        return {name: unmasked(value[name]) for name in value.dtype.names}
    elif kind in "fc":
        found = value.filled(np.nan)
    elif kind in "mM":
        found = np.where(np.ma.getmaskarray(value), np.array("NaT", value.dtype), value.data)
    elif kind in "iu" and not np.any(abs(value.astype(float)) > EXACT):
        found = np.where(np.ma.getmaskarray(value), np.nan, value.data)
    else:
        return value.tolist()
    return found if np.shape(found) else found[()]


def unmasked_column(values: Sequence[Any]) -> ColumnValues:
    """Return values, masked ones among them, as `column_values` does.

    Examples
    --------
    >>> unmasked_column([1.5, np.ma.masked]).values
    array([1.5, nan])
    """
    if any(issubclass(each, np.ma.MaskedArray) for each in set(map(type, values))):
        return column_values(list(map(unmasked, values)))
    return column_values(values)
