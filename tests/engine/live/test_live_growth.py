"""Labels that become longer stay inside of the picture, which stands still meanwhile."""

from __future__ import annotations

import matplotlib.pyplot as plt
import numpy as np
import pytest

from emout_lab.engine.live.wishes import AxesWish

from .conftest import Shown

VALUES = np.random.default_rng(1).random((40, 60))


def left(axes):
    axes.set_ylabel("y [m]")


def right(axes):
    axes.yaxis.tick_right()
    axes.yaxis.set_label_position("right")
    axes.set_ylabel("y [m]")


def bar(axes):
    axes.figure.colorbar(axes.images[0], label="phi [V]")


def ink_at_edges(picture) -> bool:
    edges = [picture[:, :2], picture[:, -2:]]
    return any((edge < 250).any() for edge in edges)


@pytest.mark.parametrize("change", [left, right, bar])
@pytest.mark.parametrize("zoom", [10, 100, 1000])
def test_longer_labels_are_not_cut(change, zoom):
    figure, axes = plt.subplots()
    axes.imshow(VALUES, aspect="auto")
    change(axes)
    shown = Shown(figure)
    size = shown.hello.size
    near = AxesWish(
        0,
        x=(20.1, 20.1 + 60 / zoom),
        y=(17.3 + 40 / zoom, 17.3),
        clim=(0.3, 0.3 + 1 / zoom),
    )
    picture = shown.picture(near)
    assert picture.shape[1::-1] == size
    assert not ink_at_edges(picture)
    assert not shown.decor(near)[:, :2, 3].any()
    assert not shown.decor(near)[:, -2:, 3].any()


def test_a_label_beside_longer_ones_is_where_it_rests():
    figure, axes = plt.subplots()
    axes.imshow(VALUES, aspect="auto")
    axes.set_ylabel("I" * 12)
    shown = Shown(figure)
    shown.decor()
    near = AxesWish(0, y=(17.35, 17.3))
    decor, picture = shown.decor(near), shown.picture(near)
    first = [
        np.nonzero(each.any(axis=0))[0][0] for each in (decor[:, :, 3] > 99, picture[:, :, 0] < 99)
    ]
    assert abs(first[0] - first[1]) <= 1


def test_boxes_stand_still_while_labels_grow():
    figure, axes = plt.subplots()
    axes.imshow(VALUES, aspect="auto")
    shown = Shown(figure)
    boxes = [
        shown.numbers(AxesWish(0, y=(17.3 + high, 17.3)))[1][0]["box"]
        for high in (30, 3, 0.3, 0.03)
    ]
    assert all(each == boxes[0] for each in boxes)
