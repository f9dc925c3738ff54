"""Thumbnails: of what can be drawn at no cost, and of nothing else."""

from __future__ import annotations

import io

import dask.array
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
import xarray as xr
from PIL import Image

from emout_lab.engine.metadata import describe
from emout_lab.engine.preview import MAX_POINTS, is_at_hand, preview_png
from emout_lab.engine.thumbnail import BOTTOM, LEFT, RIGHT, TOP

PNG = b"\x89PNG"


class Hostile:
    shape = (3,)
    dtype = np.dtype(float)

    def __getitem__(self, key):
        raise RuntimeError("no")


class Counting:
    """A lazy array that notes what is asked of it."""

    shape = (100_000, 3)
    dtype = np.dtype("f4")

    def __init__(self):
        self.read = 0

    def __getitem__(self, key):
        rows = len(range(*key[0].indices(self.shape[0])))
        self.read += rows * 3
        return np.zeros((rows, 3), "f4")


@pytest.mark.parametrize(
    "value",
    [
        np.arange(5),
        np.ones((4, 3), "f4"),
        np.array([1.0, np.nan, np.inf]),
        np.full((3, 3), np.nan),
        np.array([True, False]),
        np.array([1 + 2j, 3]),
        np.ma.masked_less(np.arange(4.0), 2),
        np.zeros(1),
        pd.Series([1.0, 2.0]),
        xr.DataArray(np.arange(6.0).reshape(2, 3), dims=("y", "x")),
    ],
    ids=lambda value: f"{type(value).__name__}{np.shape(value)}{value.dtype}",
)
def test_an_array_of_numbers_has_a_preview(value):
    assert preview_png(value).startswith(PNG)


@pytest.mark.parametrize(
    "value",
    [
        None,
        1.0,
        "text",
        [1, 2],
        np.float64(1),
        np.zeros((2, 2, 2)),
        np.zeros(0),
        np.array(["a", "b"]),
        np.array([object()]),
        np.array(["2026-01-01"], "M8[D]"),
        np.ndarray,
        Hostile(),
        dask.array.zeros((1000, 1000)),
    ],
    ids=lambda value: type(value).__name__,
)
def test_anything_else_has_none(value):
    assert preview_png(value) is None


def test_only_so_much_is_read_as_can_be_seen():
    value = Counting()
    assert preview_png(value).startswith(PNG)
    assert value.read <= MAX_POINTS * 3


def pixels(value):
    return np.asarray(Image.open(io.BytesIO(preview_png(value))).convert("RGB")).astype(int)


def frame(value):
    """What stands inside the frame of a preview."""
    return pixels(value)[TOP + 2 : BOTTOM - 1, LEFT + 2 : RIGHT - 1]


def test_a_map_shows_small_values_dark_and_its_origin_below():
    picture = frame(np.array([[0.0, 0.0], [1.0, 1.0]])).sum(axis=2)
    assert picture[-1].max() < picture[0].min()
    assert len(np.unique(picture)) == 2


def test_a_line_rises_with_its_values():
    blue = frame(np.arange(100.0))[..., 0] < 100
    rows, columns = np.nonzero(blue)
    assert np.corrcoef(rows, columns)[0, 1] < -0.99


def test_what_is_no_number_leaves_a_gap():
    values = np.ones(100)
    values[40:60] = np.nan
    blue = (frame(values)[..., 0] < 100).any(axis=0)
    assert blue[: len(blue) // 3].all()
    assert not blue[len(blue) // 2]


@pytest.mark.parametrize("values", [[-1.7e308, 1.7e308], [5e-324, 0.0], [7.0, 7.0]])
def test_extreme_values_are_drawn_without_a_warning(values):
    assert (frame(np.array(values))[..., 0] < 150).any()


def test_the_axes_tell_the_length_of_the_whole_array():
    short, long = pixels(np.zeros(480)), pixels(np.zeros(48_000))
    below = slice(BOTTOM + 2, None)
    assert (short[below] != long[below]).any()


@pytest.mark.parametrize(
    ("value", "is_whole"),
    [
        (np.zeros((3, 4)), True),
        (pd.Series([1.0]), True),
        (xr.DataArray(np.zeros(3)), True),
        (dask.array.zeros(1_000_000), False),
        (Counting(), False),
        (Hostile(), False),
        ("text", False),
        (pd.Series(["a"], dtype="category"), False),
    ],
    ids=lambda value: type(value).__name__,
)
def test_only_plain_memory_is_read_beside_a_program(value, is_whole):
    assert is_at_hand(value, describe(value)) is is_whole


def test_neither_figures_nor_settings_of_the_user_are_touched():
    plt.close("all")
    before = dict(plt.rcParams)
    preview_png(np.arange(3))
    assert plt.get_fignums() == []
    assert dict(plt.rcParams) == before
