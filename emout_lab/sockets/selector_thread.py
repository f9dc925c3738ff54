"""The one thread of a process that waits for all of its sockets; without any there is none."""

from __future__ import annotations

import contextlib
import logging
import os
import select
import threading
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Final, Protocol

#: Whether this system has what the thread stands on.
IS_THERE: Final = hasattr(select, "epoll")
#: After an error that the sockets do not know, so that it is no busy loop [s].
PAUSE_S: Final = 0.05

log = logging.getLogger(__name__)


class Watched(Protocol):
    """A socket that the thread waits for."""

    #: When `note_time` is called (by ``time.monotonic``); None for never.
    deadline: float | None
    #: The thread that waits for it; set by `watch`.
    selector: SelectorThread

    def fileno(self) -> int:
        """Return the number of the file."""

    def note_ready(self) -> bool:
        """Read and write what is there, a part at a time; return whether there is more."""

    def note_time(self) -> None:
        """Take notice that the deadline has passed."""


class SelectorThread:
    """Waits for sockets and lets each do a part of its work in turn; see `watch`."""

    def __init__(self) -> None:
        self.process = os.getpid()
        self._epoll = select.epoll()
        self._wake_end, self._waker = os.pipe()
        os.set_blocking(self._waker, False)
        self._epoll.register(self._wake_end, select.EPOLLIN)
        self._watched: dict[int, Watched] = {}
        self._timed: dict[int, Watched] = {}
        self._again: dict[int, Watched] = {}
        self._thread = threading.Thread(target=self._run, name="emout-lab-sockets", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def add(self, watched: Watched) -> None:
        """Wait for a socket from now on."""
        self._watched[watched.fileno()] = watched
        self._epoll.register(watched.fileno(), select.EPOLLIN)
        if watched.deadline is not None:
            self.note_deadline(watched)

    def note_deadline(self, watched: Watched) -> None:
        """Take notice that a socket has a deadline now; called by any thread."""
        self._timed[watched.fileno()] = watched
        self._wake()

    def set_events(self, watched: Watched, *, reads: bool = True, writes: bool = False) -> None:
        """Say what is waited for; called by any thread."""
        events = (select.EPOLLIN if reads else 0) | (select.EPOLLOUT if writes else 0)
        with contextlib.suppress(OSError, ValueError):  # it was closed meanwhile
            self._epoll.modify(watched.fileno(), events)

    def remove(self, watched: Watched) -> None:
        """Wait for a socket no more, which is still open; called by any thread."""
        if self.process != os.getpid():
            return  # a forked child has the same list of sockets as its parent, not a copy
        number = watched.fileno()
        if self._watched.get(number) is watched:
            with contextlib.suppress(OSError, ValueError):
                self._epoll.unregister(number)
            del self._watched[number]
            self._timed.pop(number, None)
            self._wake()

    def _wake(self) -> None:
        with contextlib.suppress(OSError):  # it is awake already
            os.write(self._waker, b"x")

    def _run(self) -> None:
        while True:
            try:
                if self._turn():
                    return
            except Exception:  # no message of one socket ends the others
                log.exception("an error while sockets were served")
                time.sleep(PAUSE_S)

    def _turn(self) -> bool:
        """Serve what is ready; return whether nothing is left to wait for."""
        ready, again = {}, self._again
        for number, _ in self._epoll.poll(0 if again else self._patience()):
            if number == self._wake_end:
                os.read(number, 4096)
                if self._has_ended():
                    return True
            elif (found := self._watched.get(number)) is not None:
                ready[number] = found
        with _STATE.around():
            self._again = {}
            for number, watched in {**again, **ready}.items():
                if self._watched.get(number) is watched and watched.note_ready():
                    self._again[number] = watched
            self._note_time()
        return False

    def _note_time(self) -> None:
        if self._timed:
            now = time.monotonic()
            for number, watched in list(self._timed.items()):
                if watched.deadline is None:
                    self._timed.pop(number, None)
                elif watched.deadline <= now:
                    watched.note_time()

    def _patience(self) -> float | None:
        found = [w.deadline for w in list(self._timed.values()) if w.deadline is not None]
        return max(0.0, min(found) - time.monotonic()) if found else None

    def _has_ended(self) -> bool:
        with _STATE.lock:
            if self._watched:
                return False
            if _STATE.thread is self:
                _STATE.thread = None
        self._epoll.close()
        os.close(self._wake_end)
        os.close(self._waker)
        return True


class _State:
    """The thread of this process, if there is one."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.thread: SelectorThread | None = None
        self.around: Callable[[], AbstractContextManager[object]] = contextlib.nullcontext

    def begin_anew(self) -> None:
        """Leave the sockets of the parent, in a forked child, to the parent."""
        _KEPT.append(self.thread)
        self.lock, self.thread = threading.Lock(), None


_STATE: Final = _State()
_KEPT: Final[list[SelectorThread | None]] = []
os.register_at_fork(after_in_child=_STATE.begin_anew)


def surround(work: Callable[[], AbstractContextManager[object]]) -> None:
    """Let the thread do its work, whatever is ready, in a context of its process."""
    _STATE.around = work


def watch(watched: Watched) -> None:
    """Let the thread of this process wait for a socket."""
    with _STATE.lock:
        thread, is_new = _STATE.thread, _STATE.thread is None
        if thread is None:
            thread = _STATE.thread = SelectorThread()
        watched.selector = thread
        thread.add(watched)
        if is_new:
            thread.start()
