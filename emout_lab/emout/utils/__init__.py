"""Parameters and units under upstream's names."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from emout_lab.emses import poisson_solver
from emout_lab.emses.parameters import Parameters, Tables, read_parameters
from emout_lab.emses.units import VACUUM_PERMITTIVITY, Units, UnitTranslator

#: Tables of a ``plasma.toml``.
TomlData = Tables

__all__ = [
    "InpFile",
    "TomlData",
    "UnitConversionKey",
    "UnitTranslator",
    "Units",
    "load_toml",
    "poisson",
]


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


def poisson(
    rho: Any,
    dx: float,
    boundary_types: Any = None,
    boundary_values: Any = None,
    btypes: str | None = None,
    epsilon_0: float = VACUUM_PERMITTIVITY,
) -> np.ndarray[Any, Any]:
    """Find the potential of a charge density as upstream does; values are taken as they are.

    Parameters
    ----------
    rho, dx, boundary_types, boundary_values, btypes, epsilon_0
        As for `emout_lab.emses.poisson`, whose own result meets the equation where upstream's does
        not.
    """
    found: np.ndarray[Any, Any] = poisson_solver.poisson(
        np.asarray(rho), dx, boundary_types, boundary_values, btypes, epsilon_0, like_emout=True
    )
    return found
