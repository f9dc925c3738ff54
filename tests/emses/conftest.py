"""A demo run, written once, and damaged copies of it."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from emout_lab.emses import Emout
from emout_lab.emses.demo import write_demo_data

GRID = 16
STEPS = 4


@pytest.fixture(scope="session", autouse=True)
def _draw_without_a_display():
    import matplotlib

    matplotlib.use("agg")


@pytest.fixture(scope="session")
def demo_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_demo_data(tmp_path_factory.mktemp("demo"), grid=GRID, steps=STEPS)


@pytest.fixture
def data(demo_dir: Path) -> Emout:
    return Emout(demo_dir)


@pytest.fixture
def run_copy(demo_dir: Path, tmp_path: Path) -> Path:
    """A copy of the demo run that a test may damage."""
    return Path(shutil.copytree(demo_dir, tmp_path / "run"))


@pytest.fixture
def keyless_dir(run_copy: Path) -> Path:
    """A run whose parameter file has no conversion key."""
    inp = run_copy / "plasma.inp"
    inp.write_text(inp.read_text().split("\n", 1)[1])
    return run_copy


@pytest.fixture
def ax():
    import matplotlib.pyplot as plt

    figure, axes = plt.subplots()
    yield axes
    plt.close(figure)
