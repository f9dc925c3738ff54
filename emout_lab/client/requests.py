"""What a view's client asks of scheduler and engines beside programs, for Dask's event loop."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Coroutine, Sequence
from typing import TYPE_CHECKING, Any, TypeVar

from emout_lab.client import aio
from emout_lab.client.location import Location
from emout_lab.engine.kept_replies import RequestQueue
from emout_lab.errors import EngineLost, SessionDead
from emout_lab.sessions.scheduler_plugin import CONTROL_NAME, request_stop

if TYPE_CHECKING:
    from distributed import Client

T = TypeVar("T")

#: So long the scheduler has for an answer; and so long a connection may be down [s].
ANSWER_S, DOWN_S, LOOK_S = 10.0, 0.9, 0.1


async def answered(client: Client, session: str, asked: Coroutine[Any, Any, T]) -> T:
    """Return what the scheduler answers.

    Raises
    ------
    SessionDead
        If it does not, or if the connection is lost meanwhile.
    """
    answer = asyncio.ensure_future(asked)
    end = time.monotonic() + ANSWER_S
    is_up_at = time.monotonic()
    try:
        while time.monotonic() < end:
            done, _ = await asyncio.wait([answer], timeout=LOOK_S)
            if done:
                return answer.result()
            if str(client.status) == "running":
                is_up_at = time.monotonic()
            elif time.monotonic() - is_up_at > DOWN_S:
                break
        problem: Exception | None = None
    except (OSError, ValueError, AttributeError, RuntimeError) as error:  # of a closed client
        problem = error
    finally:
        answer.cancel()
    await Location(client, session, "").require_session()
    detail = "" if problem is None else f" ({problem})"
    raise SessionDead(
        f"session {session!r} does not answer{detail}: its host is stopped or overloaded. "
        f"`emout-lab server status` tells more."
    )


async def request_queues(
    client: Client, addresses: Sequence[str], patience: float
) -> dict[str, RequestQueue | None]:
    """Return what engines have to do, by address; None for one that does not answer in time."""
    asked = {
        address: asyncio.ensure_future(aio.invoke(client, address, "request_queue"))
        for address in addresses
    }
    if asked:
        await asyncio.wait(asked.values(), timeout=patience)
    found: dict[str, RequestQueue | None] = {}
    for address, each in asked.items():
        if each.done():
            with contextlib.suppress(EngineLost):
                found[address] = each.result()
        else:
            each.cancel()
            found[address] = None
    return found


async def unassigned(client: Client) -> int:
    """Return how many Dask tasks wait for an engine."""
    return int(await client.run_on_scheduler(_unassigned))


async def retire(client: Client, addresses: Sequence[str]) -> None:
    """End engines for good; return when they are gone."""
    await client.retire_workers(list(addresses), close_workers=True, remove=True)


async def stop(client: Client) -> None:
    """Stop a session, whoever has started it."""
    if not await client.run_on_scheduler(_request_stop):
        await client.shutdown()


def _unassigned(dask_scheduler: Any = None) -> int:
    return len(dask_scheduler.unrunnable) + len(dask_scheduler.queued)


def _request_stop(dask_scheduler: Any = None) -> bool:
    """Ask the host to stop the session; tell whether there is one."""
    if CONTROL_NAME not in dask_scheduler.plugins:
        return False
    request_stop(dask_scheduler=dask_scheduler)
    return True
