"""The only caller of engines: sends programs, takes snapshots, brings values back."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from distributed.comm import CommClosedError
from distributed.core import clean_exception
from distributed.protocol.pickle import dumps

from emout_lab.engine import plugin
from emout_lab.engine.call import Description, Figure, FigureOptions, Program, Reply
from emout_lab.engine.departures import Departures
from emout_lab.engine.plugin import FIGURES_TOPIC
from emout_lab.engine.snapshot import EngineSnapshot, Standing
from emout_lab.errors import EngineLost

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
    "move",
    "preview",
    "prompt_snapshots",
    "run",
    "snapshots",
    "standing",
    "take",
]

WATCH_INTERVAL_S = 1.0
REACH_TIMEOUT_S = 2.0


async def can_reach(client: Client, address: str) -> bool:
    """Tell whether the worker at ``address`` can be reached from here, past the scheduler."""
    try:
        comm = await client.rpc.connect(address, timeout=REACH_TIMEOUT_S)
    except (OSError, asyncio.TimeoutError):
        return False
    client.rpc.reuse(address, comm)
    return True


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


async def interrupt(client: Client, address: str, program: str | None = None) -> None:
    """Stop a program of the engine at ``address``; without an id the one that runs."""
    await _ask(client, address, plugin.interrupt_program, program)


async def cancel(client: Client, address: str, program: str, *, is_unheard: bool = False) -> None:
    """End the program with this id, running or in line, at the engine at ``address``.

    Parameters
    ----------
    is_unheard : bool
        Whether nobody waits for its reply any more: what it has made is dropped.
    """
    await _ask(client, address, plugin.cancel_program, program, is_unheard)


async def standing(client: Client, address: str, program: str | None = None) -> Standing:
    """Return where a program stands, and what the engine at ``address`` does now."""
    found: Standing = await _ask(client, address, plugin.program_standing, program)
    return found


async def ensure_engines(client: Client) -> None:
    """Register the plugins with a session that another program started."""
    if plugin.PLUGIN_NAME not in await client.run_on_scheduler(_worker_plugin_names):
        await client.register_plugin(Departures())
        await client.register_plugin(plugin.Engine())


async def addresses(client: Client) -> dict[str, str]:
    """Return the address of every engine by its name."""
    return dict(await client.run_on_scheduler(_worker_addresses))


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
                raise EngineLost(_lost(address))
        return (await answer)[address]
    except (CommClosedError, OSError) as error:
        raise EngineLost(_lost(address)) from error
    finally:
        answer.cancel()


def _lost(address: str) -> str:
    return (
        f"the engine at {address} was lost: its worker was killed, ran out of memory or reached "
        "its walltime. `emout-lab server status` tells the state of the session."
    )
