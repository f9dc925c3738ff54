"""Errors of requests: what is raised, on which engine, and what never hangs or ends a program."""

from __future__ import annotations

import asyncio
import concurrent.futures
import operator
import pickle
import sys
import threading
import time

import pytest

from emout_lab import parallel
from emout_lab.parallel import CompositeError, EngineError, RemoteError, TaskAborted

STRANGE = """
import threading, time, sys, asyncio
def lock():
    return threading.Lock()
def fail_with(make):
    raise make()
class Unpicklable(Exception):
    def __init__(self):
        super().__init__("not for travel")
        self.lock = threading.Lock()
class Choosy(Exception):
    def __init__(self, one, two):
        super().__init__("choosy")
class Hard(BaseException):
    pass
def call(name):
    raise {"stop": StopIteration(5), "exit": SystemExit(3), "interrupt": KeyboardInterrupt("now"),
           "cancel": asyncio.CancelledError(), "hard": Hard("hard"), "late": TimeoutError("late"),
           "generator": GeneratorExit(), "stop_async": StopAsyncIteration()}[name]
"""

# Of these the engine says nothing before the notebook unpickles them.
THERE = """
import sys
class Bomb:
    def __init__(self, code): self.code = code
    def __reduce__(self): return eval, (self.code,)
def bomb(code):
    return Bomb(code)
class There:
    pass
There.__module__ = "only_there"
sys.modules["only_there"] = type(sys)("only_there")
sys.modules["only_there"].There = There
def only_there():
    return There()
"""


@pytest.fixture
def strange(typed, view):
    view.push({"sys": sys, "threading": threading, "asyncio": asyncio, "time": time}, block=True)
    names = typed(STRANGE)
    view.push({name: names[name] for name in ("Unpicklable", "Choosy", "Hard")}, block=True)
    return names


@pytest.fixture
def there(view):
    view.execute(THERE, block=True)
    return lambda name, *args: view.client[0].apply_async(parallel.Reference(name), *args)


def test_an_error_tells_class_text_traceback_and_engine_each_time(client, typed):
    names = typed("def deep(n):\n    return 1 / n")
    result = client[1].apply_async(names["deep"], 0)
    for _ in range(2):
        with pytest.raises(ZeroDivisionError) as caught:
            result.get()
        error = caught.value
        assert isinstance(error, RemoteError)
        assert (error.ename, error.evalue) == ("ZeroDivisionError", "division by zero")
        assert "in deep" in error.traceback
        assert error.engine_info["engine_id"] == 1 and error.engine_info["method"] == "apply"
        assert error.engine_info["engine_uuid"] == result.engine_uuid
    assert result.error is error and result.status == "error"


def test_ipython_shows_the_traceback_of_the_engine_and_which_it_was(client, capsys):
    with pytest.raises(ZeroDivisionError) as caught:
        client[1].apply_sync(operator.truediv, 1, 0)
    lines = "\n".join(caught.value._render_traceback_())
    assert lines.startswith("[1:apply]:\nZeroDivisionError: division by zero")
    assert "On the engine:" in lines
    caught.value.print_traceback()
    assert capsys.readouterr().out.startswith("[1:apply]:")


def test_errors_of_several_engines_tell_which_failed(view, capsys):
    with pytest.raises(CompositeError) as caught:
        view.apply_sync(operator.truediv, 1, 0)
    error = caught.value
    assert isinstance(error, RemoteError)
    assert str(error).splitlines() == [
        "truediv failed on engines 0, 1 (2 of 2 requests)",
        "[0:apply]: ZeroDivisionError: division by zero",
        "[1:apply]: ZeroDivisionError: division by zero",
    ]
    for number, (name, text, traceback, info) in enumerate(error.elist):
        assert (name, text) == ("ZeroDivisionError", "division by zero")
        assert "ZeroDivisionError" in traceback and info["engine_id"] == number
    error.print_traceback(1)
    shown = capsys.readouterr().out
    assert "[1:apply]:" in shown and "[0:apply]" not in shown
    error.print_traceback()
    assert "[0:apply]:" in capsys.readouterr().out
    with pytest.raises(ZeroDivisionError):
        error.raise_exception()
    with pytest.raises(IndexError, match="there are 2"):
        error.raise_exception(2)
    again = pickle.loads(pickle.dumps(error))
    assert str(again) == str(error)
    with pytest.raises(RemoteError, match="division by zero"):
        again.raise_exception(1)


def test_one_engine_of_a_list_that_fails_is_named_as_well(client, view, typed):
    with pytest.raises(CompositeError, match=r"\[0:apply\]: ZeroDivisionError"):
        client[[0]].apply_sync(operator.truediv, 1, 0)
    client[0].push({"n": 1}, block=True)
    client[1].push({"n": 0}, block=True)
    result = view.apply_async(typed("def f():\n    return 1 / n")["f"])
    with pytest.raises(CompositeError) as caught:
        result.get()
    assert [each[3]["engine_id"] for each in caught.value.elist] == [1]
    with pytest.raises(CompositeError, match="engine 1"):
        list(result)


def test_a_long_list_of_errors_is_cut(client):
    results = [client[0].apply_async(operator.truediv, n, 0) for n in range(7)]
    with pytest.raises(CompositeError) as caught:
        parallel.AsyncResult.join(*results).get()
    lines = str(caught.value).splitlines()
    assert len(lines) == 6 and lines[-1] == "... 3 more exceptions ..."
    assert "... 3 more exceptions ..." in caught.value._render_traceback_()
    assert len(caught.value.elist) == 7
    with pytest.raises(ZeroDivisionError):
        caught.value.raise_exception(6)


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("stop", "StopIteration"),
        ("stop_async", "StopAsyncIteration"),
        ("exit", "SystemExit"),
        ("interrupt", "KeyboardInterrupt"),
        ("cancel", "CancelledError"),
        ("hard", "Hard"),
        ("late", "TimeoutError"),
        ("generator", "GeneratorExit"),
    ],
)
def test_what_ends_programs_loops_or_generators_is_a_plain_error(client, strange, name, kind):
    def read():
        yield client[0].apply_async(strange["call"], name).get(timeout=60)

    with pytest.raises(RemoteError) as caught:
        list(read())
    assert caught.value.ename == kind
    misunderstood = (StopIteration, SystemExit, KeyboardInterrupt, TimeoutError, GeneratorExit)
    assert not isinstance(caught.value, misunderstood)

    async def awaited():
        await asyncio.wait_for(
            asyncio.wrap_future(client[0].apply_async(strange["call"], name)), timeout=60
        )

    with pytest.raises(RemoteError):
        asyncio.run(awaited())


def test_what_cannot_be_pickled_is_an_error(client, strange):
    with pytest.raises(TypeError, match="lock"):
        client[0].apply_async(strange["lock"]).get(timeout=60)
    with pytest.raises(TypeError, match="lock"):
        client[0].apply_async(len, [threading.Lock()]).get(timeout=60)
    for name, text in ("Unpicklable", "not for travel"), ("Choosy", "choosy"):
        make = parallel.Reference(f"lambda: {name}({'1, 2' if name == 'Choosy' else ''})")
        with pytest.raises(RemoteError, match=text) as caught:
            client[0].apply_async(strange["fail_with"], make).get(timeout=60)
        assert caught.value.ename == name


def test_a_result_that_cannot_be_unpickled_here_is_an_error(client, there):
    for code in "1 / 0", "__import__('sys').exit(3)", "(_ for _ in ()).throw(KeyboardInterrupt)":
        with pytest.raises(TypeError, match="engine 0 has sent a result that cannot be unpickled"):
            there("bomb", code).get(timeout=60)
    with pytest.raises(TypeError, match="only_there"):
        there("only_there").get(timeout=60)


def test_a_result_that_hangs_when_it_is_unpickled_keeps_no_other(client, there):
    stuck = there("bomb", "__import__('time').sleep(8)")
    with pytest.raises(TimeoutError):
        stuck.get(timeout=0.3)
    assert client[0].apply_sync(int, "3") == 3


def test_an_argument_whose_unpickling_fails_fails_the_request_alone(client, typed):
    names = typed(
        "class Bomb:\n    def __init__(self, code): self.code = code\n"
        "    def __reduce__(self): return eval, (self.code,)"
    )
    for code in "1 / 0", "__import__('sys').exit(3)":
        with pytest.raises(RemoteError):
            client[0].apply_async(repr, names["Bomb"](code)).get(timeout=60)
    slow = client[0].apply_async(repr, names["Bomb"]("[None for _ in iter(int, 1)]"))
    with pytest.raises(TimeoutError):
        slow.get(timeout=0.3)
    slow.abort()
    with pytest.raises(RemoteError):
        slow.get(timeout=60)
    assert client[0].apply_sync(int, "3") == 3


def test_a_remote_attribute_error_is_not_taken_for_a_missing_attribute(client):
    result = client[0].apply_async(getattr, 1, "nonsense")
    with pytest.raises(RemoteError, match="nonsense"):
        _ = result.r


def test_what_was_aborted_before_it_began_is_told_from_what_ran(client):
    running = client[0].apply_async(time.sleep, 60)
    waiting = client[0].apply_async(int)
    waiting.abort()
    with pytest.raises(TaskAborted, match="before it began"):
        waiting.get(timeout=60)
    assert waiting.status == "aborted" and waiting.started is None
    running.abort()
    with pytest.raises(RemoteError) as caught:
        running.get(timeout=60)
    assert caught.value.ename == "KeyboardInterrupt"
    with pytest.raises(RuntimeError, match="done already"):
        running.abort()


def test_a_cancelled_result_is_cancelled_as_a_future_of_python(client):
    running = client[0].apply_async(time.sleep, 60)
    assert running.cancel() and running.cancelled() and running.cancel()
    with pytest.raises(concurrent.futures.CancelledError):
        running.get(timeout=5)
    assert not running.successful()
    assert client[0].apply_async(int, "4").get(timeout=30) == 4
    done = client[0].apply_async(int)
    done.wait()
    assert not done.cancel()

    async def in_time():
        slow = client[0].apply_async(time.sleep, 60)
        await asyncio.wait_for(asyncio.wrap_future(slow), timeout=0.3)

    with pytest.raises(asyncio.TimeoutError):
        asyncio.run(in_time())
    assert client[0].apply_async(int, "4").get(timeout=30) == 4


def test_a_view_of_aborted_requests_fails_as_aborted(view):
    running = view.apply_async(time.sleep, 60)
    waiting = view.apply_async(int)
    waiting.abort()
    with pytest.raises(TaskAborted, match="engines 0, 1"):
        waiting.get(timeout=60)
    running.abort()
    with pytest.raises(CompositeError) as caught:
        running.get(timeout=60)
    assert not isinstance(caught.value, (TaskAborted, EngineError))
