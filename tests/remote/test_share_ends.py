"""Shared work that ends early: by an interrupt, with its session, with its workers."""

from __future__ import annotations

import os
import signal
import threading
import time

import pytest

from emout_lab import Emout, connect, sessions
from emout_lab.client import aio as engines
from emout_lab.client import tasks as work
from emout_lab.emses import execution
from emout_lab.emses.demo import write_demo_data
from emout_lab.errors import EngineLost, RemoteError, SessionDead

PATIENCE_S = 20


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """A run whose electrons never leave: all faces are periodic, and nothing stands in the way."""
    path = write_demo_data(tmp_path_factory.mktemp("run"), grid=8, steps=2)
    inp = path / "plasma.inp"
    text = inp.read_text().replace("npbnd    = 2,2,2, 2,2,2,", "npbnd    = 0,0,0, 0,0,0,")
    inp.write_text(text.replace("npc      = 1", "npc      = 0"))
    return path


@pytest.fixture
def pair(two_engines):
    yield connect(name="pair")


@pytest.fixture
def own_session(emout_home):
    sessions.start(name="short", backend="local", memory="1G", cores=1, jobs=1)
    sessions.wait_for_workers("short", n=1, timeout=60)
    with connect(name="short") as connection:
        yield connection


def _tasks():
    # Nested functions travel by value; the workers cannot import this file.
    def endless(folder, number: int) -> int:
        (folder / f"begun-{number}").touch()
        try:
            while True:
                execution.current().progress(0, 1, "going on")
                time.sleep(0.01)
        finally:
            (folder / f"ended-{number}").touch()

    def kill_worker() -> None:
        os._exit(1)

    return endless, kill_worker


endless, kill_worker = _tasks()


def until(condition) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while not condition():
        assert time.monotonic() < deadline, "waited too long"
        time.sleep(0.02)


def interrupt_when(condition) -> threading.Thread:
    """Press Ctrl-C in this process once a condition holds."""

    def press() -> None:
        until(condition)
        signal.pthread_kill(threading.main_thread().ident, signal.SIGINT)

    thread = threading.Thread(target=press, daemon=True)
    thread.start()
    return thread


def names(folder, kind: str) -> set[str]:
    return {path.name.removeprefix(kind) for path in folder.glob(f"{kind}*")}


def running_tasks(client) -> int:
    def count(dask_worker) -> int:
        return dask_worker.state.executing_count + len(dask_worker.state.ready)

    return sum(client.run(count).values())


def long_orbits(data, **options):
    """Orbits that take hours."""
    return data.backtrace.get_probabilities(
        4, 4, 4, (-1, 1, 60), 0.3, (-1, 1, 60), max_step=10**9, **options
    )


def test_ctrl_c_ends_tasks_in_their_middle(pair, tmp_path):
    interrupt_when(lambda: len(names(tmp_path, "begun-")) == 2)
    with pytest.raises(KeyboardInterrupt):
        execution.current().map(endless, [(tmp_path, i) for i in range(6)], label="waiting")
    until(lambda: names(tmp_path, "ended-") == names(tmp_path, "begun-"))
    assert len(names(tmp_path, "begun-")) == 2
    until(lambda: running_tasks(pair.client) == 0)


def test_ctrl_c_ends_shared_orbits_in_their_middle(pair, run):
    interrupt_when(lambda: running_tasks(pair.client) > 0)
    with pytest.raises(KeyboardInterrupt):
        long_orbits(Emout(run))
    until(lambda: running_tasks(pair.client) == 0)


@pytest.mark.parametrize("points", [1, 60])
def test_an_interrupt_from_outside_ends_orbits_of_an_engine(pair, run, points):
    remote = Emout(run).remote(session=pair)
    failures = []

    def compute() -> None:
        try:
            remote.backtrace.get_probabilities(
                4, 4, 4, (-1, 1, points), 0.3, (-1, 1, 60), max_step=10**9
            ).fetch()
        except (RemoteError, KeyboardInterrupt) as error:
            failures.append(error)

    thread = threading.Thread(target=compute, daemon=True)
    thread.start()
    busy = _busy_engines(pair.client)
    deadline = time.monotonic() + PATIENCE_S
    while thread.is_alive() and time.monotonic() < deadline:
        # The first program that is met may be another one.
        for address in busy():
            pair.client.sync(engines.invoke, pair.client, address, "interrupt")
        thread.join(0.2)
    assert not thread.is_alive()
    assert len(failures) == 1 and "KeyboardInterrupt" in f"{failures[0]!r} {failures[0]}"
    until(lambda: running_tasks(pair.client) == 0)


def _busy_engines(client):
    def busy() -> list[str]:
        found = client.sync(engines.snapshots, client)
        return [a for a, s in found.items() if s.current is not None]

    return busy


def test_ctrl_c_ends_one_endless_orbit_here(run):
    data = Emout(run, local_data_policy="local")
    data.backtrace.get_backtrace([4, 4, 4], [0.1, 0, 0], max_step=10)  # compiles
    begun = time.monotonic()
    interrupt_when(lambda: time.monotonic() > begun + 0.2)
    with pytest.raises(KeyboardInterrupt):
        data.backtrace.get_backtrace([4, 4, 4], [0.1, 0, 0], max_step=2**60)
    assert not [t for t in threading.enumerate() if t.name.startswith("backtrace")]


def test_a_session_that_is_stopped_meanwhile_says_so(own_session, tmp_path):
    def stop() -> None:
        until(lambda: names(tmp_path, "begun-"))
        sessions.stop("short")

    thread = threading.Thread(target=stop)
    thread.start()
    with pytest.raises(SessionDead, match=r"'short' is .*[\s\S]*emout-lab server start"):
        execution.current().map(endless, [(tmp_path, 0)], label="waiting")
    thread.join(PATIENCE_S)


def test_tasks_that_kill_their_workers_are_given_up(own_session):
    with pytest.raises(EngineLost, match=r"lack of memory[\s\S]*--memory"):
        execution.current().map(kill_worker, [()], label="working")


def test_without_workers_nothing_waits_forever(own_session, monkeypatch):
    monkeypatch.setattr(work, "RETURN_TIMEOUT_S", 0.2)
    monkeypatch.setattr(work, "WORKER_CHECK_S", 0.1)
    own_session.client.retire_workers(list(own_session.client.nthreads()))
    with pytest.raises(EngineLost, match=r"workers of session 'short' are gone"):
        execution.current().map(divmod, [(2, 1)], label="working")
