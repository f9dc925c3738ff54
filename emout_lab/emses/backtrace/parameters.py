"""Parameters of one species, read with errors that name them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from emout_lab.errors import DataError

if TYPE_CHECKING:
    from emout_lab.emses.parameters import Parameters


def number_of_species(inp: Parameters) -> int:
    """Return how many species the run has."""
    charges = inp.get("qm")
    return int(inp.get("nspec") or (len(charges) if isinstance(charges, list) else 1))


def check_species(inp: Parameters, ispec: int) -> None:
    """Refuse a species that the run does not have."""
    count = number_of_species(inp)
    if not isinstance(ispec, (int, np.integer)) or not 0 <= ispec < count:
        raise DataError(
            f"There is no species ispec={ispec!r}: the run has {count}, counted from 0 "
            f"(0 to {count - 1})."
        )


def of_species(inp: Parameters, name: str, ispec: int, default: float | None = None) -> float:
    """Return the value of a per-species parameter."""
    value: Any = inp.get(name)
    if isinstance(value, list):
        value = value[ispec] if ispec < len(value) else None
    if value is None:
        value = default
    if not isinstance(value, (int, float)):
        raise DataError(
            f"{name}({ispec + 1}) is missing in {inp.file or 'the parameters'}; the orbits of "
            f"species {ispec} need it."
        )
    return float(value)


def positive(inp: Parameters, name: str, ispec: int, default: float | None = None) -> float:
    """Return the value of a per-species parameter that must be above zero."""
    value = of_species(inp, name, ispec, default)
    if value <= 0:
        raise DataError(
            f"{name}({ispec + 1}) = {value:g} in {inp.file or 'the parameters'}; it must be "
            "above zero for a Maxwellian source."
        )
    return value


def cells(inp: Parameters) -> tuple[int, int, int]:
    """Return the number of cells along x, y, z."""
    return (int(inp["nx"]), int(inp["ny"]), int(inp["nz"]))


def faces(inp: Parameters, ispec: int) -> tuple[int, int, int]:
    """Return the kind of the outer faces along x, y, z for a species (``npbnd``)."""
    value: Any = inp.get("npbnd")
    if value is None:
        return (0, 0, 0)
    flat = [kind for part in value for kind in (part if isinstance(part, list) else [part])]
    kinds = flat[3 * ispec : 3 * ispec + 3]
    if len(kinds) < 3 or any(kind not in (0, 1, 2, 3) for kind in kinds):
        raise DataError(
            f"npbnd = {value} in {inp.file or 'the parameters'} gives no faces for species "
            f"{ispec}: three numbers per species are needed, each 0 (periodic), 1 (reflecting), "
            "2 (open) or 3 (absorbing)."
        )
    return (int(kinds[0]), int(kinds[1]), int(kinds[2]))


def periods(inp: Parameters, ispec: int) -> tuple[float, float, float]:
    """Return the distances of periodic faces along x, y, z [cells]; 0 where they are not so."""
    sides = zip(cells(inp), faces(inp, ispec), strict=True)
    x, y, z = (float(side) if kind == 0 else 0.0 for side, kind in sides)
    return (x, y, z)
