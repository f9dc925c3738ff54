"""One sweep as the scheduler's process runs it: bundles of points go out, and what they say comes.

Results go from the workers to disk; what comes back here is which points are over.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

import numpy as np

from emout_lab.client.sweep_account import plan_of
from emout_lab.client.sweep_bundles import SentBundle, SentBundles, new_key
from emout_lab.client.sweep_host import SweepHost
from emout_lab.client.sweep_plan import SweepPlan
from emout_lab.client.sweep_rate import RecentRate
from emout_lab.engine.sweeps.folder import SweepFolder, SweepInfo, SweepProgress, SweepState
from emout_lab.engine.sweeps.lost_points import write_lost
from emout_lab.engine.sweeps.records import RecordReader
from emout_lab.engine.sweeps.running import BundleOutcome

#: Bundles that are out for longer are asked for what they have not begun, where workers idle [s].
TAKE_BACK_S: Final = 3.0
#: Progress is told, and written, at most so often [s].
TELL_EVERY_S, WRITE_EVERY_S = 0.5, 1.0
#: How often it is looked whether there are other workers [s].
LOOK_S: Final = 1.0
#: Who cancels waits so long for points in no Python code; who retries, for bundles that end [s].
END_S, HEAR_S = 3.0, 5.0
#: So many bundles in a row may fail as a whole, with so much time between them [s].
MOST_FAILURES, FAILURE_PAUSE_S = 5, 1.0

log = logging.getLogger(__name__)


class SweepRun:
    """One sweep as it runs; all of it in the event loop of the scheduler.

    Parameters
    ----------
    host : SweepHost
        The driver.
    folder, info : SweepFolder, SweepInfo
        The sweep.
    again : sequence of int or None, optional
        Points to be done again though they are over; None means those that have failed.
    """

    def __init__(
        self,
        host: SweepHost,
        folder: SweepFolder,
        info: SweepInfo,
        again: Sequence[int] | None = (),
    ) -> None:
        self._host, self._folder, self._info, self._again = host, folder, info, again
        self.changed = asyncio.Event()
        self._plan: SweepPlan | None = None
        before = folder.progress()
        self._progress = replace(
            before, state=SweepState.QUEUED, running=0, ended=None, first_error=""
        )
        self._bundles = SentBundles(info, self.changed.set, self._note_taken_back)
        self._gone: set[str] = set()
        self._rate = RecentRate()
        self._told = self._written = self._paused_until = 0.0
        self._failures = 0
        self._given_up: Any = None
        self._task: asyncio.Future[None] | None = None
        self._reader = RecordReader(folder.records)

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

    def load(self, worker: str) -> int:
        """Return how many bundles are at a worker."""
        return self._bundles.load(worker)

    def note_gone(self, worker: str) -> None:
        """Take notice that a worker is gone."""
        self._gone.add(worker)
        self.changed.set()

    async def cancel(self, points: Sequence[int] | None = None) -> None:
        """Give up points, by default all that are not over; those that run are interrupted."""
        await self.planned()
        if self._plan is None or self.is_over:
            return
        keys = self._plan.cancel(points)
        if keys:
            await self._bundles.cancel(await self._host.client(), keys, points)
        if self._plan is not None:  # it may be over meanwhile
            await self._write_cancelled()
        self.changed.set()
        if points is None and self._task is not None:
            await asyncio.wait([self._task], timeout=END_S)
            if self._plan is not None:
                self._note_error(self._bundles.told_of_deaf(self._plan.points))

    async def retry(self, points: Sequence[int] | None) -> bool:
        """Do points again that have failed or were given up; by default those that failed.

        Returns
        -------
        bool
            False where this run is over meanwhile: another one is to do it.
        """
        await self.planned()
        if self._plan is not None and self._plan.running:
            await self._hear(self._plan)
        if self._plan is not None and self._plan.again(points):
            self._progress = replace(self._progress, first_error="", ended=None)
            await self._write_again(self._plan)
        elif self._plan is None:
            return False
        self.changed.set()
        return True

    def progress(self) -> SweepProgress:
        """Return how far it is."""
        return self._progress if self._plan is None else self._progress_of(self._plan)

    def _progress_of(self, plan: SweepPlan) -> SweepProgress:
        return replace(
            self._progress,
            done=int(plan.is_done.sum()),
            failed=int(plan.is_failed.sum()),
            cancelled=int(plan.is_cancelled.sum()),
            running=0 if self._progress.state.is_over else plan.running,
            rate=0.0 if self._progress.state.is_over else self._rate.of(self._progress.started),
        )

    async def _run(self) -> None:
        state = SweepState.INTERRUPTED
        try:
            await self._prepare()
            client = await self._host.client()
            while not self._is_finished():
                self._send(client)
                with contextlib.suppress(asyncio.TimeoutError):
                    await asyncio.wait_for(self.changed.wait(), LOOK_S)
                self.changed.clear()
                await self._settle()
                await self._tell()
            await asyncio.to_thread(self._folder.require)
            is_whole = self._plan is None or not self._plan.is_cancelled.any()
            state = SweepState.DONE if is_whole else SweepState.CANCELLED
        except asyncio.CancelledError:
            raise
        except Exception as error:  # the edge: the scheduler goes on
            log.exception("Sweep %s has ended", self._info.id)
            await self._give_back()
            self._progress = replace(self._progress, first_error=f"{type(error).__name__}: {error}")
        finally:
            self._end(state)

    async def _give_back(self) -> None:
        """Let workers begin nothing more of it, and interrupt what they do."""
        with contextlib.suppress(Exception):
            keys = [each.key for each in self._bundles]
            await self._bundles.cancel(await self._host.client(), keys, None)

    def _end(self, state: SweepState) -> None:
        self._bundles.close()
        self._release()
        self._progress = replace(self._progress, state=state, ended=time.time())
        cancelled = self._given_up = None if self._plan is None else self._plan.is_cancelled
        # The account is not kept: it is on disk.
        self._progress, self._plan = self.progress(), None
        with contextlib.suppress(Exception):  # the session ends
            if cancelled is not None and cancelled.any():
                self._folder.write_cancelled(cancelled)
            self._folder.write_progress(self._progress)
            self._host.tell(self._info.id, self._progress)

    def _is_finished(self) -> bool:
        return self._plan is not None and self._plan.is_over

    async def planned(self) -> None:
        """Wait until it is known what is to be done."""
        while self._plan is None and not self.is_over:
            await asyncio.sleep(0.01)

    async def _prepare(self) -> None:
        """See what was done before."""
        plan = await asyncio.to_thread(plan_of, self._folder, self._info, self._reader)
        is_again = (self._again is None or len(self._again)) and plan.again(self._again)
        if plan.is_failed.any():
            self._progress = replace(
                self._progress, first_error=self._folder.progress().first_error
            )
        if is_again:
            await self._write_again(plan)
        self._plan = plan
        await self._write_cancelled()

    def _send(self, client: Any) -> None:
        """Give workers what keeps them busy."""
        assert self._plan is not None
        if time.monotonic() < self._paused_until:
            return
        workers = self._host.workers()
        self._send_alone(client, workers)
        total = sum(threads for _, threads in workers.values())
        load = {address: self.load(address) for address in workers}
        for turn in range(self._plan.ahead * max((t for _, t in workers.values()), default=0)):
            for address, (name, threads) in workers.items():
                if address in self._gone or address in self._host.reserved:
                    continue
                if load[address] > turn or turn >= self._plan.ahead * threads:
                    continue
                key = new_key()
                numbers = self._plan.next_bundle(key, total)
                if not numbers:
                    return self._take_back(client, workers)
                self._submit(client, key, (address, name), numbers)
                load[address] += 1

    def _send_alone(self, client: Any, workers: dict[str, tuple[str, int]]) -> None:
        """Give points of which a worker may have died to workers that do nothing else meanwhile."""
        assert self._plan is not None
        reserved = self._host.reserved
        mine = [each for each, sweep in reserved.items() if sweep == self._info.id]
        if not self._plan.alone:
            return self._release(each for each in mine if not self.load(each))
        free = sorted((w for w in workers if w not in reserved), key=self._host.load)
        room = min(self._plan.alone, max(1, len(workers) // 2)) - len(mine)
        for worker in free[: max(0, room)]:
            reserved[worker] = self._info.id
            mine.append(worker)
        for worker in mine:
            if worker in workers and not self._host.load(worker):
                key = new_key()
                if numbers := self._plan.next_alone(key):
                    self._submit(client, key, (worker, workers[worker][0]), numbers)

    def _release(self, workers: Iterable[str] | None = None) -> None:
        reserved = self._host.reserved
        for each in [w for w, sweep in reserved.items() if sweep == self._info.id]:
            if workers is None or each in set(workers):
                del reserved[each]

    def _submit(
        self, client: Any, key: str, worker: tuple[str, str], numbers: tuple[int, ...]
    ) -> None:
        assert self._plan is not None
        self._bundles.send(client, key, worker, numbers, self._plan.rounds)
        if self._progress.state is SweepState.QUEUED:
            started = self._progress.started or time.time()
            self._progress = replace(self._progress, state=SweepState.RUNNING, started=started)

    async def _settle(self) -> None:
        """Take notice of bundles that are over, and of those whose worker is gone."""
        gone, self._gone = self._gone, set()
        lost: dict[tuple[str, str], list[str]] = {}
        for sent in self._bundles:
            if sent.is_done:
                self._bundles.drop(sent.key)
                self._note_done(sent.key, sent.coming.result())
            elif sent.worker in gone:
                self._bundles.drop(sent.key)
                lost.setdefault((sent.worker, sent.engine), []).append(sent.key)
            elif sent.coming.done():
                self._bundles.drop(sent.key)
                self._note_failed(sent)
        for (worker, engine), keys in lost.items():
            await self._note_lost(worker, engine, keys)

    def _note_done(self, key: str, outcome: BundleOutcome) -> None:
        assert self._plan is not None
        self._plan.note_done(key, outcome)
        self._rate.note(len(outcome.done))
        self._failures = 0
        self._note_error(outcome.first_error)

    def _note_failed(self, sent: SentBundle) -> None:
        """Take notice of a bundle that did not run as it should: the disk is full, say."""
        assert self._plan is not None
        # What it has done and written would be done once more; the first counts.
        self._plan.take_back(sent.key)
        error = None if sent.coming.cancelled() else sent.coming.exception()
        if error is None or isinstance(error, asyncio.CancelledError):
            return  # somebody restarts the workers
        self._failures += 1
        self._paused_until = time.monotonic() + FAILURE_PAUSE_S
        if self._failures >= MOST_FAILURES:
            raise RuntimeError(f"its points cannot be run: {error}") from error

    async def _note_lost(self, worker: str, engine: str, keys: list[str]) -> None:
        """Take notice of bundles whose worker is gone: who was running is to blame."""
        assert self._plan is not None
        numbers = {each for key in keys for each in self._plan.points(key)}
        over, begun = await asyncio.to_thread(self._traces, engine, numbers)
        is_counted = not self._host.is_innocent(worker)
        given_up = [
            number
            for key in keys
            for number in self._plan.note_lost(key, over, begun, is_counted=is_counted)
        ]
        if self._plan.is_hopeless:
            raise RuntimeError("worker after worker has died before it had begun any point")
        if not given_up:
            return
        reason = await self._host.reason(worker)
        for number in given_up:
            times, round_ = self._info.retries + 1, int(self._plan.rounds[number])
            error = await asyncio.to_thread(
                write_lost, self._folder, number, round_, times, engine, reason
            )
            self._plan.note_given_up(number)
            self._note_error(error)

    def _traces(self, engine: str, numbers: set[int]) -> tuple[dict[int, bool], set[int]]:
        """Return which points an engine has brought to an end, and which it had begun."""
        assert self._plan is not None
        over: dict[int, bool] = {}
        begun: set[int] = set()
        for head in self._reader.heads(engine):
            if head.point not in numbers or head.round != self._plan.rounds[head.point]:
                continue
            if head.is_begun:
                begun.add(head.point)
            else:
                over.setdefault(head.point, head.is_ok)
        return over, begun - over.keys()

    def _take_back(self, client: Any, workers: Mapping[str, tuple[str, int]]) -> None:
        """Where workers have nothing to do, ask others for points that they have not begun."""
        if all(self._host.load(each) >= threads for each, (_, threads) in workers.items()):
            return
        assert self._plan is not None
        now = time.monotonic()
        for sent in self._bundles:
            if now - sent.at > TAKE_BACK_S and not sent.is_asked and sent.worker in workers:
                is_queued = self.load(sent.worker) > workers[sent.worker][1]
                if is_queued or len(self._plan.points(sent.key)) > 1:
                    self._bundles.ask_back(client, sent)

    def _note_taken_back(self, key: str, numbers: list[int] | None) -> None:
        if self._plan is not None:
            self._plan.take_back(key, numbers)
            if not self._plan.points(key):
                self._bundles.drop(key)

    async def _hear(self, plan: SweepPlan) -> None:
        """Wait for bundles that tell in a moment of points whose records can be read already."""
        over = await asyncio.to_thread(self._folder.newest_rounds, self._info.total)
        deadline = time.monotonic() + HEAR_S
        while np.any((over == plan.rounds) & ~plan.is_done) and time.monotonic() < deadline:
            await asyncio.sleep(0.01)

    async def _write_again(self, plan: SweepPlan) -> None:
        """Write which points are done again: who has taken their failures waits for them anew."""
        # In this order: who knows that something comes finds nowhere that all is over.
        await asyncio.to_thread(self._folder.write_progress, self._progress_of(plan))
        await asyncio.to_thread(self._folder.write_rounds, plan.rounds.copy())
        await self._write_cancelled()

    async def _write_cancelled(self) -> None:
        if self._plan is None:
            return
        cancelled = self._plan.is_cancelled.copy()
        if cancelled.any() or self._folder.cancelled() is not None:
            with contextlib.suppress(OSError):
                await asyncio.to_thread(self._folder.write_cancelled, cancelled)
                if self._given_up is not None:  # it has ended meanwhile: that was too old
                    self._folder.write_cancelled(self._given_up)

    def _note_error(self, error: str) -> None:
        if error and not self._progress.first_error:
            self._progress = replace(self._progress, first_error=error)

    async def _tell(self) -> None:
        now = time.monotonic()
        if now - self._told > TELL_EVERY_S:
            self._told = now
            self._host.tell(self._info.id, self.progress())
        if now - self._written > WRITE_EVERY_S:
            self._written = now
            await asyncio.to_thread(self._folder.require)
            await asyncio.to_thread(self._folder.write_progress, self.progress())
