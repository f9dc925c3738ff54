"""Values are drawn where the coordinates say, evenly spaced or not, rising, falling or neither."""

from __future__ import annotations

import io
from pathlib import Path

import h5py
import matplotlib.pyplot as plt
import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.collections import QuadMesh
from matplotlib.image import AxesImage
from PIL import Image

from emout_lab.emses import Emout
from emout_lab.emses.plot import spacing, surfaces
from emout_lab.emses.plot.labels import View
from emout_lab.errors import BadOption, DataError

#: Positions along z that are not evenly spaced, in some orders.
ROWS = ([0, 1, 2, 3, 8, 16], [16, 8, 3, 2, 1, 0], [8, 0, 16, 3])
#: Difference of a colour channel that drawing may make.
SAME_COLOUR = 3


def wrong_pixels(artist, field) -> tuple[int, int]:
    """Count the values whose place in the picture shows another colour than theirs, and all."""
    axes = artist.axes
    canvas = FigureCanvasAgg(axes.figure)
    canvas.draw()
    pixels = np.asarray(canvas.buffer_rgba())[..., :3].astype(int)
    vertical, horizontal = (np.asarray(field.axis(dim)) for dim in field.dims)
    places = np.stack(np.meshgrid(horizontal, vertical), axis=-1)
    across, up = np.moveaxis(axes.transData.transform(places.reshape(-1, 2)), 1, 0)
    # Of the outer cells one half is seen; their points lie under the frame of the axes.
    across = np.clip(across, axes.bbox.x0 + 3, axes.bbox.x1 - 4).astype(int)
    up = np.clip(up, axes.bbox.y0 + 3, axes.bbox.y1 - 4).astype(int)
    shown = pixels[len(pixels) - 1 - up, across]
    expected = artist.cmap(artist.norm(field.values.ravel()), bytes=True)[:, :3].astype(int)
    is_wrong = np.abs(shown - expected).max(axis=1) > SAME_COLOUR
    return int(is_wrong.sum()), len(is_wrong)


@pytest.mark.parametrize("rows", ROWS)
def test_a_map_shows_each_value_at_its_own_place(data: Emout, ax, rows):
    part = data.phisp[-1, rows, 8, :]
    mesh = part.plot(ax=ax)
    assert isinstance(mesh, QuadMesh)
    assert wrong_pixels(mesh, part) == (0, 17 * len(rows))
    assert sorted(ax.get_ylim()) == pytest.approx([0, 0.064])
    assert ax.get_aspect() == 1 and mesh.colorbar.ax.get_ylabel() == "phisp [V]"


def test_cells_reach_half_way_to_their_neighbours(data: Emout, ax):
    mesh = data.phisp[-1, ROWS[0], 8, :].plot(ax=ax)
    edges = mesh.get_coordinates()[:, 0, 1] / 0.004
    np.testing.assert_allclose(edges, [-0.5, 0.5, 1.5, 2.5, 5.5, 12, 20])


@pytest.mark.parametrize("rows", [slice(None), slice(None, None, -1), slice(1, None, 3)])
def test_even_steps_stay_images(data: Emout, ax, rows):
    part = data.phisp[-1, rows, 8, :]
    image = part.plot(ax=ax)
    assert isinstance(image, AxesImage)
    assert wrong_pixels(image, part) == (0, part.size)


def test_both_axes_may_be_uneven_and_exchanged(data: Emout, ax):
    part = data.phisp[-1, ROWS[2], 8][:, ROWS[0]]
    mesh = part.plot(ax=ax, axes="zx")
    assert wrong_pixels(mesh, part.transpose("x", "z")) == (0, 24)


def test_a_map_over_time_leaves_room_for_missing_steps(data: Emout, run_copy: Path, ax):
    with h5py.File(run_copy / "phisp00_0000.h5", "a", locking=False) as file:
        del file["phisp/0002"]
    part = Emout(run_copy).phisp[:, 8, 8, :]
    step = data.phisp.axis("t")[1]
    mesh = part.plot(ax=ax)
    assert wrong_pixels(mesh, part) == (0, 3 * 17)
    np.testing.assert_allclose(mesh.get_coordinates()[:, 0, 1] / step, [-0.5, 0.5, 2, 4])


def test_a_film_keeps_its_mesh_and_shows_each_frame_in_place(data: Emout):
    part = data.phisp[:, ROWS[0], 8, :]
    film = part.gifplot()
    (mesh, _title) = film.moving()
    for frame in range(4):
        assert film.bring(frame)[0] is mesh
        assert wrong_pixels(mesh, part[frame])[0] == 0
    # What is written shows the same as matplotlib does.
    written = list(film.rgb())
    canvas = FigureCanvasAgg(film.figure)
    canvas.draw()
    drawn = np.asarray(canvas.buffer_rgba())[..., :3].astype(int)
    assert np.abs(written[-1] - drawn).mean() < 0.1
    with Image.open(io.BytesIO(film.to_bytes())) as image:
        assert image.n_frames == 4


def test_contours_lie_where_the_values_are(data: Emout, ax):
    part = data.phisp[-1, ROWS[2], 8, :]
    part = part._with_values(np.broadcast_to(part.axis("z")[:, None], part.shape), "z", True)
    lines = part.plot(ax=ax, mode="cont", levels=[0.01, 0.05])
    for level, path in zip((0.01, 0.05), lines.get_paths(), strict=True):
        np.testing.assert_allclose(path.vertices[:, 1], level, rtol=1e-6)


@pytest.mark.parametrize("rows", [ROWS[0], slice(None, None, -1), slice(None, None, 2)])
def test_streams_follow_the_field_wherever_its_values_lie(data: Emout, ax, rows):
    part = data.exz[-1, rows, 8, :]
    x, z = (np.asarray(part.component("x").axis(dim)) for dim in "xz")
    # Circles around the middle: along a line the distance from it stays.
    across, up = np.meshgrid(x - 0.032, z - 0.032)
    components = [
        field._with_values(values, "e", True)
        for field, values in zip(part.components, (-up, across), strict=True)
    ]
    lines = type(part)(components, "xz").plot(ax=ax, color="k", density=0.6)
    assert lines.get_segments()
    for points in lines.get_segments():
        distances = np.hypot(*(np.asarray(points) - 0.032).T)
        np.testing.assert_allclose(distances, distances[0], atol=2e-4)
    falls = isinstance(rows, slice) and rows.step == -1
    assert ax.get_ylim() == pytest.approx((0.064, 0) if falls else (0, 0.064))


def test_arrows_point_along_the_field_on_an_axis_that_falls(data: Emout, ax):
    part = data.exz[-1, ::-1, 8, :]
    arrows = part.plot(ax=ax, mode="vec", color="k", skip=1)
    FigureCanvasAgg(ax.figure).draw()
    np.testing.assert_allclose(arrows.XY[:, 1].reshape(17, 17)[:, 0], part.component("z").axis("z"))
    # Corners of an arrow in the picture: the first is at the tail's side, the fourth is the tip.
    tips = np.array(
        [path.vertices[3] - path.vertices[[0, 6]].mean(axis=0) for path in arrows.get_paths()]
    )
    up = part.component("z").values.ravel()
    is_steep = np.abs(up) > np.abs(part.component("x").values.ravel())
    # z falls upward in the picture.
    assert (np.sign(tips[is_steep, 1]) == -np.sign(up[is_steep])).all()


@pytest.mark.parametrize("rows", [slice(None, None, -1), ROWS[0]])
def test_arrows_in_space_stay_where_they_are_and_point_as_they_do(data: Emout, rows):
    part = data.exyz[-1, rows]
    arrows = part.plot(skip=1, colorbar=False)
    shafts = np.array(arrows._segments3d)[: part.component("x").size]
    direction = shafts[:, 0] - shafts[:, 1]
    expected = np.stack([part.component(dim).values.ravel() for dim in "xyz"], axis=1)
    assert (np.sum(direction * expected, axis=1) > 0).all()
    assert sorted({round(float(z), 6) for z in shafts[:, 1, 2]}) == pytest.approx(
        sorted(part.component("x").axis("z")), abs=1e-6
    )
    assert arrows.axes.get_zlim() == pytest.approx((0, 0.064))
    plt.close("all")


def test_a_volume_is_sampled_at_its_positions():
    z = np.array([4.0, 1.0, 0.0])
    values = np.broadcast_to(z[:, None, None], (3, 2, 2))
    view = View("f", "", values, ("z", "y", "x"), (z, np.arange(2.0), np.arange(2.0)), ("m",) * 3)
    points = np.array([[0.5, 0.5, height] for height in (0.0, 0.25, 2.5, 4.0, 4.1)])
    found = surfaces.sample(spacing.rising(view), points)
    np.testing.assert_allclose(found, [0, 0.25, 2.5, 4, np.nan])


def test_a_plane_of_an_uneven_volume_is_drawn_across_its_extent(data: Emout):
    drawn = data.phisp[-1, ROWS[1]].plot_surfaces(planes={"y": 0.032}, colorbar=False)
    assert drawn.axes.get_zlim() == pytest.approx((0, 0.064))
    plt.close("all")


def test_a_curve_goes_along_its_coordinate(data: Emout, ax):
    line = data.phisp[-1, 8, 8, [5, 0, 3]].plot(ax=ax)
    np.testing.assert_allclose(line.get_xdata(), [0, 0.012, 0.02])
    np.testing.assert_array_equal(line.get_ydata(), data.phisp[-1, 8, 8, [0, 3, 5]].values)
    assert ax.get_xlim() == pytest.approx((0, 0.02))


def test_what_needs_even_steps_says_so(data: Emout, ax):
    part = data.phisp[-1, ROWS[0], 8, :]
    with pytest.raises(BadOption, match="interpolation='bilinear' needs evenly .* along z"):
        part.plot(ax=ax, interpolation="bilinear")
    with pytest.raises(DataError, match=r"\.plot\.imshow\(\) needs evenly .* along z"):
        part.plot.imshow()
    with pytest.raises(DataError, match="z holds the position 0 m more than once"):
        data.phisp[-1, [0, 0, 3], 8, :].plot(ax=ax)
    assert not ax.has_data()


def test_positions_between_values_are_interpolated_at_the_smallest_step():
    axis = np.array([0.0, 1.0, 2.0, 6.0])
    values = np.array([[0.0, 10.0, np.nan, 60.0]])
    view = View("f", "", values, ("z", "x"), (np.array([0.0]), axis), ("m", "m"))
    even = spacing.evened(view)
    np.testing.assert_allclose(even.axes[1], np.arange(7))
    np.testing.assert_allclose(even.values[0], [0, 10, *[np.nan] * 4, 60])


def test_small_lengths_are_not_even_only_because_they_are_small():
    assert not spacing.is_even(np.array([0.0, 1e-9, 3e-9]))
    assert spacing.is_even(np.arange(1000, dtype=np.float32) * np.float32(1e-4))
    assert spacing.is_even(np.array([3.0]))
