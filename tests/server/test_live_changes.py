"""Live figures that do not stay what they were: programs change them, steps cannot be read."""

import asyncio
import os

import pytest

from .live_browser import drawn, look_at, on_engine


@pytest.fixture(scope="module")
def session(local_session):
    return local_session.name


@pytest.fixture
def browser(open_socket, session):
    """Let browsers look at figures."""

    async def look(figure, **more):
        return await look_at(open_socket, session, figure, **more)

    return look


@pytest.fixture
def live(jp_serverapp):
    return jp_serverapp.web_app.settings["emout_lab"].live


def remembered(kind="map"):
    """How a figure is drawn that later programs can change."""

    def draw():
        import matplotlib
        import matplotlib.pyplot as plt
        import numpy as np

        from emout_lab.engine.live.steps import Steps, give_steps

        figure, axes = plt.subplots(figsize=(4, 3), dpi=100)
        if kind == "map":
            image = axes.imshow(np.zeros((12, 16)), vmin=0, vmax=430)
            give_steps(image, Steps(5, tuple("01234"), "s", lambda t: np.full((12, 16), 100.0 * t)))
        else:
            axes.plot([1, 2, 3])
        matplotlib.remembered = figure

    return draw


def a_change(name):
    """What a program does to the figure that was remembered."""
    import matplotlib
    import matplotlib.pyplot as plt
    import numpy as np

    def add_axes():
        matplotlib.remembered.add_axes([0.8, 0.8, 0.1, 0.1])

    def become_lines():
        (axes,) = matplotlib.remembered.axes
        axes.clear()
        axes.plot([3, 1, 2])

    def become_a_map():
        (axes,) = matplotlib.remembered.axes
        axes.clear()
        axes.imshow(np.full((6, 8), 5.0), cmap="magma", vmin=0, vmax=10)

    def take_all():
        matplotlib.remembered.clear()

    def close():
        plt.close(matplotlib.remembered)
        matplotlib.remembered.clear()

    def move_axes():
        matplotlib.remembered.axes[0].set_position([0.5, 0.5, 0.4, 0.4])

    def become_logarithmic():
        matplotlib.remembered.axes[0].set_xscale("log")

    return locals()[name]


CHANGES = [
    ("map", "add_axes", "numbers", 2),
    ("map", "become_lines", "pixels", 1),
    ("map", "become_a_map", "numbers", 1),
    ("map", "take_all", "pixels", 0),
    ("map", "close", "pixels", 0),
    ("map", "move_axes", "numbers", 1),
    ("lines", "become_a_map", "numbers", 1),
    ("lines", "become_logarithmic", "pixels", 1),
]


@pytest.mark.parametrize(("kind", "change", "becomes", "axes"), CHANGES)
async def test_a_figure_that_a_program_changes_is_told_anew(
    browser, session, kind, change, becomes, axes
):
    one = await browser(await drawn(session, lambda: remembered(kind)))
    await one.wish()
    await one.until(lambda b: b.frames and b.header["rest"])
    before = one.layer("picture")[1]
    await on_engine(session, a_change(change))
    if change != "add_axes":  # also somebody who wishes nothing is told
        await one.wish()
    await one.until(lambda b: len(b.told("hello")) == 2)
    assert (one.hello["kind"], len(one.hello["axes"])) == (becomes, axes)
    assert one.hello["view"] == one.told("hello")[0]["view"]
    seq = await one.wish()
    await one.until(lambda b: b.answers(seq, rest=True))
    assert one.layer("picture")[1] != before
    # The same as one who comes only now is told.
    two = await browser(one.figure)
    for mine, other in zip(one.hello.pop("axes"), two.hello.pop("axes"), strict=True):
        assert {k: (mine[k], other[k]) for k in mine if mine[k] != other[k]} == {}
    assert {**two.hello, "view": ""} == {**one.hello, "view": ""}
    await two.wish()
    await two.until(lambda b: b.frames and b.header["rest"])
    assert two.layer("picture")[1] == one.layer("picture")[1]
    assert len(one.told("hello")) == 2, "it is told once"


async def test_what_is_wished_of_a_figure_that_has_changed_is_answered_by_what_it_is(
    browser, session
):
    one = await browser(await drawn(session, remembered))
    await one.wish(t=2, axes=[{"i": 0, "x": [2, 9]}])
    await one.until(lambda b: b.frames and b.header["rest"])
    await on_engine(session, a_change("take_all"))
    # There are neither steps nor axes any more.
    await one.wish(t=3, axes=[{"i": 0, "x": [3, 9]}])
    await one.until(lambda b: len(b.told("hello")) == 2)
    assert (one.hello["kind"], one.hello["axes"], one.hello["steps"]) == ("pixels", [], None)
    seq = await one.wish()
    await one.until(lambda b: b.answers(seq, rest=True))


async def test_a_film_shows_what_a_program_makes_of_its_figure(browser, session):
    one = await browser(await drawn(session, remembered))
    await one.wish(t=0, play={"fps": 60, "loop": True})
    await one.until(lambda b: len(b.frames) > 6)
    await on_engine(session, a_change("become_a_map"))
    await one.until(lambda b: len(b.told("hello")) == 2)
    count = len(one.frames)
    seq = await one.wish()
    await one.until(lambda b: b.answers(seq))
    header, payloads = one.answers(seq)[0]
    (cells,) = [
        p for p, la in zip(payloads, header["layers"], strict=True) if la["kind"] == "cells"
    ]
    assert set(cells) <= {128}
    assert len(one.frames) > count


async def test_values_that_a_program_has_changed_are_seen_by_who_wishes_nothing(browser, session):
    def change():
        import matplotlib

        (image,) = matplotlib.remembered.axes[0].images
        image.set_data(image.get_array() + 215.0)

    one = await browser(await drawn(session, remembered))
    await one.wish()
    await one.until(lambda b: b.frames and b.header["rest"])
    count, before = len(one.frames), one.layer("picture")[1]
    await on_engine(session, change)
    await one.until(lambda b: len(b.frames) > count and b.header["rest"])
    assert one.layer("picture")[1] != before
    assert len(one.told("hello")) == 1, "it is the same figure"


async def test_a_program_that_changes_nothing_has_nothing_drawn(browser, session):
    one = await browser(await drawn(session, remembered))
    await one.wish()
    await one.until(lambda b: b.frames and b.header["rest"])
    count = len(one.frames)
    await on_engine(session, sum, (1, 2))
    await one.for_a_while(2.5)
    assert (len(one.frames), len(one.told("hello"))) == (count, 1)


@pytest.fixture
def fifo(tmp_path):
    """A file of which nothing can be read until the test lets it."""
    path = tmp_path / "step"
    os.mkfifo(path)
    yield path
    release(path)


def release(path):
    """Let all who read it see its end."""
    try:
        os.close(os.open(path, os.O_WRONLY | os.O_NONBLOCK))
    except OSError:
        return  # nobody reads it


def hanging(path):
    """How a map is drawn whose step 3 stands in a file that cannot be read."""

    def how():
        def draw():
            import matplotlib.pyplot as plt
            import numpy as np

            from emout_lab.engine.live.steps import Steps, give_steps

            def read(t):
                if t == 3:
                    with open(path) as file:
                        file.read()
                return np.full((12, 16), 100.0 * t)

            image = plt.subplots(figsize=(4, 3), dpi=100)[1].imshow(read(0), vmin=0, vmax=430)
            give_steps(image, Steps(5, tuple("01234"), "s", read))

        return draw

    return how


async def test_a_step_that_hangs_is_said_and_nobody_waits_for_it(browser, session, fifo, live):
    figure = await drawn(session, hanging(str(fifo)))
    one, two = await browser(figure), await browser(figure)
    await one.wish(t=1)
    await one.until(lambda b: b.frames and b.header["rest"])
    await one.wish(t=3)
    await one.until(lambda b: b.told("busy"))
    assert one.told("busy")[-1]["label"] == "reading step 3"
    # It moves on, with the step that is there, and says so.
    seq = await one.wish(t=3, axes=[{"i": 0, "x": [2, 9]}])
    await one.until(lambda b: b.answers(seq))
    assert (one.header["t"], one.header["axes"][0]["xlim"]) == (1, [2.0, 9.0])
    await one.send({"type": "probe", "seq": 5, "kind": "hover", "i": 0, "x": 3, "y": 4})
    await one.until(lambda b: b.told("values"))
    assert one.told("values")[-1]["value"] == 100.0
    await two.wish(t=2)
    await two.until(lambda b: b.frames and b.header["rest"])
    assert not two.told("busy")
    # Another step is there at once.
    seq = await one.wish(t=4)
    await one.until(lambda b: b.answers(seq, rest=True))
    assert (one.header["t"], one.told("busy")[-1]["label"]) == (4, None)
    await one.wish(t=3)
    two.socket.close()
    while len(live) > 1:
        await one.read()
    release(fifo)
    await one.until(lambda b: b.header["rest"] and b.header["t"] == 3)
    assert one.told("busy")[-1]["label"] is None
    assert not one.told("error")


async def test_a_view_whose_step_hangs_is_closed_at_once(browser, session, fifo, live):
    one = await browser(await drawn(session, hanging(str(fifo))))
    await one.wish(t=3)
    await one.until(lambda b: b.told("busy"))
    one.socket.close()
    while len(live):
        await asyncio.sleep(0.02)

    def open_views():
        from emout_lab.engine.process_state import PROCESS
        from emout_lab.engine.worker_plugin import engine_of

        return len(engine_of(PROCESS.worker).live)

    assert await on_engine(session, open_views) == 0


async def test_a_film_waits_for_a_step_that_hangs_and_leaves_none_out(browser, session, fifo):
    one = await browser(await drawn(session, hanging(str(fifo))))
    await one.wish(t=2, play={"fps": 60, "loop": True})
    await one.until(lambda b: b.told("busy"))
    release(fifo)
    await one.until(lambda b: [h for h, _ in b.frames if h["t"] == 4])
    steps = [header["t"] for header, _ in one.frames if header["busy"] is None]
    assert steps[:3] == [2, 3, 4]
