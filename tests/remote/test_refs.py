"""RemoteRef behaves like the object it stands for."""

from __future__ import annotations

import copy
import gc
import math
import operator
import pickle

import numpy as np
import pytest

import emout_lab
from emout_lab import NoEngine, ObjectGone, RemoteError, RemoteRef, TooLarge
from emout_lab.client import aio as engines

LOCAL = np.arange(24.0)


def object_count(session) -> int:
    gc.collect()
    for _ in range(2):  # what the first program leaves is dropped with the second
        session.queue.flush()
    found = session.client.sync(engines.snapshots, session.client)
    return sum(len(s.objects) for s in found.values())


@pytest.mark.parametrize(
    "expression",
    [
        lambda a: -a,
        lambda a: +a,
        lambda a: abs(a - 5),
        lambda a: a + 1,
        lambda a: 1 - a,
        lambda a: a * a / 3,
        lambda a: 2 ** (a / 8),
        lambda a: a // 5 % 3,
        lambda a: a @ a,
        lambda a: (a > 3) & (a <= 10) | (a == 20) ^ (a != 4),
        lambda a: ~(a > 3),
        lambda a: a[2:20:3],
        lambda a: a.reshape(2, 3, 4)[..., 1, None],
        lambda a: a.reshape(4, 6)[1:, [0, 2, 4]],
        lambda a: a[a > 7],
        lambda a: np.sqrt(a),
        lambda a: np.add.reduce(a),
        lambda a: np.multiply.outer(a[:3], a[:2]),
        lambda a: np.mean(a.reshape(4, 6), axis=1),
        lambda a: np.concatenate([a, a[:2]]),
        lambda a: np.where(a > 3, a, 0.0),
        lambda a: np.fft.fft(a),
        lambda a: a.astype("f4").T,
        lambda a: round(a.mean(), 1),
        lambda a: math.floor(a[7] + 0.5),
    ],
)
def test_expression_gives_what_numpy_gives(numbers, expression):
    expected, got = expression(LOCAL), expression(numbers).fetch()
    np.testing.assert_array_equal(got, expected)
    assert np.asarray(got).dtype == np.asarray(expected).dtype


def test_conversions_give_plain_values(numbers):
    assert float(numbers[3]) == 3.0
    assert int(numbers[3]) == 3
    assert complex(numbers[3]) == 3 + 0j
    assert bool(numbers[0]) is False
    assert len(numbers) == 24
    assert operator.index(numbers.argmax()) == 23
    assert 5.0 in numbers
    assert np.asarray(numbers)[4] == 4.0


def test_iteration_gives_refs_in_order(numbers):
    assert [float(x) for x in numbers[:4]] == [0.0, 1.0, 2.0, 3.0]


def test_unpacking_costs_no_round_trip(numbers, programs):
    a, b, c = numbers[:3]
    assert programs == []
    assert (float(a), float(b), float(c)) == (0.0, 1.0, 2.0)


def test_unpacking_too_many_values_says_so(numbers):
    a, b = numbers[:3]
    with pytest.raises(ValueError, match="too many values to unpack"):
        float(a + b)


def test_refs_travel_inside_containers_slices_and_closures(session, numbers):
    two = numbers[2]
    assert session.open(dict, [("a", [two, (two,)])]).fetch() == {"a": [2.0, (2.0,)]}
    start = session.open(int, 3)
    np.testing.assert_array_equal(numbers[start:5].fetch(), [3.0, 4.0])
    assert session.open(lambda: two * 2).fetch() == 4.0


def test_long_expression_is_one_round_trip(numbers, programs):
    value = float(np.sqrt(abs(((numbers + 1) * 2 - 3) / 4) ** 2)[3:20][::2][1:].max())
    assert len(programs) == 1
    local = (((LOCAL + 1) * 2 - 3) / 4) ** 2
    assert value == np.max(np.sqrt(abs(local))[3:20][::2][1:])


def test_method_that_may_do_anything_is_called_at_once(session, programs):
    items = session.open(list)
    programs.clear()
    items.append(1)
    assert len(programs) == 1


def test_showing_a_ref_costs_no_round_trip(numbers, programs):
    view = -(numbers.reshape(2, 12))
    programs.clear()
    assert "not computed yet" in repr(view)
    assert "<code>-(reshape(2, 12))</code>" in view._repr_html_().replace("arange(24.0).", "")
    for name in ("_repr_png_", "_ipython_display_", "_ipython_canary_method_should_not_exist_"):
        assert not hasattr(view, name)
    assert programs == []


def test_repr_shows_type_shape_and_bytes_once_known(session, numbers):
    view = -(numbers[2:4])
    session.queue.flush()
    assert repr(view) == "<RemoteRef -(arange(24.0)[2:4]): ndarray, (2,), float64, 16 B>"


def test_intermediate_results_do_not_stay_in_the_engine(session, numbers):
    before = object_count(session)
    for _ in range(50):
        float((numbers * 2 + 1)[3])
        numbers.shape  # noqa: B018  # looked up and thrown away on purpose
    gc.collect()
    assert object_count(session) == before


def test_a_collected_ref_is_dropped_with_the_next_program(session, numbers):
    before = object_count(session)
    kept = numbers * 3
    assert object_count(session) == before + 1
    del kept
    float(numbers[0])
    float(numbers[0])
    assert object_count(session) == before


def test_dropped_object_is_gone_with_a_clear_error(session, numbers):
    double = numbers * 2
    session.queue.flush()
    double.drop()
    with pytest.raises(ObjectGone, match=r"arange\(24.0\) \* 2 was dropped"):
        double + 1


def test_refs_hash_by_identity_compare_remotely_and_refuse_pickle(numbers):
    assert {numbers: 1}[numbers] == 1
    assert isinstance(numbers == numbers, RemoteRef)
    assert copy.copy(numbers) is numbers
    assert copy.deepcopy([numbers])[0] is numbers
    with pytest.raises(TypeError, match="cannot be pickled"):
        pickle.dumps(numbers)


def test_item_assignment_and_mutation_happen_in_the_engine(session):
    data = session.open(np.zeros, 3)
    data[1] = 5.0
    items = session.open(list)
    items.append(data[1])
    assert items.fetch() == [5.0]


def test_out_argument_is_refused(numbers):
    with pytest.raises(TypeError, match="cannot write a remote result"):
        np.sqrt(numbers, out=np.zeros(24))


def test_remote_error_is_of_the_original_class_and_names_the_users_line(numbers):
    wrong = numbers[99]  # the guilty line
    with pytest.raises(IndexError, match="out of bounds") as caught:
        wrong.fetch()
    error = caught.value
    assert isinstance(error, RemoteError)
    assert error.source == "wrong = numbers[99]  # the guilty line"
    assert "test_refs.py, line" in str(error)
    assert "On the engine:" in str(error)
    assert pickle.loads(pickle.dumps(error)).kind == "IndexError"


def test_after_a_failure_other_objects_go_on(numbers):
    wrong, fine = numbers[99], numbers[1]
    with pytest.raises(IndexError):
        float(wrong + 1)
    assert float(fine) == 1.0
    with pytest.raises(IndexError):
        float(wrong)


def test_attribute_that_does_not_exist_raises_attribute_error(numbers):
    missing = numbers.no_such_thing
    with pytest.raises(AttributeError, match="no_such_thing"):
        missing.fetch()


def test_completion_lists_remote_names(numbers):
    assert {"reshape", "mean", "fetch"} <= set(dir(numbers))


def test_large_values_come_back_whole(session):
    data = session.open(np.arange, 1_000_000)
    np.testing.assert_array_equal(data.fetch(), np.arange(1_000_000))
    float(data[0])
    found = session.client.sync(engines.snapshots, session.client)
    assert not any("on its way" in o.expression for s in found.values() for o in s.objects)


def test_arguments_are_taken_as_they_are_when_the_call_is_written(session):
    local = np.ones(3)
    shifted = session.open(np.zeros, 3) + local
    local[:] = 99
    np.testing.assert_array_equal(shifted.fetch(), np.ones(3))


def test_open_takes_names_and_refs(session, numbers):
    assert session.open("math:hypot", 3, 4).fetch() == 5.0
    assert session.open(np.sum, numbers).fetch() == LOCAL.sum()


def test_dask_client_is_there_for_whoever_wants_dask(session):
    assert session.client.submit(sum, [1, 2]).result(timeout=30) == 3


def test_fetch_refuses_more_than_the_limit(session):
    data = session.open(np.zeros, 1000)
    with pytest.raises(TooLarge, match=r"this value has 8 kB, more than the 1 kB .*limit=None"):
        data.fetch(limit=1000)
    assert data.fetch(limit=None).shape == (1000,)


def test_objects_of_two_engines_meet_without_the_notebook(two_engines, monkeypatch):
    first, second = (two_engines.engine(name) for name in two_engines.engines)
    a = first.open(np.arange, 1000.0)
    b = second.open(np.ones, 1000)
    taken = []
    monkeypatch.setattr(second.queue.link, "take", taken.append)
    total = b + a
    assert float(total[7]) == 8.0
    assert float((b * a)[3]) == 3.0
    assert taken == []
    found = two_engines.client.sync(engines.snapshots, two_engines.client)
    counts = sorted(
        [o.expression for o in s.objects].count("arange(1000.0)") for s in found.values()
    )
    assert counts == [1, 1]  # moved once, not twice
    del a
    gc.collect()
    two_engines._end_of_cell()
    found = two_engines.client.sync(engines.snapshots, two_engines.client)
    assert "arange(1000.0)" not in [o.expression for s in found.values() for o in s.objects]


def test_refs_of_two_sessions_do_not_mix(session, two_engines, numbers):
    other = two_engines.open(np.ones, 24)
    with pytest.raises(ValueError, match="lives in session 'pair', the other operand in session"):
        numbers + other


def test_unknown_engine_is_named_with_those_that_are_there(session):
    with pytest.raises(NoEngine, match="no engine '7'; it has 0"):
        session.engine("7")


def test_printed_text_and_warnings_appear_where_the_call_was_made(session, capsys):
    def talk():
        import warnings

        print("from the engine")
        warnings.warn("careful", stacklevel=1)

    session.open(talk)
    captured = capsys.readouterr()
    assert captured.out == "from the engine\n"
    assert "UserWarning: careful" in captured.err


def test_any_object_can_be_put_on_an_engine_and_any_function_called(session):
    put = emout_lab.remote({"a": [1, 2]}, session=session)
    assert put["a"][1].fetch() == 2
    assert emout_lab.remote.call("math:hypot", 3, 4, session=session).fetch() == 5.0
    assert emout_lab.remote.call(max, 3, put["a"][0], session=session).fetch() == 3


def test_names_of_an_engine_are_shared_with_its_cells(session, capsys):
    engine = session.engine()
    engine["threshold"] = 3
    engine.run("doubled = threshold * 2\nprint('ran')\ndoubled + 1")
    assert capsys.readouterr().out == "ran\n7\n"
    assert engine["doubled"].fetch() == 6
    with pytest.raises(NameError, match="'nothing' is not defined in the engine"):
        engine["nothing"].fetch()
    with pytest.raises(ZeroDivisionError, match="division by zero") as caught:
        engine.run("x = 1\ny = x / 0")
    assert "y = x / 0" in str(caught.value)


def test_in_place_operations_change_the_object_that_other_names_see(session):
    data = session.open(np.zeros, 3)
    same = data
    view = data[:2]
    session.queue.flush()
    data += 1
    np.testing.assert_array_equal(same.fetch(), [1, 1, 1])
    np.testing.assert_array_equal(view.fetch(), [1, 1])
    np.add.at(data, [0, 0], 5)
    np.copyto(data[2:], 7)
    np.testing.assert_array_equal(data.fetch(), [11, 1, 7])


def test_ref_can_be_formatted(numbers):
    assert f"{numbers[3]:.2f}" == "3.00"
    assert f"{numbers[3]}".startswith("<RemoteRef arange(24.0)[3]")
