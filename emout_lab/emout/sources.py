"""Fields as upstream has them: values as they are in the files, coordinates counted."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Any

import numpy as np
import xarray as xr

from emout_lab.emses.field_sources import DIMS, FieldSource
from emout_lab.emses.unit_conversion import STEP_UNIT
from emout_lab.emses.units import EMSES_UNIT, GRID_UNIT, Unit, Units

Array = np.ndarray[Any, Any]

_MAGNETIC = re.compile(r"r?b[xyz]")
_DENSITY = re.compile(r"nd\d+p")
#: Cubic metres in a cubic centimetre.
_CM3 = 1e-6


@dataclass(frozen=True)
class Conversion(Units):
    """The run's units, and the times of a field's output steps.

    Parameters
    ----------
    dx, to_c : float
        As for `Units`.
    step : Unit
        From the number of an output step to its time.
    times : tuple of float
        The time of each step, where they are not evenly spaced from 0.

    Examples
    --------
    >>> run = Conversion(0.001, 1000.0, Unit("time", "s", 0.5))
    >>> run.in_si("t", np.array([0, 3])), run.in_si("x", np.array([4]))
    (array([0. , 1.5]), array([0.004]))
    """

    step: Unit
    times: tuple[float, ...] = ()

    def in_si(self, dim: str, places: Array) -> Array:
        """Convert positions along a dimension, which are counted."""
        if dim != "t":
            return np.asarray(self.length.reverse(places))
        if self.times:
            return np.interp(places, np.arange(len(self.times)), self.times)
        return np.asarray(self.step.reverse(places))

    def of(self, dim: str) -> Unit:
        """Return the unit of a dimension."""
        return self.step if dim == "t" else self.length

    def __reduce__(self) -> tuple[Any, ...]:
        return Conversion, (self.dx, self.to_c, self.step, self.times)


@dataclass(frozen=True)
class EmsesSource(FieldSource):
    """A field's recipe that leaves the values as they are in the files.

    Parameters
    ----------
    si : Unit or None
        Conversion of the values.
    conversion : Conversion or None
        That of the coordinates.
    opening : tuple
        What the run is opened with, see `emout_lab.emses.run.reopened`.
    """

    si: Unit | None = None
    conversion: Conversion | None = None
    opening: tuple[Any, ...] = ()

    @classmethod
    def of(cls, source: FieldSource, opening: Sequence[Any]) -> EmsesSource:
        """Return the recipe of a field in EMSES units."""
        own = {item.name: getattr(source, item.name) for item in fields(FieldSource)}
        own.update(units=None, unit=None)
        return cls(
            **own,
            si=upstream_unit(source),
            conversion=_conversion(source),
            opening=tuple(tuple(part) if isinstance(part, list) else part for part in opening),
        )

    def to_emses_units(self) -> FieldSource:
        """Return the recipe itself."""
        return self

    def coordinates(self) -> dict[str, xr.Variable]:
        """Coordinates t, z, y, x: numbers of output steps and grid points."""
        names = {"t": "output step"}
        units = {"t": STEP_UNIT}
        return {
            dim: xr.Variable(
                (dim,),
                np.arange(size),
                {"units": units.get(dim, GRID_UNIT), "long_name": names.get(dim, dim)},
            )
            for dim, size in zip(DIMS, self.shape, strict=True)
        }

    def attributes(self) -> dict[str, str]:
        """Attributes of the variable."""
        return {**super().attributes(), "units": EMSES_UNIT}


def upstream_unit(source: FieldSource) -> Unit | None:
    """Return the unit in which upstream shows a field.

    Densities are per cubic centimetre there, and what stands in ``bx`` is taken for a magnetic
    field strength.
    """
    unit, units = source.unit, source.units
    if unit is None or units is None:
        return unit
    if _MAGNETIC.fullmatch(source.name):
        strength: Unit = units.H
        return strength
    if _DENSITY.fullmatch(source.name):
        return Unit(unit.name, "/cc", unit.factor * _CM3)
    return unit


def _conversion(source: FieldSource) -> Conversion | None:
    if source.units is None:
        return None
    time = source.coordinates()["t"]
    times, unit = np.asarray(time.values, dtype=float), str(time.attrs["units"])
    spacing = float(times[1] - times[0]) if len(times) > 1 else source.segments[0].interval
    if len(times) == 1 and source.has_times:
        spacing *= source.units.t.factor
    is_even = np.allclose(times, np.arange(len(times)) * spacing, rtol=1e-9, atol=0)
    return Conversion(
        source.units.dx,
        source.units.to_c,
        Unit("time", unit, spacing),
        () if is_even else tuple(times.tolist()),
    )
