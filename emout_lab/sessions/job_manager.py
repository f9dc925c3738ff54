"""The jobs of a running session: submitted, scaled, renewed, and let go before their walltime."""

from __future__ import annotations

import asyncio
import datetime
import logging
from collections.abc import Collection, Sequence
from dataclasses import replace
from typing import Any, Final

from emout_lab.errors import StartFailed
from emout_lab.quantities import parse_walltime
from emout_lab.sessions.backends import Backend
from emout_lab.sessions.backends.base import entry_name
from emout_lab.sessions.slurm import Job
from emout_lab.sessions.spec import SessionSpec

# Half of a short walltime, but no more than a queue usually takes: both jobs are paid for.
RENEW_LEAD_MAX_S: Final = 1800.0
RENEW_LEAD_SHARE: Final = 0.5
RENEW_RETRY_S: Final = 60.0
#: In the table of retries: its successor was accepted.
RENEWED: Final = float("inf")
# Time to move what a worker holds to the others, and to say goodbye.
LEAVE_MARGIN_MAX_S: Final = 60.0
LEAVE_MARGIN_SHARE: Final = 1 / 6
RETIRE_TIMEOUT_S: Final = 10.0

log = logging.getLogger(__name__)


class JobManager:
    """All jobs (without a queue: all workers) of one cluster.

    Parameters
    ----------
    backend : Backend
        What built the cluster.
    cluster : distributed.SpecCluster
        The running cluster; nobody else changes its table of workers.
    spec : SessionSpec
        What was asked for, resolved.
    """

    def __init__(self, backend: Backend, cluster: Any, spec: SessionSpec) -> None:
        self.spec = spec
        #: What went wrong with the jobs, without ending the session; for people.
        self.problem: str | None = None
        self._backend = backend
        self._cluster = cluster
        # The queue forgets a job some minutes after its end.
        self._ends: dict[str, Job] = {}
        self._renew_at: dict[str, float] = {}
        self._lock = asyncio.Lock()

    @property
    def job_ids(self) -> tuple[str, ...]:
        """The queue's ids of the session's jobs, ended ones included, released ones not."""
        ids = self._backend.job_ids(self._cluster).values()
        return tuple(sorted(ids, key=lambda job: (len(job), job)))

    async def launch(self) -> None:
        """Ask for all jobs; return when they are accepted (a queue) or work (here).

        Raises
        ------
        StartFailed
            The backend refused; its words are quoted whole.
        """
        async with self._lock:
            await self._add(self._backend.entries(self.spec))

    async def scale(self, jobs: int) -> None:
        """Bring the session to so many jobs; what ended is replaced.

        Raises
        ------
        SpecError
            Not a number of jobs.
        StartFailed
            The backend refused; what was accepted stays.
        """
        wanted = replace(self.spec, jobs=jobs).validated()
        async with self._lock:
            await self._release(self._dead_entries())
            more = self._backend.entries(wanted) - len(self._current())
            if more < 0:
                await self._release(self._least_useful(-more))
            try:
                await self._add(max(0, more))
            except StartFailed:
                per_job = self._backend.entries(replace(wanted, jobs=1))
                wanted = replace(wanted, jobs=max(1, len(self._current()) // per_job))
                raise
            finally:
                self.spec = wanted

    async def look(self, max_age: float = 0.0) -> list[Job]:
        """Ask the queue how the jobs stand.

        Parameters
        ----------
        max_age : float [s]
            How old the answer may be where another session has asked.

        Raises
        ------
        SessionError
            The queue does not answer.
        """
        ids = self.job_ids
        found = await self._backend.list_jobs(
            [job for job in ids if job not in self._ends], max_age
        )
        for job in found:
            if job.is_over:
                self._ends[job.id] = job
        # A renewed job is followed by another; its end is no news.
        await self._forget([name for name in self._renew_at if self._end_of(name) is not None])
        now = {job.id: job for job in found} | self._ends
        return [now[job] for job in self.job_ids if job in now]

    def corrected(self, jobs: Sequence[Job]) -> list[Job]:
        """Return the jobs as they stand after `maintain`."""
        ids = set(self.job_ids)
        return [self._ends.get(job.id, job) for job in jobs if job.id in ids]

    async def maintain(self, jobs: Sequence[Job]) -> None:
        """Renew jobs in time, and let their workers leave before the queue kills them."""
        names = {job: name for name, job in self._backend.job_ids(self._cluster).items()}
        walltime = parse_walltime(self.spec.walltime)
        lead = min(RENEW_LEAD_MAX_S, walltime * RENEW_LEAD_SHARE)
        margin = min(LEAVE_MARGIN_MAX_S, walltime * LEAVE_MARGIN_SHARE)
        for job in jobs:
            name = names.get(job.id)
            left = _seconds_left(job)
            if name is None or left is None:
                continue
            if self.spec.renew and left < lead:
                await self._renew(name, job)
            if left < margin and job.id not in self._ends:
                await self._leave(name, job)

    async def _renew(self, name: str, job: Job) -> None:
        now = asyncio.get_running_loop().time()
        if now < self._renew_at.get(name, 0.0):
            return
        async with self._lock:
            try:
                await self._add(1)
            except StartFailed as exc:
                # Not in `_renew_at` for good: the old job's end stays news until one is accepted.
                log.warning("Job %s is not renewed: %s", job.id, exc)
                self.problem = f"job {job.id} could not be renewed: {exc}"
                self._renew_at[name] = now + RENEW_RETRY_S
                return
        log.info("Job %s is renewed %s before its walltime", job.id, job.ends_at)
        self.problem = None
        self._renew_at[name] = RENEWED

    async def _leave(self, name: str, job: Job) -> None:
        log.info("Workers of job %s leave: its walltime is over at %s", job.id, job.ends_at)
        self._ends[job.id] = replace(
            job, state="TIMEOUT", reason=f"its walltime {self.spec.walltime} is over"
        )
        async with self._lock:
            await self._retire({name})
            await self._backend.cancel([job.id])

    async def _add(self, count: int) -> None:
        # Not `cluster.scale`: it launches in the background and only logs the queue's refusal.
        before = set(self._cluster.worker_spec)
        for _ in range(count):
            self._cluster.worker_spec.update(self._cluster.new_worker_spec())
        try:
            await self._cluster
        except Exception as exc:  # noqa: BLE001 - any backend's words
            submitted = self._backend.job_ids(self._cluster)
            for name in set(self._cluster.worker_spec) - before - set(submitted):
                self._cluster.worker_spec.pop(name, None)
                self._cluster.workers.pop(name, None)
            raise StartFailed(_refusal(self._backend.name, str(exc))) from exc

    async def _release(self, names: Collection[str]) -> None:
        """Let entries go: workers move what they hold, leave, and their jobs are cancelled."""
        if not names:
            return
        table = self._backend.job_ids(self._cluster)
        await self._retire(names)
        for name in names:
            self._cluster.worker_spec.pop(name, None)
            self._renew_at.pop(name, None)
        await self._cluster
        await self._backend.cancel([table[name] for name in names if name in table])

    async def _forget(self, names: Collection[str]) -> None:
        """Drop entries whose jobs have ended."""
        done = [name for name in names if self._renew_at.get(name) == RENEWED]
        if done:
            async with self._lock:
                await self._release(done)

    async def _retire(self, names: Collection[str]) -> None:
        scheduler = self._cluster.scheduler
        addresses = [
            address
            for address, worker in scheduler.workers.items()
            if entry_name(worker.name) in names
        ]
        if not addresses:
            return
        try:
            await asyncio.wait_for(
                scheduler.retire_workers(addresses, close_workers=True), RETIRE_TIMEOUT_S
            )
        except asyncio.TimeoutError:
            log.warning("Workers %s did not leave in time", ", ".join(sorted(names)))

    def _current(self) -> list[str]:
        """Return the entries that stay: not those whose successor is there already."""
        leaving = {name for name, when in self._renew_at.items() if when == RENEWED}
        return [name for name in self._cluster.worker_spec if name not in leaving]

    def _dead_entries(self) -> list[str]:
        return [name for name in self._cluster.worker_spec if self._end_of(name) is not None]

    def _end_of(self, name: str) -> Job | None:
        return self._ends.get(self._backend.job_ids(self._cluster).get(name, ""))

    def _least_useful(self, count: int) -> list[str]:
        """Return entries that hold nothing yet first, then the youngest."""
        working = {entry_name(ws.name) for ws in self._cluster.scheduler.workers.values()}
        youngest_first = self._current()[::-1]
        return sorted(youngest_first, key=lambda name: name in working)[:count]


def _seconds_left(job: Job) -> float | None:
    # A job that was cancelled is COMPLETING, and its end is now.
    if job.state != "RUNNING" or job.ends_at is None:
        return None
    end = datetime.datetime.fromisoformat(job.ends_at)
    return (end - datetime.datetime.now(datetime.timezone.utc)).total_seconds()


def _refusal(backend: str, words: str) -> str:
    text = f"The {backend} backend refused: {words}".rstrip()
    if "configuration source" not in words and "fetch_config" not in words:
        return text
    # The programs are installed here, and no cluster is.
    return f"{text}\nNo SLURM answers on this machine; to run here: --backend local"
