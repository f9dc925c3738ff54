"""Nonsense on both WebSockets: it is answered or ends that socket, and nobody else notices."""

import asyncio
import json
import struct

import pytest
from fuzzing import fuzz
from hypothesis import given
from hypothesis import strategies as st

from emout_lab.server.contract.live import MESSAGE_BYTES

from .conftest import API, PATIENCE_S
from .live_browser import drawn, look_at

WATCH = {"type": "watch", "parts": ["sessions", "sweeps"], "interval": 5}
WISH = {"type": "wish", "seq": 1, "size": [400, 300], "axes": [{"i": 0, "x": [1, 5]}], "t": 1}
PROBE = {"type": "probe", "seq": 1, "kind": "hover", "i": 0, "x": 1.5, "y": 2}
ACK = {"type": "ack", "n": 1}

ODD = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**70), 2**70),
    st.floats(allow_nan=True, allow_infinity=True),
    st.text(max_size=20),
    st.sampled_from(["\ud800", "\0", "../..", "x" * 9000, "watch", "wish", 1e308, -1e308, 10**400]),
)
VALUES = st.recursive(
    ODD,
    lambda inner: st.one_of(
        st.lists(inner, max_size=4),
        st.dictionaries(
            st.sampled_from(["i", "x", "y", "fps", "type", "\ud800"]), inner, max_size=3
        ),
    ),
    max_leaves=6,
)


@st.composite
def changed(draw, known):
    """A message of which some values are others, or gone, or more."""
    message = dict(draw(st.sampled_from(known)))
    keys = st.sampled_from([*message, "extra", "", "\ud800"])
    for key in draw(st.lists(keys, max_size=3)):
        if draw(st.booleans()):
            message[key] = draw(VALUES)
        else:
            message.pop(key, None)
    return json.dumps(message)


@st.composite
def broken(draw, known):
    """A message that is cut off, or of which some bytes are others."""
    data = bytearray(draw(changed(known)).encode("utf-8", "replace"))
    data = data[: draw(st.integers(0, len(data)))]
    for _ in range(draw(st.integers(0, 2)) if data else 0):
        data[draw(st.integers(0, len(data) - 1))] = draw(st.integers(0, 255))
    return bytes(data)


NESTED = [opening * depth for opening in ("[", '{"a":') for depth in (500, 3000)]


def messages(*known):
    return st.one_of(
        changed(known),
        broken(known),
        st.binary(max_size=40),
        st.sampled_from([*NESTED, "", "null", "[]", "NaN", '"\\ud800"', "9" * 9000, "\ufeff{}"]),
    )


def frame(opcode, data, *, final=True, reserved=0, mask=True, length=None):
    """Return a WebSocket frame, right or wrong."""
    head = bytes([(0x80 if final else 0) | reserved << 4 | opcode])
    size = len(data) if length is None else length
    flag = 0x80 if mask else 0
    if size < 126:
        head += bytes([flag | size])
    elif size < 65_536:
        head += bytes([flag | 126]) + struct.pack("!H", size)
    else:
        head += bytes([flag | 127]) + struct.pack("!Q", size)
    key = b"\x01\x02\x03\x04" if mask else b""
    return head + key + (bytes(b ^ key[n % 4] for n, b in enumerate(data)) if mask else data)


FRAMES = st.builds(
    frame,
    st.integers(0, 15),
    st.one_of(st.binary(max_size=200), st.just(b'{"type":"watch","parts":[]}')),
    final=st.booleans(),
    reserved=st.sampled_from([0, 0, 0, 1, 4, 7]),
    mask=st.sampled_from([True, True, True, False]),
    length=st.sampled_from([None, None, None, 0, 5, 70_000, 2**31, 2**63 - 1, 2**63, 2**64 - 1]),
)


@pytest.fixture(scope="module")
def session(local_session):
    return local_session.name


@pytest.fixture
def raw(jp_http_port, jp_base_url, jp_auth_header, http_server):
    """Open bare connections on which a WebSocket was agreed; each is closed at the end."""
    opened = []

    async def open_one(*parts):
        where = jp_base_url + "/".join((*API, *parts))
        token = "".join(f"{name}: {value}\r\n" for name, value in jp_auth_header.items())
        head = (
            f"GET {where} HTTP/1.1\r\nHost: 127.0.0.1:{jp_http_port}\r\n{token}"
            "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
            "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n"
        )
        reader, writer = await asyncio.open_connection("127.0.0.1", jp_http_port)
        opened.append(writer)
        writer.write(head.encode())
        answer = await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), PATIENCE_S)
        assert b" 101 " in answer, answer
        return reader, writer

    yield open_one
    for writer in opened:
        writer.transport.abort()


def examples(strategy, count, per_minute):
    """Return what hypothesis makes up, to be sent one after the other."""
    found = []

    @fuzz(count, per_minute)
    @given(strategy)
    def keep(example):
        found.append(example)

    keep()
    return found


LOGGERS = ("ServerApp", "EmoutLabApp", "emout_lab", "tornado")


async def is_told(watcher):
    """Make sure that another panel is answered."""
    watcher.messages.clear()
    await watcher.watch("sessions")
    await watcher.until(lambda p: "state" in [each["type"] for each in p.messages])


def failures(caplog):
    """Return what the server logged that somebody would have to look into."""
    return [
        record.getMessage()
        for record in caplog.records
        if record.levelname == "ERROR" and record.name.partition(".")[0] in LOGGERS
    ]


async def test_whatever_a_panel_says_is_answered(panel, session, caplog):
    watcher = await panel("sessions")
    talker = await panel("sessions")
    await talker.until(lambda p: p.messages)
    for message in examples(messages(WATCH), 150, 6000):
        talker.messages.clear()
        await talker.socket.write_message(message, binary=isinstance(message, bytes))
        await talker.until(lambda p: p.messages)
        assert talker.messages[-1]["type"] in ("error", "state", "delta")
    await is_told(watcher)
    assert failures(caplog) == []


async def test_whatever_a_browser_says_of_a_live_figure_leaves_the_others_alone(
    open_socket, session, caplog
):
    figure = await drawn(session)
    other = await look_at(open_socket, session, figure)
    talker = await look_at(open_socket, session, figure)
    for message in examples(messages(WISH, PROBE, ACK), 150, 6000):
        # A longer one ends its socket: see test_live_faults.
        if len(message) <= MESSAGE_BYTES:
            await talker.send(message)
    # All of it was read when this is answered.
    talker.seq = 2**40
    seq = await talker.wish(t=2)
    await talker.until(lambda b: b.answers(seq, rest=True))
    seq = await other.wish(t=3)
    await other.until(lambda b: b.answers(seq, rest=True))
    assert failures(caplog) == []


@pytest.mark.parametrize("which", ["events", "live"])
async def test_frames_that_are_none_end_their_socket_and_no_other(
    raw, panel, session, which, caplog, api
):
    parts = ("events",) if which == "events" else ("live", session, await drawn(session))
    watcher = await panel("sessions")
    for several in examples(st.lists(FRAMES, min_size=1, max_size=4), 40, 1500):
        reader, writer = await raw(*parts)
        writer.write(b"".join(several))
        writer.write_eof()
        # It ends, whatever it said before.
        await asyncio.wait_for(reader.read(), PATIENCE_S)
        writer.close()
    await is_told(watcher)
    assert failures(caplog) == []


@pytest.mark.parametrize("which", ["events", "live"])
@pytest.mark.parametrize(
    "message", [b"no json", json.dumps(WATCH).encode(), json.dumps(WISH).encode()]
)
async def test_who_floods_and_reads_nothing_is_no_burden_to_others(
    raw, panel, session, which, message, jp_serverapp
):
    parts = ("events",) if which == "events" else ("live", session, await drawn(session))
    watcher = await panel("sessions")
    await watcher.until(lambda p: p.messages)
    _, writer = await raw(*parts)
    flood = asyncio.create_task(pour(writer, frame(1, message)))
    for _ in range(4):
        await is_told(watcher)
    extension = jp_serverapp.web_app.settings["emout_lab"]
    for each in extension.monitor.store._subscriptions:
        assert len(each._messages) <= extension.monitor._options.queue_limit
    flood.cancel()
    writer.transport.abort()
    await asyncio.gather(flood, return_exceptions=True)


async def pour(writer, data):
    """Send as much as is taken."""
    for _ in range(500):
        writer.write(data * 100)
        await writer.drain()
