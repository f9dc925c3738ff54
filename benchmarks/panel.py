"""The server's work for an open panel: many workers and objects, whose numbers tick.

The snapshots are synthetic, since 50 real workers do not fit on one machine. They travel
pickled through the monitor and its store to the text that the WebSocket sends; what Dask itself
takes to bring them is not counted.
"""

from __future__ import annotations

import asyncio
import logging
import pickle
import random
import time
from dataclasses import replace

from setting import Setting
from table import Row

from emout_lab.engine.snapshot import CurrentCall, EngineSnapshot, ObjectInfo, Versions
from emout_lab.server.app import EmoutLabApp
from emout_lab.server.contract.messages import KEYS
from emout_lab.server.monitor import Monitor, MonitorOptions
from emout_lab.server.websocket import text_of

WORKERS, OBJECTS, LOOKS = 50, 5_000, 30
CPU_BUDGET, BYTES_BUDGET = 0.01, 10_000
SCALE = f"{WORKERS} workers, {OBJECTS:,} objects (synthetic)"


def measure(setting: Setting) -> list[Row]:  # noqa: ARG001  # one signature for all
    """Let one panel look for a while at engines that compute."""
    share, rate = asyncio.run(watch())
    return [
        Row(
            f"panel, {SCALE}: server",
            f"{share:.2%} of a core",
            f"< {CPU_BUDGET:.0%}",
            share < CPU_BUDGET,
        ),
        Row(
            f"panel, {SCALE}: traffic",
            f"{rate / 1e3:.1f} kB/s",
            f"< {BYTES_BUDGET / 1e3:.0f} kB/s",
            rate < BYTES_BUDGET,
        ),
    ]


async def watch(objects: int = OBJECTS) -> tuple[float, float]:
    """Return the share of a core and the bytes per second that one open panel takes."""
    interval = EmoutLabApp.poll_interval.default_value
    monitor = Monitor(MonitorOptions(interval, 30.0, 5.0, 64_000_000, 256), logging.getLogger())
    panel = monitor.store.subscribe()
    panel.parts = frozenset(KEYS)
    spent, sent = 0.0, 0
    known: dict[str, EngineSnapshot] = {}
    for number in range(LOOKS + 1):
        arrived = [
            pickle.dumps(without_known(each, known)) for each in engines(number, objects=objects)
        ]
        start = time.process_time()
        told = [pickle.loads(each) for each in arrived]
        known = {each.address: each.completed(known.get(each.address)) for each in told}
        monitor.collector.take("bench", known.values(), 0)
        text = await messages(panel)
        if number:  # the first is the whole picture, which is sent once
            spent += time.process_time() - start
            sent += len(text)
    seconds = LOOKS * interval
    return spent / seconds, sent / seconds


async def messages(panel) -> str:
    """Return all that waits for a panel, as it is sent."""
    found = []
    while True:
        try:
            found.append(text_of(await asyncio.wait_for(panel.get(), 0.01)))
        except asyncio.TimeoutError:
            return "".join(found)


def without_known(engine: EngineSnapshot, known: dict[str, EngineSnapshot]) -> EngineSnapshot:
    """Return what an engine sends to one who knows its last snapshot."""
    old = known.get(engine.address)
    is_same = old is not None and old.versions == engine.versions
    return replace(engine, objects=()) if is_same else engine


def engines(look: int, workers: int = WORKERS, objects: int = OBJECTS) -> list[EngineSnapshot]:
    """Return workers that all compute; at every look one of them has a new object."""
    dice = random.Random(look)
    return [
        EngineSnapshot(
            engine=str(number),
            address=f"tls://10.0.0.{number}:39311",
            host=f"node{number}",
            pid=1000 + number,
            ready=True,
            memory_used=dice.randrange(10**9),
            memory_limit=10**9,
            memory_objects=10**8,
            cpu=round(dice.random() * 100, 1),  # as psutil tells it
            current=CurrentCall("phisp[-1, :, 64, :].mean()", float(look), "run.ipynb"),
            objects=tuple(an_object(number, n) for n in range(objects // workers))
            + tuple(an_object(number, -n) for n in range(1, news(look, number, workers) + 1)),
            versions=Versions(str(number), news(look, number, workers)),
        )
        for number in range(workers)
    ]


def news(look: int, worker: int, workers: int) -> int:
    """Return how many new objects a worker has had: one worker gets one at every look."""
    return (look + workers - 1 - worker) // workers


def an_object(worker: int, number: int) -> ObjectInfo:
    """Return an object as a notebook leaves it."""
    return ObjectInfo(
        id=f"{worker:016x}{number % 2**64:016x}",
        scope="cell-7",
        notebook="run.ipynb",
        expression=f"-(phisp[{number}, :, 64, :])",
        type="Field",
        shape=(65, 65),
        dtype="float32",
        bytes=16_900,
        created=1.7e9 + number,
    )
