"""Who leaves a session: objects of clients are dropped, clients are told of lost engines."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from distributed import SchedulerPlugin
from distributed.protocol.pickle import dumps

from emout_lab.engine.nanny import EngineNanny
from emout_lab.engine.plugin import ENGINES_TOPIC, forget_client
from emout_lab.engine.quiet import hush, speak

if TYPE_CHECKING:
    from distributed import Scheduler


class Departures(SchedulerPlugin):  # type: ignore[misc]  # distributed is untyped
    """Scheduler plugin: a kernel that ended, or crashed, leaves nothing in the engines.

    A worker that left is announced, so that no notebook calls an engine that is not there.
    """

    name = "emout-lab-departures"
    idempotent = True

    async def start(self, scheduler: Scheduler) -> None:
        """Keep the host's log for what is worth a line; let nannies tell why a worker ended."""
        hush()
        await scheduler.register_nanny_plugin(
            None, dumps(EngineNanny()), EngineNanny.name, idempotent=True
        )

    async def close(self) -> None:
        """Let it log everything again."""
        speak()

    def remove_client(self, scheduler: Scheduler, client: str) -> None:
        """Tell all engines that a client is gone."""
        scheduler.loop.add_callback(self._tell, scheduler, client)

    def remove_worker(
        self,
        scheduler: Scheduler,
        worker: str,
        *,
        stimulus_id: str,  # noqa: ARG002  # the signature is distributed's
        **kwargs: Any,  # noqa: ARG002  # the signature is distributed's
    ) -> None:
        """Announce that an engine is gone."""
        scheduler.log_event(ENGINES_TOPIC, {"gone": worker})

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
