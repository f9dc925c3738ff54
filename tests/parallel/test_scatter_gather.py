"""Sequences that are divided among engines: scatter, gather, maps and parallel functions."""

from __future__ import annotations

import itertools
import operator

import numpy as np
import pandas as pd
import pytest

from emout_lab.parallel import parallel
from emout_lab.parallel.partition import joined, parts_of

SEQUENCES = [[1, 2, 3, 4, 5], (1, 2, 3), range(7), [], range(1), ["a"]]


@pytest.mark.parametrize("dist", ["b", "r"])
@pytest.mark.parametrize("count", [1, 2, 3, 8])
def test_parts_make_the_whole_again(dist, count):
    for seq in SEQUENCES:
        parts = parts_of(seq, count, dist)
        assert len(parts) == count and {type(part) for part in parts} == {type(seq)}
        assert joined(parts, dist) == list(seq)
    for array in (np.arange(20).reshape(5, 4), np.asfortranarray(np.ones((3, 2))), np.zeros(0)):
        whole = joined(parts_of(array, count, dist), dist)
        assert whole.dtype == array.dtype and np.array_equal(whole, array)
    table = pd.DataFrame({"x": [1, 2, 3]}, index=[2.5, 0.5, 1.5])
    pd.testing.assert_frame_equal(joined(parts_of(table, count, dist), dist), table)
    pd.testing.assert_series_equal(joined(parts_of(table.x, count, dist), dist), table.x)
    index = pd.Index([1, 2, 3])
    assert joined(parts_of(index, count, dist), dist).equals(index)
    masked = np.ma.masked_array([1, 2, 3], [0, 1, 0])
    assert joined(parts_of(masked, count, dist), dist).tolist() == [1, None, 3]


def test_scatter_gives_each_engine_its_part_and_gather_the_whole(view):
    assert view.scatter("x", [1, 2, 3], block=True) is None
    assert view["x"] == [[1, 2], [3]]
    assert view.gather("x", block=True) == [1, 2, 3]
    assert list(view.gather("x", block=False)) == [1, 2, 3]
    view.scatter("x", np.arange(10).reshape(5, 2)).get()
    assert view["x.shape"] == [(3, 2), (2, 2)]
    assert np.array_equal(view.gather("x").get(), np.arange(10).reshape(5, 2))
    assert view.scatter("s", "abcde", "r", block=True) is None
    assert view["s"] == ["ace", "bd"]
    assert view.gather("s", block=True) == ["ace", "bd"]  # texts are items
    view.scatter("x", range(5), dist="r", block=True)
    assert view.gather("x", dist="r", block=True) == [0, 1, 2, 3, 4]
    assert list(view.gather("x", dist="r")) == [0, 1, 2, 3, 4]


def test_arrays_that_do_not_fit_together_are_an_error_of_gather(client, view):
    client[0]["x"], client[1]["x"] = np.ones(3), np.ones((2, 2))
    with pytest.raises(ValueError, match=r"cannot be joined .* float64 \(2, 2\), float64 \(3,\)"):
        view.gather("x").get(timeout=30)
    view["x"] = np.array(3)
    assert view.gather("x", block=True) == [3, 3]


def test_a_part_of_one_item_is_flattened_where_that_is_wanted(view):
    view.scatter("x", [7, 8], flatten=True, block=True)
    assert view["x"] == [7, 8] and view.gather("x", block=True) == [7, 8]
    view.scatter("x", [7], flatten=True, block=True)
    assert view["x"] == [7, []] and view.gather("x", block=True) == [7]


def test_sequences_go_to_the_engines_that_are_named(client, view):
    view.scatter("x", [1, 2, 3], targets=[1, 0], block=True)
    assert client[0]["x"] == [3]
    assert view.gather("x", targets=[1, 0], block=True) == [1, 2, 3]
    view.scatter("x", [1, 2], targets=0, block=True)
    assert client[0]["x"] == [1, 2]


def test_what_cannot_be_divided_is_refused(view):
    for wrong in (5, (number for number in range(3))):
        with pytest.raises(TypeError, match="cannot be divided"):
            view.scatter("x", wrong)
    with pytest.raises(KeyError, match="dist='q'"):
        view.scatter("x", [1], dist="q")
    with pytest.raises(TypeError):
        view.scatter("x", [1], bogus=1)


def test_maps_take_what_pythons_map_takes(view):
    assert view.map_sync(operator.add, [1, 2, 3, 4], [10, 20]) == [11, 22]
    assert view.map_sync(operator.neg, (number for number in range(3))) == [0, -1, -2]
    assert view.map_sync(operator.neg, {3: "x"}) == [-3]
    assert view.map_sync(str.upper, "abc") == ["A", "B", "C"]
    assert view.map_sync(np.sum, np.arange(6).reshape(3, 2)) == [1, 5, 9]
    assert view.map_sync(operator.neg, []) == []
    assert list(view.imap(operator.neg, range(3))) == [0, -1, -2]
    assert view.map(operator.neg, [1], block=True) == [-1]
    for wrong in (
        lambda: view.map_sync(operator.neg),
        lambda: view.map_sync(operator.neg, [1], block=True),
        lambda: view.map(operator.neg, [1], bogus=True),
    ):
        with pytest.raises(TypeError):
            wrong()


def test_maps_take_endless_iterators_as_far_as_the_others_reach(client, view):
    balanced = client.load_balanced_view()
    for made in (view, balanced):
        assert made.map_sync(operator.add, [1, 2, 3], itertools.repeat(1)) == [2, 3, 4]
        assert made.map_sync(operator.add, itertools.count(), iter([5, 6])) == [5, 7]
        assert made.map_sync(operator.add, itertools.count(), (n for n in ())) == []
    added = view.parallel(block=True)(operator.concat)
    assert added([1, 2], itertools.repeat(0)) == [1, 0, 2, 0]


def test_a_map_may_give_the_errors_of_its_items(view):
    found = view.map_sync(operator.truediv, [1, 1, 1], [1, 0, 2], return_exceptions=True)
    assert found[::2] == [1.0, 0.5] and isinstance(found[1], ZeroDivisionError)


def test_remote_functions_run_on_the_engines_of_their_view(view):
    @view.remote(block=True)
    def doubled(x):
        """Twice."""
        return 2 * x

    assert doubled(2) == [4, 4] and doubled(x=3) == [6, 6]
    assert doubled.func(2) == 4 and doubled.__name__ == "doubled" and "Twice." in doubled.__doc__
    assert view.remote()(operator.neg)(1).get() == [-1, -1]
    assert view.remote(targets=0, block=True)(operator.neg)(1) == -1
    assert len(view) == 2


def test_parallel_functions_get_parts_and_give_the_whole(view):
    @view.parallel(block=True)
    def product(a, b):
        return a * b

    numbers = np.arange(5.0)
    assert np.array_equal(product(numbers, numbers), numbers**2)
    assert product.map([1, 2, 3], [4, 5, 6]) == [4, 10, 18]
    assert product([], []) == []
    with pytest.raises(ValueError, match=r"\[5, 4\]"):
        product(numbers, numbers[1:])
    with pytest.raises(TypeError, match="b="):
        product(numbers, b=numbers)
    in_turn = parallel(view, dist="r", block=True)(np.negative)
    assert np.array_equal(in_turn(np.arange(5)), -np.arange(5))
    assert view.parallel(block=False)(len)(range(7)).get() == [4, 3]
