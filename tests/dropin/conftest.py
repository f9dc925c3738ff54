"""A run with everything that upstream's guides use, and a restart of it."""

from __future__ import annotations

import shutil
from pathlib import Path

import h5py
import matplotlib.pyplot as plt
import pytest

import emout_lab.emout as emout
from emout_lab.emses.demo import write_demo_data

GRID, STEPS = 12, 5
#: Fields that the demo lacks: what they are copied from, and by what they are multiplied.
COPIED = {
    **{f"j{species}{axis}": (f"e{axis}", 3.0) for species in (1, 2) for axis in "xyz"},
    **{f"b{axis}": (f"e{axis}", 7.0) for axis in "xyz"},
}
CURRENTS = " 0  0.0  0.0  0  0.0  0.0\n {0}  1.5E-02  1.0E-02  {0}  -2.0e-3  0.0\n"


def copied(path: Path, name: str, factor: float) -> None:
    """Write a field as a multiple of another."""
    target = path.with_name(f"{name}00_0000.h5")
    with h5py.File(path) as source, h5py.File(target, "w") as file:
        (group,) = source.values()
        for step, values in group.items():
            file[f"{name}/{step}"] = values[...] * factor


@pytest.fixture(scope="session")
def run_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run; beside it lies its restart, named as upstream names them."""
    run = write_demo_data(tmp_path_factory.mktemp("dropin") / "run", grid=GRID, steps=STEPS)
    for name, (source, factor) in COPIED.items():
        copied(run / f"{source}00_0000.h5", name, factor)
    last = emout.Emout(run).inp.nstep
    (run / "icur").write_text(CURRENTS.format(last))
    (run / "ocur").write_text(CURRENTS.format(last))
    (run / "pbody").write_text(f" 0 0.0 0.0\n {last} -1.0 0.0\n")
    later = run.with_name("run_2")
    shutil.copytree(run, later)
    for path in later.glob("*.h5"):
        with h5py.File(path, "a") as file:
            (group,) = file.values()
            for values in group.values():
                values[...] = values[...] + 0.25
    return run


@pytest.fixture(scope="session")
def data(run_dir: Path) -> emout.Emout:
    return emout.Emout(run_dir)


@pytest.fixture(autouse=True)
def _close_figures():
    import matplotlib

    matplotlib.use("agg")
    yield
    plt.close("all")
