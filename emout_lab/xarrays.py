"""What is asked of xarray by private names, each with a public way for versions without them."""

from __future__ import annotations

import re
from typing import Any

import xarray as xr

#: How xarray shows values that are not in memory.
_UNREAD = re.compile(r"\[\d+ values with dtype=")


def is_in_memory(variable: Any) -> bool:
    """Tell whether the values of an `xarray.Variable` are in memory, without reading them."""
    known = getattr(variable, "_in_memory", None)
    if known is not None:
        return bool(known)
    if isinstance(variable, xr.IndexVariable):
        return True
    return variable.chunks is None and not _UNREAD.search(repr(variable))


def data_of_kind(variable: Any, kind: type) -> Any:
    """Return what an `xarray.Variable` holds where it is of a class, without reading; else None."""
    data = getattr(variable, "_data", None)
    if data is None:
        # What is not read yet is shown so: only an array that names itself is looked at.
        data = variable.data if f"<{kind.__name__}" in repr(variable) else None
    return data if isinstance(data, kind) else None


def with_values(array: Any, values: xr.Variable, name: Any) -> Any:
    """Return an `xarray.DataArray` with other values, attributes and name at the same places."""
    replace = getattr(array, "_replace", None)
    if replace is not None:
        return replace(values, name=name)
    # Copies every index as well, in ten times the time.
    made = array.copy(deep=False, data=values.data)
    made.attrs, made.name = dict(values.attrs), name
    return made
