"""The queue of an engine's thread: one program after the other, each cancelled by its id."""

from __future__ import annotations

import asyncio
import contextlib
import threading
import time
from collections import OrderedDict, deque
from collections.abc import Callable
from enum import Enum
from functools import partial
from queue import SimpleQueue
from typing import Any

from emout_lab.engine.interrupts import Interruptible
from emout_lab.engine.process.memory_guard import clear_frames
from emout_lab.errors import EngineError
from emout_lab.sockets.early_answers import EarlyAnswer

#: Who waits for what was interrupted is answered after this time, even where it still runs [s].
ENDING_S = 0.3
#: What was interrupted loses the thread to the next in the queue after this time [s].
REPLACE_AFTER_S = 1.5
#: A process that stood still for so long begins nothing new for a moment: a cancellation may lie
#: behind the program that was sent before it [s].
STANDSTILL_S, MOMENT_S, TICK_S = 2.0, 0.5, 0.5
#: So many ids of programs are kept that were cancelled before they came.
MANY = 1000


class WorkKind(Enum):
    """What an engine's thread does."""

    WARM_UP = "warm-up"
    PROGRAM = "program"
    DRAWING = "drawing"
    PREVIEW = "preview"


class Interrupted(EngineError):
    """It was cancelled before it began, or has ended by an interrupt."""


class StillRuns(EngineError):
    """It was interrupted and has not ended; nobody waits for it any more."""


class WorkItem:
    """One thing to do, and how to interrupt it.

    Parameters
    ----------
    kind : WorkKind
        What it is.
    function : callable
        Does it.
    answer : asyncio.Future
        Is given what comes of it.
    id, owner : str
        What it is cancelled by, and the client that wants it.
    early : EarlyAnswer, optional
        Sends what comes of it from its thread, in place of who waits in the event loop.
    """

    def __init__(
        self,
        kind: WorkKind,
        function: Callable[[], Any],
        answer: asyncio.Future[Any],
        id: str = "",
        owner: str = "",
        early: EarlyAnswer | None = None,
    ) -> None:
        self._early = early
        self.kind, self.answer, self.id, self.owner = kind, answer, id, owner
        self.interrupted_at: float | None = None
        self._function: Callable[[], Any] | None = function
        self._work = Interruptible()
        self._outcome: tuple[Any, BaseException | None] = None, None

    def execute(self) -> None:
        """Do it in this thread, which no interrupt reaches any more afterwards."""
        try:
            self._outcome = self._work.run(self._done)
        except BaseException as error:  # noqa: BLE001  # the edge: errors travel
            # Dask's logs keep an error long after everybody has read it.
            clear_frames(error)
            self._outcome = None, error

    def interrupt(self) -> None:
        """Raise ``KeyboardInterrupt`` in its thread, as soon as that runs Python code."""
        if self._work.interrupt():
            self.interrupted_at = self.interrupted_at or time.monotonic()

    def early_answer(self) -> Callable[[], None] | None:
        """Return what sends its value from its thread; None where the event loop does."""
        early, self._early = self._early, None
        value, error = self._outcome
        if early is None or error is not None or self.answer.done() or not early.claim():
            return None
        return partial(early.send, value)

    def settle(self) -> None:
        """Answer who waits for it, if anybody does."""
        (value, error), self._outcome = self._outcome, (None, None)
        if self.answer.done():
            return
        if error is None:
            self.answer.set_result(value)
        elif isinstance(error, KeyboardInterrupt):
            # As itself it would end the worker's event loop.
            self.answer.set_exception(Interrupted("interrupted by the user; ask again"))
        elif isinstance(error, Exception) and not isinstance(error, StopIteration):
            self.answer.set_exception(error)
        else:
            self.answer.set_exception(EngineError(f"ended by {type(error).__name__}: {error}"))

    def _done(self) -> tuple[Any, None]:
        function, self._function = self._function, None
        assert function is not None
        return function(), None


class _Thread(threading.Thread):
    """Does what it is given; at the worker's end it keeps nobody waiting."""

    def __init__(self, on_done: Callable[[WorkItem], None]) -> None:
        super().__init__(name="emout-lab-engine", daemon=True)
        self._on_done = on_done
        self._inbox: SimpleQueue[WorkItem | None] = SimpleQueue()

    def put(self, work: WorkItem | None) -> None:
        self._inbox.put(work)

    def run(self) -> None:
        while (work := self._inbox.get()) is not None:
            work.execute()
            send = work.early_answer()
            # First, so that the event loop knows of it before the next question comes.
            self._on_done(work)
            if send is not None:
                send()
            del work, send  # what they hold is not kept until the next comes


class ProgramQueue:
    """The queue of an engine's thread; used from the worker's event loop only.

    What was interrupted and does not end, since it is in C code or in a wait of the system, loses
    the thread: a new one goes on with the next item. The old one ends as soon as it comes back
    to Python.

    Parameters
    ----------
    loop : asyncio.AbstractEventLoop
        The worker's.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self.programs = 0
        """How many programs have ended."""
        self._waiting: deque[WorkItem] = deque()
        self._now: WorkItem | None = None
        self._left: set[WorkItem] = set()
        self._early: OrderedDict[str, None] = OrderedDict()
        self._thread = self._new_thread()
        self._ticked_at = self._rests_until = time.monotonic()
        self._ticking = loop.call_later(TICK_S, self._tick)

    def begin(
        self,
        kind: WorkKind,
        function: Callable[[], Any],
        *,
        id: str = "",
        owner: str = "",
        early: EarlyAnswer | None = None,
    ) -> asyncio.Future[Any]:
        """Put something into the queue and return the future of its result.

        The future fails with `Interrupted` or `StillRuns` where it is cancelled.
        """
        work = WorkItem(kind, function, self._loop.create_future(), id, owner, early)
        if id and id in self._early:
            work.answer.set_exception(Interrupted("cancelled before it came"))
        else:
            self._waiting.append(work)
            self._next()
        return work.answer

    def begin_if_idle(self, kind: WorkKind, function: Callable[[], Any]) -> None:
        """Do something where nothing runs or waits; nobody is told how it ends."""
        if not self._works():
            self.begin(kind, function).add_done_callback(_retrieved)

    def cancel(self, id: str) -> None:
        """Take a program out of the queue, or interrupt it; one yet to come will not begin."""
        for work in self._works():
            if work.id == id:
                self._cancel(work)
                return
        self._early[id] = None
        while len(self._early) > MANY:
            self._early.popitem(last=False)

    async def cancel_all_of(self, owner: str) -> None:
        """Cancel what a client wants, and wait until it has ended or is given up."""
        works = [work for work in self._works() if work.owner == owner]
        for work in works:
            self._cancel(work)
        if answers := [work.answer for work in works if not work.answer.done()]:
            await asyncio.wait(answers)

    async def ended(self, id: str) -> None:
        """Wait until a program has ended or is given up; at once where there is none."""
        answers = [work.answer for work in self._works() if work.id == id]
        if answers:
            await asyncio.wait(answers)

    def interrupt(self) -> None:
        """Interrupt whatever runs now."""
        if self._now is not None and self._now.kind is not WorkKind.WARM_UP:
            self._cancel(self._now)

    def is_running(self, id: str) -> bool:
        """Return whether a program runs now."""
        return self._now is not None and self._now.id == id

    def is_ending(self) -> bool:
        """Return whether what runs was interrupted, and keeps nobody waiting much longer."""
        return self._now is not None and self._now.interrupted_at is not None

    def has(self, *kinds: WorkKind) -> bool:
        """Return whether something of these kinds runs or is queued."""
        return any(work.kind in kinds for work in self._works() if work not in self._left)

    def close(self) -> None:
        """Interrupt what runs and begin nothing more.

        Nobody is answered: the user has not interrupted anything, and who waits for the worker is
        told why it ends.
        """
        self.interrupt()
        self._ticking.cancel()
        for work in self._works():
            work.answer.cancel()
        self._waiting.clear()
        self._thread.put(None)

    def _works(self) -> list[WorkItem]:
        return [*([] if self._now is None else [self._now]), *self._waiting, *self._left]

    def _cancel(self, work: WorkItem) -> None:
        if work in self._waiting:
            self._waiting.remove(work)
            work.answer.set_exception(Interrupted("cancelled before it began"))
            return
        work.interrupt()
        self._loop.call_later(ENDING_S, self._give_up, work)

    def _give_up(self, work: WorkItem) -> None:
        if not work.answer.done():
            work.answer.set_exception(StillRuns("it was interrupted and has not ended"))
        self._next()

    def _tick(self) -> None:
        now = time.monotonic()
        if now - self._ticked_at > STANDSTILL_S:
            self._rests_until = now + MOMENT_S
            self._loop.call_later(MOMENT_S, self._next)
        self._ticked_at = now
        self._ticking = self._loop.call_later(TICK_S, self._tick)

    def _next(self) -> None:
        if time.monotonic() < self._rests_until:
            return
        if self._now is not None and not (self._waiting and self._may_replace(self._now)):
            return
        if self._now is not None:
            self._left.add(self._now)
            self._thread.put(None)
            self._thread = self._new_thread()
        self._now = self._waiting.popleft() if self._waiting else None
        if self._now is not None:
            self._thread.put(self._now)

    def _may_replace(self, work: WorkItem) -> bool:
        if work.interrupted_at is None or not work.answer.done():
            return False
        left = work.interrupted_at + REPLACE_AFTER_S - time.monotonic()
        if left > 0:
            self._loop.call_later(left, self._next)
        return left <= 0

    def _new_thread(self) -> _Thread:
        thread = _Thread(self._note_done)
        thread.start()
        return thread

    def _note_done(self, work: WorkItem) -> None:
        with contextlib.suppress(RuntimeError):  # the worker's loop is closed: it ends as well
            self._loop.call_soon_threadsafe(self._done, work)

    def _done(self, work: WorkItem) -> None:
        self._left.discard(work)
        self.programs += work.kind is WorkKind.PROGRAM
        if self._now is work:
            self._now = None
        work.settle()
        self._next()


def _retrieved(answer: asyncio.Future[Any]) -> None:
    if not answer.cancelled():
        answer.exception()
