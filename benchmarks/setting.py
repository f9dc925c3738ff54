"""What the benchmarks measure on: a session, data, and other systems if they are there."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import h5py
import numpy as np

from emout_lab import Session
from emout_lab.emses.demo import write_demo_data

PEERS = Path(__file__).parent / "peers"
FRAMES, FILM_GRID = 100, 128
HUGE_GRID = 1024


class Peer:
    """Another system in a process of its own environment, which does what it is told by name."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process

    def run(self, action: str) -> Any:
        """Let it do something, wait, and return its answer."""
        assert self._process.stdin is not None and self._process.stdout is not None
        self._process.stdin.write(action + "\n")
        self._process.stdin.flush()
        line = self._process.stdout.readline()
        if not line:
            raise RuntimeError(f"the peer ended at {action!r}; its messages are above")
        return json.loads(line)


@dataclass(frozen=True)
class Setting:
    """One session, the data in it, and upstream emout where it was asked for.

    ``run`` is a directory of 65 x 65 x 65 points, ``film`` one of 100 steps of which one plane of
    129 x 129 is written, ``huge`` one of 4 GB of which nothing is written. ``peers`` is the Python
    of the environment that has the other systems.
    """

    session: Session
    run: Path
    film: Path
    huge: Path
    upstream: Peer | None = None
    peers: Path | None = None


def write_data(folder: Path) -> tuple[Path, Path, Path]:
    """Write the directories of a setting."""
    run = write_demo_data(folder / "run", grid=64, steps=4)
    film, huge = folder / "film", folder / "huge"
    plane = np.hypot(*np.mgrid[-1:1:129j, -1:1:129j]).astype("f4")
    with _written(run, film, FILM_GRID) as group:
        for step in range(FRAMES):
            frame = group.create_dataset(f"{step:04d}", (129,) * 3, "f4", chunks=(129, 1, 129))
            frame[:, FILM_GRID // 2, :] = np.cos(9 * plane - 0.2 * step)
    with _written(run, huge, HUGE_GRID) as group:
        step = group.create_dataset("0000", (HUGE_GRID + 1,) * 3, "f4", chunks=(1, 205, 205))
        step[0, 0, 0] = 0.0  # a step without any value counts as one that is still being written
    return run, film, huge


def write_series(run: Path, grid: int, steps: int) -> Path:
    """Write a directory of many small steps next to the others."""
    target = run.with_name(f"series{grid}")
    values = np.random.default_rng(0).random((grid + 1,) * 3, "f4")
    with _written(run, target, grid) as group:
        for step in range(steps):
            group[f"{step:04d}"] = values + np.float32(step)
    # As a run that has ended: nothing is remembered of a file that was written a moment ago.
    os.utime(target / "phisp00_0000.h5", (time.time() - 60,) * 2)
    return target


@contextlib.contextmanager
def _written(model: Path, target: Path, grid: int) -> Iterator[h5py.Group]:
    """Make a directory like ``model`` with another grid; the caller fills its potential."""
    target.mkdir()
    text = (model / "plasma.inp").read_text()
    for name in ("nx", "ny", "nz"):
        text = text.replace(f"  {name}       = 64", f"  {name}       = {grid}")
    (target / "plasma.inp").write_text(text)
    with h5py.File(target / "phisp00_0000.h5", "w") as file:
        yield file.create_group("phisp")


@contextlib.contextmanager
def peer(python: Path | None, script: Path, *arguments: Path) -> Iterator[Peer | None]:
    """Start another system with its own interpreter; None without one."""
    if python is None:
        yield None
        return
    with subprocess.Popen(
        [str(python), str(script), *map(str, arguments)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        started = Peer(process)
        assert process.stdout is not None
        if not process.stdout.readline():
            raise RuntimeError(f"{script.stem} did not start; its messages are above")
        try:
            yield started
        finally:
            assert process.stdin is not None
            process.stdin.close()
            process.wait(timeout=60)
