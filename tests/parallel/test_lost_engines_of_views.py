"""Engines that die: their requests fail at once, those of others do not."""

from __future__ import annotations

import os
import signal
import threading
import time

import pytest

from emout_lab import parallel, sessions
from emout_lab.parallel import CompositeError, EngineError, RemoteError


@pytest.fixture(scope="module")
def doomed(_never_the_real_home):
    sessions.start(
        name="doomed", backend="local", memory="1G", cores=1, jobs=3, allow_multiple=True
    )
    sessions.wait_for_workers("doomed", n=3, timeout=120)
    with parallel.Client("doomed") as client:
        yield client
    client.session.close()
    sessions.stop("doomed")


def kill(view, after=0.0) -> None:
    pid = view.apply_sync(os.getpid)
    threading.Timer(after, os.kill, [pid, signal.SIGKILL]).start()


def test_an_engine_whose_first_cell_was_interrupted_runs_the_next(doomed):
    view = doomed[2]
    view.apply_sync(int)
    first = view.execute("import sys")
    first.wait(0.03)  # by then it loads IPython, as a rule
    first.requests[0].abort()
    first.wait()
    assert view.execute("print(1)").get(timeout=60).stdout == "1\n"


def test_requests_of_an_engine_that_dies_fail_at_once_and_no_others(doomed):
    first, second, _ = doomed.ids
    kill(doomed[first], after=0.5)
    others = doomed[second].apply_async(time.sleep, 1.5)
    running = doomed[first].apply_async(time.sleep, 600)
    in_line = [doomed[first].apply_async(int), doomed[first].apply_async(int)]
    begun = time.monotonic()
    for each in (running, *in_line):
        with pytest.raises(EngineError):
            each.get(timeout=60)
        assert each.status == "error"
    assert time.monotonic() - begun < 30
    assert others.get(timeout=60) is None
    assert first not in doomed.ids


def test_a_blocking_call_tells_which_of_its_engines_has_died(doomed):
    _, second, third = range(3)  # the first may have a successor by now, with another id
    kill(doomed[second], after=0.5)
    with pytest.raises(EngineError) as caught:
        doomed[[second, third]].apply_sync(time.sleep, 1.5)
    assert isinstance(caught.value, CompositeError) and isinstance(caught.value, RemoteError)
    ((name, _, _, info),) = caught.value.elist
    assert name == "EngineLost" and info["engine_id"] == second
