"""NumPy's protocols for fields: which operations keep the unit, and what comes back."""

from __future__ import annotations

from collections.abc import Mapping
from numbers import Number
from typing import TYPE_CHECKING, Any

import numpy as np
import xarray as xr

if TYPE_CHECKING:
    from emout_lab.emses.fields import Field

# What keeps the unit: of one operand, of operands that share it, of a field scaled by a plain number.
_UNARY = {np.negative, np.positive, np.absolute, np.fabs, np.rint, np.floor, np.ceil, np.trunc}
_SHARED = {np.add, np.subtract, np.maximum, np.minimum, np.fmax, np.fmin, np.hypot}
_SCALED = {np.multiply, np.true_divide, np.floor_divide}

_REDUCTIONS: Mapping[Any, str] = {
    np.min: "min",
    np.max: "max",
    np.mean: "mean",
    np.std: "std",
    np.var: "var",
    np.sum: "sum",
    np.median: "median",
}
# Their results are of another quantity than the values.
_OTHER_QUANTITY = {"var", "any", "all", "argmin", "argmax", "prod"}


def plain(value: Any) -> Any:
    """Replace fields by arrays, in lists, tuples and dicts as well."""
    if is_field(value):
        return value.values
    if isinstance(value, (list, tuple)):
        items = [plain(item) for item in value]
        # A namedtuple takes its items one by one.
        return type(value)(*items) if hasattr(value, "_fields") else type(value)(items)
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items()}
    return value


def is_field(value: Any) -> bool:
    """Say whether a value is a field, without importing the class."""
    return hasattr(type(value), "from_source") and hasattr(type(value), "val_emses")


def needs_numpy(key: Any) -> bool:
    """Say whether only NumPy can apply an index: masks, fields, new axes, two or more arrays."""
    parts = key if isinstance(key, tuple) else (key,)
    arrays = [part for part in parts if isinstance(part, (list, np.ndarray)) or is_field(part)]
    if any(part is None or isinstance(part, (bool, np.bool_)) for part in parts) or len(arrays) > 1:
        return True
    return any(
        is_field(part) or np.asarray(part).dtype == bool or np.ndim(part) != 1 for part in arrays
    )


def apply_ufunc(
    field_type: type[Field],
    ufunc: np.ufunc,
    method: str,
    inputs: tuple[Any, ...],
    kwargs: dict[str, Any],
) -> Any:
    """Apply a ufunc to the values, by position, and give a field where the shape is a field's."""
    if kwargs.get("out") is not None:
        # Fields do not change in place, but an array may take the result: out=array.
        if any(is_field(item) for item in kwargs["out"]):
            return NotImplemented
        return getattr(ufunc, method)(*(plain(item) for item in inputs), **plain(kwargs))
    values = [
        item.values if is_field(item) or isinstance(item, xr.DataArray) else item for item in inputs
    ]
    result = getattr(ufunc, method)(*values, **plain(kwargs))
    if method != "__call__":
        return result
    fields = [item for item in inputs if is_field(item)]
    is_kept = _keeps_unit(ufunc, inputs, fields)
    if isinstance(result, tuple):
        return tuple(_like(field_type, item, fields, is_kept) for item in result)
    return _like(field_type, result, fields, is_kept)


def apply_function(function: Any, args: Any, kwargs: dict[str, Any]) -> Any:
    """Apply a NumPy function: reductions as the field's own, all others to plain arrays."""
    if function in _REDUCTIONS and args and is_field(args[0]) and not is_field(kwargs.get("out")):
        positional = dict(zip(("axis", "dtype", "out"), args[1:], strict=False))
        options = {**positional, **kwargs}
        if set(options) <= {"axis"}:
            return reduce(args[0], _REDUCTIONS[function], options.get("axis"))
    return function(*plain(tuple(args)), **plain(kwargs))


def reduce(field: Field, how: str, axis: Any = None, **kwargs: Any) -> Any:
    """Reduce a field over dimensions given by position or name."""
    names = _dimensions(field, kwargs.pop("dim", axis))
    positions = tuple(field.dims.index(name) for name in names)
    if len(positions) == field.ndim:
        return getattr(np, how)(field.values, **kwargs)
    result = getattr(np, how)(field.values, axis=positions, **kwargs)
    if np.ndim(result) != field.ndim - len(positions):
        return result
    kept = [name for name in field.dims if name not in names]
    source = field.to_xarray()
    coordinates = {
        name: source.coords[name]
        for name in source.coords
        if not set(source.coords[name].dims) & set(names)
    }
    is_kept = how not in _OTHER_QUANTITY
    array = xr.DataArray(
        result,
        coords=coordinates,
        dims=kept,
        name=field.name if is_kept else None,
        attrs=source.attrs if is_kept else {},
    )
    return type(field)(array, field.valunit if is_kept else None, field._units)


def _dimensions(field: Field, axis: Any) -> list[str]:
    if axis is None:
        return list(field.dims)
    given = axis if isinstance(axis, (list, tuple)) else [axis]
    names = [item if isinstance(item, str) else field.dims[item] for item in given]
    for name in names:
        if name not in field.dims:
            raise ValueError(f"No dimension {name!r}; there are {field.dims}.")
    return names


def _keeps_unit(ufunc: np.ufunc, inputs: tuple[Any, ...], fields: list[Field]) -> bool:
    others = [item for item in inputs if not is_field(item)]
    if ufunc in _UNARY:
        return True
    if ufunc in _SHARED:
        return all(
            field.units == fields[0].units and field.valunit == fields[0].valunit
            for field in fields
        )
    if ufunc in _SCALED:
        is_plain = all(isinstance(item, Number) or np.ndim(item) == 0 for item in others)
        return len(fields) == 1 and is_plain and (ufunc is np.multiply or is_field(inputs[0]))
    return False


def _like(field_type: type[Field], values: Any, fields: list[Field], is_kept: bool) -> Any:
    """Give values the coordinates of the first field that has their shape."""
    template = next((field for field in fields if field.shape == np.shape(values)), None)
    if template is None or np.ndim(values) == 0:
        return values
    source = template.to_xarray()
    names = {field.name for field in fields}
    array = xr.DataArray(
        values,
        coords=source.coords,
        dims=source.dims,
        name=template.name if is_kept and len(names) == 1 else None,
        attrs={"units": source.attrs["units"]} if is_kept and "units" in source.attrs else {},
    )
    # A difference of two slices lies at neither position.
    for name in _disagreeing(array, fields):
        array = array.drop_vars(name)
    return field_type(array, template.valunit if is_kept else None, template._units)


def _disagreeing(array: xr.DataArray, fields: list[Field]) -> list[str]:
    """Names of fixed positions that the operands do not share."""
    fixed = [str(name) for name in array.coords if name not in array.dims]
    return [
        name
        for name in fixed
        if any(
            not np.array_equal(field.axis(name), array.coords[name].values)
            for field in fields
            if name in field.coords
        )
    ]
