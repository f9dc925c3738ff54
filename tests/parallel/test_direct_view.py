"""Direct views: calls on chosen engines, and the names there."""

from __future__ import annotations

import operator

import numpy as np
import pytest

from emout_lab.parallel import CompositeError, Reference


def test_a_call_runs_on_each_engine(view):
    assert view.apply_sync(operator.add, 1, 2) == [3, 3]


def test_one_target_gives_a_value_and_a_list_of_one_gives_a_list(client):
    assert client[0].apply_sync(int, "7") == 7
    assert client[[0]].apply_sync(int, "7") == [7]


def test_names_of_an_engine_are_read_and_assigned(view):
    view["a"] = 5
    assert view["a"] == [5, 5]
    assert "a" in view and "b" not in view
    del view["a"]
    assert "a" not in view


def test_functions_of_the_notebook_see_the_names_of_the_engine(view, typed):
    names = typed("def double():\n    global b\n    b = 2 * a\n    return b\na = 100")
    view["a"] = 4
    assert view.apply_sync(names["double"]) == [8, 8]
    assert view["b"] == [8, 8]


def test_a_reference_stands_for_a_name_on_the_engine(view):
    view["a"] = [3, 4]
    assert view.apply_sync(sum, [Reference("a[0]"), Reference("a[1]")]) == [7, 7]


def test_a_map_is_spread_over_the_engines(view):
    assert view.map_sync(operator.neg, range(5)) == [0, -1, -2, -3, -4]


def test_an_object_of_a_ref_may_be_an_argument_on_every_engine(view, client):
    numbers = client.session.engine("0").open("numpy:arange", 4)
    assert view.apply_sync(sum, numbers) == [6, 6]


def test_failures_of_several_engines_come_together(view):
    with pytest.raises(CompositeError) as caught:
        view.apply_sync(operator.truediv, 1, 0)
    assert [each[:2] for each in caught.value.elist] == [
        ("ZeroDivisionError", "division by zero")
    ] * 2


def test_requests_have_the_label_that_they_were_given(client, view, tmp_path):
    script = tmp_path / "script.py"
    script.write_text("a = 1\n")
    balanced = client.load_balanced_view()
    given = (
        view.execute("a = 1", label="mine"),
        view.run(script, label="mine"),
        view.map_async(abs, [1, 2], label="mine"),
        balanced.map_async(abs, [1, 2], label="mine"),
    )
    for each in view, balanced:
        with each.temp_flags(label="mine"):
            given += each.apply_async(abs, 1), each.map_async(abs, [1, 2])
    client.wait(given)
    for result in given:
        found = result.metadata if isinstance(result.metadata, list) else [result.metadata]
        assert [each.label for each in found] == ["mine"] * len(found)
    assert view.apply_async(abs, 1).metadata[0].label is None


def test_direct_view_is_an_executor_too(client, view):
    with view.executor as executor:
        assert executor.submit(pow, 2, 5).result(30) == [32, 32]
        assert list(executor.map(abs, [-1, 2])) == [1, 2]
    with client[0].executor as executor:
        assert executor.submit(pow, 2, 5).result(30) == 32


def test_a_figure_that_an_applied_function_shows_is_an_output_of_its_request(view, typed):
    names = typed(
        "def draw(n):\n"
        "    import matplotlib.pyplot as plt\n"
        "    plt.plot(range(n))\n"
        "    plt.show()\n"
        "    plt.figure()\n"
        "    return plt.get_fignums()\n"
    )
    result = view.apply_async(names["draw"], 3)
    assert [len(numbers) for numbers in result.get(30)] == [1, 1]
    shown = [[each["data"] for each in outputs] for outputs in result.outputs]
    assert [len(each) for each in shown] == [1, 1]
    assert all("image/png" in data for (data,) in shown)
    assert view.apply_sync(names["draw"], 2) == result.get()


@pytest.mark.parametrize("value", ["no", 2, None, [True]])
def test_block_that_is_neither_true_nor_false_is_refused(client, value):
    view = client[0]
    with pytest.raises(TypeError, match="block is True or False"):
        view.block = value
    assert view.block is False


def test_block_may_be_a_numpy_flag(client):
    view = client[0]
    view.block = np.bool_(True)
    assert view.apply(abs, -1) == 1
