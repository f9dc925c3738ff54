"""The names of engines, as those of a dict."""

from __future__ import annotations

import threading

import numpy as np
import pytest

from emout_lab.errors import NoEngine, NotSendable
from emout_lab.parallel import CompositeError, Reference, UnknownFlag

ARRAYS = {
    "Fortran order": np.asfortranarray(np.arange(6.0).reshape(2, 3)),
    "structured": np.array([(1, 2.5)], dtype=[("a", "i4"), ("b", "f8")]),
    "of objects": np.array([1, "a", None], dtype=object),
    "without dimensions": np.array(3.0),
    "big-endian": np.arange(3, dtype=">f8"),
    "not contiguous": np.arange(10)[::3],
    "empty": np.zeros((0, 3)),
}


def test_push_and_pull_take_dicts_and_lists_of_names(view):
    assert view.push({"a": 1, "b": {}}, block=True) == [None, None]
    view.push({"b['x']": 2}, block=True)
    assert view.pull(("a", "b"), block=True) == [[1, {"x": 2}]] * 2
    assert view.get(["a"]) == [[1], [1]]
    assert view["b['x'] + a"] == [3, 3]
    view.update({"a": 4})
    assert view.pull("a", targets=0, block=True) == 4
    assert view.pull("a", targets=slice(1, 2), block=True) == [4]
    assert view.pull("a", targets=-1, block=True) == 4
    view["\ufb01n"] = 5  # a ligature, which Python reads as two letters
    assert view["fin"] == [5, 5]


def test_names_that_are_none_are_refused_before_anything_is_sent(view):
    for wrong in ("a b", "a, b", "1", "class", "a; b", "__debug__", "f()"):
        with pytest.raises(SyntaxError, match="cannot be assigned on engines"):
            view[wrong] = 1
    with pytest.raises(SyntaxError, match="no name of an engine"):
        view["a b"]
    for wrong in (5, [5], None):
        with pytest.raises(TypeError):
            view.pull(wrong)
    for wrong in (5, [("a", 1)], {5: 1}):
        with pytest.raises(TypeError):
            view.push(wrong)


def test_a_name_that_is_not_there_is_a_name_error(client, view):
    with pytest.raises(NameError, match="'gone' is not defined on the engine; assign it there"):
        client[0]["gone"]
    with pytest.raises(CompositeError):
        view["gone"]
    with pytest.raises(NameError):
        del client[0]["gone"]


def test_keys_are_the_users_names(view):
    view.push({"a": 1, "_hidden": 2, "__dunder__": 3, "exit": 4}, block=True)
    assert view["_hidden"] == [2, 2] and view["__dunder__"] == [3, 3]
    assert [sorted(each) for each in view.keys()] == [["a", "exit"]] * 2
    view.execute("exit = In", block=True)  # IPython's own, from now on
    assert [sorted(each) for each in view.keys()] == [["a"]] * 2
    with pytest.raises(TypeError):
        iter(view)


def test_an_engine_without_a_name_makes_it_no_name_of_the_view(client, view):
    client[0]["only"] = 1
    assert "only" in client[0] and "only" not in view


@pytest.mark.parametrize("kind", ARRAYS)
def test_arrays_come_as_they_went_and_may_be_written(view, kind):
    array = ARRAYS[kind]
    view["x"] = array
    for found in view["x"]:
        assert found.dtype == array.dtype and found.shape == array.shape
        assert found.flags.writeable
        assert found.tolist() == array.tolist()
    assert view["x.flags.writeable"] == [True, True]
    assert view["x.flags.f_contiguous"] == [np.array(array).flags.f_contiguous] * 2


def test_masked_arrays_keep_their_mask(view):
    view["x"] = np.ma.masked_array([1, 2, 3], [False, True, False])
    assert all(found.tolist() == [1, None, 3] for found in view["x"])


def test_what_is_pushed_is_a_copy(view):
    array = np.zeros(1_000_000)
    result = view.push({"x": array}, block=False)
    array[:] = 1
    result.get()
    assert view["x.any()"] == [False, False]


def test_a_ref_is_the_object_of_a_name(client, view):
    view["a"] = [1, 2]
    ref = client[0].ref("a")
    assert ref.fetch() == [1, 2]
    assert view.apply_sync(sum, ref) == [3, 3]
    assert view.apply_sync(dict, x=[ref]) == [{"x": [[1, 2]]}] * 2
    assert [each.fetch() for each in view.ref("a")] == [[1, 2]] * 2
    view["b"] = ref
    view["c"] = Reference("a")
    assert view["b, c is a"] == [([1, 2], True)] * 2
    view["a"] = [5]
    assert ref.fetch() == [1, 2]  # the object, whatever the name means later


def test_a_ref_may_be_what_is_called(client, view):
    function = client.session.engine("0").open("operator:itemgetter", 1)
    assert view.apply_sync(function, "abc") == ["b", "b"]


def test_views_follow_their_targets(client):
    moved = client.direct_view()
    assert len(moved) == 2 and repr(moved) == "<DirectView all>"
    moved.targets = 1
    assert moved.apply_sync(int, "3") == 3
    moved.targets = slice(None)
    assert moved.apply_sync(int, "3") == [3, 3]
    moved.targets = 99
    with pytest.raises(IndexError, match="no engine 99"):
        moved.apply_sync(int, "3")
    moved.targets = []
    with pytest.raises(NoEngine):
        moved.apply_sync(int, "3")


def test_flags_are_those_that_a_view_has(client):
    view = client.direct_view(block=True, label="mine")
    assert view.block and view.label == "mine"
    with view.temp_flags(block=False):
        assert not view.block
    assert view.block
    assert view.set_flags(track=True) is view
    for wrong in (lambda: view.set_flags(bogus=1), lambda: client.direct_view(bogus=1)):
        with pytest.raises(UnknownFlag, match="no flag 'bogus'") as caught:
            wrong()
        assert isinstance(caught.value, KeyError)


def test_threads_share_a_view(view):
    found = {}

    def use(number):
        view[f"n{number}"] = number
        found[number] = view.apply_sync(pow, number, 2), view[f"n{number}"]

    threads = [threading.Thread(target=use, args=(number,)) for number in range(8)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert found == {number: ([number**2] * 2, [number] * 2) for number in range(8)}


@pytest.mark.parametrize("wrong", [5, None, "os.getpid"])
def test_what_cannot_be_called_is_refused(view, wrong):
    with pytest.raises(TypeError, match="cannot be called"):
        view.apply(wrong)
    with pytest.raises(TypeError, match="cannot be called"):
        view.map(wrong, [1])


def test_what_cannot_be_pickled_is_an_error_that_names_it(view):
    with pytest.raises(NotSendable, match=r"argument .* cannot be sent to an engine: _thread.lock"):
        view.apply_async(str, threading.Lock())
    with pytest.raises(CompositeError, match="cannot be sent to the notebook"):
        view.apply_sync(threading.Lock)
