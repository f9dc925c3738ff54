"""Garbage collection by memory and time instead of by counts of objects.

A figure is thousands of objects that refer to each other, and may hold gigabytes: only Python's
collector finds it. How many objects were made since, by which the collector starts by itself, says
nothing about their memory.
"""

from __future__ import annotations

import contextlib
import gc
import threading
import time
from collections.abc import Callable

from emout_lab.engine.process.memory import Malloc, ProcessMemory

LOOK_EVERY_S = 0.2
#: Growth after which everything is gone through: this part of the engine's memory, within bounds.
STEP_PART = 1 / 32
LEAST_STEP, MOST_STEP = 16_000_000, 256_000_000
#: Growth of so many steps is collected whatever it costs.
URGENT_STEPS = 4
#: Times that the work since the last collection is to be longer than a collection takes.
AFTER_DRAWING, AFTER_GROWTH = 40, 10
#: A figure is a hundred thousand objects: the collector need not start a hundred times by itself.
COLLECT_AFTER = (10_000, 20, 20)


class GarbageCollector:
    """Collects after a drawing, and when the process has grown, in a thread of its own.

    So no answer waits for it, and one long call that draws a thousand figures is helped as well.

    Parameters
    ----------
    limit : callable
        Returns the engine's memory in bytes.
    """

    def __init__(self, limit: Callable[[], int]) -> None:
        self._limit = limit
        self._memory = ProcessMemory()
        self._malloc = Malloc()
        self._wake = threading.Event()
        self._is_over = False
        self._has_drawn = False
        self._floor = 0
        self._cost_s = 0.0
        self._done_at = 0.0
        self._thread = threading.Thread(target=self._watch, name="emout-lab-collector", daemon=True)

    def start(self) -> None:
        """Leave out what is loaded by now, which stays, and begin to look."""
        gc.collect()
        gc.freeze()
        gc.set_threshold(*COLLECT_AFTER)
        self._collect()
        self._floor = self._used()
        self._thread.start()

    def stop(self) -> None:
        """End the thread (twice is harmless)."""
        self._is_over = True
        self._wake.set()

    def note_drawing(self) -> None:
        """Collect soon: something was drawn that nobody may want any more."""
        self._has_drawn = True
        self._wake.set()

    def _watch(self) -> None:
        while not self._is_over:
            # A full engine may have no memory for this thread, which is needed there most.
            with contextlib.suppress(MemoryError, OSError):
                self._wake.wait(LOOK_EVERY_S)
                self._wake.clear()
                self._look()

    def _look(self) -> None:
        steps = self._grown()
        if not self._is_over and self._is_due(steps):
            self._collect()
            self._malloc.trim()
            self._floor = self._used()

    def _grown(self) -> float:
        used = self._used()
        self._floor = min(self._floor, used)
        return (used - self._floor) / self._step()

    def _is_due(self, steps: float) -> bool:
        worked_s = time.monotonic() - self._done_at
        if steps > 1:
            return steps > URGENT_STEPS or worked_s > AFTER_GROWTH * self._cost_s
        return self._has_drawn and worked_s > AFTER_DRAWING * self._cost_s

    def _collect(self) -> None:
        self._has_drawn = False  # first: what is drawn meanwhile is for the next time
        start = time.monotonic()
        gc.collect()
        self._done_at = time.monotonic()
        self._cost_s = self._done_at - start

    def _step(self) -> float:
        return min(max(self._limit() * STEP_PART, LEAST_STEP), MOST_STEP)

    def _used(self) -> int:
        return self._memory.resident()
