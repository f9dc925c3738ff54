"""A map in a browser as a plain redraw: matplotlib, WebAgg's difference image, PNG by Pillow.

What ipympl does for each frame, without the kernel, its comms and their limits: a WebSocket and
nothing else. Started with the film's file and the core to run on; prints its port.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys

import h5py
import matplotlib as mpl
import numpy as np
from matplotlib.backends.backend_webagg_core import FigureCanvasWebAggCore, FigureManagerWebAgg
from matplotlib.figure import Figure
from tornado.httpserver import HTTPServer
from tornado.netutil import bind_sockets
from tornado.web import Application
from tornado.websocket import WebSocketHandler

mpl.use("agg")


class Plain:
    """The figure, and how it is drawn."""

    def __init__(self, film: str) -> None:
        self.file = h5py.File(film)
        self.steps = list(self.file["phisp"])
        self.figure = Figure((8, 6), dpi=100)
        self.canvas = FigureCanvasWebAggCore(self.figure)
        self.axes = self.figure.add_subplot()
        self.image = self.axes.imshow(self.read(0), origin="lower", vmin=-1, vmax=1)
        self.figure.colorbar(self.image)
        self.axes.set_title("step 0")
        self.picture = b""
        FigureManagerWebAgg(self.canvas, 1).add_web_socket(self)

    def read(self, t: int) -> np.ndarray:
        """Return a step of the map."""
        return self.file["phisp"][self.steps[t % len(self.steps)]][:, 64, :]

    def frame(self, wish: dict) -> bytes:
        """Draw what is wished, and return the picture as WebAgg sends it."""
        self.image.set_data(self.read(wish["t"]))
        self.axes.set_title(f"step {wish['t']}")
        if wish["x"] is not None:
            self.axes.set_xlim(wish["x"])
        self.picture = b""
        self.canvas.draw()
        return self.picture

    def send_binary(self, picture: bytes) -> None:
        """Take the picture from WebAgg."""
        self.picture = picture

    def send_json(self, message: dict) -> None:
        """Take what else WebAgg says."""


class Socket(WebSocketHandler):
    """Answers each wish with a picture; of those that wait, the newest."""

    def initialize(self, plain: Plain) -> None:
        """Take the figure."""
        self.plain, self.newest, self.is_drawing = plain, None, False

    def open(self) -> None:
        """Wait for nothing when there is something to send."""
        self.set_nodelay(True)

    def on_message(self, message: str | bytes) -> None:
        """Draw, when nothing is being drawn."""
        self.newest = json.loads(message)
        if not self.is_drawing:
            self.is_drawing = True
            asyncio.get_running_loop().call_soon(self.draw)

    def draw(self) -> None:
        """Answer the newest wish."""
        wish, self.newest = self.newest, None
        picture = self.plain.frame(wish)
        self.write_message(wish["seq"].to_bytes(4, "little") + picture, binary=True)
        self.is_drawing = False
        # Wishes that came meanwhile are read first.
        asyncio.get_running_loop().call_later(0.001, self.next)

    def next(self) -> None:
        """Draw what was wished while another picture was drawn."""
        if self.newest is not None and not self.is_drawing:
            self.is_drawing = True
            self.draw()


async def main() -> None:
    """Serve until standard input ends."""
    film, core = sys.argv[1], int(sys.argv[2])
    os.sched_setaffinity(0, {core})
    sockets = bind_sockets(0, "127.0.0.1")
    server = HTTPServer(Application([("/", Socket, {"plain": Plain(film)})]))
    server.add_sockets(sockets)
    print(sockets[0].getsockname()[1], flush=True)
    await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)


asyncio.run(main())
