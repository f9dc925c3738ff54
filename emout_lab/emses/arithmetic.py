"""NumPy's protocols for fields: which operations keep the unit, and what comes back."""

from __future__ import annotations

import os
from collections.abc import Mapping
from numbers import Number
from typing import TYPE_CHECKING, Any, cast

import numpy as np
import xarray as xr

from emout_lab.emses.reading import read_elsewhere

if TYPE_CHECKING:
    from emout_lab.emses.fields import Field

Array = np.ndarray[Any, Any]

# What keeps the unit: of one operand, of operands that share it, of a field times a plain number.
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
# Can be found step by step, all steps being of one size, so that a long series is never held whole.
_STEPWISE = {"min", "max", "sum", "mean"}
# Their results are of another quantity than the values.
_OTHER_QUANTITY = {"var", "any", "all", "argmin", "argmax", "prod"}


class NumpyManners(np.lib.mixins.NDArrayOperatorsMixin):
    """Operators, ufuncs, NumPy functions, conversions and reductions of a field."""

    # Above DataArray's priority, so that ``array + field`` comes here.
    __array_priority__ = 100

    @property
    def values(self) -> Array:
        """The values as an array; fields say which."""
        raise NotImplementedError

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

    def __array_function__(self, function: Any, types: Any, args: Any, kwargs: Any) -> Any:  # noqa: ARG002  # numpy's protocol
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
        return reduce(cast("Field", self), how, axis, **kwargs)

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
    arrays = [
        part
        for part in parts
        if is_field(part) or (isinstance(part, (list, np.ndarray)) and np.ndim(part))
    ]
    if any(part is None for part in parts) or len(arrays) > 1:
        return True
    return any(
        is_field(part) or np.asarray(part).dtype == bool or np.ndim(part) != 1 for part in arrays
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
        return tuple(_like(item, fields, is_kept) for item in result)
    return _like(result, fields, is_kept)


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
    is_kept = how not in _OTHER_QUANTITY
    array = xr.DataArray(
        result,
        coords=coordinates,
        dims=kept,
        name=field.name if is_kept else None,
        attrs=source.attrs if is_kept else {},
    )
    return field._derived(array, is_kept)


def _reduced(field: Field, how: str, positions: tuple[int, ...], kwargs: dict[str, Any]) -> Any:
    if len(positions) < field.ndim:
        return getattr(np, how)(field.values, axis=positions, **kwargs)
    if how in _STEPWISE and not kwargs and field.is_lazy and field.dims[:1] == ("t",):
        parts = [getattr(np, how)(step.values) for step in field]
        return getattr(np, how)(np.array(parts))
    return getattr(np, how)(field.values, **kwargs)


def _reduced_elsewhere(
    field: Field, how: str, positions: tuple[int, ...], kwargs: dict[str, Any]
) -> Any:
    """Let an engine reduce a lazy field, so that only the result comes here; None if none does."""
    if field._recipe is None or "out" in kwargs:
        return None
    source = field._recipe[0]
    kept = tuple(size for place, size in enumerate(field.shape) if place not in positions)
    return read_elsewhere(
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
    field: Field, how: str, positions: tuple[int, ...], kwargs: dict[str, Any]
) -> Any:
    is_there = field._recipe is not None and os.path.exists(field._recipe[0].path)
    return _reduced(field, how, positions, kwargs) if is_there else None


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


def _like(values: Any, fields: list[Field], is_kept: bool) -> Any:
    """Give values the coordinates of the first field that has their shape."""
    template = next((field for field in fields if field.shape == np.shape(values)), None)
    if template is None or np.ndim(values) == 0:
        return values
    is_named = is_kept and len({field.name for field in fields}) == 1
    result = template._with_values(values, template.name if is_named else None, is_kept)
    # A difference of two slices lies at neither position.
    gone = _disagreeing(template, fields) if len(fields) > 1 else []
    return result._derived(result._array.drop_vars(gone), is_kept) if gone else result


def _disagreeing(template: Field, fields: list[Field]) -> list[str]:
    """Names of the template's fixed positions that other operands do not share."""
    places = [field._array.coords.variables for field in fields]
    fixed = {n: at.values for n, at in template._array.coords.variables.items() if not at.dims}
    return [
        str(name)
        for name, position in fixed.items()
        if any(not np.array_equal(at[name].values, position) for at in places if name in at)
    ]
