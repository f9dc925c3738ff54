"""offsets=, planes in space and bounds: everything is drawn where it was asked for."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from types import SimpleNamespace
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
import pytest

from emout_lab.emses import Emout, execution
from emout_lab.emses.boundaries.shapes import Sphere
from emout_lab.emses.plot.bounds import Bounds3D
from emout_lab.errors import BadOption, DataError

SIDE = 0.064


@pytest.fixture(autouse=True)
def _closing() -> Iterator[None]:
    yield
    plt.close("all")


def corners(drawn: Any) -> np.ndarray:
    """Return the lowest and the highest corner of what is drawn in space."""
    points = faces_of(drawn).reshape(-1, 3)
    return np.array([points.min(axis=0), points.max(axis=0)])


def faces_of(drawn: Any) -> np.ndarray:
    """Return the corners of each face, shape (n, 4, 3)."""
    faces = getattr(drawn, "_faces", None)
    # Before matplotlib 3.10 they stand in columns.
    return (drawn._vec[:3].T if faces is None else np.asarray(faces)).reshape(-1, 4, 3)


def test_a_map_is_moved_along_both_axes_and_its_values(data: Emout):
    plane = data.phisp[-1, :, 8, :]
    image = plane.plot(offsets=("center", "right", 1.5))
    step = SIDE / 16
    np.testing.assert_allclose(
        image.get_extent(),
        (-SIDE / 2 - step / 2, SIDE / 2 + step / 2, -SIDE - step / 2, step / 2),
        atol=1e-12,
    )
    np.testing.assert_allclose(image.get_array(), plane.values + 1.5)
    plt.close("all")
    turned = plane.plot(axes="zx", offsets=(0.01, None))
    np.testing.assert_allclose(
        turned.get_extent()[:2], (0.01 - step / 2, SIDE + 0.01 + step / 2), atol=1e-12
    )
    plt.close("all")
    grid = plane.plot(use_si=False, offsets=("left", -4))
    np.testing.assert_allclose(grid.get_extent(), (-0.5, 16.5, -4.5, 12.5))


def test_contours_and_streams_are_moved_with_their_axes(data: Emout):
    both = data.phisp[-1, :, 8, :].plot(mode="cm+cont", offsets=("center", "left"))
    low, high = both.axes.get_xlim()
    assert (low, high) == pytest.approx((-SIDE / 2, SIDE / 2))
    data.rexz[-1, :, 8, :].plot(offsets=("center", "left"))
    segments = np.concatenate(both.axes.collections[-1].get_segments())
    assert segments[:, 0].min() < -0.2 * SIDE < 0.2 * SIDE < segments[:, 0].max()
    arrows = data.rexyz[-1].plot(offsets=("center", "left", "right"))
    assert arrows.axes.get_xlim() == pytest.approx((-SIDE / 2, SIDE / 2))
    assert arrows.axes.get_zlim() == pytest.approx((-SIDE, 0))


def test_a_film_is_moved_in_time_and_each_frame_on_its_own(data: Emout):
    part = data.phisp[1:, :, 8, :]
    still = part.gifplot(action="frames")
    film = part.gifplot(action="frames", offsets=("left", "center", None, "left"))
    assert film.title_at(0).startswith("t = 0 ") and not still.title_at(0).startswith("t = 0 ")
    view = film._views[0]
    np.testing.assert_allclose(view.axes[2], part.axis("x") - SIDE / 2)
    np.testing.assert_allclose(view.values, part.values - part.values[:, :1, :1])
    # Engines draw parts of a film: their first step is not the film's.
    assert film.origin is not None
    assert film.origin.options["offsets"][0] == pytest.approx(-part.axis("t")[0])
    line = data.phisp[:, 8, 8, :].gifplot(action="frames", offsets=(0, "center", 2.0))
    np.testing.assert_allclose(line._views[0].values, data.phisp[:, 8, 8, :].values + 2.0)


@pytest.mark.parametrize(
    ("draw", "message"),
    [
        (lambda data: data.phisp[-1, 8, 8].plot(offsets=(0, 0, 0)), "the horizontal axis, the val"),
        (lambda data: data.phisp[-1, 8].plot(offsets="center"), "offsets='center' does not fit"),
        (lambda data: data.phisp[-1, 8].plot(offsets=("middle", 0)), "'middle' is no offset"),
        (lambda data: data.phisp[-1, 8].plot(offsets=(np.nan, 0)), "nan is no offset"),
        (lambda data: data.phisp[-1, 8].plot(offsets=(True, 0)), "True is no offset"),
        (lambda data: data.exz[-1, :, 8].plot(offsets=(0, 0, 1)), "vectors have none to move"),
        (lambda data: data.exz[:, :, 8].gifplot(offsets=(0, 0, 0, 1.0)), "vectors have none"),
        (lambda data: data.phisp[-1, 8].plot(mode="surf", levels=3), "levels=3: no such option"),
        (lambda data: data.phisp[-1, 8].plot(mode="surf", axes="xz"), "axes='xz'"),
        (lambda data: data.phisp[-1, 8].plot(mode="surf", offsets=(0,) * 5), "does not fit"),
        (lambda data: data.phisp[:, 8, 8].plot(mode="surf"), r"phisp has \('t', 'x'\)"),
        (lambda data: data.phisp[-1].mean("z").plot(mode="surf"), "no position along z"),
        (lambda data: data.phisp[:, 8].gifplot(mode="surf"), "mode 'surf'"),
        (
            lambda data: data.phisp[-1].plot_surfaces((), planes={"y": 0.03}, bounds={"x": (1, 2)}),
            r"x from 1.0 to 2.0 lies outside the volume.*0 to 0.064 m.*use_si",
        ),
        (
            lambda data: data.phisp[-1].plot_surfaces((), planes={"y": 0.03}, bounds={"q": (1, 2)}),
            "is no box",
        ),
        (
            lambda data: data.phisp[-1].plot_surfaces((), planes={"y": 0.03}, bounds={"z": (2, 1)}),
            r"z=\(2, 1\) is no interval",
        ),
        (lambda data: data.phisp[-1].plot_surfaces((), bounds=0.03), "bounds=0.03 is no box"),
    ],
)
def test_what_makes_no_sense_is_refused(data: Emout, draw: Callable[[Any], Any], message: str):
    with pytest.raises((BadOption, DataError), match=message):
        draw(data)
    assert not plt.get_fignums()


@pytest.mark.parametrize(
    ("key", "low", "high"),
    [
        ((slice(None), 4), (0, SIDE / 4, 0), (SIDE, SIDE / 4, SIDE)),
        ((slice(None), slice(None), 8), (SIDE / 2, 0, 0), (SIDE / 2, SIDE, SIDE)),
        (
            (12, slice(4, None), slice(None, 9)),
            (0, SIDE / 4, 0.75 * SIDE),
            (SIDE / 2, SIDE, 0.75 * SIDE),
        ),
    ],
)
def test_a_plane_lies_in_space_where_it_was_taken(data: Emout, key: Any, low: Any, high: Any):
    drawn = data.phisp[(-1, *key)].plot(mode="surf", colorbar=False)
    np.testing.assert_allclose(corners(drawn), [low, high], atol=1e-12)
    ax = drawn.axes
    assert (ax.get_xlabel(), ax.get_ylabel(), ax.get_zlabel()) == ("x [m]", "y [m]", "z [m]")
    assert "t = " in ax.get_title()


def test_planes_in_space_go_together_and_are_moved(data: Emout):
    plane = data.phisp[-1, :, 8, :]
    first = plane.plot(mode="surf", offsets=("center", "left", 0.01, 2.0), zlabel="height")
    moved = [(-SIDE / 2, 0, 0.01), (SIDE / 2, 0, SIDE + 0.01)]
    np.testing.assert_allclose(corners(first), moved, atol=1e-12)
    assert first.get_clim() == pytest.approx((plane.values.min() + 2, plane.values.max() + 2))
    assert first.axes.get_zlabel() == "height"
    second = data.phisp[-1, 4].plot(mode="surf", ax=first.axes, colorbar=False)
    assert second.axes is first.axes
    assert first.axes.get_xlim() == pytest.approx((-SIDE / 2, SIDE))
    with pytest.raises(DataError, match="projection='3d'"):
        plane.plot(mode="surf", ax=plt.figure().add_subplot())
    plt.close("all")
    grid = plane.plot(mode="surf", use_si=False)
    np.testing.assert_allclose(corners(grid), [(0, 8, 0), (16, 8, 16)])


def test_surfaces_are_kept_to_bounds(data: Emout):
    bounds = {"x": (0.01, 0.05), "z": (None, 0.04)}
    for form in (bounds, Bounds3D(**bounds), SimpleNamespace(y=(None, None), **bounds)):
        drawn = data.phisp[-1].plot_surfaces((), planes={"y": 0.032}, bounds=form)
        low, high = corners(drawn)
        # Cells belong to where their centres are.
        assert 0.006 < low[0] < 0.014 and 0.046 < high[0] < 0.054 and high[2] < 0.044
        assert drawn.axes.get_xlim() == pytest.approx((0.01, 0.05))
        assert drawn.axes.get_zlim() == pytest.approx((0, 0.04))
        plt.close("all")
    whole = data.phisp[-1].plot_surfaces(
        (), planes={"y": 0.032}, bounds=bounds, clip_to_bounds=False
    )
    np.testing.assert_allclose(corners(whole)[:, 0], (0, SIDE), atol=1e-12)
    assert whole.axes.get_xlim() == pytest.approx((0.01, 0.05))
    wide = Bounds3D((0, SIDE), (0, SIDE), (0, SIDE)).expanded(0.25)
    room = data.phisp[-1].plot_surfaces((), planes={"y": 0.032}, bounds=wide)
    assert room.axes.get_xlim() == pytest.approx((-SIDE / 4, 1.25 * SIDE))


def test_only_what_lies_in_bounds_is_read_where_the_colours_are_given(data: Emout):
    shapes = []

    class Counting(execution.Here):
        def read(self, read: Any) -> None:
            shapes.append(read.shape)

    bounds = [(0.01, 0.03), (0.03, 0.034), (None, None)]
    with execution.using(Counting()):
        few = data.phisp[-1].plot_surfaces((), planes={"y": 0.032}, bounds=bounds, vmin=-1, vmax=0)
        data.phisp[-1].plot_surfaces((), planes={"y": 0.032}, bounds=bounds)
    # Points inside, and one more on either side.
    assert shapes == [(17, 3, 7), (17, 17, 17)]
    assert len(np.unique(few.get_facecolor(), axis=0)) > 5


def test_contour_lines_on_surfaces_lie_where_their_levels_are(data: Emout):
    field = data.phisp[-1].compute()
    x = np.broadcast_to(field.axis("x"), field.shape)
    field = field * 0 + x.astype("f4")
    body = Sphere((0.03, 0.04, 0.05), 0.01, 24, 12).mesh()
    levels = [0.0105, 0.0305, 0.0405]
    drawn = field.plot_surfaces(
        [body.render(), body.scaled(0.3).render(style="solid")],
        planes={"y": 0.048, "x": 0.02},
        mode="cm+cont",
        levels=levels,
    )
    faces = faces_of(drawn)
    # Not get_facecolor(), which has them in the order of their distance.
    is_line = np.all(drawn._facecolor3d == (0, 0, 0, 1), axis=1)
    assert 10 < is_line.sum() < 0.5 * len(faces)
    middles = faces[is_line][..., 0].mean(axis=1)
    nearest = np.abs(middles[:, None] - levels).min(axis=1)
    assert nearest.max() < 2e-4
    # They are cut out of the faces: together both are as large as the faces were.
    whole = field.plot_surfaces(
        [body.render()], planes={"y": 0.048}, ax=plt.figure().add_subplot(projection="3d")
    )
    cut = field.plot_surfaces(
        [body.render()],
        planes={"y": 0.048},
        mode="cont",
        levels=3,
        ax=plt.figure().add_subplot(projection="3d"),
    )
    assert area(cut) == pytest.approx(area(whole), rel=1e-6)
    assert len({tuple(colour) for colour in cut.get_facecolor()}) == 1 + 3


def area(drawn: Any) -> float:
    """Return the area of all faces: triangles whose last corner comes twice, or quadrilaterals."""
    a, b, c, d = np.moveaxis(faces_of(drawn), 1, 0)
    pairs = ((b - a, c - a), (c - a, d - a))
    return sum(np.linalg.norm(np.cross(*pair), axis=1).sum() / 2 for pair in pairs)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"levels": 3}, "levels=3 is an option of contour lines: add mode='cm"),
        ({"mode": "cm+cont", "levels": [2, 1]}, "rising numbers"),
        ({"mode": "lines"}, "No mode 'lines' for surfaces"),
        ({"mode": "cont", "linewidths": [1, 2]}, "one width in points"),
    ],
)
def test_lines_on_surfaces_that_cannot_be_drawn_are_refused(
    data: Emout, options: dict[str, Any], message: str
):
    with pytest.raises(BadOption, match=message):
        data.phisp[-1].plot_surfaces((), planes={"y": 0.03}, **options)
    assert not plt.get_fignums()
