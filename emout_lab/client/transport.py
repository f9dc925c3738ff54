"""Messages to a worker, straight or through the scheduler, and a watch over who shall answer."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Coroutine
from typing import TYPE_CHECKING, Any

from distributed.comm import CommClosedError

from emout_lab.client import members
from emout_lab.engine import verbs
from emout_lab.engine.nanny_plugin import EXITS_TOPIC, describe_exit
from emout_lab.errors import EngineLost, SessionDead
from emout_lab.messages import engine_lost, run_at

if TYPE_CHECKING:
    from distributed import Client

WATCH_INTERVAL_S = 1.0
#: So long the scheduler has for the question who is there; a silent host ends nothing.
ROLL_TIMEOUT_S = 10.0
#: A connection to the scheduler that is down for longer does not come back by itself.
DOWN_TIMEOUT_S = 0.9
#: The nanny of a lost worker is waited for so long; it may be gone as well.
REASON_TIMEOUT_S, REASON_POLL_S = 1.5, 0.1


async def ask(client: Client, address: str, verb: str, *args: Any, is_direct: bool = False) -> Any:
    """Ask an engine for something by its verb (`emout_lab.engine.verbs.VERBS`); see `watched`.

    Parameters
    ----------
    is_direct : bool
        Ask the worker itself, which needs no host; through the scheduler otherwise.
    """
    if is_direct:
        return await run_at(client, address, verbs.invoke, verb, args)
    return (await client.run(verbs.invoke, verb, args, workers=[address]))[address]


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
        raise await lost(client, addresses[0]) from error
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
            present = await asyncio.wait_for(members.present(client), ROLL_TIMEOUT_S)
        except (OSError, asyncio.TimeoutError):
            continue
        for address in addresses:
            if address not in present:
                raise await lost(client, address)


async def lost(client: Client, address: str) -> EngineLost:
    """Return the error that tells of a lost engine, how its worker ended and during which call."""
    event = await _exit_of(client, address, REASON_TIMEOUT_S)
    if event is None:
        return engine_lost(address)
    return engine_lost(address, describe_exit(event), [call["label"] for call in event["calls"]])


async def reason_of_exit(client: Client, address: str) -> str | None:
    """Return how the worker that was at an address ended; None when nobody knows."""
    event = await _exit_of(client, address)
    return None if event is None else describe_exit(event)


async def _exit_of(client: Client, address: str, timeout: float = 0.0) -> dict[str, Any] | None:
    """Return what the nanny of a lost worker tells, which it learns a moment after the loss."""
    deadline = time.monotonic() + timeout
    while str(client.status) == "running":
        with contextlib.suppress(CommClosedError, OSError, asyncio.TimeoutError):
            asked = client.get_events(EXITS_TOPIC)
            for _, event in reversed(await asyncio.wait_for(asked, ROLL_TIMEOUT_S) or ()):
                if event.get("worker") == address:
                    found: dict[str, Any] = event
                    return found
        if time.monotonic() >= deadline:
            return None
        await asyncio.sleep(REASON_POLL_S)
    return None
