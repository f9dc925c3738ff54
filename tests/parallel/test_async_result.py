"""AsyncResult and AsyncMapResult: waiting, reading, what is known beside the result."""

from __future__ import annotations

import asyncio
import concurrent.futures
import gc
import operator
import os
import threading
import time
import weakref
from datetime import datetime

import numpy as np
import pytest
from waiting import wait_until

from emout_lab import parallel
from emout_lab.parallel import AsyncMapResult, AsyncResult, CompositeError, RemoteError

WAIT_FOR_FILE = """
import os, time
def wait_for(path, value=None):
    while not os.path.exists(path):
        time.sleep(0.01)
    return value
def slow_on(engines, path, value):
    if my_id in engines:
        wait_for(path)
    return value
def tell(path):
    print("half", flush=True)
    wait_for(path)
    print("whole")
"""


@pytest.fixture
def gate(tmp_path):
    """A path for which functions of engines wait, and what makes it."""
    path = tmp_path / "open"
    yield path
    path.touch()


@pytest.fixture
def names(typed, view):
    found = typed(WAIT_FOR_FILE)
    view.push({"wait_for": found["wait_for"], "os": os, "time": time}, block=True)
    for number, engine in enumerate(view.client.ids):
        view.client[engine].push({"my_id": number}, block=True)
    return found


def test_a_result_that_has_not_come_in_time_is_to_be_had_later(client, names, gate):
    result = client[0].apply_async(names["wait_for"], str(gate), 5)
    assert not result.ready() and not result.wait(0) and repr(result).endswith("pending>")
    for raises in TimeoutError, parallel.TimeoutError, concurrent.futures.TimeoutError:
        with pytest.raises(raises, match="still to be had"):
            result.get(timeout=0.05)
    with pytest.raises(RuntimeError, match="not ready"):
        result.successful()
    with pytest.raises(TimeoutError):
        result[0]
    gate.touch()
    assert result.get(timeout=-1) == result.r == result.result() == 5
    assert result.ready() and result.successful() and result.wait() is True
    assert repr(result) == "<AsyncResult(wait_for): finished>"


def test_results_come_one_by_one_and_by_their_numbers(view):
    result = view.apply_async(operator.mul, [1], 2)
    assert list(result) == [[1, 1], [1, 1]]
    assert result[0] == [1, 1] and result[-1:] == [[1, 1]] and result[np.int64(1)] == [1, 1]
    assert len(result) == result.progress == 2
    assert result.get_dict() == result.result_dict == dict.fromkeys(view.client.ids, [1, 1])
    with pytest.raises(TypeError, match="not iterable"):
        iter(view.client[0].apply_async(int))


def test_iteration_gives_what_is_there_while_others_still_run(view, names, gate):
    result = view.apply_async(names["slow_on"], [1], str(gate), 7)
    each = iter(result)
    assert next(each) == 7 and not result.ready()
    done, pending = result.wait(timeout=10, return_when="FIRST_COMPLETED")
    assert len(done) == len(pending) == 1 and done.pop().get() == 7
    assert result.progress == 1
    gate.touch()
    assert next(each) == 7
    assert result.wait(return_when="ALL_COMPLETED")[1] == set()


def test_what_is_known_of_requests_is_there_by_keys_and_by_attributes(view, client):
    result = view.apply_async(os.getpid)
    result.get()
    assert result.engine_id == result["engine_id"] == client.ids
    assert [each.msg_id for each in result.metadata] == result.msg_ids
    for known in result.metadata:
        assert known.submitted <= known.started <= known.completed <= known.received
        assert known.status == "ok" and known["error"] is None and known.engine_uuid
        with pytest.raises(KeyError):
            known["nonsense"] = 1
    single = client[1].apply_async(os.getpid)
    single.wait()
    assert single.engine_id == 1 and isinstance(single.submitted, datetime)
    with pytest.raises(AttributeError, match="nonsense"):
        _ = result.nonsense
    assert "stdout" in dir(result)


def test_times_are_those_of_the_requests(view):
    result = view.apply_async(time.sleep, 0.1)
    assert result.elapsed >= 0
    result.wait()
    assert 0.2 <= result.serial_time <= 2 * result.wall_time
    assert result.wall_time == result.elapsed == result.timedelta(result.submitted, result.received)
    assert result.speedup == pytest.approx(result.serial_time / result.wall_time)


def test_what_is_printed_is_there_while_the_request_runs(client, names, gate):
    result = client[0].apply_async(names["tell"], str(gate))
    wait_until(lambda: result.stdout == "half\n")
    known = result.metadata
    assert known["stdout"] == known.stdout == "half\n" and not result.ready()
    gate.touch()
    result.get()
    assert result.stdout == known.stdout == "half\nwhole\n"
    assert result.stderr == "" and result.outputs == []


def test_output_is_shown_while_a_block_runs(view, names, gate, capsys):
    result = view.apply_async(names["tell"], str(gate))
    shown = ""
    with result.stream_output():
        while "half" not in shown.partition("[stdout:0]")[2] or "[stdout:1]" not in shown:
            assert not result.wait(0.05)
            shown += capsys.readouterr().out
        gate.touch()
        result.wait()
    shown += capsys.readouterr().out
    assert shown.count("half") == shown.count("whole") == 2


def test_a_result_is_a_future_of_python(view):
    results = [view.apply_async(operator.add, n, 1) for n in range(3)]
    done, pending = concurrent.futures.wait(results, timeout=30)
    assert done == set(results) and not pending
    assert [each.result() for each in concurrent.futures.as_completed(results)] != []

    async def awaited():
        return await asyncio.wrap_future(view.apply_async(operator.add, 3, 4))

    assert asyncio.run(awaited()) == [7, 7]


def test_callbacks_may_ask_the_engines_again(client):
    found: list[object] = []
    done = threading.Event()

    def ask_again(result):
        found.append(result.get())
        found.append(client[1].apply_sync(operator.add, 1, 1))
        found.append(threading.current_thread() is threading.main_thread())
        done.set()

    client[0].apply_async(time.sleep, 0.1).add_done_callback(ask_again)
    assert done.wait(30) and found == [None, 2, False]


def test_a_callback_that_exits_or_hangs_keeps_nobody_from_a_result(client, caplog):
    stuck, called = threading.Event(), threading.Event()
    for callback in (lambda _: exit(3), lambda _: stuck.wait(60), lambda _: called.set()):
        client[0].apply_async(time.sleep, 0.05).add_done_callback(callback)
    assert client[0].apply_async(int, "4").get(timeout=30) == 4
    assert called.wait(30)
    stuck.set()
    assert "SystemExit" in caplog.text


def test_several_threads_wait_for_one_result(client, names, gate):
    result = client[0].apply_async(names["wait_for"], str(gate), 6)
    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        waiting = [pool.submit(result.get) for _ in range(4)]
        gate.touch()
        assert [each.result(30) for each in waiting] == [6] * 4


def test_results_are_split_and_joined(view):
    result = view.apply_async(os.getpid)
    parts = result.split()
    assert [each.get() for each in parts] == result.get()
    assert result.split() == parts  # the same ones: waiting again and again finds them
    joined = AsyncResult.join(*parts)
    assert joined.get() == result.get() and joined.engine_id == result.engine_id
    mapped = view.map_async(operator.neg, range(5))
    assert [each.get() for each in mapped.split()] == [[0, -1, -2], [-3, -4]]
    assert AsyncMapResult.join(*mapped.split()).get() == mapped.get()


def test_a_map_is_read_item_by_item(view):
    result = view.map_async(operator.neg, range(5))
    assert list(result) == result.get() == [0, -1, -2, -3, -4]
    assert len(result) == result.progress == 5
    assert result[3] == -3 and result[1:3] == [-1, -2]


def test_parts_of_a_map_come_first_that_are_done_first(view, names, gate):
    request = view.apply_async(names["slow_on"], [0], str(gate), [1, 2]).requests
    result = AsyncMapResult(request, sizes=[2, 2], ordered=False)
    each = iter(result)
    assert [next(each), next(each)] == [1, 2] and result.progress == 2 and not result.ready()
    gate.touch()
    assert list(each) == [1, 2]


def test_errors_stand_in_place_of_results_where_that_is_wanted(view, typed):
    view.client[0].push({"n": 0}, block=True)
    view.client[1].push({"n": 2}, block=True)
    result = view.apply_async(typed("def f():\n    return 1 / n")["f"])
    error, value = result.get(return_exceptions=True)
    assert isinstance(error, ZeroDivisionError) and value == 0.5
    assert not result.successful() and repr(result).endswith("failed>")
    with pytest.raises(CompositeError):
        result.get()
    single = view.client[0].apply_async(operator.truediv, 1, 0)
    assert isinstance(single.get(return_exceptions=True), RemoteError)
    mapped = view.map_async(operator.truediv, [1, 1, 1, 1], [1, 0, 2, 4])
    assert [str(type(each).__name__) for each in mapped.get(return_exceptions=True)] == [
        "RemoteZeroDivisionError",
        "float",
        "float",
    ]


def test_the_first_error_is_raised_while_others_run(view, names, gate):
    view.push({"fail_on": 0}, block=True)
    result = view.apply_async(names["slow_on"], [1], str(gate), 1)
    failing = view.client[0].apply_async(operator.truediv, 1, 0)
    both = AsyncResult.join(result, failing)
    with pytest.raises(ZeroDivisionError):
        both.get(return_when="FIRST_EXCEPTION")
    assert not both.ready()


def test_progress_shows_in_a_line(view, capsys):
    result = view.map_async(time.sleep, [0.05] * 4)
    assert result.wait_interactive(interval=0.05) is None
    assert result.ready()
    shown = capsys.readouterr().err
    assert "sleep: 100 % ([####################] 4/4)" in shown
    view.apply_async(time.sleep, 0.5).wait_interactive(timeout=0.1)


def test_what_was_sent_may_be_changed(view):
    numbers = np.zeros(1000)
    result = view.apply_async(np.sum, numbers)
    result.wait_for_send()
    assert result.sent
    numbers += 1
    assert result.get() == [0, 0] and result.wait_for_output()


def test_nothing_is_kept_of_results_that_nobody_has_any_more(client):
    session, engines = client.session, client.engines_of([0])
    gc.collect()
    gc.disable()
    try:
        made = client.sender.send(engines, bytearray, (3_000_000,), label="bytearray")
        result = AsyncResult(made, is_single=True)
        assert len(result.get()) == 3_000_000
        value = weakref.ref(result.requests[0].output)
        kept = weakref.ref(result)
        del made, result
        wait_until(lambda: kept() is None and value() is None, timeout=5)
    finally:
        gc.enable()
    (snapshot,) = [
        each for each in session.connection.snapshots() if each.engine == engines[0].name
    ]
    assert not [each for each in snapshot.objects if "on its way" in each.expression]


def test_an_error_that_nobody_looks_at_is_no_noise(client, capsys, caplog):
    client[0].apply_async(operator.truediv, 1, 0).wait()
    gc.collect()
    assert client[0].apply_sync(int) == 0
    assert capsys.readouterr() == ("", "") and not caplog.text


def test_no_thread_is_left_of_results(client):
    results = [client[0].apply_async(int) for _ in range(20)]
    assert [each.get() for each in results] == [0] * 20
    wait_until(
        lambda: not [each for each in threading.enumerate() if each.name == "emout-lab-results"]
    )
