"""Drives sweeps from the scheduler's process: they need no kernel, no server and no notebook."""

from __future__ import annotations

import asyncio
import contextlib
from collections import OrderedDict
from collections.abc import Sequence
from typing import Any, Final

from distributed import Client, SchedulerPlugin, Status

from emout_lab.client.sweep_run import SweepRun
from emout_lab.engine.nanny_plugin import EXITS_TOPIC, describe_exit
from emout_lab.engine.sweeps.folder import SweepFolder, SweepProgress
from emout_lab.sessions.restarts import RESTARTS_TOPIC

DRIVER_NAME: Final = "emout-lab-sweeps"
TOPIC: Final = "emout-lab-sweeps"
#: What was told of workers that are gone is kept of so many.
MANY: Final = 1000
#: A nanny tells how its worker has ended, a moment after that [s].
REASON_S: Final = 2.0
#: Without sweeps its connection is closed after this time: a session with clients is not idle [s].
LINGER_S: Final = 5.0


class SweepDriver(SchedulerPlugin):  # type: ignore[misc]  # distributed has no types
    """The sweeps of one session; in the event loop of its scheduler.

    Attributes
    ----------
    reserved : dict
        By the address of a worker: the sweep that has it for itself.
    """

    name = DRIVER_NAME
    idempotent = True

    def __init__(self) -> None:
        self._scheduler: Any = None
        self._client: Any = None
        self._runs: dict[str, SweepRun] = {}
        self._exits: OrderedDict[str, str] = OrderedDict()
        self._leaving: OrderedDict[str, None] = OrderedDict()
        self._lingering: asyncio.Future[None] | None = None
        self.reserved: dict[str, str] = {}

    async def start(self, scheduler: Any) -> None:
        """Take notice of whose plugin this is."""
        self._scheduler = scheduler
        self._lock = asyncio.Lock()

    async def before_close(self) -> None:
        """End all sweeps: what they have done is on disk."""
        for run in self._runs.values():
            run.stop()
        if self._lingering is not None:
            self._lingering.cancel()
        await self._close_client()

    def remove_worker(self, scheduler: Any, worker: str, **_: Any) -> None:  # noqa: ARG002  # Dask's
        """Let sweeps know that a worker is gone."""
        self.reserved.pop(worker, None)
        for run in self._runs.values():
            run.note_gone(worker)

    def add_worker(self, scheduler: Any, worker: str) -> None:  # noqa: ARG002  # Dask's form
        """Let sweeps know that a worker has come."""
        self._exits.pop(worker, None)
        self._leaving.pop(worker, None)
        for run in self._runs.values():
            run.changed.set()

    def log_event(self, topic: str, msg: Any) -> None:
        """Take notice of why workers end."""
        if topic == RESTARTS_TOPIC:
            self._note(self._leaving, msg["address"], None)
        elif topic == EXITS_TOPIC:
            self._note(self._exits, msg["worker"], describe_exit(msg))

    async def begin(self, sweep: str) -> None:
        """Run a sweep that is on disk, or go on with it."""
        await self._begin(sweep)

    async def cancel(self, sweep: str, points: Sequence[int] | None = None) -> None:
        """End a sweep, or some points of it; what it has done stays."""
        if (run := self._runs.get(sweep)) is not None:
            await run.cancel(points)

    async def retry(self, sweep: str, points: Sequence[int] | None) -> None:
        """Do points again; all that failed where none are named, and those that are missing."""
        if await self._begin(sweep, points):
            await self._runs[sweep].planned()
        elif not await self._runs[sweep].retry(points):
            await self.retry(sweep, points)

    def progress(self, sweep: str) -> dict[str, Any] | None:
        """Return how far a sweep is; None where it is not known here."""
        run = self._runs.get(sweep)
        return None if run is None else run.progress().to_json()

    def forget(self, sweep: str) -> None:
        """Forget a sweep that is over."""
        run = self._runs.get(sweep)
        if run is not None and run.is_over:
            del self._runs[sweep]

    async def client(self) -> Any:
        """Return the driver's own client of the session."""
        async with self._lock:
            if self._client is None or self._client.status != "running":
                self._client = await Client(
                    self._scheduler.address,
                    security=self._scheduler.security,
                    asynchronous=True,
                    set_as_default=False,
                    name="emout-lab-sweeps",
                )
            if self._lingering is None or self._lingering.done():
                self._lingering = asyncio.ensure_future(self._linger())
            return self._client

    def workers(self) -> dict[str, tuple[str, int]]:
        """Return the workers that take tasks: name and number of threads, by address."""
        found = {}
        for address, worker in self._scheduler.workers.items():
            if worker.status == Status.running:
                found[address] = str(worker.name), int(worker.nthreads)
            elif worker.status in (Status.closing_gracefully, Status.closing):
                self._note(self._leaving, address, None)
        return found

    def load(self, worker: str) -> int:
        """Return how many bundles of all sweeps are at a worker."""
        return sum(run.load(worker) for run in self._runs.values())

    def is_innocent(self, worker: str) -> bool:
        """Tell whether a worker that is gone was told to go."""
        return worker in self._leaving

    async def reason(self, worker: str) -> str:
        """Return how a worker has ended; "" where nobody knows."""
        for _ in range(20):
            if worker in self._exits:
                return self._exits[worker]
            await asyncio.sleep(REASON_S / 20)
        return ""

    def tell(self, sweep: str, progress: SweepProgress) -> None:
        """Publish how far a sweep is."""
        self._scheduler.log_event(TOPIC, {"sweep": sweep, **progress.to_json()})

    async def _begin(self, sweep: str, again: Sequence[int] | None = ()) -> bool:
        """Run a sweep; tell whether it did not run already."""
        async with self._lock:
            run = self._runs.get(sweep)
            if run is not None and not run.is_over:
                return False
            folder = SweepFolder(sweep)
            info = await asyncio.to_thread(folder.info)
            self._runs[sweep] = run = SweepRun(self, folder, info, again)
            run.start()
            return True

    async def _linger(self) -> None:
        """Close the connection when it has not been needed for some time."""
        idle = 0
        while True:
            await asyncio.sleep(LINGER_S / 2)
            async with self._lock:
                idle = idle + 1 if all(run.is_over for run in self._runs.values()) else 0
                if idle >= 2:
                    return await self._close_client()

    async def _close_client(self) -> None:
        client, self._client = self._client, None
        if client is not None:
            with contextlib.suppress(Exception):  # the session ends
                await asyncio.wait_for(client.close(timeout=1), 2)

    @staticmethod
    def _note(known: OrderedDict[str, Any], worker: str, value: Any) -> None:
        known[worker] = value
        while len(known) > MANY:
            known.popitem(last=False)


def driver_of(scheduler: Any) -> SweepDriver:
    """Return the driver of a session, in its scheduler's process."""
    found: SweepDriver = scheduler.plugins[DRIVER_NAME]
    return found


async def ask_driver(method: str, *args: Any, dask_scheduler: Any = None) -> Any:
    """Let the driver do something (called on the scheduler)."""
    found = getattr(driver_of(dask_scheduler), method)(*args)
    return await found if asyncio.iscoroutine(found) else found
