"""NumPy's protocols for fields: what comes back of operators, ufuncs and functions."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import xarray as xr

from emout_lab.emses import arithmetic, reductions, step_values
from emout_lab.emses.blocks.array import BlockArray
from emout_lab.emses.field_base import FieldBase

Array = np.ndarray[Any, Any]

_REDUCTIONS: Mapping[Any, str] = {
    np.min: "min",
    np.max: "max",
    np.mean: "mean",
    np.std: "std",
    np.var: "var",
    np.sum: "sum",
    np.median: "median",
    np.argmin: "argmin",
    np.argmax: "argmax",
}


class NumpyMixin(FieldBase, np.lib.mixins.NDArrayOperatorsMixin):
    """Operators, ufuncs, NumPy functions, conversions and reductions of a field."""

    # Above DataArray's priority, so that ``array + field`` comes here.
    __array_priority__ = 100

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> Array:
        values = self.values
        if copy:
            return np.array(values, dtype=dtype)
        return values if dtype is None else values.astype(dtype, copy=False)

    def __float__(self) -> float:
        return float(self.values.item())

    def __int__(self) -> int:
        return int(self.values.item())

    def __complex__(self) -> complex:
        return complex(self.values.item())

    def __bool__(self) -> bool:
        return bool(self.values)

    def __array_ufunc__(self, ufunc: np.ufunc, method: str, *inputs: Any, **kwargs: Any) -> Any:
        return apply_ufunc(ufunc, method, inputs, kwargs)

    def __array_function__(self, function: Any, types: Any, args: Any, kwargs: Any) -> Any:  # noqa: ARG002 - numpy's protocol
        return apply_function(function, args, kwargs)

    def reduce(self, how: str, axis: Any = None, **kwargs: Any) -> Any:
        """Reduce over dimensions.

        Parameters
        ----------
        how : str
            Name of a NumPy reduction: ``"min"``, ``"max"``, ``"sum"``, ``"mean"``, ``"std"``,
            ``"var"``, ``"median"``.
        axis : int, str or sequence of them, optional
            Positions or names of dimensions; all of them by default.
        """
        return reductions.reduce(self, how, axis, **kwargs)

    def min(self, axis: Any = None, **kwargs: Any) -> Any:
        """Smallest value, over all dimensions or those named."""
        return self.reduce("min", axis, **kwargs)

    def max(self, axis: Any = None, **kwargs: Any) -> Any:
        """Largest value, over all dimensions or those named."""
        return self.reduce("max", axis, **kwargs)

    def mean(self, axis: Any = None, **kwargs: Any) -> Any:
        """Mean, over all dimensions or those named."""
        return self.reduce("mean", axis, **kwargs)

    def std(self, axis: Any = None, **kwargs: Any) -> Any:
        """Spread (standard deviation), over all dimensions or those named."""
        return self.reduce("std", axis, **kwargs)

    def sum(self, axis: Any = None, **kwargs: Any) -> Any:
        """Sum, over all dimensions or those named."""
        return self.reduce("sum", axis, **kwargs)

    def argmin(self, axis: Any = None, **kwargs: Any) -> Any:
        """Position of the smallest value, along a dimension or in all values one after another."""
        return self.reduce("argmin", axis, **kwargs)

    def argmax(self, axis: Any = None, **kwargs: Any) -> Any:
        """Position of the largest value, along a dimension or in all values one after another."""
        return self.reduce("argmax", axis, **kwargs)


def plain(value: Any) -> Any:
    """Replace fields by arrays, in lists, tuples and dicts as well."""
    return _replaced(value, lambda field: field.values)


def _replaced(value: Any, array_of: Callable[[FieldBase], Any]) -> Any:
    if isinstance(value, FieldBase):
        return array_of(value)
    if isinstance(value, (list, tuple)):
        items = [_replaced(item, array_of) for item in value]
        # A namedtuple takes its items one by one.
        return type(value)(*items) if hasattr(value, "_fields") else type(value)(items)
    if isinstance(value, dict):
        return {key: _replaced(item, array_of) for key, item in value.items()}
    return value


def needs_numpy(key: Any) -> bool:
    """Say whether only NumPy can apply an index: masks, fields, new axes, two or more arrays."""
    parts = key if isinstance(key, tuple) else (key,)
    arrays = [
        part
        for part in parts
        if isinstance(part, FieldBase) or (isinstance(part, (list, np.ndarray)) and np.ndim(part))
    ]
    if any(part is None for part in parts) or len(arrays) > 1:
        return True
    return any(
        isinstance(part, FieldBase) or np.asarray(part).dtype == bool or np.ndim(part) != 1
        for part in arrays
    )


def apply_ufunc(
    ufunc: np.ufunc,
    method: str,
    inputs: tuple[Any, ...],
    kwargs: dict[str, Any],
) -> Any:
    """Apply a ufunc to the values, by position, and give a field where the shape is a field's."""
    if kwargs.get("out") is not None:
        # Fields do not change in place, but an array may take the result: out=array.
        if any(isinstance(item, FieldBase) for item in kwargs["out"]):
            return NotImplemented
        return getattr(ufunc, method)(*(plain(item) for item in inputs), **plain(kwargs))
    values = [
        item._operand
        if isinstance(item, FieldBase)
        else item.values
        if isinstance(item, xr.DataArray)
        else item
        for item in inputs
    ]
    result = getattr(ufunc, method)(*values, **plain(kwargs))
    if method != "__call__":
        return result
    fields = [item for item in inputs if isinstance(item, FieldBase)]
    operands = [item._quantity if isinstance(item, FieldBase) else item for item in inputs]
    is_kept = arithmetic.keeps_unit(ufunc, operands)
    if isinstance(result, tuple):
        return tuple(_field_of(item, fields, is_kept) for item in result)
    found = _field_of(result, fields, is_kept)
    if isinstance(found, FieldBase) and not kwargs:
        found._made_by = step_values.operation(ufunc, inputs)
    return found


def apply_function(function: Any, args: Any, kwargs: dict[str, Any]) -> Any:
    """Apply a NumPy function: reductions as the field's own, all others to plain arrays."""
    if (
        function in _REDUCTIONS
        and args
        and isinstance(args[0], FieldBase)
        and not isinstance(kwargs.get("out"), FieldBase)
    ):
        positional = dict(zip(("axis", "dtype", "out"), args[1:], strict=False))
        options = {**positional, **kwargs}
        if set(options) <= {"axis"}:
            return reductions.reduce(args[0], _REDUCTIONS[function], options.get("axis"))
    result = function(*operands(tuple(args)), **operands(kwargs))
    if isinstance(result, BlockArray):
        return large_field(result, [item for item in args if isinstance(item, FieldBase)])
    return result


def large_field(blocks: BlockArray, fields: Sequence[FieldBase]) -> Any:
    """Give an array of blocks the places of a field; along axes of another length it has none."""
    like = next((field for field in fields if field.ndim == blocks.ndim), None)
    if like is None:
        return blocks
    if like.shape == blocks.shape:
        return like._with_values(blocks, None, False)
    variable = xr.Variable(like.dims, blocks)
    sizes = dict(zip(like.dims, blocks.shape, strict=True))
    places = {
        name: at
        for name, at in like._array.coords.items()
        if all(like._array.sizes[dim] == sizes[str(dim)] for dim in at.dims)
    }
    return like._derived(xr.DataArray(variable, coords=places), False)


def operands(value: Any) -> Any:
    """Replace fields by arrays, in lists, tuples and dicts as well; large ones stay in blocks."""
    return _replaced(value, lambda field: field._operand)


def _field_of(values: Any, fields: Sequence[FieldBase], is_kept: bool) -> Any:
    """Give values the coordinates of the first field that has their shape."""
    found = arithmetic.placed(values, [field._quantity for field in fields], is_kept)
    if found is None:
        return values
    place, array = found
    return fields[place]._derived(array, is_kept)
