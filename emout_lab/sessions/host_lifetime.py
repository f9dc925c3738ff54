"""What a state file cannot say: that its writer is gone, does not answer, or has not begun."""

from __future__ import annotations

import datetime
import time
from dataclasses import replace
from typing import Final

from emout_lab.config import Settings
from emout_lab.sessions import host_job
from emout_lab.sessions.models import SessionRecord, SessionState

#: Age of a heartbeat after which the queue is asked about the host's own job.
HOST_JOB_TRUST_S: Final = 5.0
#: So many heartbeats may be missing before a host counts as one that does not answer.
HEARTBEATS_MISSED: Final = 2.5


def corrected(record: SessionRecord, settings: Settings) -> SessionRecord:
    """Return a record as it is, or with the state that its host can no longer write."""
    if record.state.is_over:
        return record
    if record.host_job is not None and not _is_fresh(record):
        record = _as_the_queue_says(record, record.host_job)
    if record.state.is_over or record.process.is_nobody:
        # Nobody: its job waits, or has only just begun.
        return record
    silence = time.time() - record.heartbeat
    if record.process.is_here:
        if not record.process.is_alive():
            log = f"{record.session_dir}/logs/host.log"
            return _failed(record, f"its host ({record.process}) is gone; see {log}")
    elif silence >= settings.heartbeat_lost_s:
        reason = f"its host ({record.process}) has not been heard of for {silence:.0f} s"
        return _failed(record, reason)
    if record.process.is_frozen():
        return _unresponsive(record, "it is frozen (stopped by a signal or a debugger)")
    if silence >= min(HEARTBEATS_MISSED * settings.heartbeat_s, settings.heartbeat_lost_s):
        return _unresponsive(record, "it hangs, or it cannot write its state")
    return record


def is_certainly_gone(record: SessionRecord) -> bool:
    """Return whether nobody can come back who calls the session's files his own.

    A host on another machine may only have been away.
    """
    is_over = record.state is SessionState.FAILED
    return is_over and record.process.is_here and not record.process.is_alive()


def _failed(record: SessionRecord, reason: str) -> SessionRecord:
    return replace(record, state=SessionState.FAILED, reason=reason, workers=0)


def _unresponsive(record: SessionRecord, why: str) -> SessionRecord:
    since = datetime.datetime.fromtimestamp(record.heartbeat).strftime("%H:%M:%S")
    reason = (
        f"its host ({record.process}) has not answered since {since}: {why}. It may come back; "
        f"to end it: emout-lab server stop --name {record.name}"
    )
    return replace(record, state=SessionState.UNRESPONSIVE, reason=reason)


def _is_fresh(record: SessionRecord) -> bool:
    return time.time() - record.heartbeat < HOST_JOB_TRUST_S and not record.process.is_nobody


def _as_the_queue_says(record: SessionRecord, job_id: str) -> SessionRecord:
    job = host_job.look(job_id)
    if job is None:
        return record
    if job.is_over:
        return _failed(record, f"the host's own {job.describe()}")
    if record.process.is_nobody:
        return replace(
            record,
            state=SessionState.QUEUED if job.is_pending else SessionState.STARTING,
            reason=f"the host's own {job.describe()}",
            estimated_start=job.starts_at if job.is_pending else None,
        )
    return record
