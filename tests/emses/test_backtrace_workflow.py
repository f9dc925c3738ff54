"""data.trace: densities and orbits of the same points together, and single particles."""

from __future__ import annotations

import pickle
from types import SimpleNamespace

import matplotlib.pyplot as plt
import numpy as np
import pytest

from emout_lab.emses import Emout
from emout_lab.emses.backtrace.particles import Particles
from emout_lab.errors import SpecError

GRID = (8, 8, 12, (-30, 30, 4), 0.0, (-40.0, 20.0, 3))


@pytest.fixture
def both(data: Emout):
    return data.trace.both(*GRID, ispec=0, get_trace=True)


def test_both_gives_densities_and_orbits_of_the_same_points(data: Emout, both):
    assert both.dims == (1, 1, 1, 4, 1, 3) and both.phases.shape == (12, 6)
    alone = data.backtrace.get_probabilities(*GRID, ispec=0)
    assert np.array_equal(both.probabilities.probabilities, alone.probabilities)
    for traces in (both.backward_traces, both.forward_traces):
        assert np.array_equal(traces.positions_list[:, 0], both.phases[:, :3])
    assert np.array_equal(both.backward_traces.probabilities, alone.probabilities)
    assert np.all(both.backward_traces.ts_list[:, 1] > 0)
    assert np.all(both.forward_traces.ts_list[:, 1] < 0)
    assert np.array_equal(both.pair("vx", "vz").Z, alone.vxvz.Z)
    assert both.alpha.max() == alone.probabilities.max()
    with pytest.raises(SpecError, match="both directions"):
        both.traces  # noqa: B018


def test_only_what_is_asked_for_is_computed(data: Emout):
    orbits = data.trace.forward(*GRID, get_trace=True, get_probabilities=False, output_interval=2)
    assert orbits.probabilities is None and orbits.alpha is None
    assert orbits.backward_traces is None and orbits.traces is orbits.forward_traces
    assert orbits.traces.ts_list[0, 1] == pytest.approx(-2 * data.inp.dt)
    density = data.trace.backward(x=8, y=8, z=12, vx=0, vy=0, vz=[-20.0, 20.0], ispec=0)
    assert density.traces is None and density.probabilities.dims == (1, 1, 1, 1, 1, 2)
    with pytest.raises(SpecError, match="get_probabilities=True"):
        orbits.pair("vx", "vz")
    with pytest.raises(SpecError, match="get_trace=True"):
        density.plot_traces()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"get_probabilities": False}, "nothing to compute"),
        ({"dt": -0.1}, "dt=-0.1 is the width"),
        ({"probability_dt": 0.0}, "probability_dt=0.0 is the width"),
        ({"kind_of_plot": 1}, "takes no 'kind_of_plot'"),
        ({"parallel": "cuda"}, "parallel='cuda': there are 'thread'.*without MPI"),
        ({"backend": print}, "one solver here"),
        ({"parallel": "srun", "ntasks": 0}, "ntasks=0 must be a whole number"),
    ],
)
def test_requests_that_make_no_sense_say_why(data: Emout, options, message):
    with pytest.raises((SpecError, TypeError), match=message):
        data.trace.backward(*GRID, **options)


def test_ways_to_share_the_work_are_taken_and_change_nothing(data: Emout):
    plain = data.trace.backward(*GRID)
    options = {"parallel": "srun", "ntasks": 8, "n_threads": 2, "cpus_per_task": 2}
    for given in (options, {"parallel": "mpi"}, {"backend": "serial"}, {"parallel": None}):
        shared = data.trace.backward(*GRID, **given)
        np.testing.assert_array_equal(
            shared.probabilities.probabilities, plain.probabilities.probabilities
        )


def test_drawings_follow_what_there_is(both, data: Emout):
    figure, (left, right) = plt.subplots(1, 2)
    both.plot(ax=left, cmap="magma")
    assert left.get_xlabel() == "vx [m/s]" and left.get_ylabel() == "vz [m/s]"
    both.plot_traces("x", "z", ax=right, color="k")
    assert len(right.lines) == 24 and right.get_xlabel() == "x [m]"
    shares = [line.get_alpha() for line in right.lines]
    assert max(shares) == 1 and shares[:12] == shares[12:]
    plt.close(figure)
    figure, axes = plt.subplots()
    both.plot("t", "z", kind="trace", direction="forward", ax=axes, alpha=0.3)
    assert len(axes.lines) == 12 and axes.lines[0].get_alpha() == 0.3
    with pytest.raises(SpecError, match="'sideways' is none"):
        both.plot_traces(direction="sideways")
    with pytest.raises(SpecError, match="kind='picture'"):
        both.plot(kind="picture")
    plt.close(figure)


def test_results_travel_and_say_what_they_are(both):
    again = pickle.loads(pickle.dumps(both))
    assert repr(again) == repr(both) and both.fetch() is both and both.drop() is None
    assert "12 points" in repr(both)
    assert both.nbytes > both.probabilities.nbytes


def test_particles_of_a_result_can_be_traced(data: Emout):
    result = data.backtrace.get_probabilities(*GRID, ispec=0)
    particles = result.particles
    assert len(particles) == 12 and np.array_equal(particles[3].vel, result.phases[3, 3:])
    some = data.backtrace.get_backtraces_from_particles(particles[2:5], ispec=0)
    assert np.array_equal(some.probabilities, result.probabilities[2:5])
    foreign = [SimpleNamespace(pos=p.pos, vel=p.vel) for p in particles]
    again = data.backtrace.get_backtraces_from_particles(foreign, ispec=0)
    assert np.array_equal(again.probabilities, result.probabilities)
    density, ends = data.backtrace.get_probabilities_from_particles(particles, ispec=0)
    assert np.array_equal(density, result.probabilities) and np.array_equal(ends, result.ends)
    assert np.array_equal(result.ret_particles[0].pos, result.ends[0, :3])
    arrays = result.phases[:, :3], result.phases[:, 3:]
    assert np.array_equal(data.backtrace.get_probabilities_from_array(*arrays)[0], density)


def test_particles_are_a_sequence():
    particles = Particles(np.arange(18.0).reshape(3, 6))
    assert [p.pos.tolist() for p in particles] == [[0, 1, 2], [6, 7, 8], [12, 13, 14]]
    assert len(particles[[0, 2]]) == 2 and repr(particles) == "<3 particles>"


@pytest.mark.parametrize("particles", [3, [1, 2], np.zeros((2, 5)), ["a"]])
def test_what_is_no_particles_says_so(data: Emout, particles):
    with pytest.raises(SpecError, match=r"array of shape \(n, 6\)"):
        data.backtrace.get_backtraces_from_particles(particles)


def test_no_particles_give_empty_results(data: Emout):
    for empty in (
        data.backtrace.get_backtraces([], []),
        data.backtrace.get_backtraces(np.zeros((0, 3)), np.zeros((0, 3))),
        data.backtrace.get_backtraces_from_particles([]),
    ):
        assert len(empty) == 0 and empty.xz.x.shape == (0, 0)
        assert [len(item) for item in empty] == [0] * 5
    density, ends = data.backtrace.get_probabilities_from_array([], [])
    assert density.shape == (0,) and ends.shape == (0, 6)


def test_curves_tell_their_labels_and_units(data: Emout):
    orbit = data.backtrace.get_backtrace([8, 8, 12], [0, 0, -5])
    assert (orbit.tvx.xlabel, orbit.tvx.ylabel, orbit.tvx.title) == ("t", "vx", "t vs vx")
    assert orbit.tvx.units == (data.unit.t, data.unit.v)
    grid = data.backtrace.get_probabilities(8, 8, 12, (-1, 1, 3), 0, (-1, 1, 3))
    assert grid.xvz.units == (data.unit.length, data.unit.v) and grid.xvz.Z.shape == (3, 1)
