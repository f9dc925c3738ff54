"""The shifted Maxwellian that a species has where it comes from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from emout_lab.emses.backtrace import parameters

if TYPE_CHECKING:
    from emout_lab.emses.parameters import Parameters

Array = np.ndarray[Any, Any]


def direction(polar: float, azimuth: float) -> Array:
    """Return the unit vector of two angles [degrees]: from z, and about z from x.

    Examples
    --------
    >>> direction(90.0, 0.0).round(12).tolist()
    [1.0, 0.0, 0.0]
    """
    polar, azimuth = np.radians(polar), np.radians(azimuth)
    return np.array(
        [np.sin(polar) * np.cos(azimuth), np.sin(polar) * np.sin(azimuth), np.cos(polar)]
    )


@dataclass(frozen=True)
class Maxwellian:
    """A shifted Maxwellian with two temperatures, normalised to 1.

    With the velocity v_a along its axis and v_c across it, drift V, thermal speeds a and c::

        f(v) = exp(-((v_a - V)**2 / a**2 + v_c**2 / c**2) / 2) / ((2 pi)**(3/2) a c**2)

    Parameters
    ----------
    drift : float
        Drift speed along the axis (``vdri``).
    along, across : float
        Thermal speeds, the standard deviations, along the axis and across it (``path``, ``peth``).
    polar, azimuth : float
        Direction of the axis [degrees] from z, and about z from x (``vdthz``, ``vdthxy``).

    Examples
    --------
    >>> source = Maxwellian(drift=0.0, along=1.0, across=1.0, polar=0.0, azimuth=0.0)
    >>> round(float(source.density(np.zeros((1, 3)))[0]), 6) == round((2 * np.pi) ** -1.5, 6)
    True
    """

    drift: float
    along: float
    across: float
    polar: float
    azimuth: float

    @property
    def axis(self) -> Array:
        """Unit vector of the drift."""
        return direction(self.polar, self.azimuth)

    def density(self, velocities: Array) -> Array:
        """Return the density in velocity space.

        Parameters
        ----------
        velocities : ndarray, shape (..., 3)
            In EMSES units.
        """
        forward = velocities @ self.axis
        sideways = np.maximum(np.sum(velocities**2, axis=-1) - forward**2, 0.0)
        exponent = ((forward - self.drift) / self.along) ** 2 + sideways / self.across**2
        norm = (2 * np.pi) ** 1.5 * self.along * self.across**2
        return np.asarray(np.exp(-0.5 * exponent) / norm)


def maxwellian_of(inp: Parameters, ispec: int) -> Maxwellian:
    """Read the Maxwellian of a species from ``&intp``.

    Raises
    ------
    DataError
        When the thermal speeds are missing or not positive.
    """
    along = parameters.positive(inp, "path", ispec)
    return Maxwellian(
        drift=parameters.of_species(inp, "vdri", ispec, 0.0),
        along=along,
        across=parameters.positive(inp, "peth", ispec, along),
        polar=parameters.of_species(inp, "vdthz", ispec, 0.0),
        azimuth=parameters.of_species(inp, "vdthxy", ispec, 0.0),
    )
