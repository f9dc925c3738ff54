"""Objects that calls have changed: on which engine that happens, and what a lost engine takes."""

from __future__ import annotations

import heapq
import os
import signal

import numpy as np
import psutil
import pytest
from isolation import isolated_home
from waiting import wait_until

from emout_lab import ObjectGone, connect, remote_figure, sessions
from emout_lab.client import aio as engines


@pytest.fixture(scope="module")
def session():
    """A session with two engines."""
    with isolated_home():
        sessions.start(backend="local", memory="1G", cores=1, jobs=2)
        status = sessions.wait_for_workers(n=2, timeout=60)
        with connect(name=status.name) as connection:
            yield connection


def lose(session) -> None:
    """Kill the home engine and wait until that is known."""
    address = session.queue.link.locate()
    pid = session.client.sync(engines.snapshots, session.client)[address].pid
    os.kill(pid, signal.SIGKILL)
    psutil.wait_procs([psutil.Process(pid)] if psutil.pid_exists(pid) else [], timeout=10)
    wait_until(lambda: session.queue.link.is_gone(address))


def test_a_method_that_changes_an_object_does_so_wherever_it_is_called(session):
    here, there = session.engine(), session.engine("1" if session.engine().name == "0" else "0")
    values = here.open(np.array, [3.0, 1.0, 2.0])
    items = here.open(list, [3, 1])
    copy = there.open(np.sum, values)
    with remote_figure(session=session, engine=there.name, display=False):
        values.sort()
        items.append(5)
    assert values.fetch().tolist() == [1.0, 2.0, 3.0]
    assert items.fetch() == [3, 1, 5]
    there.open(np.put, values, 0, 9.0)
    there.open(heapq.heapify, items)
    assert values.fetch().tolist() == [9.0, 2.0, 3.0]
    assert items.fetch() == [1, 3, 5]
    ones = there.open(np.ones, 3)
    np.add(ones, 1.0, out=values)
    assert values.fetch().tolist() == [2.0, 2.0, 2.0]
    assert float(copy) == 6.0


def test_copies_on_other_engines_are_not_older_than_the_object(session):
    here, there = session.engine(), session.engine("1" if session.engine().name == "0" else "0")
    values = here.open(np.zeros, 4)
    part, other = values[1:3], values.reshape(2, 2)
    assert [float(there.open(np.sum, each)) for each in (values, part, other)] == [0, 0, 0]
    part[0] = 5.0
    assert [float(there.open(np.sum, each)) for each in (values, part, other)] == [5, 5, 5]
    with remote_figure(session=session, display=False):
        values[2] = 2.0
        part += 1.0
    assert [float(there.open(np.sum, each)) for each in (values, part, other)] == [9, 9, 9]


def test_an_object_that_was_changed_is_not_made_again_without_its_change(session):
    item, view, method, twice, written = (session.open("numpy:arange", 4.0) for _ in range(5))
    same = changed = session.open("numpy:arange", 4.0)
    item[0] = 5.0
    part = view[1:]
    part += 1.0
    method.sort()
    np.add(twice, 1, out=written)
    twice += 1
    twice += 1
    changed += 1
    same[0] = 7.0
    frame = session.open("pandas:DataFrame", {"b": [2, 1]})
    frame.sort_values("b", inplace=True)
    untouched = session.open("numpy:arange", 4.0)
    session.queue.flush()
    lose(session)
    with pytest.warns(UserWarning, match="computed again"):
        assert untouched.fetch().tolist() == [0.0, 1.0, 2.0, 3.0]
    for ref, line in (
        (item, "item[0] = 5.0"),
        (view, "part += 1.0"),
        (method, "method.sort()"),
        (written, "np.add(twice, 1, out=written)"),
        (changed, "same[0] = 7.0"),
        (frame, "frame.sort_values"),
    ):
        with pytest.raises(ObjectGone, match="lost with its engine.*was changed after") as raised:
            ref.fetch()
        assert line in str(raised.value)
    assert twice.fetch().tolist() == [2.0, 3.0, 4.0, 5.0], "its changes are made again with it"


def test_a_change_that_an_engine_has_lost_unnoticed_is_made_with_the_object(session):
    values = session.open("numpy:arange", 3.0)
    session.queue.flush()
    lose(session)
    with pytest.warns(UserWarning, match="computed again"):
        values[0] = 5.0
    assert values.fetch().tolist() == [5.0, 1.0, 2.0]


def test_the_engine_that_was_lost_is_named_and_not_the_one_that_took_its_place(session):
    wait_until(lambda: len(session.engines) == 2)
    values = session.open(np.arange, 3.0)
    assert float(values[1]) == 1.0
    lost = session.engine().name
    lose(session)
    with pytest.warns(UserWarning, match="computed again") as caught:
        assert float(values[1]) == 1.0
    other = session.engine().name
    successor = "is back" if other == lost else f"engine {other!r} has taken its place"
    [message] = [str(warning.message) for warning in caught]
    assert message.startswith(f"engine {lost!r} was lost")
    assert successor in message
