"""Start sessions on the test cluster, and wait for what becomes of them."""

from __future__ import annotations

import time
from collections.abc import Callable

import psutil

from emout_lab import sessions
from emout_lab.sessions import SessionStatus


def start(**fields: object) -> SessionStatus:
    defaults = {"memory": "1G", "cores": 1, "walltime": "00:10:00"}
    return sessions.start(backend="slurm", **{**defaults, **fields})


def wait_for(
    condition: Callable[[SessionStatus], bool], timeout: float, name: str | None = None
) -> SessionStatus:
    deadline = time.monotonic() + timeout
    while True:
        status = sessions.get(name)
        if condition(status):
            return status
        assert time.monotonic() < deadline, f"not in {timeout} s; last seen: {status}"
        time.sleep(0.1)


def workers_since(before: set[int]) -> list[psutil.Process]:
    """Return the worker processes that were not there before."""
    found = []
    for process in psutil.process_iter(["cmdline"]):
        command = " ".join(process.info["cmdline"] or [])
        if process.pid not in before and "dask_worker" in command:
            found.append(process)
    return found
