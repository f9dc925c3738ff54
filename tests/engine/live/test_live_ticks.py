"""Ticks are where matplotlib has them, and say the same."""

from __future__ import annotations

import datetime

import matplotlib.pyplot as plt
import numpy as np
import pytest
from matplotlib import ticker
from matplotlib.colors import LogNorm, SymLogNorm

from emout_lab.engine.live.axis_ticks import plain_text
from emout_lab.engine.live.maps import long_axis
from emout_lab.engine.live.wishes import AxesWish

from .conftest import Shown

VALUES = np.random.default_rng(1).random((23, 31))


def of_matplotlib(axis) -> tuple[list[float], list[str], str]:
    """Return shares and labels of the ticks that matplotlib draws, after a drawing."""
    low, high = axis.get_transform().transform(np.array(axis.get_view_interval()))
    found = []
    for tick in axis.get_major_ticks():
        share = (axis.get_transform().transform(tick.get_loc()) - low) / (high - low)
        text = tick.label2 if tick.label2.get_visible() else tick.label1
        shown = plain_text(text.get_text()) if text.get_visible() else ""
        if -1e-9 <= share <= 1 + 1e-9:
            found.append((float(share), shown))
    offset = plain_text(axis.get_offset_text().get_text())
    return [share for share, _ in found], [text for _, text in found], offset


def assert_same(told, axis) -> None:
    places, texts, offset = of_matplotlib(axis)
    assert told["text"] == texts
    np.testing.assert_allclose(told["at"], places, atol=6e-6)
    assert told["offset"] == offset


def compare(figure, wish: AxesWish | None = None) -> None:
    """Compare what a frame tells with matplotlib's own drawing at the same limits."""
    shown = Shown(figure)
    _, told = shown.numbers(*([] if wish is None else [wish]))
    axes = figure.axes[0]
    if wish is not None and wish.x is not None:
        axes.set_xlim(wish.x)
    if wish is not None and wish.y is not None:
        axes.set_ylim(wish.y)
    if wish is not None and wish.clim is not None:
        axes.images[0].set_clim(wish.clim)
    figure.canvas.draw()
    assert_same(told[0]["x"], axes.xaxis)
    assert_same(told[0]["y"], axes.yaxis)
    if told[0]["bar"] is not None:
        assert_same(told[0]["bar"], long_axis(axes.images[0].colorbar))


VIEWS = [
    AxesWish(0),
    AxesWish(0, x=(3.2, 9.7), y=(11.1, 4.6)),
    AxesWish(0, x=(3.21, 3.22), y=(11.12, 11.11)),
    AxesWish(0, x=(9, 3), y=(-200, 400)),
    AxesWish(0, x=(-1e6, 1e6), y=(1e-9, 2e-9)),
    AxesWish(0, x=(1e5, 1e5 + 0.01)),
    AxesWish(0, clim=(0.2, 0.21)),
    AxesWish(0, clim=(-1e13, 4e13)),
]


@pytest.mark.parametrize("wish", VIEWS, ids=range(len(VIEWS)))
@pytest.mark.parametrize("aspect", ["auto", "equal"])
def test_ticks_of_an_image_and_its_colour_bar_are_those_of_matplotlib(wish, aspect):
    figure, axes = plt.subplots()
    figure.colorbar(axes.imshow(VALUES, aspect=aspect))
    compare(figure, wish)


@pytest.mark.parametrize("limits", [(1, 100), (2, 9), (1e-6, 1e9), (30, 31)])
def test_ticks_of_a_logarithmic_axis_are_those_of_matplotlib(limits):
    figure, axes = plt.subplots()
    axes.pcolormesh(np.geomspace(1, 100, 32), np.arange(24), VALUES)
    axes.set_xscale("log")
    axes.minorticks_off()
    compare(figure, AxesWish(0, x=limits))


@pytest.mark.parametrize(
    "norm", [LogNorm(0.001, 1), LogNorm(0.2, 0.9), SymLogNorm(0.1, vmin=-1, vmax=1)]
)
def test_ticks_of_a_colour_bar_with_another_scale_are_those_of_matplotlib(norm):
    figure, axes = plt.subplots()
    figure.colorbar(axes.imshow(VALUES, norm=norm), orientation="horizontal").minorticks_off()
    compare(figure)


def test_ticks_of_a_colour_bar_follow_another_norm():
    figure, axes = plt.subplots()
    image = axes.imshow(VALUES + 0.01, norm="log")
    figure.colorbar(image).minorticks_off()
    _, told = Shown(figure).numbers(AxesWish(0, norm="linear", clim=(0.01, 1)))
    image.set_norm("linear")
    image.set_clim(0.01, 1)
    figure.canvas.draw()
    assert_same(told[0]["bar"], image.colorbar.ax.yaxis)


def engineering(axes):
    axes.xaxis.set_major_formatter(ticker.EngFormatter("m"))
    axes.yaxis.set_major_formatter("{x:.3f} V")


def fixed(axes):
    axes.set_xticks([1, 5, 90], ["one", "five", "ninety"])
    axes.yaxis.set_major_locator(ticker.MultipleLocator(7))


def without(axes):
    axes.set_xticks([])
    axes.tick_params(labelleft=False)


def hidden(axes):
    axes.yaxis.set_visible(False)
    axes.xaxis.set_major_formatter(ticker.NullFormatter())


def dates(axes):
    start = datetime.datetime(2026, 1, 1)  # noqa: DTZ001
    axes.images[0].set_extent((*plt.matplotlib.dates.date2num([start, start.replace(day=9)]), 0, 1))
    axes.set_aspect("auto")
    axes.xaxis_date()


def above(axes):
    axes.xaxis.tick_top()
    axes.yaxis.tick_right()
    axes.tick_params(labelsize=20)


@pytest.mark.parametrize("change", [engineering, fixed, without, dates, above])
def test_tickers_that_a_user_chose_are_asked(change):
    figure, axes = plt.subplots()
    axes.imshow(VALUES)
    change(axes)
    compare(figure)


def test_an_axis_that_is_not_seen_has_no_ticks():
    figure, axes = plt.subplots()
    axes.imshow(VALUES)
    hidden(axes)
    _, told = Shown(figure).numbers()
    assert told[0]["y"] == {"at": [], "text": [], "offset": ""}
    assert set(told[0]["x"]["text"]) == {""}
    axes.axis("off")
    _, told = Shown(figure).numbers()
    assert told[0]["x"]["at"] == []


def test_a_formatter_that_fails_leaves_an_axis_without_ticks():
    figure, axes = plt.subplots()
    axes.imshow(VALUES)
    axes.xaxis.set_major_formatter(lambda value, _: 1 / 0 if value > 12 else "a")
    shown = None
    axes.set_xlim(0, 5)
    shown = Shown(figure)
    _, told = shown.numbers(AxesWish(0, x=(0, 30)))
    assert told[0]["x"]["text"] == []
    assert told[0]["y"]["text"]


def test_axes_that_share_an_axis_move_together():
    figure, axes = plt.subplots(1, 2, sharex=True)
    for each in axes:
        each.imshow(VALUES)
    _, told = Shown(figure).numbers(AxesWish(0, x=(3, 9), y=(2, 5)))
    assert [each["xlim"] for each in told] == [[3, 9], [3, 9]]
    assert [each["ylim"] for each in told] == [[2, 5], [22.5, -0.5]]
    both = AxesWish(0, x=(3, 9)), AxesWish(1, x=(4, 8))
    _, told = Shown(figure).numbers(*both)
    assert [each["xlim"] for each in told] == [[3, 9], [4, 8]]


def test_ticks_tell_how_they_look():
    figure, axes = plt.subplots(dpi=144)
    axes.imshow(VALUES)
    axes.tick_params(labelsize=12, labelcolor="red", length=5, direction="in", top=True)
    looks = Shown(figure).hello.axes[0]["ticks"]["x"]
    assert looks["size"] == 24
    assert looks["color"] == "#ff0000"
    assert looks["length"] == 0
    assert looks["side"] == "bottom"


@pytest.mark.parametrize("is_long", [True, False])
def test_a_minus_is_that_of_the_style_in_which_the_figure_was_drawn(is_long):
    figure, axes = plt.subplots()
    axes.imshow(np.zeros((3, 4)), extent=(-3, 3, -2, 2))
    axes.yaxis.set_major_formatter(lambda y, _: f"a-{y:g}")
    with plt.rc_context({"axes.unicode_minus": is_long}):
        shown = Shown(figure)
    with plt.rc_context({"axes.unicode_minus": not is_long}):
        _, (told,) = shown.numbers()
    assert told["x"]["text"][0] == ("\u2212" if is_long else "-") + "3"
    assert "a-1" in told["y"]["text"]
