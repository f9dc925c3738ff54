"""What a session is asked to be: one frozen record, validated in one place."""

from __future__ import annotations

import re
from dataclasses import asdict, dataclass, fields, replace
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any, Final

from emout_lab import allotment
from emout_lab.config import Settings, find_program
from emout_lab.errors import SpecError
from emout_lab.paths import check_name
from emout_lab.quantities import (
    SMALLEST_MEMORY_BYTES,
    format_memory,
    format_walltime,
    parse_duration,
    parse_memory,
    parse_walltime,
)
from emout_lab.sessions.directives import LINE_FIELDS, check_lines, fill

DEFAULT_NAME: Final = "default"
#: Program that submits a job, for each queue system.
SUBMIT_PROGRAMS: Final = {
    "slurm": "sbatch",
    "pbs": "qsub",
    "lsf": "bsub",
    "sge": "qsub",
    "htcondor": "condor_submit",
    "oar": "oarsub",
    "moab": "msub",
}
CANCEL_PROGRAMS: Final = {
    "slurm": "scancel",
    "pbs": "qdel",
    "lsf": "bkill",
    "sge": "qdel",
    "htcondor": "condor_rm",
    "oar": "oardel",
    "moab": "canceljob",
}
BACKENDS: Final = (*SUBMIT_PROGRAMS, "local")
BACKEND_GROUP: Final = "emout_lab.backends"
PLACES: Final = ("login", "job")
LARGEST_PORT: Final = 65_535
QUEUE_CORES: Final = 60
QUEUE_MEMORY: Final = "60G"
QUEUE_WALLTIME: Final = "03:00:00"
LOCAL_MEMORY_SHARE: Final = 0.6
MOST_JOBS: Final = 1000
WHOLE_FROM_BYTES: Final = 4 * 1024**3

_MOST: Final = {"cores": 4096, "jobs": MOST_JOBS, "processes": 256, "threads": 4096}
_PARTITION: Final = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.,-]{0,255}")


@dataclass(frozen=True)
class SessionSpec:
    """A request for a session.

    None means "not said": `resolved` fills it from the settings, else from the backend's default
    (60 cores and 60G for a queue system; what the machine has for ``local``).

    Parameters
    ----------
    name : str
        Name of the session; becomes a folder name.
    backend : str or None
        One of `BACKENDS` or of another package's (entry point group ``emout_lab.backends``); None
        means ``slurm`` where sbatch is on the PATH, else ``local``.
    partition : str or None
        SLURM partition; None leaves it to the cluster.
    memory : str or None
        Memory of one job, for example ``60G``, ``1.5GiB`` or ``1500MB``.
    cores : int or None
        Cores of one job.
    walltime : str or None
        Time limit of one job, for example ``03:00:00``, ``90m``, ``1h30m`` or ``2-00``.
    jobs : int
        Number of jobs (``local``: of worker groups).
    processes : int or None
        Worker processes per job; each is one engine and gets its share of cores and memory.
    threads : int or None
        Threads of each process for Dask tasks; None means its share of the cores.
    host : {"login", "job"}
        Where the host runs: on this machine, or in a small SLURM job of its own.
    renew : bool
        Submit the next job before a job's walltime is over.
    idle_timeout : str or None
        Stop the session after so long without program and client, for example ``2h``.
    scheduler_ip, scheduler_port
        Where the scheduler listens; None chooses.
    profile : str or None
        Site profile; ``"none"`` keeps one from being chosen by itself.
    directives, skip_directives, prologue : tuple of str
        What goes into job scripts: lines to add (``{cores}``, ``{memory}``, ``{processes}``,
        ``{threads}``, ``{walltime}`` and ``{partition}`` are filled in, ``{{x}}`` is ``{x}``),
        texts whose lines are left out, and commands before the worker. Each is a single line.
    log_directory : str or None
        Folder in which the logs are kept when the session is stopped, below the session's name;
        None keeps none.

    Examples
    --------
    >>> SessionSpec(memory="2G", cores=2, backend="local").validated().memory
    '2G'
    """

    name: str = DEFAULT_NAME
    backend: str | None = None
    partition: str | None = None
    memory: str | None = None
    cores: int | None = None
    walltime: str | None = None
    jobs: int = 1
    processes: int | None = None
    threads: int | None = None
    host: str = "login"
    renew: bool = False
    idle_timeout: str | None = None
    scheduler_ip: str | None = None
    scheduler_port: int | None = None
    profile: str | None = None
    directives: tuple[str, ...] = ()
    skip_directives: tuple[str, ...] = ()
    prologue: tuple[str, ...] = ()
    log_directory: str | None = None

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> SessionSpec:
        """Read what `to_json` wrote, or a start request; an unknown key is an error."""
        known = {field.name for field in fields(cls)}
        for key in data:
            if key not in known:
                raise SpecError(
                    f"{key!r} is not a property of a session; known are {', '.join(sorted(known))}",
                    field=str(key),
                )
        values = dict(data)
        for key in LINE_FIELDS:
            if key in values:
                values[key] = check_lines(values[key], key)
        return cls(**values)

    def to_json(self) -> dict[str, Any]:
        """Return all properties as plain JSON values."""
        values: dict[str, Any] = asdict(self)
        for key in LINE_FIELDS:
            values[key] = list(check_lines(values[key], key))
        return values

    def resolved(self, settings: Settings) -> SessionSpec:
        """Return the spec with nothing left open, validated.

        Raises
        ------
        SpecError
            Some value cannot be used; its `field` names the property.
        """
        # A bad name or count must be reported as such, not as trouble in a default made from it.
        self.validated()
        _check_protocol(settings.protocol)
        backend = self.backend or settings.backend or default_backend()
        is_local = not is_queue(backend)
        given = replace(self, processes=self.processes or settings.processes or 1)
        cores = given.cores or settings.cores or given._default_cores(is_local)
        filled = replace(
            given,
            backend=backend,
            partition=None if is_local else self.partition or settings.partition,
            memory=self.memory or settings.memory or given._default_memory(is_local),
            cores=cores,
            threads=self.threads or settings.threads or max(1, cores // given.engines_per_job),
            walltime=self.walltime or settings.walltime or QUEUE_WALLTIME,
            prologue=(*settings.prologue, *self.prologue),
            log_directory=self.log_directory or settings.log_directory,
            idle_timeout=self.idle_timeout or settings.idle_timeout,
            scheduler_ip=self.scheduler_ip or settings.scheduler_ip,
            scheduler_port=self.scheduler_port or settings.scheduler_port,
        ).validated()
        # The record, and clients of other versions, see one way to write each.
        return replace(filled, memory=filled.memory_text, walltime=filled.walltime_text)

    def validated(self) -> SessionSpec:
        """Return the spec itself if every value that is given can be used.

        Raises
        ------
        SpecError
            The first value that cannot.
        """
        check_name(self.name)
        self._check_place()
        for field, most in _MOST.items():
            _check_count(field, getattr(self, field), most)
        if self.memory is not None:
            parse_memory(self.memory)
        if self.walltime is not None:
            parse_walltime(self.walltime)
        if self.idle_timeout is not None:
            parse_duration(self.idle_timeout, "idle_timeout")
        for field in LINE_FIELDS:
            check_lines(getattr(self, field), field)
        if self.log_directory is not None and not Path(self.log_directory).is_absolute():
            raise SpecError(
                f"log directory {self.log_directory!r} is a relative path; write the whole path, "
                f"for example {Path(self.log_directory).absolute()}",
                field="log_directory",
            )
        self._check_shares()
        return self

    @property
    def workers_expected(self) -> int:
        """How many engines the session has when all its jobs run."""
        return self.jobs * self.engines_per_job

    @property
    def engines_per_job(self) -> int:
        """How many worker processes a job has."""
        return self.processes or 1

    @property
    def memory_bytes(self) -> int:
        """Memory of one job in bytes; only for a resolved spec."""
        return parse_memory(self.memory)

    @property
    def memory_text(self) -> str:
        """Memory of one job as queue systems read it; only for a resolved spec."""
        return format_memory(self.memory_bytes)

    @property
    def walltime_text(self) -> str:
        """Walltime of one job as SLURM reads it; only for a resolved spec."""
        return format_walltime(parse_walltime(self.walltime))

    @property
    def filled_directives(self) -> list[str]:
        """The directives with the session's resources filled in; only for a resolved spec."""
        values = {
            "cores": self.cores,
            "memory": self.memory_text,
            "processes": self.engines_per_job,
            "threads": self.threads,
            "walltime": self.walltime_text,
            "partition": self.partition or "",
        }
        return [fill(line, values) for line in check_lines(self.directives, "directives")]

    def _check_place(self) -> None:
        if self.backend is not None and self.backend not in backends():
            raise SpecError(
                f"backend {self.backend!r} is unknown; choose one of {', '.join(backends())}",
                field="backend",
            )
        if self.partition is not None and not (
            isinstance(self.partition, str) and _PARTITION.fullmatch(self.partition)
        ):
            raise SpecError(
                f"partition {self.partition!r} is not a partition name; see: sinfo",
                field="partition",
            )
        if self.host not in PLACES:
            raise SpecError(
                f"host {self.host!r} is unknown; choose one of {', '.join(PLACES)}", field="host"
            )
        if self.host == "job" and self.backend not in (None, "slurm"):
            raise SpecError(
                f"host 'job' needs the slurm backend, not {self.backend!r}; use host 'login'",
                field="host",
            )
        if self.renew and self.backend in BACKENDS and self.backend != "slurm":
            raise SpecError(
                f"renew needs the slurm backend, which tells when jobs end, not {self.backend!r}",
                field="renew",
            )
        if self.scheduler_port is not None and not 1 <= self.scheduler_port <= LARGEST_PORT:
            raise SpecError(
                f"scheduler port {self.scheduler_port} is not between 1 and {LARGEST_PORT}; "
                "unset EMOUT_DASK_SCHED_PORT to have one chosen",
                field="scheduler_port",
            )

    def _check_shares(self) -> None:
        if self.cores is not None and self.engines_per_job > self.cores:
            raise SpecError(
                f"processes {self.processes} is more than cores {self.cores}; "
                "give each process a core at least",
                field="processes",
            )
        if (
            self.memory is not None
            and parse_memory(self.memory) // self.engines_per_job < SMALLEST_MEMORY_BYTES
        ):
            raise SpecError(
                f"memory {self.memory!r} is too little for {self.processes} processes: "
                "each needs 256M to start",
                field="memory",
            )

    def _default_cores(self, is_local: bool) -> int:
        if not is_local:
            return QUEUE_CORES
        return max(self.engines_per_job, allotment.cores() // self.jobs)

    def _default_memory(self, is_local: bool) -> str:
        if not is_local:
            return QUEUE_MEMORY
        share = int(allotment.memory() * LOCAL_MEMORY_SHARE / self.jobs)
        smallest = SMALLEST_MEMORY_BYTES * self.engines_per_job
        return format_memory(max(_round_size(share), smallest))


def backends() -> tuple[str, ...]:
    """Return the names of all backends, those of other packages last.

    Examples
    --------
    >>> backends()[0]
    'slurm'
    """
    others = (entry.name for entry in entry_points(group=BACKEND_GROUP))
    return tuple(dict.fromkeys((*BACKENDS, *others)))


def is_queue(backend: str) -> bool:
    """Return whether workers of a backend come in jobs, and not as processes of this machine.

    Examples
    --------
    >>> is_queue("local")
    False
    """
    if backend in BACKENDS:
        return backend != "local"
    for entry in entry_points(group=BACKEND_GROUP, name=backend):
        try:
            return bool(entry.load().is_queue)
        except (ImportError, AttributeError) as exc:
            raise SpecError(
                f"backend {backend!r} ({entry.value}) cannot be loaded: {exc}", field="backend"
            ) from exc
    return False


def default_backend() -> str:
    """Return ``slurm`` where sbatch is on the PATH, else ``local``.

    Examples
    --------
    >>> default_backend() in BACKENDS
    True
    """
    return "slurm" if find_program("sbatch") else "local"


def _check_protocol(protocol: str) -> None:
    if protocol != "tls":
        raise SpecError(
            f"protocol {protocol!r}: sessions speak tls only, so that nobody else can reach them; "
            "unset EMOUT_DASK_PROTOCOL (protocol in a settings file)"
        )


def _round_size(size: int) -> int:
    """Return a size that people would write: whole GiB, quarters of one where it is small."""
    step = 1024**3 if size >= WHOLE_FROM_BYTES else SMALLEST_MEMORY_BYTES
    return size // step * step


def _check_count(field: str, value: object, most: int) -> None:
    if value is None and field != "jobs":
        return
    # bool is an int in Python, and True would count as one core.
    if not isinstance(value, int) or isinstance(value, bool) or not 1 <= value <= most:
        raise SpecError(
            f"{field} {value!r} is not a whole number from 1 to {most}; write for example 1",
            field=field,
        )
