"""Open views: leases, and numbers that go on while a program runs."""

from __future__ import annotations

import asyncio
import threading
import time

import matplotlib.pyplot as plt
import numpy as np
import pytest

from emout_lab.engine.executor import ProgramExecutor
from emout_lab.engine.live import views
from emout_lab.engine.live.views import LiveViews
from emout_lab.engine.live.wishes import AxesWish, Wish
from emout_lab.engine.program_queue import ProgramQueue, WorkKind
from emout_lab.engine.protocol import FigureOptions
from emout_lab.errors import ObjectGone


class Engine:
    """What an engine is to its live figures."""

    def __init__(self, executor: ProgramExecutor) -> None:
        self.executor = executor
        self.queue = ProgramQueue(asyncio.get_running_loop())
        self.views = LiveViews(self._executor, self.queue)

    async def _executor(self) -> ProgramExecutor:
        return self.executor

    async def draw(self, function) -> str:
        """Draw a figure and return its id."""

        def drawn():
            figures = self.executor.figures
            with figures.current("d") as state:
                function()
                state.note(None)
            return [each.id for each in figures.finish("d", FigureOptions(dpi=30))]

        (name,) = await self.queue.begin(WorkKind.PROGRAM, drawn)
        return name

    def close(self) -> None:
        self.views.close_all()
        self.queue.close()


@pytest.fixture
def executor():
    made = ProgramExecutor("0", [].append, lambda: (10**9, 2 * 10**9))
    made.start()
    yield made
    made.close()


@pytest.fixture
def play(executor):
    """Run a story of an engine in an event loop."""

    def run(story):
        async def told():
            engine = Engine(executor)
            try:
                return await asyncio.wait_for(story(engine), 60)
            finally:
                engine.close()

        return asyncio.run(told())

    return run


def a_map():
    plt.imshow(np.arange(12.0).reshape(3, 4))


def lines():
    plt.plot([1, 2, 3])


def kinds(frame) -> list[str]:
    return [layer["kind"] for layer in frame.header["layers"]]


def live_threads() -> list[str]:
    names = [each.name for each in threading.enumerate() if each.is_alive()]
    return [name for name in names if name.startswith("emout-lab-live")]


def test_numbers_go_on_while_a_program_spins_and_the_rest_picture_follows(play):
    go_on = threading.Event()

    def spin():
        end = time.monotonic() + 30
        while not go_on.is_set() and time.monotonic() < end:
            sum(range(1000))

    async def story(engine):
        name = await engine.draw(a_map)
        hello = await engine.views.open("a", name)
        first = await engine.views.frame("a", Wish(1, hello.size))
        have = tuple(layer["key"] for layer in first.header["layers"])
        spinning = engine.queue.begin(WorkKind.PROGRAM, spin)
        await asyncio.sleep(0.05)
        moving = [
            await engine.views.frame(
                "a", Wish(k, hello.size, axes=(AxesWish(0, x=(0, k)),), have=have)
            )
            for k in range(1, 10)
        ]
        resting = await engine.views.frame("a", Wish(99, hello.size, rest=True))
        second = await engine.views.open("b", name)
        fresh = await engine.views.frame("b", Wish(1, second.size))
        assert not spinning.done()
        go_on.set()
        await spinning
        rest = await engine.views.frame("a", Wish(100, hello.size, rest=True))
        return first, moving, resting, fresh, rest

    first, moving, resting, fresh, rest = play(story)
    assert first.header["busy"] is None
    assert kinds(first) == ["lut", "cells", "decor"]
    assert all(frame.header["busy"] for frame in [*moving, resting, fresh])
    assert all("cells" in kinds(frame) for frame in moving)
    assert [frame.header["axes"][0]["xlim"][1] for frame in moving] == list(range(1, 10))
    assert not resting.header["rest"]
    assert "cells" in kinds(fresh)
    assert rest.header["rest"]
    assert kinds(rest) == ["picture"]


def test_pixels_wait_for_the_program_and_say_so(play):
    go_on = threading.Event()

    async def story(engine):
        hello = await engine.views.open("a", await engine.draw(lines))
        waiting = engine.queue.begin(WorkKind.PROGRAM, partial_wait(go_on))
        frame = await engine.views.frame("a", Wish(1, hello.size, axes=(AxesWish(0, x=(0, 1)),)))
        go_on.set()
        await waiting
        return frame, await engine.views.frame("a", Wish(2, hello.size))

    busy, drawn = play(story)
    assert busy.header["busy"] == "a program"
    assert kinds(busy) == []
    assert busy.header["axes"][0]["xlim"] == [0, 1]
    assert kinds(drawn) == ["picture"]


def partial_wait(event: threading.Event):
    return lambda: event.wait(30)


def test_a_view_that_nobody_renews_is_closed_and_leaves_nothing(play, executor, monkeypatch):
    monkeypatch.setattr(views, "LEASE_S", 1.0)
    monkeypatch.setattr(views, "LOOK_EVERY_S", 0.05)

    async def story(engine):
        name = await engine.draw(a_map)
        hello = await engine.views.open("a", name)
        await engine.views.open("b", name)
        assert executor.figures.pins == 1
        await engine.views.frame("a", Wish(1, hello.size))
        while len(engine.views) > 1:
            await asyncio.sleep(0.05)
            assert await engine.views.renew("a") is False
        left = len(engine.views), executor.figures.pins
        with pytest.raises(ObjectGone):
            await engine.views.renew("b")
        while len(engine.views):
            await asyncio.sleep(0.05)
        return left

    assert play(story) == (1, 1)
    assert executor.figures.pins == 0
    while live_threads():
        time.sleep(0.01)


def test_two_viewers_of_one_figure_do_not_disturb_each_other(play):
    async def story(engine):
        name = await engine.draw(a_map)
        hello = await engine.views.open("a", name)
        await engine.views.open("b", name)
        zoomed = Wish(1, hello.size, axes=(AxesWish(0, x=(0, 1), cmap="magma"),), rest=True)
        plain = Wish(1, hello.size, rest=True)
        alone = await engine.views.frame("b", plain)
        both = await asyncio.gather(
            *(
                engine.views.frame("a" if k % 2 else "b", zoomed if k % 2 else plain)
                for k in range(8)
            )
        )
        return alone, both

    alone, both = play(story)
    assert all(frame.payloads == alone.payloads for frame in both[::2])
    assert all(frame.payloads == both[1].payloads for frame in both[1::2])
    assert both[1].payloads != alone.payloads


def test_opening_a_view_twice_gives_the_same_one(play, executor):
    async def story(engine):
        name = await engine.draw(a_map)
        first = await engine.views.open("a", name)
        again = await engine.views.open("a", name)
        return first == again, len(engine.views), executor.figures.pins

    assert play(story) == (True, 1, 1)
