"""The host's ear in its scheduler: workers that come and go, and a request to stop."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from distributed import Scheduler, SchedulerPlugin

CONTROL_NAME: Final = "emout-lab-control"
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
    """

    name = CONTROL_NAME

    def __init__(self, on_change: Callable[[], None], on_stop: Callable[[], None]) -> None:
        self._on_change = on_change
        self._on_stop = on_stop

    def add_worker(self, scheduler: Scheduler, worker: str) -> None:  # noqa: ARG002
        """Report a worker that has come."""
        self._on_change()

    def remove_worker(
        self,
        scheduler: Scheduler,  # noqa: ARG002
        worker: str,  # noqa: ARG002
        **kwargs: Any,  # noqa: ARG002
    ) -> None:
        """Report a worker that has gone."""
        self._on_change()

    def request_stop(self) -> None:
        """Ask the host to stop its session."""
        self._on_stop()


def request_stop(dask_scheduler: Any = None) -> None:
    """Ask a session to stop; run it with ``client.run_on_scheduler``.

    This reaches a host on another machine, where no signal can.
    """
    dask_scheduler.plugins[CONTROL_NAME].request_stop()
