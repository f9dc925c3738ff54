"""Where particles come from: the phase-space density at outer faces and emitting surfaces."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from emout_lab.emses.backtrace import parameters
from emout_lab.emses.backtrace.emission import (
    Emission,
    emission_current,
    emission_of,
    is_emitted,
    is_photoelectron,
)
from emout_lab.emses.backtrace.kernel import BODY, BROKEN, OPEN, RUNNING
from emout_lab.emses.backtrace.maxwellian import Maxwellian, maxwellian_of
from emout_lab.emses.units import ELEMENTARY_CHARGE, field_unit

if TYPE_CHECKING:
    from emout_lab.emses.backtrace.domain import Domain
    from emout_lab.emses.backtrace.tracer import Ends
    from emout_lab.emses.parameters import Parameters

Array = np.ndarray[Any, Any]


@dataclass(frozen=True)
class Source:
    """All places where a species comes from.

    Parameters
    ----------
    outside : Maxwellian or None
        At the open faces; None where nothing comes in.
    emission : Emission or None
        At bodies; None where nothing is emitted.
    """

    outside: Maxwellian | None
    emission: Emission | None = None

    def density(self, ends: Ends, domain: Domain) -> Array:
        """Return the density where orbits end, zero at absorbing faces and at other bodies.

        NaN where an orbit did not end within the steps allowed, so that nothing is known.
        """
        density = np.zeros(len(ends.status))
        is_open = ends.status == OPEN
        if self.outside is not None:
            density[is_open] = self.outside.density(ends.phases[is_open, 3:])
        is_met = ends.status == BODY
        if self.emission is not None and is_met.any():
            density[is_met] = self.emission.density(
                ends.phases[is_met], ends.surfaces[is_met], domain.are_in_shadow
            )
        density[(ends.status == RUNNING) | (ends.status == BROKEN)] = np.nan
        return density


def source_of(inp: Parameters, ispec: int) -> Source:
    """Read where a species comes from.

    A species that surfaces emit (``nflag_emit``) does not come in through outer faces.

    Raises
    ------
    DataError
        When the thermal speeds are missing or not positive.
    """
    maxwellian = maxwellian_of(inp, ispec)
    if not is_emitted(inp, ispec):
        return Source(maxwellian)
    return Source(None, emission_of(inp, ispec, maxwellian))


def reference_density(inp: Parameters, ispec: int) -> float | None:
    """Return what a density of 1 means [m^-3], None where the parameters do not tell.

    Of photoelectrons it is the density right at a surface that emits the current ``curf`` with the
    thermal speed ``path``, of other species the one of their plasma frequency ``wp``.
    """
    units = inp.units
    if units is None:
        return None
    if is_photoelectron(inp, ispec):
        current = float(units.J.reverse(emission_current(inp, ispec)))
        speed = float(units.v.reverse(parameters.positive(inp, "path", ispec)))
        # Half a Maxwellian leaves with the mean speed sqrt(2 / pi) times the thermal one.
        return current / ELEMENTARY_CHARGE / (np.sqrt(2 / np.pi) * speed) or None
    unit = field_unit(
        "nd1p",
        units,
        plasma_frequency=parameters.of_species(inp, "wp", ispec, 0.0),
        charge_to_mass=parameters.of_species(inp, "qm", ispec),
    )
    return None if unit is None else unit.factor
