"""What ends a process elsewhere is the error of a call; an engine that ends is replaced."""

from __future__ import annotations

import asyncio
import signal

import pytest
from waiting import wait_until

from emout_lab import EngineLost, RemoteError
from emout_lab.client import aio as engines
from emout_lab.emses import execution
from emout_lab.remote.session import connect


@pytest.fixture(scope="module")
def session(local_session):
    with connect(name=local_session.name) as connection:
        yield connection


@pytest.fixture
def same_engine(session):
    """An object of before is still there afterwards, in the same process."""
    kept = session.open("numpy:arange", 5.0)
    session.queue.flush()
    pid = engine_pid(session)
    yield
    assert float(kept[3]) == 3.0
    assert engine_pid(session) == pid


def engine_pid(session) -> int:
    found = session.client.sync(engines.snapshots, session.client)
    return next((snapshot.pid for snapshot in found.values()), 0)


def raises(kind, *args):
    def call():
        raise kind(*args)

    return call


def own_class():
    """No `Exception`, as some libraries define them; engines cannot import this module."""

    class Stop(BaseException):
        pass

    return Stop


ENDS = [(SystemExit, 2), (SystemExit,), (asyncio.CancelledError,), (GeneratorExit,), (own_class(),)]


@pytest.mark.parametrize("end", ENDS, ids=lambda end: end[0].__name__)
def test_end_that_a_call_asks_for_is_its_error(session, same_engine, end):
    with pytest.raises(RemoteError) as caught:
        session.open(raises(*end))
    assert caught.value.kind == end[0].__name__
    assert not isinstance(caught.value, (SystemExit, asyncio.CancelledError, GeneratorExit))
    assert "raise kind" in caught.value.remote_traceback


@pytest.mark.parametrize(
    "source",
    [
        "exit()",
        "import sys; sys.exit('no input')",
        "import argparse\np = argparse.ArgumentParser()\np.add_argument('n')\np.parse_args([])",
        "class Odd:\n    def __repr__(self): exit(5)\nOdd()",
    ],
    ids=["exit", "sys-exit", "argparse", "repr"],
)
def test_cell_that_exits_says_that_the_engine_goes_on(session, same_engine, source, capsys):
    with pytest.raises(RemoteError, match="the engine goes on") as caught:
        session.engine().run(source)
    assert caught.value.kind == "SystemExit"


def test_object_that_exits_when_it_is_described_or_sent_or_dropped(session, same_engine):
    def make(kind=None):
        exec_globals: dict = {}
        exec(SOURCE, exec_globals)
        return exec_globals["Exits"]()

    ref = session.open(make)
    with pytest.raises(RemoteError):
        ref.fetch()
    ref.drop()


SOURCE = """
class Exits:
    @property
    def shape(self):
        raise SystemExit(1)
    dtype = shape
    def __sizeof__(self):
        raise SystemExit(1)
    def __reduce__(self):
        raise SystemExit(1)
    def __del__(self):
        raise SystemExit(1)
"""


def test_error_whose_own_text_exits_is_told_all_the_same(session, same_engine):
    class Odd(Exception):
        def __str__(self):
            raise SystemExit(7)

        def __reduce__(self):
            raise SystemExit(7)

    with pytest.raises(RemoteError, match="cannot be shown") as caught:
        session.open(raises(Odd))
    assert caught.value.kind == "Odd"


def test_shared_task_and_plain_task_that_exit_leave_the_worker(session, same_engine):
    def end(code):
        raise SystemExit(code)

    with pytest.raises(RemoteError, match="the engine goes on"):
        execution.current().map(end, [(1,), (2,)], label="work")
    with pytest.raises(RemoteError, match="the worker goes on"):
        session.client.submit(end, 3).result(timeout=60)


@pytest.mark.parametrize(
    ("end", "argument", "reason"),
    [
        ("ctypes:string_at", 0, "SIGSEGV"),
        ("signal:raise_signal", signal.SIGKILL, r"killed \(signal 9, SIGKILL\)"),
        ("os:_exit", 3, "exit code 3"),
    ],
)
def test_engine_that_ends_is_replaced_and_says_why_and_during_what(session, end, argument, reason):
    pid = session.open("os:getpid").fetch()
    with pytest.raises(EngineLost, match=reason) as caught:
        session.open(end, argument, expression="the_end()")
    assert caught.value.during == ("the_end()",)
    with pytest.warns(UserWarning, match=rf"{reason}.* while it ran the_end\(\)"):
        found = session.open("os:getpid").fetch()
    assert found != pid


def test_worker_whose_connection_breaks_is_replaced(session):
    session.queue.flush()
    address = session.queue.link.locate()

    async def break_connection(dask_worker=None):
        dask_worker.batched_stream.abort()

    pid = engine_pid(session)
    session.client.run(break_connection, workers=[address], wait=False)
    wait_until(lambda: engine_pid(session) not in (0, pid), timeout=60)
    with pytest.warns(UserWarning, match="computed again"):
        assert session.open("math:hypot", 3, 4).fetch() == 5.0


def test_engine_that_answers_is_used_though_it_was_missed(session):
    kept = session.open("numpy:arange", 5.0)
    session.queue.flush()
    link = session.queue.link
    address = link.locate()
    link.note_gone(address)
    assert float(kept[3]) == 3.0
    assert link.locate() == address
