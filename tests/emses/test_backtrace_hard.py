"""Orbits in hard cases, and densities whose values are known, through ``data.backtrace``."""

from __future__ import annotations

import math

import numpy as np
import pytest

from emout_lab.emses import Emout
from emout_lab.emses.backtrace import kernel
from emout_lab.emses.backtrace.domain import Domain, uniform
from emout_lab.emses.backtrace.maxwellian import Maxwellian, direction
from emout_lab.emses.backtrace.tracer import Steps, trace_ends, trace_paths
from emout_lab.errors import DataError, SpecError

OPEN, PERIODIC, REFLECTING = 2, 0, 1
NO_BODY = ("npc      = 1", "npc      = 0")


def edited(run_copy, *pairs: tuple[str, str]) -> Emout:
    inp = run_copy / "plasma.inp"
    text = inp.read_text()
    for old, new in pairs:
        assert old in text
        text = text.replace(old, new)
    inp.write_text(text)
    return Emout(run_copy)


# Hard cases


@pytest.mark.parametrize("speed", [1e3, 1e6, 1e9])
def test_the_fastest_particles_leave_where_a_straight_line_does(run_copy, speed):
    data = edited(run_copy, NO_BODY)
    orbit = data.backtrace.get_backtrace([8, 8, 12], [0.25 * speed, 0, -speed])
    assert orbit.positions[-1] == pytest.approx([7, 8, 16], abs=0.01)
    assert orbit.ts[-1] == pytest.approx(4 / speed, rel=0.01)


def test_the_fastest_particles_do_not_pass_through_bodies(data: Emout):
    orbit = data.backtrace.get_backtrace([8, 8, 12], [0, 0, 1e9])
    assert orbit.positions[-1].tolist() == pytest.approx([8, 8, 9]) and orbit.probability == 0


def test_without_fields_orbits_are_straight_to_rounding(data: Emout):
    off = {"use_electric_field": False, "use_magnetic_field": False}
    orbit = data.backtrace.get_backtrace([3, 4, 5], [-1.5, -2.5, 3.5], **off)
    line = np.array([3, 4, 5]) - orbit.ts[:, None] * [-1.5, -2.5, 3.5]
    assert orbit.positions == pytest.approx(line, abs=1e-12)
    assert np.all(orbit.velocities == [-1.5, -2.5, 3.5])


def test_a_particle_that_starts_in_a_body_has_no_orbit_and_no_density(data: Emout):
    orbit = data.backtrace.get_backtrace([8, 8, 8], [0, 0, 10])
    assert orbit.positions.tolist() == [[8, 8, 8]] and orbit.probability == 0


def test_the_last_step_allowed_is_recorded(data: Emout):
    orbit = data.backtrace.get_backtrace([8, 8, 12], [0, 0, -0.001], max_step=7, output_interval=3)
    assert orbit.ts == pytest.approx(np.array([0, 3, 6, 7]) * data.inp.dt)
    assert np.isnan(orbit.probability)


@pytest.mark.parametrize(
    ("position", "velocity", "message"),
    [
        ([8, 8, np.nan], [0, 0, 1], "no numbers"),
        ([8, 8, 12], [0, np.inf, 1], "no numbers"),
        ([8, 8, 16.1], [0, 0, 1], "outside the box"),
        ([-1e-9, 8, 8], [0, 0, 1], "outside the box"),
        ("nowhere", [0, 0, 1], "three numbers"),
        ([[8, 8, 8], [8, 8, 9]], [0, 0, 1], "three numbers"),
    ],
)
def test_starts_that_cannot_be_used_say_why(data: Emout, position, velocity, message):
    with pytest.raises(SpecError, match=message):
        data.backtrace.get_backtrace(position, velocity)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"ispec": 2}, "no species ispec=2: the run has 2"),
        ({"ispec": -1}, "no species ispec=-1"),
        ({"ispec": 0.5}, "no species ispec=0.5"),
        ({"istep": 4}, "istep=4: ex has the output steps 0 to 3"),
        ({"istep": -5}, "istep=-5"),
        ({"istep": 1.5}, "istep=1.5"),
        ({"dt": 0}, "dt=0"),
        ({"dt": np.nan}, "dt=nan"),
        ({"dt": "small"}, "dt='small'"),
        ({"max_step": 0}, "max_step=0"),
        ({"max_step": 1.5}, "max_step=1.5"),
        ({"n_threads": 0}, "n_threads=0"),
    ],
)
def test_options_that_cannot_be_used_say_why(data: Emout, options, message):
    for ask in (
        lambda: data.backtrace.get_probabilities(8, 8, 12, 0, 0, -5, **options),
        lambda: data.backtrace.get_backtrace([8, 8, 12], [0, 0, -5], **options),
    ):
        with pytest.raises((SpecError, DataError), match=message):
            ask()


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("npbnd    = 2,2,2, 2,2,2,", "npbnd    = 2,2,2, 2,2,5,", "npbnd = "),
        ("path(1)  =", "nopath(1)  =", r"path\(1\) is missing"),
        ("qm(1)    = -1.0d0,", "", r"qm\(1\) is missing"),
    ],
)
def test_parameters_that_are_missing_are_named(run_copy, old, new, message):
    data = edited(run_copy, (old, new))
    ispec = 1 if "npbnd" in old else 0
    with pytest.raises(DataError, match=message):
        data.backtrace.get_backtrace([8, 8, 12], [0, 0, -5], ispec=ispec)


def test_one_point_is_a_grid(data: Emout):
    result = data.backtrace.get_probabilities(8, 8, 12, 0.0, 0.0, -5)
    orbit = data.backtrace.get_backtrace([8, 8, 12], [0, 0, -5])
    assert result.dims == (1,) * 6 and result.probabilities.tolist() == [orbit.probability]
    assert result.vxvz.Z.shape == (1, 1) and result.density().shape == (1, 1, 1)


def test_axes_may_be_numbers_tuples_lists_and_arrays(data: Emout):
    mixed = data.backtrace.get_probabilities(
        np.float32(8), [8], (12, 13, 2), np.linspace(-5, 5, 3), (0.0, 0.0, 1), [-5, -6]
    )
    assert mixed.dims == (1, 1, 2, 3, 1, 2)
    for number, phase in enumerate(mixed.phases):
        orbit = data.backtrace.get_backtrace(phase[:3], phase[3:])
        assert orbit.probability == mixed.probabilities[number]


def test_the_step_is_the_simulations_where_none_is_given(data: Emout):
    start = ([8, 8, 12], [1, 2, -5])
    default, given = (
        data.backtrace.get_backtrace(*start, dt=dt) for dt in (None, float(data.inp.dt))
    )
    assert np.array_equal(default.positions, given.positions)


def test_each_output_step_has_its_own_fields(data: Emout):
    ends = [
        data.backtrace.get_backtrace([8, 8, 12], [1, 2, -5], istep=i).velocities[-1] for i in (0, 3)
    ]
    assert not np.array_equal(*ends)
    last = data.backtrace.get_backtrace([8, 8, 12], [1, 2, -5], istep=-1).velocities[-1]
    assert np.array_equal(last, ends[1])


def test_adaptive_steps_become_fixed_ones_in_the_limit(data: Emout):
    start = ([8, 8, 12], [1, 2, -5])
    growth = kernel.ADAPTIVE_GROWTH
    adaptive = data.backtrace.get_backtrace(*start, dt=1e-4, use_adaptive_dt=True)
    fixed = data.backtrace.get_backtrace(*start, dt=1e-4 * growth)
    assert len(adaptive.ts) == len(fixed.ts)
    assert adaptive.positions[-1] == pytest.approx(fixed.positions[-1], abs=1e-9)


def test_threads_do_not_change_the_result(data: Emout):
    axes = (8, 8, 12, (-30, 30, 30), (-30, 30, 10), (-30, 30, 30))
    results = [data.backtrace.get_probabilities(*axes, n_threads=n) for n in (1, 2, 7)]
    for other in results[1:]:
        assert np.array_equal(other.probabilities, results[0].probabilities, equal_nan=True)
        assert np.array_equal(other.ends, results[0].ends)


# Faces


def test_reflecting_faces_fold_straight_orbits():
    here = Domain(-1.0, uniform(), uniform(), (8, 8, 8), (REFLECTING,) * 3)
    start = np.array([[1.0, 2, 3, 1.3, -0.7, 2.9]])
    ends = trace_ends(start, Steps(0.37, 993), here)
    unfolded = start[0, :3] - ends.times[0] * start[0, 3:]
    turns = np.floor(unfolded / 8).astype(int)
    folded = np.where(turns % 2 == 0, unfolded - 8 * turns, 8 * (turns + 1) - unfolded)
    assert ends.phases[0, :3] == pytest.approx(folded, abs=1e-9)
    assert ends.phases[0, 3:] == pytest.approx(start[0, 3:] * np.where(turns % 2 == 0, 1, -1))


def test_periodic_faces_repeat_the_box():
    here = Domain(-1.0, uniform(), uniform(), (8, 6, 4), (PERIODIC,) * 3)
    start = np.array([[1.0, 2, 3, 1.3, -0.7, 2.9]])
    ends = trace_ends(start, Steps(0.37, 993), here)
    expected = np.mod(start[0, :3] - ends.times[0] * start[0, 3:], [8, 6, 4])
    assert ends.phases[0, :3] == pytest.approx(expected, abs=1e-9)


def test_the_drift_in_crossed_fields_is_that_of_any_direction():
    e, b = np.array([0.02, -0.05, 0.03]), np.array([1.0, 2.0, -1.5])
    e -= b * (e @ b) / (b @ b)
    here = Domain(-1.3, uniform(*e), uniform(*b), (4000,) * 3, (OPEN,) * 3)
    turns, dt = 50, 0.004
    period = 2 * np.pi / (1.3 * np.linalg.norm(b))
    start = np.array([[2000.0, 2000, 2000, 0.3, -0.1, 0.2]])
    ends = trace_ends(start, Steps(dt, round(turns * period / dt)), here)
    moved = (start[0, :3] - ends.phases[0, :3]) / ends.times[0]
    along = b * (start[0, 3:] @ b) / (b @ b)
    assert moved == pytest.approx(np.cross(e, b) / (b @ b) + along, abs=2e-3)


def test_energy_is_kept_between_points_of_different_potential():
    # phi = -x / 2, so a particle of charge +1 gains half of what it goes along x.
    here = Domain(1.0, uniform(x=0.5), uniform(z=0.3), (400, 400, 8), (OPEN,) * 3)
    start = np.array([[200.0, 200.0, 4.0, 2.0, 1.0, 0.0]])
    _, path, counts = trace_paths(start, Steps(0.001, 20_000, every=100), here)
    x, v = path[0, : counts[0] - 1, 1], path[0, : counts[0] - 1, 4:]
    energy = 0.5 * (v**2).sum(axis=1) - 0.5 * x
    assert np.ptp(x) > 5 and np.ptp(energy) < 3e-3


# Densities that are known


def test_a_drifting_source_of_two_temperatures_fills_the_box(run_copy):
    polar, azimuth, drift, along, across = 60.0, 30.0, 12.0, 5.0, 9.0
    changes = {"vdri": drift, "vdthz": polar, "vdthxy": azimuth, "path": along, "peth": across}
    text = (run_copy / "plasma.inp").read_text().splitlines()
    lines = [
        next(
            (f"  {n}(1) = {v}," for n, v in changes.items() if line.strip().startswith(f"{n}(1)")),
            line,
        )
        for line in text
    ]
    (run_copy / "plasma.inp").write_text("\n".join(lines).replace(*NO_BODY) + "\n")
    data = Emout(run_copy)
    v = (-48.5, 63.5, 57)
    result = data.backtrace.get_probabilities(8, 8, 8, v, v, v, use_electric_field=False, dt=1.0)
    assert result.density().item() == pytest.approx(1, rel=1e-6)
    f, axis = result.values[0, 0, 0], result.grid.axes[3]
    step = axis[1] - axis[0]
    grid = np.stack(np.meshgrid(axis, axis, axis, indexing="ij"), axis=-1)
    mean = np.einsum("ijk,ijka->a", f, grid) * step**3
    toward = direction(polar, azimuth)
    assert mean == pytest.approx(drift * toward, abs=1e-3)
    spread = np.einsum("ijk,ijka,ijkb->ab", f, grid - mean, grid - mean) * step**3
    expected = across**2 * np.eye(3) + (along**2 - across**2) * np.outer(toward, toward)
    assert spread == pytest.approx(expected, abs=0.05)


def well(depth: float, cells: int = 64) -> Domain:
    """A potential well along x between open faces at potential zero, for a charge of +1."""
    x = np.arange(cells + 1.0)
    e = np.zeros((3, 3, cells + 1, 3))
    e[..., 0] = depth * np.pi / cells * np.sin(2 * np.pi * x / cells)
    return Domain(1.0, e, uniform(), (cells, 2, 2), (OPEN, PERIODIC, PERIODIC))


def density_at(domain: Domain, x: float, thermal: float = 1.0) -> float:
    line = np.linspace(-7, 7, 1400)
    start = np.zeros((len(line), 6))
    start[:, 0], start[:, 1:3], start[:, 3] = x, 1.0, line
    ends = trace_ends(start, Steps(0.02, 20_000), domain)
    source = Maxwellian(0.0, thermal, thermal, 0.0, 0.0)
    f = np.where(ends.status == kernel.OPEN, source.density(ends.phases[:, 3:]), 0.0)
    return float(np.trapezoid(f, line) * 2 * np.pi * thermal**2)


@pytest.mark.parametrize("depth", [0.5, 2.0])
def test_density_in_a_well_has_no_trapped_particles(depth):
    # phi = -depth sin^2: all energies above zero come in, none below.
    psi = depth
    assert density_at(well(depth), 32.0) == pytest.approx(
        np.exp(psi) * math.erfc(np.sqrt(psi)), rel=0.01
    )


@pytest.mark.parametrize("height", [0.5, 2.0])
def test_density_on_a_hill_is_boltzmanns_factor(height):
    assert density_at(well(-height), 32.0) == pytest.approx(np.exp(-height), rel=0.01)
    half = 0.5 * height
    assert density_at(well(-height), 16.0) == pytest.approx(np.exp(-half), rel=0.01)


def test_the_energy_spectrum_is_the_analytic_one_bin_by_bin(run_copy):
    data = edited(run_copy, NO_BODY)
    thermal = float(data.inp.path[0])
    v = (-6.05 * thermal, 6.05 * thermal, 80)
    result = data.backtrace.get_probabilities(
        8, 8, 8, v, v, v, use_electric_field=False, dt=1.0, max_step=100_000
    )
    temperature = 0.5 * 9.1093837015e-31 * data.unit.v.reverse(thermal) ** 2 * 2 / 1.602176634e-19
    edges = temperature * np.array([0.5, 1.0, 2.0, 3.0, 4.0, 6.0, 8.0])
    flux, same = result.energy_spectrum(edges)
    assert np.array_equal(same, edges)
    # n <v> E^2 exp(-E / T) / T^2 dE, integrated over each bin.
    e = edges / temperature
    whole = -(e**2 + 2 * e + 2) * np.exp(-e)
    mean_speed = np.sqrt(8 / np.pi) * data.unit.v.reverse(thermal)
    expected = result.source_density() * mean_speed * temperature * np.diff(whole)
    assert flux == pytest.approx(expected, rel=0.06)
    assert flux.sum() == pytest.approx(expected.sum(), rel=0.01)


def test_a_spectrum_without_a_known_source_says_what_is_missing(keyless_dir):
    data = Emout(keyless_dir)
    result = data.backtrace.get_probabilities(8, 8, 12, (-9, 9, 4), 0, (-9, 9, 4))
    with pytest.raises(DataError, match="no conversion key"):
        result.energy_spectrum()
    axes = result.vxvz.plot(colorbar=False)
    assert axes.get_xlabel() == "vx"
    axes.figure.clear()
