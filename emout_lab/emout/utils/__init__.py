"""Parameters and units under upstream's names."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any, NamedTuple

from emout_lab.emses.parameters import Parameters, Tables, read_parameters
from emout_lab.emses.units import Unit, Units

#: Tables of a ``plasma.toml``.
TomlData = Tables

__all__ = ["InpFile", "TomlData", "UnitConversionKey", "UnitTranslator", "Units", "load_toml"]


class _Reading(type):
    def __instancecheck__(cls, instance: Any) -> bool:
        return type.__instancecheck__(Parameters, instance)


class InpFile(metaclass=_Reading):
    """Reads a parameter file: ``InpFile("plasma.inp")`` gives `Parameters`.

    Parameters
    ----------
    filename : path
        The file. What is read is not changed here, and not written.
    """

    def __new__(cls, filename: str | os.PathLike[str]) -> Any:
        """Read a file."""
        return read_parameters(Path(filename))


class UnitConversionKey(NamedTuple):
    """The conversion key of a parameter file.

    Parameters
    ----------
    dx : float
        Grid spacing [m].
    to_c : float
        Speed of light in EMSES units.
    """

    dx: float
    to_c: float


def load_toml(filename: str | os.PathLike[str]) -> Tables | None:
    """Read the tables of a ``plasma.toml``; None of another file."""
    return read_parameters(Path(filename)).tables


def UnitTranslator(  # noqa: N802 - upstream's name
    from_unit: float, to_unit: float, name: str | None = None, unit: str | None = None
) -> Unit:
    """Make a unit of a value in SI and the same in EMSES units.

    Parameters
    ----------
    from_unit, to_unit : float
        One value in SI and in EMSES units.
    name, unit : str, optional
        Name of the quantity, and of its SI unit.

    Examples
    --------
    >>> UnitTranslator(299792458.0, 1000.0, "velocity", "m/s").trans(299792.458)
    1.0
    """
    return Unit(name or "", unit or "", from_unit / to_unit)
