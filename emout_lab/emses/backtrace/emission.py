"""Particles that bodies emit: photoelectrons where light falls, and surfaces that the run names."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from emout_lab.emses.backtrace import parameters
from emout_lab.emses.backtrace.bodies import Row, plate, with_role
from emout_lab.emses.backtrace.crossings import ONE_SIDED
from emout_lab.emses.backtrace.maxwellian import Maxwellian, direction
from emout_lab.errors import DataError

if TYPE_CHECKING:
    from emout_lab.emses.parameters import Parameters

Array = np.ndarray[Any, Any]
Shadow = Callable[[Array, Array], Array]

#: ``nflag_emit`` of photoelectrons; 1 is emission of other kinds, 0 none.
PHOTOELECTRONS = 2
#: Angles from here on mean that none is given.
NO_ANGLE = 9000.0
#: Only the half of a Maxwellian that leaves the surface is emitted; it is normalised to 1.
HALF = 2.0


@dataclass(frozen=True)
class Emission:
    """What surfaces emit.

    Parameters
    ----------
    plates : tuple of (Maxwellian, float)
        Emitting rectangles, in the order of their rows in the table of bodies, which they lead:
        velocities, and current relative to the species'.
    lit : Maxwellian or None
        Velocities at all other surfaces where light falls; None where they emit nothing.
    light : ndarray, shape (3,), optional
        Unit vector towards the light.
    """

    plates: tuple[tuple[Maxwellian, float], ...]
    lit: Maxwellian | None = None
    light: Array | None = None

    def density(self, phases: Array, surfaces: Array, are_in_shadow: Shadow) -> Array:
        """Return the density of what is emitted where orbits end on bodies.

        An orbit that ends on a surface left it forward in time, so the velocity points outward.

        Parameters
        ----------
        phases : ndarray, shape (n, 6)
            Position and velocity at the surface.
        surfaces : ndarray of int, shape (n,)
            The surface, as a row of the table of bodies; -1 for none of it.
        are_in_shadow : callable
            Called with points on bodies and the direction of the light, see `Domain.are_in_shadow`.
        """
        density = np.zeros(len(phases))
        for number, (maxwellian, current) in enumerate(self.plates):
            is_here = surfaces == number
            density[is_here] = HALF * current * maxwellian.density(phases[is_here, 3:])
        if self.lit is not None and self.light is not None:
            others = np.flatnonzero(surfaces >= len(self.plates))
            sunny = others[~are_in_shadow(phases[others, :3], self.light)]
            density[sunny] = HALF * self.lit.density(phases[sunny, 3:])
        return density


def is_emitted(inp: Parameters, ispec: int) -> bool:
    """Tell whether surfaces emit a species (``nflag_emit``)."""
    return parameters.of_species(inp, "nflag_emit", ispec, 0) != 0


def is_photoelectron(inp: Parameters, ispec: int) -> bool:
    """Tell whether a species is photoelectrons."""
    return parameters.of_species(inp, "nflag_emit", ispec, 0) == PHOTOELECTRONS


def emission_current(inp: Parameters, ispec: int) -> float:
    """Return the emitted current density (``curf``) in EMSES units.

    It is given for each species, or once for the only one that is emitted.
    """
    own = _item(inp, "curf", ispec)
    return own if own else _item(inp, "curf", 0) or 0.0


def emission_of(inp: Parameters, ispec: int, maxwellian: Maxwellian) -> Emission:
    """Read what emits a species from ``&emissn``."""
    plates = tuple(
        (_from_plate(maxwellian, inp, number), _current(inp, ispec, number))
        for number in _numbers(inp, ispec)
    )
    if not _is_lit(inp, ispec):
        return Emission(plates)
    return Emission(plates, maxwellian, _light(inp, ispec))


def plates_of(inp: Parameters, ispec: int) -> list[Row]:
    """Return the rectangles that emit a species, as surfaces that are seen from outside only.

    Raises
    ------
    DataError
        When their limits or directions are missing.
    """
    rows = []
    for number in _numbers(inp, ispec):
        axis, side = _facing(inp, number)
        limits = [
            (_given(inp, f"{name}mine", number), _given(inp, f"{name}maxe", number))
            for name in "xyz"
        ]
        rows.append(with_role(plate(axis, limits, side), ONE_SIDED))
    return rows


def emits_nothing(inp: Parameters, ispec: int) -> bool:
    """Tell whether a species is emitted, and the run says neither from where nor by what light."""
    return is_emitted(inp, ispec) and not (_is_lit(inp, ispec) or list(_numbers(inp, ispec)))


def _is_lit(inp: Parameters, ispec: int) -> bool:
    return is_photoelectron(inp, ispec) and bool(inp.get("use_raycast"))


def _light(inp: Parameters, ispec: int) -> Array:
    """Return the direction against that of the light, which is the drift's if no other is given."""
    angles = []
    for name, instead in (("ray_zenith_angle_deg", "vdthz"), ("ray_azimuth_angle_deg", "vdthxy")):
        angle = parameters.of_species(inp, name, ispec, NO_ANGLE)
        is_given = angle < NO_ANGLE
        angles.append(angle if is_given else parameters.of_species(inp, instead, ispec, 0.0))
    return -direction(*angles)


def _numbers(inp: Parameters, ispec: int) -> Iterator[int]:
    """Numbers of the species' rectangles among those of all species, from 0."""
    counts = [int(parameters.of_species(inp, "nepl", number, 0)) for number in range(ispec + 1)]
    return iter(range(sum(counts[:-1]), sum(counts)))


def _facing(inp: Parameters, number: int) -> tuple[int, float]:
    facing = _given(inp, "nemd", number)
    if abs(facing) not in (1, 2, 3):
        raise DataError(
            f"nemd({number + 1}) = {facing:g} in {inp.file or 'the parameters'}; an emitting "
            "surface faces along 1, 2, 3 (x, y, z) or against it, -1, -2, -3."
        )
    return int(abs(facing)) - 1, 1.0 if facing > 0 else -1.0


def _from_plate(maxwellian: Maxwellian, inp: Parameters, number: int) -> Maxwellian:
    """Return the Maxwellian with its axis along the outward direction of a rectangle."""
    axis, side = _facing(inp, number)
    polar, azimuth = [(90.0, 0.0), (90.0, 90.0), (0.0, 0.0)][axis]
    polar = polar if side > 0 else polar - 180.0
    return replace(maxwellian, polar=polar, azimuth=azimuth, drift=0.0)


def _current(inp: Parameters, ispec: int, number: int) -> float:
    own = _item(inp, "curfs", number)
    whole = emission_current(inp, ispec)
    return own / whole if own is not None and own >= 0 and whole else 1.0


def _given(inp: Parameters, name: str, number: int) -> float:
    value = _item(inp, name, number)
    if value is None:
        raise DataError(
            f"{name}({number + 1}) is missing in {inp.file or 'the parameters'}; nepl says that "
            "there is such an emitting surface."
        )
    return value


def _item(inp: Parameters, name: str, number: int) -> float | None:
    value: Any = inp.get(name)
    if isinstance(value, list):
        value = value[number] if number < len(value) else None
    elif number:
        value = None
    return float(value) if isinstance(value, (int, float)) else None
