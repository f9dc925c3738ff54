"""Questions to a session and its engines for an event loop, which is that of their Dask client.

The panel asks them as they are; who waits in a thread has `emout_lab.client.engine`.
"""

from __future__ import annotations

import asyncio
import ssl
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from emout_lab.client import transport
from emout_lab.client.transfers import move, take
from emout_lab.client.transport import ask, lost, reason_of_exit, watched
from emout_lab.engine import dashboard, verbs, worker_plugin
from emout_lab.engine.cleanup_plugin import CleanupPlugin, numbered_engines
from emout_lab.engine.engine_numbers import NumberedEngine
from emout_lab.engine.protocol import Program, Reply
from emout_lab.engine.snapshot import EngineSnapshot, ProgramStatus
from emout_lab.engine.worker_plugin import FIGURES_TOPIC
from emout_lab.messages import REACH_TIMEOUT_S, can_reach

if TYPE_CHECKING:
    from distributed import Client

__all__ = [
    "FIGURES_TOPIC",
    "ProgramStatus",
    "addresses",
    "can_reach",
    "engines",
    "ensure_engines",
    "invoke",
    "is_alive",
    "lost",
    "move",
    "open_dashboard",
    "prompt_snapshots",
    "reason_of_exit",
    "worker_reports",
    "run",
    "snapshots",
    "take",
]


async def is_alive(client: Client, address: str) -> bool:
    """Tell whether the worker at ``address`` answers."""
    asked = client.run(_worker_is_here, workers=[address], on_error="ignore")
    try:
        return bool(await asyncio.wait_for(asked, REACH_TIMEOUT_S))
    except (OSError, asyncio.TimeoutError, ValueError):  # of a closed connection too
        return False


async def run(
    client: Client,
    address: str,
    program: Program,
    on_sent: Callable[[bool], None] | None = None,
    *,
    is_direct: bool = False,
) -> Reply:
    """Run a program on the engine at ``address`` and return its reply.

    Parameters
    ----------
    on_sent : callable, optional
        Called when it is sent, with whether what is run from now on will begin after it.
    is_direct : bool
        Send it straight to the worker, where `can_reach` says so, not through the scheduler.

    Raises
    ------
    EngineLost
        When the worker is gone, or goes while the program runs.
    """
    return await transport.run(client, address, program, on_sent or _ignore, is_direct=is_direct)


async def snapshots(
    client: Client,
    known: Mapping[str, EngineSnapshot] | None = None,
    asked: Sequence[str] | None = None,
) -> dict[str, EngineSnapshot]:
    """Return the snapshot of every engine, by worker address.

    Parameters
    ----------
    known : mapping of str to EngineSnapshot, optional
        What was returned before: objects and figures that are the same do not travel again.
    asked : sequence of str, optional
        Addresses of those that are asked; all by default.
    """
    before = known or {}
    versions = {address: each.versions for address, each in before.items()}
    found: dict[str, EngineSnapshot] = await client.run(
        verbs.invoke,
        "snapshot",
        (versions,),
        workers=None if asked is None else list(asked),
        on_error="ignore",
    )
    return {address: each.completed(before.get(address)) for address, each in found.items()}


async def prompt_snapshots(client: Client, patience: float) -> dict[str, EngineSnapshot]:
    """Return the snapshots of the engines that answer within ``patience`` seconds."""
    asked = [
        asyncio.ensure_future(snapshots(client, asked=[address]))
        for address in (await addresses(client)).values()
    ]
    if not asked:
        return {}
    done, late = await asyncio.wait(asked, timeout=patience)
    for each in late:
        each.cancel()
    found = [each.result() for each in done if each.exception() is None]
    return {address: one for answer in found for address, one in answer.items()}


async def invoke(
    client: Client, address: str, verb: str, *args: Any, is_direct: bool = False
) -> Any:
    """Let the engine at ``address`` do something beside its programs, and return what it gives.

    Parameters
    ----------
    verb : str
        What, of the table `emout_lab.engine.verbs.VERBS`: ``"drop"`` (names), ``"interrupt"``,
        ``"cancel"`` (a program, whether it is given up), ``"preview"`` (name), ``"figure"`` (name),
        ``"draw_again"`` (name, options), ``"forget_figures"`` (names), …
    *args : Any
        What it needs.
    is_direct : bool
        Ask the worker itself, where `can_reach` says so, not through the scheduler.

    Raises
    ------
    ObjectGone
        When there is no such object or figure (any more).
    EngineBusy
        When a program runs, and what is asked for would have to wait for it.
    EngineError
        When engines know no such verb.
    EngineLost, SessionDead
        When the worker is gone, or the connection to the session.
    """
    return await watched(client, ask(client, address, verb, *args, is_direct=is_direct), address)


async def ensure_engines(client: Client) -> None:
    """Register the plugins with a session that another program started."""
    if worker_plugin.PLUGIN_NAME not in await client.run_on_scheduler(_worker_plugin_names):
        await client.register_plugin(CleanupPlugin())
        await client.register_plugin(worker_plugin.Engine())


async def engines(client: Client) -> list[NumberedEngine]:
    """Return the engines by the numbers that views know them by."""
    found: list[NumberedEngine] = await client.run_on_scheduler(numbered_engines)
    return found


async def addresses(client: Client) -> dict[str, str]:
    """Return the address of every engine by its name."""
    return dict(await client.run_on_scheduler(_worker_addresses))


@dataclass(frozen=True)
class WorkerReport:
    """What the scheduler knows of an engine, which may not answer itself.

    Parameters
    ----------
    silence : float [s]
        How long ago its worker has reported to the scheduler.
    snapshot : EngineSnapshot
        Name, place and memory; nothing of what only the engine can tell.
    """

    silence: float
    snapshot: EngineSnapshot


async def worker_reports(client: Client) -> dict[str, WorkerReport]:
    """Return what the scheduler knows of every engine, by address; no engine is asked."""
    found: list[dict[str, Any]] = await client.run_on_scheduler(_worker_reports)
    return {
        each["address"]: WorkerReport(
            each.pop("silence"),
            EngineSnapshot(ready=False, memory_objects=0, current=None, **each),
        )
        for each in found
    }


async def open_dashboard(client: Client) -> tuple[str, int, ssl.SSLContext]:
    """Open Dask's own dashboard; return host and port, and what it wants to be shown there.

    Raises
    ------
    EngineError
        When it cannot be drawn where the session runs.
    """
    host, port = await client.run_on_scheduler(dashboard.open_dashboard)
    return host, port, client.security.get_connection_args("client")["ssl_context"]


def _ignore(is_in_order: bool) -> None:
    """Stand for somebody who wants to know when a program was sent."""


def _worker_reports(dask_scheduler: Any = None) -> list[dict[str, Any]]:
    now = time.time()
    return [
        {
            "engine": str(worker.name),
            "address": worker.address,
            "host": worker.host,
            "pid": int(worker.pid or 0),
            "memory_used": int(worker.metrics.get("memory", 0)),
            "memory_limit": int(worker.memory_limit or 0),
            "cpu": float(worker.metrics.get("cpu", 0.0)),
            "silence": now - worker.last_seen,
        }
        for worker in dask_scheduler.workers.values()
    ]


def _worker_is_here() -> bool:
    return True


def _worker_plugin_names(dask_scheduler: Any = None) -> list[str]:
    return list(dask_scheduler.worker_plugins)


def _worker_addresses(dask_scheduler: Any = None) -> list[tuple[str, str]]:
    return [(str(w.name), w.address) for w in dask_scheduler.workers.values()]
