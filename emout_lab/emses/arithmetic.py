"""Arithmetic of physical quantities as functions of (array, unit): units, places, names."""

from __future__ import annotations

from collections.abc import Sequence
from numbers import Number
from typing import Any, NamedTuple

import numpy as np
import xarray as xr

from emout_lab.emses.units import Unit
from emout_lab.xarrays import with_values

Array = np.ndarray[Any, Any]

# What keeps the unit: of one operand, of operands that share it, of a field times a plain number.
_UNARY = {np.negative, np.positive, np.absolute, np.fabs, np.rint, np.floor, np.ceil, np.trunc}
_SHARED = {np.add, np.subtract, np.maximum, np.minimum, np.fmax, np.fmin, np.hypot}
_SCALED = {np.multiply, np.true_divide, np.floor_divide}


class Quantity(NamedTuple):
    """Values at their places, and the unit that they are in.

    Parameters
    ----------
    array : xarray.DataArray
        Values, lazy or not, with coordinates; its attribute ``units`` names the unit.
    unit : Unit or None
        The unit with its conversion; None where it is not known.
    """

    array: xr.DataArray
    unit: Unit | None


def keeps_unit(ufunc: np.ufunc, operands: Sequence[Any]) -> bool:
    """Tell whether the result of a ufunc is of the same quantity as its operands.

    Parameters
    ----------
    ufunc : numpy.ufunc
        What is applied.
    operands : sequence
        Of each a `Quantity`, or a number or array without a unit.

    Examples
    --------
    >>> x = Quantity(xr.DataArray([1.0, 2.0], attrs={"units": "m"}), Unit("length", "m", 0.5))
    >>> t = Quantity(xr.DataArray([1.0, 2.0], attrs={"units": "s"}), Unit("time", "s", 0.1))
    >>> keeps_unit(np.add, (x, x)), keeps_unit(np.add, (x, t)), keeps_unit(np.multiply, (x, 3))
    (True, False, True)
    """
    quantities = [item for item in operands if isinstance(item, Quantity)]
    if ufunc in _UNARY:
        return True
    if ufunc in _SHARED:
        first = quantities[0]
        return all(
            _unit_name(item) == _unit_name(first) and item.unit == first.unit for item in quantities
        )
    if ufunc in _SCALED:
        others = [item for item in operands if not isinstance(item, Quantity)]
        is_plain = all(isinstance(item, Number) or np.ndim(item) == 0 for item in others)
        is_first = ufunc is np.multiply or isinstance(operands[0], Quantity)
        return len(quantities) == 1 and is_plain and is_first
    return False


def placed(
    values: Any, quantities: Sequence[Quantity], is_kept: bool
) -> tuple[int, xr.DataArray] | None:
    """Put values at the places of the first quantity that has their shape.

    Parameters
    ----------
    values : ndarray
        Result of an operation.
    quantities : sequence of Quantity
        Its operands.
    is_kept : bool
        Whether the result is of the same quantity, and so has its unit, and its name where there
        is one.

    Returns
    -------
    tuple of (int, xarray.DataArray), or None
        Number of that quantity, and the array; None where none has the shape, or there is one
        value only.
    """
    shape = np.shape(values)
    place = next((n for n, item in enumerate(quantities) if item.array.shape == shape), None)
    if place is None or not shape:
        return None
    template = quantities[place].array
    is_named = is_kept and len({item.array.name for item in quantities}) == 1
    array = at_places_of(template, values, template.name if is_named else None, is_kept)
    # A difference of two slices lies at neither position.
    gone = _disagreeing(template, quantities) if len(quantities) > 1 else []
    return place, array.drop_vars(gone) if gone else array


def at_places_of(template: xr.DataArray, values: Array, name: Any, is_kept: bool) -> xr.DataArray:
    """Put other values at the places of an array; with its unit where that is kept."""
    unit = template.attrs.get("units")
    variable = xr.Variable(template.dims, values, {"units": unit} if is_kept and unit else {})
    # copy(data=values) would copy every index as well, in ten times the time.
    array: xr.DataArray = with_values(template, variable, name)
    return array


def _unit_name(quantity: Quantity) -> str:
    return str(quantity.array.attrs.get("units", ""))


def _disagreeing(template: xr.DataArray, quantities: Sequence[Quantity]) -> list[str]:
    """Names of the template's fixed positions that other operands do not share."""
    places = [item.array.coords.variables for item in quantities]
    fixed = {name: at.values for name, at in template.coords.variables.items() if not at.dims}
    return [
        str(name)
        for name, position in fixed.items()
        if any(not np.array_equal(at[name].values, position) for at in places if name in at)
    ]
