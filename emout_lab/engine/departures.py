"""Clients that vanish: their objects are dropped in every engine."""

from __future__ import annotations

from typing import TYPE_CHECKING

from distributed import SchedulerPlugin
from distributed.protocol.pickle import dumps

from emout_lab.engine.plugin import forget_client

if TYPE_CHECKING:
    from distributed import Scheduler


class Departures(SchedulerPlugin):  # type: ignore[misc]  # distributed is untyped
    """Scheduler plugin: a kernel that ended, or crashed, leaves nothing in the engines."""

    name = "emout-lab-departures"
    idempotent = True

    def remove_client(self, scheduler: Scheduler, client: str) -> None:
        """Tell all engines that a client is gone."""
        scheduler.loop.add_callback(self._tell, scheduler, client)

    async def _tell(self, scheduler: Scheduler, client: str) -> None:
        await scheduler.broadcast(
            msg={
                "op": "run",
                "function": dumps(forget_client),
                "args": dumps((client,)),
                "kwargs": dumps({}),
                "wait": True,
            },
            on_error="ignore",
        )
