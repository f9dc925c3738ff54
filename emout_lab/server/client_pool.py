"""One Dask client per running session: opened when somebody asks, closed when unused."""

from __future__ import annotations

import asyncio
import importlib
import time
from collections import Counter, defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from types import ModuleType
from typing import TYPE_CHECKING, Any, TypeVar

from emout_lab.errors import EmoutLabError, EngineLost, SessionDead
from emout_lab.sessions import SessionState, aio

if TYPE_CHECKING:
    from emout_lab.sessions import SessionStatus

T = TypeVar("T")
Question = Callable[[Any], Awaitable[T]]

CLOSE_TIMEOUT_S = 2.0
#: A scheduler that does not even list its workers within this time is stuck [s].
STUCK_S = 1.0


class NoAnswer(EngineLost):
    """A session has not answered in time; it may only be busy."""


@dataclass
class PooledClient:
    """A client and the very session (not merely the name) that it belongs to."""

    identity: tuple[str, int]
    client: Any
    last_used: float


class ClientPool:
    """The clients of all sessions.

    Parameters
    ----------
    timeout : float [s]
        How long a session may take to answer anything.
    on_open : callable
        Called with a session's name and its new client, to subscribe to topics.
    """

    def __init__(self, timeout: float, on_open: Callable[[str, Any], None]) -> None:
        self._timeout = timeout
        self._on_open = on_open
        self._pool: dict[str, PooledClient] = {}
        self._goodbyes: set[asyncio.Task[None]] = set()
        self._busy: Counter[str] = Counter()
        self._locks: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)

    def __len__(self) -> int:
        """Return how many clients are open."""
        return len(self._pool)

    async def ask(
        self,
        status: SessionStatus,
        question: Question[T],
        timeout: float | None = None,
        *,
        without_engines: bool = False,
    ) -> T:
        """Put a question to a session.

        Parameters
        ----------
        status : SessionStatus
            The session as it is known now.
        question : coroutine function of a client
            What to ask, for example :func:`emout_lab.client.aio.snapshots`.
        timeout : float [s], optional
            How long the answer may take where it is known to take long.
        without_engines : bool
            Ask also while the session's jobs wait in the queue: its scheduler alone answers.

        Raises
        ------
        SessionDead
            When it is over or cannot be reached.
        EngineLost
            When it does not run yet, or no answer comes in time.
        EmoutLabError
            Whatever the question itself raises.
        """
        self._busy[status.name] += 1
        timeout = timeout or self._timeout
        client = None
        try:
            client = await self._client(status, without_engines=without_engines)
            return await asyncio.wait_for(question(client), timeout)
        except asyncio.TimeoutError as exc:
            if client is not None and await _is_stuck(client):
                await self.close(status.name)
            raise _no_answer(status, timeout) from exc
        except EmoutLabError:
            raise
        except OSError as exc:
            if client is not None and not self._is_current(status.name, client):
                # Closed meanwhile, since another question had no answer: that proves nothing.
                raise _no_answer(status, timeout) from exc
            await self.close(status.name)
            raise _unreachable(status, exc) from exc
        finally:
            self._busy[status.name] -= 1

    @asynccontextmanager
    async def held(self, status: SessionStatus) -> AsyncIterator[Any]:
        """Give a session's client to somebody who has many questions; it counts as used meanwhile.

        Raises
        ------
        SessionDead, EngineLost
            As `ask` does.
        """
        self._busy[status.name] += 1
        try:
            yield await self.ask(status, _itself)
        finally:
            self._busy[status.name] -= 1

    def is_broken(self, name: str) -> bool:
        """Tell whether the client of a session has lost its scheduler."""
        link = self._pool.get(name)
        return link is not None and link.client.status != "running"

    async def close(self, name: str) -> None:
        """Close a session's client if there is one."""
        link = self._pool.pop(name, None)
        if link is None:
            return
        # A scheduler that hangs or is gone lets a client wait for its goodbye. Nobody else waits
        # with it, and it is not cancelled: half closed, it would never let go of its sockets.
        await asyncio.wait([self._part(_close(link.client))], timeout=CLOSE_TIMEOUT_S)

    async def close_unused(self, idle: float) -> None:
        """Close what was not asked anything for ``idle`` seconds."""
        now = time.monotonic()
        for name, link in list(self._pool.items()):
            if now - link.last_used >= idle and not self._busy[name]:
                await self.close(name)

    async def close_all(self) -> None:
        """Close every client."""
        await asyncio.gather(*(self.close(name) for name in list(self._pool)))
        if self._goodbyes:
            await asyncio.wait(self._goodbyes, timeout=self._timeout + CLOSE_TIMEOUT_S)

    def _is_current(self, name: str, client: Any) -> bool:
        link = self._pool.get(name)
        return link is not None and link.client is client

    async def _client(self, status: SessionStatus, *, without_engines: bool) -> Any:
        is_waiting = status.state is SessionState.QUEUED and status.address is not None
        if not (status.can_be_asked or (without_engines and is_waiting)):
            raise _not_running(status)
        identity = (str(status.address), int(status.pid or 0))
        async with self._locks[status.name]:
            link = self._pool.get(status.name)
            if link is not None and (link.identity != identity or link.client.status != "running"):
                await self.close(status.name)
                link = None
            if link is None:
                client = await self._open(status.name)
                link = self._pool[status.name] = PooledClient(identity, client, time.monotonic())
                self._on_open(status.name, client)
            link.last_used = time.monotonic()
            return link.client

    async def _open(self, name: str) -> Any:
        opening = asyncio.create_task(aio.connect(name, timeout=self._timeout))
        try:
            return await asyncio.shield(opening)
        except asyncio.CancelledError:
            # A connection that is cancelled half-way would never be closed.
            self._part(_close_once_open(opening))
            raise

    def _part(self, goodbye: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        task = asyncio.create_task(goodbye)
        self._goodbyes.add(task)
        task.add_done_callback(self._goodbyes.discard)
        return task


def engine_client() -> ModuleType:
    """Return `emout_lab.client.aio`.

    It loads Dask, which a server needs only once somebody has a session.
    """
    return importlib.import_module("emout_lab.client.aio")


def _not_running(status: SessionStatus) -> EmoutLabError:
    reason = f": {status.reason}" if status.reason else ""
    state = f"Session {status.name!r} is {status.state.value}{reason}."
    if status.state in (SessionState.STARTING, SessionState.QUEUED):
        return EngineLost(f"{state} It has no engine yet, or not again; try when it runs.")
    return SessionDead(f"{state} Start a new one.")


def _no_answer(status: SessionStatus, timeout: float) -> NoAnswer:
    return NoAnswer(
        f"Session {status.name!r} did not answer within {timeout:g} s: its host or its engines are "
        f"busy or stuck. See: emout-lab server status {status.name}"
    )


def _unreachable(status: SessionStatus, cause: OSError) -> SessionDead:
    return SessionDead(
        f"Session {status.name!r} cannot be reached at {status.address}: {cause}. "
        "Stop it and start a new one."
    )


async def _is_stuck(client: Any) -> bool:
    """Tell whether the session itself does not answer, and not only one of its engines."""
    try:
        await asyncio.wait_for(engine_client().addresses(client), STUCK_S)
    except (asyncio.TimeoutError, OSError):
        return True
    return False


async def _itself(client: Any) -> Any:
    return client


async def _close(client: Any) -> None:
    with suppress(asyncio.TimeoutError, OSError):
        await client.close()


async def _close_once_open(opening: asyncio.Task[Any]) -> None:
    with suppress(EmoutLabError, OSError):
        await _close(await opening)
