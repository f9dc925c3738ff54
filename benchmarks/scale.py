"""How much many engines, objects, users and jobs cost, and what breaks first.

``python benchmarks/scale.py``, or ``make scale``. Counts, bytes and CPU time say more than wall
time on a machine that does other things as well. What is said of more than this machine holds is
extrapolated, and says so. The text is in docs/sites/scale.md.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import logging
import os
import pickle
import resource
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path
from statistics import linear_regression
from typing import Any

import idle
import psutil
import table
from panel import engines, messages, without_known
from table import Row
from tornado.httpclient import HTTPRequest
from tornado.websocket import websocket_connect

from emout_lab import sessions
from emout_lab.config import Settings
from emout_lab.server.app import EmoutLabApp
from emout_lab.server.contract.messages import KEYS
from emout_lab.server.monitor import Monitor, MonitorOptions
from emout_lab.server.state_store import Subscription
from emout_lab.sessions.queue_answers import list_jobs

ENGINES, OBJECTS, USERS, JOBS = 200, 1_000_000, 500, 10_000
#: So many engines fit on a small machine; the trend tells of more.
SMALL = (1, 2, 4)
SQUEUE = f"""#!/bin/sh
echo asked >> "$0.asked"
seq {JOBS} | sed 's/$/|PENDING|Priority|2026-11-21T04:00:00|2026-11-21T04:00:00|cn[001-004]/'
"""


def engines_of_a_session() -> list[Row]:
    """Let sessions of more and more engines rest while a panel looks, and draw a line."""
    hosts, servers = [], []
    rows = []
    with idle.jupyter_server(True) as (server, address), Panel(address):
        for number in SMALL:
            sessions.start(backend="local", memory="500M", cores=1, jobs=number, name="many")
            sessions.wait_for_workers("many", n=number, timeout=300)
            time.sleep(10)
            host = idle.session_processes("many")["host"]
            found = idle.costs({"host": host, "server": server})
            hosts.append(found["host"])
            servers.append(found["server"])
            rows += [Row(f"{number} engines: {name}", str(cost)) for name, cost in found.items()]
            sessions.stop("many")
    for name, seen in (("host", hosts), ("server, a panel looks", servers)):
        at = [at_size([getattr(cost, key) for cost in seen]) for key in ("own", "sockets", "cpu")]
        text = f"{at[0]:.0f} MB its own, {at[1]:.0f} sockets, {at[2]:.0f} ms/s"
        rows.append(Row(f"{ENGINES} engines (by the trend): {name}", text))
    return rows


def at_size(values: list[float]) -> float:
    """Return where a line through values leads for all engines."""
    line = linear_regression(SMALL, values)
    return line.intercept + line.slope * ENGINES


class Panel:
    """A panel that looks at everything, in a thread of its own."""

    def __init__(self, address: str) -> None:
        self._address = address
        self._thread = threading.Thread(target=lambda: asyncio.run(self._look()), daemon=True)
        self._is_over = threading.Event()

    def __enter__(self) -> Panel:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._is_over.set()
        self._thread.join()

    async def _look(self) -> None:
        url = f"ws://{self._address}/emout-lab/api/events"
        request = HTTPRequest(url, headers={"Authorization": f"token {idle.TOKEN}"})
        panel = await websocket_connect(request)
        await panel.write_message(json.dumps({"type": "watch", "parts": sorted(KEYS)}))
        while not self._is_over.is_set():
            try:
                await asyncio.wait_for(panel.read_message(), 0.5)
            except asyncio.TimeoutError:
                continue
        panel.close()


def snapshots() -> list[Row]:
    """Show a panel more and more objects, as engines would tell them (synthetic)."""
    rows = []
    for objects in (OBJECTS // 100, OBJECTS // 10, OBJECTS):
        command = [sys.executable, __file__, "--look", str(objects)]
        told = json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout)
        rows += [
            Row(
                f"{objects:,} objects of {ENGINES} engines (synthetic)",
                f"{told['here']:.1f} MB come",
            ),
            Row("  first message to a panel", f"{told['first']:.1f} MB"),
            Row(
                "  memory of the server", f"{told['memory']:.0f} MB, {told['peak']:.0f} MB at most"
            ),
            Row("  its loop is busy", f"{told['busy']:.2f} s of CPU"),
            Row("  the next look, one new object", f"{told['next']:.1f} kB, {told['again']:.3f} s"),
        ]
    return rows


async def looked_at(objects: int) -> dict[str, float]:
    """Return what the first look at so many objects costs a server, and the next one."""
    options = MonitorOptions(EmoutLabApp.poll_interval.default_value, 30.0, 5.0, 0, 256)
    monitor = Monitor(options, logging.getLogger())
    panel = monitor.store.subscribe()
    panel.parts = frozenset(KEYS)
    # Their makers are another process, whose memory is not counted.
    told = {look: arriving(look, objects) for look in (0, 1)}
    before = psutil.Process().memory_full_info().uss
    known, first, busy = await look(monitor, panel, told[0], {})
    used = psutil.Process().memory_full_info().uss - before
    _, second, again = await look(monitor, panel, told[1], known)
    return {
        "here": sum(map(len, told[0])) / 1e6,
        "first": first / 1e6,
        "memory": used / 1e6,
        "peak": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3 - before / 1e6,
        "busy": busy,
        "next": second / 1e3,
        "again": again,
    }


def arriving(number: int, objects: int) -> list[bytes]:
    """Return what all engines send at one look; at the second, what is new."""
    command = [sys.executable, __file__, "--engines", str(number), str(objects)]
    sent = subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout
    return pickle.loads(sent)  # type: ignore[no-any-return]


def sent_by_engines(number: int, objects: int) -> list[bytes]:
    """Return snapshots as they travel, without what was told before."""
    if number == 0:
        return [pickle.dumps(each) for each in engines(0, ENGINES, objects)]
    known = {each.address: each for each in engines(number - 1, ENGINES, objects)}
    return [pickle.dumps(without_known(e, known)) for e in engines(number, ENGINES, objects)]


async def look(
    monitor: Monitor, panel: Subscription, arrived: list[bytes], known: dict[str, Any]
) -> tuple[dict[str, Any], int, float]:
    """Take snapshots; return them whole, bytes for the panel, and the CPU time [s]."""
    start = time.process_time()
    told = [pickle.loads(each) for each in arrived]
    now = {each.address: each.completed(known.get(each.address)) for each in told}
    monitor.collector.take("bench", now.values(), 0)
    size = len(await messages(panel))
    return now, size, time.process_time() - start


def queue() -> list[Row]:
    """Ask a queue of many jobs (a program that prints what squeue would), for several sessions."""
    with tempfile.TemporaryDirectory() as folder:
        squeue = Path(folder) / "squeue"
        squeue.write_text(SQUEUE)
        squeue.chmod(0o755)
        os.environ["PATH"] = f"{folder}{os.pathsep}{os.environ['PATH']}"
        asked = squeue.with_name("squeue.asked")
        start = time.process_time()
        asyncio.run(list_jobs(["7"], 0.0))
        fresh, start = time.process_time() - start, time.process_time()
        for _ in range(5):
            asyncio.run(list_jobs(["7", str(JOBS)], 60.0))
        shared = (time.process_time() - start) / 5
        times = len(asked.read_text().splitlines())
        [kept] = [f for f in Path(os.environ["EMOUT_LAB_HOME"], "queue").iterdir() if not f.suffix]
        size = kept.stat().st_size
    return [
        Row(
            f"squeue of {JOBS:,} jobs (imitated): a session that asks",
            f"{1e3 * fresh:.0f} ms of CPU",
        ),
        Row(
            "  5 sessions that hear of it",
            f"{1e3 * shared:.1f} ms of CPU each, {times - 1} questions",
        ),
        Row("  the answer that they share", f"{size / 1e3:.0f} kB"),
        Row(
            f"  {USERS} users, whose sessions rest",
            f"{USERS / Settings.poll_jobs_s:.0f} questions a second for slurmctld",
        ),
    ]


PARTS: dict[str, Callable[[], list[Row]]] = {
    "idle": idle.measure,
    "snapshots": snapshots,
    "queue": queue,
    "engines": engines_of_a_session,
}


def main() -> None:
    """Measure the parts that are asked for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", choices=PARTS)
    parser.add_argument("--look", type=int, help=argparse.SUPPRESS)
    parser.add_argument("--engines", type=int, nargs=2, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.engines is not None:
        sys.stdout.buffer.write(pickle.dumps(sent_by_engines(*options.engines)))
        return
    if options.look is not None:
        print(json.dumps(asyncio.run(looked_at(options.look))))
        return
    rows: list[Row] = []
    with tempfile.TemporaryDirectory(prefix="el-") as home:
        os.environ["EMOUT_LAB_HOME"] = home
        for name in [options.only] if options.only else PARTS:
            print(f"{name} …", flush=True)
            rows += PARTS[name]()
    table.show(rows)


if __name__ == "__main__":
    main()
