"""The short way of a program: the thread that submits it sends it, and no event loop is waited for.

It is there where a channel of our own is open and nothing has to come before. Whatever is not the
usual case, an answer that is late or an error, goes on in the event loop as all the others.
"""

from __future__ import annotations

import asyncio
import contextlib
import threading
import time
from collections.abc import Callable, Coroutine
from concurrent.futures import Future, InvalidStateError
from typing import TYPE_CHECKING, Any

from emout_lab.client import transport
from emout_lab.client.submission import Submission
from emout_lab.client.waiting import begin
from emout_lab.engine.protocol import Reply
from emout_lab.sockets.channel import SocketChannel
from emout_lab.sockets.frames import Message

if TYPE_CHECKING:
    from distributed import Client

#: An answer that has not come by then is waited for in the event loop, which looks for it [s].
LATE_S = 0.25
#: So much of a program is written by the thread that submits it [B].
DIRECT_BYTES = 2_000_000

#: Waits in the event loop for a reply which comes as a future.
Late = Callable[[Submission, "asyncio.Future[Reply]"], Coroutine[Any, Any, Reply]]


class DirectPath:
    """Sends the programs of one engine in the thread that submits them.

    Parameters
    ----------
    client : distributed.Client
        Client of the session.
    late : callable
        Goes on with one whose reply is late, or an error.
    finished : callable
        Makes of a reply what the future of a program gives.
    """

    def __init__(self, client: Client, late: Late, finished: Callable[[Reply], Reply]) -> None:
        self._client = client
        self._late = late
        self._finished = finished
        self._lock = threading.Lock()
        self._waiting: list[_Answer] = []
        self._looks = False

    def sent(self, entry: Submission) -> Future[Reply] | None:
        """Send a program and return the future of its reply; None where it goes the long way."""
        if entry.address is None or entry.awaited() is not None:
            return None
        channel = transport.open_socket(self._client, entry.address)
        if channel is None:
            return None
        answer = _Answer(self, entry, channel)
        future = answer.future
        try:
            question = (entry.program, transport.most_with_reply(channel))
            channel.send("run", question, answer.note, DIRECT_BYTES)
        except Exception:  # noqa: BLE001  # the long way tells it
            return None
        entry.note_sent(is_in_order=True)
        self._watch(answer)
        return future

    def forget(self) -> None:
        """Let nobody wait in a forked child for a thread of the parent."""
        self._lock = threading.Lock()
        self._waiting.clear()

    def finish(self, answer: _Answer, message: Message | None) -> None:
        """Give a reply to who waits for it; an error goes on in the event loop."""
        try:
            reply = self._finished(answer.channel.value_of(message))
        except Exception:  # noqa: BLE001  # told by the event loop
            self._in_loop(self._go_on, answer, message)
            return
        with contextlib.suppress(InvalidStateError):  # cancelled meanwhile
            if (future := answer.future) is not None:
                future.set_result(reply)

    def hand_over(self, answer: _Answer, message: Message | None) -> None:
        """Give a late reply to the event loop."""
        self._in_loop(answer.settle, message)

    def _watch(self, answer: _Answer) -> None:
        with self._lock:
            self._waiting.append(answer)
            looks, self._looks = self._looks, True
        if not looks:
            self._in_loop(self._look_later)

    def _in_loop(self, function: Callable[..., None], *args: Any) -> None:
        # Where the loop is closed all programs have ended.
        with contextlib.suppress(RuntimeError):
            self._client.loop.asyncio_loop.call_soon_threadsafe(function, *args)

    def _look_later(self) -> None:
        asyncio.get_running_loop().call_later(LATE_S, self._look)

    def _look(self) -> None:
        now = time.monotonic()
        with self._lock:
            waiting = [each for each in self._waiting if not each.has_come]
            late = [each for each in waiting if now - each.began >= LATE_S]
            self._waiting = [each for each in waiting if now - each.began < LATE_S]
            self._looks = bool(self._waiting)
        if self._looks:
            self._look_later()
        for each in late:
            if each.is_late():
                self._begin(each)

    def _go_on(self, answer: _Answer, message: Message | None) -> None:
        answer.is_late(is_always=True)
        self._begin(answer)
        answer.settle(message)

    def _begin(self, answer: _Answer) -> None:
        loop = asyncio.get_running_loop()
        future, entry = answer.future, answer.entry
        coming = answer.begun(loop)
        if future is not None and entry is not None and coming is not None:
            begin(loop, self._late(entry, coming), future)


class _Answer:
    """What is to be done with the answer to a program, wherever it is waited for."""

    def __init__(self, path: DirectPath, entry: Submission, channel: SocketChannel) -> None:
        self.channel = channel
        #: Of one that is over neither is kept: what refers to itself would wait for the collector.
        self.entry: Submission | None = entry
        self.future: Future[Reply] | None = Future()
        self.coming: asyncio.Future[Reply] | None = None
        self.began = time.monotonic()
        self.has_come = False
        self._path = path
        self._lock = threading.Lock()
        self._is_late = False
        self.future.add_done_callback(self._note_done)

    def note(self, message: Message | None) -> None:
        """Take the answer, in the thread of the sockets."""
        with self._lock:
            self.has_come, is_late = True, self._is_late
        if is_late:
            self._path.hand_over(self, message)
        else:
            self._path.finish(self, message)

    def is_late(self, *, is_always: bool = False) -> bool:
        """Return whether it is the event loop's from now on: it has not come."""
        with self._lock:
            self._is_late = is_always or not self.has_come
            return self._is_late

    def begun(self, loop: asyncio.AbstractEventLoop) -> asyncio.Future[Reply] | None:
        """Return the future that the event loop waits for; None where nobody does any more."""
        with self._lock:
            if self.future is not None and not self.future.done():
                self.coming = loop.create_future()
            return self.coming

    def settle(self, message: Message | None) -> None:
        """Give it to who waits in the event loop."""
        if self.coming is not None:
            self.channel.settle(self.coming, message)

    def _note_done(self, future: Future[Reply]) -> None:
        """Tell who waits for several futures of one that was cancelled, as executors do."""
        with self._lock:
            self.future = self.entry = None
            is_ours = future.cancelled() and self.coming is None
        if is_ours:
            future.set_running_or_notify_cancel()
