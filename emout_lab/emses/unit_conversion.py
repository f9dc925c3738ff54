"""From SI back to EMSES units: arrays with their coordinates."""

from __future__ import annotations

import xarray as xr

from emout_lab.emses.field_sources import DIMS, EMSES_FACTOR, EMSES_TEXT
from emout_lab.emses.units import EMSES_UNIT, GRID_UNIT, Unit, Units

#: Unit of a time coordinate that counts output steps.
STEP_UNIT = "step"


def axis_unit(array: xr.DataArray, dim: str, units: Units | None, use_si: bool) -> str:
    """Return the unit of a coordinate as text."""
    unit = str(array.coords[dim].attrs.get("units", ""))
    if use_si or units is None or unit == STEP_UNIT:
        return unit
    if EMSES_TEXT in array.coords[dim].attrs:
        return str(array.coords[dim].attrs[EMSES_TEXT])
    return EMSES_UNIT if dim == "t" else GRID_UNIT


def axis_factor(array: xr.DataArray, dim: str, units: Units | None) -> float:
    """Return what one EMSES unit of a coordinate is in the unit that it has."""
    if units is None or array.coords[dim].attrs.get("units") == STEP_UNIT:
        return 1.0
    own = array.coords[dim].attrs.get(EMSES_FACTOR)
    if own is not None:
        return float(own)
    return units.t.factor if dim == "t" else units.length.factor


def in_emses_units(array: xr.DataArray, unit: Unit | None, units: Units) -> xr.DataArray:
    """Return an array with values and coordinates in EMSES units.

    Parameters
    ----------
    array : xarray.DataArray
        Values and coordinates in SI; lazy values are read.
    unit : Unit or None
        Unit of the values; None leaves them as they are.
    units : Units
        Units of the run.
    """
    if unit is not None:
        array = (array / unit.factor).assign_attrs(array.attrs, units=EMSES_UNIT)
    scaled = {
        dim: (array.coords[dim] / axis_factor(array, dim, units)).assign_attrs(
            array.coords[dim].attrs, units=axis_unit(array, dim, units, False)
        )
        for dim in DIMS
        if dim in array.coords
    }
    converted: xr.DataArray = array.assign_coords(scaled)
    return converted
