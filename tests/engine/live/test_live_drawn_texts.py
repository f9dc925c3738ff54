"""What a browser cannot write as matplotlib does is drawn, also while a map moves."""

from __future__ import annotations

import matplotlib.pyplot as plt
import numpy as np
import pytest

from emout_lab.engine.live.wishes import AxesWish

from .conftest import Shown

VALUES = np.random.default_rng(1).random((23, 31))
EMPTY = {"at": [], "text": [], "offset": ""}


def key(shown, *wishes) -> str:
    wish = shown.wish(*wishes)
    shown.view.prepare(wish)
    return shown.view.numbers(wish)[2]


DRAWN = {
    "grid": lambda axes: axes.grid(axis="x"),
    "minor grid": lambda axes: (axes.minorticks_on(), axes.grid(axis="x", which="minor")),
    "turned": lambda axes: axes.tick_params(axis="x", rotation=45),
    "formulas": lambda axes: axes.set_xticks([0, 15, 30], ["$0$", r"$\pi$", r"$2\pi$"]),
}


@pytest.mark.parametrize("change", DRAWN)
def test_axes_with_more_than_plain_labels_are_drawn_for_each_view(change):
    figure, axes = plt.subplots()
    axes.pcolormesh(VALUES)
    DRAWN[change](axes)
    shown = Shown(figure)
    _, told = shown.numbers()
    assert told[0]["x"] == EMPTY
    assert told[0]["y"]["text"]
    near = AxesWish(0, x=(3, 20))
    assert key(shown) != key(shown, near)
    decor, picture = shown.decor(near), shown.picture(near)
    share = decor[:, :, 3:] / 255
    shown_decor = decor[:, :, :3] * share + 255 * (1 - share)
    # Below the axes, where its labels are.
    box = shown.hello.axes[0]["box"]
    below = int(picture.shape[0] * (box[1] + box[3])) + 3
    beside = int(picture.shape[1] * box[0])
    mine, theirs = shown_decor[below:, beside:], picture[below:, beside:]
    assert (theirs < 128).any()
    assert np.abs(mine - theirs).max() <= 3


@pytest.mark.parametrize("options", [{}, {"y": 0.8, "color": "w"}, {"rotation": 10}])
def test_a_title_that_does_not_tell_the_step_is_drawn(options):
    figure, axes = plt.subplots()
    axes.imshow(VALUES)
    axes.set_title(r"$\phi_x$ [V]", **options)
    shown = Shown(figure)
    _, told = shown.numbers()
    assert told[0]["title"] == ""
    with_title = shown.decor()
    axes.set_title("")
    assert (Shown(figure).decor().shape != with_title.shape) or (
        Shown(figure).decor() != with_title
    ).any()
