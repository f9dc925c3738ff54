"""Code of users and of matplotlib that a live figure runs, and the threads that it may keep.

Whatever that raises ends one picture: it travels as `CannotShow`, never as itself, for a missing
file is no lost engine, and ``KeyboardInterrupt`` in an event loop ends its worker.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any, Final, TypeVar

from emout_lab.engine.error_reports import message_of
from emout_lab.engine.process.memory_guard import clear_frames, is_shortage, memory_shortage
from emout_lab.engine.program_queue import Interrupted, StillRuns
from emout_lab.errors import CannotShow, SpecError

#: What a viewer reads of an error [characters].
LONGEST: Final = 500
#: A slow file of one viewer keeps the others waiting no longer than this many.
MOST_THREADS: Final = 4
#: So many steps are read at once on an engine, and for one view.
MOST_READING: Final = 32
MOST_READING_OF_ONE: Final = 3
#: A frame waits so long for its step, and then shows the one before [s].
READ_S: Final = 0.5
#: A step that is not read by then is no longer waited for [s].
READ_TIMEOUT_S: Final = 20.0

T = TypeVar("T")


class LiveThreads:
    """Threads beside the engine's: some that compute, and others that read and may hang."""

    def __init__(self) -> None:
        self._pools: dict[str, ThreadPoolExecutor] = {}

    async def compute(self, function: Callable[..., T], *args: Any) -> T:
        """Call something that takes a moment."""
        return await self._begin("live", MOST_THREADS, function, *args)

    def read(self, function: Callable[..., T], *args: Any) -> asyncio.Future[T]:
        """Call something that reads; nobody has to wait for it."""
        return self._begin("live-read", MOST_READING, function, *args)

    def rest(self) -> None:
        """End all threads that have nothing to do."""
        for pool in self._pools.values():
            pool.shutdown(wait=False)
        self._pools.clear()

    def _begin(
        self, name: str, most: int, function: Callable[..., T], *args: Any
    ) -> asyncio.Future[T]:
        if name not in self._pools:
            self._pools[name] = ThreadPoolExecutor(most, thread_name_prefix=f"emout-lab-{name}")
        loop = asyncio.get_running_loop()
        return loop.run_in_executor(self._pools[name], contained, function, *args)


class Reading:
    """The steps that are being read for one view; each is read once, however many wait for it."""

    def __init__(self) -> None:
        self._steps: dict[int | None, tuple[float, asyncio.Future[Any]]] = {}

    @property
    def is_slow(self) -> bool:
        """Whether frames go on without a step that is being read."""
        return any(time.monotonic() - began > READ_S for began, _ in self._steps.values())

    async def wait(self, step: int | None, begin: Callable[[], asyncio.Future[Any]]) -> bool:
        """Wait a moment for a step; return whether it is read.

        Raises
        ------
        CannotShow
            When it is not read in time, or others are not that were asked for before.
        SpecError
            When it cannot be read.
        """
        asked = self._steps.get(step)
        if asked is None:
            if len(self._steps) >= MOST_READING_OF_ONE:
                some = ", ".join(str(each) for each in self._steps)
                raise CannotShow(
                    f"t: step {step} has to wait: steps {some} are still being read. If this "
                    "lasts, their filesystem hangs."
                )
            asked = self._steps[step] = time.monotonic(), begin()
            asked[1].add_done_callback(lambda done: self._note_read(step, done))
        began, reading = asked
        left = began + READ_TIMEOUT_S - time.monotonic()
        await asyncio.wait([reading], timeout=max(0.0, min(left, READ_S)))
        if reading.done():
            reading.result()
            return True
        if left <= READ_S:
            raise CannotShow(
                f"t: step {step} is not read after {READ_TIMEOUT_S:g} s. Its filesystem may be "
                "slow or hang; ask for the step again later."
            )
        return False

    def _note_read(self, step: int | None, done: asyncio.Future[Any]) -> None:
        self._steps.pop(step, None)
        if not done.cancelled():
            done.exception()  # whoever waits is told


def contained(function: Callable[..., T], *args: Any) -> T:
    """Call foreign code in a thread that nobody interrupts.

    Raises
    ------
    SpecError
        For what is wished and is not there.
    CannotShow
        In place of all else.

    Examples
    --------
    >>> contained(int, "a")  # doctest: +ELLIPSIS
    Traceback (most recent call last):
    emout_lab.errors.CannotShow: This cannot be drawn: ValueError: invalid literal for int() ...
    """
    try:
        return function(*args)
    except (SpecError, CannotShow):
        raise
    except BaseException as error:  # noqa: BLE001  # it ends this picture alone
        raise failure("This cannot be drawn", error) from None


def contained_but_interrupts(function: Callable[..., T], *args: Any) -> T:
    """Call foreign code in the engine's thread, as `contained` does; interrupts go through."""
    try:
        return function(*args)
    except (SpecError, CannotShow, KeyboardInterrupt):
        raise
    except BaseException as error:  # noqa: BLE001  # it ends this picture alone
        raise failure("This cannot be drawn", error) from None


@contextmanager
def told_of_interrupts() -> Iterator[None]:
    """Let a drawing that was interrupted be one that cannot be shown."""
    try:
        yield
    except (Interrupted, StillRuns):
        raise CannotShow(
            "The drawing was interrupted. Move the figure, or reload it, to have it drawn."
        ) from None


def failure(what: str, error: BaseException) -> CannotShow:
    """Return what a viewer is told of an error, however foreign that is."""
    told: BaseException = memory_shortage(error) if is_shortage(error) else error
    text = message_of(told, LONGEST)
    clear_frames(error)
    return CannotShow(f"{what}: {type(error).__name__}{': ' if text else ''}{text}")
