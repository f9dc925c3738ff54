"""The same particle files read by the real upstream emout, in an environment of its own."""

from __future__ import annotations

import subprocess
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import peer
import pytest

import emout_lab.emout
from emout_lab.emses import Emout
from emout_lab.emses.demo import write_demo_data
from emout_lab.emses.demo_particles import write_demo_particles

READ = """
import sys
import numpy as np
import emout

data = emout.Emout(sys.argv[1])
p = data.p1
found = {"steps": len(p), "columns": np.array(p.available_components())}
for step in range(len(p)):
    for name in p.available_components():
        column = getattr(p, name)[step]
        found[f"{name} {step}"] = column.values
        if column.valunit is not None:
            found[f"{name} {step} si"] = column.val_si.values
found["frame"] = p[1].to_dataframe(use_si=True).to_numpy()
found["series"] = data.p2.vx[-1].val_si.to_series().to_numpy()
np.savez(sys.argv[2], **found)
"""


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    target = write_demo_data(tmp_path_factory.mktemp("particles") / "run", grid=8, steps=3)
    return write_demo_particles(target, particles=2000)


@pytest.fixture(scope="module")
def upstream(run: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, np.ndarray]:
    target = tmp_path_factory.mktemp("upstream") / "found.npz"
    done = subprocess.run(
        [peer.interpreter(), "-c", READ, str(run), str(target)],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    with np.load(target) as found:
        return dict(found)


def test_steps_columns_and_values_are_upstreams(run: Path, upstream: dict[str, np.ndarray]):
    electrons = Emout(run).p1
    assert len(electrons) == upstream["steps"]
    assert set(electrons.columns) == set(upstream["columns"].tolist())
    for name in electrons.columns:
        for step in range(len(electrons)):
            column = getattr(electrons, name)[step]
            np.testing.assert_array_equal(column.val_emses, upstream[f"{name} {step}"])
            if name != "tid":
                si = upstream[f"{name} {step} si"]
                np.testing.assert_allclose(column.val_si, si, rtol=3e-5)


def test_tables_and_series_are_upstreams(run: Path, upstream: dict[str, np.ndarray]):
    data = Emout(run)
    np.testing.assert_allclose(data.p1[1].to_dataframe(), upstream["frame"], rtol=3e-5)
    series = data.p2.vx[-1].val_si.to_series()
    np.testing.assert_allclose(series, upstream["series"], rtol=3e-5)
    hist = data.p2[-1].hist("vx", bins=30, range=(-1e5, 1e5))
    np.testing.assert_allclose(
        hist.counts, np.histogram(upstream["series"], 30, (-1e5, 1e5))[0], atol=1
    )


def test_the_dropin_has_emses_units_as_upstream(run: Path, upstream: dict[str, np.ndarray]):
    data = emout_lab.emout.Emout(run)
    for electrons in (data.p1, data["p1"], data.particle(1)):
        for name in electrons.columns:
            np.testing.assert_array_equal(getattr(electrons, name)[2].values, upstream[f"{name} 2"])
    np.testing.assert_allclose(data.p1[1].to_dataframe(use_si=True), upstream["frame"], rtol=3e-5)
    assert data.p1[1].to_dataframe().x.max() > 1
    series = data.p2.vx[-1].val_si.to_series()
    np.testing.assert_allclose(series, upstream["series"], rtol=3e-5)
    # Drawn in SI, as everything that upstream draws.
    assert data.p1[1].xvx().get_xlabel() == "x [m]"
    plt.close("all")
