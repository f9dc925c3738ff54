"""Moments of the velocities over the output steps: mean, spread, temperature."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from emout_lab.emses.particles.binning import limits_of
from emout_lab.emses.particles.blocks import Selection, over_blocks
from emout_lab.emses.particles.kernels import Moment, Moments, join_moments
from emout_lab.emses.particles.quantities import energy_of, quantity
from emout_lab.emses.particles.source import VELOCITIES
from emout_lab.errors import UnknownField

if TYPE_CHECKING:
    import pandas as pd


def moments(selection: Selection, where: Mapping[str, Any] | None = None) -> pd.DataFrame:
    """Return the moments as a table; parameters as for `ParticlesSeries.moments`."""
    import pandas as pd  # noqa: PLC0415 - loaded by few

    source = selection.source
    names = [name for name in VELOCITIES if name in source.columns]
    if not names:
        raise UnknownField(
            f"Species {source.species} has no velocities: {source.directory} has the files of "
            f"{', '.join(source.columns)}."
        )
    quantities = tuple(quantity(source, name) for name in names)
    limits = limits_of(source, where)
    needed = [*names, *(column for item in limits for column in item[0].columns)]
    found = join_moments(
        over_blocks(
            selection,
            tuple(dict.fromkeys(needed)),
            Moments(quantities, limits),
            label=f"{selection.name}: moments",
        )
    )
    none = Moment(0, np.full(len(names), np.nan), np.full(len(names), np.nan))
    rows = [found.get(position, none) for position in selection.positions]
    means = np.array([row.mean for row in rows]).reshape(len(rows), len(names))
    spreads = np.array([row.deviations / max(row.count, 1) for row in rows]).reshape(means.shape)
    table = {
        "t": source.times()[list(selection.positions)],
        "count": [row.count for row in rows],
        **{name: means[:, i] for i, name in enumerate(names)},
        **{f"std_{name}": np.sqrt(spreads[:, i]) for i, name in enumerate(names)},
    }
    units = {"t": source.time_unit}
    for name in names:
        units[name] = units[f"std_{name}"] = source.unit_text(name)
    if source.charge_to_mass:
        unit, factor = energy_of(source)
        for i, name in enumerate(names):
            table[f"T{name[1]}"] = factor * spreads[:, i]
            units[f"T{name[1]}"] = unit
        if len(names) == len(VELOCITIES):
            table["T"] = factor * spreads.mean(axis=1)
            units["T"] = unit
    index = pd.Index(source.numbers[list(selection.positions)], name="step")
    result: pd.DataFrame = pd.DataFrame(table, index=index)
    result.attrs["units"] = units
    return result
