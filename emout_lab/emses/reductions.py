"""Reductions of fields: over dimensions by name or number, where the values are."""

from __future__ import annotations

import os
from typing import Any

import numpy as np
import xarray as xr

from emout_lab.emses import execution, observation
from emout_lab.emses.blocks.array import BlockArray
from emout_lab.emses.blocks.stored import terms_of
from emout_lab.emses.field_base import FieldBase
from emout_lab.emses.reading import Read
from emout_lab.policies import SKIP

# Their results are of another quantity than the values.
_OTHER_QUANTITY = {"var", "any", "all", "argmin", "argmax", "prod"}


def reduce(field: FieldBase, how: str, axis: Any = None, **kwargs: Any) -> Any:
    """Reduce a field over dimensions given by position or name."""
    names = _dimensions(field, kwargs.pop("dim", axis))
    positions = tuple(field.dims.index(name) for name in names)
    if _leaves_out_steps(field) and hasattr(np, f"nan{how}"):
        how, plain = f"nan{how}", how
    else:
        plain = how
    if field.is_large:
        result = _reduced_in_blocks(field, how, positions, kwargs)
    else:
        result = _reduced_elsewhere(field, how, positions, kwargs)
    if result is None:
        result = _reduced(field, how, positions, kwargs)
    if len(positions) == field.ndim or np.ndim(result) != field.ndim - len(positions):
        return result
    kept = [name for name in field.dims if name not in names]
    source = field.to_xarray()
    coordinates = {
        name: source.coords[name]
        for name in source.coords
        if not set(source.coords[name].dims) & set(names)
    }
    is_kept = plain not in _OTHER_QUANTITY
    array = xr.DataArray(
        result,
        coords=coordinates,
        dims=kept,
        name=field.name if is_kept else None,
        attrs=source.attrs if is_kept else {},
    )
    return field._derived(array, is_kept)


def _leaves_out_steps(field: FieldBase) -> bool:
    """Tell whether damaged steps, which read as NaN, are to be left out."""
    if field._recipe is not None:
        return field._recipe[0].bad_steps == SKIP
    blocks = field._operand if field.is_large else None
    terms = terms_of(blocks.node) if isinstance(blocks, BlockArray) else []
    return any(each.leaves_out_steps for each in terms)


def _reduced(field: FieldBase, how: str, positions: tuple[int, ...], kwargs: dict[str, Any]) -> Any:
    return _by_numpy(field.values, how, positions, kwargs)


def _by_numpy(values: Any, how: str, positions: tuple[int, ...], kwargs: dict[str, Any]) -> Any:
    axis: Any = positions if len(positions) < np.ndim(values) else None
    if "arg" in how and axis is not None:
        if len(positions) != 1:
            raise ValueError(f"{how} over several of the dimensions; give one of them, or none.")
        (axis,) = positions
    return getattr(np, how)(values, axis=axis, **kwargs)


def _reduced_elsewhere(
    field: FieldBase, how: str, positions: tuple[int, ...], kwargs: dict[str, Any]
) -> Any:
    """Let an engine reduce a lazy field, so that only the result comes here; None if none does."""
    part = _part(field, how, positions, kwargs)
    return None if part is None else execution.current().read(part)


def _reduced_in_blocks(
    field: FieldBase, how: str, positions: tuple[int, ...], kwargs: dict[str, Any]
) -> Any:
    def compute() -> Any:
        return _by_numpy(field._operand, how, positions, kwargs)

    part = _part(field, how, positions, kwargs)
    return compute() if part is None else observation.computed(part, compute)


def _part(
    field: FieldBase, how: str, positions: tuple[int, ...], kwargs: dict[str, Any]
) -> Read | None:
    """Return the reduction of a file's field as something to read; None of anything else."""
    if field._recipe is None or "out" in kwargs:
        return None
    source = field._recipe[0]
    kept = tuple(size for place, size in enumerate(field.shape) if place not in positions)
    return Read(
        _reduce_there,
        (field, how, positions, kwargs),
        path=source.path,
        name=source.name,
        shape=kept,
        itemsize=field.dtype.itemsize,
        own_policy=source.policy,
        is_granted=source.is_granted,
    )


def _reduce_there(
    field: FieldBase, how: str, positions: tuple[int, ...], kwargs: dict[str, Any]
) -> Any:
    is_there = field._recipe is not None and os.path.exists(field._recipe[0].path)
    return _reduced(field, how, positions, kwargs) if is_there else None


def _dimensions(field: FieldBase, axis: Any) -> list[str]:
    if axis is None:
        return list(field.dims)
    given = axis if isinstance(axis, (list, tuple)) else [axis]
    for item in given:
        if not isinstance(item, str) and not -field.ndim <= item < field.ndim:
            raise IndexError(f"axis {item} is out of bounds: the dimensions are {field.dims}.")
    names = [item if isinstance(item, str) else field.dims[item] for item in given]
    for name in names:
        if name not in field.dims:
            raise ValueError(f"No dimension {name!r}; there are {field.dims}.")
    return names
