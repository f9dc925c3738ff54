"""Waiting for requests, while what keeps them is said."""

from __future__ import annotations

import os
import sys
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from typing import Any

from emout_lab.client.progress_line import LINE
from emout_lab.parallel.request import Request
from emout_lab.sessions import forks

#: So often a thread that waits wakes: an interrupt may have been given to another thread [s].
WAKE_S = 0.5
#: So many lines are said of what keeps requests to many engines.
MOST_LINES = 20
BAR_CHARACTERS = 20


class Waiter:
    """Waits for requests; their notes (an engine is busy, or silent) are said in whoever waits.

    Parameters
    ----------
    requests : sequence of Request
        Whose notes.
    """

    def __init__(self, requests: Sequence[Request]) -> None:
        self._requests = requests
        self._heard = [0] * len(requests)
        self._said: set[str] = set()
        self._lock = threading.Lock()
        self._process = os.getpid()

    def wait_for(self, future: Future[Any], timeout: float | None) -> bool:
        """Wait for a future, at most ``timeout`` seconds; return whether it is done."""
        if future.done():
            return True
        done = threading.Event()
        future.add_done_callback(lambda _: done.set())
        return self.wait_until(done, timeout)

    def wait_until(self, done: threading.Event, timeout: float | None) -> bool:
        """Wait for an event, at most ``timeout`` seconds; return whether it is set."""
        return bool(self.watch(lambda slice_s: done.wait(slice_s), timeout))

    def watch(self, wait: Callable[[float], Any], timeout: float | None) -> Any:
        """Call a function, again and again with the time that it may wait, until it gives true.

        Its last value is returned where the time-out ends it.
        """
        deadline = None if timeout is None else time.monotonic() + timeout
        while True:
            left = WAKE_S if deadline is None else min(WAKE_S, deadline - time.monotonic())
            found = wait(max(0.0, left))
            if found or (deadline is not None and time.monotonic() >= deadline):
                return found
            if self._process != os.getpid():
                raise forks.forked("this result is still under way, and")
            self._say_notes()

    def _say_notes(self) -> None:
        with self._lock:
            fresh = [text for number in range(len(self._requests)) for text in self._new(number)]
        for text in fresh:
            LINE.end()
            sys.stderr.write(text + "\n")
        if fresh:
            sys.stderr.flush()

    def _new(self, number: int) -> list[str]:
        request = self._requests[number]
        output = getattr(request, "output", None)
        notes = [] if output is None else output.notes[self._heard[number] :]
        self._heard[number] += len(notes)
        if request.done():
            return []
        fresh = [each for each in dict.fromkeys(notes) if each not in self._said]
        fresh = fresh[: max(0, MOST_LINES - len(self._said))]
        self._said.update(fresh)
        return fresh


def show_bar(done: int, total: int, name: str) -> None:
    """Show in a line on stderr how many requests or items are done."""
    filled = BAR_CHARACTERS * done // max(total, 1)
    bar = "#" * filled + "." * (BAR_CHARACTERS - filled)
    LINE.show(done, total, name, f"[{bar}] {done}/{total}", patience=0)
