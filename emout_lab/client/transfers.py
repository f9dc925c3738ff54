"""Large values on their way: from an engine to the client in pieces, and from engine to engine.

Neither is a Dask task: who waits for a task is not told when the worker that it is bound to dies.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from emout_lab.client.transport import ask, channel_to, watched
from emout_lab.engine.pieces import Assembly
from emout_lab.engine.protocol import Description
from emout_lab.engine.serialization import Packed
from emout_lab.pickle_buffers import size_of

if TYPE_CHECKING:
    from distributed import Client

#: Large enough to cost no time, small enough to tell how far it is and to be given up soon.
PIECE_BYTES = 32_000_000
#: So many pieces are asked for before they are copied, where they come in order.
AHEAD = 2

Progress = Callable[[int, int], None]


async def take(
    client: Client,
    address: str,
    name: str,
    *,
    is_direct: bool = False,
    on_progress: Progress | None = None,
) -> bytes | Packed:
    """Return a packed value that an engine put aside, and free it there.

    Parameters
    ----------
    is_direct : bool
        Ask the worker itself, where `can_reach` says so.
    on_progress : callable, optional
        Told of the bytes that have come and of all.

    Raises
    ------
    EngineLost
        When the worker is gone, or goes meanwhile.
    """
    asked = _taken(client, address, name, is_direct, on_progress or _nobody)
    packed: bytes | Packed = await watched(client, asked, address)
    return packed


async def _taken(
    client: Client, address: str, name: str, is_direct: bool, on_progress: Progress
) -> bytes | Packed:
    def piece(start: int) -> asyncio.Future[Any]:
        asked = ask(client, address, "piece", name, start, PIECE_BYTES, is_direct=is_direct)
        return asyncio.ensure_future(asked)

    is_in_order = is_direct and await channel_to(client, address) is not None
    coming = [piece(0)]
    assembly: Assembly | None = None
    start = done = 0
    try:
        while coming:
            sizes, piece_of_it = await coming.pop(0)
            assembly, total = assembly or Assembly(sizes), sum(sizes)
            # The next one comes while this one is copied.
            while start + PIECE_BYTES < total and len(coming) < (AHEAD if is_in_order else 1):
                start += PIECE_BYTES
                coming.append(piece(start))
            for part in piece_of_it.buffers:
                await asyncio.to_thread(assembly.add, part)
                done += size_of(part)
            on_progress(done, total)
    finally:
        for each in coming:
            each.cancel()
    assert assembly is not None
    return assembly.packed()


def _nobody(done: int, total: int) -> None:
    """Stand for somebody who wants to know how far it is."""


async def move(
    client: Client,
    source: tuple[str, str],
    target: tuple[str, str],
    labels: dict[str, Any],
    *,
    is_direct: bool = False,
) -> Description:
    """Copy an object from worker to worker, not through the client.

    Parameters
    ----------
    source, target : (str, str)
        Address of the engine and name of the object there.
    labels : dict
        Owner, scope, notebook and expression at the target.
    is_direct : bool
        Ask the target's worker itself.

    Raises
    ------
    EngineLost
        When one of the two is gone, or goes meanwhile; its ``address`` tells which.
    """
    address, name = target
    asked = ask(client, address, "receive", source, name, labels, is_direct=is_direct)
    try:
        description: Description = await watched(client, asked, address, source[0])
    except asyncio.CancelledError:
        # What is on its way would come all the same.
        client.loop.add_callback(ask, client, address, "drop", [name])
        raise
    return description
