"""Tasks on all workers of a real session, as futures."""

from __future__ import annotations

import gc
import os
import time
import weakref
from concurrent.futures import CancelledError, as_completed, wait

import pytest
from waiting import wait_until

from emout_lab.client import tasks


def _tasks():
    # Nested functions travel by value; the workers cannot import this file.
    def place(number: int) -> tuple[int, int]:
        time.sleep(0.02)
        return number, os.getpid()

    def endless(folder, name: str) -> None:
        from pathlib import Path

        from emout_lab.engine.task_state import require_wanted

        (Path(folder) / f"begun-{name}").touch()
        try:
            while True:
                require_wanted(name)
                time.sleep(0.01)
        finally:
            (Path(folder) / f"ended-{name}").touch()

    return place, endless


place, endless = _tasks()


def test_tasks_give_futures_in_their_order_and_tell_how_far_they_are(connected):
    told = []
    work = tasks.map(connected.client, place, [(n,) for n in range(20)], label="numbers")
    work.on_progress(lambda done, total: told.append((done, total)))
    assert [future.result(60)[0] for future in work.futures] == list(range(20))
    assert len({future.result()[1] for future in work.futures}) == 2
    assert told == sorted(told) and {total for _, total in told} == {20}
    assert work.done == 20 == work.total and work.wait(0)


def test_one_task_is_a_future(connected):
    assert tasks.submit(connected.client, divmod, 7, 2).result(60) == (3, 1)


def test_one_task_fails_and_the_others_go_on(connected):
    work = tasks.map(connected.client, divmod, [(1, 1), (1, 0), (2, 1)], label="quotients")
    with pytest.raises(ZeroDivisionError):
        work.futures[1].result(60)
    assert [work.futures[n].result(60) for n in (0, 2)] == [(1, 0), (2, 0)]
    with pytest.raises(ZeroDivisionError):
        work.results()


def test_one_task_is_cancelled_in_its_middle(connected, tmp_path):
    work = tasks.map(
        connected.client, endless, [(str(tmp_path), "a"), (str(tmp_path), "b")], label="going on"
    )
    wait_until(lambda: len(list(tmp_path.glob("begun-*"))) == 2)
    assert work.futures[0].cancel()
    wait_until(lambda: (tmp_path / "ended-a").exists())
    assert not (tmp_path / "ended-b").exists()
    with pytest.raises(CancelledError):
        work.futures[0].result(60)
    work.cancel()
    wait_until(lambda: (tmp_path / "ended-b").exists())


def test_who_waits_for_several_tasks_hears_of_one_that_is_cancelled(connected, tmp_path):
    work = tasks.map(connected.client, endless, [(str(tmp_path), name) for name in "ab"])
    over = as_completed(work.futures, timeout=60)
    work.futures[0].cancel()
    assert next(over) is work.futures[0]
    assert wait([work.futures[0]], timeout=0).not_done == set()
    with pytest.raises(CancelledError):
        work.results()
    assert wait(work.futures, timeout=60).not_done == set()


def test_tasks_that_nobody_waits_for_leave_nothing(connected):
    def left():
        work = tasks.map(connected.client, bytes, [(1000,), (2000,)], label="left")
        return weakref.ref(work), weakref.ref(work.futures[0])

    before = set(connected.client.futures)
    refs = left()
    wait_until(lambda: gc.collect() >= 0 and not any(ref() for ref in refs))
    wait_until(lambda: set(connected.client.futures) <= before)


def test_a_task_that_failed_leaves_nothing_on_its_worker(connected):
    before = set(connected.client.futures)
    with pytest.raises(ZeroDivisionError, match="division"):
        tasks.submit(connected.client, divmod, 1, 0).result(60)
    wait_until(lambda: gc.collect() >= 0 and set(connected.client.futures) <= before)


def test_who_keeps_one_future_keeps_no_other(connected):
    work = tasks.map(connected.client, bytes, [(1000,), (2000,)], label="kept")
    assert work.results() == [bytes(1000), bytes(2000)]
    first, second, whole = work.futures[0], weakref.ref(work.futures[1]), weakref.ref(work)
    del work
    wait_until(lambda: gc.collect() >= 0 and second() is None and whole() is None)
    assert first.result() == bytes(1000)
