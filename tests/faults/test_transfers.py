"""Large values on their way: whoever dies or freezes meanwhile, nobody waits for ever."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Callable, Iterator

import numpy as np
import pytest
from processes import engine_pids, frozen, host_pid, kill
from waiting import wait_until

from emout_lab import EngineLost, SessionDead, connect, sessions
from emout_lab.client import aio as engines
from emout_lab.remote.session import Session

#: Large enough that something can happen to it on its way.
COUNT = 25_000_000
#: The message is promised within 3 s; the machine may be busy.
SOON_S = 12.0


@pytest.fixture(scope="module")
def pair() -> Iterator[str]:
    """The name of a session with two engines."""
    sessions.start(name="transfers", backend="local", memory="2G", cores=1, jobs=2)
    yield sessions.wait_for_workers("transfers", n=2, timeout=60).name
    sessions.stop("transfers")


@pytest.fixture
def session(pair: str) -> Iterator[Session]:
    """A connection of its own: one that has lost an engine may be content with the other."""
    with connect(name=pair) as connection:
        wait_until(lambda: len(engine_pids(connection)) == 2, timeout=60)
        yield connection


def killed_later(pid: int, seconds: float) -> list[float]:
    """Kill a process after a time, and note there when it was killed."""
    moments: list[float] = []

    def kill_and_note() -> None:
        moments.append(time.monotonic())
        kill(pid)

    threading.Timer(seconds, kill_and_note).start()
    return moments


def when_on_its_way(session: Session, action: Callable[[], None]) -> threading.Thread:
    """Do something as soon as a value of engine 0 is being taken to the notebook."""
    link = session.engine("0").queue.link

    def is_on_its_way() -> bool:
        found = session.client.sync(engines.snapshots, session.client)
        texts = [each.expression for one in found.values() for each in one.objects]
        # The reply, which comes before the value, has been read by then.
        return not link.handle._under_way and any(text.startswith("(on its way") for text in texts)

    def wait_and_act() -> None:
        wait_until(is_on_its_way)
        action()

    thread = threading.Thread(target=wait_and_act)
    thread.start()
    return thread


def opened(session: Session, engine: str, count: int = COUNT):
    array = session.engine(engine).open("numpy:ones", count)
    array._node.queue.flush()
    return array


def test_engine_killed_during_a_large_fetch_is_lost_and_the_next_use_heals(session):
    array = opened(session, "0")
    killed = []
    pid = engine_pids(session)["0"]
    thread = when_on_its_way(session, lambda: (killed.append(time.monotonic()), kill(pid)))
    with pytest.raises(EngineLost, match="was lost"):
        array.fetch(limit=None)
    assert time.monotonic() - killed[0] < SOON_S
    thread.join()
    with pytest.warns(UserWarning, match="computed again"):
        assert float(array[-1]) == 1.0
    assert array.fetch(limit=None).sum() == COUNT


def test_engine_frozen_during_a_large_fetch_goes_on_where_it_was(session):
    array = opened(session, "0")
    pid = engine_pids(session)["0"]

    def freeze_for_a_while() -> None:
        with frozen(pid):
            time.sleep(2.0)

    thread = when_on_its_way(session, freeze_for_a_while)
    assert array.fetch(limit=None).sum() == COUNT
    thread.join()


def test_interrupted_fetch_gives_the_prompt_back_and_leaves_nothing_on_the_engine(session):
    array = opened(session, "0")
    pid = engine_pids(session)["0"]
    pressed = []

    def press() -> None:
        os.kill(pid, signal.SIGSTOP)  # else a fast machine is ready before
        pressed.append(time.monotonic())
        os.kill(os.getpid(), signal.SIGINT)

    thread = when_on_its_way(session, press)
    with pytest.raises(KeyboardInterrupt):
        array.fetch(limit=None)
    seconds = time.monotonic() - pressed[0]
    os.kill(pid, signal.SIGCONT)
    thread.join()
    assert seconds < SOON_S
    assert float(array[0]) == 1.0
    found = session.client.sync(engines.snapshots, session.client)
    assert not [o for each in found.values() for o in each.objects if "on its way" in o.expression]


def test_engine_killed_while_a_large_argument_goes_up_is_lost_and_replaced(session):
    small = session.engine("0").open("numpy:arange", 4.0)
    small._node.queue.flush()
    pid = engine_pids(session)["0"]
    os.kill(pid, signal.SIGSTOP)  # the argument fills the connection, and stays in it
    killed = killed_later(pid, 2.0)
    with pytest.raises(EngineLost, match="was lost"):
        session.engine("0").open("numpy:asarray", np.ones(COUNT))
    assert time.monotonic() - killed[0] < SOON_S
    with pytest.warns(UserWarning, match="computed again"):
        assert float(small[3]) == 3.0


@pytest.mark.parametrize("victim", ["0", "1"])
def test_engine_killed_while_an_object_moves_between_engines_is_lost_and_healed(session, victim):
    array, other = opened(session, "0"), opened(session, "1", 4)
    pid = engine_pids(session)[victim]
    with frozen(pid):
        killed = killed_later(pid, 2.0)
        with pytest.raises(EngineLost, match="was lost"):
            float((other[0] + array).sum())
    assert time.monotonic() - killed[0] < SOON_S
    with pytest.warns(UserWarning, match="computed again"):
        assert float((other[0] + array).sum()) == 2 * COUNT


def test_what_is_on_its_way_to_another_engine_does_not_come_once_it_is_dropped(session):
    array, other = opened(session, "0"), opened(session, "1", 4)
    pid = engine_pids(session)["0"]
    with frozen(pid):
        threading.Timer(1.0, os.kill, [os.getpid(), signal.SIGINT]).start()
        with pytest.raises(KeyboardInterrupt):
            float((other[0] + array).sum())
        replica = array._node.replicas[other._node.queue]
        address = other._node.address

        def coming(dask_worker) -> list[str]:
            return list(dask_worker.plugins["emout-lab-engine"]._exchange._coming)

        wait_until(lambda: session.client.run(coming, workers=[address])[address] == [])
    found = session.client.sync(engines.snapshots, session.client)
    assert not [o for o in found[address].objects if o.id == replica.id]


def test_values_come_and_move_while_the_host_is_frozen(session):
    array, other = opened(session, "0"), opened(session, "1", 4)
    assert float(other[0] + array[0]) == 2.0  # both engines are known
    with frozen(host_pid(session.name)):
        assert array.fetch(limit=None).sum() == COUNT
        assert float((other[0] + array).sum()) == 2 * COUNT


def test_values_come_through_the_scheduler_where_the_engine_cannot_be_reached(session):
    array = opened(session, "0")
    link = array._node.queue.link
    location = link.handle.location
    reached = location._reached
    location._reached = {link.locate(): False}
    try:
        assert array.fetch(limit=None).sum() == COUNT
    finally:
        location._reached = reached


@pytest.mark.parametrize("is_argument", [False, True])
def test_host_killed_while_a_value_is_on_its_way_is_told_with_its_reason(emout_home, is_argument):
    sessions.start(name="short", backend="local", memory="2G", cores=1, jobs=1)
    sessions.wait_for_workers("short", timeout=60)
    with connect(name="short") as connection:
        host, pid = host_pid("short"), engine_pids(connection)["0"]
        array = opened(connection, "0")
        if is_argument:
            os.kill(pid, signal.SIGSTOP)
            thread = threading.Timer(1.0, kill, [host])
            thread.start()
        else:
            thread = when_on_its_way(connection, lambda: (os.kill(pid, signal.SIGSTOP), kill(host)))
        start = time.monotonic()
        try:
            with pytest.raises(SessionDead, match=r"its host .* is gone"):
                if is_argument:
                    connection.open("numpy:asarray", np.ones(COUNT))
                else:
                    array.fetch(limit=None)
            assert time.monotonic() - start < 2 * SOON_S
        finally:
            kill(pid)
        thread.join()
        with pytest.raises(SessionDead, match=r"its host .* is gone"):
            float(array[0])
