"""Live figures at a real Jupyter server, against a plain redraw over the same kind of socket.

The engine, and the process of the plain redraw, have one core each time; both draw the same map of
129 x 129 points at 800 x 600 pixels. What needs a browser is measured in one: browser.py.
"""

from __future__ import annotations

import asyncio
import contextlib
import io
import os
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import matplotlib.pyplot as plt
import psutil
from live_client import Live, Plain, Viewer
from setting import PEERS, Setting
from table import Row, milliseconds
from tornado.httpclient import AsyncHTTPClient, HTTPRequest
from tornado.websocket import websocket_connect

from emout_lab.client import aio as engines
from emout_lab.engine.protocol import Call, FigureOptions, Program
from emout_lab.engine.serialization import pack
from emout_lab.sessions import aio

TOKEN, PREFIX = "live", "/user/me/"
SECONDS, ROUNDS, DELAY_S = 3.0, 40, 0.05
ENGINE_CORE = 0


@dataclass(frozen=True)
class Stage:
    """A Jupyter server, an engine, and figures that it has drawn."""

    server: psutil.Process
    port: int
    address: str
    client: Any

    async def look(self, figure: str) -> Live:
        """Open a live figure."""
        url = f"ws://127.0.0.1:{self.port}{PREFIX}emout-lab/api/live/bench/{figure}"
        request = HTTPRequest(url, headers={"Authorization": f"token {TOKEN}"})
        live = Live(await websocket_connect(request))
        await live.begin()
        return live

    async def draw(self, draw: Any, *args: Any) -> str:
        """Let the engine draw a figure; return its id."""
        call = Call("drawn", pack((draw, args, {})), "draw()", keep=False, drawing="d")
        program = Program("bench", (call,), finish=(("d", FigureOptions("png", 100.0)),))
        reply = await engines.run(self.client, self.address, program)
        if reply.failure is not None:
            raise RuntimeError(str(reply.failure))
        return str(reply.figures[0].id)


def measure(setting: Setting) -> list[Row]:
    """Look at a map: play it, scrub, pan, and let it rest."""
    return asyncio.run(measured(setting))


async def measured(setting: Setting) -> list[Row]:
    """Return all rows."""
    film = setting.film / "phisp00_0000.h5"
    async with staged() as stage:
        with plain_server(film) as port:
            small = await stage.draw(draw_film(), str(film))
            plain = Plain(await websocket_connect(f"ws://127.0.0.1:{port}/"))
            live = await stage.look(small)
            rows = [
                *await speed(stage, live, plain),
                *await delays(live, plain),
                await eager(live, plain),
            ]
            plain.close()
        rows += await sizes(live)
        rows += [await far_away(live), await at_rest(live, film)]
        live.close()
        rows += [await together(stage, small), await beside_a_program(stage, small)]
        large = await stage.draw(draw_pile(), 2000)
        live = await stage.look(large)
        frames = await live.play(SECONDS)
        rows.append(rate("  2000 x 2000 points: play", frames / SECONDS, 20))
        live.close()
    return rows


async def speed(stage: Stage, live: Live, plain: Plain) -> list[Row]:
    """Play as fast as it goes."""
    await live.play(0.5)
    await plain.play(0.5)
    before = cpu(stage.server)
    frames = await live.play(SECONDS)
    spent = (cpu(stage.server) - before) / frames
    ours, theirs = frames / SECONDS, await plain.play(SECONDS) / SECONDS
    ratio = ours / theirs
    return [
        rate("live figure, 129 x 129 points: play", ours, 60),
        Row(
            "  against redraw, WebAgg's difference, PNG",
            f"{ours:.1f} frames/s",
            ">= 5 times",
            ratio >= 5,
            f"{theirs:.1f} frames/s",
            ratio,
        ),
        Row("  CPU of the server", f"{milliseconds(spent)} a frame", "<= 2.5 ms", spent <= 0.0025),
    ]


async def delays(live: Live, plain: Plain) -> list[Row]:
    """Wish one thing after the other, and wait for each."""
    rows = []
    for name, wishes in {"a time step": steps, "pan": pans}.items():
        ours = [await live.answered(wish) for wish in wishes()]
        theirs = [await plain.answered(wish) for wish in wishes()]
        late, other = percentile(ours), percentile(theirs)
        text = f"{milliseconds(statistics.median(ours))}, p95 {milliseconds(late)}"
        beside = f"{milliseconds(statistics.median(theirs))}, p95 {milliseconds(other)}"
        what, is_met = f"  from wish to frame: {name}", late <= 0.04
        rows.append(Row(what, text, "p95 <= 40 ms", is_met, beside, other / late))
    return rows


async def eager(live: Live, plain: Plain) -> Row:
    """Wish much more often than frames can come."""
    ours, is_answered = await live.flooded(120, SECONDS)
    theirs, _ = await plain.flooded(120, SECONDS)
    text = milliseconds(ours) + ("" if is_answered else ", the last wish without an answer")
    is_met = ours <= 0.08 and is_answered
    what = "  120 wishes/s: age of the oldest frame"
    return Row(what, text, "<= 80 ms", is_met, milliseconds(theirs), theirs / ours)


async def sizes(live: Live) -> list[Row]:
    """Count the bytes of frames whose other layers the viewer keeps."""
    rows = []
    for name, wishes, most in [("a time step", steps, 20_000), ("pan", pans, 1_000)]:
        found = []
        for wish in wishes():
            await live.answered(wish)
            found.append(live.last_bytes)
        size = statistics.median(found[2:])
        rows.append(Row(f"  bytes: {name}", f"{size:,.0f}", f"<= {most:,}", size <= most))
    return rows


async def far_away(live: Live) -> Row:
    """Play for a viewer whose acknowledgements come late."""
    await live.play(1.0, delay=DELAY_S)
    frames = await live.play(SECONDS, delay=DELAY_S)
    return rate("  50 ms until the acknowledgement: play", frames / SECONDS, 30)


async def at_rest(live: Live, film: Path) -> Row:
    """Wait for matplotlib's own picture, and compare it."""
    took = [await live.rested({"t": n}) for n in range(8)]
    await live.rested({"t": 0})
    is_same = Viewer.is_part(live.picture, saved(film))
    middle = statistics.median(took)
    text = milliseconds(middle) + (", as savefig" if is_same else ", NOT the pixels of savefig")
    is_met = middle <= 0.3 and is_same
    return Row("  from the last wish to the picture at rest", text, "<= 300 ms", is_met)


async def together(stage: Stage, figure: str) -> Row:
    """Play for five viewers at once."""
    viewers = [await stage.look(figure) for _ in range(5)]
    counts = await asyncio.gather(*(each.play(SECONDS) for each in viewers))
    for each in viewers:
        each.close()
    return rate("  5 viewers: the slowest", min(counts) / SECONDS, 20)


async def beside_a_program(stage: Stage, figure: str) -> Row:
    """Play while a program computes in Python on the engine."""
    live = await stage.look(figure)
    call = Call("spin", pack((spin(), (SECONDS + 2,), {})), "spin()", keep=False)
    running = asyncio.create_task(
        engines.run(stage.client, stage.address, Program("bench", (call,)))
    )
    await asyncio.sleep(0.5)
    frames = await live.play(SECONDS)
    live.close()
    await running
    return rate("  a program computes on the engine: play", frames / SECONDS, 20)


def saved(film: Path) -> bytes:
    """Return what matplotlib writes of the same figure."""
    draw_film()(str(film))
    file = io.BytesIO()
    plt.savefig(file, dpi=100)
    plt.close()
    return file.getvalue()


def rate(what: str, found: float, least: int) -> Row:
    """Make the row of a number of frames in a second."""
    return Row(what, f"{found:.1f} frames/s", f">= {least}", found >= least)


def percentile(times: list[float]) -> float:
    """Return the time that one in twenty exceeds."""
    return sorted(times)[int(len(times) * 0.95)]


def steps() -> Iterator[dict[str, Any]]:
    """Wish one time step after the other."""
    yield from ({"t": n} for n in range(ROUNDS))


def pans() -> Iterator[dict[str, Any]]:
    """Move the map a little at a time."""
    yield from ({"t": 0, "x": [n / 4, 100 + n / 4]} for n in range(ROUNDS))


def cpu(process: psutil.Process) -> float:
    """Return the CPU time of a process [s]."""
    times = process.cpu_times()
    return float(times.user + times.system)


def spin() -> Callable[..., None]:
    """Return what computes in Python, which keeps the interpreter's lock."""

    def spin(seconds: float) -> None:
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            sum(n * n for n in range(2_000))

    return spin


def draw_film() -> Callable[..., None]:
    """Return what draws a map of the film, which knows its steps."""

    def draw(path: str) -> None:
        import h5py
        import matplotlib.pyplot as plt

        from emout_lab.engine.live.steps import Steps, give_steps

        file = h5py.File(path)
        names = list(file["phisp"])

        def read(t: int) -> Any:
            return file["phisp"][names[t]][:, 64, :]

        figure, axes = plt.subplots(figsize=(8, 6), dpi=100)
        image = axes.imshow(read(0), origin="lower", vmin=-1, vmax=1)
        figure.colorbar(image)
        axes.set_title("step 0")
        labels = tuple(f"{n / 10:.1f}" for n in range(len(names)))
        give_steps(image, Steps(len(names), labels, "s", read, title=lambda t: f"step {t}"))

    return draw


def draw_pile() -> Callable[..., None]:
    """Return what draws a large map of which a few steps are in memory."""

    def draw(side: int) -> None:
        import matplotlib.pyplot as plt
        import numpy as np

        from emout_lab.engine.live.steps import Steps, give_steps

        plane = np.hypot(*np.mgrid[-1 : 1 : side * 1j, -1 : 1 : side * 1j]).astype("f4")
        pile = [np.cos(9 * plane - 0.2 * t).astype("f4") for t in range(4)]
        figure, axes = plt.subplots(figsize=(8, 6), dpi=100)
        image = axes.imshow(pile[0], origin="lower", vmin=-1, vmax=1)
        figure.colorbar(image)
        labels = tuple(str(n) for n in range(100))
        give_steps(image, Steps(100, labels, "", lambda t: pile[t % len(pile)]))

    return draw


@contextlib.asynccontextmanager
async def staged() -> AsyncIterator[Stage]:
    """Start a Jupyter server of this home's session, and bind the engine to one core."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    options = [f"--port={port}", "--ip=127.0.0.1", "--no-browser", "--allow-root"]
    options += [f"--ServerApp.base_url={PREFIX}"]
    with tempfile.TemporaryDirectory() as folder, Path(folder, "server.log").open("wb") as log:
        server = subprocess.Popen(
            [sys.executable, "-m", "jupyter_server", *options],
            env={**os.environ, "JUPYTER_TOKEN": TOKEN, "JUPYTER_RUNTIME_DIR": folder},
            cwd=folder,
            stdout=log,
            stderr=log,
        )
        try:
            await until_it_answers(port)
            async with await aio.connect("bench") as client:
                ((address, engine),) = (await engines.snapshots(client)).items()
                psutil.Process(engine.pid).cpu_affinity([ENGINE_CORE])
                yield Stage(psutil.Process(server.pid), port, address, client)
                psutil.Process(engine.pid).cpu_affinity(sorted(os.sched_getaffinity(0)))
        finally:
            server.terminate()
            server.wait(20)


async def until_it_answers(port: int) -> None:
    """Wait for the server."""
    url = f"http://127.0.0.1:{port}{PREFIX}emout-lab/api/sessions"
    headers = {"Authorization": f"token {TOKEN}"}
    for _ in range(600):
        with contextlib.suppress(OSError):
            await AsyncHTTPClient().fetch(url, headers=headers)
            return
        await asyncio.sleep(0.1)
    raise RuntimeError("the Jupyter server does not answer")


@contextlib.contextmanager
def plain_server(film: Path) -> Iterator[int]:
    """Start the plain redraw in a process of its own, bound to the engine's core."""
    command = [sys.executable, str(PEERS / "webagg.py"), str(film), str(ENGINE_CORE)]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None and process.stdin is not None
        yield int(process.stdout.readline())
        process.stdin.close()
        process.wait(20)
