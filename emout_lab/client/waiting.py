"""Waiting for an engine: what keeps its answer is said, in the cell, before anybody wonders.

A question is a coroutine in the event loop of a Dask client (`begun`); a thread may wait for what
it gives (`waited`).
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Callable, Coroutine
from concurrent.futures import Future, InvalidStateError
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar, cast
from weakref import WeakKeyDictionary

from emout_lab.client import aio, looks
from emout_lab.client.output import Listener
from emout_lab.engine.protocol import WHAT_HELPS
from emout_lab.engine.snapshot import ProgramStatus
from emout_lab.errors import SessionDead
from emout_lab.sessions import forks

if TYPE_CHECKING:
    from distributed import Client

    from emout_lab.engine.snapshot import CurrentCall

T = TypeVar("T")

#: Most answers come before somebody asks what keeps them [s].
NOTICE_AFTER_S = 0.6
#: How often it is asked, and after which time an engine or a session counts as silent [s].
INTERVAL_S, SILENCE_S = 1.0, 3.0
#: How long a session that answers needs to do so, busy as its machine may be [s].
SESSION_S = 1.0
#: All who wait for engines of a session look so often together [1/s].
LOOKS_PER_S = 100.0
#: By client, how many wait.
_WATCHES: WeakKeyDictionary[Any, int] = WeakKeyDictionary()

#: What a thread raises that was interrupted, where there is nothing else to say.
INTERRUPTED = "interrupted"
HOW_TO_END = "Waiting for it; Ctrl-C (the stop button) ends the waiting."


@dataclass(frozen=True)
class Awaited:
    """What is waited for: the engines at these addresses, and a program there."""

    session: str
    addresses: tuple[str, ...]
    program: str | None = None


def waited(
    client: Client,
    awaited: Awaited,
    asked: Coroutine[Any, Any, T],
    listener: Listener | None = None,
) -> T:
    """Return what a coroutine gives that runs in a client's event loop; Ctrl-C cancels it.

    Parameters
    ----------
    listener : Listener, optional
        Shows what comes meanwhile.
    """
    listener = listener or Listener()
    return result_of(begun(client, awaited, asked, listener.note), listener)


def result_of(answer: Future[T], listener: Listener) -> T:
    """Return what a future gives while a listener shows what comes; Ctrl-C cancels it."""
    try:
        found: T = listener.wait(answer)
        return found
    except KeyboardInterrupt:
        answer.cancel()
        raise KeyboardInterrupt(INTERRUPTED) from None


def begun(
    client: Client,
    awaited: Awaited,
    asked: Coroutine[Any, Any, T],
    note: Callable[[str], None] | None = None,
) -> Future[T]:
    """Begin a coroutine in a client's event loop and return the future of what it gives.

    Parameters
    ----------
    note : callable, optional
        Told, in the event loop, what keeps the answer waiting.

    Raises
    ------
    SessionDead
        Where nothing can come of it: this process was forked from the client's.
    """
    try:
        require_own(client, awaited.session)
    except SessionDead:
        asked.close()
        raise
    if note is not None:
        asked = explained(client, asked, awaited, note)
    loop: asyncio.AbstractEventLoop = client.loop.asyncio_loop
    answer: Future[T] = Future()
    loop.call_soon_threadsafe(begin, loop, asked, answer)
    return answer


def begin(
    loop: asyncio.AbstractEventLoop, asked: Coroutine[Any, Any, T], answer: Future[T]
) -> None:
    """Begin a coroutine in its event loop, which this is, and give what comes to a future.

    It is what asyncio's ``run_coroutine_threadsafe`` does, in fewer turns of the loop.
    """
    task = loop.create_task(_answer(asked, answer))

    def cancel(done: Future[T]) -> None:
        if done.cancelled():
            with contextlib.suppress(RuntimeError):  # the loop is closed, and all ended with it
                loop.call_soon_threadsafe(task.cancel)

    def end(_: object) -> None:
        asked.close()  # where it was cancelled before it began
        if answer.cancel():
            answer.set_running_or_notify_cancel()

    answer.add_done_callback(cancel)
    task.add_done_callback(end)


async def _answer(asked: Coroutine[Any, Any, T], answer: Future[T]) -> None:
    with contextlib.suppress(InvalidStateError):  # cancelled meanwhile
        try:
            answer.set_result(await asked)
        except Exception as error:  # noqa: BLE001  # whoever waits raises it
            answer.set_exception(error)


def require_own(client: Client, session: str) -> None:
    """Make sure that a connection is this process's, not one that its parent has opened."""
    if getattr(client, "is_inherited", False):
        raise forks.forked(f"the connection to session {session!r}, with what was opened by it,")


async def explained(
    client: Client, asked: Coroutine[Any, Any, T], awaited: Awaited, note: Callable[[str], None]
) -> T:
    """Return what a coroutine gives, and tell meanwhile what keeps it waiting."""
    watch = asyncio.ensure_future(_Watch(client, awaited, note).run())
    # A client that is closed meanwhile makes it fail, and what is waited for tells of that.
    watch.add_done_callback(lambda done: done.cancelled() or done.exception())
    try:
        return await asked
    finally:
        watch.cancel()


async def silence_of(client: Client) -> list[str]:
    """Return what is to be said of the engines that do not answer now."""
    try:
        found = await asyncio.wait_for(aio.addresses(client), SESSION_S)
        answers = await aio.prompt_snapshots(client, SILENCE_S)
    except asyncio.TimeoutError:
        return ["the session does not answer: its host is stopped or overloaded. " + HOW_TO_END]
    except OSError:
        return []
    silent = sorted(name for name, address in found.items() if address not in answers)
    return [_silence(name, SILENCE_S) for name in silent]


class _Watch:
    """Looks again and again at what an answer waits for, and tells what is new."""

    def __init__(self, client: Client, awaited: Awaited, note: Callable[[str], None]) -> None:
        self._client, self._awaited, self._note = client, awaited, note
        self._asked_at = time.monotonic()
        self._told: object = None

    async def run(self) -> None:
        _WATCHES[self._client] = _WATCHES.get(self._client, 0) + 1
        try:
            await asyncio.sleep(self._pause(NOTICE_AFTER_S))
            while True:
                self._asked_at = time.monotonic()
                looks = [self._look(address) for address in self._awaited.addresses]
                await asyncio.gather(*looks or [self._look_at_session()])
                await asyncio.sleep(self._pause(INTERVAL_S))
        finally:
            _WATCHES[self._client] -= 1

    def _pause(self, shortest: float) -> float:
        """Return how long to wait before a look: of very many, each looks more seldom."""
        return max(shortest, _WATCHES[self._client] / LOOKS_PER_S)

    async def _look(self, address: str) -> None:
        """Ask one engine, and wait until it answers."""
        asked = asyncio.ensure_future(looks.status_at(self._client, address))
        try:
            await asyncio.wait([asked], timeout=SILENCE_S)
            if not asked.done() and (engine := (await self._found()).get(address)) is not None:
                self._tell(address, _silence(engine, self._seconds()))
            was_silent = not asked.done()
            # An engine that is gone is told of by the answer itself.
            (status,) = cast("list[Any]", await asyncio.gather(asked, return_exceptions=True))
        finally:
            asked.cancel()
        if not isinstance(status, ProgramStatus):
            return
        if was_silent:
            self._tell(None, f"engine {status.engine} answers again")
        if self._awaited.program is not None:
            self._report_status(status)

    async def _look_at_session(self) -> None:
        await asyncio.sleep(SILENCE_S - NOTICE_AFTER_S)
        await self._found()

    async def _found(self) -> dict[str, str]:
        """Return the engines by address; where the session does not answer, that is told."""
        try:
            found = await asyncio.wait_for(looks.addresses(self._client), SESSION_S)
        except asyncio.TimeoutError:
            name = self._awaited.session
            self._tell(
                name,
                f"session {name!r} does not answer since {self._seconds():.0f} s: its host is "
                f"stopped or overloaded. {HOW_TO_END} `emout-lab server status {name}` tells more.",
            )
            return {}
        except OSError:
            return {}  # the answer that is waited for fails as well, and tells
        return {address: name for name, address in found.items()}

    def _report_status(self, status: ProgramStatus) -> None:
        current = status.current
        if current is None or current.program == self._awaited.program:
            return
        self._tell(current.program, _busy(status.engine, current))

    def _tell(self, key: object, text: str) -> None:
        """Tell what was not told last."""
        if key != self._told:
            self._note(text)
        self._told = key

    def _seconds(self) -> float:
        return time.monotonic() - self._asked_at


def _silence(engine: str, seconds: float) -> str:
    return (
        f"engine {engine} does not answer since {seconds:.0f} s: its process is stopped, or in C "
        f"code that lets nothing else run. {HOW_TO_END} {WHAT_HELPS.format(engine=engine)}"
    )


def _busy(engine: str, current: CurrentCall) -> str:
    whose = "" if current.notebook is None else f" of {current.notebook}"
    seconds = max(0, round(time.time() - current.since))
    return (
        f"engine {engine} is busy with `{current.label}`{whose} since {seconds} s; waiting for it "
        "(Ctrl-C ends the waiting, the panel's Workers section can interrupt it)"
    )
