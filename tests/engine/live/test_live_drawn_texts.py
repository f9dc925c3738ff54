"""What a browser cannot write as matplotlib does is drawn, also while a map moves."""

from __future__ import annotations

import matplotlib.pyplot as plt
import numpy as np
import pytest
from matplotlib.patches import ConnectionPatch
from matplotlib.ticker import AutoMinorLocator

from emout_lab.engine.live.wishes import AxesWish

from .conftest import Shown

VALUES = np.random.default_rng(1).random((23, 31))
EMPTY = {"at": [], "text": [], "offset": ""}


def key(shown, *wishes) -> str:
    wish = shown.wish(*wishes)
    shown.view.prepare(wish)
    return shown.view.numbers(wish)[2]


def minor(axes):
    axes.xaxis.set_minor_locator(AutoMinorLocator())


DRAWN = {
    "grid": lambda axes: axes.grid(axis="x"),
    "minor grid": lambda axes: (minor(axes), axes.grid(axis="x", which="minor")),
    "minor ticks": lambda axes: minor(axes),
    "two sides": lambda axes: axes.tick_params(axis="x", top=True, labeltop=True),
    "inside": lambda axes: axes.tick_params(axis="x", direction="inout"),
    "no marks": lambda axes: axes.tick_params(axis="x", bottom=False),
    "hidden": lambda axes: axes.get_xticklabels()[1].set_visible(False),
    "coloured": lambda axes: axes.get_xticklabels()[1].set_color("red"),
    "away": lambda axes: axes.spines["bottom"].set_position(("outward", 9)),
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


def test_a_formula_that_only_another_view_has_is_drawn_there():
    figure, axes = plt.subplots()
    axes.pcolormesh(VALUES)
    axes.xaxis.set_major_formatter(lambda v, _: r"$\pi$" if v > 50 else f"{v:g}")
    shown = Shown(figure)
    _, told = shown.numbers()
    assert told[0]["x"]["text"]
    _, told = shown.numbers(AxesWish(0, x=(40, 70)))
    assert told[0]["x"] == EMPTY


def test_a_line_between_axes_follows_both():
    figure, (one, other) = plt.subplots(1, 2)
    for each in (one, other):
        each.pcolormesh(VALUES)
    line = ConnectionPatch((3, 3), (8, 8), "data", "data", axesA=one, axesB=other)
    figure.add_artist(line)
    shown = Shown(figure)
    assert key(shown) != key(shown, AxesWish(0, x=(0, 9))) != key(shown, AxesWish(1, x=(0, 9)))


def test_nothing_that_was_drawn_for_another_view_stays_over_a_map():
    figure, axes = plt.subplots()
    axes.pcolormesh(VALUES)
    axes.grid(True)
    shown = Shown(figure)
    shown.decor()
    wish = shown.wish(AxesWish(0, x=(3, 20)))
    made, _, name = shown.view.numbers(wish)
    shown.view.add_decor(made, wish, name)  # as while a program runs
    assert (made.told[-1]["kind"], made.told[-1]["w"], made.told[-1]["h"]) == ("decor", 1, 1)


def test_longer_labels_leave_what_stands_around_a_map_while_a_program_runs():
    figure, axes = plt.subplots()
    axes.pcolormesh(VALUES)
    shown = Shown(figure)
    shown.decor()
    wish = shown.wish(AxesWish(0, y=(3.00001, 3.00002)))
    made, _, name = shown.view.numbers(wish)
    assert not shown.view.has_decor(name, wish)
    shown.view.add_decor(made, wish, name)
    assert made.told[-1]["w"] > 1
