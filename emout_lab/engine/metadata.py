"""Type, shape, dtype and memory of any object, without touching its data."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Collection, Mapping, Sequence
from itertools import islice
from typing import Any, Final

import xarray as xr
from dask.sizeof import sizeof

from emout_lab.engine.protocol import Description
from emout_lab.engine.remote_errors import FOREIGN_ERRORS
from emout_lab.engine.serialization import Packed
from emout_lab.format import format_bytes
from emout_lab.xarrays import is_in_memory

#: The memory of a long container is estimated from so many of its items; of one that has no order
#: of its own, they are among the first.
SAMPLES: Final = 10
FIRST: Final = 1000


def _memory_of_xarray(value: Any) -> int:
    """Count only variables whose data were read; lazy ones take next to nothing."""
    variables = value.variables.values() if isinstance(value, xr.Dataset) else [value.variable]
    return sum(int(v.nbytes) for v in variables if is_in_memory(v))


def _memory_of_items(items: Sequence[Any], count: int) -> int:
    return int(sum(map(sizeof, items))) * count // max(len(items), 1)


def _memory_of_sequence(value: Sequence[Any]) -> int:
    step = max(1, len(value) // SAMPLES)
    return sys.getsizeof(value) + _memory_of_items(value[::step][:SAMPLES], len(value))


def _first_items(value: Collection[Any]) -> list[Any]:
    return list(islice(value, 0, FIRST, max(1, min(len(value), FIRST) // SAMPLES)))


def _memory_of_set(value: Collection[Any]) -> int:
    return sys.getsizeof(value) + _memory_of_items(_first_items(value), len(value))


def _memory_of_mapping(value: Mapping[Any, Any]) -> int:
    keys, values = _first_items(value.keys()), _first_items(value.values())
    size = _memory_of_items(keys, len(value)) + _memory_of_items(values, len(value))
    return sys.getsizeof(value) + size


def register_sizes() -> None:
    """Let Dask's ``sizeof`` know xarray's objects and ours (twice is harmless).

    Of long containers it takes the same items each time: Dask's own choice would use up numbers of
    the user's ``random``, and tell other sizes of what has not changed.
    """
    sizeof.register(Packed, len)
    sizeof.register((list, tuple), _memory_of_sequence)
    sizeof.register((set, frozenset), _memory_of_set)
    sizeof.register(dict, _memory_of_mapping)
    sizeof.register((xr.DataArray, xr.Dataset, xr.Variable), _memory_of_xarray)


def describe(value: Any) -> Description:
    """Describe an object; what it does not have, or fails to tell, is None.

    Examples
    --------
    >>> import numpy
    >>> describe(numpy.zeros((2, 3), "f4"))
    Description(type='ndarray', shape=(2, 3), dtype='float32', bytes=24)
    """
    shape = dtype = size = None
    with contextlib.suppress(*FOREIGN_ERRORS):
        shape = tuple(int(n) for n in value.shape)
    with contextlib.suppress(*FOREIGN_ERRORS):
        dtype = str(value.dtype)
    with contextlib.suppress(*FOREIGN_ERRORS):
        size = int(sizeof(value))
    kind = type(value).__name__
    with contextlib.suppress(*FOREIGN_ERRORS):
        kind += _places(value)
    return Description(kind, shape, dtype, size)


def _places(value: Any) -> str:
    """Say what an object that is spread over workers takes on each; nothing of all others."""
    if not hasattr(type(value), "bytes_by_worker"):
        return ""
    places = value.bytes_by_worker
    if not places:
        return ""
    sizes = ", ".join(f"{name}: {format_bytes(size)}" for name, size in places.items())
    return f", {format_bytes(sum(places.values()))} on {len(places)} workers ({sizes})"
