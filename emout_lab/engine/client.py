"""The only caller of engines: sends programs, takes snapshots, brings values back."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Coroutine, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from distributed.comm import CommClosedError
from distributed.core import clean_exception
from distributed.protocol.pickle import dumps

from emout_lab.engine import plugin
from emout_lab.engine.call import Description, Figure, FigureOptions, Program, Reply
from emout_lab.engine.departures import Departures
from emout_lab.engine.nanny import EXITS_TOPIC, describe_exit
from emout_lab.engine.plugin import FIGURES_TOPIC
from emout_lab.engine.snapshot import EngineSnapshot
from emout_lab.errors import EngineLost

if TYPE_CHECKING:
    from distributed import Client

__all__ = [
    "FIGURES_TOPIC",
    "addresses",
    "can_reach",
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
    "reason_of_exit",
    "run",
    "snapshots",
    "take",
]

WATCH_INTERVAL_S = 1.0
REACH_TIMEOUT_S = 2.0
#: The nanny of a lost worker is waited for so long; it may be gone as well.
REASON_TIMEOUT_S, REASON_POLL_S = 1.5, 0.1
UNKNOWN_REASON = "its worker was killed, its job ended or reached its walltime"


async def can_reach(client: Client, address: str) -> bool:
    """Tell whether the worker at ``address`` can be reached from here, past the scheduler."""
    try:
        comm = await client.rpc.connect(address, timeout=REACH_TIMEOUT_S)
    except (OSError, asyncio.TimeoutError):
        return False
    client.rpc.reuse(address, comm)
    return True


async def is_alive(client: Client, address: str) -> bool:
    """Tell whether the worker at ``address`` answers."""
    asked = client.run(_worker_is_here, workers=[address], on_error="ignore")
    try:
        return bool(await asyncio.wait_for(asked, REACH_TIMEOUT_S))
    except (OSError, CommClosedError, asyncio.TimeoutError, ValueError):
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
    function = plugin.run_program
    sent = (
        _sent_directly(client, address, function, program)
        if is_direct
        else client.run(function, program, workers=[address])
    )
    reply: Reply = await _answered(client, address, sent)
    return reply


async def take(client: Client, address: str, name: str) -> bytes:
    """Return a packed value that an engine put aside, straight from its worker."""
    future = client.submit(plugin.hand_over, name, workers=[address], pure=False, priority=10)
    data: bytes = await client.gather(future, direct=True, asynchronous=True)
    return data


async def move(
    client: Client, source: tuple[str, str], target: tuple[str, str], labels: dict[str, Any]
) -> Description:
    """Copy an object from worker to worker, not through the client.

    Parameters
    ----------
    source, target : (str, str)
        Address of the engine and name of the object there.
    labels : dict
        Owner, scope, notebook and expression at the target.
    """
    options = {"pure": False, "priority": 10, "allow_other_workers": False}
    held = client.submit(plugin.offer, source[1], workers=[source[0]], **options)
    taken = client.submit(plugin.accept, held, target[1], labels, workers=[target[0]], **options)
    description: Description = await taken
    return description


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
        plugin.take_snapshot,
        versions,
        workers=None if asked is None else list(asked),
        on_error="ignore",
    )
    return {address: each.completed(before.get(address)) for address, each in found.items()}


async def drop_objects(client: Client, address: str, names: Sequence[str]) -> None:
    """Drop objects of the engine at ``address``; unknown names are ignored."""
    await _ask(client, address, plugin.drop_names, list(names))


async def figure_bytes(client: Client, address: str, name: str) -> bytes:
    """Return the image of a figure that the engine at ``address`` drew.

    Raises
    ------
    ObjectGone
        When it made room for newer ones, or was cleared.
    """
    data: bytes = await _ask(client, address, plugin.figure_data, name)
    return data


async def forget_figures(client: Client, address: str, names: Sequence[str]) -> None:
    """Let the engine at ``address`` give up figures; unknown names are ignored."""
    await _ask(client, address, plugin.forget_figures, list(names))


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
    figure: Figure = await _ask(client, address, plugin.draw_again, name, options)
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
    data: bytes | None = await _ask(client, address, plugin.object_preview, name)
    return data


async def interrupt(client: Client, address: str) -> None:
    """Stop the running program of the engine at ``address``."""
    await _ask(client, address, plugin.interrupt_program)


async def ensure_engines(client: Client) -> None:
    """Register the plugins with a session that another program started."""
    if plugin.PLUGIN_NAME not in await client.run_on_scheduler(_worker_plugin_names):
        await client.register_plugin(Departures())
        await client.register_plugin(plugin.Engine())


async def addresses(client: Client) -> dict[str, str]:
    """Return the address of every engine by its name."""
    return dict(await client.run_on_scheduler(_worker_addresses))


def _worker_is_here() -> bool:
    return True


def _worker_plugin_names(dask_scheduler: Any = None) -> list[str]:
    return list(dask_scheduler.worker_plugins)


def _worker_addresses(dask_scheduler: Any = None) -> list[tuple[str, str]]:
    return [(str(w.name), w.address) for w in dask_scheduler.workers.values()]


async def _ask(client: Client, address: str, function: Any, *args: Any) -> Any:
    return await _answered(client, address, client.run(function, *args, workers=[address]))


async def _sent_directly(client: Client, address: str, function: Any, *args: Any) -> dict[str, Any]:
    """Do what ``client.run`` does, in one hop."""
    response = await client.rpc(address).run(function=dumps(function), args=dumps(args))
    if response["status"] != "OK":
        _, error, traceback = clean_exception(**response)
        raise error.with_traceback(traceback)
    return {address: response["result"]}


async def _answered(client: Client, address: str, sent: Coroutine[Any, Any, Any]) -> Any:
    """Return what a worker answers, as long as it is there."""
    answer = asyncio.ensure_future(sent)
    try:
        while not answer.done():
            await asyncio.wait([answer], timeout=WATCH_INTERVAL_S)
            if not answer.done() and address not in (await addresses(client)).values():
                raise await lost(client, address)
        return (await answer)[address]
    except (CommClosedError, OSError) as error:
        raise await lost(client, address) from error
    finally:
        answer.cancel()


async def lost(client: Client, address: str) -> EngineLost:
    """Return the error that tells of a lost engine, how its worker ended and during which call."""
    event = await _exit_of(client, address, REASON_TIMEOUT_S)
    said = UNKNOWN_REASON if event is None else describe_exit(event)
    return EngineLost(
        f"the engine at {address} was lost: {said}. "
        "`emout-lab server status` tells the state of the session.",
        during=None if event is None else [call["label"] for call in event["calls"]],
    )


async def reason_of_exit(client: Client, address: str) -> str | None:
    """Return how the worker that was at an address ended; None when nobody knows."""
    event = await _exit_of(client, address)
    return None if event is None else describe_exit(event)


async def _exit_of(client: Client, address: str, timeout: float = 0.0) -> dict[str, Any] | None:
    """Return what the nanny of a lost worker tells, which it learns a moment after the loss."""
    loop = asyncio.get_running_loop()
    deadline = loop.time() + timeout
    while True:
        with contextlib.suppress(CommClosedError, OSError):
            for _, event in reversed(await client.get_events(EXITS_TOPIC) or ()):
                if event.get("worker") == address:
                    found: dict[str, Any] = event
                    return found
        if loop.time() >= deadline:
            return None
        await asyncio.sleep(REASON_POLL_S)
