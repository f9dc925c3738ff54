"""What is asked of a session for all who wait, once, however many they are."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import TYPE_CHECKING, Any, cast
from weakref import WeakKeyDictionary

from emout_lab.client import aio

if TYPE_CHECKING:
    from distributed import Client

    from emout_lab.engine.snapshot import ProgramStatus

#: By client and by what is asked, the question that is under way.
_ASKED: WeakKeyDictionary[Any, dict[str, asyncio.Future[Any]]] = WeakKeyDictionary()


async def status_at(client: Client, address: str) -> ProgramStatus:
    """Return what the engine at an address does; it is asked by one of all who want to know.

    Raises
    ------
    EngineLost, SessionDead
        As for `emout_lab.client.aio.invoke`.
    """
    asked = aio.invoke(client, address, "program_status", None)
    return cast("ProgramStatus", await _shared(client, address, asked))


async def addresses(client: Client) -> dict[str, str]:
    """Return the address of every engine by its name, as `emout_lab.client.aio.addresses`."""
    return cast("dict[str, str]", await _shared(client, "", aio.addresses(client)))


async def _shared(client: Client, key: str, asked: Coroutine[Any, Any, Any]) -> Any:
    under_way = _ASKED.setdefault(client, {})
    answer = under_way.get(key)
    if answer is None:
        answer = under_way[key] = asyncio.ensure_future(asked)
        answer.add_done_callback(lambda _: under_way.pop(key, None))
        answer.add_done_callback(lambda done: done.cancelled() or done.exception())
    else:
        asked.close()
    # Shielded: who stops waiting must not cancel it for the others.
    return await asyncio.shield(answer)
