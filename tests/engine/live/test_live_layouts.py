"""Figures whose layout is found anew for each drawing stand still while somebody moves in them."""

from __future__ import annotations

import io

import matplotlib.pyplot as plt
import msgspec
import numpy as np
import pytest

from emout_lab.engine.live.wishes import AxesWish

from .conftest import Shown, pixels

LAYOUTS = ["constrained", "compressed", "tight"]
VALUES = np.random.default_rng(2).random((40, 60))
NEAR = [AxesWish(i, x=(20.123, 20.456), y=(17.8912, 17.2345)) for i in range(2)]


def maps(layout: str):
    figure, places = plt.subplots(1, 2, layout=layout, figsize=(6, 3))
    for axes in places.flat:
        image = axes.imshow(VALUES, aspect="auto")
        axes.set(xlabel="x [m]", ylabel="y [m]")
        figure.colorbar(image, ax=axes)
    return figure


def saved(figure) -> np.ndarray:
    file = io.BytesIO()
    figure.savefig(file, dpi=50)
    return pixels(file.getvalue())


def boxes(told) -> np.ndarray:
    return np.array([each["box"] for each in told])


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("size", [None, (900, 500)])
def test_axes_stay_where_they_are_when_it_rests(layout, size):
    shown = Shown(maps(layout))
    size = size or shown.hello.size
    _, before = shown.numbers(size=size)
    _, moving = shown.numbers(*NEAR, size=size)
    shown.picture(*NEAR, size=size)
    _, resting = shown.numbers(*NEAR, size=size)
    np.testing.assert_allclose(boxes(moving), boxes(before), atol=2e-3)
    np.testing.assert_allclose(boxes(resting), boxes(moving), atol=2e-3)


@pytest.mark.parametrize("layout", LAYOUTS)
def test_the_figure_is_laid_out_as_without_a_viewer_afterwards(layout):
    figure, twin = maps(layout), maps(layout)
    engine = figure.get_layout_engine()
    shown = Shown(figure)
    twin.canvas.draw()
    # Layouts settle from drawing to drawing.
    assert (saved(figure) == saved(twin)).all()
    for size in (shown.hello.size, (700, 380)):
        shown.picture(*NEAR, size=size)
        shown.decor(*NEAR, size=size)
    assert figure.get_layout_engine() is engine
    assert (saved(figure) == saved(twin)).all()


@pytest.mark.parametrize("size", [(40, 30), (0.5, 0.4), (6.4, 4.8)])
def test_what_is_told_of_a_figure_of_any_size_is_plain(size):
    figure, axes = plt.subplots(figsize=size, dpi=100)
    axes.imshow(np.zeros((3, 4)))
    shown = Shown(figure)
    msgspec.json.encode([shown.hello, shown.numbers()[1]])
