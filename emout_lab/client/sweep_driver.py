"""Drives sweeps from the scheduler's process: they need no kernel, no server and no notebook.

The driver hands out bundles of points to workers as Dask tasks, each bound to its worker, so that
nothing that has ended a worker is sent to the next by itself. Results go from the workers to disk;
what comes back here is which points are over.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
import uuid
from collections import deque
from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Final

import numpy as np
from distributed import Client, KilledWorker, SchedulerPlugin

from emout_lab.client.sweep_plan import AHEAD, SweepPlan
from emout_lab.engine.error_reports import run_task
from emout_lab.engine.sweeps.folder import SweepFolder, SweepInfo, SweepProgress, SweepState
from emout_lab.engine.sweeps.lost_points import write_lost
from emout_lab.engine.sweeps.records import RecordReader
from emout_lab.engine.sweeps.running import BundleOutcome, PointBundle, cancel_sweep

DRIVER_NAME: Final = "emout-lab-sweeps"
TOPIC: Final = "emout-lab-sweeps"
#: A bundle begins no more points after this time [s].
BUNDLE_LIMIT_S: Final = 1.0
#: Progress is told, and written, at most so often [s].
TELL_EVERY_S, WRITE_EVERY_S = 0.5, 1.0
#: The rate is that of so many seconds.
RATE_OVER_S: Final = 20.0
#: How often it is looked whether there are other workers [s].
LOOK_S: Final = 1.0

log = logging.getLogger(__name__)


class SweepDriver(SchedulerPlugin):  # type: ignore[misc]  # distributed has no types
    """The sweeps of one session; in the event loop of its scheduler."""

    name = DRIVER_NAME
    idempotent = True

    def __init__(self) -> None:
        self._scheduler: Any = None
        self._client: Any = None
        self._runs: dict[str, _Run] = {}

    async def start(self, scheduler: Any) -> None:
        """Take notice of whose plugin this is."""
        self._scheduler = scheduler
        self._lock = asyncio.Lock()

    async def before_close(self) -> None:
        """End all sweeps: what they have done is on disk."""
        for run in self._runs.values():
            run.stop()
        if self._client is not None:
            with contextlib.suppress(Exception):
                await asyncio.wait_for(self._client.close(timeout=1), 2)

    def remove_worker(self, scheduler: Any, worker: str, **_: Any) -> None:  # noqa: ARG002  # Dask's form
        """Let sweeps know that a worker is gone."""
        for run in self._runs.values():
            run.note_gone(worker)

    def add_worker(self, scheduler: Any, worker: str) -> None:  # noqa: ARG002  # Dask's form
        """Let sweeps know that a worker has come."""
        for run in self._runs.values():
            run.changed.set()

    async def begin(self, sweep: str) -> None:
        """Run a sweep that is on disk, or go on with it."""
        run = self._runs.get(sweep)
        if run is not None and not run.is_over:
            return
        folder = SweepFolder(sweep)
        info = await asyncio.to_thread(folder.info)
        self._runs[sweep] = run = _Run(self, folder, info)
        run.start()

    async def cancel(self, sweep: str) -> None:
        """End a sweep; what it has done stays."""
        if (run := self._runs.get(sweep)) is not None:
            await run.cancel()

    async def retry(self, sweep: str, points: Sequence[int] | None) -> None:
        """Do points again; all that failed where none are named."""
        await self.begin(sweep)
        await self._runs[sweep].retry(points)

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
            if self._client is None:
                self._client = await Client(
                    self._scheduler.address,
                    security=self._scheduler.security,
                    asynchronous=True,
                    set_as_default=False,
                    name="emout-lab-sweeps",
                )
            return self._client

    def tell(self, sweep: str, progress: SweepProgress) -> None:
        """Publish how far a sweep is."""
        self._scheduler.log_event(TOPIC, {"sweep": sweep, **progress.to_json()})


class _Run:
    """One sweep as it runs."""

    def __init__(self, driver: SweepDriver, folder: SweepFolder, info: SweepInfo) -> None:
        self._driver, self._folder, self._info = driver, folder, info
        self.changed = asyncio.Event()
        self._plan: SweepPlan | None = None
        self._progress = replace(folder.progress(), state=SweepState.QUEUED, running=0, ended=None)
        self._bundles: dict[str, tuple[str, asyncio.Future[BundleOutcome]]] = {}
        self._gone: set[str] = set()
        self._recent: deque[tuple[float, int]] = deque()
        self._told = self._written = 0.0
        self._is_cancelled = False
        self._task: asyncio.Future[None] | None = None
        self._reader = RecordReader(folder.records, is_brief=True)
        self._over: set[int] = set()
        self._begun: set[int] = set()

    @property
    def is_over(self) -> bool:
        """Whether nothing runs any more."""
        return self._task is not None and self._task.done()

    def start(self) -> None:
        """Begin."""
        self._task = asyncio.ensure_future(self._run())

    def stop(self) -> None:
        """End with the session."""
        if self._task is not None:
            self._task.cancel()

    def note_gone(self, worker: str) -> None:
        """Take notice that a worker is gone."""
        self._gone.add(worker)
        self.changed.set()

    async def cancel(self) -> None:
        """End; the points that run are interrupted."""
        self._is_cancelled = True
        client = await self._driver.client()
        for _, coming in self._bundles.values():
            coming.cancel()
        with contextlib.suppress(Exception):  # a worker is gone meanwhile
            await asyncio.wait_for(client.run(cancel_sweep, self._info.id, on_error="ignore"), 10)
        self.changed.set()
        if self._task is not None:
            await asyncio.wait([self._task], timeout=10)

    async def retry(self, points: Sequence[int] | None) -> None:
        """Do points again."""
        while self._plan is None and not self.is_over:
            await asyncio.sleep(0.01)
        if self._plan is not None:
            wanted = np.flatnonzero(self._plan.is_failed) if points is None else points
            self._plan.again(int(each) for each in wanted)
            self._progress = replace(self._progress, first_error="")
        if self.is_over:
            self._is_cancelled = False
            self.start()
        self.changed.set()

    def progress(self) -> SweepProgress:
        """Return how far it is."""
        if self._plan is None:
            return self._progress
        done, failed = int(self._plan.is_done.sum()), int(self._plan.is_failed.sum())
        running = 0 if self._progress.state.is_over else self._plan.running
        return replace(self._progress, done=done, failed=failed, running=running, rate=self._rate())

    async def _run(self) -> None:
        state = SweepState.INTERRUPTED
        try:
            if self._plan is None:
                await self._prepare()
            client = await self._driver.client()
            self._note(SweepState.QUEUED)
            while not self._is_cancelled and not self._is_finished():
                await self._send(client)
                with contextlib.suppress(asyncio.TimeoutError):
                    await asyncio.wait_for(self.changed.wait(), LOOK_S)
                self.changed.clear()
                await self._settle()
                await self._tell()
            state = SweepState.CANCELLED if self._is_cancelled else SweepState.DONE
        except asyncio.CancelledError:
            raise
        except Exception as error:  # the edge: the scheduler goes on
            log.exception("sweep %s has ended", self._info.id)
            self._progress = replace(self._progress, first_error=f"{type(error).__name__}: {error}")
        finally:
            self._note(state)
            self._progress = replace(self._progress, ended=time.time())
            with contextlib.suppress(Exception):  # the session ends, and its folder may be gone
                self._folder.write_progress(self.progress())
                self._driver.tell(self._info.id, self.progress())

    def _is_finished(self) -> bool:
        return self._plan is not None and self._plan.is_over

    def _note(self, state: SweepState) -> None:
        self._progress = replace(self._progress, state=state)

    async def _prepare(self) -> None:
        """See what was done before."""
        failed = await asyncio.to_thread(self._look)
        plan = SweepPlan(self._info.total, self._over, self._info.retries)
        plan.is_failed[list(failed)] = True
        self._plan = plan

    def _look(self) -> set[int]:
        """Read which points are over; return those that failed."""
        failed: set[int] = set()
        for record in self._reader.new():
            if record.is_begun:
                self._begun.add(record.point)
                continue
            self._over.add(record.point)
            self._begun.discard(record.point)
            (failed.discard if record.is_ok else failed.add)(record.point)
        return failed

    async def _send(self, client: Any) -> None:
        assert self._plan is not None
        threads = await client.nthreads()
        known: dict[str, int] = {}
        for worker, _ in self._bundles.values():
            known[worker] = known.get(worker, 0) + 1
        total = sum(threads.values())
        for turn in range(AHEAD * max(threads.values(), default=0)):
            for worker, count in threads.items():
                if known.get(worker, 0) > turn or turn >= AHEAD * count or worker in self._gone:
                    continue
                key = f"emout-lab-sweep-{uuid.uuid4().hex}"
                numbers = self._plan.next_bundle(key, total)
                if not numbers:
                    return
                self._submit(client, key, worker, numbers)
                known[worker] = known.get(worker, 0) + 1

    def _submit(self, client: Any, key: str, worker: str, numbers: tuple[int, ...]) -> None:
        bundle = PointBundle(self._info.id, self._info.name, numbers, BUNDLE_LIMIT_S)
        future = client.submit(run_task, bundle, key=key, workers=[worker], pure=False, retries=0)
        # Its result may be lost with its worker while it is on its way here.
        coming = asyncio.ensure_future(_outcome(future))
        coming.add_done_callback(lambda _: self.changed.set())
        self._bundles[key] = worker, coming
        if self._progress.state is SweepState.QUEUED:
            started = self._progress.started or time.time()
            self._progress = replace(self._progress, state=SweepState.RUNNING, started=started)

    async def _settle(self) -> None:
        """Take notice of bundles that are over, and of those whose worker is gone."""
        gone, self._gone = self._gone, set()
        for key, (worker, coming) in list(self._bundles.items()):
            if coming.done() and not coming.cancelled() and coming.exception() is None:
                del self._bundles[key]
                self._note_done(key, coming.result())
            elif worker in gone:
                del self._bundles[key]
                coming.cancel()
                await self._note_lost(key)
            elif coming.done():
                del self._bundles[key]
                self._note_failed(key, coming)

    def _note_done(self, key: str, outcome: BundleOutcome) -> None:
        assert self._plan is not None
        self._plan.note_done(key, outcome)
        self._recent.append((time.monotonic(), len(outcome.done)))
        self._note_error(outcome.first_error)

    def _note_failed(self, key: str, coming: asyncio.Future[BundleOutcome]) -> None:
        """Take notice of a bundle that did not run at all."""
        assert self._plan is not None
        self._plan.take_back(key)
        error = None if coming.cancelled() else coming.exception()
        if error is not None and not isinstance(error, asyncio.CancelledError | KilledWorker):
            raise RuntimeError(f"its points cannot be run: {error}") from error

    async def _note_lost(self, key: str) -> None:
        """Take notice of a bundle whose worker is gone: who was running is to blame."""
        assert self._plan is not None
        await asyncio.to_thread(self._look)
        for number in self._plan.note_lost(key, self._over, self._begun):
            await asyncio.to_thread(write_lost, self._folder, number, self._info.retries + 1)
            self._plan.note_given_up(number)
            self._note_error(f"point {number} has ended each worker that ran it")

    def _note_error(self, error: str) -> None:
        if error and not self._progress.first_error:
            self._progress = replace(self._progress, first_error=error)

    def _rate(self) -> float:
        now = time.monotonic()
        while self._recent and now - self._recent[0][0] > RATE_OVER_S:
            self._recent.popleft()
        if self._progress.state.is_over or not self._recent:
            return 0.0
        began = self._progress.started or time.time()
        over = min(RATE_OVER_S, max(time.time() - began, 0.1))
        return sum(count for _, count in self._recent) / over

    async def _tell(self) -> None:
        now = time.monotonic()
        if now - self._told > TELL_EVERY_S:
            self._told = now
            self._driver.tell(self._info.id, self.progress())
        if now - self._written > WRITE_EVERY_S:
            self._written = now
            await asyncio.to_thread(self._folder.write_progress, self.progress())


async def _outcome(future: Any) -> BundleOutcome:
    try:
        outcome: BundleOutcome = await future
        return outcome
    finally:
        future.release()


def driver_of(scheduler: Any) -> SweepDriver:
    """Return the driver of a session, in its scheduler's process."""
    found: SweepDriver = scheduler.plugins[DRIVER_NAME]
    return found


async def ask_driver(method: str, *args: Any, dask_scheduler: Any = None) -> Any:
    """Let the driver do something (called on the scheduler)."""
    found = getattr(driver_of(dask_scheduler), method)(*args)
    return await found if asyncio.iscoroutine(found) else found
