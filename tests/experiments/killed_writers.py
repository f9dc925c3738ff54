"""Kills processes that write a notebook, at any moment, and looks at what they have left.

``python -m experiments.killed_writers PATH ROUNDS SEED``: each round forks a process that
goes on with the same notebook until it is killed. What it was told to be committed has to be
there afterwards, in order, and what is there besides has been added by it. Prints how many rows
there are at the end.
"""

from __future__ import annotations

import os
import random
import select
import signal
import struct
import sys
import time
import warnings
from pathlib import Path

import numpy as np

from emout_lab.experiments import HDF5LabNotebook, JSONLabNotebook, hdf5_columns, stored_notebook

from .notebook_cases import result

BATCH = 20


def row(k: int) -> dict:
    more = {"new": k} if k >= 150 else {}
    return result({"k": k}, y=k * 0.5, s=f"text {k}", a=np.arange(3.0) * k, **more)


def write(path: Path, told: int) -> None:
    """Add and commit rows until this process is killed."""
    kind = HDF5LabNotebook if path.suffix == ".h5" else JSONLabNotebook
    notebook = kind(path)
    rng = random.Random(os.getpid())
    while True:
        count = notebook.numberOfResults()
        jobs = [f"job {k}" for k in range(count, count + BATCH)]
        if not notebook.pendingResults():
            notebook.addPendingResults([{"k": k} for k in range(count, count + BATCH)], jobs)
            notebook.commit()
        jobs = notebook.pendingResults()[: rng.randint(1, BATCH)]
        taken = ((row(k), job) for k, job in enumerate(jobs, count))
        notebook.resolvePendingResults(taken)
        notebook.commit()
        os.write(told, struct.pack("q", notebook.numberOfResults()))


def read_all(number: int) -> bytes:
    parts = []
    while part := os.read(number, 65536):
        parts.append(part)
    return b"".join(parts)


def look(path: Path, committed: int) -> int:
    """Return how many rows there are, all of which are what they should be."""
    kind = HDF5LabNotebook if path.suffix == ".h5" else JSONLabNotebook
    notebook = kind(path, read_only=True)
    rows = notebook.results()
    assert committed <= len(rows) <= committed + BATCH, (committed, len(rows))
    for k, found in enumerate(rows):
        expected = row(k)["results"]
        assert found["parameters"] == {"k": k}, (k, found)
        assert found["results"].keys() == expected.keys(), (k, found)
        for name, value in expected.items():
            assert np.array_equal(found["results"][name], value), (k, name, found)
    pending = [int(job.split()[1]) for job in notebook.pendingResults()]
    assert pending == list(range(len(rows), len(rows) + len(pending))), (len(rows), pending)
    return len(rows)


def main(path: Path, rounds: int, seed: int) -> None:
    warnings.simplefilter("ignore")
    # Small files have journals as well, which come to the file often.
    stored_notebook.SMALL_BYTES = 20_000  # type: ignore[misc]
    stored_notebook.JOURNAL_SHARE = 0.2  # type: ignore[misc]
    hdf5_columns.MANY_ROWS = 300  # type: ignore[misc]
    rng = random.Random(seed)
    committed = 0
    for _ in range(rounds):
        reading, writing = os.pipe()
        child = os.fork()
        if child == 0:
            os.close(reading)
            write(path, writing)
        os.close(writing)
        if rng.random() < 0.8:
            select.select([reading], [], [], 2)
        time.sleep(rng.uniform(0, 0.04))
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        told = read_all(reading)
        os.close(reading)
        committed = max([committed, *(number for (number,) in struct.iter_unpack("q", told))])
        if path.exists():
            committed = look(path, committed)
    print(committed)


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]))
