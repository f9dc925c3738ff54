"""What is counted: columns, and what is computed of them particle by particle."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from emout_lab.emses.particles.source import VELOCITIES, ParticleSource
from emout_lab.emses.plot.labels import labelled
from emout_lab.emses.units import ELECTRON_MASS, ELEMENTARY_CHARGE, EMSES_UNIT
from emout_lab.errors import DataError, UnknownField

Array = np.ndarray[Any, Any]

#: Quantities that are computed of the velocities.
DERIVED = ("speed", "energy")


@dataclass(frozen=True)
class Quantity:
    """A number that every particle has.

    Parameters
    ----------
    name : str
        A column, ``"speed"`` or ``"energy"``.
    columns : tuple of str
        What it is computed of.
    unit : str
        Its unit; empty for a plain number.
    dtype : str
        Data type of its values.
    factor : float
        Of an energy: what half the square of the speed is multiplied with.
    """

    name: str
    columns: tuple[str, ...]
    unit: str
    dtype: str = "<f8"
    factor: float = 1.0

    @property
    def label(self) -> str:
        """Such as ``"vx [m/s]"``."""
        return labelled(self.name, self.unit)

    def of(self, columns: Mapping[str, Array]) -> Array:
        """Compute it of columns."""
        if self.name not in DERIVED:
            return columns[self.name]
        squares = sum(columns[name].astype(np.float64) ** 2 for name in self.columns)
        if self.name == "speed":
            return np.asarray(np.sqrt(squares))
        return np.asarray(0.5 * self.factor * squares)


def quantity(source: ParticleSource, name: str) -> Quantity:
    """Return the quantity of a name.

    Raises
    ------
    UnknownField
        When there is none, or its columns have no files.
    DataError
        When the energy cannot be known: the parameters do not give the mass.
    """
    if name in source.columns:
        return Quantity(name, (name,), source.unit_text(name), source.dtype(name).str)
    if name not in DERIVED:
        raise UnknownField(
            f"Species {source.species} has no column {name!r} in {source.directory}. It has "
            f"{', '.join(source.columns)}; {' and '.join(DERIVED)} are computed of its velocities."
        )
    missing = [item for item in VELOCITIES if item not in source.columns]
    if missing:
        raise UnknownField(
            f"The {name} needs {', '.join(VELOCITIES)}, and species {source.species} has no "
            f"{', '.join(missing)}: {source.directory} has files of {', '.join(source.columns)}."
        )
    if name == "speed":
        return Quantity(name, VELOCITIES, source.unit_text("vx"))
    unit, factor = energy_of(source)
    return Quantity(name, VELOCITIES, unit, factor=factor)


def energy_of(source: ParticleSource) -> tuple[str, float]:
    """Return the unit of energies, and what a square of a velocity is multiplied with.

    Of a particle of one elementary charge: eV, or in EMSES units the potential that gives it.

    Raises
    ------
    DataError
        When the parameters do not give the mass.
    """
    if not source.charge_to_mass:
        raise DataError(
            f"Energies of species {source.species} need its mass, and the parameter file has no "
            f"qm({source.species}). Add it, or take the speed."
        )
    if not source.is_converted:
        return EMSES_UNIT, 1 / abs(source.charge_to_mass)
    return "eV", ELECTRON_MASS / abs(source.charge_to_mass) / ELEMENTARY_CHARGE
