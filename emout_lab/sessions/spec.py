"""What a session is asked to be: one frozen record, validated in one place."""

from __future__ import annotations

import os
import re
from dataclasses import asdict, dataclass, fields, replace
from typing import Any, Final

import psutil

from emout_lab.config import Settings, find_program
from emout_lab.errors import SpecError
from emout_lab.paths import check_name

DEFAULT_NAME: Final = "default"
BACKENDS: Final = ("slurm", "local")
QUEUE_CORES: Final = 60
QUEUE_MEMORY: Final = "60G"
QUEUE_WALLTIME: Final = "03:00:00"
LOCAL_MEMORY_SHARE: Final = 0.6
SMALLEST_MEMORY_BYTES: Final = 256 * 1024**2
MOST_JOBS: Final = 1000

_UNITS: Final = {"K": 1024, "M": 1024**2, "G": 1024**3, "T": 1024**4}
_MEMORY: Final = re.compile(r"(\d+(?:\.\d+)?)\s*([KMGT])(?:i?B)?", re.IGNORECASE)
_WALLTIME: Final = re.compile(r"(?:(\d{1,3})-)?(\d{1,3}):([0-5]\d):([0-5]\d)")
_PARTITION: Final = re.compile(r"[A-Za-z0-9_.,-]+")


def parse_memory(text: object) -> int:
    """Return the bytes of a size such as ``60G`` or ``2000M`` (units are powers of 1024).

    Raises
    ------
    SpecError
        Not a size, or less than a worker needs to start.

    Examples
    --------
    >>> parse_memory("2G")
    2147483648
    """
    match = _MEMORY.fullmatch(text.strip()) if isinstance(text, str) else None
    if match is None:
        raise SpecError(
            f"memory {text!r} is not a size; write for example 60G or 2000M", field="memory"
        )
    size = int(float(match[1]) * _UNITS[match[2].upper()])
    if size < SMALLEST_MEMORY_BYTES:
        raise SpecError(
            f"memory {text!r} is too small: a worker needs 256M to start; write for example 2G",
            field="memory",
        )
    return size


def format_memory(size: int) -> str:
    """Return the form of a byte count that SLURM and `parse_memory` read.

    Examples
    --------
    >>> format_memory(2147483648)
    '2G'
    """
    for unit in ("T", "G", "M"):
        if size % _UNITS[unit] == 0:
            return f"{size // _UNITS[unit]}{unit}"
    return f"{size // 1024}K"


def parse_walltime(text: object) -> int:
    """Return the seconds of ``HH:MM:SS`` or ``D-HH:MM:SS``.

    Two numbers are refused: SLURM reads them as minutes and seconds, people mean hours.

    Raises
    ------
    SpecError
        Another form, or no time at all.

    Examples
    --------
    >>> parse_walltime("03:00:00")
    10800
    """
    match = _WALLTIME.fullmatch(text.strip()) if isinstance(text, str) else None
    seconds = 0
    if match is not None:
        days, hours, minutes, rest = (int(part or 0) for part in match.groups())
        seconds = ((days * 24 + hours) * 60 + minutes) * 60 + rest
    if seconds == 0:
        raise SpecError(
            f"walltime {text!r} is not a time; write hours:minutes:seconds, "
            "for example 03:00:00, or 1-12:00:00 for a day and a half",
            field="walltime",
        )
    return seconds


@dataclass(frozen=True)
class SessionSpec:
    """A request for a session.

    None means "not said": `resolved` fills it from the settings, else from the backend's default
    (60 cores and 60G for a queue system; what the machine has for ``local``).

    Parameters
    ----------
    name : str
        Name of the session; becomes a folder name.
    backend : {"slurm", "local"} or None
        None means ``slurm`` where sbatch is on the PATH, else ``local``.
    partition : str or None
        SLURM partition; None leaves it to the cluster.
    memory : str or None
        Memory of one job, for example ``60G``.
    cores : int or None
        Cores of one job.
    walltime : str or None
        Time limit of one job, ``HH:MM:SS``.
    jobs : int
        Number of jobs (``local``: of worker groups).
    processes : int
        Worker processes per job; each is one engine and gets its share of cores and memory.

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
    processes: int = 1

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
        return cls(**data)

    def to_json(self) -> dict[str, Any]:
        """Return all properties as plain JSON values."""
        return asdict(self)

    def resolved(self, settings: Settings) -> SessionSpec:
        """Return the spec with nothing left open, validated.

        Raises
        ------
        SpecError
            Some value cannot be used; its `field` names the property.
        """
        # A bad name or count must be reported as such, not as trouble in a default made from it.
        self.validated()
        backend = self.backend or settings.backend or default_backend()
        is_local = backend == "local"
        filled = replace(
            self,
            backend=backend,
            partition=None if is_local else self.partition or settings.partition,
            memory=self.memory or settings.memory or self._default_memory(is_local),
            cores=self.cores or settings.cores or self._default_cores(is_local),
            walltime=self.walltime or settings.walltime or QUEUE_WALLTIME,
        )
        return filled.validated()

    def validated(self) -> SessionSpec:
        """Return the spec itself if every value that is given can be used.

        Raises
        ------
        SpecError
            The first value that cannot.
        """
        check_name(self.name)
        if self.backend is not None and self.backend not in BACKENDS:
            raise SpecError(
                f"backend {self.backend!r} is unknown; choose one of {', '.join(BACKENDS)}",
                field="backend",
            )
        if self.partition is not None and not (
            isinstance(self.partition, str) and _PARTITION.fullmatch(self.partition)
        ):
            raise SpecError(
                f"partition {self.partition!r} is not a partition name; see: sinfo",
                field="partition",
            )
        for field, most in (("cores", 4096), ("jobs", MOST_JOBS), ("processes", 256)):
            _check_count(field, getattr(self, field), most)
        if self.memory is not None:
            parse_memory(self.memory)
        if self.walltime is not None:
            parse_walltime(self.walltime)
        self._check_shares()
        return self

    @property
    def workers_expected(self) -> int:
        """How many engines the session has when all its jobs run."""
        return self.jobs * self.processes

    @property
    def memory_bytes(self) -> int:
        """Memory of one job in bytes; only for a resolved spec."""
        return parse_memory(self.memory)

    @property
    def threads(self) -> int:
        """Threads of one worker process; only for a resolved spec."""
        return max(1, (self.cores or 1) // self.processes)

    def _check_shares(self) -> None:
        if self.cores is not None and self.processes > self.cores:
            raise SpecError(
                f"processes {self.processes} is more than cores {self.cores}; "
                "give each process a core at least",
                field="processes",
            )
        if (
            self.memory is not None
            and parse_memory(self.memory) // self.processes < SMALLEST_MEMORY_BYTES
        ):
            raise SpecError(
                f"memory {self.memory!r} is too little for {self.processes} processes: "
                "each needs 256M to start",
                field="memory",
            )

    def _default_cores(self, is_local: bool) -> int:
        if not is_local:
            return QUEUE_CORES
        return max(self.processes, (os.cpu_count() or 1) // self.jobs)

    def _default_memory(self, is_local: bool) -> str:
        if not is_local:
            return QUEUE_MEMORY
        share = int(psutil.virtual_memory().total * LOCAL_MEMORY_SHARE / self.jobs)
        smallest = SMALLEST_MEMORY_BYTES * self.processes
        return f"{max(share, smallest) // 1024**2}M"


def default_backend() -> str:
    """Return ``slurm`` where sbatch is on the PATH, else ``local``.

    Examples
    --------
    >>> default_backend() in BACKENDS
    True
    """
    return "slurm" if find_program("sbatch") else "local"


def _check_count(field: str, value: object, most: int) -> None:
    if value is None and field == "cores":
        return
    # bool is an int in Python, and True would count as one core.
    if not isinstance(value, int) or isinstance(value, bool) or not 1 <= value <= most:
        raise SpecError(
            f"{field} {value!r} is not a whole number from 1 to {most}; write for example 1",
            field=field,
        )
