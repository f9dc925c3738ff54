"""Coroutines in a client's event loop, for whoever waits for what they give."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from concurrent.futures import Future
from typing import Any, TypeVar

from distributed import Client

from emout_lab.errors import SessionDead
from emout_lab.remote.listener import Listener
from emout_lab.remote.waiting import Awaited, interrupted, watched
from emout_lab.sessions import forks

T = TypeVar("T")


def waited(
    client: Client,
    awaited: Awaited,
    asked: Coroutine[Any, Any, T],
    listener: Listener | None = None,
) -> T:
    """Run a coroutine in a client's event loop and return what it gives; Ctrl-C cancels it."""
    listener = listener or Listener()
    answer = begun(client, awaited, asked, listener)
    try:
        found: T = listener.wait(answer)
        return found
    except KeyboardInterrupt:
        answer.cancel()
        raise interrupted() from None


def begun(
    client: Client, awaited: Awaited, asked: Coroutine[Any, Any, T], listener: Listener
) -> Future[T]:
    """Begin a coroutine in a client's event loop; it ends where nothing can come of it any more."""
    try:
        require_own(client, awaited.session)
    except SessionDead:
        asked.close()
        raise
    loop: asyncio.AbstractEventLoop = client.loop.asyncio_loop
    return asyncio.run_coroutine_threadsafe(watched(client, asked, awaited, listener.note), loop)


def require_own(client: Client, session: str) -> None:
    """Make sure that a connection is this process's, not one that its parent has opened."""
    if getattr(client, "is_inherited", False):
        raise forks.forked(f"the connection to session {session!r}, with what was opened by it,")
