"""Maps and curves of phase space: what is not known, axes of one value, and their zero."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg

from emout_lab.emses.backtrace.curves import HeatmapData, MultiXYData, Quantity, XYData
from emout_lab.emses.backtrace.phase_grid import PhaseGrid
from emout_lab.emses.backtrace.probability import ProbabilityResult

PLAIN = (Quantity("x", None), Quantity("vx", None))


@pytest.fixture
def result() -> ProbabilityResult:
    """A density of two by two by three values; one of them is not known."""
    grid = PhaseGrid.of(8.0, 0.0, 0.0, (0, 1, 2), (0, 2, 2), (0, 4, 3))
    density = np.arange(1.0, 13)
    density[4] = np.nan  # vx=0, vy=2, vz=2
    return ProbabilityResult(grid, density, np.zeros((12, 6)), 0, -1.0)


def shown(mesh, column: int, row: int):
    return mesh.get_array()[row, column]


def test_what_is_not_known_is_blank_on_a_map(result, ax):
    one_plane = replace(result, grid=PhaseGrid.of(8.0, 0, 0, (0, 1, 2), 0, (0, 4, 6)))
    one_plane.vxvz.plot(ax=ax)
    (mesh,) = ax.collections
    assert np.ma.getmaskarray(mesh.get_array()).sum() == 1
    assert shown(mesh, 0, 4) is np.ma.masked and shown(mesh, 0, 3) == 4
    assert np.isnan(one_plane.values[0, 0, 0, 0, 0, 4])


def test_what_a_map_integrates_is_known_or_blank(result):
    # Along vy: only the point that the unknown value belongs to.
    assert np.argwhere(np.isnan(result.vxvz.Z)).tolist() == [[1, 0]]
    assert np.isnan(result.vxvy.Z).sum() == 1 and np.isnan(result.pair("x", "vx").Z[0]).all()
    zero = result.assuming(0.0)
    assert np.isfinite(zero.vxvz.Z).all() and zero.vxvz.Z[1, 0] == pytest.approx(2.0)
    assert zero.density() == pytest.approx(result.density())


def test_orbits_of_unknown_density_are_not_seen(ax):
    lines = np.arange(6.0).reshape(3, 2)
    orbits = MultiXYData(lines, lines, np.full(3, 2), *PLAIN, np.array([2.0, np.nan, 0.0]))
    orbits.plot(ax=ax, alpha="probability")
    assert [line.get_alpha() for line in ax.lines] == [1.0, 0.0, 0.05]


@pytest.mark.parametrize("pair", [("x", "vx"), ("vx", "x"), ("x", "y")])
def test_an_axis_of_one_value_is_drawn_as_a_cell(result, ax, pair):
    result.assuming(1.0).pair(*pair).plot(ax=ax, cmap="gray")
    (mesh,) = ax.collections
    corners = mesh.get_coordinates()
    assert (np.ptp(corners[..., 0]) > 0) and (np.ptp(corners[..., 1]) > 0)
    x = result.grid.axes["x y z vx vy vz".split().index(pair[0])]
    assert corners[..., 0].min() < x[0] and corners[..., 0].max() > x[-1]
    canvas = FigureCanvasAgg(ax.figure)
    canvas.draw()
    box = ax.bbox
    pixels = np.asarray(canvas.buffer_rgba())[..., :3]
    middle = pixels[
        int(canvas.get_width_height()[1] - box.y0 - box.height / 4), int(box.x0 + box.width / 4)
    ]
    assert tuple(middle) != (255, 255, 255)


def heatmap(columns: int, rows: int) -> HeatmapData:
    x, y = np.meshgrid(np.arange(columns) * 2.0 + 10, np.arange(rows) * 3.0 - 5)
    return HeatmapData(x, y, x * y, *PLAIN)


@pytest.mark.parametrize(("columns", "rows"), [(4, 4), (5, 3), (4, 3), (1, 2)])
def test_the_centre_of_a_map_is_in_its_middle(ax, columns, rows):
    heatmap(columns, rows).plot(ax=ax, offsets=("center", "center"), colorbar=False)
    corners = ax.collections[0].get_coordinates()
    for axis in (0, 1):
        assert corners[..., axis].min() == pytest.approx(-corners[..., axis].max())


def test_left_and_right_are_the_first_and_the_last_value(ax):
    heatmap(4, 3).plot(ax=ax, offsets=("left", "right"), colorbar=False)
    corners = ax.collections[0].get_coordinates()
    assert (corners[..., 0].min(), corners[..., 1].max()) == pytest.approx((-1, 1.5))


@pytest.mark.parametrize(("count", "first"), [(4, -1.5), (5, -2.0), (1, 0.0)])
def test_the_centre_of_a_curve_is_its_middle(ax, count, first):
    points = np.arange(count) + 7.0
    XYData(points, points, *PLAIN).plot(ax=ax, offsets=("center", None))
    assert ax.lines[0].get_xdata()[0] == pytest.approx(first)
