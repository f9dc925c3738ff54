"""Thumbnails: of what can be drawn at no cost, and of nothing else."""

from __future__ import annotations

import dask.array
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
import xarray as xr

from emout_lab.engine.preview import MAX_POINTS, preview_png

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


def test_the_users_figures_are_left_alone():
    plt.close("all")
    preview_png(np.arange(3))
    assert plt.get_fignums() == []
