"""Results of orbits as refs: attributes, unpacking, drawings, fetch and drop, as they are here."""

from __future__ import annotations

import io

import matplotlib.pyplot as plt
import numpy as np
import pytest
from PIL import Image

from emout_lab import Emout, remote_figure
from emout_lab.emses.demo import write_demo_data
from emout_lab.errors import ObjectGone

GRID = (8, 8, 12, (-60.0, 60.0, 25), 0.5, (-60.0, 61.0, 21))


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    return write_demo_data(tmp_path_factory.mktemp("run"), grid=16, steps=3)


@pytest.fixture(scope="module")
def remote(session, run):
    return Emout(run).remote(session=session)


@pytest.fixture(scope="module")
def local(run):
    return Emout(run, local_data_policy="local")


def start(data):
    thermal = data.inp.path[0]
    velocities = np.linspace(0.2, 2, 6)[:, None] * np.array([[0.1, 0, -1.0]]) * thermal
    return np.tile([8.0, 8, 12], (6, 1)), velocities


def test_one_orbit_is_the_same(remote, local):
    there, here = (d.backtrace.get_backtrace([8, 8, 12], [1, 2, -9]) for d in (remote, local))
    ts, probability, positions, velocities = there
    assert np.array_equal(ts.fetch(), here.ts) and float(probability) == here.probability
    assert np.array_equal(positions.fetch(), here.positions)
    assert np.array_equal(velocities.fetch(), here.velocities)
    t, z = there.tz
    assert np.array_equal(z.fetch(), here.tz.y) and np.array_equal(t.fetch(), here.ts)
    assert np.array_equal(there.pair("x", "vz").fetch().y, here.xvz.y)
    assert repr(there.fetch()) == repr(here)
    there.drop()
    with pytest.raises(ObjectGone):
        there.fetch()


def test_several_orbits_are_the_same(remote, local):
    there, here = (d.backtrace.get_backtraces(*start(local), ispec=0) for d in (remote, local))
    for one, other in zip(there.fetch(), here, strict=True):
        assert np.array_equal(one, other)
    ts, probabilities, positions, velocities, last = there
    assert np.array_equal(last.fetch(), here.last_indexes) and len(there) == 6
    assert np.array_equal(there.sample([0, 3]).probabilities.fetch(), here.probabilities[[0, 3]])
    some = there.sample(3, random_state=1).ts_list.fetch()
    assert np.array_equal(some, here.sample(3, random_state=1).ts_list)
    assert np.array_equal(there[2].positions.fetch(), here[2].positions)
    assert np.array_equal(there.tvx.y.fetch(), here.tvx.y)
    assert ts.shape == here.ts_list.shape and velocities.shape == positions.shape


def test_a_density_is_the_same(remote, local):
    there, here = (d.backtrace.get_probabilities(*GRID) for d in (remote, local))
    phases, probabilities, ends = there
    assert np.array_equal(phases.fetch(), here.phases) and np.array_equal(ends.fetch(), here.ends)
    assert np.array_equal(probabilities.fetch(), here.probabilities)
    assert np.array_equal(there.vxvz.fetch().Z, here.vxvz.Z) and tuple(there.dims) == here.dims
    assert float(there.density().sum()) == here.density().sum()
    flux, edges = there.energy_spectrum(20)
    expected = here.energy_spectrum(20)
    assert np.array_equal(flux.fetch(), expected[0]) and np.array_equal(edges.fetch(), expected[1])
    orbits = remote.backtrace.get_backtraces_from_particles(there.particles, ispec=0)
    assert np.array_equal(orbits.probabilities.fetch(), here.probabilities)


def picture(draw, data) -> np.ndarray:
    """Draw on the engine while a figure is recorded, or here, and return the pixels."""
    if data is None:
        figure = plt.figure(figsize=(4, 3), dpi=60)
        draw()
        with io.BytesIO() as file:
            figure.savefig(file, format="png", bbox_inches="tight")
            plt.close(figure)
            return np.asarray(Image.open(file).convert("RGB"))
    with remote_figure(session=data, display=False, dpi=60, figsize=(4, 3)) as figure:
        draw()
    return np.asarray(Image.open(io.BytesIO(figure.result.data)).convert("RGB"))


DRAWINGS = {
    "curve": lambda d: d.backtrace.get_backtrace([8, 8, 12], [1, 2, -9]).xz.plot(gap=3.0),
    "curves": lambda d: d.backtrace.get_backtraces(
        np.tile([8.0, 8, 12], (3, 1)), np.array([[1, 0, -9], [5, 0, 9], [-4, 1, 3.0]])
    ).xz.plot(alpha=[0.2, 0.5, 1.0], color="black"),
    "map": lambda d: d.backtrace.get_probabilities(*GRID).vxvz.plot(cmap="plasma"),
    "map in EMSES units": lambda d: d.backtrace.get_probabilities(*GRID).vxvz.plot(
        use_si=False, offsets=("center", 3.0)
    ),
    "spectrum": lambda d: d.backtrace.get_probabilities(*GRID).plot_energy_spectrum(scale="log"),
    "workflow": lambda d: d.trace.both(
        8, 8, 12, (-60.0, 60.0, 6), 0.5, 20.0, get_trace=True
    ).plot_traces("x", "z", color="C1"),
}


@pytest.mark.parametrize("name", DRAWINGS)
def test_drawings_are_the_same_on_the_engine(session, remote, local, name):
    there = picture(lambda: DRAWINGS[name](remote), session)
    here = picture(lambda: DRAWINGS[name](local), None)
    assert there.shape == here.shape and here.min() < 60
    assert np.mean(np.abs(there.astype(int) - here) > 8) < 0.002


@pytest.mark.parametrize("name", DRAWINGS)
def test_local_results_are_drawn_in_a_recorded_figure_too(session, local, name):
    there = picture(lambda: DRAWINGS[name](local), session)
    here = picture(lambda: DRAWINGS[name](local), None)
    assert np.mean(np.abs(there.astype(int) - here) > 8) < 0.002


def test_the_engine_takes_a_callable_that_says_what_is_solid(remote, local):
    options = {"contains": lambda points: points[:, 2] < 10, "use_electric_field": False}
    there, here = (
        d.backtrace.get_probabilities(8, 8, 12, 0.5, 0.5, [20.0, -20.0], **options)
        for d in (remote, local)
    )
    assert here.probabilities[0] == 0 and np.array_equal(there.ends.fetch(), here.ends)


def test_warnings_of_the_engine_come_back(remote, recwarn, capsys):
    remote.backtrace.get_probabilities(8, 8, 12, 0, 0, [-400.0, -1, 0], max_step=5).fetch()
    told = " ".join([str(w.message) for w in recwarn] + list(capsys.readouterr()))
    assert "2 of 3 orbits did not end" in told
