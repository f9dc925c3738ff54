"""Particles: positions and velocities together, for scripts that handle them one by one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np

from emout_lab.errors import SpecError

Array = np.ndarray[Any, Any]


class Particle(NamedTuple):
    """A point of phase space, in EMSES units.

    Parameters
    ----------
    pos, vel : ndarray, shape (3,)
        Position and velocity.
    """

    pos: Array
    vel: Array


class Particles(Sequence[Particle]):
    """Particles as a sequence; their arrays are shared, not copied.

    Parameters
    ----------
    phases : ndarray, shape (n, 6)
        Positions and velocities.

    Examples
    --------
    >>> particles = Particles(np.arange(12.0).reshape(2, 6))
    >>> particles[1].vel.tolist(), len(particles[:1])
    ([9.0, 10.0, 11.0], 1)
    """

    def __init__(self, phases: Array) -> None:
        self.phases = phases

    def __len__(self) -> int:
        return len(self.phases)

    def __getitem__(self, index: Any) -> Any:
        chosen = self.phases[index]
        return Particle(chosen[:3], chosen[3:]) if chosen.ndim == 1 else Particles(chosen)

    def __iter__(self) -> Iterator[Particle]:
        return (Particle(phase[:3], phase[3:]) for phase in self.phases)

    def __repr__(self) -> str:
        return f"<{len(self)} particles>"


def phases_of(particles: Any) -> Array:
    """Return the phases of particles: `Particles`, an array, or objects with ``pos`` and ``vel``.

    Raises
    ------
    SpecError
        When they are something else.
    """
    if isinstance(particles, Particles):
        return particles.phases
    try:
        if isinstance(particles, np.ndarray):
            phases = np.asarray(particles, dtype=np.float64)
        else:
            phases = np.array(
                [[*item.pos, *item.vel] for item in particles], dtype=np.float64
            ).reshape(-1, 6)
    except (AttributeError, TypeError, ValueError):
        phases = np.empty(0)
    if phases.ndim != 2 or phases.shape[1] != 6:
        raise SpecError(
            "particles must be result.particles, parts of it, an array of shape (n, 6) with x, y, "
            "z, vx, vy, vz, or objects with .pos and .vel.",
            "particles",
        )
    return phases


def paired(positions: Any, velocities: Any) -> Array:
    """Return the phases of positions and velocities, each of shape (n, 3)."""
    places, speeds = vectors("positions", positions), vectors("velocities", velocities)
    if places.shape != speeds.shape:
        raise SpecError(
            f"positions has shape {places.shape} and velocities {speeds.shape}; they must be the "
            "same."
        )
    return np.concatenate([places, speeds], axis=1)


def vectors(name: str, value: Any, count: int | None = None) -> Array:
    """Return vectors as an array of shape (n, 3); of shape (1, 3) where `count` is 1."""
    try:
        array = np.asarray(value, dtype=np.float64)
        array = np.empty((0, 3)) if array.size == 0 else np.atleast_2d(array)
    except (TypeError, ValueError):
        array = np.empty((0, 0))
    if array.ndim != 2 or array.shape[1] != 3 or (count is not None and len(array) != count):
        wanted = "three numbers" if count == 1 else "an array of shape (n, 3)"
        raise SpecError(f"{name}={value!r} must be {wanted}.", name)
    return array
