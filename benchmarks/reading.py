"""Reading parts of a thousand output steps in this process, against h5py step by step."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import h5py
import matplotlib.pyplot as plt
import numpy as np
from setting import Setting, write_series
from table import Row, at_least, interleaved

from emout_lab import Emout
from emout_lab.emses.dataset_places import REMEMBERED

STEPS, GRID = 1000, 32
ALL = slice(None)
#: Parts (z, y, x) of each step, and how many times as fast they have to be.
PARTS = {
    "values at a point": ((3, 4, 5), 8.0),
    "values along x": ((3, 4, ALL), 8.0),
    "planes of z": ((3, ALL, ALL), 5.0),
    "planes of y": ((ALL, 4, ALL), 2.0),
    "whole steps": ((ALL, ALL, ALL), 1.5),
}


def measure(setting: Setting) -> list[Row]:
    """Read both ways in turns, with warm caches."""
    folder = write_series(setting.run, GRID, STEPS)
    field = Emout(folder, local_data_policy="local").phisp
    rows = []
    for what, (part, budget) in PARTS.items():
        ours, theirs = interleaved(
            lambda part=part: field[(ALL, *part)].values,
            lambda part=part: step_by_step(folder, part),
            rounds=7,
        )
        rows.append(at_least(budget, f"{what}, {STEPS:,} steps, against h5py", ours, theirs))
    return [*rows, *first_read(folder), *line_plot(folder)]


def step_by_step(folder: Path, part: tuple[object, ...]) -> np.ndarray:
    """Read a part of each step as h5py does it."""
    with h5py.File(folder / "phisp00_0000.h5", locking=False) as file:
        return np.stack([file[f"phisp/{step:04d}"][part] for step in range(STEPS)])


def first_read(folder: Path) -> list[Row]:
    """Read when it is not yet known where the steps are."""
    point = (3, 4, 5)

    def first() -> np.ndarray:
        REMEMBERED.clear()
        return Emout(folder, local_data_policy="local").phisp[(ALL, *point)].values

    ours, theirs = interleaved(first, lambda: step_by_step(folder, point), rounds=7)
    return [at_least(1.5, f"run opened and first read, {STEPS:,} steps", ours, theirs)]


def line_plot(folder: Path) -> list[Row]:
    """Draw values at a point over time, as a user does it again and again."""
    data = Emout(folder, local_data_policy="local")
    times = data.phisp.axis("t")

    def drawn(draw: Callable[[], object]) -> None:
        draw()
        plt.close("all")

    ours, theirs = interleaved(
        lambda: drawn(lambda: data.phisp[:, 3, 4, 5].plot()),
        lambda: drawn(lambda: plt.plot(times, step_by_step(folder, (3, 4, 5)))),
        rounds=7,
    )
    return [at_least(1.5, f"line plot of {STEPS:,} steps, against h5py", ours, theirs)]
