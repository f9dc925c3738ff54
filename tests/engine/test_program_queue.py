"""The line before an engine's thread, and what a thread that is left behind may change."""

from __future__ import annotations

import asyncio
import ctypes
import os
import threading

import matplotlib
import pytest
import pytest_asyncio
from waiting import wait_until

from emout_lab.engine.process.state import ProcessState
from emout_lab.engine.program_queue import Interrupted, ProgramQueue, StillRuns, WorkKind

PATIENCE_S = 30.0


@pytest_asyncio.fixture
async def turns():
    found = ProgramQueue(asyncio.get_running_loop())
    yield found
    found.close()


async def answer(future):
    return await asyncio.wait_for(future, PATIENCE_S)


def spin():
    while True:
        pass


@pytest.mark.asyncio
async def test_what_is_in_line_is_done_in_order_and_each_is_cancelled_alone(turns):
    gate, done = threading.Event(), []
    first = turns.begin(WorkKind.PROGRAM, gate.wait, id="a")
    second = turns.begin(WorkKind.PROGRAM, lambda: done.append("b"), id="b")
    third = turns.begin(WorkKind.PROGRAM, lambda: done.append("c"), id="c")
    turns.cancel("b")
    with pytest.raises(Interrupted):
        await answer(second)
    gate.set()
    assert await answer(first)
    await answer(third)
    assert done == ["c"]


@pytest.mark.asyncio
async def test_running_one_is_interrupted_and_the_next_is_done(turns):
    running = turns.begin(WorkKind.PROGRAM, spin, id="a")
    after = turns.begin(WorkKind.PROGRAM, lambda: 7, id="b")
    turns.cancel("a")
    with pytest.raises((Interrupted, StillRuns)):
        await answer(running)
    assert await answer(after) == 7


@pytest.mark.asyncio
async def test_one_that_is_cancelled_before_it_comes_does_not_begin(turns):
    turns.cancel("late")
    with pytest.raises(Interrupted):
        await answer(turns.begin(WorkKind.PROGRAM, spin, id="late"))


@pytest.mark.asyncio
async def test_one_that_does_not_end_loses_its_thread_and_the_others_go_on(turns):
    gate, threads = threading.Event(), []

    def stubborn():
        threads.append(threading.current_thread())
        while not gate.is_set():
            try:
                gate.wait()
            except KeyboardInterrupt:
                continue

    stuck = turns.begin(WorkKind.PROGRAM, stubborn, id="a", owner="x")
    after = turns.begin(WorkKind.PROGRAM, threading.current_thread, id="b")
    await asyncio.to_thread(wait_until, lambda: threads)
    turns.cancel("a")
    with pytest.raises(StillRuns):
        await answer(stuck)
    assert await answer(after) is not threads[0]
    gate.set()
    await asyncio.to_thread(wait_until, lambda: not threads[0].is_alive())
    assert await answer(turns.begin(WorkKind.PROGRAM, lambda: 8)) == 8


@pytest.mark.asyncio
async def test_nobody_is_told_of_an_interrupt_when_the_engine_ends():
    found = ProgramQueue(asyncio.get_running_loop())
    begun, ended = threading.Event(), threading.Event()

    def spin_until_interrupted():
        try:
            begun.set()
            spin()
        finally:
            ended.set()

    running = found.begin(WorkKind.PROGRAM, spin_until_interrupted)
    waiting = found.begin(WorkKind.PROGRAM, spin)
    await asyncio.to_thread(wait_until, begun.is_set)
    found.close()
    assert running.cancelled()
    assert waiting.cancelled()
    await asyncio.to_thread(wait_until, ended.is_set)


@pytest.mark.asyncio
async def test_all_of_a_client_are_cancelled_and_no_others(turns):
    ours = turns.begin(WorkKind.PROGRAM, spin, id="a", owner="gone")
    theirs = turns.begin(WorkKind.PROGRAM, lambda: 7, id="b", owner="here")
    also_ours = turns.begin(WorkKind.PROGRAM, spin, id="c", owner="gone")
    await asyncio.wait_for(turns.cancel_all_of("gone"), PATIENCE_S)
    assert ours.exception() is not None and also_ours.exception() is not None
    assert await answer(theirs) == 7


@pytest.mark.asyncio
async def test_interrupt_is_never_left_for_the_next(turns):
    """However close to its end the interrupt comes."""
    for number in range(200):
        ending = turns.begin(WorkKind.PROGRAM, lambda: None, id=str(number))
        turns.cancel(str(number))
        after = turns.begin(WorkKind.PROGRAM, lambda: sum(range(100)))
        assert await answer(after) == 4950
        await asyncio.wait([ending])
        assert isinstance(ending.exception(), Interrupted | StillRuns | None)


def test_thread_that_is_left_behind_changes_nothing_of_the_next(tmp_path):
    state, before = ProcessState(), os.getcwd()
    taken, is_over = threading.Event(), threading.Event()
    width = matplotlib.rcParams["lines.linewidth"]

    def left_behind():
        state.acquire(str(tmp_path))
        matplotlib.rcParams["lines.linewidth"] = 17
        taken.set()
        is_over.wait()
        state.release()

    thread = threading.Thread(target=left_behind)
    thread.start()
    taken.wait()
    assert os.getcwd() == str(tmp_path)
    (tmp_path / "next").mkdir()
    state.acquire(str(tmp_path / "next"))
    is_over.set()
    thread.join()
    assert os.getcwd() == str(tmp_path / "next")
    assert matplotlib.rcParams["lines.linewidth"] == width
    state.release()
    assert os.getcwd() == before


def test_thread_whose_last_program_did_not_give_back_goes_on(tmp_path):
    """As where an interrupt comes in the middle of giving back."""
    state, before = ProcessState(), os.getcwd()
    state.acquire(str(tmp_path))
    state.acquire()
    assert not state.is_lost()
    assert os.getcwd() == before
    state.release()


@pytest.mark.asyncio
async def test_c_code_that_comes_back_late_ends_by_the_interrupt(turns):
    began, ended = threading.Event(), threading.Event()

    def sleep_in_c():
        try:
            began.set()
            ctypes.CDLL(None).usleep(900_000)
            spin()
        finally:
            ended.set()

    stuck = turns.begin(WorkKind.PROGRAM, sleep_in_c, id="a")
    assert await asyncio.to_thread(began.wait, PATIENCE_S)
    turns.cancel("a")
    with pytest.raises((Interrupted, StillRuns)):
        await answer(stuck)
    assert await asyncio.to_thread(ended.wait, PATIENCE_S)
