"""The host process: it owns the cluster of one session, and outlives whoever started it.

Run as ``python -m emout_lab.sessions NAME``; what it shall do stands in the state file that
the starting process has written.
"""

from __future__ import annotations

import asyncio
import contextlib
import datetime
import logging
import os
import signal
import sys
import time
from collections.abc import Coroutine
from dataclasses import replace
from typing import Any, Final

import dask
from distributed import Security

from emout_lab.config import Settings, load
from emout_lab.errors import EmoutLabError, SessionError, StartFailed
from emout_lab.sessions import leftovers
from emout_lab.sessions.admission import raise_file_limit
from emout_lab.sessions.backends import Backend, load_backend
from emout_lab.sessions.backends.base import ClusterPlan
from emout_lab.sessions.host_end import end_by_itself, why_stopped
from emout_lab.sessions.host_log import CapturedOutput, RotatingLog
from emout_lab.sessions.job_manager import JobManager
from emout_lab.sessions.log_flood import filter_repeats
from emout_lab.sessions.models import SessionRecord, SessionState
from emout_lab.sessions.network import candidate_ports, free_ports, is_port_taken
from emout_lab.sessions.plugins import register_plugins
from emout_lab.sessions.process import ProcessId
from emout_lab.sessions.queue_pace import QueuePace
from emout_lab.sessions.quiet_processes import calm_settings
from emout_lab.sessions.scheduler_plugin import END_TOPIC, Control, remarks
from emout_lab.sessions.slurm import Job
from emout_lab.sessions.state import DerivedState, derive_state
from emout_lab.sessions.state_writer import StateWriter
from emout_lab.sessions.store import SessionStore
from emout_lab.sessions.tls import Certificates, make_certificates

CLOSE_TIMEOUT_S: Final = 15.0
LOG_FORMAT: Final = "%(asctime)s %(levelname)s %(name)s: %(message)s"

_DASK_SETTINGS: Final[dict[str, Any]] = {
    # Their modules would be imported only to serve pages that nobody may read.
    "distributed.scheduler.http.routes": [],
    "distributed.worker.http.routes": [],
    # Else every call of an engine costs a TLS handshake between scheduler and worker.
    "distributed.scheduler.reuse-broadcast-comm": True,
    # A job whose worker is lost is not cancelled: the queue shall say in its own words why.
    "distributed.deploy.lost-worker-timeout": "365 days",
}

log = logging.getLogger(__name__)


class SessionHost:
    """Owner of one session's cluster, from scheduler start to clean stop.

    Parameters
    ----------
    settings : Settings
        How this user runs sessions.
    record : SessionRecord
        What the starting process has written.
    """

    def __init__(self, settings: Settings, record: SessionRecord) -> None:
        self._settings = settings
        self._store = SessionStore(settings)
        self._backend: Backend = load_backend(str(record.spec.backend))
        self._record = replace(record, process=ProcessId.of(os.getpid()))
        self._loss: str | None = None
        self._certificates: Certificates | None = None
        self._cluster: Any = None
        self._job_manager: JobManager | None = None
        self._control = Control(lambda: self._changed.set(), lambda: self._stop.set(), self._scale)
        self._had_workers = False
        self._pace = QueuePace(settings.poll_jobs_s)
        self._stop = asyncio.Event()
        self._changed = asyncio.Event()
        self._launch: asyncio.Task[None] | None = None

    async def run(self) -> SessionRecord:
        """Bring the session up, watch it until its end, and take it down.

        Returns
        -------
        SessionRecord
            How it ended: ``stopped``, or ``failed`` with the reason.
        """
        loop = asyncio.get_running_loop()

        def lose(why: str) -> None:
            loop.call_soon_threadsafe(self._lose, why)

        self._writer = StateWriter(self._store, self._record, lose)
        self._writer.start()
        beating = asyncio.create_task(self._beat())
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self._stop.set)
        try:
            await self._unless_stopped(self._open())
            derived = await self._watch()
        except EmoutLabError as exc:
            log.exception("The session failed")
            derived = DerivedState(SessionState.FAILED, str(exc))
        except Exception as exc:  # noqa: BLE001 - edge: whatever happened, the jobs must go
            log.exception("The host failed")
            derived = DerivedState(SessionState.FAILED, f"its host failed: {exc!r}")
        self._publish(state=SessionState.STOPPING, reason=derived.reason)
        await self._close()
        beating.cancel()
        await asyncio.to_thread(self._writer.stop, CLOSE_TIMEOUT_S)
        return replace(self._record, state=derived.state, reason=derived.reason, workers=0)

    def _lose(self, why: str) -> None:
        """End without touching files that are another session's by now."""
        log.warning("This host ends: %s", why)
        self._loss = why
        self._stop.set()

    async def _beat(self) -> None:
        """Say again and again that this loop runs."""
        while True:
            self._publish()
            await asyncio.sleep(self._settings.heartbeat_s)

    async def _unless_stopped(self, work: Coroutine[Any, Any, None]) -> None:
        """Await `work`, or cancel it when the session is stopped (an sbatch that hangs)."""
        task = asyncio.create_task(work)
        stopped = asyncio.create_task(self._stop.wait())
        await asyncio.wait({task, stopped}, return_when=asyncio.FIRST_COMPLETED)
        stopped.cancel()
        if task.done():
            task.result()
        else:
            task.cancel()

    async def _open(self) -> None:
        """Start the scheduler and ask for workers."""
        spec = self._record.spec
        address = self._backend.listen_address(spec.scheduler_ip)
        paths, trusted = self._store.paths(spec.name), self._settings.trusted_folders
        # The first write makes sure that the folder is this session's.
        await self._writer.flush(CLOSE_TIMEOUT_S)
        valid_for = datetime.timedelta(days=self._settings.certificate_days)
        certificates = make_certificates(paths.certs, spec.name, address, valid_for)
        self._certificates = certificates
        self._writer.keep(certificates)
        security = Security(**certificates.security_fields())
        for port in free_ports(address, candidate_ports(spec.scheduler_port)):
            plan = ClusterPlan(spec, paths, address, port, certificates, security, trusted)
            if await self._start_scheduler(plan):
                break
        await self._control.start(self._cluster.scheduler)
        self._cluster.scheduler.add_plugin(self._control)
        await register_plugins(self._cluster.scheduler_address, security, self._record.token)
        # Before the launch: jobs must not run under a certificate that no state file names.
        self._record = replace(self._record, tls=certificates.client_json())
        self._job_manager = JobManager(self._backend, self._cluster, spec)
        self._launch = asyncio.create_task(self._job_manager.launch())
        if self._backend.is_queue:
            await self._finish_launch()
        self._publish(address=self._cluster.scheduler_address)
        # A session whose address nobody can read must not go on.
        await self._writer.flush(CLOSE_TIMEOUT_S)
        log.info("Scheduler is up at %s", self._cluster.scheduler_address)

    async def _start_scheduler(self, plan: ClusterPlan) -> bool:
        """Start the scheduler; False when somebody has taken the port meanwhile."""
        cluster = self._backend.build(plan)
        try:
            self._cluster = await cluster
        except Exception as exc:
            # dask-jobqueue fails again while it cleans up, with an error that says nothing.
            if is_port_taken(exc):
                log.info("Port %d was taken meanwhile; trying the next one", plan.port)
                return False
            raise StartFailed(f"The scheduler did not start: {exc}") from exc
        return True

    async def _finish_launch(self) -> None:
        """Wait for the launch, and note its jobs, also those of a launch that failed."""
        if self._launch is None or self._job_manager is None:
            return
        try:
            await self._launch
        finally:
            self._publish(job_ids=self._job_manager.job_ids)

    async def _watch(self) -> DerivedState:
        """Keep the state file true until the session is over."""
        if self._job_manager is None:
            return DerivedState(SessionState.STOPPED, None)
        jobs: list[Job] = []
        looked_at = time.time()
        while not self._stop.is_set():
            if time.time() - looked_at > self._settings.heartbeat_s + CLOSE_TIMEOUT_S:
                # Frozen, or asleep: somebody may have started a session in place of this one.
                await self._confirm()
            looked_at = time.time()
            if self._stop.is_set():
                break
            self._changed.clear()
            own_end = end_by_itself(self._record, self._control, self._cluster.scheduler)
            if own_end is not None:
                return own_end
            if self._launch is not None and self._launch.done():
                await self._finish_launch()
                self._launch = None
            ids, has_lost = self._job_manager.job_ids, self._has_lost_workers()
            if self._pace.is_due(ids, has_lost_workers=has_lost):
                jobs = await self._ask_queue(self._job_manager, jobs)
                self._pace.note_answer()
            # A queue that was asked before this change knows nothing of it.
            jobs = self._job_manager.corrected(jobs)
            derived = self._derived_state(self._job_manager, jobs)
            if derived.state.is_over:
                return derived
            self._publish_state(derived)
            await self._sleep()
        if self._loss is not None:
            return DerivedState(SessionState.STOPPED, self._loss)
        return await why_stopped(self._record)

    async def _confirm(self) -> None:
        """Make sure that the files are still this session's before anything else is done."""
        self._publish()
        try:
            await self._writer.flush(CLOSE_TIMEOUT_S)
        except SessionError as exc:
            log.warning("Cannot tell whose the files are: %s", exc)
        await asyncio.sleep(0)

    def _has_lost_workers(self) -> bool:
        """Whether the queue should be asked at once, since it may know why."""
        return len(self._cluster.scheduler.workers) < self._record.workers

    def _derived_state(self, manager: JobManager, jobs: list[Job]) -> DerivedState:
        workers = len(self._cluster.scheduler.workers)
        self._had_workers = self._had_workers or workers > 0
        derived = derive_state(
            manager.spec,
            workers=workers,
            jobs=jobs,
            log_directory=self._store.paths(self._record.name).logs,
            had_workers=self._had_workers,
        )
        silent = self._control.restarts.remark(self._cluster.scheduler)
        said = [manager.problem, silent, *remarks(self._cluster.scheduler)]
        said += [self._writer.certificate_problem, self._invalidity()]
        if any(said) and not derived.state.is_over:
            return replace(derived, reason="; ".join(filter(None, [derived.reason, *said])))
        return derived

    def _invalidity(self) -> str | None:
        now = datetime.datetime.now(datetime.timezone.utc)
        return None if self._certificates is None else self._certificates.problem(now)

    async def _ask_queue(self, manager: JobManager, known: list[Job]) -> list[Job]:
        try:
            jobs = await manager.look(self._pace.max_age)
            await manager.maintain(jobs)
        except SessionError as exc:
            # A busy slurmctld is no reason to end a session that works.
            log.warning("The queue does not answer: %s", exc)
            return known
        return jobs

    async def _scale(self, jobs: int) -> None:
        """Bring the session to so many jobs, and tell everybody."""
        # A launch that is under way is waited for by the manager itself.
        if self._job_manager is None:
            raise SessionError(
                f"Session {self._record.name!r} is still starting; scale it in a moment."
            )
        log.info("Scaling to %d jobs", jobs)
        try:
            await self._job_manager.scale(jobs)
        finally:
            self._publish(spec=self._job_manager.spec, job_ids=self._job_manager.job_ids)
            self._changed.set()
        # Who asked reads the state next.
        with contextlib.suppress(SessionError):
            await self._writer.flush(CLOSE_TIMEOUT_S)

    async def _sleep(self) -> None:
        """Wait for a change, a stop, or the next time to ask the queue."""
        waiters = [asyncio.create_task(event.wait()) for event in (self._changed, self._stop)]
        everything = [*waiters, *([self._launch] if self._launch is not None else [])]
        await asyncio.wait(
            everything,
            timeout=min(self._pace.interval, self._settings.heartbeat_s),
            return_when=asyncio.FIRST_COMPLETED,
        )
        for waiter in waiters:
            waiter.cancel()

    def _publish_state(self, derived: DerivedState) -> None:
        new = {
            "state": derived.state,
            "reason": derived.reason,
            "expires_at": derived.expires_at,
            "estimated_start": derived.estimated_start,
            "workers": derived.workers,
            "job_ids": () if self._job_manager is None else self._job_manager.job_ids,
        }
        if any(getattr(self._record, key) != value for key, value in new.items()):
            self._publish(**new)

    def _publish(self, **changes: Any) -> None:
        self._record = replace(self._record, heartbeat=time.time(), **changes)
        self._writer.publish(self._record)

    async def _close(self) -> None:
        """End workers, jobs and scheduler, in this order, and none of them forever."""
        if self._launch is not None:
            self._launch.cancel()
        if self._cluster is not None:
            self._cluster.scheduler.log_event(END_TOPIC, {"session": self._record.name})
            try:
                await asyncio.wait_for(self._cluster.close(), CLOSE_TIMEOUT_S)
            except Exception:  # noqa: BLE001 - edge: whatever Dask says, the jobs must go
                log.exception("The cluster did not close cleanly")
        jobs = self._record.job_ids if self._job_manager is None else self._job_manager.job_ids
        try:
            await self._backend.cancel(jobs)
        except SessionError:
            log.exception("Jobs %s could not be cancelled", ", ".join(jobs))


def main(arguments: list[str]) -> int:
    """Run the host of the session named in `arguments`.

    Returns
    -------
    int
        Exit code: 0 when the session was stopped, 1 when it failed.
    """
    settings = load()
    store = SessionStore(settings)
    name, token = arguments
    # The starting process writes our pid while it holds the lock.
    with store.locked():
        record = store.read_as_written(name)
    if record is None or record.token != token:
        sys.stderr.write(f"No state of this start of session {name!r} below {settings.home}\n")
        return 1
    leftovers.adopt_orphans()
    output = CapturedOutput(
        RotatingLog(store.paths(name).host_log, is_ours=lambda: store.is_ours(record))
    )
    output.start()
    raise_file_limit()
    logging.basicConfig(level=logging.INFO, format=LOG_FORMAT)
    filter_repeats()
    dask.config.set(_DASK_SETTINGS | calm_settings())
    try:
        end = asyncio.run(_run(settings, record))
    except Exception as exc:  # noqa: BLE001 - edge: a reason must reach whoever asks for it
        log.exception("The host failed")
        end = replace(
            record,
            process=ProcessId.of(os.getpid()),
            state=SessionState.FAILED,
            reason=f"its host failed: {exc!r}",
        )
    leftovers.kill_all_of(record.token)
    output.stop()
    _leave(store, end)
    return 0 if end.state is SessionState.STOPPED else 1


async def _run(settings: Settings, record: SessionRecord) -> SessionRecord:
    # In the loop: asyncio's events belong to it.
    return await SessionHost(settings, record).run()


def _leave(store: SessionStore, end: SessionRecord) -> None:
    """Remove a stopped session; leave of a failed one its reason and logs, but no keys."""
    with store.locked():
        if end.state is SessionState.STOPPED:
            store.remove(end)
        else:
            store.archive(end)
        store.forget_end(end)
