"""Messages to a worker, straight or through the scheduler, and a watch over who shall answer."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Coroutine
from typing import TYPE_CHECKING, Any

from distributed.comm import CommClosedError
from distributed.core import clean_exception
from distributed.protocol.pickle import dumps

from emout_lab.errors import EngineLost, SessionDead

if TYPE_CHECKING:
    from distributed import Client

WATCH_INTERVAL_S = 1.0
#: So long the scheduler has for the question who is there; a silent host ends nothing.
ROLL_TIMEOUT_S = 10.0
#: A connection to the scheduler that is down for longer does not come back by itself.
DOWN_TIMEOUT_S = 0.9


async def ask(
    client: Client, address: str, function: Any, *args: Any, is_direct: bool = False
) -> Any:
    """Run a function of `emout_lab.engine.plugin` on a worker and return what it gives.

    Parameters
    ----------
    is_direct : bool
        Ask the worker itself, which needs no host; through the scheduler otherwise.
    """
    if is_direct:
        return await ask_worker(client.rpc, address, function, *args)
    return (await client.run(function, *args, workers=[address]))[address]


async def ask_worker(rpc: Any, address: str, function: Any, *args: Any) -> Any:
    """Do what ``client.run`` does, in one hop; ``rpc`` is the pool of a client or of a worker."""
    response = await rpc(address).run(function=dumps(function), args=dumps(args))
    if response["status"] != "OK":
        _, error, traceback = clean_exception(**response)
        raise error.with_traceback(traceback)
    return response["result"]


async def watched(client: Client, asked: Coroutine[Any, Any, Any], *addresses: str) -> Any:
    """Return what the first of the workers at ``addresses`` answers, as long as all are there.

    Raises
    ------
    EngineLost
        When one of them is gone; its ``address`` tells which.
    SessionDead
        When the connection to the session is lost.
    """
    answer = asyncio.ensure_future(asked)
    watch = asyncio.ensure_future(_watch(client, addresses))
    try:
        await asyncio.wait([answer, watch], return_when=asyncio.FIRST_COMPLETED)
        if not answer.done():
            watch.result()
        return await answer
    except (CommClosedError, OSError) as error:
        raise lost(addresses[0]) from error
    finally:
        answer.cancel()
        watch.cancel()


async def _watch(client: Client, addresses: tuple[str, ...]) -> None:
    """End only with an error: a worker is gone, or the session."""
    down_at: float | None = None
    while True:
        await asyncio.sleep(WATCH_INTERVAL_S)
        if str(client.status) != "running":
            down_at = down_at or time.monotonic()
            if time.monotonic() - down_at < DOWN_TIMEOUT_S:
                continue
            raise SessionDead(
                "the connection to the session was lost while an engine worked. "
                "`emout-lab server status` tells whether the session goes on; if so, run this again"
            )
        down_at = None
        try:
            asked = client.run_on_scheduler(_members)
            present = await asyncio.wait_for(asked, ROLL_TIMEOUT_S)
        except (OSError, asyncio.TimeoutError):
            continue
        for address in addresses:
            if address not in present:
                raise lost(address)


def _members(dask_scheduler: Any = None) -> list[str]:
    return list(dask_scheduler.workers)


def lost(address: str) -> EngineLost:
    """Return the error that says that the worker at an address is gone."""
    error = EngineLost(
        f"the engine at {address} was lost: its worker was killed, ran out of memory or reached "
        "its walltime. `emout-lab server status` tells the state of the session."
    )
    error.address = address
    return error
