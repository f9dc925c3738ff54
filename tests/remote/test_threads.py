"""Recordings and scopes belong to a thread, but others may end them."""

from __future__ import annotations

import os
import threading
import time
import types
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import pytest

from emout_lab import RemoteFigure, RemoteRef, remote_figure


def in_another_thread(function) -> None:
    thread = threading.Thread(target=function)
    thread.start()
    thread.join(timeout=60)
    assert not thread.is_alive()


def test_figure_collected_by_another_thread_ends_its_recording(session, programs):
    figure = RemoteFigure(display=False, session=session).open()
    axes = plt.subplots()[1]
    limits = axes.get_xlim()
    assert float(limits[0]) == 0.0  # so that the engine has begun the drawing
    drawing = figure._recording.id
    queue = session.queue
    with pytest.warns(ResourceWarning, match="never closed"), queue._turn, queue._lock:
        # As the collector may do while this thread sends what is queued.
        in_another_thread(figure.__del__)
    assert type(plt) is types.ModuleType
    session.queue.flush()
    assert drawing in programs[-1].discard


def test_figure_can_be_closed_by_another_thread(session):
    figure = RemoteFigure(display=False, session=session).open()
    plt.plot([1, 2])
    in_another_thread(figure.close)
    assert figure.result.width > 0
    assert type(plt) is types.ModuleType


def test_threads_record_figures_of_their_own_at_once(session):
    barrier = threading.Barrier(2, timeout=60)
    titles = {}

    def draw(title):
        with remote_figure(dpi=40, display=False, session=session) as figure:
            barrier.wait()
            plt.plot(session.open(np.arange, 5))
            plt.title(title)
            barrier.wait()
            titles[title] = plt.gca().get_title().fetch()
        assert len(figure.results) == 1

    threads = [threading.Thread(target=draw, args=(title,)) for title in "ab"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    assert titles == {"a": "a", "b": "b"}


def test_threads_compute_with_one_ref_at_once(session, numbers):
    found = []

    def compute(n):
        part = numbers[n] * 2
        assert isinstance(part, RemoteRef)
        found.append((n, float(part)))

    threads = [threading.Thread(target=compute, args=(n,)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    assert sorted(found) == [(n, 2.0 * n) for n in range(8)]


def exists_at_last(path: str) -> bool:
    deadline = time.monotonic() + 60
    while not os.path.exists(path):
        if time.monotonic() > deadline:
            return False
        time.sleep(0.01)
    return True


def test_calls_are_queued_while_another_thread_waits(session, numbers, tmp_path):
    begun, gate = tmp_path / "begun", tmp_path / "gate"
    found = []

    def wait_on_the_engine():
        session.open(Path.touch, begun).fetch()
        found.append(session.open(exists_at_last, str(gate), expression="gate").fetch())

    waiting = threading.Thread(target=wait_on_the_engine)
    waiting.start()
    assert exists_at_last(str(begun))
    while session.queue._turn.acquire(blocking=False):
        session.queue._turn.release()
        assert waiting.is_alive()
        time.sleep(0.01)
    parts = [numbers[index] * 2 for index in range(20)]
    del parts[10:]  # dropped while the other program is under way
    gate.touch()
    waiting.join(timeout=60)
    assert found == [True]
    assert [float(part) for part in parts] == [2.0 * index for index in range(10)]
