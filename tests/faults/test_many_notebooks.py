"""Many notebooks at once on one engine: nothing mixes, everybody is served, nothing stays."""

from __future__ import annotations

import base64
import io
import os
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from clients import program
from PIL import Image
from waiting import wait_until

from emout_lab import connect, sessions
from emout_lab.client import aio as engines
from emout_lab.remote.session import Session
from emout_lab.sessions import SessionStatus

CLIENTS = 50


@pytest.fixture(scope="module")
def session(local_session: SessionStatus) -> Iterator[Session]:
    with connect(name=local_session.name) as connection:
        yield connection


DRAW = """
import base64
import matplotlib.pyplot as plt
def draw(number, color):
    with emout_lab.remote_figure(display=False, session=session) as figure:
        plt.figure(figsize=(2, 1.5), dpi=50)
        values = session.open("numpy:arange", 50.0)
        plt.plot(values * (number % 3 + 1), color=color, linewidth=4)
        plt.gca().set_facecolor(color)
        plt.title(f"{color} {number}")
    return figure.result.data
def film(color):
    return [base64.b64encode(draw(n, color)).decode() for n in range(12)]
"""


def pixels(text: str) -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(base64.b64decode(text))).convert("RGB"))


def test_two_kernels_that_draw_at_once_have_their_own_pictures(session, tmp_path):
    with program(tmp_path / "a") as first, program(tmp_path / "b") as second:
        alone = {}
        for book, color in ((first, "red"), (second, "blue")):
            book.run(DRAW)
            alone[color] = [pixels(each) for each in book.run(f"film({color!r})")]
        first.begin("film('red')")
        second.begin("film('blue')")
        at_once = {"red": first.end(), "blue": second.end()}
    for color, pictures in alone.items():
        for before, now in zip(pictures, at_once[color], strict=True):
            assert np.array_equal(before, pixels(now))
    assert not np.array_equal(alone["red"][0], alone["blue"][0])


def test_fifty_clients_at_once_are_all_served_and_leave_nothing(session, local_session):
    def state() -> tuple[int, int]:
        (found,) = session.client.sync(engines.snapshots, session.client).values()
        return len(found.objects), found.pid

    def sockets() -> int:
        """Return how many files the engine's process has open."""
        return len(os.listdir(f"/proc/{state()[1]}/fd"))

    def crowd() -> list[list[float]]:
        everybody = threading.Barrier(CLIENTS, timeout=120)

        def work(number: int) -> list[float]:
            client = sessions.connect(local_session.name, set_as_default=False)
            with Session(client, local_session.name) as mine:
                everybody.wait()
                values = mine.open("numpy:full", 1000, float(number))
                found = [float((values + n).sum()) for n in range(4)]
                everybody.wait()
            client.close()
            return found

        with ThreadPoolExecutor(CLIENTS) as pool:
            return list(pool.map(work, range(CLIENTS)))

    before = state()
    expected = [[1000.0 * (number + n) for n in range(4)] for number in range(CLIENTS)]
    assert crowd() == expected
    wait_until(lambda: state() == before)
    # Dask keeps some connections for the next questions, and no more of them after more clients.
    files = sockets()
    assert crowd() == expected
    wait_until(lambda: state() == before)
    wait_until(lambda: sockets() <= files + 3)
