"""Output steps of a species: positions that are asked for, and how they are called."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from emout_lab.emses.particles.source import ParticleSource
from emout_lab.emses.plot.labels import quantity_text
from emout_lab.errors import BadIndex, DataError


def checked_position(positions: Sequence[int], key: Any, name: str) -> int:
    """Return one of the positions.

    Raises
    ------
    BadIndex
        When there is none, or the key is no integer.
    """
    if isinstance(key, bool) or not isinstance(key, (int, np.integer)):
        raise BadIndex(
            f"{name}[{key!r}]: output steps are taken by an integer, a slice or a list of integers."
        )
    if not -len(positions) <= key < len(positions):
        raise BadIndex(f"{name}[{key}]: there are {len(positions)} output steps, from 0.")
    return positions[int(key)]


def step_title(source: ParticleSource, positions: Sequence[int]) -> str:
    """Say which particles are meant: ``p1, t = 3 µs``."""
    if not len(positions):
        return f"{source.name}, no steps"
    times = source.times()[list(positions)]
    first, last = (quantity_text(float(time), source.time_unit) for time in (times[0], times[-1]))
    dim = "t" if source.has_times else "step"
    if len(positions) == 1:
        return f"{source.name}, {dim} = {first}"
    return f"{source.name}, {dim} = {first} to {last} ({len(positions)} steps)"


def require_units(source: ParticleSource) -> None:
    """Refuse to convert where the parameters have no conversion key."""
    if source.units is None:
        raise DataError(
            f"{source.name} is in EMSES units: the parameter file has no conversion key. Add a "
            "first line like: !!key dx=[0.001],to_c=[1000.0]"
        )
