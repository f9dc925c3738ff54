"""Bodies for orbits: exact surfaces against meshes of the same shapes, and what they emit."""

from __future__ import annotations

import numpy as np
import pytest

from emout_lab.emses import Emout
from emout_lab.emses.backtrace import bodies as tables
from emout_lab.emses.backtrace import kernel
from emout_lab.emses.backtrace.bodies import Bodies, bodies_of, ground
from emout_lab.emses.backtrace.crossings import SOLID, THIN, first_entry, is_inside
from emout_lab.emses.backtrace.domain import Domain, uniform
from emout_lab.emses.backtrace.tracer import Steps, trace_ends
from emout_lab.emses.boundaries import holes, shapes
from emout_lab.errors import DataError

BOX = (8.0, 8.0)
SOLIDS = {
    "sphere": shapes.Sphere((4, 4, 4), 1.5, ntheta=192, nphi=96),
    "cuboid": shapes.Cuboid((2, 3, 3), (5, 5, 6)),
    "cylinderx": shapes.Cylinder(0, (2, 4, 4), 1.5, 3, ntheta=192),
    "cylindery": shapes.Cylinder(1, (4, 2, 4), 1.5, 3, ntheta=192),
    "cylinderz": shapes.Cylinder(2, (4, 4, 2), 1.5, 3, ntheta=192),
    "diskz": shapes.Disk(2, (4, 4, 3), 2.5, 1.0, 1.0, ntheta=192),
    "diskx": shapes.Disk(0, (3, 4, 4), 2.5, 1.0, 1.0, ntheta=192),
}
SHEETS = {
    "rectangle": shapes.Rectangle((2, 3, 4), (6, 6, 4)),
    "circley": shapes.Circle(1, (4, 4, 4), 2, ntheta=192),
    "open cylinder": shapes.Cylinder(2, (4, 4, 2), 1.5, 3, is_open=True, ntheta=192),
    "plane with circle": shapes.PlaneWithCircle(2, (4, 4, 4), 1.5, (0, 0), BOX, ntheta=192),
}
GROUNDS = {
    "rectangle hole": shapes.RectangleHole((3, 3, 2), (5, 6, 4), BOX),
    "cylinder hole": shapes.CylinderHole((4, 4), 1.5, 2, 4, BOX, ntheta=192),
}
KNOWN = {**SOLIDS, **SHEETS, **GROUNDS}


def as_mesh(shape) -> Bodies:
    """The tables of a shape's triangles, as for shapes that have no surfaces of their own."""
    return Bodies.of([row for row in tables.surfaces_of.dispatch(object)(shape)])


def entries(bodies: Bodies, starts, moves):
    found = [
        first_entry(bodies.rows, bodies.groups, p, tuple(d), True)
        for p, d in zip(starts, moves, strict=True)
    ]
    return np.array([share for share, _ in found])


def steps_through(shape, count=400):
    """Steps from outside, above the ground, in all directions."""
    rng = np.random.default_rng(5)
    starts, moves = rng.uniform(0.2, 7.8, (count, 3)), rng.normal(size=(count, 3)) * 4
    exact = Bodies.of([shape])
    free = [not is_inside(exact.rows, exact.groups, p, 100.0) for p in starts]
    ends = starts + moves
    # Meshes of grounds and planes end at the box.
    stays = np.all((ends[:, :2] > 0) & (ends[:, :2] < 8), axis=1)
    chosen = np.array(free) & stays
    return starts[chosen], moves[chosen]


@pytest.mark.parametrize("name", KNOWN)
def test_exact_surfaces_are_entered_where_the_mesh_is(name):
    shape = KNOWN[name]
    starts, moves = steps_through(shape)
    exact, mesh = (entries(b, starts, moves) for b in (Bodies.of([shape]), as_mesh(shape)))
    assert (exact <= 1).sum() > 10 and (exact > 1).sum() > 10
    # Triangles lie a little within round bodies: steps that graze them may differ.
    agree = (exact <= 1) == (mesh <= 1)
    assert agree.mean() > 0.98
    both = agree & (exact <= 1)
    apart = np.abs(exact - mesh)[both] * np.linalg.norm(moves[both], axis=1)
    assert np.median(apart) < 1e-3 and np.quantile(apart, 0.9) < 0.02


@pytest.mark.parametrize("name", SOLIDS)
def test_points_lie_inside_of_surfaces_as_of_the_mesh(name):
    exact, mesh = Bodies.of([SOLIDS[name]]), as_mesh(SOLIDS[name])
    points = np.random.default_rng(2).uniform(1, 7, (600, 3))
    inside = [is_inside(exact.rows, exact.groups, p, 100.0) for p in points]
    same = [is_inside(mesh.rows, mesh.groups, p, 100.0) for p in points]
    assert 5 < sum(inside) < 400
    assert np.mean(np.array(inside) == np.array(same)) > 0.98
    volume = SOLIDS[name].mesh().volume
    assert np.mean(inside) * 216 == pytest.approx(volume, abs=3 * 216 * np.sqrt(0.1 / 600))


def test_a_point_on_the_skin_is_outside_and_free_to_leave():
    cube = Bodies.of([shapes.Cuboid((2, 2, 2), (4, 4, 4))])
    for place in [(2, 3, 3), (4, 3, 3), (3, 3, 2), (3, 3, 4), (2, 2, 2), (4, 4, 4), (2, 3, 4)]:
        p = np.array(place, float)
        assert not is_inside(cube.rows, cube.groups, p, 100.0), place
        away = tuple(p - 3.0)
        assert first_entry(cube.rows, cube.groups, p, away, True)[0] > 1, place
    assert entries(cube, [np.array([4.0, 3, 3])], [(-1.0, 0.0, 0.0)])[0] == 0
    assert is_inside(cube.rows, cube.groups, np.array([2.001, 3, 3]), 100.0)


def test_a_sheet_is_met_from_both_sides_and_may_be_left():
    sheet = Bodies.of([shapes.Rectangle((2, 2, 4), (6, 6, 4))])
    for height, move in ((3.0, 1.5), (5.0, -1.5), (3.0, 1.0), (5.0, -1.0)):
        share = entries(sheet, [np.array([4, 4, height])], [(0.0, 0.0, move)])
        assert share[0] == pytest.approx(1 / abs(move))
    on_it = np.array([4.0, 4, 4])
    for move in ((0.0, 0.0, 1.0), (0.0, 0.0, -1.0)):
        assert first_entry(sheet.rows, sheet.groups, on_it, move, True)[0] > 1
        # In the midst of an orbit it is where the step before ended, so it was met.
        assert first_entry(sheet.rows, sheet.groups, on_it, move, False)[0] == 0
    assert sheet.rows[0, 1] == THIN


def test_overlapping_bodies_are_one():
    both = Bodies.of([shapes.Sphere((4, 4, 4), 1), shapes.Sphere((4.5, 4, 4), 1)])
    assert is_inside(both.rows, both.groups, np.array([4.25, 4, 4]), 100.0)
    assert is_inside(both.rows, both.groups, np.array([5.2, 4, 4]), 100.0)
    assert entries(both, [np.array([1.0, 4, 4])], [(5.0, 0.0, 0.0)])[0] == pytest.approx(0.4)


def test_many_triangles_are_looked_at_in_groups():
    mesh = as_mesh(SOLIDS["sphere"])
    sizes = mesh.groups[:, 7] - mesh.groups[:, 6]
    assert sizes.max() <= tables.LEAF and sizes.sum() == len(mesh) > 10_000
    assert np.all(mesh.rows[:, 1] == SOLID)


def edited(run_copy, pairs) -> Emout:
    inp = run_copy / "plasma.inp"
    text = inp.read_text()
    for old, new in pairs:
        assert old in text
        text = text.replace(old, new)
    inp.write_text(text)
    return Emout(run_copy)


def test_bodies_come_from_the_boundaries(data: Emout, run_copy):
    found, skipped = bodies_of(data.inp)
    assert found.rows[0, 3:7].tolist() == [8, 8, 8, 1] and not skipped
    changed = edited(
        run_copy,
        pairs=[
            (
                "npc      = 1",
                "boundary_type = 'complex'\n"
                " boundary_types = 'sphere','cuboid','cylinderz','nonsense'\n"
                " sphere_origin(:,1) = 1,2,3\n sphere_radius(1) = 1.5\n"
                " cuboid_shape(:,2) = 0,1,0,2,0,3\n cylinder_origin(:,3) = 8,8,1\n"
                " cylinder_radius(3) = 2\n cylinder_height(3) = 4\n npc = 0",
            )
        ],
    )
    found, skipped = bodies_of(changed.inp)
    assert len(found.groups) == 3 and len(found) == 1 + 6 + 3
    assert len(skipped) == 1 and skipped[0].startswith("nonsense (unknown type")
    with pytest.warns(UserWarning, match=r"pass through .*nonsense[\s\S]*contains=lambda"):
        changed.backtrace.get_backtrace([8, 8, 12], [0, 0, -5])


def test_the_flat_ground_is_solid(run_copy):
    data = edited(
        run_copy, pairs=[("npc      = 1", "boundary_type = 'flat-surface'\n zssurf = 5\n npc = 0")]
    )
    orbit = data.backtrace.get_backtrace([3, 3, 9], [0, 0, 30], use_electric_field=False)
    assert orbit.positions[-1].tolist() == pytest.approx([3, 3, 5]) and orbit.probability == 0
    buried = data.backtrace.get_backtrace([3, 3, 4], [0, 0, 30])
    assert len(buried.ts) == 1 and buried.probability == 0
    rows = Bodies.of([ground(5.0)])
    assert is_inside(rows.rows, rows.groups, np.array([3.0, 3, 4.9]), 100.0)


def test_contains_says_what_is_solid_for_every_call(data: Emout):
    trace, start = data.backtrace, ([3, 3, 12], [0, 0, 30])
    options = {"contains": lambda points: points[:, 2] < 6, "use_electric_field": False}
    for orbit in (
        trace.get_backtrace(*start, **options),
        trace.get_backtraces([start[0]], [start[1]], **options)[0],
        trace.get_backtraces_from_particles(np.array([[3, 3, 12, 0, 0, 30.0]]), **options)[0],
    ):
        assert orbit.positions[-1, 2] == pytest.approx(6, abs=0.3) and orbit.probability == 0
    grid = trace.get_probabilities(3, 3, 12, 0, 0, [30.0, -30.0], **options)
    assert grid.probabilities[0] == 0 < grid.probabilities[1]
    density, ends = trace.get_probabilities_from_array([start[0]], [start[1]], **options)
    assert density[0] == 0 and ends[0, 2] == pytest.approx(6, abs=0.3)


@pytest.mark.parametrize(
    ("contains", "message"),
    [(3, "must be callable"), (lambda points: points[:3], r"returned shape \(3, 3\)")],
)
def test_contains_that_cannot_be_used_says_why(data: Emout, contains, message):
    with pytest.raises(ValueError, match=message):
        data.backtrace.get_backtrace([3, 3, 12], [0, 0, 30], contains=contains)


def test_behind_a_periodic_face_a_body_stands_too():
    body = Bodies.of([shapes.Sphere((0, 4, 4), 1)])
    here = Domain(-1.0, uniform(), uniform(), (8, 8, 8), (0, 0, 0), body)
    # Backward along +x: out at x = 8, in again at x = 0, inside the half sphere there.
    ends = trace_ends(np.array([[5.0, 4, 4, -1, 0, 0]]), Steps(0.3, 100), here)
    assert ends.status[0] == kernel.BODY and ends.phases[0, 0] < 1


def test_no_orbit_slips_under_a_ground_of_triangles_at_periodic_faces():
    pit = holes.CurvedHole((4, 4), 1.5, 2, 4, BOX, waist=0.7)
    assert surfaces_are_sheets(pit)
    here = Domain(-1.0, uniform(), uniform(), (8, 8, 8), (0, 0, 2), Bodies.of([pit]))
    rng = np.random.default_rng(4)
    start = np.concatenate([rng.uniform(0, 8, (3000, 2)), np.full((3000, 1), 7.0)], axis=1)
    velocity = np.concatenate([rng.normal(size=(3000, 2)) * 30, np.full((3000, 1), 5.0)], axis=1)
    ends = trace_ends(np.concatenate([start, velocity], axis=1), Steps(0.1, 1000), here)
    assert np.all(ends.status == kernel.BODY)
    assert ends.phases[:, 2].min() >= 2 - 1e-9 and np.median(ends.phases[:, 2]) == pytest.approx(4)


def surfaces_are_sheets(shape) -> bool:
    return bool(np.all(Bodies.of([shape]).rows[:, 1] == THIN))


@pytest.mark.parametrize(
    "shape",
    [
        holes.CurvedHole((4, 4), 1.5, 2, 4, BOX, waist=1.3),
        holes.DentRectangleHole((3, 3, 2), (5, 6, 4), BOX, waist=0.6),
        holes.ThroughHole((4, 4), 1.5, 2, 4, BOX),
        holes.Rotated(shapes.Cuboid((2, 3, 3), (5, 5, 6)), (30, 20, 10), (4, 4, 4)),
        holes.Rotated(shapes.Disk(2, (4, 4, 3), 2.5, 1.0, 1.0), (0, 45, 0), (4, 4, 4)),
    ],
    ids=lambda shape: type(shape).__name__,
)
def test_shapes_without_surfaces_of_their_own_end_orbits_on_their_mesh(shape):
    table = Bodies.of([shape])
    here = Domain(-1.0, uniform(), uniform(), (8, 8, 8), (2, 2, 2), table)
    rng = np.random.default_rng(4)
    start = np.concatenate([rng.uniform(0.5, 7.5, (500, 2)), np.full((500, 1), 7.9)], axis=1)
    ends = trace_ends(
        np.concatenate([start, np.tile([0, 0, 1.0], (500, 1))], axis=1), Steps(0.3, 99), here
    )
    met = ends.status == kernel.BODY
    assert met.sum() > 50
    # Straight down: each ends on the highest triangle below its start.
    corners = table.rows[:, 2:].reshape(-1, 3, 3)
    for point in ends.phases[met][::25, :3]:
        a, b, c = np.moveaxis(corners, 1, 0)
        apart = np.abs(np.einsum("ij,ij->i", point - a, _unit(np.cross(b - a, c - a))))
        assert apart.min() < 1e-9


def _unit(vectors):
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


# Emission

PHOTOELECTRONS = [
    ("nspec    = 2", "nspec    = 3"),
    ("npbnd    = 2,2,2, 2,2,2,", "npbnd    = 2,2,2, 2,2,2, 2,2,2,"),
    (
        "qm(1)    = -1.0d0,",
        "qm(1) = -1.0d0,\n qm(3) = -1.0d0,\n path(3) = 20.0d0,\n peth(3) = 20.0d0,\n"
        " vdthz(3) = 180.0d0,",
    ),
]


def with_emission(run_copy, text: str) -> Emout:
    return edited(
        run_copy, pairs=[*PHOTOELECTRONS, ("&emissn", f"&emissn\n nflag_emit(3) = 2\n{text}")]
    )


def test_light_makes_photoelectrons_on_the_sunny_side_only(run_copy):
    # Light falls along -z (vdthz = 180), so the top of the sphere at (8, 8, 8) is sunny.
    data = with_emission(run_copy, " use_raycast = .true.\n curf(3) = 1.0d0")
    trace = data.backtrace
    options = {"ispec": 2, "use_electric_field": False}
    peak = 2 * (2 * np.pi) ** -1.5 / 20**3
    above = trace.get_backtrace([8, 8, 12], [0, 0, 10], **options)
    assert above.positions[-1, 2] == pytest.approx(9)
    assert above.probability == pytest.approx(peak * np.exp(-0.5 * (10 / 20) ** 2))
    below = trace.get_backtrace([8, 8, 4], [0, 0, -10], **options)
    assert below.positions[-1, 2] == pytest.approx(7) and below.probability == 0
    # From outside come none.
    assert trace.get_backtrace([8, 8, 12], [0, 0, -10], **options).probability == 0


def test_the_flux_of_photoelectrons_is_their_current(run_copy):
    data = with_emission(run_copy, " use_raycast = .true.\n curf(3) = 0.5d0")
    v = 6 * 20.0
    # Right above the top of the sphere: all that is emitted there goes up.
    result = data.backtrace.get_probabilities(
        8, 8, 9.0, (-v, v, 40), (-v, v, 40), (0.0, v, 61), ispec=2, use_electric_field=False
    )
    vz = result.grid.axes[5]
    flux = np.trapezoid(result.pair("vz", "x").Z[0] * vz, vz)
    si = flux * data.unit.v.factor * result.source_density() * 1.602176634e-19
    assert si == pytest.approx(float(data.unit.J.reverse(0.5)), rel=0.02)


def test_surfaces_that_the_run_names_emit_on_their_outer_side(run_copy):
    plate = (
        " nepl(3) = 1\n nemd(1) = 3\n curf(3) = 1.0d0\n curfs(1) = 0.5d0\n"
        " xmine(1) = 2\n xmaxe(1) = 6\n ymine(1) = 2\n ymaxe(1) = 6\n zmine(1) = 3\n zmaxe(1) = 3"
    )
    data = with_emission(run_copy, plate)
    options = {"ispec": 2, "use_electric_field": False}
    orbit = data.backtrace.get_backtrace([4, 4, 8], [0, 0, 10], **options)
    assert orbit.positions[-1, 2] == pytest.approx(3)
    expected = 0.5 * 2 * (2 * np.pi) ** -1.5 / 20**3 * np.exp(-0.5 * 0.25)
    assert orbit.probability == pytest.approx(expected)
    beside = data.backtrace.get_backtrace([1, 1, 8], [0, 0, 10], **options)
    assert beside.probability == 0 and beside.positions[-1, 2] == 0
    behind = data.backtrace.get_backtrace([4, 4, 1], [0, 0, -10], **options)
    assert behind.positions[-1, 2] == pytest.approx(16)


def test_emission_without_surfaces_or_light_is_said(run_copy):
    data = with_emission(run_copy, "")
    with pytest.warns(UserWarning, match="neither surfaces"):
        orbit = data.backtrace.get_backtrace([8, 8, 12], [0, 0, 10], ispec=2)
    assert orbit.probability == 0


def test_emitting_surfaces_that_are_not_complete_say_what_is_missing(run_copy):
    data = with_emission(run_copy, " nepl(3) = 1\n nemd(1) = 7")
    with pytest.raises(DataError, match=r"nemd\(1\) = 7"):
        data.backtrace.get_backtrace([8, 8, 12], [0, 0, 10], ispec=2)
    (run_copy / "plasma.inp").write_text(
        (run_copy / "plasma.inp").read_text().replace("nemd(1) = 7", "nemd(1) = 3")
    )
    with pytest.raises(DataError, match=r"xmine\(1\) is missing"):
        Emout(run_copy).backtrace.get_backtrace([8, 8, 12], [0, 0, 10], ispec=2)
