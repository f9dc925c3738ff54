from __future__ import annotations

import pickle

import numpy as np
import pytest

from emout_lab.emses.boundaries import SUPPORTED_TYPES, BoundaryCollection, Mesh, read_boundaries
from emout_lab.emses.parameters import Parameters, parse_namelist, parse_toml
from emout_lab.errors import DataError

HEAD = "!!key dx=[0.5],to_c=[1000.0]\n&tmgrid\n nx=20, ny=24, nz=30\n/\n"


def parameters(text: str) -> Parameters:
    return parse_namelist(f"{HEAD}&ptcond\n{text}\n/\n")


def listed(kind: str, text: str) -> Parameters:
    return parameters(f" boundary_type='complex'\n boundary_types(1)='{kind}'\n{text}")


PI = np.pi
#: Type, parameters, is it closed, area and volume (grid units), lowest and highest corner.
CASES = {
    "sphere": (
        "sphere_origin(1:3,1)=10,12,14\n sphere_radius(1)=3",
        True, 4 * PI * 9, 4 / 3 * PI * 27, (7, 9, 11), (13, 15, 17),
    ),
    "cuboid": (
        "cuboid_shape(1:6,1)=1,3,2,5,4,8", True, 2 * (6 + 8 + 12), 24, (1, 2, 4), (3, 5, 8)
    ),
    "rectangle": ("rectangle_shape(1:6,1)=1,3,5,5,4,8", False, 8, None, (1, 5, 4), (3, 5, 8)),
    "flat-surface": ("zssurf=11", False, 480, None, (0, 0, 11), (20, 24, 11)),
    "rectangle-hole": (
        "zssurf=20\n xlrechole(1)=5, xurechole(1)=9, ylrechole(1)=6, yurechole(1)=12\n"
        " zlrechole(2)=13",
        False, 480 + 2 * (4 + 6) * 7, None, (0, 0, 13), (20, 24, 20),
    ),
    "cylinder-hole": (
        "zssurf=20\n xlrechole(1)=5, xurechole(1)=9, ylrechole(1)=8, yurechole(1)=12\n"
        " zlrechole(2)=13",
        False, 480 + 2 * PI * 2 * 7, None, (0, 0, 13), (20, 24, 20),
    ),
}  # fmt: skip


def wall_area(radius, height: float) -> float:
    """Area of a wall turned about its axis, from its radius over the height above the middle."""
    z = np.linspace(-height / 2, height / 2, 20001)
    r = radius(z)
    lengths = np.hypot(np.diff(z), np.diff(r))
    return float((PI * (r[1:] + r[:-1]) * lengths).sum())


# As finbound has them: semi-axis a across, c along, for a radius of 2 at both ends, 7 apart.
PIT = CASES["cylinder-hole"][0]
NARROW = wall_area(lambda z: np.sqrt(1 + z**2 / (3.5**2 / (2**2 - 1))), 7)
WIDE = wall_area(lambda z: 3 * np.sqrt(1 - z**2 / (3.5**2 / (1 - (2 / 3) ** 2))), 7)
# Four walls, each of two trapezoids that lean by (1 - 0.5) / 2 of the width over 3.5.
DENT = 2 * (2 * np.hypot(3.5, 1.5) * (4 + 2) / 2 + 2 * np.hypot(3.5, 1.0) * (6 + 3) / 2)
CASES["hyperboloid-hole"] = (
    f"{PIT}\n rcurv=0.5", False, 480 + NARROW, None, (0, 0, 13), (20, 24, 20)
)  # fmt: skip
CASES["ellipsoid-hole"] = (
    f"{PIT}\n rcurv=1.5", False, 480 + WIDE, None, (0, 0, 13), (20, 24, 20)
)  # fmt: skip
CASES["dent-rectangle-hole"] = (
    CASES["rectangle-hole"][0] + "\n rcurv=0.5", False, 480 + DENT, None, (0, 0, 13), (20, 24, 20)
)  # fmt: skip
CASES["plane-with-circle-hole"] = (
    "plane_with_circle_hole_zlower(1)=5\n plane_with_circle_hole_height(1)=4\n"
    " plane_with_circle_hole_radius(1)=3",
    False, 2 * (480 - 9 * PI) + 2 * PI * 3 * 4, None, (0, 0, 5), (20, 24, 9),
)  # fmt: skip
HOLES = [kind for kind in CASES if kind.endswith("-hole") and kind != "plane-with-circle-hole"]
for name, low, high in [
    ("x", (4, 2, 3), (9, 8, 9)),
    ("y", (1, 5, 3), (7, 10, 9)),
    ("z", (1, 2, 6), (7, 8, 11)),
]:
    axis = "xyz".index(name)
    origin = (4, 5, 6)
    place = ",".join(map(str, origin))
    tube = f"cylinder_origin(1:3,1)={place}\n cylinder_radius(1)=3\n cylinder_height(1)=5"
    CASES[f"cylinder{name}"] = (tube, True, 2 * PI * 9 + 30 * PI, 45 * PI, low, high)
    CASES[f"open-cylinder{name}"] = (tube, False, 30 * PI, None, low, high)
    CASES[f"disk{name}"] = (
        f"disk_origin(1:3,1)={place}\n disk_radius(1)=3\n disk_inner_radius(1)=2\n"
        " disk_height(1)=5",
        True, 2 * PI * 5 + 50 * PI, 25 * PI, low, high,
    )  # fmt: skip
    flat = tuple(origin[k] if k == axis else high[k] for k in range(3))
    CASES[f"circle{name}"] = (
        f"circle_origin(1:3,1)={place}\n circle_radius(1)=3", False, 9 * PI, None,
        tuple(origin[k] if k == axis else low[k] for k in range(3)), flat,
    )  # fmt: skip
    box = (20, 24, 30)
    CASES[f"plane-with-circle{name}"] = (
        f"plane_with_circle_origin(1:3,1)={place}\n plane_with_circle_radius(1)=3", False,
        np.prod(box) / box[axis] - 9 * PI, None,
        tuple(origin[k] if k == axis else 0 for k in range(3)),
        tuple(origin[k] if k == axis else box[k] for k in range(3)),
    )  # fmt: skip


def check(mesh: Mesh, is_closed: bool, area: float, volume: float | None, low, high) -> None:
    assert mesh.is_closed == is_closed
    # Round shapes are inscribed polyhedra.
    assert mesh.area == pytest.approx(area, rel=0.01)
    if volume is not None:
        assert mesh.volume == pytest.approx(volume, rel=0.015), "normals point inward, or it leaks"
    np.testing.assert_allclose(mesh.vertices.min(axis=0), low, atol=1e-9)
    np.testing.assert_allclose(mesh.vertices.max(axis=0), high, atol=1e-9)
    np.testing.assert_allclose(np.linalg.norm(mesh.normals, axis=1), 1)


def test_every_documented_type_is_tested_below():
    assert set(SUPPORTED_TYPES) == set(CASES)


@pytest.mark.parametrize("kind", CASES)
def test_meshes_have_the_area_volume_and_place_of_their_shape(kind: str):
    text, *expected = CASES[kind]
    boundaries = read_boundaries(listed(kind, text))
    assert boundaries.types == (kind,) and boundaries.skipped == []
    check(boundaries[0].mesh(use_si=False), *expected)
    metres = boundaries[0].mesh()
    np.testing.assert_allclose(metres.vertices, boundaries[0].mesh(use_si=False).vertices * 0.5)


@pytest.mark.parametrize("kind", ["flat-surface", *HOLES])
def test_a_single_body_needs_no_list(kind: str):
    text, *expected = CASES[kind]
    boundaries = read_boundaries(parameters(f" boundary_type='{kind}'\n {text}"))
    assert boundaries.types == (kind,)
    check(boundaries[0].mesh(use_si=False), *expected)


@pytest.mark.parametrize("kind", HOLES)
def test_holes_have_no_seams_and_face_the_plasma(kind: str):
    mesh = read_boundaries(listed(kind, CASES[kind][0]))[0].mesh(use_si=False)
    edges = np.sort(np.concatenate([mesh.faces[:, [i, (i + 1) % 3]] for i in range(3)]), axis=1)
    pairs, counts = np.unique(edges, axis=0, return_counts=True)
    rim = mesh.vertices[pairs[counts == 1]]
    rim = np.round(rim, 6)
    at_the_sides = np.isin(rim[..., 0], [0, 20]) | np.isin(rim[..., 1], [0, 24])
    assert at_the_sides.all(), "an edge inside the box belongs to one triangle only"
    middle = mesh.triangles.mean(axis=1)
    is_level = np.isin(np.round(middle[:, 2], 6), [13, 20])
    np.testing.assert_allclose(mesh.normals[is_level], [[0, 0, 1]] * is_level.sum(), atol=1e-9)
    centre = [7, 9 if "rectangle" in kind else 10]
    inward = ((centre - middle[:, :2]) * mesh.normals[:, :2]).sum(axis=1)
    assert (inward[~is_level] > 0).all()


@pytest.mark.parametrize(
    ("kind", "across", "expected"),
    [
        ("hyperboloid-hole", 1.0, NARROW),
        ("ellipsoid-hole", 3.0, WIDE),
        ("dent-rectangle-hole", 1.0, DENT),
    ],
)
def test_walls_of_holes_are_curved_as_emses_has_them(kind: str, across: float, expected: float):
    hole = read_boundaries(listed(kind, CASES[kind][0]))[0]
    counts = {} if "rectangle" in kind else {"ntheta": 96, "naxial": 48}
    mesh = hole.mesh(use_si=False, **counts)
    is_wall = np.abs(mesh.normals[:, 2]) < 0.999
    walls = Mesh(mesh.vertices, mesh.faces[is_wall])
    assert walls.area == pytest.approx(expected, rel=2e-3)
    middle = mesh.vertices[np.isclose(mesh.vertices[:, 2], 16.5)]
    assert np.abs(middle[:, 0] - 7).max() == pytest.approx(across)
    if "rectangle" not in kind:
        waist, x, y, z = across / 2, *(mesh.vertices[np.unique(walls.faces)] - [7, 10, 16.5]).T
        np.testing.assert_allclose(
            np.hypot(x, y), 2 * np.sqrt(waist**2 + (1 - waist**2) * (z / 3.5) ** 2)
        )


@pytest.mark.parametrize(
    ("kind", "text", "reason"),
    [
        ("hyperboloid-hole", "rcurv=1.5", "rcurv = 1.5 is not at most 1"),
        ("hyperboloid-hole", "rcurv='a'", "rcurv is missing"),
        ("ellipsoid-hole", "rcurv=0.5", "rcurv = 0.5 is not at least 1"),
        ("dent-rectangle-hole", "rcurv=-1", "rcurv = -1 is not positive"),
    ],
)
def test_holes_whose_curvature_makes_no_sense_are_skipped(kind: str, text: str, reason: str):
    boundaries = read_boundaries(listed(kind, f"{PIT}\n {text}"))
    assert boundaries.skipped == [(0, kind, reason)]


@pytest.mark.parametrize("kind", ["hyperboloid-hole", "ellipsoid-hole", "dent-rectangle-hole"])
def test_walls_of_holes_are_straight_where_nothing_is_said_of_them(kind: str):
    plain = "rectangle-hole" if "rectangle" in kind else "cylinder-hole"
    curved, straight = (read_boundaries(listed(k, CASES[plain][0]))[0] for k in (kind, plain))
    assert curved.mesh().area == pytest.approx(straight.mesh().area)


def test_a_hole_through_a_plate_faces_away_from_the_plate():
    kind = "plane-with-circle-hole"
    mesh = read_boundaries(listed(kind, CASES[kind][0]))[0].mesh(use_si=False)
    middle = mesh.triangles.mean(axis=1)
    for height, direction in ((9, 1), (5, -1)):
        is_face = np.isclose(middle[:, 2], height)
        np.testing.assert_allclose(mesh.normals[is_face, 2], direction)
    is_wall = np.abs(mesh.normals[:, 2]) < 0.5
    inward = (([10, 12] - middle[:, :2]) * mesh.normals[:, :2]).sum(axis=1)
    assert is_wall.any() and (inward[is_wall] > 0).all()


def test_boundaries_turn_about_a_point():
    sphere, cuboid = read_boundaries(parameters(MANY))
    turned = cuboid.rotated([0, 0, 90], pivot=(1, 2, 4), use_si=False).mesh(use_si=False)
    check(turned, *CASES["cuboid"][1:4], (-2, 2, 4), (1, 4, 8))
    # 90 degrees about x, then about y.
    turned = cuboid.rotated([90, 90, 0], pivot=(0.5, 1, 2)).mesh()
    check(turned, True, 52 / 4, 24 / 8, (0.5, -1, 1), (2, 1, 2))
    both = (sphere + cuboid).rotated([10, 20, 30], pivot=(0, 0, 0))
    assert both.types == ("sphere", "cuboid")
    fine = both[0].mesh(use_si=False, ntheta=96, radius=2)
    assert fine.area == pytest.approx(4 * PI * 4, rel=0.01) and fine.is_closed
    distances = np.linalg.norm(fine.vertices, axis=1)
    assert distances.min() == pytest.approx(np.linalg.norm([10, 12, 14]) - 2, rel=1e-3)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "geotype(1)=1\n xlpc(1)=1, xupc(1)=3, ylpc(1)=2, yupc(1)=5, zlpc(1)=4, zupc(1)=8",
            CASES["cuboid"][1:],
        ),
        (
            "xlpc(1)=1, xupc(1)=3, ylpc(1)=2, yupc(1)=5, zlpc(1)=4, zupc(1)=8",
            CASES["cuboid"][1:],
        ),
        (
            "geotype(1)=2\n bdyalign(1)=1\n bdyedge(1:2,1)=4,9\n bdyradius(1)=3\n"
            " bdycoord(1:2,1)=5,6",
            CASES["cylinderx"][1:],
        ),
        (
            "geotype(1)=2\n bdyalign(1)=2\n bdyedge(1:2,1)=5,10\n bdyradius(1)=3\n"
            " bdycoord(1:2,1)=6,4",
            CASES["cylindery"][1:],
        ),
        (
            "geotype(1)=2\n bdyalign(1)=3\n bdyedge(1:2,1)=6,11\n bdyradius(1)=3\n"
            " bdycoord(1,1)=4\n bdycoord(2,1)=5",
            CASES["cylinderz"][1:],
        ),
        ("geotype(1)=3\n bdyradius(1)=3\n bdycoord(1:3,1)=10,12,14", CASES["sphere"][1:]),
    ],
)
def test_bodies_of_geotype(text: str, expected):
    boundaries = read_boundaries(parameters(f" npc=1\n {text}"))
    assert len(boundaries) == 1 and boundaries.skipped == []
    check(boundaries[0].mesh(use_si=False), *expected)


def test_a_box_without_key_stays_in_grid_units():
    text = HEAD.split("\n", 1)[1] + "&ptcond\n npc=1\n geotype=3\n bdyradius=3\n"
    mesh = read_boundaries(parse_namelist(f"{text} bdycoord(1:3,1)=10,12,14\n/\n")).mesh()
    np.testing.assert_allclose(mesh.vertices.max(axis=0), [13, 15, 17])


MANY = """
 boundary_type = 'complex'
 boundary_types(1) = 'sphere'
 boundary_types(3) = 'ellipsoid'
 boundary_types(4) = 'cuboid'
 boundary_types(5) = 'sphere'
 boundary_types(6) = 'disky'
 boundary_types(7) = 'rectangle'
 boundary_types(8) = 'plane-with-circlez'
 sphere_origin(1:3,1) = 10, 12, 14
 sphere_radius(1) = 3
 cuboid_shape(1:6,4) = 1,3,2,5,4,8
 sphere_origin(1:3,5) = 1, 2, 3
 disk_origin(1:3,6) = 1, 2, 3
 disk_radius(6) = 2
 disk_inner_radius(6) = 2
 disk_height(6) = 1
 rectangle_shape(1:6,7) = 1,3,2,5,4,8
 plane_with_circle_origin(1:3,8) = 40, 2, 3
 plane_with_circle_radius(8) = 3
 npc = 3
 geotype(1) = 7
 geotype(2) = 3
 boundary_rotation_deg = 0, 0, 30
"""


def test_what_cannot_be_given_is_listed_with_the_reason():
    boundaries = read_boundaries(parameters(MANY))
    assert boundaries.types == ("sphere", "cuboid")
    assert [boundary.index for boundary in boundaries] == [0, 3]
    reasons = {(index, name): reason for index, name, reason in boundaries.skipped}
    assert reasons[1, ""] == "no type is given"
    assert reasons[2, "ellipsoid"].startswith("unknown type; known are circlex")
    assert reasons[4, "sphere"] == "sphere_radius(5) is missing"
    assert "leaves nothing of 2" in reasons[5, "disky"]
    assert "flat along one axis, not along 0" in reasons[6, "rectangle"]
    assert "outside the box" in reasons[7, "plane-with-circlez"]
    assert reasons[0, "geotype 7"].startswith("unknown geotype")
    assert reasons[1, "geotype 3"] == "bdycoord(1:3,2) is missing"
    assert "rotated([0, 0, 30], pivot=(x, y, z))" in reasons[-1, "boundary_rotation_deg"]
    assert len(reasons) == len(boundaries.skipped) == 9
    assert repr(boundaries) == "<BoundaryCollection [sphere, cuboid], 9 skipped>"


@pytest.mark.parametrize("text", ["", " boundary_type='none'", " npc=0"])
def test_a_run_without_bodies_has_an_empty_collection(text: str):
    boundaries = read_boundaries(parameters(text))
    assert not boundaries and boundaries.skipped == [] and len(boundaries.mesh().faces) == 0
    with pytest.raises(DataError, match="no boundaries to draw"):
        boundaries.plot()


def test_a_list_where_one_type_is_expected_is_skipped_and_not_lost():
    boundaries = read_boundaries(parameters(" boundary_type='sphere', 'cuboid'"))
    [(place, name, reason)] = boundaries.skipped
    assert (place, name) == (-1, "boundary_type") and "type = " in reason


def test_an_unknown_single_body_is_skipped():
    boundaries = read_boundaries(parameters(" boundary_type='torus-hole'"))
    assert [entry[:2] for entry in boundaries.skipped] == [(0, "torus-hole")]


def test_boundaries_of_toml_tables_are_the_same():
    inp = parse_toml(
        """
        [meta.unit_conversion]
        dx = 0.5
        to_c = 1000.0
        [ptcond]
        boundary_type = "complex"
        [[ptcond.boundaries]]
        type = "sphere"
        sphere_origin = [10, 12, 14]
        sphere_radius = 3.0
        [[ptcond.boundaries]]
        type = "cuboid"
        cuboid_shape = [1, 3, 2, 5, 4, 8]
        """
    )
    boundaries = read_boundaries(inp)
    assert boundaries.types == ("sphere", "cuboid") and boundaries.skipped == []
    check(boundaries[0].mesh(use_si=False), *CASES["sphere"][1:])
    check(boundaries[1].mesh(use_si=False), *CASES["cuboid"][1:])


def test_collections_add():
    sphere, cuboid = read_boundaries(parameters(MANY))
    both = sphere + cuboid
    assert isinstance(both, BoundaryCollection) and both.types == ("sphere", "cuboid")
    assert (both + cuboid).types == ("sphere", "cuboid", "cuboid")
    assert (cuboid + both).types == ("cuboid", "sphere", "cuboid")
    assert sum([both, both]).types == both.types * 2
    assert sum([sphere, cuboid]).types == both.types
    assert both[1:].types == ("cuboid",)
    mesh = both.mesh(use_si=False)
    assert mesh.volume == pytest.approx(sphere.mesh(use_si=False).volume + 24)
    assert len((sphere.mesh() + cuboid.mesh()).faces) == len(mesh.faces)
    with pytest.raises(IndexError, match=r"No boundary 2: there are 2 \(sphere, cuboid\)"):
        both[2]


def test_meshes_can_be_finer_or_of_another_size():
    both = read_boundaries(parameters(MANY))
    coarse = both[0].mesh(ntheta=12, nphi=6)
    assert len(coarse.faces) == 12 * 2 * 5
    assert both[0].mesh(ntheta=96, nphi=48).volume == pytest.approx(4 / 3 * PI * 1.5**3, rel=0.003)
    np.testing.assert_allclose(np.ptp(both[0].mesh(radius=2.0).vertices, axis=0).max(), 4.0)
    assert len(both.mesh(ntheta=12, nphi=6).faces) == 120 + len(both[1].mesh().faces)
    assert len(both.mesh(per={0: {"ntheta": 12, "nphi": 6}}).faces) == 120 + len(
        both[1].mesh().faces
    )
    with pytest.raises(DataError, match="A sphere has no 'height'; it has center, radius"):
        both[0].mesh(height=2)


def test_boundaries_pickle_small():
    both = read_boundaries(parameters(MANY))
    again = pickle.loads(pickle.dumps(both))
    assert len(pickle.dumps(both)) < 3000
    np.testing.assert_array_equal(again.mesh().vertices, both.mesh().vertices)
