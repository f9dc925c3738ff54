"""Which workers a session has: asked once for all who wait, however many they are."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

if TYPE_CHECKING:
    from distributed import Client

#: An answer is good for so long [s].
FRESH_S = 0.5
#: By client, when the last question was asked, and its answer.
_ASKED: WeakKeyDictionary[Any, tuple[float, asyncio.Future[frozenset[str]]]] = WeakKeyDictionary()


async def present(client: Client) -> frozenset[str]:
    """Return the addresses of the workers that are there, as of a moment ago.

    A call to 1,000 engines waits for each of them: they all look into one answer.
    """
    now = time.monotonic()
    asked_at, answer = _ASKED.get(client, (0.0, None))
    if answer is None or now - asked_at > FRESH_S:
        answer = asyncio.ensure_future(_asked(client))
        answer.add_done_callback(lambda done: done.cancelled() or done.exception())
        _ASKED[client] = now, answer
    return await asyncio.shield(answer)


async def _asked(client: Client) -> frozenset[str]:
    return frozenset(await client.run_on_scheduler(_members))


def _members(dask_scheduler: Any = None) -> list[str]:
    return list(dask_scheduler.workers)
