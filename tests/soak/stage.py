"""A session of one engine, a kernel, a Jupyter server with an open panel, and a viewer."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import threading
from collections import Counter
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cloudpickle
from distributed import Client
from jupyter_process import TOKEN, ask, jupyter_server
from kernels import Kernel
from tornado.httpclient import HTTPRequest
from tornado.websocket import WebSocketClientConnection, websocket_connect

from emout_lab import connect, sessions
from emout_lab.emses.demo import write_demo_data
from emout_lab.server.live_packing import unpack_frame

from . import census
from .burden import Burden, burden

PATIENCE_S = 60.0
#: What a kernel prints of itself.
TELL = f"import json\nexec(open({census.__file__!r}).read())\nprint(json.dumps(census({{}})))"
SETUP = """
import matplotlib.pyplot as plt
import numpy as np
from emout_lab import Emout, remote_figure
from emout_lab.experiments import ClusterLab, Experiment, LabNotebook
from emout_lab.parallel import Client

x = session.open(np.linspace, 0.0, 1.0, 1000)
plane = session.open(np.ones, (64, 64))
client = Client()
view = client[:]


class Square(Experiment):
    def do(self, params):
        return {"y": params["k"] ** 2, "note": str(params["k"])}
"""
LIVE_FIGURE = """
with remote_figure(display=False) as figure:
    Emout("run").remote().phisp[-1, :, 4, :].plot()
print(figure.result.figure.id)
"""


class Loop:
    """An event loop in a thread of its own."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()

    def run(self, work: Coroutine[Any, Any, Any]) -> Any:
        """Wait for a coroutine."""
        return asyncio.run_coroutine_threadsafe(work, self._loop).result()

    def close(self) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()


@dataclass
class Stage:
    """All of them."""

    api: str
    client: Client
    kernel: Kernel
    loop: Loop
    viewer: WebSocketClientConnection
    seq: int = 0

    def cell(self, source: str) -> str:
        """Run a cell; return what it has printed."""
        done = self.kernel.run(source, timeout=PATIENCE_S * 10)
        assert not done.error, done.error
        return done.text

    def burdens(self) -> dict[str, Burden]:
        """Return what each process holds, by its part."""
        told = self._censuses(has_types=False)
        return {part: burden(each["pid"], each["blocks"]) for part, each in told.items()}

    def types(self) -> dict[str, Counter[str]]:
        """Return how many objects of each type each process has, by its part."""
        return {part: Counter(each["types"]) for part, each in self._censuses(True).items()}

    async def look(self, count: int, wishes: Any) -> None:
        """Have so many frames of the live figure, one after the other."""
        for n in range(count):
            self.seq += 1
            wish = {"type": "wish", "seq": self.seq, "size": [400, 300], **wishes(n)}
            await self.viewer.write_message(json.dumps(wish))
            while await self._frame() < self.seq:
                pass

    async def _frame(self) -> int:
        while True:
            message = await asyncio.wait_for(self.viewer.read_message(), PATIENCE_S)
            assert message is not None, "the server has closed the live figure"
            if isinstance(message, bytes):
                header, _ = unpack_frame(message)
                await self.viewer.write_message(json.dumps({"type": "ack", "n": header["n"]}))
                return int(header["seq"])
            assert json.loads(message)["type"] in ("hello", "busy", "values"), message

    def _censuses(self, has_types: bool) -> dict[str, dict[str, Any]]:
        [engine] = self.client.run(census.census, has_types).values()
        server = self.api.replace("emout-lab/api", f"{census.PATH}?types={has_types}")
        return {
            "engine": engine,
            "host": self.client.run_on_scheduler(census.census, has_types),
            "kernel": json.loads(self.cell(TELL.format(has_types))),
            "server": ask(server),
        }


@contextmanager
def stage(home: Path) -> Iterator[Stage]:
    """Start everything."""
    cloudpickle.register_pickle_by_value(census)
    write_demo_data(home / "run", grid=16, steps=20)
    sessions.start(backend="local", memory="1G", cores=1, jobs=1)
    sessions.wait_for_workers(timeout=60)
    loop = Loop()
    kernel = None
    sockets = []
    try:
        with (
            _importable(Path(__file__).parent),
            jupyter_server(
                home,
                signal.SIGTERM,
                "--ServerApp.jpserver_extensions=emout_lab=True",
                "--ServerApp.jpserver_extensions=census=True",
            ) as api,
            connect() as session,
        ):
            kernel = Kernel(str(home))
            assert not (done := kernel.run(SETUP)).error, done.error
            figure = kernel.run(LIVE_FIGURE)
            assert not figure.error, figure.error
            panel = loop.run(_open(f"{api}/events"))
            name = sessions.get().name
            viewer = loop.run(_open(f"{api}/live/{name}/{figure.text.strip()}"))
            sockets += [panel, viewer]
            loop.run(_watch(panel))
            yield Stage(api, session.client, kernel, loop, viewer)
            for socket in sockets:
                loop.run(_close(socket))
    finally:
        if kernel is not None:
            kernel.close()
        loop.close()


async def _open(address: str) -> WebSocketClientConnection:
    headers = {"Authorization": f"token {TOKEN}"}
    request = HTTPRequest(address.replace("http:", "ws:"), headers=headers)
    found = await websocket_connect(request)
    found.protocol.set_nodelay(True)
    return found


async def _watch(panel: WebSocketClientConnection) -> None:
    """Let a panel look at everything, and forget what it hears."""
    parts = ["sessions", "workers", "objects", "figures", "sweeps"]
    await panel.write_message(json.dumps({"type": "watch", "parts": parts}))

    async def hear() -> None:
        while await panel.read_message() is not None:
            pass

    panel.hearing = asyncio.create_task(hear())


async def _close(socket: WebSocketClientConnection) -> None:
    socket.close()
    with suppress(AttributeError):
        await socket.hearing


@contextmanager
def _importable(folder: Path) -> Iterator[None]:
    old = os.environ.get("PYTHONPATH")
    os.environ["PYTHONPATH"] = str(folder)
    try:
        yield
    finally:
        del os.environ["PYTHONPATH"]
        if old is not None:
            os.environ["PYTHONPATH"] = old
