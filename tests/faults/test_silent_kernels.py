"""A kernel that neither leaves nor answers: its objects go, and come back with it."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator

import pytest
from processes import frozen
from waiting import wait_until

from emout_lab import connect, sessions
from emout_lab.client import aio as engines
from emout_lab.config import load
from emout_lab.engine.cleanup_plugin import SilentClients
from emout_lab.errors import SpecError
from emout_lab.remote.session import Session

LIMIT_S = 10.0
KERNEL = """
from emout_lab import connect
session = connect()
first = session.engine("0").open("numpy:ones", 10_000_000)
second = session.engine("1").open("numpy:arange", 10.0)
assert float((second + first[:10]).sum()) == 55.0
double = first * 2
double._node.queue.flush()
print("ready", flush=True)
input()
print(float(double[3]), float((second + first[:10]).sum()), first.fetch().sum(), flush=True)
"""


@pytest.fixture
def session(emout_home, monkeypatch) -> Iterator[Session]:
    """A session that gives silent kernels up soon."""
    monkeypatch.setenv("EMOUT_LAB_KERNEL_LOST", str(LIMIT_S))
    sessions.start(backend="local", memory="1G", cores=1, jobs=2)
    name = sessions.wait_for_workers(n=2, timeout=60).name
    with connect(name=name) as connection:
        yield connection


@pytest.fixture
def kernel(session) -> Iterator[subprocess.Popen]:
    """A process that stands for a notebook's kernel, with objects on both engines."""
    process = subprocess.Popen(
        [sys.executable, "-c", KERNEL],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "JPY_SESSION_NAME": "/home/me/run.ipynb"},
    )
    assert process.stdout.readline() == "ready\n"
    yield process
    process.kill()
    process.communicate()


def kept(session: Session) -> int:
    return sum(each["count"] for each in session.memory())


def test_objects_of_a_frozen_kernel_go_are_told_of_and_are_made_again(session, kernel):
    mine = session.open("numpy:arange", 4.0)
    session.queue.flush()
    assert kept(session) > 1
    with frozen(kernel.pid):
        wait_until(lambda: kept(session) == 1, timeout=60)
        wait_until(lambda: sessions.get().reason is not None)
        assert sessions.get().state is sessions.SessionState.RUNNING
        told = sessions.get().reason
    assert told.startswith("objects of notebook /home/me/run.ipynb (")
    assert "its kernel has not answered for 10 s" in told
    output, errors = kernel.communicate("\n", timeout=120)
    assert output == "2.0 55.0 10000000.0\n"
    assert errors.count("has dropped the objects of this notebook") == 2  # once per engine
    wait_until(lambda: sessions.get().reason is None)
    assert float(mine[3]) == 3.0


def test_silence_counts_only_while_somebody_listened():
    silences = SilentClients()
    for heard in ({"a": 1.0, "b": 1.0}, {"a": 1.0, "b": 2.0}, {"a": 1.0, "b": 3.0, "c": 3.0}):
        silences.note(heard, 4.0)
    assert silences.longer_than(7.0) == ["a"]
    silences.note({"b": 3.0}, 4.0)  # the others have left
    assert silences.longer_than(3.0) == ["b"]
    silences.note({"b": 4.0}, 4.0)
    assert silences.longer_than(0.0) == []


def test_kernel_whose_connection_broke_is_told_and_computes_again(session):
    numbers = session.open("numpy:arange", 4.0)
    session.queue.flush()

    def cut(client: str, dask_scheduler) -> None:
        dask_scheduler.client_comms[client].comm.abort()

    session.client.run_on_scheduler(cut, session.client.id)
    wait_until(
        lambda: (
            session.is_open
            and not any(
                each.objects
                for each in session.client.sync(engines.snapshots, session.client).values()
            )
        )
    )
    with pytest.warns(UserWarning, match="connection of its kernel to the session was lost"):
        assert float(numbers[3]) == 3.0


@pytest.mark.parametrize("text", ["3", "-1", "soon", "nan"])
def test_a_silence_that_a_living_kernel_may_keep_is_refused(monkeypatch, text):
    monkeypatch.setenv("EMOUT_LAB_KERNEL_LOST", text)
    with pytest.raises(SpecError, match="kernel_lost_s"):
        load()


def test_objects_of_silent_kernels_may_be_kept_for_ever():
    assert load(kernel_lost_s="none").kernel_lost_s is None
    assert load().kernel_lost_s == 300.0
