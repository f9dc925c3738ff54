"""Ticks of axes whose formatters, scales and norms have more to them."""

from __future__ import annotations

import datetime

import matplotlib.pyplot as plt
import numpy as np
import pytest
from matplotlib import dates
from matplotlib.colors import PowerNorm

from emout_lab.engine.live.axis_ticks import plain_text
from emout_lab.engine.live.wishes import AxesWish

from .conftest import Shown
from .test_live_cells import assert_drawn
from .test_live_ticks import compare

VALUES = np.random.default_rng(1).random((23, 31)) + 0.1
DAYS = [datetime.datetime(2026, 1, 1) + datetime.timedelta(hours=7 * k) for k in range(32)]  # noqa: DTZ001
FIRST, LAST = dates.date2num([DAYS[9], DAYS[14]])


@pytest.mark.parametrize("limits", [(FIRST, LAST), (FIRST, FIRST + 0.01), (FIRST - 4e3, LAST)])
@pytest.mark.parametrize("is_concise", [False, True])
def test_dates_are_written_as_their_own_view_needs_it(limits, is_concise):
    figure, axes = plt.subplots()
    axes.pcolormesh(DAYS, np.arange(24), VALUES)
    if is_concise:
        axes.xaxis.set_major_formatter(dates.ConciseDateFormatter(axes.xaxis.get_major_locator()))
    compare(figure, AxesWish(0, x=limits))


def test_a_view_leaves_the_dates_of_the_figure_alone():
    figure, axes = plt.subplots()
    axes.pcolormesh(DAYS, np.arange(24), VALUES)
    shown = Shown(figure)
    before = [axes.xaxis.get_major_formatter()(FIRST)]
    shown.numbers(AxesWish(0, x=(FIRST, FIRST + 0.01)))
    assert [axes.xaxis.get_major_formatter()(FIRST)] == before


@pytest.mark.parametrize("base", [2, np.e, 16])
def test_logarithms_to_any_base_are_where_matplotlib_draws_them(base):
    figure, axes = plt.subplots()
    axes.pcolormesh(np.geomspace(1, 1024, 32), np.geomspace(1, 9, 24) ** 2, VALUES)
    axes.set_xscale("log", base=base)
    axes.set_yscale("log", base=base)
    axes.minorticks_off()
    compare(figure, AxesWish(0, x=(2, 600), y=(1.5, 50)))
    shown = Shown(figure)
    layers, told = shown.numbers()
    assert_drawn(shown, layers)
    assert not any("$" in text for text in told[0]["x"]["text"])


def test_powers_of_any_base_are_plain():
    assert plain_text(r"$\mathdefault{2^{-4}}$") == "2⁻⁴"
    assert plain_text(r"$\mathdefault{e^{3}}$") == "e³"
    assert plain_text(r"$\mathdefault{-3\times16^{12}}$") == "-3×16¹²"


@pytest.mark.parametrize("gamma", [0.5, 2, 3])
def test_ticks_of_a_power_follow_other_limits(gamma):
    figure, axes = plt.subplots()
    figure.colorbar(axes.imshow(VALUES, norm=PowerNorm(gamma)))
    compare(figure, AxesWish(0, clim=(0.3, 0.7)))


@pytest.mark.parametrize("norm", ["log", "symlog"])
def test_a_colour_bar_that_gets_minor_ticks_is_drawn(norm):
    figure, axes = plt.subplots()
    figure.colorbar(axes.imshow(VALUES + 0.01))
    shown = Shown(figure)
    _, told = shown.numbers(AxesWish(0, norm=norm))
    assert told[0]["bar"]["text"] == []
    plain, drawn = shown.decor(), shown.decor(AxesWish(0, norm=norm))
    left = round(0.9 * plain.shape[1])  # beside the colour bar
    assert not plain[:, left:, 3].any()
    assert drawn[:, left:, 3].any()
