"""Messages to a worker, straight or through the scheduler, and a watch over who shall answer."""

from __future__ import annotations

import asyncio
import contextlib
import time
import weakref
from collections.abc import Awaitable, Callable
from enum import Enum
from typing import TYPE_CHECKING, Any

from distributed.comm import CommClosedError

from emout_lab.channel import Channel, opened
from emout_lab.client import members
from emout_lab.engine import verbs
from emout_lab.engine.nanny_plugin import EXITS_TOPIC, describe_exit
from emout_lab.engine.protocol import Program, Reply
from emout_lab.errors import EngineLost, SessionDead
from emout_lab.messages import engine_lost, run_at
from emout_lab.sockets.channel import SocketChannel

if TYPE_CHECKING:
    from distributed import Client

WATCH_INTERVAL_S = 1.0
#: A value of at most this size comes with the reply, where that goes through a channel [B].
CHANNEL_BYTES = 16_000_000
#: The same for a worker of this machine: nobody waits long for it.
LOCAL_BYTES = 128_000_000
#: So long the scheduler has for the question who is there; a silent host ends nothing.
ROLL_TIMEOUT_S = 10.0
#: A connection to the scheduler that is down for longer does not come back by itself.
DOWN_TIMEOUT_S = 0.9
#: The nanny of a lost worker is waited for so long; it may be gone as well.
REASON_TIMEOUT_S, REASON_POLL_S = 1.5, 0.1

AnyChannel = Channel | SocketChannel


class Lane(Enum):
    """Which connection to a worker a question takes: questions shall not wait behind programs."""

    PROGRAMS = "programs"
    QUESTIONS = "questions"


#: By client, what is open or is being opened: by address and lane.
_CHANNELS: weakref.WeakKeyDictionary[Any, dict[tuple[str, Lane], asyncio.Future[AnyChannel | None]]]
_CHANNELS = weakref.WeakKeyDictionary()


async def ask(client: Client, address: str, verb: str, *args: Any, is_direct: bool = False) -> Any:
    """Ask an engine for something by its verb (`emout_lab.engine.verbs.VERBS`); see `watched`.

    Parameters
    ----------
    is_direct : bool
        Ask the worker itself, which needs no host; through the scheduler otherwise.
    """
    if not is_direct:
        return (await client.run(verbs.invoke, verb, args, workers=[address]))[address]
    if (channel := await channel_to(client, address)) is not None:
        return await (await channel.ask(verb, args))
    return await run_at(client, address, verbs.invoke, verb, args)


async def channel_to(
    client: Client, address: str, lane: Lane = Lane.QUESTIONS
) -> AnyChannel | None:
    """Return the open channel to a worker; None where it has none.

    Raises
    ------
    OSError
        The worker cannot be reached.
    """
    if (channels := _CHANNELS.get(client)) is None:
        channels = _CHANNELS[client] = {}
        weakref.finalize(client, _close_all, channels).atexit = False
    found = channels.get((address, lane))
    if found is None or _is_lost(found):
        opening = opened(client, address, verbs.offer_channel)
        found = channels[address, lane] = asyncio.ensure_future(opening)
    if found.done():
        return found.result()
    # Shielded: who stops waiting must not cancel it for the others.
    return await asyncio.shield(found)


def open_socket(client: Client, address: str) -> SocketChannel | None:
    """Return the channel for programs to a worker, where it is open and of our own; any thread."""
    opening = _CHANNELS.get(client, {}).get((address, Lane.PROGRAMS))
    if opening is None or not opening.done() or _is_lost(opening):
        return None
    channel = opening.result()
    return channel if isinstance(channel, SocketChannel) else None


def most_with_reply(channel: AnyChannel) -> int:
    """Return the size of the largest value that comes with a reply through a channel [B]."""
    is_local = isinstance(channel, SocketChannel) and channel.is_local
    return LOCAL_BYTES if is_local else CHANNEL_BYTES


def close_channels(client: Client) -> None:
    """Close all channels of a client which are open; called by any thread."""
    _close_all(_CHANNELS.pop(client, {}))


def _close_all(channels: dict[tuple[str, Lane], asyncio.Future[AnyChannel | None]]) -> None:
    for opening in list(channels.values()):
        _close(opening)


def _close(opening: asyncio.Future[AnyChannel | None]) -> None:
    if opening.done() and not _is_lost(opening):
        channel = opening.result()
        if isinstance(channel, SocketChannel):  # Dask closes its own
            channel.close()


def _is_lost(opening: asyncio.Future[AnyChannel | None]) -> bool:
    if not opening.done():
        return False
    if opening.cancelled() or opening.exception() is not None:
        return True
    channel = opening.result()
    return channel is not None and not channel.is_open


async def run(
    client: Client,
    address: str,
    program: Program,
    on_sent: Callable[[bool], None],
    *,
    is_direct: bool,
) -> Reply:
    """Run a program on an engine and return its reply; see `watched`.

    Parameters
    ----------
    on_sent : callable
        Told when it is sent, and whether the worker begins it before all that is sent later.
    is_direct : bool
        Send it straight to the worker, not through the scheduler.
    """
    try:
        channel = await channel_to(client, address, Lane.PROGRAMS) if is_direct else None
        if channel is not None:
            answer = await channel.ask("run", (program, most_with_reply(channel)))
        on_sent(channel is not None)
    except OSError as error:
        raise await lost(client, address) from error
    asked = ask(client, address, "run", program, is_direct=is_direct) if channel is None else answer
    reply: Reply = await watched(client, asked, address)
    return reply


async def watched(client: Client, asked: Awaitable[Any], *addresses: str) -> Any:
    """Return what the first of the workers at ``addresses`` answers, as long as all are there.

    Raises
    ------
    EngineLost
        When one of them is gone; its ``address`` tells which.
    SessionDead
        When the connection to the session is lost.
    """
    answer = asyncio.ensure_future(asked)
    watch = _Watch(client, addresses, answer)
    try:
        return await answer
    except asyncio.CancelledError:
        if watch.error is not None:
            raise watch.error from None
        raise
    except (CommClosedError, OSError) as error:
        raise await lost(client, addresses[0]) from error
    finally:
        watch.end()
        answer.cancel()


class _Watch:
    """Cancels an answer that cannot come any more: a worker is gone, or the session.

    Most answers come before there is anything to watch: so long it is no more than a timer.
    """

    def __init__(
        self, client: Client, addresses: tuple[str, ...], answer: asyncio.Future[Any]
    ) -> None:
        self.error: Exception | None = None
        self._client, self._addresses, self._answer = client, addresses, answer
        self._down_at: float | None = None
        self._looking: asyncio.Future[None] | None = None
        loop = asyncio.get_running_loop()
        self._timer = loop.call_later(WATCH_INTERVAL_S, self._begin)

    def end(self) -> None:
        self._timer.cancel()
        if self._looking is not None:
            self._looking.cancel()

    def _begin(self) -> None:
        self._looking = asyncio.ensure_future(self._watch())

    async def _watch(self) -> None:
        while True:
            try:
                await self._look()
            except Exception as error:  # noqa: BLE001  # whoever waits raises it
                self.error = error
                self._answer.cancel()
                return
            await asyncio.sleep(WATCH_INTERVAL_S)

    async def _look(self) -> None:
        if str(self._client.status) != "running":
            self._down_at = self._down_at or time.monotonic()
            if time.monotonic() - self._down_at < DOWN_TIMEOUT_S:
                return
            raise SessionDead(
                "the connection to the session was lost while an engine worked. "
                "`emout-lab server status` tells whether the session goes on; if so, run this again"
            )
        self._down_at = None
        try:
            present = await asyncio.wait_for(members.present(self._client), ROLL_TIMEOUT_S)
        except (OSError, asyncio.TimeoutError):
            return
        for address in self._addresses:
            if address not in present:
                raise await lost(self._client, address)


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
