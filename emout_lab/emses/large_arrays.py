"""Arrays of fields that are larger than memory: which ones are, and what they are computed with."""

from __future__ import annotations

from typing import Any, TypeAlias

import xarray as xr

from emout_lab.config import load
from emout_lab.emses.blocks.array import BlockArray
from emout_lab.emses.blocks.nodes import key_token
from emout_lab.emses.blocks.stored import Stored
from emout_lab.emses.blocks.tasks import bytes_per_value
from emout_lab.emses.field_sources import FieldSource
from emout_lab.emses.reading import Read
from emout_lab.policies import SKIP
from emout_lab.xarrays import data_of_kind, is_in_memory, with_values

#: A field's file and the indices that were taken of it in turn.
Recipe: TypeAlias = "tuple[FieldSource, tuple[Any, ...]] | None"


def is_large(array: xr.DataArray) -> bool:
    """Tell whether an array is computed in blocks: it is not in memory, and above the block limit.

    The limit is a setting, ``EMOUT_LAB_BLOCK_LIMIT``. Smaller arrays are read when they are needed.
    """
    if is_in_memory(array.variable):
        return False
    limit = load().block_limit
    if limit is None:
        return False
    found: BlockArray | None = data_of_kind(array.variable, BlockArray)
    if found is None:
        return bool(array.nbytes > limit)
    # A mask is smaller than what is read for it, and so is the end of a running sum.
    return bytes_per_value(found.node) * found.size > limit


def blocks_of(array: xr.DataArray, recipe: Recipe = None) -> BlockArray:
    """Return the array of blocks of a field's array, whatever its size.

    Parameters
    ----------
    array : xarray.DataArray
    recipe : tuple of (FieldSource, tuple), optional
        What it was read from: the same values are read once in an expression.
    """
    found: BlockArray | None = data_of_kind(array.variable, BlockArray)
    if found is not None:
        return found
    name = str(array.name or "expression")
    if recipe is None:
        return BlockArray(Stored(array.variable), name)
    source, keys = recipe
    terms = Read(
        _nothing,
        (),
        path=source.path,
        name=source.name,
        shape=array.shape,
        itemsize=array.dtype.itemsize,
        own_policy=source.policy,
        is_granted=source.is_granted,
        leaves_out_steps=source.bad_steps == SKIP,
    )
    paths = [segment.path for segment in source.segments]
    # A key is an index, or what else was done to the field.
    steps = (key_token(key) if isinstance(key, tuple) else key for key in keys)
    return BlockArray(Stored(array.variable, (source, *steps), terms, paths), name)


def in_blocks(array: xr.DataArray, recipe: Recipe = None) -> xr.DataArray:
    """Return the array itself, or one whose methods compute in blocks where it is large."""
    if not is_large(array) or data_of_kind(array.variable, BlockArray) is not None:
        return array
    variable = xr.Variable(array.dims, blocks_of(array, recipe), array.attrs)
    found: xr.DataArray = with_values(array, variable, array.name)
    return found


def _nothing() -> None:
    """Stand for a read whose terms alone matter."""
