"""What is known of a session: its state, for people (status) and on disk (record)."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from enum import Enum
from typing import Any, Final

from emout_lab.printable import printable, printable_line
from emout_lab.sessions.checks import Keys
from emout_lab.sessions.process import ProcessId
from emout_lab.sessions.spec import SessionSpec

RECORD_VERSION: Final = 1


class SessionState(str, Enum):
    """Where a session is in its life.

    ``starting → queued → running → stopping → stopped``, or ``failed`` from anywhere. Readers say
    ``unresponsive`` while a host that should live does not: it may come back.
    """

    STARTING = "starting"
    QUEUED = "queued"
    RUNNING = "running"
    UNRESPONSIVE = "unresponsive"
    STOPPING = "stopping"
    STOPPED = "stopped"
    FAILED = "failed"

    @property
    def is_over(self) -> bool:
        """Whether nothing of the session runs any more."""
        return self in (SessionState.STOPPED, SessionState.FAILED)


@dataclass(frozen=True)
class SessionStatus:
    """A session as people see it; `to_json` is what the REST interface sends.

    Parameters
    ----------
    name : str
        Its name.
    state : SessionState
        Where it is in its life.
    reason : str or None
        Why it is in this state, where that is not plain: the queue's words, or why it failed.
    backend, partition, memory, cores, walltime, jobs
        What was asked for, see `SessionSpec`.
    address : str or None
        Address of the scheduler; None until it is up.
    host : str
        Machine of the host process.
    pid : int
        Process id of the host there.
    started_at, expires_at : str or None
        ISO times (UTC); the end is known once the first job runs.
    estimated_start : str or None
        ISO time (UTC) at which the queue expects the first of the waiting jobs to start.
    job_ids : tuple of str
        The queue's ids of the jobs.
    workers, workers_expected : int
        How many engines there are, and will be.
    active : bool
        Whether it is the session that is meant when no name is given.
    """

    name: str
    state: SessionState
    reason: str | None
    backend: str
    address: str | None
    host: str
    pid: int
    started_at: str
    expires_at: str | None
    estimated_start: str | None
    job_ids: tuple[str, ...]
    workers: int
    workers_expected: int
    active: bool
    partition: str | None
    memory: str
    cores: int
    walltime: str
    jobs: int

    @property
    def can_be_asked(self) -> bool:
        """Whether there is somebody to ask for engines, though the host may stand still."""
        is_frozen = self.state is SessionState.UNRESPONSIVE and self.address is not None
        return self.state is SessionState.RUNNING or is_frozen

    def to_json(self) -> dict[str, Any]:
        """Return plain JSON values, keys in the order of the fields."""
        return {**asdict(self), "state": self.state.value, "job_ids": list(self.job_ids)}


@dataclass(frozen=True)
class SessionRecord:
    """A session as its state file has it.

    Parameters
    ----------
    spec : SessionSpec
        What was asked for, resolved.
    process : ProcessId
        The host; while it is being launched, the process that launches it.
    state, reason, address, expires_at, estimated_start, job_ids, workers
        As in `SessionStatus`.
    started_at : str
        ISO time (UTC).
    heartbeat : float
        Seconds since 1970 when the host last said that it lives.
    session_dir : str
        The session's folder.
    tls : dict or None
        Paths of the CA and the client's certificate and key; None until they are made.
    host_job : str or None
        The queue's id of the host's own job (``--host job``).
    token : str
        Made anew by every start: whoever writes or removes a session's files makes sure that they
        carry its own. No secret.
    """

    spec: SessionSpec
    process: ProcessId
    state: SessionState
    started_at: str
    heartbeat: float
    session_dir: str
    reason: str | None = None
    address: str | None = None
    expires_at: str | None = None
    estimated_start: str | None = None
    job_ids: tuple[str, ...] = ()
    workers: int = 0
    tls: dict[str, Any] | None = None
    host_job: str | None = None
    token: str = ""

    @property
    def name(self) -> str:
        """Name of the session."""
        return self.spec.name

    def is_newer_than(self, other: SessionRecord) -> bool:
        """Return whether this session was started under the name after the other one."""
        return (self.started_at, self.token) > (other.started_at, other.token)

    def to_json(self) -> dict[str, Any]:
        """Return the state file's content; the first keys are those that emout clients read."""
        return {
            "name": self.name,
            "address": self.address,
            **self.process.to_json(),
            "protocol": "tls",
            "session_dir": self.session_dir,
            "started_at": self.started_at,
            "worker_job_ids": list(self.job_ids),
            "tls": self.tls,
            "version": RECORD_VERSION,
            "state": self.state.value,
            "reason": self.reason,
            "expires_at": self.expires_at,
            "estimated_start": self.estimated_start,
            "workers": self.workers,
            "heartbeat": self.heartbeat,
            "host_job": self.host_job,
            "token": self.token,
            "spec": self.spec.to_json(),
        }

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> SessionRecord:
        """Read what `to_json` wrote, and nothing else.

        Raises
        ------
        ValueError
            A key is missing or of another kind; the message names it.
        """
        keys = Keys(data)
        return cls(
            spec=_spec(keys.table("spec")),
            process=ProcessId(keys.text("host"), keys.count("pid"), keys.text("pid_born")),
            state=SessionState(keys.text("state")),
            started_at=keys.text("started_at"),
            heartbeat=keys.number("heartbeat"),
            session_dir=keys.text("session_dir"),
            reason=keys.optional_text("reason"),
            address=keys.optional_text("address"),
            expires_at=keys.optional_text("expires_at"),
            estimated_start=keys.optional_text("estimated_start"),
            job_ids=keys.job_ids("worker_job_ids"),
            workers=keys.count("workers"),
            tls=None if data.get("tls") is None else keys.table("tls"),
            host_job=keys.optional_job_id("host_job"),
            token=keys.optional_text("token") or "",
        )

    def to_status(self, *, active: bool) -> SessionStatus:
        """Return what people see: the texts come from a file, and are made harmless."""
        spec = self.spec
        return SessionStatus(
            name=printable_line(self.name),
            state=self.state,
            reason=None if self.reason is None else printable(self.reason),
            backend=printable_line(str(spec.backend)),
            address=_shown(self.address),
            host=printable_line(str(self.process.machine)),
            pid=self.process.pid,
            started_at=printable_line(str(self.started_at)),
            expires_at=_shown(self.expires_at),
            estimated_start=_shown(self.estimated_start),
            job_ids=tuple(printable_line(job) for job in self.job_ids),
            workers=self.workers,
            workers_expected=spec.workers_expected,
            active=active,
            partition=_shown(spec.partition),
            memory=printable_line(str(spec.memory)),
            cores=spec.cores or 0,
            walltime=printable_line(str(spec.walltime)),
            jobs=spec.jobs,
        )


def _shown(text: str | None) -> str | None:
    return None if text is None else printable_line(str(text))


def _spec(data: dict[str, Any]) -> SessionSpec:
    """Read a resolved spec; what its start has validated is only checked for its kinds here."""
    keys = Keys(data)
    for key in ("name", "backend", "memory", "walltime", "host"):
        keys.text(key)
    for key in ("cores", "jobs", "processes"):
        keys.count(key)
    for key in ("partition", "idle_timeout", "scheduler_ip", "profile", "log_directory"):
        keys.optional_text(key)
    for key in ("directives", "skip_directives", "prologue"):
        keys.texts(key)
    return SessionSpec.from_json(data)
