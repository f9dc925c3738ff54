"""Repeated calls that go on when the clock of the day is set."""

from __future__ import annotations

import asyncio
import inspect
import logging
from collections.abc import Callable
from typing import Any

log = logging.getLogger(__name__)


class SteadyCallback:
    """Does what tornado's ``PeriodicCallback`` does, by a clock that nobody sets.

    Tornado looks at the clock of the day: set back by an hour, it would make no call for that
    hour, and with it no heartbeat by which engines and kernels are known to live.

    Parameters
    ----------
    callback : callable
        What is called; what it returns is awaited where it can be.
    callback_time : float [ms]
        From the beginning of one call to that of the next; may be changed at any time.
    """

    def __init__(self, callback: Callable[[], Any], callback_time: float) -> None:
        self.callback = callback
        self.callback_time = callback_time
        self._loop: asyncio.AbstractEventLoop | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._call: asyncio.Task[None] | None = None
        self._next = 0.0

    def start(self) -> None:
        """Begin, in the loop that runs."""
        if self._loop is None:
            self._loop = asyncio.get_running_loop()
            self._next = self._loop.time()
            self._schedule()

    def stop(self) -> None:
        """Make no more calls; one that is under way goes on."""
        self._loop = None
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def is_running(self) -> bool:
        """Whether calls are made."""
        return self._loop is not None

    def _schedule(self) -> None:
        loop = self._loop
        if loop is not None:
            period = self.callback_time / 1000
            # Calls for which there was no time are left out.
            missed = max(0.0, loop.time() - self._next) // period
            self._next += (missed + 1) * period
            self._timer = loop.call_at(self._next, self._begin, loop)

    def _begin(self, loop: asyncio.AbstractEventLoop) -> None:
        if self._loop is loop:
            self._call = loop.create_task(self._run())

    async def _run(self) -> None:
        try:
            found = self.callback()
            if inspect.isawaitable(found):
                await found
        except Exception:  # noqa: BLE001 - edge: the next call may do better
            log.exception("Exception in callback %r", self.callback)
        finally:
            self._schedule()


def steadied(callbacks: dict[str, Any]) -> dict[str, Any]:
    """Return steady ones in place of tornado's, none of which has begun."""
    return {
        name: SteadyCallback(each.callback, each.callback_time) for name, each in callbacks.items()
    }
