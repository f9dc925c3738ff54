"""Sweeps over two engines: against plain maps of Dask, against epyc's, and a million points."""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import psutil
from distributed import Client
from setting import PEERS, Peer, Setting, peer
from table import Median, Row, at_least, at_most, milliseconds
from views import two_engines

from emout_lab.experiments import ClusterLab, Experiment, HDF5LabNotebook, LabNotebook

POINTS, POINT_S, ROUNDS = 10_000, 0.001, 3
FEW, FEW_ROUNDS = 200, 5
MANY, AT_ONCE = 1_000_000, 10_000
MEGABYTE = 1e6


class Short(Experiment):
    """Takes a millisecond."""

    def do(self, params: dict[str, Any]) -> dict[str, Any]:
        """Wait, and give the parameter back."""
        time.sleep(POINT_S)
        return {"y": params["k"]}


class Same(Experiment):
    """Gives its parameter back."""

    def do(self, params: dict[str, Any]) -> dict[str, Any]:
        """Do nothing with it."""
        return {"y": params["k"]}


def measure(setting: Setting) -> list[Row]:
    """Sweep over the points, in turns with the others."""
    with two_engines() as client, peer(setting.peers, PEERS / "epyc_sweep.py") as other:
        rows = [*against_map(client), against_epyc(client, other)]
    return [*rows, *a_million()]


def against_map(client: Any) -> list[Row]:
    """Compare many short points with a map of Dask over the same workers."""
    dask = client.session.client
    swept(client, Short(), FEW)
    mapped(dask, FEW)
    ours, theirs, grown = [], [], 0.0
    for _ in range(ROUNDS):
        before = memory()
        ours.append(swept(client, Short(), POINTS))
        grown = max(grown, memory() - before)
        theirs.append(mapped(dask, POINTS))
    what = f"{POINTS} points of 1 ms, against client.map"
    return [
        at_most(1.2, what, Median.of(ours), Median.of(theirs)),
        Row("  memory of the client meanwhile", f"{grown / MEGABYTE:+.0f} MB"),
    ]


def against_epyc(client: Any, other: Peer | None) -> Row:
    """Compare submitting and collecting a few points with epyc over ipyparallel."""
    what = f"{FEW} points, submitted and collected"
    swept(client, Same(), FEW)
    if other is not None:
        other.run(str(FEW))
    ours, theirs = [], []
    for _ in range(FEW_ROUNDS):
        ours.append(swept(client, Same(), FEW))
        if other is not None:
            theirs.append(other.run(str(FEW)))
    if not theirs:
        return Row(what, milliseconds(Median.of(ours)))
    return at_least(10, what, Median.of(ours), Median.of(theirs))


def swept(client: Any, experiment: Experiment, points: int) -> float:
    """Return how long a sweep takes from its beginning to its last result [s]."""
    lab = ClusterLab(LabNotebook(), session=client.session)
    lab["k"] = range(points)
    start = time.perf_counter()
    lab.runExperiment(experiment)
    lab.wait()
    seconds = time.perf_counter() - start
    assert lab.notebook().numberOfResults() == points
    return seconds


def mapped(dask: Client, points: int) -> float:
    """Return how long a map takes [s]."""
    start = time.perf_counter()
    # A function that the workers have.
    found = dask.gather(dask.map(time.sleep, [POINT_S] * points, pure=False))
    seconds = time.perf_counter() - start
    assert found == [None] * points
    return seconds


def a_million() -> list[Row]:
    """Fill a notebook with a million results as a sweep brings them, and open it again."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "many.h5"
        before = memory()
        notebook = HDF5LabNotebook(path, create=True)
        start = time.perf_counter()
        jobs = [f"{'0' * 32}:{number}" for number in range(MANY)]
        notebook.addPendingResults([{"k": k, "x": k / 7} for k in range(MANY)], jobs)
        notebook.commit()
        noted = time.perf_counter() - start
        longest = 0.0
        for first in range(0, MANY, AT_ONCE):
            found = ((result(k), jobs[k]) for k in range(first, first + AT_ONCE))
            turn = time.perf_counter()
            notebook.resolvePendingResults(found)
            notebook.commit()
            longest = max(longest, time.perf_counter() - turn)
        grown = memory() - before
        notebook.close()
        filled = time.perf_counter() - start
        size = path.stat().st_size
        opened, held = map(float, opened_elsewhere(path))
    return [
        Row(f"notebook of {MANY} points: noted", milliseconds(noted)),
        Row("  filled and closed", f"{milliseconds(filled)}, {size / MEGABYTE:.0f} MB on disk"),
        Row(f"  longest commit of {AT_ONCE}", milliseconds(longest)),
        Row("  memory when it is full", f"{grown / MEGABYTE:.0f} MB"),
        Row("  opened again", f"{milliseconds(opened)}, {held / MEGABYTE:.0f} MB"),
    ]


def opened_elsewhere(path: Path) -> list[str]:
    """Open a notebook in a new process; return how long that takes [s] and what it holds [B]."""
    program = (
        "import psutil, sys, time\n"
        "from emout_lab.experiments import HDF5LabNotebook\n"
        "before, start = psutil.Process().memory_info().rss, time.perf_counter()\n"
        "notebook = HDF5LabNotebook(sys.argv[1])\n"
        "seconds = time.perf_counter() - start\n"
        "print(seconds, psutil.Process().memory_info().rss - before)\n"
    )
    command = [sys.executable, "-c", program, str(path)]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.split()


def result(k: int) -> dict[str, dict[str, Any]]:
    """Return a results dictionary as a sweep brings it."""
    metadata = {
        Experiment.STATUS: True,
        Experiment.EXCEPTION: "",
        Experiment.TRACEBACK: "",
        Experiment.EXPERIMENT: "Simulated",
        Experiment.ELAPSED_TIME: 0.001,
        "emout_lab.experiment.engine": str(k % 64),
        "emout_lab.experiment.peak_memory": 100_000_000 + k,
    }
    return {"parameters": {"k": k, "x": k / 7}, "metadata": metadata, "results": {"y": k**0.5}}


def memory() -> float:
    """Return what this process holds [B]."""
    return float(psutil.Process().memory_info().rss)
