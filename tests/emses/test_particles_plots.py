"""Drawings of particles: points, steps of histograms, maps of phase space."""

from __future__ import annotations

from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import pytest
from matplotlib.colors import LogNorm

from emout_lab.emses import Emout
from emout_lab.emses.demo import write_demo_data
from emout_lab.emses.demo_particles import write_demo_particles
from emout_lab.errors import BadOption, UnknownField


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Emout:
    target = write_demo_data(tmp_path_factory.mktemp("particles") / "run", grid=8, steps=3)
    return Emout(write_demo_particles(target, particles=2000))


@pytest.fixture(autouse=True)
def _closed():
    yield
    plt.close("all")


def texts(ax) -> tuple[str, str, str]:
    return ax.get_xlabel(), ax.get_ylabel(), ax.get_title()


def test_particles_are_points_with_labels_in_si(data: Emout, ax):
    step = data.p1[-1]
    assert step.plot("x", "vx", ax=ax) is ax
    points = np.asarray(ax.collections[0].get_offsets())
    np.testing.assert_allclose(points, np.column_stack([step.x.values, step.vx.values]))
    ax.figure.canvas.draw()
    assert texts(ax) == ("x [m]", "vx [10$^{6}$ m/s]", "p1, t = 133 ns") or "vx" in ax.get_ylabel()
    assert ax.get_title().startswith("p1, t = ") and ax.get_aspect() == "auto"


def test_positions_are_drawn_to_scale_and_units_are_chosen(data: Emout, ax):
    data.p2[0].plot("x", "z", ax=ax, use_si=False)
    assert ax.get_xlabel() == "x [grid]" and ax.get_aspect() == 1
    assert ax.collections[0].get_offsets().max() <= 8


def test_of_many_particles_some_are_drawn_with_a_word(data: Emout, ax):
    step = data.p1[0]
    share = -(-len(step) // 300)
    with pytest.warns(UserWarning, match=f"one in {share} of {len(step):,} particles.*points=None"):
        step.plot("x", "y", ax=ax, points=300)
    points = ax.collections[0].get_offsets()
    np.testing.assert_allclose(points[:, 0], step.x.values[::share])
    assert f"one in {share}" in ax.get_title() and len(points) <= 300
    every = step.plot("x", "y", points=None, ax=plt.figure().add_subplot())
    assert len(every.collections[0].get_offsets()) == len(step)


def test_a_quantity_colours_the_points(data: Emout, ax):
    step = data.p1[0]
    step.plot("x", "y", c="energy", ax=ax)
    assert len(ax.collections[0].get_array()) == len(step)
    assert ax.figure.axes[1].get_ylabel().startswith("energy [eV]")
    assert step.plot("x", "y", c="red", ax=ax).collections[-1].get_array() is None


def test_emouts_names_draw_the_same(data: Emout):
    step = data.p1[1]
    for draw in (step.xvx, lambda **o: step.plot_phase_space("x", "vx", **o)):
        ax = draw(ax=plt.figure().add_subplot())
        assert ax.get_xlabel() == "x [m]"
        ax = draw(kind="hist2d", bins=10, ax=plt.figure().add_subplot())
        assert np.ma.sum(ax.collections[0].get_array()) == len(step)
    assert step.vx.plot(kind="hist", bins=5).patches
    assert step.vx.plot().get_ylabel()


def test_a_histogram_is_drawn_as_steps(data: Emout, ax):
    hist = data.p1.hist("vx", bins=20)
    assert hist.plot(ax=ax, log=True, color="red", label="electrons") is ax
    patch = ax.patches[0]
    np.testing.assert_array_equal(patch.get_data().values, hist.counts)
    np.testing.assert_array_equal(patch.get_data().edges, hist.edges)
    assert ax.get_yscale() == "log" and ax.get_ylabel() == "particles"
    other = hist.plot(density=True, ax=plt.figure().add_subplot(), title="mine")
    np.testing.assert_allclose(other.patches[0].get_data().values, hist.density)
    assert other.get_ylabel() == "density" and other.get_title() == "mine"


def test_a_map_of_phase_space_leaves_empty_bins_empty(data: Emout, ax):
    phase = data.p1.hist2d("x", "vx", bins=(10, 40))
    phase.plot(ax=ax, log=True, cmap="magma")
    mesh = ax.collections[0]
    assert isinstance(mesh.norm, LogNorm) and mesh.get_cmap().name == "magma"
    drawn = mesh.get_array().reshape(40, 10)
    np.testing.assert_array_equal(drawn.filled(0), phase.counts.T)
    assert drawn.mask.sum() == (phase.counts == 0).sum() > 0
    assert ax.figure.axes[1].get_ylabel() == "particles"
    plain = phase.plot(colorbar=False, vmin=0, vmax=9, ax=plt.figure().add_subplot())
    assert plain.collections[0].get_clim() == (0, 9) and len(plain.figure.axes) == 1
    heavy = data.p1.hist2d("x", "z", bins=4, weights="energy").plot(ax=plt.figure().add_subplot())
    assert heavy.figure.axes[1].get_ylabel() == "energy" and heavy.get_aspect() == 1


def test_pictures_are_saved(data: Emout, tmp_path: Path):
    data.p1[0].plot("x", "vx", savefilename=tmp_path / "points.png")
    data.p1.hist("vx").plot(savefilename=tmp_path / "hist.png")
    data.p1.hist2d("x", "vx").plot(savefilename=tmp_path / "map.png")
    assert len(list(tmp_path.glob("*.png"))) == 3 and not plt.get_fignums()


OPTIONS = {
    "kind": (lambda p: p[0].plot("x", "y", kind="line"), "'scatter' and 'hist2d'"),
    "points": (lambda p: p[0].plot("x", "y", points=0), "points=0"),
    "scatter": (lambda p: p[0].plot("x", "y", colour="red"), "colour='red'.*Did you mean color"),
    "steps": (lambda p: p.hist("x").plot(colour="red"), "Did you mean color"),
    "map": (lambda p: p.hist2d("x", "y").plot(cmpa="jet"), "Did you mean cmap"),
    "log": (lambda p: p.hist2d("x", "y").plot(log=True, vmin=-1), "vmin"),
}


@pytest.mark.parametrize(("draw", "message"), OPTIONS.values(), ids=list(OPTIONS))
def test_wrong_options_draw_nothing(data: Emout, draw, message: str):
    with pytest.raises(BadOption, match=message):
        draw(data.p1)
    assert not plt.get_fignums()


def test_an_unknown_quantity_is_not_drawn(data: Emout):
    with pytest.raises(UnknownField, match="no column 'mass'"):
        data.p1[0].plot("x", "mass")
