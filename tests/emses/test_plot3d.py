"""Pictures in space: what is drawn where, in which colours, seen from where."""

from __future__ import annotations

import ctypes.util
import gc
import os
import pickle
import subprocess
import sys
import warnings

import matplotlib
import matplotlib.pyplot as plt
import numpy as np
import pytest
import pyvista
import xarray as xr
from PIL import Image

from emout_lab.emses.backtrace.results import MultiBacktraceResult
from emout_lab.emses.fields import Field
from emout_lab.emses.plot3d import Camera, Scene
from emout_lab.emses.plot3d.memory import require
from emout_lab.emses.vectors import VectorField
from emout_lab.errors import BadOption, DataError, NoRendering, TooLarge

SIZE = (240, 200)
#: Positions [m]; each axis of another length, so that none can be taken for another.
X, Y, Z = np.linspace(0.0, 0.4, 9), np.linspace(1.0, 1.3, 7), np.linspace(-0.2, 0.0, 5)
BARE = {"show_bounds": False, "add_axes": False, "add_outline": False, "add_scalar_bar": False}


def volume(function, name="phisp") -> Field:
    """A field in volts that is a function of x, y, z."""
    z, y, x = np.meshgrid(Z, Y, X, indexing="ij")
    coords = {dim: (dim, axis, {"units": "m"}) for dim, axis in (("x", X), ("y", Y), ("z", Z))}
    values = np.asarray(function(x, y, z), dtype=np.float32)
    return Field(xr.DataArray(values, coords, ("z", "y", "x"), name, {"units": "V"}))


def meshes(draw, bare=BARE, **options) -> list:
    """The meshes that a drawing adds to a plotter of PyVista."""
    plotter = pyvista.Plotter(off_screen=True)
    try:
        draw(plotter=plotter, **{**bare, **options})
        return [mesh.copy() for mesh in plotter.meshes]
    finally:
        plotter.close()


def colour_at(pixels, across: float, down: float) -> np.ndarray:
    height, width = pixels.shape[:2]
    return pixels[int(down * height), int(across * width)].astype(int)


def test_an_isosurface_of_a_plane_lies_where_the_plane_has_that_value():
    (surface,) = meshes(volume(lambda x, y, z: 10 * z).plot3d, mode="contour", levels=[-1.25])
    np.testing.assert_allclose(np.asarray(surface.points)[:, 2], -0.125, atol=1e-6)
    np.testing.assert_allclose(surface.bounds[:4], [0.0, 0.4, 1.0, 1.3], atol=1e-6)
    many = meshes(volume(lambda x, y, z: 10 * z).plot3d, mode="isosurface", contour_levels=3)[0]
    found = np.unique(np.round(np.asarray(many.points)[:, 2], 6))
    np.testing.assert_allclose(found, [-0.15, -0.1, -0.05], atol=1e-5)


def test_planes_hold_the_values_of_numpy_at_their_places():
    field = volume(lambda x, y, z: np.sin(9 * x) + 3 * y - z**2)
    (plane,) = meshes(field.plot3d, mode="slice", planes={"y": 1.14})
    assert plane.bounds[2] == plane.bounds[3] == pytest.approx(Y[3])
    expected = field.values[:, 3, :]
    for i, j in ((0, 0), (4, 8), (2, 5)):
        place = plane.find_closest_point((X[j], Y[3], Z[i]))
        np.testing.assert_allclose(plane.points[place], (X[j], Y[3], Z[i]), atol=1e-6)
        assert plane["values"][place] == expected[i, j]
    middle = meshes(field.plot3d, mode="slice")
    assert [len(mesh["values"]) for mesh in middle] == [63, 45, 35]


def test_a_data_set_of_vtk_has_each_value_at_its_own_point():
    field = volume(lambda x, y, z: 100 * x + 10 * y + z)
    data = field.to_vtk()
    assert data.dimensions == (9, 7, 5)
    np.testing.assert_allclose(data.spacing, (0.05, 0.05, 0.05))
    np.testing.assert_allclose(data.origin, (0.0, 1.0, -0.2))
    x, y, z = np.asarray(data.points).T
    np.testing.assert_allclose(data["phisp"], 100 * x + 10 * y + z, rtol=1e-5)


def test_vtk_files_are_read_back_with_values_units_and_time(data, tmp_path):
    file = data.phisp[-1].save_vtk(tmp_path / "new" / "phi")
    assert file.name == "phi.vti"
    read = pyvista.read(file)
    shape = data.phisp[-1].shape
    np.testing.assert_array_equal(np.asarray(read["phisp"]).reshape(shape), data.phisp[-1].values)
    assert read.bounds[1] == pytest.approx(data.phisp.axis("x")[-1])
    assert read.field_data["units"][0] == "V"
    assert os.listdir(file.parent) == ["phi.vti"]
    path = data.exyz[-1].to_vtk(tmp_path / "e.vti")
    vectors = np.asarray(pyvista.read(path)["exyz"]).reshape(*shape, 3)
    np.testing.assert_array_equal(vectors[..., 1], data.exyz[-1].component("y").values)
    emses = data.phisp[-1].to_vtk(use_si=False)
    assert emses.spacing == (1.0, 1.0, 1.0)
    np.testing.assert_allclose(
        np.asarray(emses["phisp"]).reshape(shape), data.phisp[-1].val_emses, rtol=1e-6
    )


def test_axes_are_not_exchanged_in_pictures():
    rising_x = volume(lambda x, y, z: x).plot3d(camera="xz", window_size=SIZE, **BARE).pixels()
    rising_z = volume(lambda x, y, z: z).plot3d(camera="xz", window_size=SIZE, **BARE).pixels()
    low, high = (np.array(matplotlib.colormaps["viridis"](v)[:3]) * 255 for v in (0.0, 1.0))

    def nearer_high(colour) -> bool:
        return np.abs(colour - high).sum() < np.abs(colour - low).sum()

    assert nearer_high(colour_at(rising_x, 0.7, 0.5)) and not nearer_high(
        colour_at(rising_x, 0.3, 0.5)
    )
    assert nearer_high(colour_at(rising_z, 0.5, 0.4)) and not nearer_high(
        colour_at(rising_z, 0.5, 0.6)
    )


def test_colours_are_those_of_the_colour_bar():
    field = volume(lambda x, y, z: 0 * x + 0.25)
    scene = field.plot3d(clim=(0.0, 1.0), cmap="plasma", camera="xz", window_size=SIZE, **BARE)
    expected = np.array(matplotlib.colormaps["plasma"](0.25)[:3]) * 255
    np.testing.assert_allclose(colour_at(scene.pixels(), 0.5, 0.5), expected, atol=2)
    log = field.plot3d(norm="log", vmin=1 / 16, vmax=1.0, camera="xz", window_size=SIZE, **BARE)
    half = np.array(matplotlib.colormaps["viridis"](0.5)[:3]) * 255
    np.testing.assert_allclose(colour_at(log.pixels(), 0.5, 0.5), half, atol=3)


def test_the_colour_bar_has_name_unit_and_range(data):
    scene = data.phisp[-1].plot3d(window_size=SIZE)
    (bar,) = scene.bars
    assert bar.label == "phisp [V]"
    faces = np.concatenate(
        [data.phisp[-1].values.take(end, axis=a).ravel() for a in range(3) for end in (0, -1)]
    )
    assert (bar.norm.vmin, bar.norm.vmax) == (faces.min(), faces.max())
    assert scene.shown_title.startswith("t = ")
    assert scene.length == "m"
    assert data.phisp[-1].plot3d(use_si=False).length == "grid"
    with_name = data.phisp[-1].plot3d(scalar_bar_args={"title": "potential"}, vmin=-1, vmax=1)
    assert with_name.bars[0].label == "potential"
    assert with_name.bars[0].norm.vmax == 1


def test_pictures_have_exactly_the_size_that_was_asked_for(tmp_path):
    scene = volume(lambda x, y, z: x).plot3d(window_size=(321, 203))
    assert scene.pixels().shape == (203, 321, 3)
    scene.save(tmp_path / "large", dpi=300)
    with Image.open(tmp_path / "large.png") as image:
        assert image.size == (642, 406)
    scene.save(tmp_path / "scene.svg")
    assert b"<image" in (tmp_path / "scene.svg").read_bytes()
    assert scene.screenshot(tmp_path / "a.jpg").shape == (203, 321, 3)
    assert (tmp_path / "a.jpg").stat().st_size > 1000


def test_the_camera_is_where_it_was_asked_to_be():
    scene = volume(lambda x, y, z: x + z).plot3d(window_size=SIZE)
    seen = {}
    for name in ("iso", "low", "side-low", "xy", "xz", "yz", "top", "bottom"):
        seen[name] = scene.look(name).pixels()
    different = [name for name in seen if name != "top"]
    for number, name in enumerate(different):
        for other in different[number + 1 :]:
            assert np.abs(seen[name].astype(int) - seen[other]).mean() > 1, (name, other)
    np.testing.assert_array_equal(seen["xy"], seen["top"])
    plotter = pyvista.Plotter(off_screen=True)
    try:
        scene.look(azimuth=30, elevation=20, camera="iso").fill(plotter)
        place, focus, _ = plotter.camera_position
        direction = np.subtract(place, focus) / np.linalg.norm(np.subtract(place, focus))
        np.testing.assert_allclose(np.degrees(np.arcsin(direction[2])), 20, atol=1e-6)
        np.testing.assert_allclose(np.degrees(np.arctan2(direction[1], direction[0])), 30)
        scene.camera_position = [(2, 3, 4), (0.2, 1.1, 0), (0, 0, 1)]
        scene.view.aim(plotter)
        assert tuple(plotter.camera_position[0]) == (2, 3, 4)
    finally:
        plotter.close()
    assert len(Camera("x").turned(40).angles) == 2


def test_bodies_lie_where_their_meshes_are(data):
    bare = {"add_axes": False}
    (drawn,) = meshes(data.boundaries.plot3d, bare, color="red")
    vertices, faces = data.boundaries.mesh()
    np.testing.assert_allclose(np.asarray(drawn.points), vertices)
    np.testing.assert_array_equal(drawn.regular_faces, faces)
    (grid,) = meshes(data.boundaries[0].plot3d, bare, use_si=False)
    np.testing.assert_allclose(np.asarray(grid.points), data.boundaries.mesh(use_si=False).vertices)
    scene = data.phisp[-1].plot3d("slice", surfaces=data.boundaries, window_size=SIZE)
    assert repr(scene) == "<Scene of field, surface>"


def test_orbits_are_drawn_in_metres_and_broken_at_periodic_faces(data):
    path = np.array([[[1.0, 2, 3], [2, 2, 3], [15.5, 2, 3], [14, 2, 3], [0, 0, 0]]])
    orbits = MultiBacktraceResult(
        np.zeros((1, 5)), np.array([0.5]), path, path, np.array([4]), data.unit, (16.0, 0.0, 0.0)
    )
    drawn = _orbit_mesh(orbits, color="blue")
    assert drawn.n_lines == 2
    np.testing.assert_allclose(np.asarray(drawn.points), path[0, :4] * data.unit.length.factor)
    inside = _orbit_mesh(orbits, use_si=False, clip_bounds=(1.5, 14.5, 0, 9, 0, 9))
    np.testing.assert_allclose(inside.bounds[:2], (1.5, 14.5))
    assert repr(orbits[0].plot3d(window_size=SIZE)) == "<Scene of line>"


def _orbit_mesh(orbits, **options):
    plotter = pyvista.Plotter(off_screen=True)
    try:
        orbits.plot3d(plotter=plotter, add_axes=False, **options)
        return plotter.meshes[0].copy()
    finally:
        plotter.close()


def uniform(x: float, y: float, z: float) -> VectorField:
    parts = [
        volume(lambda *_, value=value: 0 * _[0] + value, f"e{dim}")
        for dim, value in (("x", x), ("y", y), ("z", z))
    ]
    return VectorField(parts, "xyz", "exyz")


def test_streamlines_follow_the_vectors_through_the_box():
    seeds = np.array([[0.2, 1.1, -0.1]])
    (lines,) = meshes(uniform(0, 5, 0).plot3d, seed_points=seeds)
    points = np.asarray(lines.points)
    np.testing.assert_allclose(points[:, 0], 0.2, atol=1e-6)
    np.testing.assert_allclose(points[:, 2], -0.1, atol=1e-6)
    assert points[:, 1].min() == pytest.approx(1.0, abs=0.03)
    assert points[:, 1].max() == pytest.approx(1.3, abs=0.03)
    for mode in ("sphere", "volume", "plane"):
        (found,) = meshes(uniform(1, 1, 0).plot3d, seed_mode=mode, n_points=12, tube_radius="auto")
        assert found.n_points > 100


def test_arrows_point_along_the_vectors_at_each_nth_point():
    (arrows,) = meshes(uniform(0, 0, 2).plot3d, mode="vectors", skip=(4, 3, 2), factor=0.01)
    # 3 x 3 x 3 arrows of length 2 * 0.01 along z.
    single = arrows.n_points // 27
    assert arrows.n_points == 27 * single
    first = np.asarray(arrows.points)[:single]
    assert np.ptp(first[:, 2]) == pytest.approx(0.02, rel=1e-3)
    assert np.ptp(first[:, 2]) > 2 * np.ptp(first[:, 0])


def test_a_volume_of_too_many_points_is_thinned_and_says_so():
    field = volume(lambda x, y, z: x)
    with pytest.warns(UserWarning, match="315 points are more than 100 .*every 2. point"):
        scene = field.plot3d("volume", max_points=100)
    assert scene.layers[0].kept[0][0].values.shape == (3, 4, 5)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        field.plot3d("box", max_points=100)
    with pytest.raises(TooLarge, match="needs about .* of memory"):
        require(10**16, "plot3d()")


def test_scenes_leave_nothing_behind_and_know_nothing_of_each_other():
    first = volume(lambda x, y, z: x).plot3d(window_size=SIZE)
    before = first.pixels()
    second = volume(lambda x, y, z: z).plot3d("slice", cmap="gray", window_size=SIZE)
    second.pixels()
    np.testing.assert_array_equal(first.pixels(), before)
    gc.collect()
    open_ones = [
        each
        for each in gc.get_objects()
        if type(each) is pyvista.Plotter and getattr(each, "render_window", None) is not None
    ]
    assert not open_ones
    assert not plt.get_fignums()
    copy = pickle.loads(pickle.dumps(first))
    np.testing.assert_array_equal(copy.pixels(), before)


def test_a_film_goes_around_the_scene(tmp_path):
    scene = volume(lambda x, y, z: x + 2 * y).plot3d(window_size=SIZE)
    still = scene.pixels().astype(int)
    film = scene.film(frames=4, fps=8)
    frames = [frame.astype(int) for frame in film.rgb()]
    assert np.abs(frames[0] - still).mean() < 0.5
    assert all(np.abs(frames[0] - frame).mean() > 1 for frame in frames[1:])
    film.save(tmp_path / "film.gif")
    with Image.open(tmp_path / "film.gif") as written:
        assert (written.n_frames, written.size) == (4, SIZE)
        assert written.info["duration"] in (120, 130)
    places = scene.film(cameras=["xz", {"azimuth": 10}, [(1, 5, 1), (0.2, 1.1, 0), (0, 0, 1)]])
    assert places.frames == 3


def test_methods_of_pyvista_are_passed_on():
    scene = Scene(window_size=SIZE)
    plain = scene.pixels()
    scene.add_mesh(pyvista.Sphere(), color="tab:red")
    scene.add_text("here")
    assert np.abs(scene.pixels().astype(int) - plain).mean() > 5
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        scene.nothing  # noqa: B018
    with pytest.raises(AttributeError, match="PyVista's plotters have no add_nothing"):
        scene.add_nothing()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"mode": "cloud"}, "No mode 'cloud' for plot3d"),
        ({"camera": "above"}, "camera='above' is no view"),
        ({"window_size": (0, 5)}, "window_size"),
        ({"colour": "red"}, "no such option. Did you mean color"),
        ({"clim": (0, 1), "vmin": 3}, "clim and vmin or vmax exclude each other"),
        ({"mode": "slice", "planes": {"y": 7}}, "lies outside: y goes from 1 to 1.3"),
        ({"mode": "contour", "levels": "many"}, "contour_levels='many'"),
        ({"mode": "volume", "max_points": 1}, "max_points=1"),
        ({"savefilepath": "scene.html"}, "a scene is no .html file"),
        ({"plotter": 3}, "give what plot3d\\(\\) returned"),
        ({"offsets": (0, "middle", 0)}, "'middle' is no offset"),
        ({"zoom": -1}, "zoom=-1"),
    ],
)
def test_a_wrong_option_is_named_with_what_fits(options, message):
    with pytest.raises(BadOption, match=message):
        volume(lambda x, y, z: x).plot3d(**options)


def test_what_is_no_volume_is_refused_with_an_example(data):
    with pytest.raises(DataError, match=r"Take a step first, such as phisp\[-1\]"):
        data.phisp.plot3d()
    with pytest.raises(DataError, match="has no surface at 5: its values go from 0 to 0.4"):
        volume(lambda x, y, z: x).plot3d("contour", levels=[5])
    with pytest.raises(DataError, match="no finite value"):
        volume(lambda x, y, z: x * np.nan).plot3d()
    with pytest.raises(DataError, match="data.exyz"):
        data.exz[-1].plot3d()
    with pytest.raises(DataError, match="zero or missing everywhere"):
        uniform(0, 0, 0).plot3d()
    with pytest.raises(DataError, match="no position along z"):
        volume(lambda x, y, z: x).mean("z").plot3d()


def test_missing_values_leave_holes():
    field = volume(lambda x, y, z: np.where(x > 0.3, np.nan, 10 * z))
    (surface,) = meshes(field.plot3d, mode="contour", levels=[-1.0])
    assert np.isfinite(np.asarray(surface.points)).all()
    assert surface.bounds[1] <= 0.3 + 1e-6


def test_unevenly_spaced_positions_are_kept():
    field = volume(lambda x, y, z: x)[:, :, [0, 1, 2, 5, 8]]
    data = field.to_vtk()
    np.testing.assert_allclose(np.asarray(data.x), X[[0, 1, 2, 5, 8]])
    np.testing.assert_allclose(data["phisp"], np.asarray(data.points)[:, 0], atol=1e-6)
    assert field.plot3d(window_size=SIZE).pixels().shape == (200, 240, 3)


def test_without_pyvista_the_extra_is_named():
    probe = (
        "import sys; sys.modules['pyvista'] = None\n"
        "from emout_lab import MissingExtra\n"
        "from emout_lab.emses.plot3d import Scene\n"
        "try:\n    Scene().draw()\n"
        "except MissingExtra as error:\n    print(error)"
    )
    done = subprocess.run([sys.executable, "-c", probe], capture_output=True, text=True, check=True)
    assert done.stdout.endswith("pip install 'emout_lab[pyvista]'\n")


@pytest.mark.skipif(
    not sys.platform.startswith("linux") or ctypes.util.find_library("OSMesa") is not None,
    reason="this machine has what the test does without",
)
def test_without_opengl_an_error_says_what_to_install_and_the_process_lives():
    probe = (
        "from emout_lab import NoRendering\n"
        "from emout_lab.emses.plot3d import Scene\n"
        "try:\n    Scene().draw()\n"
        "except NoRendering as error:\n    print(error)"
    )
    # VTK would end the process at this kind of window.
    environment = {**os.environ, "VTK_DEFAULT_OPENGL_WINDOW": "vtkOSOpenGLRenderWindow"}
    done = subprocess.run(
        [sys.executable, "-c", probe], capture_output=True, text=True, env=environment
    )
    assert done.returncode == 0
    assert "finds no OpenGL" in done.stdout and "libegl1" in done.stdout
    assert pickle.loads(pickle.dumps(NoRendering("x"))).said == "x"


def test_importing_the_package_loads_neither_pyvista_nor_vtk():
    probe = (
        "import sys, emout_lab\nfrom emout_lab import Emout\n"
        "import emout_lab.emses.plot3d\n"
        "print([name for name in sys.modules if name.startswith(('pyvista', 'vtk'))])"
    )
    done = subprocess.run([sys.executable, "-c", probe], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"
