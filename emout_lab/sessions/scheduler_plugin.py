"""The host's ear in its scheduler: who comes and goes, and requests to scale and to stop."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable
from typing import Any, Final

from distributed import Scheduler, SchedulerPlugin

from emout_lab.sessions.restarts import Restarts

CONTROL_NAME: Final = "emout-lab-control"
#: Dask's own entry among the clients.
FIRE_AND_FORGET: Final = "fire-and-forget"
# Clients are told before the scheduler goes, so that they do not try to reconnect.
END_TOPIC: Final = "emout-lab-end"


class Control(SchedulerPlugin):  # type: ignore[misc]  # distributed has no types
    """Tells the host of what happens in its scheduler.

    Parameters
    ----------
    on_change : callable
        Called when a worker has come or gone.
    on_stop : callable
        Called when a client asks the session to stop.
    on_scale : coroutine function
        Called with the number of jobs that a client asks for.
    """

    name = CONTROL_NAME

    def __init__(
        self,
        on_change: Callable[[], None],
        on_stop: Callable[[], None],
        on_scale: Callable[[int], Awaitable[None]],
    ) -> None:
        self._on_change = on_change
        self._on_stop = on_stop
        self._on_scale = on_scale
        self._used_at = time.monotonic()
        self._scheduler: Scheduler | None = None
        self.is_closed = False
        self.restarts = Restarts()

    async def start(self, scheduler: Scheduler) -> None:
        """Take notice of whose plugin this is."""
        self._scheduler = scheduler

    async def before_close(self) -> None:
        """Report a scheduler that closes: a client may shut it down (``Client.shutdown``)."""
        self.is_closed = True
        if self._scheduler is not None:
            self._scheduler.log_event(END_TOPIC, {})
        self._on_change()

    def idle_seconds(self, scheduler: Scheduler) -> float:
        """Return for how long no client was connected, no task ran and a worker was there."""
        clients = set(scheduler.clients) - {FIRE_AND_FORGET}
        is_busy = any(worker.processing for worker in scheduler.workers.values())
        if clients or is_busy or not scheduler.workers:
            self._used_at = time.monotonic()
        return time.monotonic() - self._used_at

    def add_client(self, scheduler: Scheduler, client: str) -> None:  # noqa: ARG002 - Dask's
        """Take notice of a client; it may be gone before anybody looks."""
        self._used_at = time.monotonic()

    def remove_client(self, scheduler: Scheduler, client: str) -> None:  # noqa: ARG002 - Dask's
        """Count idle time from here."""
        self._used_at = time.monotonic()

    def add_worker(self, scheduler: Scheduler, worker: str) -> None:  # noqa: ARG002 - Dask's
        """Report a worker that has come."""
        self.restarts.note(scheduler)
        self._on_change()

    def remove_worker(
        self,
        scheduler: Scheduler,  # noqa: ARG002 - Dask's
        worker: str,  # noqa: ARG002 - Dask's
        **kwargs: Any,  # noqa: ARG002 - Dask's
    ) -> None:
        """Report a worker that has gone."""
        self._on_change()

    def request_stop(self) -> None:
        """Ask the host to stop its session."""
        self._on_stop()

    async def request_scale(self, jobs: int) -> None:
        """Ask the host for another number of jobs, and wait until they are accepted."""
        await self._on_scale(jobs)


def remarks(scheduler: Scheduler) -> list[str]:
    """Return what plugins of a scheduler want to be shown with the state of the session.

    A plugin of any package may have an attribute ``remarks``, some short sentences.
    """
    return [
        str(remark)
        for plugin in scheduler.plugins.values()
        for remark in getattr(plugin, "remarks", ())
    ]


def request_stop(dask_scheduler: Any = None) -> None:
    """Ask a session to stop; run it with ``client.run_on_scheduler``.

    This reaches a host on another machine, where no signal can.
    """
    dask_scheduler.plugins[CONTROL_NAME].request_stop()


async def request_scale(jobs: int, dask_scheduler: Any = None) -> None:
    """Bring a session to so many jobs; run it with ``client.run_on_scheduler``."""
    await dask_scheduler.plugins[CONTROL_NAME].request_scale(jobs)
