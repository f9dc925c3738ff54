"""Load-balanced views of a real session of two engines."""

from __future__ import annotations

import itertools
import os
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from emout_lab import parallel
from emout_lab.errors import NotSendable


@pytest.fixture
def balanced(client: parallel.Client, view: parallel.DirectView) -> parallel.LoadBalancedView:
    """A load-balanced view of both engines, which know no names yet."""
    return client.load_balanced_view()


def slept(seconds: float) -> int:
    time.sleep(seconds)
    return os.getpid()


def busy(seconds: float) -> float:
    """Compute in Python for a while, so that an interrupt ends it."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        time.sleep(0.01)
    return seconds


def inverse(x: float) -> float:
    return 1 / x


def test_a_call_gives_its_value_and_tells_where_it_ran(
    balanced: parallel.LoadBalancedView, client: parallel.Client
) -> None:
    result = balanced.apply_async(divmod, 7, 2)
    assert result.get(30) == (3, 1)
    known = result.metadata
    assert known["engine_id"] in client.ids
    assert known["status"] == "ok"
    assert known["submitted"] <= known["started"] <= known["completed"] <= known["received"]
    assert balanced.apply_sync(int, "11", base=2) == 3


def test_a_map_keeps_the_order_of_its_items(balanced: parallel.LoadBalancedView) -> None:
    assert balanced.map_sync(pow, range(300), [2] * 300) == [n**2 for n in range(300)]
    assert balanced.map_sync(abs, []) == []
    assert balanced.map_sync(abs, (n for n in (-1, -2))) == [1, 2]
    assert balanced.map_sync(inverse, [1, 2, 4], chunksize=2) == [1, 0.5, 0.25]


def test_what_cannot_be_sent_is_named(balanced: parallel.LoadBalancedView) -> None:
    lock = threading.Lock()
    with pytest.raises(parallel.CompositeError) as found:
        balanced.map_sync(abs, [1, lock])
    said = str(found.value)
    assert said.startswith("abs failed before it came to an engine (1 of 2 requests)")
    assert "[-:apply]: NotSendable: argument 1 cannot be sent to an engine: _thread.lock" in said
    with pytest.raises(NotSendable, match=r"argument 'key' cannot .* locked|unlocked"):
        balanced.apply_sync(max, [1], key=lock)
    with pytest.raises(NotSendable, match="the function cannot be sent to an engine"):
        balanced.apply_sync(lock.acquire)


def test_slow_items_are_spread_over_both_engines(balanced: parallel.LoadBalancedView) -> None:
    begun = time.monotonic()
    pids = balanced.map_sync(slept, [0.2] * 10)
    assert len(set(pids)) == 2
    assert min(pids.count(pid) for pid in set(pids)) >= 3
    assert time.monotonic() - begun < 10 * 0.2 + 5


def test_fast_items_behind_a_slow_one_come_before_it_ends(
    balanced: parallel.LoadBalancedView,
) -> None:
    balanced.map_sync(slept, [0.0] * 50)  # so that they are known to be fast
    result = balanced.map_async(slept, [0.0] * 100 + [6.0] + [0.0] * 100)
    deadline = time.monotonic() + 5.5
    while result.progress < 200 and time.monotonic() < deadline:
        time.sleep(0.02)
    assert result.progress == 200
    assert not result.ready()
    assert len(result.get(30)) == 201


def test_results_that_come_first_are_iterated_first_where_order_does_not_matter(
    balanced: parallel.LoadBalancedView,
) -> None:
    result = balanced.map_async(busy, [1.5, 0.0, 0.1], ordered=False)
    assert sorted(found := list(result)) == [0.0, 0.1, 1.5]
    assert found[0] != 1.5  # another may stand in line behind it


def test_one_item_that_fails_leaves_the_others(balanced: parallel.LoadBalancedView) -> None:
    result = balanced.map_async(inverse, [1, 0, 4, 0])
    with pytest.raises(parallel.CompositeError) as caught:
        result.get(30)
    assert [entry[0] for entry in caught.value.elist] == ["ZeroDivisionError"] * 2
    assert caught.value.elist[0][3]["engine_id"] in (0, 1)
    values = result.get(return_exceptions=True)
    assert [values[0], values[2]] == [1, 0.25]
    assert isinstance(values[1], ZeroDivisionError)
    iterator = iter(result)
    assert next(iterator) == 1
    with pytest.raises(parallel.RemoteError):
        next(iterator)


def test_functions_of_the_notebook_see_the_names_of_the_engine_that_runs_them(
    balanced: parallel.LoadBalancedView,
    view: parallel.DirectView,
    typed: Callable[[str], dict[str, Any]],
) -> None:
    view.push({"a": 5, "table": {"b": 7}}, block=True)
    names = typed("def f(x):\n    global seen\n    seen = x\n    return a * x\n")
    assert balanced.map_sync(names["f"], range(4)) == [0, 5, 10, 15]
    where = balanced.apply_async(names["f"], 9)
    assert where.get(30) == 45
    assert view.client[where.metadata["engine_id"]]["seen"] == 9
    assert balanced.apply_sync(abs, parallel.Reference("table['b']")) == 7


def test_what_tasks_print_is_kept_apart(
    balanced: parallel.LoadBalancedView, typed: Callable[[str], dict[str, Any]]
) -> None:
    names = typed("def f(x):\n    print('item', x)\n    return x\n")
    result = balanced.map_async(names["f"], range(5))
    result.get(30)
    assert result.stdout == [f"item {n}\n" for n in range(5)]


def test_what_a_task_displays_is_among_its_outputs(
    balanced: parallel.LoadBalancedView, typed: Callable[[str], dict[str, Any]]
) -> None:
    names = typed(
        "def f():\n"
        "    from IPython.display import display\n"
        "    display({'text/plain': 'seen'}, raw=True)\n"
    )
    result = balanced.apply_async(names["f"])
    result.get(30)
    assert [each["data"]["text/plain"] for each in result.outputs] == ["seen"]


def test_relative_paths_of_tasks_mean_the_directory_of_the_notebook(
    balanced: parallel.LoadBalancedView, tmp_path: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = balanced.apply_sync(os.getcwd)
    monkeypatch.chdir(tmp_path)
    assert balanced.map_sync(os.path.abspath, ["x"] * 4) == [str(tmp_path / "x")] * 4
    monkeypatch.undo()
    assert balanced.apply_sync(os.getcwd) == before


def test_what_fails_is_tried_again(balanced: parallel.LoadBalancedView, tmp_path: Any) -> None:
    log = tmp_path / "tries"

    def third_time(path: str) -> int:
        with open(path, "a") as file:
            file.write("x")
        tries = os.path.getsize(path)
        if tries < 3:
            raise OSError("not yet")
        return tries

    with balanced.temp_flags(retries=2):
        assert balanced.apply_sync(third_time, str(log)) == 3
    log.unlink()
    with balanced.temp_flags(retries=1), pytest.raises(OSError, match="not yet"):
        balanced.apply_sync(third_time, str(log))
    assert log.read_text() == "xx"


def test_targets_restrict_where_calls_run(
    client: parallel.Client, balanced: parallel.LoadBalancedView
) -> None:
    for number in client.ids:
        result = client.load_balanced_view([number]).map_async(slept, [0.0] * 8)
        result.get(30)
        assert set(result.engine_id) == {number}
    with balanced.temp_flags(targets=client.ids[1]):
        assert balanced.apply_sync(os.getpid) == client[client.ids[1]].apply_sync(os.getpid)
    with pytest.raises(IndexError):
        client.load_balanced_view([99])


def test_a_call_waits_for_those_that_it_comes_after(balanced: parallel.LoadBalancedView) -> None:
    first = balanced.apply_async(busy, 0.4)
    with balanced.temp_flags(after=first):
        second = balanced.apply_async(time.time)
    second.get(30)
    assert first.metadata["completed"] <= second.metadata["started"]
    with balanced.temp_flags(after=[first, *second.msg_ids]):
        assert balanced.apply_sync(abs, -1) == 1


def test_a_call_that_follows_runs_on_the_same_engine(
    client: parallel.Client, balanced: parallel.LoadBalancedView
) -> None:
    for number in client.ids:
        first = client[number].apply_async(os.getpid)
        with balanced.temp_flags(follow=first):
            results = [balanced.apply_async(os.getpid) for _ in range(4)]
        assert {each.get(30) for each in results} == {first.get(30)}
    both = [client[number].apply_async(abs, 1) for number in client.ids]
    with balanced.temp_flags(follow=both), pytest.raises(parallel.ImpossibleDependency):
        balanced.apply_sync(abs, 1)
    any_one = parallel.Dependency(both, all=False)
    with balanced.temp_flags(follow=any_one):
        assert balanced.apply_sync(abs, -1) == 1


def test_failures_count_for_dependencies_where_they_are_asked_to(
    balanced: parallel.LoadBalancedView,
) -> None:
    failed = balanced.apply_async(inverse, 0)
    with balanced.temp_flags(after=failed), pytest.raises(parallel.ImpossibleDependency):
        balanced.apply_sync(abs, 1)
    wanted = parallel.Dependency(failed, success=False, failure=True)
    with balanced.temp_flags(after=wanted):
        assert balanced.apply_sync(abs, -1) == 1
    with pytest.raises(parallel.InvalidDependency), balanced.temp_flags(after="of-nobody"):
        balanced.apply_sync(abs, 1)


def test_a_call_gives_up_when_what_it_waits_for_takes_longer_than_its_timeout(
    balanced: parallel.LoadBalancedView,
) -> None:
    first = balanced.apply_async(busy, 2.0)
    with balanced.temp_flags(after=first, timeout=0.2), pytest.raises(parallel.TaskTimeout):
        balanced.apply_sync(abs, 1)
    assert first.get(30) == 2.0


def test_what_one_engine_does_not_have_is_tried_on_the_other(
    client: parallel.Client,
    balanced: parallel.LoadBalancedView,
    typed: Callable[[str], dict[str, Any]],
) -> None:
    client[client.ids[1]].push({"has_it": True}, block=True)
    names = typed(
        "from emout_lab.parallel import UnmetDependency\n"
        "def f(x):\n"
        "    from emout_lab.parallel import UnmetDependency\n"
        "    if 'has_it' not in globals():\n"
        "        raise UnmetDependency('no it')\n"
        "    return x\n"
    )
    result = balanced.map_async(names["f"], range(6))
    assert result.get(30) == list(range(6))
    assert set(result.engine_id) == {client.ids[1]}
    client[:].clear(block=True)
    with pytest.raises(parallel.ImpossibleDependency, match="no it"):
        balanced.apply_sync(names["f"], 1)


@parallel.require("no_such_module_at_all")
def needs_a_module() -> None:
    """Never run."""


def test_a_required_module_that_no_engine_has_is_an_unmet_dependency(
    balanced: parallel.LoadBalancedView,
) -> None:
    with pytest.raises(parallel.UnmetDependency, match="no_such_module_at_all"):
        balanced.apply_sync(needs_a_module)


def test_aborting_ends_what_runs_and_what_waits(balanced: parallel.LoadBalancedView) -> None:
    result = balanced.map_async(busy, [60.0] * 1000)
    time.sleep(0.3)
    result.abort()
    with pytest.raises(parallel.TaskAborted):
        result.get(10)
    begun = time.monotonic()
    assert balanced.map_sync(abs, [-1, -2]) == [1, 2]
    assert time.monotonic() - begun < 20
    assert result.metadata[0]["status"] == "aborted"


def test_ctrl_c_in_a_blocking_map_ends_its_tasks(balanced: parallel.LoadBalancedView) -> None:
    import signal

    timer = threading.Timer(0.5, signal.raise_signal, (signal.SIGINT,))
    timer.start()
    with pytest.raises(KeyboardInterrupt):
        balanced.map_sync(busy, [60.0] * 10)
    assert balanced.apply_async(abs, -3).get(20) == 3


def test_lazy_maps_take_infinite_sequences_a_few_at_a_time(
    balanced: parallel.LoadBalancedView,
) -> None:
    taken = []

    def numbers() -> Iterator[int]:
        for number in itertools.count():
            taken.append(number)
            yield number

    found = balanced.imap(pow, numbers(), itertools.repeat(2), max_outstanding=3)
    assert [next(found) for _ in range(10)] == [n**2 for n in range(10)]
    assert len(taken) < 10 + 2 * 3 + 1
    found.close()
    assert sorted(balanced.imap(abs, range(-20, 0), ordered=False)) == list(range(1, 21))
    assert list(balanced.imap(abs, [-1, -2], max_outstanding=0)) == [1, 2]


def test_lazy_maps_give_errors_in_their_turn(balanced: parallel.LoadBalancedView) -> None:
    found = balanced.imap(inverse, [1, 0, 2])
    assert next(found) == 1
    with pytest.raises(ZeroDivisionError):
        next(found)
    kept = list(balanced.imap(inverse, [1, 0, 2], return_exceptions=True))
    assert isinstance(kept[1], ZeroDivisionError)
    assert kept[2] == 0.5


def test_what_cannot_be_pickled_is_an_error_of_the_result(
    balanced: parallel.LoadBalancedView,
) -> None:
    result = balanced.apply_async(abs, threading.Lock())
    with pytest.raises(TypeError):
        result.get(30)
    with pytest.raises(parallel.RemoteError):
        balanced.apply_sync(threading.Lock)


def test_flags_are_checked_as_they_are_set(balanced: parallel.LoadBalancedView) -> None:
    with pytest.raises(ValueError):
        balanced.set_flags(timeout=-1)
    with pytest.raises(TypeError):
        balanced.set_flags(timeout="soon")
    with pytest.raises(ValueError):
        balanced.set_flags(after=5)
    with pytest.raises(parallel.UnknownFlag):
        balanced.set_flags(nice=1)
    assert balanced.set_flags(retries=3) is balanced
    with balanced.temp_flags(retries=0, block=True):
        assert balanced.apply(abs, -1) == 1
    assert balanced.retries == 3


def test_decorated_functions_and_executors_are_load_balanced(
    balanced: parallel.LoadBalancedView, client: parallel.Client
) -> None:
    @balanced.remote(block=True)
    def doubled(x: int) -> int:
        return 2 * x

    @balanced.parallel(block=True)
    def summed(part: list[int]) -> list[int]:
        return [sum(part)]

    assert doubled(4) == 8
    assert summed([1, 2, 3]) == [1, 2, 3]
    assert summed.map([[1, 2], [3]]) == [[3], [3]]
    with client.executor() as executor:
        assert executor.submit(pow, 2, 5).result(30) == 32
        assert list(executor.map(abs, [-1, 2])) == [1, 2]
