"""Large arrays of unusual values, and operands that many tasks share."""

from __future__ import annotations

import pickle

import numpy as np
import pytest
import xarray as xr

from emout_lab.emses import Emout, execution
from emout_lab.emses.blocks import order, partition, sending
from emout_lab.emses.blocks.array import BlockArray
from emout_lab.emses.blocks.stored import Stored
from emout_lab.emses.blocks.tasks import bytes_per_value
from emout_lab.emses.demo import write_demo_data
from emout_lab.errors import DataError


@pytest.fixture(autouse=True)
def _small_blocks(monkeypatch):
    """Let small arrays be divided as large ones are."""
    monkeypatch.setattr(partition, "LEAST_TASK_BYTES", 700)
    monkeypatch.setattr("emout_lab.emses.blocks.partition.blocks_of.__defaults__", (300,))


def blocks(values: np.ndarray, recipe: object = None) -> BlockArray:
    dims = [f"d{axis}" for axis in range(values.ndim)]
    return BlockArray(Stored(xr.Variable(dims, values), recipe))


@pytest.mark.parametrize("ufunc", [np.multiply, np.maximum, np.minimum, np.add, np.logical_and])
@pytest.mark.parametrize("initial", [0, 1, -5])
def test_a_reduce_begins_with_its_initial_value(ufunc, initial):
    values = np.arange(-90, 120).reshape(7, 6, 5)
    np.testing.assert_array_equal(
        ufunc.reduce(blocks(values), axis=0, initial=initial),
        ufunc.reduce(values, axis=0, initial=initial),
    )


@pytest.mark.parametrize("dtype", ["i8", "u8", "i4", "u1"])
def test_the_mean_of_large_integers_does_not_overflow(dtype):
    values = np.full((7, 6, 5), np.iinfo(dtype).max, dtype)
    np.testing.assert_allclose(np.mean(blocks(values)), np.mean(values))
    np.testing.assert_allclose(np.average(blocks(values)), np.average(values))


@pytest.mark.parametrize("dtype", ["i1", "u1", "i8", "f4"])
@pytest.mark.parametrize("how", ["sum", "mean", "prod"])
def test_a_chosen_type_is_the_one_that_numpy_adds_in(how, dtype):
    values = np.arange(7 * 6 * 5, dtype="u1").reshape(7, 6, 5)
    expected = getattr(np, how)(values, axis=0, dtype=dtype)
    found = getattr(np, how)(blocks(values), axis=0, dtype=dtype)
    assert found.dtype == expected.dtype
    np.testing.assert_allclose(found, expected, rtol=1e-6)


@pytest.mark.parametrize("how", ["median", "nanmedian"])
def test_an_infinite_neighbour_does_not_spoil_a_median(how, monkeypatch):
    monkeypatch.setattr(order, "SORTED_BYTES", 10)
    values = np.random.default_rng(1).normal(size=(7, 6, 5))
    values[2:5] = np.inf
    for axis in (0, None):
        found = getattr(np, how)(blocks(values), axis=axis)
        np.testing.assert_array_equal(found, getattr(np, how)(values, axis=axis))


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_the_median_and_histogram_of_nothing_are_those_of_numpy():
    nothing = np.zeros((0, 6, 5))
    assert np.isnan(np.median(blocks(nothing)))
    assert np.isnan(np.median(blocks(nothing), axis=0)).all()
    for found, expected in zip(np.histogram(blocks(nothing)), np.histogram(nothing), strict=True):
        np.testing.assert_array_equal(found, expected)


@pytest.mark.parametrize("dtype", ["i2", "u1", "f4", "f8"])
def test_the_edges_of_a_histogram_have_numpys_type(dtype):
    values = np.arange(7 * 6 * 5).reshape(7, 6, 5).astype(dtype)
    for ends in (None, (-1, 1)):
        found, expected = np.histogram(blocks(values), 7, ends), np.histogram(values, 7, ends)
        assert found[1].dtype == expected[1].dtype
        np.testing.assert_array_equal(found[0], expected[0])


def test_a_field_that_an_expression_names_often_counts_once():
    values = np.zeros((7, 6, 5), "f4")
    first, again = blocks(values, "a file"), blocks(values, "a file")
    assert bytes_per_value(((first + again) * first).node) == 4


class Posting(execution.Here):
    """Sends tasks as a session does: what is sent beforehand does not travel with them."""

    def __init__(self) -> None:
        self.sent: list[np.ndarray] = []
        self.largest = 0

    def send(self, values, **_):
        self.sent += values
        return list(values)

    def threads(self):
        return 4

    def map(self, function, tasks, **_):
        return [function(*self._travelled(task)) for task in tasks]

    def _travelled(self, task):
        *own, names = task[:6]
        letter = pickle.dumps((*own, names))
        self.largest = max(self.largest, len(letter))
        return (*pickle.loads(letter), *task[6:])


def test_an_operand_that_all_tasks_share_travels_once(monkeypatch):
    monkeypatch.setattr(sending, "LEAST_SENT_BYTES", 10_000)
    monkeypatch.setattr(sending, "PIECE_BYTES", 20_000)
    values = np.random.default_rng(2).normal(size=(8, 20, 20, 20))
    mean = values.mean(axis=0)
    posting = Posting()
    with execution.using(posting):
        lazy = BlockArray(Stored(xr.Variable(list("tzyx"), values)))
        fluctuation = lazy - mean
        twice = np.sqrt((fluctuation * mean) ** 2)
        expected = np.sqrt(((values - mean) * mean) ** 2)
        np.testing.assert_allclose(twice.max(axis=(1, 2, 3)), expected.max(axis=(1, 2, 3)))
        assert sum(each.nbytes for each in posting.sent) == mean.nbytes
        assert posting.largest < values[0].nbytes + mean.nbytes
        np.testing.assert_allclose(twice[1:7:2, ::-1, 3].read(), expected[1:7:2, ::-1, 3])
        np.testing.assert_allclose(lazy.T.mean(axis=3), mean.T)


def test_what_was_persisted_is_made_again_where_it_was_sent(tmp_path, monkeypatch):
    monkeypatch.setenv("EMOUT_LAB_BLOCK_LIMIT", "1kB")
    field = Emout(write_demo_data(tmp_path, grid=8, steps=3)).phisp
    kept = (field * 2).persist()
    sent = pickle.loads(pickle.dumps(kept))
    assert float(sent.min()) == float(kept.min()) == 2 * float(field.min())
    np.testing.assert_array_equal(sent[1].values, kept[1].values)
    with_array = pickle.loads(pickle.dumps((field - field.mean(axis=0)).persist()))
    with pytest.raises(DataError, match="persist"):
        with_array.min()
