"""Why a session ends by itself, and who has ended one that was told to stop."""

from __future__ import annotations

import logging
from typing import Any, Final

from emout_lab.errors import SessionError
from emout_lab.quantities import parse_duration
from emout_lab.sessions.models import SessionRecord, SessionState
from emout_lab.sessions.scheduler_plugin import Control
from emout_lab.sessions.slurm import list_jobs
from emout_lab.sessions.state import DerivedState

SHUT_DOWN: Final = "shut down by a client (Client.shutdown of Dask)"

log = logging.getLogger(__name__)


def end_by_itself(record: SessionRecord, control: Control, scheduler: Any) -> DerivedState | None:
    """Return how a session ends that nobody told its host to stop; None where it goes on."""
    if control.is_closed:
        log.info("The session was %s", SHUT_DOWN)
        return DerivedState(SessionState.STOPPED, SHUT_DOWN)
    if _is_forgotten(record, control, scheduler):
        return DerivedState(SessionState.STOPPED, None)
    return None


def _is_forgotten(record: SessionRecord, control: Control, scheduler: Any) -> bool:
    """Return whether nobody has used the session for as long as its idle timeout says."""
    limit = record.spec.idle_timeout
    if limit is None:
        return False
    idle = control.idle_seconds(scheduler)
    if idle < parse_duration(limit, "idle_timeout"):
        return False
    log.info("Nobody has used the session for %.0f s (--idle-timeout %s)", idle, limit)
    return True


async def why_stopped(record: SessionRecord) -> DerivedState:
    """Tell a stop that somebody asked for from the end of the host's own job."""
    if record.host_job is None:
        return DerivedState(SessionState.STOPPED, None)
    try:
        [job] = await list_jobs([record.host_job])
    except SessionError:
        return DerivedState(SessionState.STOPPED, None)
    if job.state == "RUNNING":
        return DerivedState(SessionState.STOPPED, None)
    # SLURM tells the cause only when the job is gone, and with it this process.
    return DerivedState(
        SessionState.FAILED,
        f"the host's own job {job.id} was cancelled, or its walltime is over ({job.state})",
    )
