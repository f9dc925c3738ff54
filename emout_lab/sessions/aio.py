"""The functions of `emout_lab.sessions` for an event loop, under the same names.

Examples
--------
>>> import asyncio
>>> from emout_lab.sessions import aio
>>> asyncio.run(aio.list())  # doctest: +SKIP
[]
"""

from __future__ import annotations

import asyncio
import builtins
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar

from emout_lab.errors import DamagedState
from emout_lab.sessions import api, capabilities, log_files
from emout_lab.sessions.models import SessionStatus
from emout_lab.sessions.spec import SessionSpec

if TYPE_CHECKING:
    from distributed import Client

    from emout_lab.sessions.restarts import RestartedEngine

__all__ = [
    "connect",
    "get",
    "list",
    "logs",
    "problems",
    "profiles",
    "restart_engine",
    "scale",
    "start",
    "stop",
    "stop_all",
    "wait_for_workers",
]


_Result = TypeVar("_Result")


async def start(
    spec: SessionSpec | None = None,
    *,
    allow_multiple: bool = False,
    timeout: float = 60.0,
    **fields: Any,
) -> SessionStatus:
    """Start a session, see `emout_lab.sessions.start`."""
    return await _aside(api.start, spec, allow_multiple=allow_multiple, timeout=timeout, **fields)


async def list() -> builtins.list[SessionStatus]:
    """Return all sessions, see `emout_lab.sessions.list`."""
    return await asyncio.to_thread(api.list)


async def problems() -> builtins.list[DamagedState]:
    """Return what is wrong with sessions' files, see `emout_lab.sessions.problems`."""
    return await asyncio.to_thread(api.problems)


async def get(name: str | None = None) -> SessionStatus:
    """Return a session's status, see `emout_lab.sessions.get`."""
    return await asyncio.to_thread(api.get, name)


async def stop(name: str | None = None, *, timeout: float = 30.0) -> SessionStatus:
    """Stop a session, see `emout_lab.sessions.stop`."""
    return await _aside(api.stop, name, timeout=timeout)


async def stop_all(*, timeout: float = 30.0) -> builtins.list[SessionStatus]:
    """Stop all sessions, see `emout_lab.sessions.stop_all`."""
    return await _aside(api.stop_all, timeout=timeout)


async def scale(jobs: int, name: str | None = None, *, timeout: float = 60.0) -> SessionStatus:
    """Bring a session to another number of jobs, see `emout_lab.sessions.scale`."""
    return await _aside(api.scale, jobs, name, timeout=timeout)


async def restart_engine(
    name: str | None, engine: str, *, origin: str = "Python", timeout: float = 60.0
) -> RestartedEngine:
    """Restart an engine, whatever it does, see `emout_lab.sessions.restart_engine`."""
    from emout_lab.sessions import connection  # noqa: PLC0415 - Dask, as above

    return await _aside(connection.restart_engine, name, engine, origin=origin, timeout=timeout)


async def logs(
    name: str | None = None, *, job: str | None = None, lines: int = log_files.TAIL_LINES
) -> dict[str, str]:
    """Return the ends of a session's logs, see `emout_lab.sessions.logs`."""
    return await asyncio.to_thread(log_files.logs, name, job=job, lines=lines)


async def wait_for_workers(
    name: str | None = None, n: int = 1, timeout: float = 300.0
) -> SessionStatus:
    """Wait for workers, see `emout_lab.sessions.wait_for_workers`."""
    return await _aside(api.wait_for_workers, name, n, timeout)


async def profiles(slurm: capabilities.SlurmAnswer | None = None) -> dict[str, Any]:
    """Return what a start form offers, see `emout_lab.sessions.profiles`."""
    answer = await capabilities.ask_slurm_async() if slurm is None else slurm
    return await asyncio.to_thread(capabilities.profiles, answer)


async def connect(
    address: str | None = None,
    name: str | None = None,
    *,
    timeout: float = 10.0,
    **options: Any,
) -> Client:
    """Connect to a session with an asynchronous client, see `emout_lab.sessions.connect`."""
    # Dask is loaded by the first who connects, not by a server that starts.
    from emout_lab.sessions.connection import connect_async  # noqa: PLC0415 - loads Dask

    return await connect_async(address, name, timeout=timeout, **options)


async def _aside(function: Callable[..., _Result], *args: Any, **options: Any) -> _Result:
    """Run what may take minutes in a thread of its own: an event loop has few for quick looks."""
    thread = ThreadPoolExecutor(1, thread_name_prefix=f"emout-lab-{function.__name__}")
    loop = asyncio.get_running_loop()
    try:
        return await loop.run_in_executor(thread, partial(function, *args, **options))
    finally:
        thread.shutdown(wait=False)
