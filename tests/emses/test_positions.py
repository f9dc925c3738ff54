"""Parts of fields by position: the nearest within half a cell."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr

from emout_lab.emses import Emout
from emout_lab.emses.demo import write_demo_data
from emout_lab.errors import DataError


@pytest.fixture(scope="module")
def field(tmp_path_factory):
    """A field of 65 positions, 1 mm apart."""
    return Emout(write_demo_data(tmp_path_factory.mktemp("wide"), grid=64, steps=3)).phisp


def test_every_position_that_a_person_writes_is_found(field):
    x = field.axis("x")
    written = [round(number * 0.001, 3) for number in range(65)]
    assert [field.sel(x=each).coords["x"].item() for each in written] == x.tolist()
    assert field.sel(x=written).axis("x").tolist() == x.tolist()
    assert field.sel(x=0.0094).coords["x"].item() == x[9]
    assert field.sel(x=0.0645).coords["x"].item() == x[64], "half a cell beyond the end"


def test_ends_of_ranges_are_met_as_they_are_written(field):
    assert field.sel(x=slice(0.003, 0.009)).axis("x").tolist() == field.axis("x")[3:10].tolist()
    assert field.sel(x=slice(None, 0.002)).shape == (3, 65, 65, 3)
    assert field.sel(x=slice(0.01, 0.02, 5)).shape == (3, 65, 65, 3)
    assert field.sel(x=slice(0.0101, 0.0104)).shape == (3, 65, 65, 0)
    backward = field[..., ::-1]
    for ends in (slice(0.009, 0.003), slice(0.003, 0.009)):
        assert backward.sel(x=ends).axis("x").tolist() == field.axis("x")[9:2:-1].tolist()
    assert backward.sel(x=slice(None, 0.06)).shape[-1] == 5


def test_parts_by_position_read_what_parts_by_index_read(field):
    t = field.axis("t")
    part = field.sel(t=t[1] * 1.2, z=[0.001, 0.017], y=0.0161, x=slice(0.003, 0.009))
    assert part.is_lazy and part.dims == ("z", "x")
    np.testing.assert_array_equal(part, field[1, [1, 17], 16, 3:10])
    one = field[..., 5:6]
    assert one.sel(x=0.005).shape == one.sel(x=0.0052).shape == (3, 65, 65)


@pytest.mark.parametrize(
    ("wanted", "words"),
    [
        ({"x": 9}, r"x = 9 m is no position.*Nearest is 0.064 m; x goes from 0 to 0.064 m.*isel"),
        ({"x": [0.001, -0.001]}, "x = -0.001 m is no position"),
        ({"t": 1.0}, "t = 1 s is no position"),
        ({"x": "wide"}, "x = 'wide' is no position: write a number"),
        ({"x": float("nan")}, "x = nan is no position"),
        ({"v": 1.0}, r"phisp has no dimension 'v'.*\('t', 'z', 'y', 'x'\)"),
    ],
)
def test_what_is_nowhere_names_the_neighbours(field, wanted, words):
    with pytest.raises(KeyError, match=words) as caught:
        field.sel(**wanted)
    assert isinstance(caught.value, DataError)


def test_between_positions_that_are_far_apart_both_neighbours_are_named(field):
    part = field[-1, 0, 0, [0, 1, 2, 3, 8, 16]]
    assert part.sel(x=0.0084).coords["x"].item() == pytest.approx(0.008)
    with pytest.raises(KeyError, match=r"x = 0.01 m.*Its neighbours are 0.008 and 0.016 m"):
        part.sel(x=0.01)


def test_what_xarray_alone_can_do_is_left_to_it(field):
    points = xr.DataArray([0.0, 0.003], dims="point")
    assert field[0, 0].sel(x=points, method="nearest").dims == ("y", "point")
    assert field.sel(x=0.3, method="nearest").shape == (3, 65, 65)
    with pytest.raises(KeyError):
        field.sel(x=0.3, method="nearest", tolerance=0.01)
