"""Scheduler plugin that drops the objects of clients that left, and announces lost engines."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from distributed import SchedulerPlugin
from distributed.protocol import deserialize
from distributed.protocol.pickle import dumps
from distributed.protocol.serialize import Serialized

from emout_lab.config import load
from emout_lab.engine.dropped_objects import DroppedObjects
from emout_lab.engine.engine_numbers import EngineNumbers, NumberedEngine
from emout_lab.engine.nanny_plugin import EngineNanny
from emout_lab.engine.process.worker_setup import filter_log, unfilter_log
from emout_lab.engine.verbs import invoke
from emout_lab.engine.worker_plugin import ENGINES_TOPIC
from emout_lab.format import format_bytes, format_seconds

if TYPE_CHECKING:
    from distributed import Scheduler

#: How often silent clients are looked for at most, and so many times within the limit [s].
CHECK_INTERVAL_S, CHECKS = 15.0, 4
CONNECTION_LOST = "the connection of its kernel to the session was lost"

NAME = "emout-lab-departures"

log = logging.getLogger(__name__)


class CleanupPlugin(SchedulerPlugin):  # type: ignore[misc]  # distributed is untyped
    """Scheduler plugin: a kernel that ended, crashed or is silent for long leaves no objects.

    A suspended machine does not say goodbye: after the setting ``kernel_lost_s`` its objects are
    dropped, and the session says so. A kernel that comes back gets an error for its next program,
    and makes again what it needs. A worker that left is announced, so that no notebook calls an
    engine that is not there.

    Attributes
    ----------
    numbers : EngineNumbers
        The numbers by which views know engines.
    remarks : tuple of str
        What was dropped of kernels that are still silent; shown with the state of the session.
    """

    name = NAME
    idempotent = True

    def __init__(self) -> None:
        self.numbers = EngineNumbers()

    async def start(self, scheduler: Scheduler) -> None:
        """Keep the host's log for what is worth a line, and look for silent clients.

        Nannies get the plugin that reports why a worker ended.
        """
        filter_log()
        await scheduler.register_nanny_plugin(
            None, dumps(EngineNanny()), EngineNanny.name, idempotent=True
        )
        self._scheduler = scheduler
        for address in sorted(scheduler.workers, key=lambda a: str(scheduler.workers[a].name)):
            self.add_worker(scheduler, address)
        self._dropped: dict[str, str] = {}
        self._dropping: set[asyncio.Task[None]] = set()
        self._silent_clients = SilentClients()
        self._limit = load().kernel_lost_s
        self._checking = None
        if self._limit is not None:
            self._checking = asyncio.create_task(self._check_periodically(self._limit))

    async def close(self) -> None:
        """Let it log everything again."""
        if self._checking is not None:
            self._checking.cancel()
        unfilter_log()

    @property
    def remarks(self) -> tuple[str, ...]:
        """What was dropped of kernels that are still silent."""
        return tuple(text for text in self._dropped.values() if text)

    def remove_client(self, scheduler: Scheduler, client: str) -> None:
        """Let all engines drop what a client left."""
        self._dropped.pop(client, None)
        scheduler.loop.add_callback(self._forget_client, client, CONNECTION_LOST)

    def add_worker(self, scheduler: Scheduler, worker: str) -> None:
        """Give an engine that has come its number."""
        self.numbers.note_engine(str(scheduler.workers[worker].name), worker)
        scheduler.log_event(ENGINES_TOPIC, {"come": worker})

    def remove_worker(
        self,
        scheduler: Scheduler,
        worker: str,
        *,
        stimulus_id: str,  # noqa: ARG002  # the signature is distributed's
        **kwargs: Any,  # noqa: ARG002  # the signature is distributed's
    ) -> None:
        """Announce that an engine is gone."""
        self.numbers.note_gone(worker)
        scheduler.log_event(ENGINES_TOPIC, {"gone": worker})

    async def _check_periodically(self, limit: float) -> None:
        interval = min(CHECK_INTERVAL_S, limit / CHECKS)
        checked_at = time.monotonic()
        while True:
            await asyncio.sleep(interval)
            now = time.monotonic()
            # A host that was frozen itself has not listened meanwhile.
            step = min(now - checked_at, 2 * interval)
            checked_at = now
            try:
                self._check(limit, step)
            except Exception:  # noqa: BLE001 - edge: the next look may do better
                log.exception("Silent kernels could not be looked for")

    def _check(self, limit: float, step: float) -> None:
        """Drop the objects of clients that have just been silent for too long."""
        heard = {name: state.last_seen for name, state in self._scheduler.clients.items()}
        self._silent_clients.note(heard, step)
        silent = self._silent_clients.longer_than(limit)
        self._dropped = {name: text for name, text in self._dropped.items() if name in silent}
        for client in silent:
            if client not in self._dropped:
                self._dropped[client] = ""
                reason = f"its kernel has not answered for {format_seconds(limit)}"
                # Beside: an engine that is frozen itself must not keep the others waiting.
                dropping = asyncio.create_task(self._drop(client, reason))
                self._dropping.add(dropping)
                dropping.add_done_callback(self._dropping.discard)

    async def _drop(self, client: str, reason: str) -> None:
        left = await self._forget_client(client, reason)
        size = sum(each.bytes for each in left)
        names = sorted({name for each in left for name in each.notebooks})
        if client not in self._dropped or not any(each.count for each in left):
            return
        whose = f"notebook {', '.join(names)}" if names else "a program without a notebook"
        self._dropped[client] = (
            f"objects of {whose} ({format_bytes(size)}) were dropped: {reason}. They are computed "
            "again when it goes on"
        )
        log.warning("Client %s: %s", client, self._dropped[client])

    async def _forget_client(self, client: str, reason: str) -> list[DroppedObjects]:
        answers = await self._scheduler.broadcast(
            msg={
                "op": "run",
                "function": dumps(invoke),
                "args": dumps(("forget_client", (client, reason))),
                "kwargs": dumps({}),
                "wait": True,
            },
            on_error="ignore",
        )
        results = [each.get("result") for each in answers.values() if isinstance(each, dict)]
        # A scheduler passes on what it does not look into.
        found = [
            deserialize(r.header, r.frames) if isinstance(r, Serialized) else r for r in results
        ]
        return [each for each in found if isinstance(each, DroppedObjects)]


def numbered_engines(dask_scheduler: Any = None) -> list[NumberedEngine]:
    """Return the engines of the scheduler that receives this, by their numbers."""
    plugin: CleanupPlugin = dask_scheduler.plugins[NAME]
    return plugin.numbers.engines(dask_scheduler)


class SilentClients:
    """Counts for how long clients have not been heard of: a suspended machine says no goodbye.

    What counts is time in which this process listened: one that was frozen itself, or whose clock
    was set, takes nobody for silent.

    Examples
    --------
    >>> silences = SilentClients()
    >>> silences.note({"a": 7.0}, 2.0)
    >>> silences.note({"a": 7.0}, 2.0)
    >>> silences.longer_than(1.5)
    ['a']
    """

    def __init__(self) -> None:
        self._heard: dict[str, float] = {}
        self._silent: dict[str, float] = {}

    def note(self, heard: Mapping[str, float], step: float) -> None:
        """Take when each client was last heard of; ``step`` is the time since the last note [s]."""
        self._silent = {
            client: self._silent[client] + step if self._heard.get(client) == when else 0.0
            for client, when in heard.items()
        }
        self._heard = dict(heard)

    def longer_than(self, limit: float) -> list[str]:
        """Return the clients that have been silent for more than ``limit`` seconds."""
        return [client for client, seconds in self._silent.items() if seconds > limit]
