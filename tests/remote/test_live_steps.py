"""What fields and films tell an engine's live figures, and what these make of it."""

from __future__ import annotations

import io
import os
import signal
import uuid

import matplotlib.pyplot as plt
import numpy as np
import pytest
from matplotlib.animation import FuncAnimation
from PIL import Image
from waiting import wait_until

from emout_lab import Emout, remote_figure
from emout_lab.client import aio, live_recipes
from emout_lab.emses.demo import write_demo_data
from emout_lab.engine.live.wishes import AxesWish, Wish

LIMITS = {"vmin": -1.5, "vmax": 0.5}
MAPS = {
    "plot": lambda plane: plane.plot(**LIMITS),
    "plot in EMSES units": lambda plane: plane.plot(use_si=False, vmin=-200, vmax=50),
    "xarray's": lambda plane: plane.plot.pcolormesh(**LIMITS),
    "imshow": lambda plane: plt.imshow(plane, origin="lower", **LIMITS),
    "pcolormesh": lambda plane: plt.gca().pcolormesh(plane, **LIMITS),
    "an expression": lambda plane: np.abs(plane * 2).plot(vmin=0, vmax=3),
    "uneven": lambda plane: plane[[1, 2, 5, 9]].plot(**LIMITS),
}


@pytest.fixture(scope="module")
def data(session, tmp_path_factory):
    directory = write_demo_data(tmp_path_factory.mktemp("run"), grid=16, steps=4)
    return Emout(directory).remote()


class View:
    """A view of a live figure, as the server has it."""

    def __init__(self, session, figure: str) -> None:
        self._session, self._id = session, uuid.uuid4().hex
        (self._address,) = session.client.sync(aio.snapshots, session.client)
        self.hello = self._ask("live_open", figure)

    def __enter__(self) -> View:
        return self

    def __exit__(self, *error) -> None:
        self._ask("live_close")

    def frame(self, t: int | None, **options):
        return self._ask("live_frame", Wish(seq=1, size=self.hello.size, t=t, **options))

    def rest(self, t: int | None = None, **options) -> np.ndarray:
        found = self.frame(t, rest=True, **options)
        return np.asarray(Image.open(io.BytesIO(found.payloads[-1])))

    def _ask(self, verb: str, *args):
        client = self._session.client
        return client.sync(aio.invoke, client, self._address, verb, self._id, *args)


def live(draw) -> str:
    with remote_figure(dpi=60, display=False, live=True) as figure:
        draw()
    return figure.result.figure.id


@pytest.mark.parametrize("name", MAPS)
def test_a_map_at_another_step_is_what_would_have_been_drawn(session, data, name: str):
    with (
        View(session, live(lambda: MAPS[name](data.phisp[-1, :, 8, :]))) as view,
        View(session, live(lambda: MAPS[name](data.phisp[1, :, 8, :]))) as other,
    ):
        assert view.hello.kind == "numbers"
        assert (view.hello.steps["count"], view.hello.steps["at"]) == (4, 3)
        np.testing.assert_array_equal(view.rest(1), other.rest())
        moved, drawn = view.frame(1), other.frame(None)
        for kind in ("cells", "lut"):
            (one,), (same,) = (
                [
                    payload
                    for layer, payload in zip(found.header["layers"], found.payloads, strict=True)
                    if layer["kind"] == kind and layer["axes"] == 0
                ]
                for found in (moved, drawn)
            )
            assert one == same
        assert moved.header["axes"][0]["title"] == drawn.header["axes"][0]["title"]


def test_values_and_times_have_their_units(session, data):
    with View(session, live(lambda: data.phisp[-1, :, 8, :].plot())) as view:
        assert view.hello.axes[0]["unit"] == "V"
        assert view.hello.steps["unit"] == "ns"
        assert view.hello.steps["labels"][0] == "0.0"


def test_a_film_of_a_map_moves_as_numbers(session, data):
    with View(session, live(lambda: data.phisp[:, :, 8, :].gifplot())) as view:
        assert (view.hello.kind, view.hello.steps["count"]) == ("numbers", 4)
        titles = [view.frame(t).header["axes"][0]["title"] for t in (0, 2)]
        assert titles[0] != titles[1]
        assert len({view.rest(t).tobytes() for t in range(4)}) == 4


@pytest.mark.parametrize(
    "draw",
    [
        lambda data: data.phisp[:, :, 8, :].gifplot(mode="cm+cont"),
        lambda data: data.phisp[:, 8, 8, :].gifplot(),
        lambda data: data.exz[:, :, 8, :].gifplot(mode="vec"),
    ],
)
def test_other_films_move_as_pixels(session, data, draw):
    with View(session, live(lambda: draw(data))) as view:
        assert (view.hello.kind, view.hello.steps["count"]) == ("pixels", 4)
        assert view.hello.reason
        assert len({view.rest(t).tobytes() for t in range(4)}) == 4


def test_any_animation_has_its_frames(session):
    kept = []

    def draw():
        fig, ax = plt.subplots()
        (line,) = ax.plot([0, 1], [0, 1])
        kept.append(FuncAnimation(fig, line.set_ydata, frames=[[0, 1], [1, 0], [1, 1]]))

    with View(session, live(draw)) as view:
        assert view.hello.steps["count"] == 3
        assert len({view.rest(t).tobytes() for t in range(3)}) == 3


def test_the_view_is_the_same_after_its_engine_was_killed(session, data):
    figure = live(lambda: data.phisp[-1, :, 8, :].plot())
    with View(session, figure) as view:
        wish = {"axes": (AxesWish(0, x=(0.01, 0.02), clim=(-1.0, 0.0)),)}
        before = view.rest(1, **wish)
        (found,) = session.client.sync(aio.snapshots, session.client).values()
        address = session.queue.link.locate()
        os.kill(found.pid, signal.SIGKILL)
        wait_until(lambda: session.queue.link.is_gone(address))
        recipe = live_recipes.needed(session.name, figure)
        (again,) = session.client.sync(
            live_recipes.draw_again, session.client, session.name, recipe
        )
        with View(session, again) as healed:
            np.testing.assert_array_equal(healed.rest(1, **wish), before)
            view._address = healed._address
            view._id = healed._id
