"""What the tests of live figures share: figures, and a browser that speaks their protocol."""

import asyncio
import json
import time
import uuid

from emout_lab.engine.protocol import Call, FigureOptions, Program
from emout_lab.engine.serialization import pack, unpack
from emout_lab.server.live_packing import unpack_frame

from .conftest import PATIENCE_S, run_program

COUNT = 5


def a_map():
    """How a map with five steps is drawn, whose values tell its step."""

    def draw():
        import matplotlib.pyplot as plt
        import numpy as np

        from emout_lab.engine.live.steps import Steps, give_steps

        rows, columns = np.mgrid[0:12, 0:16]

        def read(t):
            return columns * 1.0 + rows + 100.0 * t

        figure, axes = plt.subplots(figsize=(4, 3), dpi=100)
        image = axes.imshow(read(0), origin="lower", extent=[0, 16, 0, 12], vmin=0, vmax=430)
        figure.colorbar(image)
        labels = tuple(str(0.5 * t) for t in range(5))
        give_steps(image, Steps(5, labels, "s", read, value_unit="V"))

    return draw


def lines():
    """How a figure is drawn that goes as pixels."""

    def draw():
        import matplotlib.pyplot as plt

        _, axes = plt.subplots(figsize=(4, 3), dpi=100)
        axes.plot([1, 2, 3])

    return draw


def program(draw):
    """A recording of one figure, as a notebook sends it."""
    call = Call("drawn", pack((draw, (), {})), "draw()", keep=False, drawing="d")
    options = FigureOptions("png", 50.0)
    return Program("notebook", (call,), finish=(("d", options),), notebook="run.ipynb")


async def drawn(session, figure=a_map):
    """Draw a figure on the session's engine and return its id."""
    _, reply = await run_program(session, program(figure()))
    return reply.figures[0].id


class Browser:
    """One end of a live figure's socket, which keeps what it was sent."""

    def __init__(self, socket, *, acknowledges=True):
        self.socket = socket
        self.acknowledges = acknowledges
        self.seq = 0
        self.messages, self.frames = [], []
        self.is_closed = False

    async def send(self, message):
        text = message if isinstance(message, str | bytes) else json.dumps(message)
        await self.socket.write_message(text, binary=isinstance(text, bytes))

    async def wish(self, **more):
        self.seq += 1
        known = {"type": "wish", "seq": self.seq, "size": [400, 300]}
        await self.send(known | more)
        return self.seq

    async def ack(self, n):
        await self.send({"type": "ack", "n": n})

    async def read(self, timeout=PATIENCE_S):
        """Take one message; return it, or None where the socket is closed."""
        message = await asyncio.wait_for(self.socket.read_message(), timeout)
        if message is None:
            self.is_closed = True
        elif isinstance(message, bytes):
            header, payloads = unpack_frame(message)
            self.frames.append((header, payloads))
            if self.acknowledges:
                await self.ack(header["n"])
        else:
            self.messages.append(json.loads(message))
        return message

    async def until(self, condition):
        """Read until a condition holds."""
        deadline = time.monotonic() + PATIENCE_S
        while not condition(self):
            assert not self.is_closed, self.messages
            await self.read(deadline - time.monotonic())
        return self

    async def for_a_while(self, seconds):
        """Read all that comes within some time."""
        end = time.monotonic() + seconds
        while not self.is_closed and (left := end - time.monotonic()) > 0:
            try:
                await self.read(left)
            except asyncio.TimeoutError:
                return

    def told(self, kind):
        """Return the messages of a kind."""
        return [each for each in self.messages if each["type"] == kind]

    @property
    def hello(self):
        return self.told("hello")[-1]

    @property
    def header(self):
        return self.frames[-1][0]

    def answers(self, seq, *, rest=None):
        """Return the frames that answer a wish."""
        return [
            each
            for each in self.frames
            if each[0]["seq"] == seq and rest in (None, each[0]["rest"])
        ]

    def layer(self, kind, frame=-1):
        """Return a layer of a frame and its payload; None where it has none."""
        header, payloads = self.frames[frame]
        found = [
            (layer, payload)
            for layer, payload in zip(header["layers"], payloads, strict=True)
            if layer["kind"] == kind
        ]
        return found[0] if found else None


async def look_at(open_socket, session, figure, **more):
    """Open a socket and wait for its first word."""
    browser = Browser(await open_socket("live", session, figure), **more)
    browser.figure = figure
    return await browser.until(lambda b: b.messages)


async def on_engine(session, function, *args):
    """Let a function run on the session's engine as a program, and return its value."""
    name = uuid.uuid4().hex
    call = Call(name, pack((function, args, {})), "a call", keep=False)
    asked = Program("notebook", (call,), id=uuid.uuid4().hex, want=name, notebook="run.ipynb")
    _, reply = await run_program(session, asked)
    return unpack(reply.value)
