"""Orbits: steps per second and core, and what a second engine brings to orbits and frames.

Run alone (``python benchmarks/backtrace.py``) or with the others; it starts a session of its own.
"""

from __future__ import annotations

import os
import tempfile
import time
from functools import partial
from pathlib import Path

import matplotlib
import numpy as np
import table
from table import Row, at_least, interleaved

from emout_lab import Emout, connect, sessions
from emout_lab.emses.backtrace.phase_grid import PhaseGrid
from emout_lab.emses.backtrace.request import Request, density_part
from emout_lab.emses.backtrace.tracer import Steps, trace_ends
from emout_lab.emses.demo import write_demo_data
from emout_lab.emses.plot.parallel_frames import draw_part
from emout_lab.emses.run import reopened

ENGINES, STEPS, SHARED_STEPS, FRAMES, PARTS = 2, 200, 1000, 400, 4


def measure(*_: object) -> list[Row]:
    """Trace on one core here, then share orbits and frames out over one engine and two."""
    with tempfile.TemporaryDirectory() as folder:
        run = write_demo_data(Path(folder) / "run", grid=32, steps=FRAMES)
        data = Emout(run, local_data_policy="local")
        rows = [Row("orbit steps per second and core", f"{steps_per_second(data) / 1e6:.1f} M")]
        options = {"cores": 1, "memory": "1G", "jobs": ENGINES, "allow_multiple": True}
        sessions.start(backend="local", name="orbits", **options)
        try:
            sessions.wait_for_workers("orbits", n=ENGINES, timeout=120)
            with connect(name="orbits") as session:
                for what, job in {"orbits": orbits(data), "frames": frames(data)}.items():
                    rows += shared(session.client, what, *job)
        finally:
            sessions.stop("orbits")
    return rows


def request(data: Emout, steps: int = STEPS) -> Request:
    """Return a computation whose orbits do not end before their last step."""
    return Request(reopened(data.directory), 1, -1, Steps(1e-6, steps), threads=1)


def grid(data: Emout) -> PhaseGrid:
    """Return points of phase space above the sphere."""
    middle, thermal = data.inp.nx / 2, data.inp.path[1]
    v = (-3 * thermal, 3 * thermal, 300)
    return PhaseGrid.of(middle, middle, 0.8 * data.inp.nx, v, 0.0, v)


def steps_per_second(data: Emout) -> float:
    """Trace on one core, in the CPU time that it takes."""
    points, domain = grid(data)[:20_000].points(), request(data).domain()
    trace_ends(points[:2], request(data).steps, domain, 1)
    start = time.process_time()
    ends = trace_ends(points, request(data).steps, domain, 1)
    return float(np.sum(ends.steps)) / (time.process_time() - start)


def orbits(data: Emout):
    """Return the tasks of a grid of orbits, parted as the product does."""
    points = grid(data)
    size = len(points) // 16
    asked = request(data, SHARED_STEPS)
    return density_part, [(asked, points[i : i + size]) for i in range(0, 16 * size, size)]


def frames(data: Emout):
    """Return the tasks of a long film, parted as the product does."""
    film = data.phisp[:, :, 16, :].gifplot()
    palette, style = film.palette(), dict(matplotlib.rcParams)
    size = FRAMES // PARTS
    return draw_part, [
        (film._origin, i, i + size, "gif", palette, None, 200.0, style)
        for i in range(0, FRAMES, size)
    ]


def shared(client, what: str, function, tasks) -> list[Row]:
    """Compare one worker with all of them, measured in turns: time, and work that they spend."""
    workers, spent = list(client.nthreads()), {1: 0.0, ENGINES: 0.0}

    def work(used: list[str]) -> None:
        before = cpu_seconds(client)
        client.gather([client.submit(function, *t, workers=used, pure=False) for t in tasks])
        spent[len(used)] += cpu_seconds(client) - before

    for worker in workers:
        work([worker])
    spent.update({1: 0.0, ENGINES: 0.0})
    one, both = interleaved(partial(work, workers[:1]), partial(work, workers), rounds=3)
    return [
        at_least(
            1.8 if what == "frames" else None,
            f"{what} on {ENGINES} engines, against one",
            both,
            one,
        ),
        Row(f"CPU time of it, against one engine's {what}", f"{spent[ENGINES] / spent[1]:.2f}"),
    ]


def cpu_seconds(client) -> float:
    """Return the CPU time that all workers have used."""
    return sum(client.run(lambda: sum(os.times()[:2])).values())


if __name__ == "__main__":
    matplotlib.use("agg")
    with tempfile.TemporaryDirectory(prefix="el-") as home:
        os.environ["EMOUT_LAB_HOME"] = home
        table.show(measure())
