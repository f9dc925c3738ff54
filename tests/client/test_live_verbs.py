"""Live figures of engines, asked as a server asks them."""

from __future__ import annotations

import threading

import matplotlib.pyplot as plt
import numpy as np
import pytest

from emout_lab.engine.live.views import MOST_VIEWS
from emout_lab.engine.live.wishes import AxesWish, Probe, Wish
from emout_lab.engine.protocol import Call, FigureOptions, Program
from emout_lab.engine.serialization import pack, unpack
from emout_lab.errors import EngineBusy, ObjectGone, SpecError


@pytest.fixture
def what_is_left(engine, program):
    """Return threads of live figures, open views and pins of the engine."""

    def look():
        from emout_lab.engine.process_state import PROCESS
        from emout_lab.engine.worker_plugin import engine_of

        engine = engine_of(PROCESS.worker)
        names = [each.name for each in threading.enumerate()]
        live = [name for name in names if name.startswith("emout-lab-live")]
        return live, len(engine.live), engine.warm_executor().figures.pins

    return lambda: unpack(engine.submit(program(look)).result(60).value)


@pytest.fixture
def drawn(connected, engine):
    """Draw a figure and return its id."""

    # By value: engines cannot import this file.
    def draw(kind):
        figure, axes = plt.subplots()
        if kind == "map":
            axes.imshow(np.arange(12.0).reshape(3, 4))
        else:
            axes.plot([1, 2, 3])
        return figure

    def make(kind="map") -> str:
        call = Call("c", pack((draw, (kind,), {})), "draw", drawing="d", keep=False)
        options = (("d", FigureOptions(dpi=50)),)
        client = str(connected.client.id)
        program = Program(client, (call,), drawings=options, finish=options)
        reply = engine.submit(program).result(60)
        assert reply.failure is None, reply.failure
        return reply.figures[0].id

    return make


def ask(engine, verb, *args):
    return engine.invoke(verb, *args).result(60)


@pytest.mark.parametrize("kind", ["map", "lines"])
def test_a_figure_is_opened_shown_and_closed(engine, drawn, kind):
    figure = drawn(kind)
    hello = ask(engine, "live_open", "a", figure)
    assert hello.kind == ("numbers" if kind == "map" else "pixels")
    moving = ask(engine, "live_frame", "a", Wish(1, hello.size))
    kinds = [layer["kind"] for layer in moving.header["layers"]]
    assert kinds == (["lut", "cells", "decor"] if kind == "map" else ["picture"])
    assert [len(each) for each in moving.payloads] == [
        layer["bytes"] for layer in moving.header["layers"]
    ]
    rest = ask(engine, "live_frame", "a", Wish(2, hello.size, rest=True))
    assert rest.header["rest"]
    assert rest.payloads[0][:4] == b"\x89PNG"
    assert ask(engine, "live_probe", "a", Probe(3, "hover", 0, 1.0, 2.0))["seq"] == 3
    ask(engine, "live_renew", "a")
    ask(engine, "live_close", "a")
    ask(engine, "live_close", "a")
    with pytest.raises(ObjectGone, match="Open it again"):
        ask(engine, "live_frame", "a", Wish(4, hello.size))


def test_opening_and_closing_a_hundred_times_leaves_nothing(engine, drawn, what_is_left):
    figure = drawn()
    for n in range(100):
        hello = ask(engine, "live_open", f"view-{n}", figure)
        if n % 10 == 0:
            ask(engine, "live_frame", f"view-{n}", Wish(1, hello.size))
        ask(engine, "live_close", f"view-{n}")
    assert what_is_left() == ([], 0, 0)


def test_too_many_views_are_refused(engine, drawn):
    figure = drawn()
    for n in range(MOST_VIEWS):
        ask(engine, "live_open", f"view-{n}", figure)
    with pytest.raises(EngineBusy, match="Close some"):
        ask(engine, "live_open", "one more", figure)
    for n in range(MOST_VIEWS):
        ask(engine, "live_close", f"view-{n}")
    ask(engine, "live_open", "one more", figure)
    ask(engine, "live_close", "one more")


def test_a_figure_that_is_not_kept_is_not_opened(engine):
    with pytest.raises(ObjectGone, match="Run its cell again"):
        ask(engine, "live_open", "a", "nothing")


def test_a_wish_that_no_figure_fulfils_is_refused_and_the_view_goes_on(engine, drawn):
    hello = ask(engine, "live_open", "a", drawn())
    with pytest.raises(SpecError, match="number 7"):
        ask(engine, "live_frame", "a", Wish(1, hello.size, axes=(AxesWish(7),)))
    assert ask(engine, "live_frame", "a", Wish(2, hello.size)).header["seq"] == 2
    ask(engine, "live_close", "a")


def test_an_open_figure_stays_when_it_is_cleared_from_the_gallery(engine, drawn):
    figure = drawn()
    hello = ask(engine, "live_open", "a", figure)
    ask(engine, "forget_figures", [figure])
    assert ask(engine, "live_frame", "a", Wish(1, hello.size, rest=True)).header["rest"]
    ask(engine, "live_close", "a")
    with pytest.raises(ObjectGone):
        ask(engine, "live_open", "a", figure)
