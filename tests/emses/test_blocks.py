"""Arrays larger than memory give what NumPy gives for the same values."""

from __future__ import annotations

import pickle
import tracemalloc
import warnings

import numpy as np
import pytest
import xarray as xr
from hypothesis import given, settings
from hypothesis import strategies as st

from emout_lab.emses import Emout
from emout_lab.emses.blocks import partition
from emout_lab.emses.blocks.array import BlockArray
from emout_lab.emses.blocks.stored import Stored
from emout_lab.emses.demo import write_demo_data
from emout_lab.errors import BadIndex

REDUCTIONS = (
    "min max sum mean std var ptp prod any all argmin argmax median count_nonzero "
    "nanmin nanmax nansum nanprod nanmean nanstd nanvar nanargmin nanargmax nanmedian"
).split()
AXES = (None, 0, 1, -1, (0, 1), (1, 2), (0, 2), (0, 1, 2))


@pytest.fixture(autouse=True)
def _small_blocks(monkeypatch):
    """Let small arrays be divided as large ones are."""
    monkeypatch.setattr(partition, "BLOCK_BYTES", 300)
    monkeypatch.setattr(partition, "LEAST_TASK_BYTES", 700)
    monkeypatch.setattr("emout_lab.emses.blocks.partition.blocks_of.__defaults__", (300,))
    monkeypatch.setenv("EMOUT_LAB_BLOCK_LIMIT", "1kB")


def blocks(values: np.ndarray) -> BlockArray:
    dims = [f"d{axis}" for axis in range(values.ndim)]
    return BlockArray(Stored(xr.Variable(dims, values)))


def sample(kind: str) -> np.ndarray:
    numbers = np.random.default_rng(7).normal(size=(7, 6, 5))
    if kind == "holes":
        numbers[0, 0] = numbers[3, 2, 1] = numbers[5:, :, 4] = np.nan
        return numbers.astype("f4")
    if kind == "infinite":
        numbers[2, 3, 1], numbers[4, 1] = np.inf, -np.inf
        return numbers
    if kind == "ties":
        return np.round(numbers).astype("f8")
    return (numbers * 20).astype(kind)


@pytest.mark.parametrize("kind", ["f4", "f8", "i4", "i2", "u1", "holes", "infinite", "ties"])
@pytest.mark.parametrize("how", REDUCTIONS)
def test_reductions_are_those_of_numpy(how, kind):
    values = sample(kind)
    function = getattr(np, how)
    for axis in AXES:
        if "arg" in how and isinstance(axis, tuple):
            continue
        with warnings.catch_warnings(), np.errstate(all="ignore"):
            warnings.simplefilter("ignore")
            try:
                expected = function(values, axis=axis)
            except ValueError as error:
                with pytest.raises(ValueError, match=str(error)):
                    function(blocks(values), axis=axis)
                continue
            found = function(blocks(values), axis=axis)
        assert np.shape(found) == np.shape(expected)
        assert np.asarray(found).dtype == np.asarray(expected).dtype
        np.testing.assert_allclose(found, expected, rtol=2e-5, atol=1e-6)


@pytest.mark.parametrize("how", ["mean", "max", "std", "median", "sum", "nanmax"])
def test_axes_are_kept_where_that_is_asked_for(how):
    values = sample("f8")
    found = getattr(np, how)(blocks(values), axis=(0, 2), keepdims=True)
    expected = getattr(np, how)(values, axis=(0, 2), keepdims=True)
    np.testing.assert_allclose(found, expected)


def test_a_large_mean_beside_a_small_spread_loses_nothing():
    values = 1e8 + np.random.default_rng(1).normal(size=(50, 40))
    np.testing.assert_allclose(np.std(blocks(values)), np.std(values), rtol=1e-8)
    assert np.std(blocks(values), ddof=1) == pytest.approx(np.std(values, ddof=1), rel=1e-8)


def test_many_single_precision_numbers_are_added_in_double():
    values = np.full((200, 100), 0.1, "f4")
    assert np.mean(blocks(values)) == np.float32(0.1)
    assert np.sum(blocks(values)) == pytest.approx(2000, rel=1e-6)


@pytest.mark.parametrize("method", ["linear", "lower", "higher", "nearest", "midpoint"])
@pytest.mark.parametrize("limit", [100, 10**9])
@pytest.mark.parametrize("kind", ["f4", "f8", "i4", "u1", "ties"])
def test_quantiles_are_exact_where_nothing_is_ordered_whole(kind, limit, method, monkeypatch):
    monkeypatch.setattr("emout_lab.emses.blocks.order.SORTED_BYTES", limit)
    values, quantiles = sample(kind), [0, 0.05, 0.5, 1 / 3, 0.999, 1]
    found = np.quantile(blocks(values), quantiles, method=method)
    np.testing.assert_allclose(found, np.quantile(values, quantiles, method=method), rtol=1e-6)
    found = np.percentile(blocks(values), 25, axis=(1, 2))
    np.testing.assert_allclose(found, np.percentile(values, 25, axis=(1, 2)), rtol=1e-6)


@pytest.mark.parametrize("limit", [100, 10**9])
def test_missing_values_make_a_median_missing_unless_they_are_left_out(limit, monkeypatch):
    monkeypatch.setattr("emout_lab.emses.blocks.order.SORTED_BYTES", limit)
    values = sample("holes")
    assert np.isnan(np.median(blocks(values)))
    assert np.nanmedian(blocks(values)) == np.nanmedian(values)
    np.testing.assert_allclose(
        np.nanmedian(blocks(values), axis=(1, 2)), np.nanmedian(values, axis=(1, 2))
    )


def test_histograms_are_those_of_numpy():
    values, others = sample("f4"), sample("ties")
    for options in ({}, {"bins": 7}, {"bins": [-20, 0, 5, 20]}, {"bins": 4, "range": (-3, 9)}):
        found, expected = (np.histogram(each, **options) for each in (blocks(values), values))
        np.testing.assert_array_equal(found[0], expected[0])
        np.testing.assert_allclose(found[1], expected[1])
    found = np.histogram(blocks(values), bins=5, density=True)
    np.testing.assert_allclose(found[0], np.histogram(values, bins=5, density=True)[0], rtol=1e-6)
    found = np.histogram2d(blocks(values), blocks(others), bins=(4, 3))
    expected = np.histogram2d(values.ravel(), others.ravel(), bins=(4, 3))
    for one, other in zip(found, expected, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-6)
    with pytest.raises(ValueError, match="bins='auto' chooses the number of bins"):
        np.histogram(blocks(values), bins="auto")


def test_values_on_the_edges_of_bins_are_counted_where_numpy_counts_them():
    for kind in ("f4", "f8", "i1", "u2", "?"):
        values = np.round(sample("f8"), 1).astype(kind)
        for ends in (None, (-1, 1), (-1.0, 1.0), np.array([-2, 2.0])):
            for bins in (3, 5, 10, 20, 30):
                with warnings.catch_warnings():
                    warnings.simplefilter("ignore")
                    expected = np.histogram(values, bins, range=ends)
                found = np.histogram(blocks(values), bins, range=ends)
                np.testing.assert_array_equal(found[0], expected[0])
                np.testing.assert_array_equal(found[1], expected[1])
                assert found[1].dtype == expected[1].dtype


@pytest.mark.parametrize("kinds", [("f4", "f4"), ("f4", "f8"), ("i1", "f4")])
@pytest.mark.parametrize("bins", [10, (3, 4), np.array([3, 4]), ([-1, 0, 1], 5)])
def test_places_on_edges_are_counted_where_numpy_counts_them(kinds, bins):
    first, second = (np.round(sample("f8"), 1).astype(kind) for kind in kinds)
    for ends in (None, [[-1, 1], [-2, 1]]):
        found = np.histogram2d(blocks(first), blocks(second), bins=bins, range=ends)
        expected = np.histogram2d(first.ravel(), second.ravel(), bins=bins, range=ends)
        for one, other in zip(found, expected, strict=True):
            np.testing.assert_array_equal(one, other)
            assert one.dtype == other.dtype


SLICES = [
    slice(-50, -45, -2), slice(3, 6, -1), slice(6, 3), slice(0, None, -1), slice(None, None, -7),
    slice(-1, None, -1), slice(100, 200), slice(6, None, -6), slice(-1, -3, -1), slice(2, -50, -1),
]  # fmt: skip


@pytest.mark.parametrize("part", SLICES, ids=str)
def test_every_slice_has_the_positions_of_numpy(part, tmp_path, monkeypatch):
    values = sample("f4")
    array = blocks(values)
    for key in (part, (slice(None), part), (0, slice(None), part)):
        for found in (
            array,
            array * 1,
            np.cumsum(array, axis=1) - np.cumsum(array, axis=1) + array,
        ):
            np.testing.assert_allclose(found[key], values[key], atol=1e-5)
        np.testing.assert_array_equal(array[::-2, ::-2][key], values[::-2, ::-2][key])
    field = Emout(write_demo_data(tmp_path / "run", grid=8, steps=4)).phisp
    whole = field.values
    for limit in ("1kB", "none"):
        monkeypatch.setenv("EMOUT_LAB_BLOCK_LIMIT", limit)
        field = Emout(tmp_path / "run").phisp
        np.testing.assert_array_equal(field[:, part], whole[:, part])
        np.testing.assert_array_equal(field[:, :, ::-2][:, :, part], whole[:, :, ::-2][:, :, part])
        np.testing.assert_array_equal((field * 2)[..., part].values, 2 * whole[..., part])


@pytest.mark.parametrize(
    "key",
    [
        np.array([[1, 2], [3, 4]]),
        (slice(None), np.array([[1, 2], [3, 4]]), 2),
        (3, slice(None), [1, 4]),
        ([1, 4], slice(None), 3),
        (slice(None), [1, 4], 3),
        (3, None, [1, 4]),
        (3, slice(None), None, [1, 4]),
        (Ellipsis, None, [1, 4, 4]),
    ],
    ids=repr,
)
def test_axes_of_lists_stand_where_numpy_has_them(key):
    values = sample("f4")
    np.testing.assert_array_equal(blocks(values)[key], values[key])


def test_truth_values_are_saved_as_truth_values(tmp_path):
    field = Emout(write_demo_data(tmp_path / "run", grid=8, steps=4)).phisp
    file = (field > -0.5).save(tmp_path / "low.h5")
    with xr.open_dataset(file) as found:
        (values,) = found.data_vars.values()
        assert values.dtype == bool
        np.testing.assert_array_equal(values, field.values > -0.5)


@pytest.mark.parametrize("kind", ["u8", "i8"])
def test_the_mean_of_great_integers_does_not_overflow(kind):
    values = np.full((7, 6, 5), np.iinfo(kind).max, kind)
    for axis in AXES:
        np.testing.assert_allclose(np.mean(blocks(values), axis=axis), np.mean(values, axis=axis))


@pytest.mark.parametrize("how", [xr.cov, xr.corr])
def test_two_fields_are_correlated_by_xarray(how):
    def labelled(values):
        return xr.DataArray(xr.Variable(("t", "y", "x"), values))

    one, other = sample("f8"), sample("infinite").clip(-2, 2)
    found = how(labelled(blocks(one)), labelled(blocks(other)), "t")
    np.testing.assert_allclose(found, how(labelled(one), labelled(other), "t"))


def test_a_saved_mask_is_read_back_as_a_mask(tmp_path):
    field = Emout(write_demo_data(tmp_path / "run", grid=8, steps=3)).phisp
    mask = field > float(field.min()) / 2
    with xr.open_dataset(mask.save(tmp_path / "mask.h5"), engine="h5netcdf") as read:
        (name,) = read.data_vars
        assert read[name].dtype == bool
        np.testing.assert_array_equal(read[name].values, np.asarray(mask))


def test_one_step_of_a_running_sum_takes_the_memory_of_a_block():
    values = np.random.default_rng(1).normal(size=(400, 30, 30))
    running = np.cumsum(blocks(values), axis=0)
    tracemalloc.start()
    try:
        last = np.asarray(running[-1])
        most = np.max(running[::100], axis=(1, 2))
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    np.testing.assert_allclose(last, values.sum(axis=0), atol=1e-9)
    np.testing.assert_allclose(most, np.cumsum(values, axis=0)[::100].max(axis=(1, 2)))
    assert peak < values.nbytes / 4


@pytest.mark.parametrize("kind", ["f4", "f8", "i2", "u1", "bool"])
@pytest.mark.parametrize("ends", [None, (-2, 2), (-0.3, 0.7), (np.float32(-0.3), 0.7)])
def test_values_on_an_edge_are_counted_where_numpy_counts_them(kind, ends):
    steps = np.arange(-40, 40).reshape(8, 2, 5)
    values = (steps > 3 if kind == "bool" else steps / 10 if "f" in kind else steps).astype(kind)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # NumPy tells that it counts booleans as numbers
        found = np.histogram(blocks(values), bins=40, range=ends)
        expected = np.histogram(values, bins=40, range=ends)
    for one, other in zip(found, expected, strict=True):
        np.testing.assert_array_equal(one, other)
        assert one.dtype == other.dtype
    ranges, others = ends and [ends, (-2, 2)], steps.astype("f4") / 10
    found = np.histogram2d(blocks(values), blocks(others), bins=[30, 20], range=ranges)
    expected = np.histogram2d(values.ravel(), others.ravel(), bins=[30, 20], range=ranges)
    for one, other in zip(found, expected, strict=True):
        np.testing.assert_array_equal(one, other)


ELEMENTWISE = {
    "arithmetic": lambda a, b: (a**2 + b * 3 - 1) / (2 + abs(b)),
    "comparison": lambda a, b: (a > b) & ~(a <= 0),
    "where": lambda a, b: np.where(a > b, a, -1.5),
    "clip": lambda a, b: np.clip(a, -1, 2) + a.clip(0, 1),
    "ufuncs": lambda a, b: np.hypot(np.sin(a), np.exp(b / 20)),
    "rounding": lambda a, b: np.round(a, 1) + np.rint(b),
    "isclose": lambda a, b: np.isclose(a, b),
    "with row": lambda a, b: a - np.arange(5.0),
    "with column": lambda a, b: a * np.arange(6.0)[:, None],
    "with itself": lambda a, b: a / a + a,
    "two results": lambda a, b: np.modf(a)[0] + np.divmod(b, 3)[1],
    "less missing": lambda a, b: np.nan_to_num(a) + np.isnan(b),
    "transposed": lambda a, b: np.swapaxes(a, 0, 1) + np.moveaxis(b, 1, 0) + a.transpose(1, 0, 2),
    "cumsum": lambda a, b: np.cumsum(a, axis=0) + np.cumsum(b, axis=2),
    "accumulate": lambda a, b: np.maximum.accumulate(a, axis=1),
    "diff": lambda a, b: np.diff(a, axis=0),
    "second difference": lambda a, b: np.diff(b, n=2, axis=-1),
    "flip": lambda a, b: np.flip(a, axis=1) + np.roll(b, 2, axis=0),
    "sort": lambda a, b: np.sort(a, axis=0),
    "interp": lambda a, b: np.interp(a, [-10.0, 0.0, 10.0], [0.0, 1.0, 5.0]),
    "type": lambda a, b: a.astype("f8") * 2,
}
OF_FIVE_COLUMNS = [np.s_[::2, ::-1, 3], np.s_[[[0], [2]], 1:, [1, 3]]]
INDICES = (
    np.s_[...],
    np.s_[2],
    np.s_[-1, 1:4],
    OF_FIVE_COLUMNS[0],
    np.s_[1:1],
    np.s_[:, [0, 3, 2]],
    np.s_[..., -2],
    np.s_[3, 2, 1],
    np.s_[None, 1:, ..., None],
    np.s_[[0, 2], [1, 1]],
    OF_FIVE_COLUMNS[1],
    tuple(np.ix_([0, 3], [1, 2], [2, 0])),
)


@pytest.mark.parametrize("name", ELEMENTWISE)
def test_expressions_and_their_parts_are_those_of_numpy(name):
    first, second = sample("f4"), sample("f8")
    function = ELEMENTWISE[name]
    found = function(blocks(first), blocks(second))
    with np.errstate(all="ignore"):
        expected = function(first, second)
    assert isinstance(found, BlockArray)
    assert (found.shape, found.dtype) == (expected.shape, expected.dtype)
    for index in INDICES:
        if name != "second difference" or all(index is not each for each in OF_FIVE_COLUMNS):
            np.testing.assert_allclose(np.asarray(found[index]), expected[index], rtol=1e-6)
    np.testing.assert_allclose(found.max(), expected.max(), rtol=1e-6)
    np.testing.assert_allclose(found.mean(axis=0), expected.mean(axis=0), rtol=1e-5, atol=1e-6)
    again = pickle.loads(pickle.dumps(found[1:]))
    np.testing.assert_allclose(np.asarray(again), expected[1:], rtol=1e-6)


@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_any_part_of_a_part_is_numpys(data):
    values = np.arange(7 * 6 * 5).reshape(7, 6, 5)
    array = np.flip(np.cumsum(blocks(values) * 2, axis=1), axis=0)
    expected = np.flip(np.cumsum(values * 2, axis=1), axis=0)
    for _ in range(2):
        if not expected.ndim:
            break
        key = tuple(
            data.draw(
                st.one_of(
                    st.slices(size), st.integers(-size, size - 1) if size else st.slices(size)
                )
            )
            for size in expected.shape
        )
        array, expected = array[key], expected[key]
    np.testing.assert_array_equal(np.asarray(array), expected)


def test_values_under_a_mask_come_in_their_order():
    values = sample("f8")
    mask = values > 3
    np.testing.assert_array_equal(blocks(values)[blocks(values) > 3], values[mask])
    np.testing.assert_array_equal(blocks(values)[mask], values[mask])
    assert blocks(values)[values > 1e9].shape == (0,)


def test_a_wrong_index_is_an_error_that_names_it(monkeypatch):
    array = blocks(sample("f8"))
    with pytest.raises(BadIndex, match=r"ndarray \(2,\)"):
        array[np.array([0.5, 1.5])]
    monkeypatch.setattr("emout_lab.emses.blocks.indexing.MOST_AROUND_POINTS", 100)
    with pytest.raises(BadIndex, match="these points span"):
        array[np.array([0, 1]), np.array([0, 1])]
    with pytest.raises(IndexError):
        array[9]
    with pytest.raises(IndexError):
        array[0, 0, 0, 0]
    with pytest.raises(IndexError, match="axis"):
        array.mean(axis=5)


def test_every_value_is_in_one_task_and_one_block():
    for shape in ((1, 1), (7, 3, 5), (40, 2, 9, 4)):
        extent = partition.Extent(shape, 8)
        for kept in ((), (0,), (1,), tuple(range(len(shape)))):
            count = np.zeros(shape, int)
            for region in partition.tasks_of(extent, kept, 3):
                for block in partition.blocks_of(region, 8, (), most=100):
                    count[partition.slices(block)] += 1
            assert (count == 1).all()
