"""The only caller of engines: sends programs, takes snapshots, brings values back."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from emout_lab.engine import verbs, worker_plugin
from emout_lab.engine.cleanup_plugin import CleanupPlugin
from emout_lab.engine.protocol import Figure, FigureOptions, Program, Reply, Shown
from emout_lab.engine.snapshot import EngineSnapshot, Standing
from emout_lab.engine.transfers import move, take
from emout_lab.engine.transport import ask, lost, reason_of_exit, watched
from emout_lab.engine.worker_plugin import FIGURES_TOPIC
from emout_lab.messages import REACH_TIMEOUT_S, can_reach

if TYPE_CHECKING:
    from distributed import Client

__all__ = [
    "FIGURES_TOPIC",
    "Standing",
    "addresses",
    "can_reach",
    "cancel",
    "draw_again",
    "drop_objects",
    "ensure_engines",
    "figure_bytes",
    "forget_figures",
    "interrupt",
    "is_alive",
    "lost",
    "move",
    "preview",
    "prompt_snapshots",
    "reason_of_exit",
    "roster",
    "run",
    "shown",
    "snapshots",
    "standing",
    "take",
]


async def is_alive(client: Client, address: str) -> bool:
    """Tell whether the worker at ``address`` answers."""
    asked = client.run(_worker_is_here, workers=[address], on_error="ignore")
    try:
        return bool(await asyncio.wait_for(asked, REACH_TIMEOUT_S))
    except (OSError, asyncio.TimeoutError, ValueError):  # of a closed connection too
        return False


async def run(client: Client, address: str, program: Program, *, is_direct: bool = False) -> Reply:
    """Run a program on the engine at ``address`` and return its reply.

    Parameters
    ----------
    is_direct : bool
        Send it straight to the worker, where `can_reach` says so, not through the scheduler.

    Raises
    ------
    EngineLost
        When the worker is gone, or goes while the program runs.
    """
    asked = ask(client, address, verbs.run_program, program, is_direct=is_direct)
    reply: Reply = await watched(client, asked, address)
    return reply


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
        verbs.take_snapshot,
        versions,
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


async def drop_objects(client: Client, address: str, names: Sequence[str]) -> None:
    """Drop objects of the engine at ``address``; unknown names are ignored."""
    await _ask(client, address, verbs.drop_names, list(names))


async def figure_bytes(client: Client, address: str, name: str) -> bytes:
    """Return the image of a figure that the engine at ``address`` drew.

    Raises
    ------
    ObjectGone
        When it made room for newer ones, or was cleared.
    """
    data: bytes = await _ask(client, address, verbs.figure_data, name)
    return data


async def forget_figures(client: Client, address: str, names: Sequence[str]) -> None:
    """Let the engine at ``address`` give up figures; unknown names are ignored."""
    await _ask(client, address, verbs.forget_figures, list(names))


async def draw_again(client: Client, address: str, name: str, options: FigureOptions) -> Figure:
    """Return a figure that the engine at ``address`` drew, in another format or resolution.

    Raises
    ------
    ObjectGone
        When the engine kept only the picture, not the figure behind it.
    EngineBusy
        When a program runs.
    SpecError
        When the figure cannot be written like that.
    """
    figure: Figure = await _ask(client, address, verbs.draw_again, name, options)
    return figure


async def shown(client: Client, address: str, program: str, mark: str) -> Shown | None:
    """Return a figure that a program's code has shown; None where the program is over."""
    figure: Shown | None = await _ask(client, address, verbs.shown_figure, program, mark)
    return figure


async def preview(client: Client, address: str, name: str) -> bytes | None:
    """Return a thumbnail (PNG) of an object; None for what is no array of one or two dimensions.

    Raises
    ------
    ObjectGone
        When the object was dropped.
    EngineBusy
        When a program runs.
    """
    data: bytes | None = await _ask(client, address, verbs.object_preview, name)
    return data


async def interrupt(client: Client, address: str, program: str | None = None) -> None:
    """Stop a program of the engine at ``address``; without an id the one that runs."""
    await _ask(client, address, verbs.interrupt_program, program)


async def cancel(client: Client, address: str, program: str, *, is_unheard: bool = False) -> None:
    """End the program with this id, running or in line, at the engine at ``address``.

    Parameters
    ----------
    is_unheard : bool
        Whether nobody waits for its reply any more: what it has made is dropped.
    """
    await _ask(client, address, verbs.cancel_program, program, is_unheard)


async def standing(client: Client, address: str, program: str | None = None) -> Standing:
    """Return where a program stands, and what the engine at ``address`` does now."""
    found: Standing = await _ask(client, address, verbs.program_standing, program)
    return found


async def ensure_engines(client: Client) -> None:
    """Register the plugins with a session that another program started."""
    if worker_plugin.PLUGIN_NAME not in await client.run_on_scheduler(_worker_plugin_names):
        await client.register_plugin(CleanupPlugin())
        await client.register_plugin(worker_plugin.Engine())


async def addresses(client: Client) -> dict[str, str]:
    """Return the address of every engine by its name."""
    return dict(await client.run_on_scheduler(_worker_addresses))


@dataclass(frozen=True)
class Post:
    """What the scheduler knows of an engine, which may not answer itself.

    Parameters
    ----------
    unheard : float [s]
        How long ago its worker has reported to the scheduler.
    snapshot : EngineSnapshot
        Name, place and memory; nothing of what only the engine can tell.
    """

    unheard: float
    snapshot: EngineSnapshot


async def roster(client: Client) -> dict[str, Post]:
    """Return what the scheduler knows of every engine, by address; no engine is asked."""
    found: list[dict[str, Any]] = await client.run_on_scheduler(_worker_reports)
    return {
        each["address"]: Post(
            each.pop("unheard"),
            EngineSnapshot(ready=False, memory_objects=0, current=None, **each),
        )
        for each in found
    }


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
            "unheard": now - worker.last_seen,
        }
        for worker in dask_scheduler.workers.values()
    ]


def _worker_is_here() -> bool:
    return True


def _worker_plugin_names(dask_scheduler: Any = None) -> list[str]:
    return list(dask_scheduler.worker_plugins)


def _worker_addresses(dask_scheduler: Any = None) -> list[tuple[str, str]]:
    return [(str(w.name), w.address) for w in dask_scheduler.workers.values()]


async def _ask(client: Client, address: str, function: Any, *args: Any) -> Any:
    return await watched(client, ask(client, address, function, *args), address)
