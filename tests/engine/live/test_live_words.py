"""How a figure tells a place: dates, names, formats of the user's, and numbers close together."""

from __future__ import annotations

import datetime

import matplotlib.pyplot as plt
import numpy as np
import pytest

from emout_lab.engine.live.wishes import AxesWish, Probe
from emout_lab.server.live_packing import values_of

from .conftest import Shown


def told(shown, x, y, *, kind="hover"):
    return values_of(shown.view.probe(Probe(1, kind, 0, x, y))).text


def days(count=9):
    return np.datetime64("2024-01-01") + np.arange(count)


def test_a_date_is_told_as_a_date():
    figure, axes = plt.subplots()
    axes.pcolormesh(days(), np.arange(4), np.arange(24.0).reshape(3, 8))
    shown = Shown(figure)
    assert shown.hello.axes[0]["words"]
    first = shown.hello.axes[0]["x"][0]
    assert told(shown, first + 1.75, 1.5) == "x = 2024-01-02 18:00, y = 1.5: 9"
    shown.numbers(AxesWish(0, x=(first, first + 1e-4)))
    assert told(shown, first + 1e-5, 1.5).startswith("x = 2024-01-01 00:00:00.864000, ")
    shown.picture(AxesWish(0, x=(first - 4000, first + 4000)))
    assert told(shown, first + 2.5, 1.5).startswith("x = 2024-01-03, ")


def test_a_date_is_told_in_the_zone_of_its_axis():
    figure, axes = plt.subplots()
    zone = datetime.timezone(datetime.timedelta(hours=9))
    axes.plot([datetime.datetime(2024, 1, 1, h, tzinfo=zone) for h in (0, 6)], [0, 1])
    axes.xaxis_date(zone)
    first = Shown(figure).hello.axes[0]["x"][0]
    middle = first + (Shown(figure).hello.axes[0]["x"][1] - first) / 2
    assert told(Shown(figure), middle, 0.5) == "x = 2024-01-01 03:00:00, y = 0.5"


def test_a_category_is_told_by_its_name():
    figure, axes = plt.subplots()
    axes.bar(["a", "β"], [1, 2])
    assert told(Shown(figure), 0.9, 0.5) == "x = β, y = 0.5"


def test_a_format_of_the_users_holds_and_one_that_fails_gives_way_to_the_number():
    figure, axes = plt.subplots()
    axes.imshow(np.zeros((3, 4)))
    axes.fmt_xdata = lambda x: f"cell {x:.0f}"
    axes.fmt_ydata = lambda y: 1 / 0
    assert told(Shown(figure), 1.2, 0.5) == "x = cell 1, y = 0.5: 0"


@pytest.mark.parametrize("draw", ["imshow", "plot"])
def test_numbers_need_no_words(draw):
    figure, axes = plt.subplots()
    getattr(axes, draw)([[1.0, 2.0], [3.0, 4.0]])
    assert not Shown(figure).hello.axes[0]["words"]


def test_values_that_are_close_together_are_told_apart():
    figure, axes = plt.subplots()
    axes.imshow(1e9 + np.arange(12.0).reshape(3, 4) * 1e-6)
    shown = Shown(figure)
    found = {told(shown, float(x), 0.0) for x in range(4)}
    assert len(found) == 4


def test_places_in_a_view_that_is_zoomed_are_told_apart():
    figure, axes = plt.subplots()
    axes.pcolormesh(1e6 + np.arange(5.0), np.arange(4.0), np.zeros((3, 4)))
    shown = Shown(figure)
    shown.numbers(AxesWish(0, x=(1e6, 1e6 + 0.01)))
    assert told(shown, 1e6 + 0.001, 0.5) != told(shown, 1e6 + 0.002, 0.5)


def test_axes_without_a_map_tell_no_value():
    figure, axes = plt.subplots()
    axes.plot([1, 2])
    assert told(Shown(figure), 0.5, 1.5) == "x = 0.5, y = 1.5"
