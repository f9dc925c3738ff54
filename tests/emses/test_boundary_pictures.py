"""Bodies in space: drawn as they are, and with the colours of a field on them."""

from __future__ import annotations

from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import pytest

from emout_lab.emses import Emout
from emout_lab.errors import DataError


@pytest.fixture
def space():
    figure = plt.figure()
    yield figure.add_subplot(projection="3d")
    plt.close("all")


def test_the_run_gives_its_boundaries_and_draws_them(data: Emout, space):
    drawn = data.boundaries.plot()
    assert drawn.axes is space
    assert space.get_zlabel() == "z [m]"
    assert space.get_xlim()[0] < 0.028 < 0.036 < space.get_xlim()[1]
    data.boundaries.plot(ax=space, use_si=False, solid_color="red", ntheta=8)
    assert space.get_zlabel() == "z [grid]"


def test_surfaces_take_the_colour_of_the_field_on_them(data: Emout, space):
    field = data.phisp[-1] * 0 - 1.5
    drawn = field.plot_surfaces(ax=space, surfaces=data.boundaries, vmin=-2, vmax=0)
    assert drawn.get_clim() == (-2, 0)
    assert space.get_title() == "t = 200 ns" and space.get_xlim() == pytest.approx((0, 0.064))
    assert space.figure.axes[-1].get_ylabel() == "phisp [V]"
    space.figure.canvas.draw()
    colours = drawn.get_facecolors()
    np.testing.assert_allclose(colours, [drawn.cmap(0.25)] * len(colours), atol=0.01)


def test_fields_are_interpolated_linearly_between_grid_points(data: Emout):
    from emout_lab.emses.plot.surfaces import sample

    view = data.phisp[-1].view()
    z, y, x = np.meshgrid(*view.axes, indexing="ij")
    linear = type(view)(
        view.name, view.unit, x + 2 * y - 3 * z, view.dims, view.axes, view.axis_units
    )
    points = np.random.default_rng(0).uniform(0, 0.064, size=(50, 3))
    np.testing.assert_allclose(sample(linear, points), points @ [1, 2, -3], atol=1e-12)
    assert np.isnan(sample(linear, np.array([[-0.01, 0, 0], [0, 0.07, 0]]))).all()


def test_grid_units_and_planes_and_styles(data: Emout, space):
    surfaces = data.boundaries.render(use_si=False, style="solid", alpha=0.5)
    drawn = data.phisp[-1].plot_surfaces(surfaces, use_si=False, planes={"y": 8, "z": 0})
    assert space.get_xlim() == pytest.approx((0, 16)) and space.get_xlabel() == "x [grid]"
    space.figure.canvas.draw()
    assert len(drawn.get_facecolors()) > 2 * 16 * 16


@pytest.mark.parametrize(
    ("draw", "words"),
    [
        (lambda d: d.phisp.plot_surfaces(d.boundaries), "Take one step, such as phisp"),
        (lambda d: d.phisp[-1].plot_surfaces("sphere"), "give data.boundaries"),
        (lambda d: d.phisp[-1].plot_surfaces(d.boundaries[0].mesh(use_si=False)), "same unit"),
        (lambda d: d.phisp[-1].plot_surfaces(planes={"w": 1}), "the volume has z, y, x"),
        (lambda d: d.phisp[-1].plot_surfaces(planes={"x": 1}), "goes from 0 to 0.064 m"),
        (lambda d: d.boundaries.render(style="dotted"), "'field', 'solid'"),
    ],
)
def test_what_cannot_be_drawn_says_why(data: Emout, draw, words):
    with pytest.raises(DataError, match=words):
        draw(data)
    plt.close("all")


def test_flat_axes_are_refused_and_never_drawn_over(data: Emout, ax):
    with pytest.raises(DataError, match="projection='3d'"):
        data.boundaries.plot(ax=ax)
    assert data.boundaries.plot().axes is not ax
    plt.close("all")


def test_saving_a_drawing(data: Emout, tmp_path: Path):
    data.boundaries.plot(figsize=(3, 3), title="probe", savefilename=tmp_path / "probe.png")
    assert (tmp_path / "probe.png").stat().st_size > 1000
    plt.close("all")
