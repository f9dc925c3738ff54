"""Colour bars and curves whose scale can be read, and maps that stay where they were put."""

from __future__ import annotations

from typing import Any

import matplotlib.pyplot as plt
import numpy as np
import pytest
from matplotlib.colors import AsinhNorm, SymLogNorm

from emout_lab import Emout
from emout_lab.emses.demo import write_demo_data


@pytest.fixture(scope="module")
def plane(tmp_path_factory: pytest.TempPathFactory):
    data = Emout(write_demo_data(tmp_path_factory.mktemp("bars"), grid=8, steps=1))
    yield lambda low, high: data.phisp[-1, 4] * 0 + np.linspace(low, high, 81).reshape(9, 9)
    plt.close("all")


def numbers(axis: Any) -> list[float]:
    """Return the places within an axis that have a number, after drawing."""
    axis.figure.canvas.draw()
    low, high = sorted(axis.get_view_interval())
    ticks = zip(axis.get_majorticklocs(), axis.get_majorticklabels(), strict=True)
    return [
        place
        for place, label in ticks
        if low <= place <= high and any(map(str.isdigit, label.get_text()))
    ]


@pytest.mark.parametrize("bounds", [(1, 2), (0.15, 0.85), (-0.9, -0.2), (3e8, 3.2e8)])
def test_a_range_between_decades_has_numbers(plane, bounds: tuple[float, float]):
    for norm in ("symlog", SymLogNorm(1e-3), AsinhNorm()):
        figure = plt.figure()
        plane(*bounds).plot(norm=norm, ax=figure.add_subplot())
        assert len(numbers(figure.axes[-1].yaxis)) >= 2, norm
    figure, axes = plt.subplots()
    plane(*bounds)[4].plot(norm="symlog", ax=axes)
    assert len(numbers(axes.yaxis)) >= 2
    if bounds[0] > 1e8:
        assert "^{8}" in axes.yaxis.label.get_text()
    plt.close("all")


def test_decades_keep_their_numbers(plane):
    figure, axes = plt.subplots()
    plane(-1, 1).plot(norm=SymLogNorm(0.01), ax=axes)
    bar = figure.axes[-1].yaxis
    assert np.allclose(numbers(bar), [-0.1, -0.01, 0, 0.01, 0.1], atol=1e-9)
    assert bar.get_major_formatter().get_offset() == ""
    figure, axes = plt.subplots()
    plane(2, 3)[4].plot(norm="symlog", ax=axes)
    axes.set_ylim(-1e4, 1e4)
    assert {-100.0, 0.0, 100.0} <= set(numbers(axes.yaxis))


@pytest.mark.parametrize("layout", [None, "constrained"])
def test_maps_stay_in_the_middle_of_their_places(plane, layout: str | None):
    figure, axes = plt.subplots(3, 1, layout=layout)
    for ax in axes:
        plane(0, 1).plot(ax=ax)
    figure.canvas.draw()
    for ax in axes:
        box = ax.get_position()
        assert box.x0 < 0.45 < box.x0 + 2 * box.width
    plt.close("all")


def test_a_map_stays_where_the_user_anchors_it(plane):
    figure, axes = plt.subplots(figsize=(8, 3))
    axes.set_anchor("W")
    place = axes.get_position(original=True).x0
    plane(0, 1).plot(ax=axes)
    figure.canvas.draw()
    assert axes.get_position().x0 == pytest.approx(place)
