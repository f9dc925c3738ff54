"""A live figure from its engine to a browser's socket: what is wished comes, and nothing else."""

import asyncio
import io
import zlib

import matplotlib.image
import matplotlib.pyplot as plt
import msgspec
import numpy as np
import pytest

from emout_lab.server import live_viewer
from emout_lab.server.contract.live import LiveHeader, LiveHello, LiveValues

from .live_browser import COUNT, a_map, drawn, lines, look_at


@pytest.fixture(scope="module")
def session(local_session):
    return local_session.name


@pytest.fixture
def live(jp_serverapp):
    return jp_serverapp.web_app.settings["emout_lab"].live


@pytest.fixture
def browser(open_socket, session):
    """Let browsers look at figures."""

    async def look(figure, **more):
        return await look_at(open_socket, session, figure, **more)

    return look


@pytest.fixture
def at_map(browser, session):
    """Let a browser look at a new map."""

    async def look():
        return await browser(await drawn(session))

    return look


def cells_of(browser, frame=-1):
    layer, payload = browser.layer("cells", frame)
    raw = zlib.decompress(payload) if layer["enc"] == "deflate" else payload
    depth = np.uint8 if layer["depth"] == 8 else np.dtype("<u2")
    return np.frombuffer(raw, depth).reshape(layer["h"], layer["w"])


async def test_a_browser_hears_what_the_figure_is(at_map):
    viewer = await at_map()
    hello = viewer.hello
    msgspec.convert(hello, LiveHello)
    assert (hello["v"], hello["kind"], hello["reason"]) == (1, "numbers", "")
    # As in a notebook: cut to what is drawn, with room for longer labels left and right of it.
    assert hello["size"][0] <= 460
    assert hello["size"][1] <= 300
    assert hello["steps"]["count"] == COUNT
    assert [axes["map"] for axes in hello["axes"]][0] is True
    assert "viridis" in hello["cmaps"]


async def test_a_wish_is_answered_with_numbers_and_then_with_the_picture_itself(at_map):
    viewer = await at_map()
    seq = await viewer.wish(t=2)
    await viewer.until(lambda b: b.answers(seq, rest=True))
    first, last = viewer.answers(seq)[0][0], viewer.header
    for header in (first, last):
        msgspec.convert(header, LiveHeader)
    assert (first["rest"], first["t"], last["t"]) == (False, 2, 2)
    assert cells_of(viewer, 0).shape == (12, 16)
    kind, picture = viewer.layer("picture")
    pixels = matplotlib.image.imread(io.BytesIO(picture))
    assert (kind["enc"], pixels.shape[:2]) == ("png", (300, 400))


async def test_the_cells_are_those_of_the_step(at_map):
    viewer = await at_map()
    await viewer.wish(t=4)
    await viewer.until(lambda b: b.frames)
    rows, columns = np.mgrid[0:12, 0:16]
    expected = (columns * 1.0 + rows + 400.0) / 430 * 256
    cells = cells_of(viewer, 0)
    assert np.array_equal(cells, np.minimum(expected, 255).astype(int)[::-1])


async def test_what_a_browser_keeps_does_not_travel_again(at_map):
    viewer = await at_map()
    await viewer.wish(t=0)
    await viewer.until(lambda b: b.header["rest"] if b.frames else False)
    keys = [layer["key"] for header, _ in viewer.frames for layer in header["layers"]]
    await viewer.wish(t=1, have=[key for key in keys if key])
    await viewer.until(lambda b: b.answers(2, rest=False))
    payloads = {
        layer["kind"]: len(payload)
        for layer, payload in zip(*_flat(viewer.answers(2)[0]), strict=True)
    }
    assert payloads.get("lut", 0) == payloads.get("decor", 0) == 0
    assert payloads["cells"] > 0
    await viewer.wish(t=1, axes=[{"i": 0, "x": [2, 9], "y": [1, 6]}])
    await viewer.until(lambda b: b.answers(3, rest=False))
    assert viewer.answers(3)[0][0]["axes"][0]["xlim"] == [2.0, 9.0]


def _flat(frame):
    return frame[0]["layers"], frame[1]


async def test_of_many_wishes_the_newest_is_answered_always(at_map):
    viewer = await at_map()
    for _ in range(200):
        last = await viewer.wish(t=viewer.seq % COUNT)
    await viewer.until(lambda b: b.answers(last, rest=True))
    seqs = [header["seq"] for header, _ in viewer.frames]
    assert seqs == sorted(seqs)
    assert viewer.answers(last)[0][0]["t"] == (last - 1) % COUNT
    assert not viewer.told("error")


async def test_the_picture_at_rest_gives_way_to_a_newer_wish(at_map):
    viewer = await at_map()
    for n in range(8):
        last = await viewer.wish(t=n % COUNT)
        await viewer.for_a_while(0.16)
    await viewer.until(lambda b: b.answers(last, rest=True))
    order = [(header["seq"], header["rest"]) for header, _ in viewer.frames]
    assert order == sorted(order), "an old picture covered a newer frame"


def slowly_read(drawings):
    """How a map is drawn whose steps come late, and which notes in a file that it is drawn."""

    def draw():
        import time

        import matplotlib.pyplot as plt
        import numpy as np

        from emout_lab.engine.live.steps import Steps, give_steps

        def read(t):
            time.sleep(0.3)
            return np.full((12, 16), 100.0 * t)

        image = plt.subplots(figsize=(4, 3), dpi=100)[1].imshow(read(0), vmin=0, vmax=430)
        give_steps(image, Steps(5, tuple("01234"), "s", read))
        own = image.draw

        def noted(renderer):
            with open(drawings, "a") as file:
                file.write("!")
            own(renderer)

        image.draw = noted

    return draw


async def test_a_frame_that_comes_late_is_seen_before_a_picture_is_drawn(
    browser, session, tmp_path, monkeypatch
):
    monkeypatch.setattr(live_viewer, "SEEN_S", 2.0)
    drawings = tmp_path / "drawings"
    figure = await drawn(session, lambda: slowly_read(str(drawings)))
    viewer = await browser(figure)
    seq = await viewer.wish(t=0)
    await viewer.until(lambda b: b.answers(seq, rest=True))
    before = len(drawings.read_text())
    for t in (1, 2, 3):
        seq = await viewer.wish(t=t)
        await viewer.until(lambda b, seq=seq: b.answers(seq))
    assert len(drawings.read_text()) == before
    await viewer.until(lambda b: b.answers(seq, rest=True))
    assert len(drawings.read_text()) == before + 1


async def test_the_picture_at_rest_is_the_one_that_savefig_writes(at_map):
    viewer = await at_map()
    await viewer.wish(t=0, size=viewer.hello["size"])
    await viewer.until(lambda b: b.frames and b.header["rest"])
    live = matplotlib.image.imread(io.BytesIO(viewer.layer("picture")[1]))[..., :3]
    saved = io.BytesIO()
    a_map()()
    plt.savefig(saved, dpi=100)
    plt.close()
    saved.seek(0)
    # Of whose picture it is a part, but for the room of labels that become longer.
    all_of_it = matplotlib.image.imread(saved)[..., :3]
    all_of_it = np.pad(all_of_it, ((0, 0), (40, 40), (0, 0)), constant_values=1.0)
    whole = np.lib.stride_tricks.sliding_window_view(all_of_it, live.shape)
    assert any(np.array_equal(part, live) for row in whole for part in row[:, 0])


async def test_who_never_acknowledges_gets_no_more_than_its_credits(browser, session):
    silent = await browser(await drawn(session), acknowledges=False)
    for n in range(20):
        await silent.wish(t=n % COUNT, play={"fps": 100, "loop": True})
        await silent.for_a_while(0.02)
    await silent.for_a_while(0.5)
    assert [header["n"] for header, _ in silent.frames] == [1, 2]
    last = await silent.wish(t=3)
    await silent.ack(2)
    silent.acknowledges = True
    await silent.until(lambda b: b.answers(last, rest=True))


async def test_acknowledging_what_was_never_sent_gives_no_credit(browser, session):
    greedy = await browser(await drawn(session), acknowledges=False)
    for n in range(60):
        await greedy.ack(n + 3)
        await greedy.wish(t=n % COUNT)
    await greedy.until(lambda b: len(b.frames) >= 2)
    await greedy.for_a_while(0.6)
    assert len(greedy.frames) == 2


async def test_a_film_plays_each_step_in_turn_and_stops_when_told(at_map):
    viewer = await at_map()
    await viewer.wish(t=1, play={"fps": 60, "loop": True})
    await viewer.until(lambda b: len(b.frames) >= 12)
    steps = [header["t"] for header, _ in viewer.frames]
    assert steps == [(1 + n) % COUNT for n in range(len(steps))]
    last = await viewer.wish(t=3)
    await viewer.until(lambda b: b.answers(last, rest=True))
    assert {header["t"] for header, _ in viewer.answers(last)} == {3}
    count = len(viewer.frames)
    await viewer.for_a_while(0.5)
    assert len(viewer.frames) == count


async def test_a_film_ends_at_its_last_step_and_rests_there(at_map):
    viewer = await at_map()
    await viewer.wish(t=2, play={"fps": 60, "loop": False})
    await viewer.until(lambda b: b.frames and b.header["rest"])
    steps = [header["t"] for header, _ in viewer.frames]
    assert steps == [2, 3, 4, 4]


async def test_a_pan_does_not_set_a_film_back(at_map):
    viewer = await at_map()
    await viewer.wish(t=0, play={"fps": 60, "loop": True})
    await viewer.until(lambda b: len(b.frames) >= 4)
    await viewer.wish(t=0, play={"fps": 60, "loop": True}, axes=[{"i": 0, "x": [1, 8]}])
    await viewer.until(lambda b: len(b.answers(2)) >= 4)
    steps = [header["t"] for header, _ in viewer.frames]
    assert {(b - a) % COUNT for a, b in zip(steps, steps[1:], strict=False)} <= {0, 1}


async def test_what_nobody_sees_is_not_made(at_map):
    viewer = await at_map()
    await viewer.wish(t=1, visible=False, play={"fps": 60, "loop": True})
    await viewer.for_a_while(0.4)
    assert not viewer.frames
    seq = await viewer.wish(t=1)
    await viewer.until(lambda b: b.answers(seq, rest=True))


async def test_values_are_told_where_the_pointer_is(at_map):
    viewer = await at_map()
    await viewer.wish(t=2)
    await viewer.send({"type": "probe", "seq": 5, "kind": "hover", "i": 0, "x": 3.2, "y": 4.9})
    await viewer.until(lambda b: b.told("values"))
    (values,) = viewer.told("values")
    msgspec.convert(values, LiveValues)
    assert (values["seq"], values["value"], values["unit"]) == (5, 3 + 4 + 200, "V")
    await viewer.send({"type": "probe", "seq": 6, "kind": "pick", "i": 0, "x": 3.2, "y": 4.9})
    await viewer.until(lambda b: len(b.told("values")) == 2)
    profiles = {each["along"]: each for each in viewer.told("values")[-1]["profiles"]}
    assert profiles["x"]["values"] == [n + 4 + 200 for n in range(16)]
    assert profiles["y"]["values"] == [3 + n + 200 for n in range(12)]


async def test_of_many_questions_the_last_is_answered(at_map):
    viewer = await at_map()
    await viewer.wish(t=0)
    for n in range(100):
        await viewer.send({"type": "probe", "seq": n, "kind": "hover", "i": 0, "x": n % 16, "y": 1})
    await viewer.until(lambda b: b.told("values") and b.told("values")[-1]["seq"] == 99)


async def test_two_viewers_of_a_figure_do_not_disturb_each_other(browser, session):
    figure = await drawn(session)
    one, two = await browser(figure), await browser(figure)
    assert one.hello["view"] != two.hello["view"]
    await one.wish(t=1, axes=[{"i": 0, "x": [0, 4]}])
    await two.wish(t=4)
    await one.until(lambda b: b.answers(1, rest=True))
    await two.until(lambda b: b.answers(1, rest=True))
    assert one.header["axes"][0]["xlim"] == [0.0, 4.0]
    assert two.header["axes"][0]["xlim"] == [0.0, 16.0]
    assert (one.header["t"], two.header["t"]) == (1, 4)


async def test_lines_go_as_pixels_and_the_reason_is_told(browser, session):
    viewer = await browser(await drawn(session, lines))
    assert viewer.hello["kind"] == "pixels"
    assert viewer.hello["reason"]
    seq = await viewer.wish(axes=[{"i": 0, "x": [0, 1]}])
    await viewer.until(lambda b: b.answers(seq, rest=True))
    layer, picture = viewer.layer("picture", 0)
    assert layer["enc"] in ("jpeg", "png")
    assert matplotlib.image.imread(io.BytesIO(picture), layer["enc"]).shape[:2] == (300, 400)


async def test_a_closed_socket_closes_the_engines_view(browser, session, live):
    figure = await drawn(session)
    for _ in range(20):
        viewer = await browser(figure)
        await viewer.wish(t=1)
        viewer.socket.close()
    while len(live):
        await asyncio.sleep(0.02)
    again = await browser(figure)  # the engine has room for 16
    assert again.hello["type"] == "hello"


async def test_a_figure_of_another_session_is_not_shown(open_socket, session):
    figure = await drawn(session)
    for name, wanted in [("elsewhere", figure), (session, "0" * 32)]:
        stranger = await look_at(open_socket, name, wanted)
        (gone,) = stranger.messages
        assert (gone["type"], gone["healing"]) == ("gone", False)
        assert gone["reason"]
        assert await stranger.read() is None
