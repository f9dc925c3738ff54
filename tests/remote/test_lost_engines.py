"""A worker that is killed: nothing hangs, and what is needed is computed again."""

from __future__ import annotations

import os
import signal
import threading
import time

import matplotlib.pyplot as plt
import psutil
import pytest
from waiting import wait_until

import emout_lab
from emout_lab import EngineLost, NoSession, SessionDead, connect, remote_figure, sessions
from emout_lab.client import aio as engines


def engine_pid(session) -> int:
    found = session.client.sync(engines.snapshots, session.client)
    return next(iter(found.values())).pid


def kill(pid: int) -> None:
    os.kill(pid, signal.SIGKILL)
    psutil.wait_procs([psutil.Process(pid)] if psutil.pid_exists(pid) else [], timeout=10)


def test_object_of_a_killed_engine_is_made_again_with_one_warning(session):
    numbers = session.open("numpy:arange", 24.0)
    double = numbers * 2
    session.queue.flush()
    address = session.queue.link.locate()
    kill(engine_pid(session))
    wait_until(lambda: session.queue.link.is_gone(address))
    with pytest.warns(UserWarning, match="computed again") as caught:
        assert float(double[3]) == 6.0
    assert len(caught) == 1
    assert float(numbers[3]) == 3.0


def test_engine_that_died_unnoticed_a_moment_ago_is_replaced_as_well(session):
    double = session.open("numpy:arange", 24.0) * 2
    session.queue.flush()
    kill(engine_pid(session))
    with pytest.warns(UserWarning, match="computed again") as caught:
        assert float(double[3]) == 6.0
    assert len(caught) == 1


def test_figure_is_drawn_where_its_engine_comes_back(session):
    numbers = session.open("numpy:arange", 24.0)
    with (
        pytest.warns(UserWarning, match="computed again"),
        remote_figure(display=False, session=session) as figure,
    ):
        plt.plot(numbers)
        kill(engine_pid(session))
    assert figure.result.width > 100


def test_nothing_is_raised_where_only_memory_was_to_be_freed(session):
    numbers = session.open("numpy:arange", 24.0)
    session.queue.flush()
    kill(engine_pid(session))
    with pytest.warns(UserWarning, match="computed again"):  # by whichever meets the new engine
        numbers.drop()
        assert session.open("math:hypot", 3, 4).fetch() == 5.0


def test_engine_that_fills_up_is_not_paused_and_hands_over_its_values(session):
    manager = session.client.run(lambda dask_worker: dask_worker.memory_manager.memory_limit)
    size = int(0.12 * next(iter(manager.values())) / 8)
    assert session.open("numpy:ones", size).fetch(limit=None).shape == (size,)
    fractions = session.client.run(
        lambda dask_worker: dask_worker.memory_manager.memory_pause_fraction
    )
    assert set(fractions.values()) == {False}


def test_call_with_an_effect_is_not_made_a_second_time(session, tmp_path):
    log = tmp_path / "log"

    def append():
        with log.open("a") as file:
            file.write("once\n")
        return 7

    made = emout_lab.remote.call(append, pure=False, session=session)
    derived = made + 1
    session.queue.flush()
    address = session.queue.link.locate()
    kill(engine_pid(session))
    wait_until(lambda: session.queue.link.is_gone(address))
    with (
        pytest.warns(UserWarning, match="computed again"),
        pytest.raises(EngineLost, match="cannot be made again"),
    ):
        float(derived)
    assert log.read_text() == "once\n"
    assert session.open("math:hypot", 3, 4).fetch() == 5.0


def test_axes_of_a_figure_that_was_drawn_on_a_lost_engine_are_lost(session):
    with remote_figure(display=False, session=session):
        fig, ax = plt.subplots()
    address = session.queue.link.locate()
    kill(engine_pid(session))
    wait_until(lambda: session.queue.link.is_gone(address))
    with pytest.warns(UserWarning), pytest.raises(EngineLost, match="figure that is closed"):
        ax.get_title().fetch()
    with pytest.raises(EngineLost, match="figure that is closed"):
        ax.set_title("said at once, though nobody asks for the result")


def test_worker_killed_while_drawing_raises_soon_and_the_next_figure_works(session):
    pid = engine_pid(session)
    threading.Timer(0.5, kill, [pid]).start()
    start = time.monotonic()
    with pytest.raises(EngineLost, match="lost"), remote_figure(display=False):
        plt.plot([1, 2])
        session.open("time:sleep", 60)
    assert time.monotonic() - start < 10
    with pytest.warns(UserWarning, match="computed again"), remote_figure(display=False) as figure:
        plt.plot([1, 2])
    assert figure.result.width > 100


def test_interrupt_stops_the_program_and_leaves_the_engine_usable(session):
    def spin():
        while True:
            pass

    threading.Timer(0.5, os.kill, [os.getpid(), signal.SIGINT]).start()
    with pytest.raises(KeyboardInterrupt):
        session.open(spin)
    assert session.open("math:hypot", 3, 4).fetch() == 5.0


def test_objects_of_a_vanished_client_are_dropped(session, local_session):
    other = sessions.connect(local_session.name)
    address = next(iter(other.sync(engines.addresses, other).values()))
    from emout_lab.engine.protocol import Call, Program
    from emout_lab.engine.serialization import pack

    program = Program(str(other.id), (Call("theirs", pack((int, (7,), {})), "int(7)"),))
    other.sync(engines.run, other, address, program)

    def theirs():
        found = session.client.sync(engines.snapshots, session.client)
        return any(o.id == "theirs" for s in found.values() for o in s.objects)

    assert theirs()
    other.close()
    wait_until(lambda: not theirs())


def test_block_without_a_session_says_so_and_draws_nothing(emout_home):
    with pytest.raises(NoSession, match="Start one"), remote_figure(session="nothing"):
        plt.plot([1, 2])
    assert plt.get_fignums() == []


def test_without_a_session_the_error_says_how_to_start_one(emout_home):
    with pytest.raises(NoSession, match="emout-lab server start"):
        connect()


def test_stopped_session_is_said_to_be_over(emout_home):
    sessions.start(backend="local", memory="1G", cores=1, name="short")
    sessions.wait_for_workers("short", timeout=60)
    connection = connect(name="short")
    numbers = connection.open("numpy:arange", 3.0)
    sessions.stop("short")
    wait_until(lambda: not connection.is_open)
    with pytest.raises(NoSession, match="No session 'short' runs"):
        float(numbers[1])
    sessions.start(backend="local", memory="1G", cores=1, name="short")
    with pytest.raises(SessionDead, match="started anew"):
        float(numbers[1])
