"""A field of four times a worker's memory: reductions in blocks, beside Dask on the same workers.

The data are 256 x 256 x 256 points a step, as many steps as are needed; ``EMOUT_BENCH_STEPS``
writes fewer. What both read lies in the page cache, if this machine has the memory.
"""

from __future__ import annotations

import gc
import os
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import psutil
import xarray as xr
from setting import Setting
from table import Median, Row, at_least, interleaved, milliseconds

from emout_lab import Session, connect, sessions
from emout_lab.emses import Emout

GRID, WORKER_BYTES = 256, 1_500_000_000
NAMES = ("phisp", "ex", "ey")
ROUNDS = 3
#: How often the memory of the workers is looked at [s].
SAMPLE_S = 0.02


def measure(setting: Setting) -> list[Row]:
    """Measure in sessions of two workers and of one."""
    run = write_field(setting.run, setting.run.with_name("large"), steps())
    rows: list[Row] = []
    with of_workers(2, "large2") as session:
        rows += beside_dask(session, run)
        rows += memory_and_bytes(session, run)
        rows += small_slice(session, run)
        two = heavy(session, run)
    with of_workers(1, "large1") as session:
        one = heavy(session, run)
    for name, seconds in two.items():
        rows.append(at_least(1.8, f"{name}, two workers against one", seconds, one[name]))
    return rows


def steps() -> int:
    """Return how many steps four times a worker's memory takes."""
    return int(os.environ.get("EMOUT_BENCH_STEPS", 4 * WORKER_BYTES // (4 * (GRID + 1) ** 3) + 1))


def write_field(model: Path, target: Path, count: int, names: tuple[str, ...] = NAMES) -> Path:
    """Write fields of so many steps."""
    target.mkdir()
    text = (model / "plasma.inp").read_text()
    for name in ("nx", "ny", "nz"):
        text = text.replace(f"  {name}       = 64", f"  {name}       = {GRID}")
    (target / "plasma.inp").write_text(text)
    generator = np.random.default_rng(0)
    step = generator.normal(size=(GRID + 1,) * 3).astype("f4")
    for name in names:
        with h5py.File(target / f"{name}00_0000.h5", "w") as file:
            group = file.create_group(name)
            for number in range(count):
                group.create_dataset(f"{number:04d}", data=np.roll(step, number))
    return target


@contextmanager
def of_workers(count: int, name: str) -> Iterator[Session]:
    """Start a session of some workers of one core."""
    memory = f"{WORKER_BYTES // 1_000_000}M"
    options = {"backend": "local", "memory": memory, "cores": 1, "jobs": count}
    sessions.start(name=name, allow_multiple=True, **options)
    try:
        sessions.wait_for_workers(name, n=count, timeout=120)
        with connect(name=name) as session:
            yield session
    finally:
        sessions.stop(name)


Case = tuple[str, float, Callable[[Any], object], Callable[[Any], object]]


def cases() -> list[Case]:
    """Return name, budget, our code and xarray's of what is compared."""
    return [
        ("max", 1.0, lambda d: float(d.phisp.max()), lambda d: d.phisp.max()),
        ("mean(axis=0)", 1.0, lambda d: float(d.phisp.mean(axis=0)[0, 0, 0]), _mean),
        ("std", 1.0, lambda d: float(d.phisp.std()), lambda d: d.phisp.std()),
        (
            "max(axis=(1, 2, 3))",
            1.0,
            lambda d: d.phisp.max(axis=(1, 2, 3)).fetch(),
            lambda d: d.phisp.max(("z", "y", "x")),
        ),
        (
            "expression of three fields",
            1.0,
            lambda d: float(_expression(d).mean()),
            lambda d: _expression(d).mean(),
        ),
    ]


def _mean(data: Any) -> Any:
    return data.phisp.mean("t")[0, 0, 0]


def _expression(data: Any) -> Any:
    return (data.ex**2 + data.ey**2) ** 0.5 * data.phisp


def beside_dask(session: Session, run: Path) -> list[Row]:
    """Measure in turns with xarray and Dask, one step a chunk."""
    ours = Emout(run).remote(session=session)
    with xr.open_dataset(run, engine="emses", chunks={"t": 1}) as dataset:
        rows = []
        for name, budget, own, theirs in cases():
            print(f"  {name} …", flush=True)

            def plain(theirs: Callable[[Any], Any] = theirs) -> object:
                found = theirs(dataset)
                return session.client.compute(found.data).result(timeout=120)

            try:
                mine, dasks = interleaved(lambda own=own: own(ours), plain, rounds=ROUNDS)
            except Exception as error:  # noqa: BLE001 - workers that it ended
                print(f"  Dask: {type(error).__name__}")
                (mine,) = interleaved(lambda own=own: own(ours), rounds=ROUNDS)
                rows.append(Row(f"{name}, against Dask", f"{milliseconds(mine)}; Dask failed"))
                continue
            rows.append(at_least(budget, f"{name}, against Dask", mine, dasks))
    return rows


def memory_and_bytes(session: Session, run: Path) -> list[Row]:
    """Measure the workers' largest memory, and what they read."""
    data = Emout(run).remote(session=session)
    pids = session.client.run(os.getpid).values()
    processes = [psutil.Process(pid) for pid in pids]
    session.client.run(gc.collect)
    size = data.phisp.nbytes.fetch() if hasattr(data.phisp.nbytes, "fetch") else data.phisp.nbytes
    before = [process.io_counters().read_chars for process in processes]
    with _peak(processes) as peak:
        float(data.phisp.std())
    read = sum(p.io_counters().read_chars for p in processes) - sum(before)
    with _peak(processes) as other:
        float(_expression(data).mean(axis=0).max())
    share = max(*peak, *other) / WORKER_BYTES
    return [
        Row("peak memory of a worker", f"{share:.0%} of its limit", "<= 25 %", share <= 0.25),
        Row(
            "bytes read, of the field's",
            f"{read / size:.3f}",
            "<= 1.05",
            read / size <= 1.05,
        ),
    ]


@contextmanager
def _peak(processes: list[psutil.Process]) -> Iterator[list[int]]:
    found = [0] * len(processes)
    is_over = threading.Event()

    def look() -> None:
        while not is_over.wait(SAMPLE_S):
            with suppress(psutil.Error):
                for number, process in enumerate(processes):
                    found[number] = max(found[number], process.memory_info().rss)

    watcher = threading.Thread(target=look)
    watcher.start()
    try:
        yield found
    finally:
        is_over.set()
        watcher.join()


def small_slice(session: Session, run: Path) -> list[Row]:
    """Measure what stays one program on one engine."""
    data = Emout(run).remote(session=session)
    (seconds,) = interleaved(lambda: float(data.phisp[-1, 128, 128].max()), rounds=15)
    return [Row("maximum along a line of the field", milliseconds(seconds))]


def heavy(session: Session, run: Path) -> dict[str, float]:
    """Measure what workers can share: reading with little, and with more, to compute."""
    data = Emout(run).remote(session=session)
    found = {}
    for name, action in {
        "max": lambda: float(data.phisp.max()),
        "std": lambda: float(data.phisp.std()),
        "expression of three fields": lambda: float(_expression(data).mean()),
    }.items():
        times = []
        for _ in range(ROUNDS):
            start = time.perf_counter()
            action()
            times.append(time.perf_counter() - start)
        found[name] = Median.of(times)
    return found
