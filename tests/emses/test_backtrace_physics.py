"""The orbit kernel against physics whose answer is known."""

from __future__ import annotations

import numpy as np
import pytest

from emout_lab.emses.backtrace import kernel, tracer
from emout_lab.emses.backtrace.bodies import Bodies, mask_of
from emout_lab.emses.backtrace.domain import Domain, uniform
from emout_lab.emses.backtrace.maxwellian import Maxwellian
from emout_lab.emses.backtrace.tracer import Steps, trace_ends, trace_paths
from emout_lab.emses.boundaries.shapes import Cuboid, Cylinder, RectangleHole, Sphere

PERIODIC, REFLECTING, OPEN, ABSORBING = range(4)
CELLS = (8, 8, 8)


def domain(e=None, b=None, faces=(PERIODIC,) * 3, cells=CELLS, qm=-1.0, **more) -> Domain:
    electric = uniform() if e is None else e
    return Domain(qm, electric, uniform() if b is None else b, cells, faces, **more)


def smooth_fields(seed: int, amplitude: float) -> np.ndarray:
    rng = np.random.default_rng(seed)
    return rng.normal(size=(9, 9, 9, 3)) * amplitude


def some_phases(count: int) -> np.ndarray:
    rng = np.random.default_rng(1)
    return np.concatenate([rng.uniform(0.5, 7.5, (count, 3)), rng.normal(size=(count, 3))], axis=1)


@pytest.mark.parametrize("faces", [(0, 0, 0), (1, 1, 1), (0, 1, 0)])
def test_forward_then_backward_returns_to_the_start_to_rounding(faces):
    here = domain(smooth_fields(2, 0.1), smooth_fields(3, 0.5), faces)
    start = some_phases(200)
    there = trace_ends(start, Steps(-0.05, 300), here).phases
    assert np.abs(there - start).max() > 1
    back = trace_ends(there, Steps(0.05, 300), here).phases
    difference = back - start
    for axis in range(3):
        if faces[axis] == PERIODIC:
            difference[:, axis] -= np.round(difference[:, axis] / 8) * 8
    assert np.abs(difference).max() < 1e-9


def test_backward_then_forward_returns_too():
    here = domain(smooth_fields(2, 0.1), smooth_fields(3, 0.5), (1, 1, 1))
    start = some_phases(50)
    there = trace_ends(start, Steps(0.05, 300), here).phases
    assert trace_ends(there, Steps(-0.05, 300), here).phases == pytest.approx(start, abs=1e-9)


def test_one_step_is_the_inverse_of_boris_step_written_out():
    e, b, qm, dt = np.array([0.3, -0.2, 0.1]), np.array([0.5, 0.4, -1.0]), -1.7, 0.1
    x, v = np.array([4.0, 4.0, 4.0]), np.array([0.5, -0.3, 0.2])
    # The textbook's forward step.
    half = v + qm * e * dt / 2
    t = qm * b * dt / 2
    turned = half + np.cross(half + np.cross(half, t), 2 * t / (1 + t @ t))
    new_v = turned + qm * e * dt / 2
    new_x = x + new_v * dt
    here = domain(uniform(*e), uniform(*b), qm=qm)
    ends = trace_ends(np.concatenate([new_x, new_v])[None], Steps(dt, 1), here)
    assert ends.phases[0] == pytest.approx(np.concatenate([x, v]), abs=1e-14)


def test_energy_is_conserved_in_a_static_potential():
    # phi = k/2 |r - centre|^2, whose field trilinear interpolation gives exactly.
    k, dt, qm = 0.5, 0.01, 1.0
    z, y, x = np.meshgrid(*[np.arange(9.0) - 4] * 3, indexing="ij")
    here = domain(-k * np.stack([x, y, z], axis=-1), qm=qm, faces=(ABSORBING,) * 3)
    start = np.array([[5.0, 4.5, 3.0, 0.4, -0.7, 0.2]])
    _, path, counts = trace_paths(start, Steps(dt, 20_000), here)
    r, v = path[0, : counts[0], 1:4] - 4, path[0, : counts[0], 4:]
    # Velocities are half a step from the positions; brought together the error is of second order.
    together = v - qm * k * r * dt / 2
    energy = 0.5 * (together**2).sum(axis=1) + 0.5 * qm * k * (r**2).sum(axis=1)
    assert np.ptp(energy) / energy[0] < 1e-5
    assert abs(energy[-2000:].mean() / energy[:2000].mean() - 1) < 1e-6


def test_gyration_has_the_right_radius_frequency_and_sense():
    strength, speed, dt = 2.0, 1.5, 0.01
    here = domain(b=uniform(z=strength), qm=-1.0)
    start = np.array([[4.0, 4.0, 4.0, speed, 0.0, 0.3]])
    _, path, counts = trace_paths(start, Steps(dt, 1000), here)
    xy = path[0, : counts[0], 1:3]
    radius = np.ptp(xy, axis=0) / 2
    assert radius == pytest.approx([speed / strength] * 2, rel=1e-3)
    angle = np.unwrap(np.arctan2(path[0, : counts[0], 5], path[0, : counts[0], 4]))
    # dv/dt = -v x B turns counter-clockwise about B; backward in time it is the other way.
    assert (angle[-1] - angle[0]) / path[0, counts[0] - 1, 0] == pytest.approx(-strength, rel=1e-3)
    assert np.linalg.norm(path[0, : counts[0], 4:], axis=1) == pytest.approx(
        np.hypot(speed, 0.3), rel=1e-12
    )


def test_crossed_fields_drift_with_e_over_b():
    here = domain(uniform(y=0.1), uniform(z=2.0), cells=(1000, 1000, 8))
    turns, dt = 20, 0.005
    most = round(turns * 2 * np.pi / 2.0 / dt)
    start = np.array([[500.0, 500.0, 4.0, 0.3, 0.0, 0.0]])
    ends = trace_ends(start, Steps(dt, most), here)
    # E x B / B^2 = +0.05 along x; backward in time the particle comes from the left.
    assert (ends.phases[0, 0] - 500) / ends.times[0] == pytest.approx(-0.05, rel=0.01)
    assert abs(ends.phases[0, 1] - 500) < 0.3


def test_orbits_end_where_they_meet_an_open_or_an_absorbing_face():
    here = domain(faces=(OPEN, ABSORBING, PERIODIC))
    start = np.array([[4.0, 4, 4, 1, 0, 0], [4, 4, 4, 0, -2, 0], [4, 4, 4, 1, 1.5, 9]])
    ends = trace_ends(start, Steps(0.3, 1000), here)
    assert ends.status.tolist() == [kernel.OPEN, kernel.ABSORBED, kernel.ABSORBED]
    assert ends.phases[0] == pytest.approx([0, 4, 4, 1, 0, 0])
    assert ends.phases[1] == pytest.approx([4, 8, 4, 0, -2, 0])
    assert ends.times == pytest.approx([4.0, 2.0, 4 / 1.5])


def test_an_orbit_that_never_ends_says_so():
    ends = trace_ends(some_phases(3), Steps(0.1, 50), domain())
    assert ends.status.tolist() == [kernel.RUNNING] * 3
    assert ends.steps.tolist() == [50] * 3


def test_numbers_that_are_none_end_the_orbit():
    start = np.array([[4.0, 4, 4, np.inf, 0, 0], [4, 4, 4, 0, np.nan, 0]])
    for kind in range(4):
        ends = trace_ends(start, Steps(0.1, 50), domain(faces=(kind,) * 3))
        assert kernel.OPEN not in ends.status[1:]
        assert kernel.RUNNING not in ends.status


@pytest.mark.parametrize(
    ("body", "end"),
    [
        (Sphere((4, 4, 4), 1), 3.0),
        (Cuboid((2, 3, 3), (3, 5, 5)), 2.0),
        (Cylinder(0, (4, 4, 4), 1, 2), 4.0),
        (Cylinder(2, (5, 4, 3), 0.5, 2), 4.5),
    ],
)
def test_bodies_end_orbits_also_where_a_step_leaps_over_them(body, end):
    here = domain(faces=(OPEN,) * 3, bodies=Bodies.of([body]))
    ends = trace_ends(np.array([[1.0, 4, 4, -1, 0, 0]]), Steps(6.5, 10), here)
    assert ends.status[0] == kernel.BODY
    assert ends.phases[0, 0] == pytest.approx(end, abs=1e-12)


def test_a_hole_in_the_ground_is_open():
    here = domain(
        faces=(OPEN,) * 3, bodies=Bodies.of([RectangleHole((3, 3, 2), (5, 5, 4), (8, 8))])
    )
    start = np.array([[4.0, 4, 6, 0, 0, 1], [1, 4, 6, 0, 0, 1]])
    ends = trace_ends(start, Steps(0.1, 100), here)
    assert ends.status.tolist() == [kernel.BODY] * 2
    assert ends.phases[:, 2] == pytest.approx([2, 4])


def test_a_callable_can_say_what_is_solid():
    mask = mask_of(lambda points: points[:, 0] > 6, CELLS)
    here = domain(faces=(OPEN,) * 3, mask=mask)
    ends = trace_ends(np.array([[4.0, 4, 4, -1, 0, 0]]), Steps(0.1, 100), here)
    assert (ends.status[0], ends.phases[0, 0]) == (kernel.BODY, pytest.approx(6, abs=0.11))


def test_a_particle_inside_a_body_does_not_move():
    here = domain(bodies=Bodies.of([Sphere((4, 4, 4), 2)]))
    ends = trace_ends(np.array([[4.0, 4, 5, 1, 0, 0]]), Steps(0.1, 100), here)
    assert (ends.status[0], ends.steps[0]) == (kernel.BODY, 0)


def test_threads_and_pieces_do_not_change_the_result():
    here = domain(smooth_fields(2, 0.1), smooth_fields(3, 0.5), (OPEN, PERIODIC, REFLECTING))
    start = some_phases(3 * tracer.PIECE + 7)
    one = trace_ends(start, Steps(0.05, 200), here, threads=1)
    many = trace_ends(start, Steps(0.05, 200), here, threads=5)
    apart = [trace_ends(part, Steps(0.05, 200), here) for part in np.array_split(start, 11)]
    assert np.array_equal(one.phases, many.phases)
    assert np.array_equal(one.phases, np.concatenate([part.phases for part in apart]))
    assert np.array_equal(one.status, np.concatenate([part.status for part in apart]))


def test_paths_record_every_so_many_steps_and_the_end():
    here = domain(faces=(OPEN,) * 3)
    start = np.array([[4.0, 4, 4, 1, 0, 0], [4, 4, 4, 2, 0, 0]])
    _, path, counts = trace_paths(start, Steps(0.3, 1000, every=5), here)
    assert path[0, : counts[0], 0] == pytest.approx([0, 1.5, 3, 4])
    assert path[1, : counts[1], 1] == pytest.approx([4, 1, 0])
    assert not path[1, counts[1] :].any()


def test_adaptive_steps_go_no_farther_than_half_a_cell_and_find_the_same_end():
    k = 0.5
    z, y, x = np.meshgrid(*[np.arange(9.0) - 4] * 3, indexing="ij")
    here = domain(k * np.stack([x, y, z], axis=-1), qm=1.0, faces=(OPEN,) * 3)
    start = np.array([[5.0, 4.5, 3.0, 2.4, -0.7, 0.2]])
    fine = trace_ends(start, Steps(0.001, 100_000), here)
    ends, path, counts = trace_paths(start, Steps(0.01, 1000, is_adaptive=True), here)
    assert np.linalg.norm(np.diff(path[0, : counts[0], 1:4], axis=0), axis=1).max() <= 0.501
    assert ends.steps[0] < fine.steps[0] / 20
    assert ends.phases[0, 3:] == pytest.approx(fine.phases[0, 3:], rel=0.2)


def test_progress_is_told_until_all_is_done():
    seen: list[tuple[int, int]] = []
    trace_ends(some_phases(2000), Steps(0.1, 10), domain(), 2, lambda *now: seen.append(now))
    assert seen[-1] == (2000, 2000)
    assert [done for done, _ in seen] == sorted(done for done, _ in seen)


def test_an_interrupt_ends_the_computation():
    def interrupt(done: int, total: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        trace_ends(some_phases(50_000), Steps(0.001, 2000), domain(), 2, interrupt)


def test_density_in_a_retarding_potential_is_boltzmanns_factor():
    # A potential ramp in x between two open faces that are at potential 0, particles repelled.
    cells, qm, top, thermal = (64, 4, 4), -1.0, -1.5, 1.0
    x = np.arange(65.0)
    phi = top * np.sin(np.pi * x / 64) ** 2
    slope = -top * np.pi / 64 * np.sin(2 * np.pi * x / 64)
    e = np.zeros((5, 5, 65, 3))
    e[..., 0] = slope
    here = domain(e, faces=(OPEN, PERIODIC, PERIODIC), cells=cells, qm=qm)
    source = Maxwellian(0.0, thermal, thermal, 0.0, 0.0)
    line = np.linspace(-6, 6, 601)
    for place in (16.0, 32.0):
        start = np.zeros((601, 6))
        start[:, :3], start[:, 3] = (place, 2.0, 2.0), line
        ends = trace_ends(start, Steps(0.02, 1_000_000), here)
        assert (ends.status == kernel.OPEN).sum() >= 600  # v = 0 may rest on the top
        density = np.where(ends.status == kernel.OPEN, source.density(ends.phases[:, 3:]), 0.0)
        # Integrated over vx; the other velocities do not change.
        # `np.trapezoid` is newer than the oldest numpy.
        means = (density[1:] + density[:-1]) / 2
        total = float(means @ np.diff(line)) * 2 * np.pi * thermal**2
        expected = np.exp(-qm * phi[int(place)] / thermal**2)
        assert total == pytest.approx(expected, rel=0.01)


def test_a_maxwellian_is_shifted_stretched_and_turned():
    source = Maxwellian(drift=2.0, along=0.5, across=1.5, polar=90.0, azimuth=90.0)
    assert source.axis == pytest.approx([0, 1, 0])
    line = np.linspace(-9, 9, 121)
    vx, vy, vz = np.meshgrid(line, line, line, indexing="ij")
    v = np.stack([vx, vy, vz], axis=-1)
    f = source.density(v) * (line[1] - line[0]) ** 3
    mean = (f[..., None] * v).sum(axis=(0, 1, 2))
    spread = np.sqrt((f[..., None] * (v - mean) ** 2).sum(axis=(0, 1, 2)))
    assert f.sum() == pytest.approx(1, rel=1e-6)
    assert mean == pytest.approx([0, 2, 0], abs=1e-6)
    assert spread == pytest.approx([1.5, 0.5, 1.5], rel=1e-4)
