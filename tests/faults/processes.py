"""The processes of a session, to be killed, frozen and thawed."""

from __future__ import annotations

import contextlib
import os
import signal
from collections.abc import Iterator

import psutil

from emout_lab.client import aio as engines
from emout_lab.config import load
from emout_lab.remote.session import Session
from emout_lab.sessions.store import SessionStore


def engine_pids(session: Session) -> dict[str, int]:
    """Return the process of each engine by its name."""
    found = session.client.sync(engines.snapshots, session.client)
    return {each.engine: each.pid for each in found.values()}


def host_pid(name: str) -> int:
    """Return the process of the host of a session."""
    record = SessionStore(load()).read_as_written(name)
    assert record is not None
    return record.process.pid


def kill(pid: int) -> None:
    """Kill a process and wait until it is gone."""
    processes = [psutil.Process(pid)] if psutil.pid_exists(pid) else []
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)
    psutil.wait_procs(processes, timeout=10)


@contextlib.contextmanager
def frozen(pid: int) -> Iterator[None]:
    """Freeze a process, and thaw it at the end."""
    os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGCONT)
