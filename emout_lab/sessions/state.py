"""What a session's state is, judged from its workers and its jobs (no I/O but a log's tail)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from emout_lab.sessions.models import SessionState
from emout_lab.sessions.slurm import Job
from emout_lab.sessions.spec import SessionSpec

LOG_TAIL_BYTES: Final = 4096
LOG_TAIL_LINES: Final = 3


@dataclass(frozen=True)
class DerivedState:
    """How a session stands.

    Parameters
    ----------
    state : SessionState
        Where it is in its life.
    reason : str or None
        What a person wants to know beside it.
    workers : int
        Engines there are.
    expires_at : str or None
        ISO time (UTC) when the first job ends.
    estimated_start : str or None
        ISO time (UTC) when the queue expects the first of the waiting jobs to start.
    """

    state: SessionState
    reason: str | None
    workers: int = 0
    expires_at: str | None = None
    estimated_start: str | None = None


def derive_state(
    spec: SessionSpec,
    *,
    workers: int,
    jobs: Sequence[Job],
    log_directory: Path,
    had_workers: bool = False,
) -> DerivedState:
    """Return how a session with so many workers and such jobs stands.

    Parameters
    ----------
    spec : SessionSpec
        What was asked for.
    workers : int
        Workers that the scheduler has.
    jobs : sequence of Job
        How the queue sees the session's jobs; empty for a backend without a queue.
    log_directory : Path
        Where the jobs' logs are, to quote from when they fail.
    had_workers : bool
        Whether there were workers before.

    Examples
    --------
    >>> job = Job("7", "PENDING", "Resources")
    >>> derive_state(SessionSpec(), workers=0, jobs=[job], log_directory=Path()).reason
    'job 7 is PENDING (Resources)'
    """
    over = [job for job in jobs if job.is_over]
    waiting = [job for job in jobs if job.is_pending]
    running = [job for job in jobs if job.is_running]
    expires_at = min((job.ends_at for job in running if job.ends_at), default=None)
    starts_at = min((job.starts_at for job in waiting if job.starts_at), default=None)
    if jobs and len(over) == len(jobs):
        return DerivedState(SessionState.FAILED, _reason_of_end(over, log_directory))
    if workers:
        remarks = "; ".join(job.describe() for job in [*over, *waiting])
        return DerivedState(SessionState.RUNNING, remarks or None, workers, expires_at, starts_at)
    if waiting and not running:
        reason = "; ".join(job.describe() for job in waiting)
        return DerivedState(SessionState.QUEUED, reason, estimated_start=starts_at)
    where = "; ".join(job.describe() for job in [*over, *running])
    noun, verb = ("worker", "is") if spec.workers_expected == 1 else ("workers", "are")
    doing = f"its {noun} {verb} being started" if where else f"{noun} being started"
    if had_workers:
        doing = f"its {noun} went away (killed, or the node does not answer)"
    return DerivedState(
        SessionState.STARTING,
        f"{where}; {doing}" if where else doing,
        expires_at=expires_at,
        estimated_start=starts_at,
    )


def _reason_of_end(over: Sequence[Job], log_directory: Path) -> str:
    told = "; ".join(job.describe() for job in over)
    for job in over:
        # What a job said last explains its end only where it ended by itself.
        tail = log_tail(log_directory, job.id) if job.state == "FAILED" else ""
        if tail:
            return f"{told}. Last lines of its log: {tail}"
    return told


def log_tail(log_directory: Path, job_id: str) -> str:
    """Return the last lines that a job wrote to its error log, or an empty text."""
    for file in sorted(log_directory.glob(f"*-{job_id}.err")):
        with file.open("rb") as stream:
            stream.seek(max(0, file.stat().st_size - LOG_TAIL_BYTES))
            lines = stream.read().decode(errors="replace").strip().splitlines()
        return "\n".join(lines[-LOG_TAIL_LINES:])
    return ""
