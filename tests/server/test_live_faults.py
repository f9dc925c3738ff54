"""Live figures when something is wrong: with a browser, with its messages, or with an engine."""

import asyncio
import os
import signal

import pytest
from tornado.httpclient import HTTPClientError, HTTPRequest
from tornado.websocket import websocket_connect

from emout_lab import Emout, connect, remote_figure
from emout_lab.client import aio as engines
from emout_lab.emses.demo import write_demo_data
from emout_lab.sessions import aio

from .conftest import PATIENCE_S, Nobody
from .live_browser import drawn, look_at
from .test_access import login_cookie
from .test_actions import a_long_program, run_whatever

WISH = '{"type": "wish", "seq": 1, "size": [400, 300]'


@pytest.fixture
def jp_server_config(jp_server_config):
    """Room for a few live figures."""
    jp_server_config["EmoutLabApp"] = {"live_figures": 18, "poll_interval": 0.3}
    return jp_server_config


@pytest.fixture(scope="module")
def session(local_session):
    return local_session.name


@pytest.fixture
def extension(jp_serverapp):
    return jp_serverapp.web_app.settings["emout_lab"]


async def engine_of(session):
    async with await aio.connect(session) as client:
        ((address, engine),) = (await engines.snapshots(client)).items()
        return address, engine.pid


@pytest.mark.parametrize(
    ("message", "field"),
    [
        ("no json", None),
        (b"\x00\x01", None),
        ('{"type": "evil"}', "type"),
        (WISH + ', "size": [1e9, 1]}', "size"),
        (WISH + ', "dpr": NaN}', None),
        (WISH + ', "axes": [{"i": 0, "x": [1e999, 0]}]}', "axes"),
        (WISH + ', "axes": [{"i": 63, "x": [1, 0]}]}', "axes"),
        (WISH + ', "axes": [{"i": 0, "cmap": "../../etc/passwd"}]}', "cmap"),
        (WISH + ', "axes": [{"i": 0, "clim": [2, 1]}]}', "clim"),
        (WISH + ', "t": 99}', "t"),
        ('{"type": "probe", "seq": 1, "kind": "hover", "i": 9, "x": 0, "y": 0}', "i"),
    ],
)
async def test_what_cannot_be_used_is_said_and_the_view_goes_on(
    open_socket, session, message, field
):
    browser = await look_at(open_socket, session, await drawn(session))
    await browser.send(message)
    await browser.until(lambda b: b.told("error"))
    (error,) = browser.told("error")
    assert error["field"] == field
    assert error["message"]
    browser.seq = 1
    seq = await browser.wish(t=1)
    await browser.until(lambda b: b.answers(seq, rest=True))


async def test_a_message_that_is_too_large_ends_the_socket(open_socket, session, extension):
    browser = await look_at(open_socket, session, await drawn(session))
    await browser.send(WISH + "}" + " " * 20_000)
    assert await browser.read() is None
    while len(extension.live):
        await asyncio.sleep(0.02)


def with_a_bad_step(kind):
    """How a map is drawn whose step 3 cannot be read."""

    def draw():
        import matplotlib.pyplot as plt
        import numpy as np

        from emout_lab.engine.live.steps import Steps, give_steps
        from emout_lab.errors import ObjectGone

        def read(t):
            if t != 3:
                return np.full((12, 16), 100.0 * t)
            if kind == "file":
                return np.load("/no/such/file.npy")
            raise {"interrupt": KeyboardInterrupt, "own": ObjectGone, "end": StopIteration}[kind](
                "!"
            )

        image = plt.subplots(figsize=(4, 3), dpi=100)[1].imshow(read(0), vmin=0, vmax=430)
        give_steps(image, Steps(5, tuple("01234"), "s", read))

    return draw


@pytest.mark.parametrize("kind", ["file", "interrupt", "own", "end"])
async def test_a_step_that_cannot_be_read_is_said_and_the_view_goes_on(open_socket, session, kind):
    figure = await drawn(session, lambda: with_a_bad_step(kind))
    browser = await look_at(open_socket, session, figure)
    _, engine = await engine_of(session)
    await browser.wish(t=3)
    await browser.until(lambda b: b.told("error"))
    assert browser.told("error")[0]["message"]
    seq = await browser.wish(t=1)
    await browser.until(lambda b: b.answers(seq, rest=True))
    assert not browser.told("gone")
    assert (await engine_of(session))[1] == engine, "it has taken its engine with it"


def slowly_drawn():
    """How a figure is drawn whose pictures take a while, in Python."""

    def draw():
        import time

        import matplotlib.pyplot as plt
        from matplotlib.lines import Line2D

        class Slow(Line2D):
            def draw(self, renderer):
                end = time.monotonic() + 1.0
                while plt.rcParams["figure.dpi"] and time.monotonic() < end:
                    time.sleep(0.01)
                super().draw(renderer)

        axes = plt.subplots(figsize=(4, 3), dpi=100)[1]
        axes.add_line(Slow([0, 1], [0, 1]))

    return draw


async def test_a_live_picture_that_is_interrupted_is_said_and_the_view_goes_on(
    api, open_socket, session
):
    browser = await look_at(open_socket, session, await drawn(session, slowly_drawn))
    await browser.wish()
    await browser.until(lambda b: b.frames and b.header["rest"])
    before = browser.layer("picture")[1]
    _, workers = await api("sessions", session, "workers")
    worker = workers["workers"][0]["id"]
    await browser.wish(axes=[{"i": 0, "x": [2, 3]}], size=[500, 400])
    while not browser.told("error"):
        await browser.for_a_while(0.1)
        await api("sessions", session, "workers", worker, "interrupt", method="POST")
    assert "interrupted" in browser.told("error")[0]["message"]
    seq = await browser.wish()
    await browser.until(lambda b: b.answers(seq, rest=True))
    assert browser.layer("picture")[1] == before
    assert not browser.told("gone")


BAD = ["..", "%2e%2e", "%2e%2e%2fx", "%00", "a" * 300, "%ff", "%F0%9F%92%A5", "*", "0" * 31 + "g"]


@pytest.mark.parametrize("name", BAD)
async def test_a_name_that_is_none_shows_nothing(open_socket, session, extension, name):
    figure = await drawn(session)
    for parts in [(session, name), (name, figure), (name, name)]:
        try:
            stranger = await look_at(open_socket, *parts)
        except HTTPClientError as error:
            assert error.code in (400, 403, 404)
            continue
        (gone,) = stranger.messages
        assert (gone["type"], gone["healing"]) == ("gone", False)
        assert 0 < len(gone["reason"]) < 1000
        assert await stranger.read() is None
    assert len(extension.live) == 0


@pytest.mark.parametrize("header", ["", "token wrong"])
async def test_without_the_token_no_figure_is_shown(open_socket, header):
    with pytest.raises(HTTPClientError) as caught:
        await open_socket("live", "x", "y", headers={"Authorization": header})
    assert caught.value.code == 403


async def test_a_page_of_elsewhere_sees_no_figure(
    jp_serverapp, http_server_client, jp_http_port, jp_base_url
):
    cookie = await login_cookie(jp_serverapp, http_server_client, jp_base_url)
    url = f"ws://127.0.0.1:{jp_http_port}{jp_base_url}emout-lab/api/live/x/y"
    headers = {"Cookie": cookie, "Origin": "http://elsewhere.example"}
    with pytest.raises(HTTPClientError) as caught:
        await websocket_connect(HTTPRequest(url, headers=headers))
    assert caught.value.code == 403


@pytest.mark.parametrize("authorizer", [Nobody])
async def test_a_user_without_permission_sees_no_figure(open_socket):
    with pytest.raises(HTTPClientError) as caught:
        await open_socket("live", "x", "y")
    assert caught.value.code == 403


async def test_more_viewers_than_there_may_be_are_told_so(open_socket, session, extension):
    figure = await drawn(session)
    shown = [await look_at(open_socket, session, figure) for _ in range(16)]
    assert {each.messages[0]["type"] for each in shown} == {"hello"}
    # The engine has no room for another one, and then neither the server.
    refused = await look_at(open_socket, session, figure)
    (gone,) = refused.messages
    assert gone["type"] == "gone"
    assert "16" in gone["reason"]
    extension.live.most = 16
    refused = await look_at(open_socket, session, figure)
    assert "live_figures" in refused.messages[0]["reason"]
    assert await refused.read() is None
    assert refused.socket.close_code == 1013
    shown.pop().socket.close()
    while len(extension.live) == 16:
        await asyncio.sleep(0.02)
    shown.append(await look_at(open_socket, session, figure))
    assert shown[-1].messages[0]["type"] == "hello"
    extension.live.most = 17
    refused = await look_at(open_socket, session, figure)
    assert "Close some of them" in refused.messages[0]["reason"]
    assert len(extension.live) == 16, "who was refused takes no place"


async def test_numbers_go_on_while_a_program_runs_and_the_picture_follows(
    api, open_socket, session
):
    browser = await look_at(open_socket, session, await drawn(session))
    await browser.wish(t=0)
    await browser.until(lambda b: b.frames and b.header["rest"])
    running = asyncio.ensure_future(run_whatever(session, a_long_program()))
    _, worker = await api("sessions", session, "workers")
    while not worker["workers"][0]["current"]:
        _, worker = await api("sessions", session, "workers")
    seq = await browser.wish(t=2)
    await browser.until(lambda b: b.answers(seq) and b.told("busy"))
    assert not running.done()
    assert not browser.answers(seq, rest=True)
    assert browser.told("busy")[-1]["label"] == "a long call"
    worker = worker["workers"][0]["id"]
    await api("sessions", session, "workers", worker, "interrupt", method="POST")
    await browser.until(lambda b: b.answers(seq, rest=True))
    assert browser.told("busy")[-1]["label"] is None
    await running


async def test_a_server_that_ends_closes_its_views(open_socket, session, extension):
    figure = await drawn(session)
    browser = await look_at(open_socket, session, figure)
    await browser.wish(t=1, play={"fps": 60, "loop": True})
    await browser.until(lambda b: len(b.frames) > 3)
    await extension.live.stop()
    while not browser.is_closed:
        await browser.read()
    assert len(extension.live) == 0
    again = [await look_at(open_socket, session, figure) for _ in range(16)]
    assert {each.messages[0]["type"] for each in again} == {"hello"}, "a view was left behind"


async def test_opening_and_closing_leaves_nothing_behind(open_socket, session, extension):
    figure = await drawn(session)
    before = len(asyncio.all_tasks())
    for n in range(40):
        socket = await open_socket("live", session, figure)
        if n % 2:
            await socket.write_message(WISH + "}")
            await asyncio.wait_for(socket.read_message(), PATIENCE_S)
        socket.close()
    while len(extension.live) or len(asyncio.all_tasks()) > before + 8:
        await asyncio.sleep(0.05)


async def test_an_engine_that_is_killed_is_gone_though_nobody_wishes_anything(
    open_socket, session, extension
):
    resting = await look_at(open_socket, session, await drawn(session))
    playing = await look_at(open_socket, session, resting.figure)
    await resting.wish(t=1)
    await resting.until(lambda b: b.frames and b.header["rest"])
    await playing.wish(t=1, play={"fps": 60, "loop": True})
    await playing.until(lambda b: len(b.frames) > 3)
    address, pid = await engine_of(session)
    os.kill(pid, signal.SIGKILL)
    for browser in (playing, resting):
        await browser.until(lambda b: b.told("gone"))
        (gone,) = browser.told("gone")
        assert gone["healing"] is False
        assert gone["reason"]
        while not browser.is_closed:
            await browser.read()
    while len(extension.live):
        await asyncio.sleep(0.02)
    assert address


def draw_live(session, data):
    """Draw a field's map as a notebook does, whose process ends then."""
    with connect(name=session), remote_figure(dpi=60, display=False, live=True) as figure:
        Emout(data).remote().phisp[1, :, 8, :].plot()
    return figure.result.figure.id


async def test_a_figure_whose_engine_was_killed_is_drawn_anew_with_the_same_view(
    open_socket, session, extension, tmp_path
):
    data = write_demo_data(tmp_path / "run", grid=16, steps=4)
    figure = await asyncio.to_thread(draw_live, session, data)
    one, two = [await look_at(open_socket, session, figure) for _ in range(2)]
    assert one.hello["heals"] is True
    for browser in (one, two):
        await browser.wish(t=3, axes=[{"i": 0, "x": one.hello["axes"][0]["x"]}])
        await browser.until(lambda b: b.frames and b.header["rest"])
    before = one.layer("picture")[1]
    _, pid = await engine_of(session)
    os.kill(pid, signal.SIGKILL)
    for browser in (one, two):
        await browser.until(lambda b: len(b.told("hello")) == 2)
        assert [each["healing"] for each in browser.told("gone")] == [True]
        count = len(browser.frames)
        await browser.until(lambda b, n=count: len(b.frames) > n and b.header["rest"])
        assert browser.layer("picture")[1] == before
        assert browser.header["t"] == 3
    # Who comes later, with the old name, sees it as well.
    three = await look_at(open_socket, session, figure)
    assert three.hello["type"] == "hello"
