"""Cells lie below all the rest; a map that does not is a picture."""

from __future__ import annotations

import matplotlib.pyplot as plt
import numpy as np
import pytest

from .conftest import Shown

VALUES = np.random.default_rng(1).random((5, 6))


def under_line(figure):
    axes = figure.subplots()
    axes.plot([0, 5], [0, 4])
    axes.imshow(VALUES, zorder=10)


def under_patch(figure):
    axes = figure.subplots()
    axes.axvspan(1, 3)
    axes.pcolormesh(VALUES, alpha=0.5)


def under_grid(figure):
    axes = figure.subplots()
    axes.grid()
    axes.set_axisbelow(True)
    axes.pcolormesh(VALUES, alpha=0.5)


def twin(figure):
    axes = figure.subplots()
    axes.plot([1, 2])
    axes.twinx().pcolormesh(VALUES)


def background(figure):
    figure.add_axes([0, 0, 1, 1]).plot([1, 2])
    figure.add_axes([0.2, 0.2, 0.5, 0.5]).imshow(VALUES)


def swapped(figure):
    figure.add_axes([0.2, 0.2, 0.5, 0.5], zorder=2).imshow(VALUES)
    figure.add_axes([0, 0, 1, 1]).imshow(VALUES, aspect="auto")


def overlaid(figure):
    axes = figure.subplots()
    axes.imshow(VALUES, aspect="auto")
    axes.plot([0, 5], [0, 4])
    figure.add_axes([0.3, 0.3, 0.3, 0.3]).imshow(VALUES)


def text_of_another(figure):
    one, other = figure.subplots(1, 2)
    one.imshow(VALUES, aspect="auto")
    one.text(4, 3, "a text that is too long for its own axes")
    other.imshow(VALUES, aspect="auto")


def labels_of_another(figure):
    for each in figure.subplots(2, 1, gridspec_kw={"hspace": 0}):
        each.pcolormesh(VALUES)


def coloured(figure):
    part, _ = figure.subfigures(1, 2)
    part.set_facecolor("gold")
    part.subplots().imshow(VALUES)


COVERED = {
    under_line: (0, "over something"),
    under_patch: (0, "over something"),
    under_grid: (0, "over something"),
    twin: (1, "over other axes"),
    background: (1, "over other axes"),
    swapped: (0, "over other axes"),
    overlaid: (1, "over other axes"),
    labels_of_another: (1, "over other axes"),
    text_of_another: (1, "over other axes"),
    coloured: (0, "coloured part"),
}


@pytest.mark.parametrize("draw", COVERED)
def test_a_map_over_something_else_is_a_picture_and_says_why(draw):
    figure = plt.figure()
    draw(figure)
    i, reason = COVERED[draw]
    shown = Shown(figure)
    assert not shown.hello.axes[i]["map"]
    assert reason in shown.view._parts.reason


def inset(figure):
    axes = figure.add_axes([0.1, 0.1, 0.8, 0.8])
    axes.imshow(VALUES, aspect="auto")
    figure.add_axes([0.3, 0.3, 0.3, 0.3]).imshow(VALUES)


def labelled(figure):
    around = figure.add_subplot(frameon=False)
    around.tick_params(labelcolor="none", length=0)
    around.set_xlabel("x of all")
    for each in figure.subplots(2, 2).flat:
        each.pcolormesh(VALUES)


def touching(figure):
    grid = {"hspace": 0, "wspace": 0}
    for each in figure.subplots(2, 2, sharex=True, sharey=True, gridspec_kw=grid).flat:
        each.pcolormesh(VALUES)


def below(figure):
    axes = figure.subplots()
    axes.pcolormesh(VALUES, zorder=-1)
    axes.twinx().plot([1, 2])
    axes.axhline(2)


@pytest.mark.parametrize("draw", [inset, labelled, touching, below])
def test_a_map_with_all_else_above_it_goes_as_numbers(draw):
    figure = plt.figure()
    draw(figure)
    shown = Shown(figure)
    maps = [axes for axes in figure.axes if axes.collections or axes.images]
    assert sum(each["map"] for each in shown.hello.axes) == len(maps)
