"""Deliveries: threads that unpack results and run callbacks, so that no event loop has to."""

from __future__ import annotations

import logging
import os
import threading
from collections.abc import Callable
from queue import Empty, SimpleQueue
from typing import Any

#: A thread that has nothing to do for so long ends [s].
IDLE_S = 2.0

_log = logging.getLogger(__name__)


class Deliveries:
    """Runs what may be the user's own code, which may wait for other results, or for ever.

    There is always a thread for what is to be run: one that hangs keeps nothing else waiting. What
    is short needs few threads, and without anything to do there are none.

    Examples
    --------
    >>> done = SimpleQueue()
    >>> Deliveries().run(done.put, 5)
    >>> done.get(timeout=10)
    5
    """

    def __init__(self) -> None:
        self._begin()

    def run(self, function: Callable[..., Any], *args: Any) -> None:
        """Call a function in a thread of its own; called from any thread."""
        if self._process != os.getpid():
            self._begin()  # a fork has none of its parent's threads
        with self._lock:
            needs_thread = not self._idle
            self._idle -= not needs_thread
        self._jobs.put((function, args))
        if needs_thread:
            threading.Thread(target=self._work, name="emout-lab-results", daemon=True).start()

    def _begin(self) -> None:
        self._process = os.getpid()
        self._lock = threading.Lock()
        self._jobs: SimpleQueue[tuple[Callable[..., Any], tuple[Any, ...]]] = SimpleQueue()
        self._idle = 0

    def _work(self) -> None:
        while True:
            try:
                function, args = self._jobs.get(timeout=IDLE_S)
            except Empty:
                with self._lock:
                    if self._idle:
                        self._idle -= 1
                        return
                continue  # something is on its way to this thread
            try:
                function(*args)
            except BaseException:  # noqa: BLE001  # the edge: sys.exit() in a callback, too
                _log.exception("a result could not be delivered")
            # What a job holds is not kept until the next one comes.
            del function, args
            with self._lock:
                self._idle += 1


#: Those of this process.
DELIVERIES = Deliveries()
