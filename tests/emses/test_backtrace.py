"""data.backtrace on a real directory: requests, results, pictures."""

from __future__ import annotations

import pickle
import shutil
import warnings

import matplotlib.pyplot as plt
import numpy as np
import pytest

from emout_lab.emses import Emout
from emout_lab.emses.backtrace import request as requests
from emout_lab.emses.backtrace.phase_grid import PhaseGrid, axis_values
from emout_lab.emses.demo import BIAS_V, TEMPERATURE_EV
from emout_lab.errors import DataError, SpecError

CENTRE = 8.0


@pytest.fixture
def orbits(data: Emout):
    """Electrons that start above the sphere with rising speed."""
    thermal = data.inp.path[0]
    velocities = np.linspace(0.2, 2, 6)[:, None] * [0.1 * thermal, 0, -thermal]
    positions = np.tile([CENTRE, CENTRE, 12.0], (6, 1))
    return data.backtrace.get_backtraces(positions, velocities, ispec=0)


@pytest.fixture
def spread(data: Emout):
    """The electrons' density above the sphere, over two velocities."""
    v = 4 * data.inp.path[0]
    return data.backtrace.get_probabilities(8, 8, 12, (-v, v, 21), 0, (-v, v, 31), ispec=0)


def edited(run_copy, old: str, new: str) -> Emout:
    inp = run_copy / "plasma.inp"
    text = inp.read_text()
    assert old in text
    inp.write_text(text.replace(old, new))
    return Emout(run_copy)


def test_an_orbit_unpacks_and_gives_pairs(data: Emout):
    result = data.backtrace.get_backtrace([8, 8, 12], [0, 0, -5], ispec=0, output_interval=2)
    ts, probability, positions, velocities = result
    assert ts[0] == 0 and ts[1] == pytest.approx(2 * data.inp.dt)
    assert positions.shape == velocities.shape == (len(ts), 3)
    assert positions[0] == pytest.approx([8, 8, 12]) and positions[-1, 2] == pytest.approx(16)
    assert probability > 0
    t, z = result.tz
    assert np.array_equal(t, ts) and np.array_equal(z, positions[:, 2])
    assert np.array_equal(result.xvz.y, velocities[:, 2])
    assert np.array_equal(result.pair("vx", "vz").x, velocities[:, 0])
    with pytest.raises(AttributeError, match=r"such as .tx"):
        result.pair_of_shoes  # noqa: B018
    with pytest.raises(KeyError, match="no 'w'"):
        result.pair("t", "w")


def test_negative_dt_traces_forward_and_back(data: Emout):
    start, velocity = [8.0, 8, 12], [3.0, 1, 2]
    there = data.backtrace.get_backtrace(start, velocity, dt=-0.05, max_step=10)
    assert there.ts[-1] == pytest.approx(-0.5)
    back = data.backtrace.get_backtrace(
        there.positions[-1], there.velocities[-1], dt=0.05, max_step=10
    )
    assert back.positions[-1] == pytest.approx(start, abs=1e-12)
    assert back.velocities[-1] == pytest.approx(velocity, abs=1e-12)


def test_orbits_to_the_sphere_have_no_density(data: Emout):
    result = data.backtrace.get_backtrace([8, 8, 12], [0, 0, 20], ispec=0)
    assert result.probability == 0
    assert result.positions[-1, 2] == pytest.approx(9)


def test_several_orbits_unpack_sample_and_pair(orbits):
    ts, probabilities, positions, velocities, last = orbits
    assert ts.shape == positions.shape[:2] == velocities.shape[:2]
    assert len(orbits) == len(probabilities) == len(last) == 6
    assert orbits[2].ts[-1] == ts[2, last[2] - 1]
    assert orbits.sample([0, 3]).probabilities.tolist() == probabilities[[0, 3]].tolist()
    assert len(orbits.sample(slice(1, None, 2))) == 3
    some = orbits.sample(3, random_state=1)
    assert np.array_equal(some.ts_list, orbits.sample(3, random_state=1).ts_list)
    assert np.array_equal(orbits.xz.y, positions[..., 2])
    with pytest.raises(SpecError, match="there are 6"):
        orbits.sample(7)
    with pytest.raises(IndexError):
        orbits.sample([6])


def test_curves_are_drawn_in_si_with_labels(data: Emout, orbits, ax):
    orbits.xz.plot(ax=ax, alpha=[0.1, 0.2, 0.3, 0.4, 0.5, 0.6], color="k")
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("x [m]", "z [m]")
    assert [line.get_alpha() for line in ax.lines] == [0.1, 0.2, 0.3, 0.4, 0.5, 0.6]
    first = ax.lines[0].get_ydata()
    assert first[0] == pytest.approx(12 * data.unit.length.factor)
    assert len(first) == orbits.last_indexes[0]


def test_alpha_can_follow_the_probability(orbits, ax):
    orbits.tz.plot(ax=ax, alpha="probability", use_si=False)
    alphas = [line.get_alpha() for line in ax.lines]
    assert max(alphas) == 1 and min(alphas) >= 0.05
    assert ax.get_ylabel() == "z"
    with pytest.raises(SpecError, match="2 values for 6 curves"):
        orbits.tz.plot(ax=ax, alpha=[1, 2])


def test_curves_can_be_interrupted_and_shifted(data: Emout, ax):
    result = data.backtrace.get_backtrace([8, 8, 12], [0, 0, -5], output_interval=4)
    result.tz.plot(ax=ax, gap=0.5, use_si=False)
    assert np.isnan(ax.lines[0].get_ydata()).any()
    result.tz.plot(ax=ax, offsets=("left", "right"))
    assert ax.lines[1].get_ydata()[-1] == 0


def test_a_grid_gives_the_density_and_its_integrals(data: Emout, spread):
    phases, probabilities, ends = spread
    assert spread.dims == (1, 1, 1, 21, 1, 31)
    assert phases.shape == ends.shape == (651, 6) and probabilities.shape == (651,)
    assert np.array_equal(phases[32], [8, 8, 12, spread.grid.axes[3][1], 0, spread.grid.axes[5][1]])
    image = spread.vxvz
    assert image.Z.shape == (31, 21)
    assert image.Z[3, 2] == spread.values[0, 0, 0, 2, 0, 3]
    assert np.array_equal(spread.pair("vz", "vx").Z, image.Z.T)
    assert np.all(image.X[0] == spread.grid.axes[3]) and np.all(
        image.Y[:, 0] == spread.grid.axes[5]
    )
    # vx integrated, y and z of one value each not.
    line = np.trapezoid(spread.values[0, 0, 0, :, 0, :], spread.grid.axes[3], axis=0)
    assert spread.pair("x", "vz").Z[:, 0] == pytest.approx(line)
    with pytest.raises(SpecError, match="two different axes"):
        spread.pair("vx", "vx")
    with pytest.raises(AttributeError, match="such as .vxvz"):
        spread.vxw  # noqa: B018


def test_falling_axes_integrate_to_the_same(data: Emout):
    v = 3 * data.inp.path[0]
    up = data.backtrace.get_probabilities(8, 8, 12, (-v, v, 7), (-v, v, 7), (-v, v, 7))
    down = data.backtrace.get_probabilities(8, 8, 12, (v, -v, 7), (-v, v, 7), (v, -v, 7))
    assert down.density() == pytest.approx(up.density())


def test_density_near_the_sphere_is_boltzmanns_where_the_sphere_is_out_of_sight(data: Emout):
    # Ions are attracted; electrons repelled: n = exp(e phi / T) for those that the sphere would not
    # have caught, so the corner of the box where its shadow is small is compared.
    v = 5 * data.inp.path[0]
    place = (3, 3, 3)
    result = data.backtrace.get_probabilities(
        *place, (-v, v, 26), (-v, v, 26), (-v, v, 26), ispec=0, dt=0.02
    )
    phi = float(data.phisp[-1, 3, 3, 3])
    shadow = np.mean(np.asarray(result.probabilities) == 0)
    assert result.density().item() == pytest.approx(np.exp(phi / TEMPERATURE_EV), abs=shadow + 0.02)
    assert BIAS_V < phi < 0


def test_the_energy_spectrum_is_that_of_a_maxwellian_far_away(data: Emout):
    v = 6 * data.inp.path[0]
    result = data.backtrace.get_probabilities(
        1, 1, 1, (-v, v, 42), (-v, v, 42), (-v, v, 42), use_electric_field=False, istep=0
    )
    flux, edges = result.energy_spectrum(40)
    assert len(flux) == 40 and len(edges) == 41
    # The energy flux E * E exp(-E/T) is greatest at 2 T.
    centre = 0.5 * (edges[1:] + edges[:-1])
    assert centre[flux.argmax()] == pytest.approx(2 * TEMPERATURE_EV, abs=1.6)
    mean_speed = np.sqrt(8 / np.pi) * data.unit.v.reverse(data.inp.path[0])
    # <E v> = 2 T <v>, times the density; the sphere's shadow takes a little.
    assert flux.sum() == pytest.approx(1e13 * 2 * TEMPERATURE_EV * mean_speed, rel=0.03)


def test_maps_and_spectra_are_drawn_with_labels(spread, ax):
    spread.vxvz.plot(ax=ax)
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("vx [m/s]", "vz [m/s]")
    assert ax.collections[0].get_array().shape == (31, 21)
    other = plt.figure().gca()
    spread.plot_energy_spectrum(scale="log", ax=other)
    assert "eV" in other.get_xlabel() and other.get_yscale() == "log"
    plt.close(other.figure)


def test_results_fetch_drop_and_travel(orbits, spread):
    for result in (orbits, orbits[0], spread, spread.vxvz, orbits.tx):
        assert result.fetch() is result
        assert result.drop() is None
        assert repr(pickle.loads(pickle.dumps(result))) == repr(result)
    assert spread.nbytes == 651 * 7 * 8


def test_orbits_that_do_not_end_are_said_and_count_as_zero(data: Emout):
    with pytest.warns(UserWarning, match="2 of 3 orbits did not end within max_step=5"):
        result = data.backtrace.get_probabilities(8, 8, 12, 0, 0, [-400.0, -1, 0], max_step=5)
    assert np.isnan(result.probabilities[1:]).all()
    assert np.isfinite(result.density()).all()


def test_parts_do_not_change_the_result(data: Emout, spread, monkeypatch):
    monkeypatch.setattr(requests, "ORBITS_ALONE", 100)
    v = 4 * data.inp.path[0]
    again = data.backtrace.get_probabilities(
        8, 8, 12, (-v, v, 21), 0, (-v, v, 31), ispec=0, n_threads=3
    )
    assert np.array_equal(again.probabilities, spread.probabilities)
    assert np.array_equal(again.ends, spread.ends)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (([8, 8], [0, 0, 1]), "three numbers"),
        (([8, 8, 99], [0, 0, 1]), "outside the box of 16 x 16 x 16"),
        (([8, 8, 12], [0, 0, 1], 5), "no species ispec=5"),
        (([8, 8, 12], [0, 0, 1], 0, -1, 0.0), "dt=0.0"),
        (([8, 8, 12], [0, 0, 1], 0, -1, None, 0), "max_step=0"),
    ],
)
def test_requests_that_make_no_sense_say_why(data: Emout, arguments, message):
    with pytest.raises((SpecError, DataError), match=message):
        data.backtrace.get_backtrace(*arguments)


def test_axes_that_make_no_sense_say_why():
    for axis, message in (
        ("a", "is no axis"),
        ([1, 3, 2], "rise or fall"),
        ((0, 1, 0), "at least one"),
        ([], "is no axis"),
    ):
        with pytest.raises(SpecError, match=message):
            axis_values("vx", axis)
    assert PhaseGrid.of(1, 2, 3, (0, 1, 2), [1.0, 2, 3], 4).shape == (1, 1, 1, 2, 3, 1)


def test_a_run_without_electric_field_says_what_to_do(run_copy):
    (run_copy / "ey00_0000.h5").unlink()
    data = Emout(run_copy)
    with pytest.raises(DataError, match="has no ey.*use_electric_field=False"):
        data.backtrace.get_backtrace([8, 8, 12], [0, 0, -5])
    free = data.backtrace.get_backtrace([8, 8, 12], [0, 0, -5], use_electric_field=False)
    assert free.velocities[-1].tolist() == [0, 0, -5]


def test_the_background_field_is_that_of_wc(run_copy):
    data = edited(run_copy, "wc       = 0.0d0", "wc       = 2.0d0")
    domain = requests.Request(data.backtrace._run, 0, -1, None).domain()
    assert domain.magnetic.ravel().tolist() == [0, 0, 2]
    without = requests.Request(data.backtrace._run, 0, -1, None, use_magnetic_field=False).domain()
    assert not without.magnetic.any()


def test_the_kernel_is_loaded_with_its_first_use_only(data: Emout):
    import subprocess
    import sys

    code = "import sys, emout_lab.emses.emout as f; f.Emout; print('numba' in sys.modules)"
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert out.stdout.strip() == "False"


def test_a_field_that_changes_on_disk_is_read_again(run_copy):
    data = Emout(run_copy)
    before = data.backtrace.get_backtrace([8, 8, 12], [0, 0, -5]).velocities[-1]
    for name in ("ex", "ey", "ez"):
        (run_copy / f"{name}00_0000.h5").unlink()
    other = Emout(run_copy)
    from emout_lab.emses.demo import write_demo_data

    fresh = write_demo_data(run_copy.parent / "other", grid=16, steps=1)
    for name in ("ex", "ey", "ez"):
        shutil.copy(fresh / f"{name}00_0000.h5", run_copy)
    after = other.backtrace.get_backtrace([8, 8, 12], [0, 0, -5]).velocities[-1]
    assert not np.array_equal(before, after)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        other.backtrace.get_backtrace([8, 8, 12], [0, 0, -5])


@pytest.mark.parametrize(("vx", "vy"), [(9, 0.0), (24, 24), (300, 0.0)])
def test_bins_of_a_drawn_spectrum_are_no_finer_than_the_grid(data: Emout, ax, vx, vy):
    v = 4 * data.inp.path[0]
    vy = (-v, v, vy) if vy else 0.1
    result = data.backtrace.get_probabilities(8, 8, 14, (-v, v, vx), vy, (-v, v, vx), ispec=0)
    result.plot_energy_spectrum(ax=ax)
    (stairs,) = ax.patches
    values, edges, _ = stairs.get_data()
    filled = np.flatnonzero(values)
    assert np.all(np.diff(edges) > 0) and 3 <= len(values) <= 30
    assert np.all(np.diff(filled) == 1) and filled[0] <= 1


def test_the_spectrum_of_one_velocity_has_one_bin_that_is_filled(data: Emout, ax):
    result = data.backtrace.get_probabilities(8, 8, 14, 0.3, 0.2, -5.1)
    result.plot_energy_spectrum(ax=ax)
    values = ax.patches[0].get_data().values
    assert np.flatnonzero(values).tolist() == [len(values) - 1]
