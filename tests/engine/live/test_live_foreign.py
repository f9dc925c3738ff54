"""Live figures whose code fails, hangs, changes the figure, or is interrupted."""

from __future__ import annotations

import asyncio
import threading

import matplotlib.pyplot as plt
import numpy as np
import pytest
from matplotlib.animation import FuncAnimation
from matplotlib.image import AxesImage

from emout_lab.engine.interrupts import Interruptible
from emout_lab.engine.live import foreign
from emout_lab.engine.live.foreign import LiveThreads, Reading, contained
from emout_lab.engine.live.steps import Steps, give_steps
from emout_lab.engine.live.wishes import AxesWish
from emout_lab.errors import CannotShow, ObjectGone, SpecError

from .conftest import Shown

LOOKS = AxesWish(0, (2.0, 8.0), (6.0, 1.0), (5.0, 100.0), "magma")


class Watched(AxesImage):
    """An image that interrupts its drawing, and what brings it back afterwards."""

    work: Interruptible | None = None
    method = ""
    is_drawn = False

    def _note(self, method):
        self.is_drawn |= method == "draw" and self.work is not None
        if self.work is not None and self.is_drawn and method in ("draw", self.method):
            self.work.interrupt()

    def set_array(self, values):
        self._note("set_array")
        super().set_array(values)

    def set_cmap(self, cmap):
        self._note("set_cmap")
        super().set_cmap(cmap)

    def set_clim(self, *limits):
        self._note("set_clim")
        super().set_clim(*limits)

    def draw(self, renderer):
        self._note("draw")
        super().draw(renderer)


def state(figure, image):
    axes = image.axes
    places = [each.get_position(which).bounds for each in figure.axes for which in (True, False)]
    limits = [(each.get_xlim(), each.get_ylim()) for each in figure.axes]
    looks = image.get_cmap().name, image.get_clim(), float(image.get_array().sum())
    return tuple(figure.get_size_inches()), figure.dpi, places, limits, looks, axes.get_title()


@pytest.mark.parametrize("method", ["set_array", "set_cmap", "set_clim", "draw"])
def test_a_figure_whose_drawing_is_interrupted_is_as_it_was(method):
    figure, axes = plt.subplots()
    image = Watched(axes, cmap="viridis", extent=(0, 16, 0, 12))
    image.set_data(np.arange(192.0).reshape(12, 16))
    image.set_clim(0, 192)
    axes.add_image(image)
    axes.set(xlim=(0, 16), ylim=(0, 12), title="drawn")
    figure.colorbar(image)
    moved = Steps(3, "abc", "s", lambda t: np.full((12, 16), 9.0 * t), title=lambda t: f"step {t}")
    give_steps(image, moved)
    shown = Shown(figure)
    before, picture = state(figure, image), shown.picture()
    wish = shown.wish(LOOKS, size=(300, 500), t=2, rest=True)
    shown.view.read(wish)
    image.work, image.method = Interruptible(), method
    with pytest.raises(KeyboardInterrupt):
        image.work.run(lambda: shown.view.draw_picture(wish))
    image.work = None
    assert state(figure, image) == before
    assert np.array_equal(shown.picture(), picture)


@pytest.mark.parametrize(
    "error",
    [FileNotFoundError, KeyboardInterrupt, StopIteration, asyncio.CancelledError, ObjectGone],
)
def test_whatever_is_raised_ends_one_picture(run, error):
    def fail():
        raise error("odd")

    async def ask():
        threads = LiveThreads()
        with pytest.raises(CannotShow, match=error.__name__):
            await threads.compute(fail)
        assert await threads.compute(int, "3") == 3
        threads.rest()

    run(ask())


def test_what_is_wished_wrongly_stays_a_wrong_wish():
    def refuse():
        raise SpecError("t: 9", "t")

    with pytest.raises(SpecError, match="t: 9"):
        contained(refuse)


@pytest.mark.parametrize("dtype", [complex, object, "<U3"])
def test_a_step_of_no_numbers_is_refused(dtype):
    figure, axes = plt.subplots()
    image = axes.imshow(np.ones((3, 4)))
    give_steps(image, Steps(2, "ab", "s", lambda _: np.full((3, 4), 1, dtype)))
    shown = Shown(figure)
    with pytest.raises(SpecError, match="no numbers"):
        shown.view.read(shown.wish(t=1))


def test_a_step_that_hangs_keeps_no_other_waiting(run, monkeypatch):
    monkeypatch.setattr(foreign, "READ_TIMEOUT_S", 0.05)
    end = threading.Event()

    async def ask():
        threads, reading = LiveThreads(), Reading()

        def begin_hanging():
            return threads.read(end.wait)

        for step in range(foreign.MOST_READING_OF_ONE):
            for _ in range(2):  # asked for again, it is not read twice
                with pytest.raises(CannotShow, match=f"step {step} is not read"):
                    await reading.wait(step, begin_hanging)
        with pytest.raises(CannotShow, match="0, 1, 2 are still being read"):
            await reading.wait(9, begin_hanging)
        await Reading().wait(9, lambda: threads.read(int, "3"))  # of another viewer
        assert await threads.compute(int, "3") == 3
        end.set()
        await asyncio.sleep(0.05)
        await reading.wait(9, lambda: threads.read(int, "3"))
        threads.rest()

    run(ask())


def change_clear(figure):
    figure.clear()


def change_remove(figure):
    for axes in list(figure.axes):
        axes.remove()


def change_one(figure):
    figure.axes[1].remove()


@pytest.mark.parametrize("change", [change_clear, change_remove, change_one])
def test_a_wish_for_axes_that_have_gone_meanwhile_says_so(change):
    figure, both = plt.subplots(1, 2)
    both[1].plot([1, 2])
    both[0].imshow(np.ones((3, 4)))
    shown = Shown(figure)
    wish = shown.wish(AxesWish(1, (0.0, 0.5)), rest=True)
    shown.view.check(wish)
    change(figure)
    with pytest.raises(SpecError, match="number 1; the figure has"):
        shown.view.draw_picture(wish)
    assert shown.picture().size


@pytest.mark.parametrize("before", [None, 0, 2])
def test_two_viewers_of_an_animation_do_not_disturb_each_other(before):
    figure, axes = plt.subplots()
    (line,) = axes.plot([0, 1], [0, 0])
    axes.set_ylim(0, 5)
    animation = FuncAnimation(figure, lambda n: line.set_ydata([n, n]), frames=4)
    one, two = Shown(figure, animation), Shown(figure, animation)
    first = one.picture(t=before)
    two.picture(t=3)
    assert np.array_equal(one.picture(t=before), first)
