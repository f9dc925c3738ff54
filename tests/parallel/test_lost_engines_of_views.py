"""Engines that die: their requests fail at once, those of others do not."""

from __future__ import annotations

import os
import signal
import threading
import time

import pytest
from waiting import wait_until

from emout_lab import parallel, sessions
from emout_lab.parallel import CompositeError, EngineError, RemoteError


@pytest.fixture(scope="module")
def doomed(_never_the_real_home):
    sessions.start(
        name="doomed", backend="local", memory="1G", cores=1, jobs=2, allow_multiple=True
    )
    sessions.wait_for_workers("doomed", n=2, timeout=120)
    with parallel.Client("doomed") as client:
        yield client
    client.session.close()
    sessions.stop("doomed")


def kill(view, after=0.0) -> None:
    pid = view.apply_sync(os.getpid)
    threading.Timer(after, os.kill, [pid, signal.SIGKILL]).start()


def two_engines(client) -> list[int]:
    wait_until(lambda: len(client.ids) == 2, timeout=60)
    return client.ids


def test_requests_of_an_engine_that_dies_fail_at_once_and_no_others(doomed):
    first, second = two_engines(doomed)
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
    assert two_engines(doomed)[-1] > second


def test_a_blocking_call_tells_which_of_its_engines_has_died(doomed):
    first, second = two_engines(doomed)
    kill(doomed[second], after=0.5)
    with pytest.raises(EngineError) as caught:
        doomed[[first, second]].apply_sync(time.sleep, 1.5)
    assert isinstance(caught.value, CompositeError) and isinstance(caught.value, RemoteError)
    ((name, _, _, info),) = caught.value.elist
    assert name == "EngineLost" and info["engine_id"] == second
