"""SLURM's commands: text to data (pure functions), and the one way to run them."""

from __future__ import annotations

import asyncio
import datetime
import subprocess
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from emout_lab.config import child_environment
from emout_lab.errors import SessionError, SpecError

COMMAND_TIMEOUT_S: Final = 20.0
SQUEUE_FORMAT: Final = "%i|%T|%r|%e|%S|%N"
SINFO_FORMAT: Final = "%P|%l|%D|%c|%m"
SINFO: Final = ("sinfo", "-h", "-o", SINFO_FORMAT)

# Times as ISO whatever the user's shell says, and messages in the language that we parse.
_ENVIRONMENT: Final = {"SLURM_TIME_FORMAT": "standard", "LC_ALL": "C"}
_PENDING: Final = frozenset({"PENDING", "CONFIGURING", "REQUEUED", "REQUEUE_HOLD", "RESV_DEL_HOLD"})
_RUNNING: Final = frozenset({"RUNNING", "COMPLETING", "STAGE_OUT", "SIGNALING", "SUSPENDED"})
_NO_VALUE: Final = frozenset({"", "N/A", "None", "(null)", "Unknown", "UNLIMITED"})


@dataclass(frozen=True)
class Job:
    """A job as the queue sees it.

    Parameters
    ----------
    id : str
        The queue's id.
    state : str
        SLURM's word, for example ``PENDING``; ``GONE`` when the queue knows it no longer.
    reason : str or None
        SLURM's reason for it.
    ends_at, starts_at : str or None
        ISO times (UTC); the start is an estimate while the job waits.
    nodes : str or None
        Where it runs.

    Examples
    --------
    >>> Job("8123", "PENDING", "Resources").describe()
    'job 8123 is PENDING (Resources)'
    """

    id: str
    state: str
    reason: str | None = None
    ends_at: str | None = None
    starts_at: str | None = None
    nodes: str | None = None

    @property
    def is_pending(self) -> bool:
        """Whether it waits in the queue."""
        return self.state in _PENDING

    @property
    def is_running(self) -> bool:
        """Whether it has nodes."""
        return self.state in _RUNNING

    @property
    def is_over(self) -> bool:
        """Whether it has ended, in whatever way."""
        return not self.is_pending and not self.is_running

    def describe(self) -> str:
        """Return a sentence part that says how the job stands."""
        detail = f" ({self.reason})" if self.reason else ""
        if self.state == "GONE":
            return f"job {self.id} is no longer known to the queue"
        if self.is_over:
            return f"job {self.id} ended: {self.state}{detail}"
        where = f" on {self.nodes}" if self.is_running and self.nodes else ""
        estimate = f", estimated start {_for_people(self.starts_at)}" if self.is_pending else ""
        return f"job {self.id} is {self.state}{where}{detail}{estimate if self.starts_at else ''}"


@dataclass(frozen=True)
class Partition:
    """A partition as ``sinfo`` lists it.

    Parameters
    ----------
    name : str
        Its name.
    is_default : bool
        Whether jobs go there that name none.
    max_walltime : str or None
        Longest walltime, SLURM's form; None where there is no limit.
    nodes, cpus_per_node, memory_per_node_mb : int
        Number of nodes, and the smallest node's size.
    """

    name: str
    is_default: bool
    max_walltime: str | None
    nodes: int
    cpus_per_node: int
    memory_per_node_mb: int


def parse_squeue(text: str, ids: Iterable[str]) -> list[Job]:
    """Return the jobs `ids` from the output of squeue with `SQUEUE_FORMAT`.

    A job that is not in the output is ``GONE``.

    Examples
    --------
    >>> parse_squeue("7|PENDING|Priority|N/A|N/A|", ["7"])[0].reason
    'Priority'
    """
    wanted = list(ids)
    rest = frozenset(wanted)
    found = {}
    for line in text.splitlines():
        # A user may have ten thousand jobs: what is not asked for is not looked at.
        if line.partition("|")[0].strip() not in rest:
            continue
        parts = line.strip().split("|")
        if len(parts) < 6:
            continue
        found[parts[0]] = Job(
            id=parts[0],
            state=parts[1],
            reason=_value(parts[2]),
            ends_at=parse_time(parts[3]),
            starts_at=parse_time(parts[4]),
            nodes=_value(parts[5]),
        )
    return [found.get(job, Job(job, "GONE")) for job in wanted]


def parse_sinfo(text: str) -> list[Partition]:
    """Return the partitions from the output of sinfo with `SINFO_FORMAT`.

    A partition of unlike nodes has several lines; they become one.

    Examples
    --------
    >>> parse_sinfo("a*|infinite|2|4|8000")[0].name
    'a'
    """
    found: dict[str, Partition] = {}
    for line in text.splitlines():
        parts = line.strip().split("|")
        if len(parts) < 5:
            continue
        name = parts[0].rstrip("*")
        nodes, cpus, memory = (_number(part) for part in parts[2:5])
        if name in found:
            seen = found[name]
            nodes += seen.nodes
            cpus = min(cpus, seen.cpus_per_node)
            memory = min(memory, seen.memory_per_node_mb)
        found[name] = Partition(
            name=name,
            is_default=parts[0].endswith("*"),
            max_walltime=None if parts[1] in ("infinite", "n/a") else parts[1],
            nodes=nodes,
            cpus_per_node=cpus,
            memory_per_node_mb=memory,
        )
    return list(found.values())


def parse_time(text: str) -> str | None:
    """Return SLURM's local time as ISO time in UTC, or None where it tells none.

    Examples
    --------
    >>> parse_time("N/A") is None
    True
    """
    try:
        local = datetime.datetime.fromisoformat(text.strip())
    except ValueError:
        return None
    return local.astimezone(datetime.timezone.utc).isoformat(timespec="seconds")


async def list_jobs(ids: Iterable[str]) -> list[Job]:
    """Ask the queue how the jobs stand, ended ones included.

    Raises
    ------
    SessionError
        squeue cannot be run or fails; its words are quoted.
    """
    return parse_squeue(await ask_queue(), ids)


async def ask_queue() -> str:
    """Return what squeue prints of all jobs of the user, with `SQUEUE_FORMAT`.

    Raises
    ------
    SessionError
        squeue cannot be run or fails; its words are quoted.
    """
    # Not of some jobs: asked for one unknown id, squeue fails instead of answering.
    return await call("squeue", "--me", "-h", "-t", "all", "-o", SQUEUE_FORMAT)


async def cancel_jobs(ids: Iterable[str]) -> None:
    """Cancel jobs, running or pending; those that ended already are no error.

    Raises
    ------
    SessionError
        scancel cannot be run or fails; its words are quoted.
    """
    wanted = list(ids)
    if wanted:
        await call("scancel", "--quiet", *wanted)


def list_partitions() -> list[Partition]:
    """Ask SLURM for its partitions.

    Raises
    ------
    SessionError
        sinfo cannot be run or fails; its words are quoted.
    """
    return parse_sinfo(call_sync(*SINFO))


async def list_partitions_async() -> list[Partition]:
    """Ask SLURM for its partitions from an event loop; no sinfo is left when it is cancelled.

    Raises
    ------
    SessionError
        sinfo cannot be run or fails; its words are quoted.
    """
    return parse_sinfo(await call(*SINFO))


def log_options(folder: Path, **logs: str) -> list[str]:
    """Return options of sbatch for logs below a folder that has a ``%`` in its path.

    SLURM takes that for the beginning of one of its own symbols, also where the script names the
    log from the folder in which it is submitted.

    Parameters
    ----------
    folder : Path
        Where the job is submitted.
    **logs : str
        Option, and the log's path from there.

    Examples
    --------
    >>> log_options(Path("/home/a%b"), output="logs/%J.out")
    ['--output=/home/a%%b/logs/%J.out']
    >>> log_options(Path("/home/ab"), output="logs/%J.out")
    []
    """
    literal = str(folder).replace("%", "%%")
    if literal == str(folder):
        return []
    return [f"--{option}={literal}/{log}" for option, log in logs.items()]


async def call(*command: str) -> str:
    """Run a command of SLURM beside the event loop and return what it prints.

    Raises
    ------
    SessionError
        It is missing, hangs or fails.
    """
    with _explained(command[0]):
        process = await asyncio.create_subprocess_exec(
            *command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=child_environment(**_ENVIRONMENT),
        )
        try:
            output, words = await asyncio.wait_for(process.communicate(), COMMAND_TIMEOUT_S)
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()
    told = output.decode(errors="replace")
    _require_success(command[0], process.returncode or 0, told, words.decode(errors="replace"))
    return told


def call_sync(*command: str, timeout: float = COMMAND_TIMEOUT_S, folder: Path | None = None) -> str:
    """Run a command of SLURM and return what it prints, if it ends within `timeout` seconds.

    It runs in `folder`, or in this process's own.

    Raises
    ------
    SessionError
        It is missing, hangs or fails.
    """
    with _explained(command[0], timeout):
        done = subprocess.run(
            command,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=timeout,
            env=child_environment(**_ENVIRONMENT),
            stdin=subprocess.DEVNULL,
            cwd=folder,
            check=False,
        )
    _require_success(command[0], done.returncode, done.stdout, done.stderr)
    return done.stdout


@contextmanager
def _explained(program: str, timeout: float = COMMAND_TIMEOUT_S) -> Iterator[None]:
    """Say what went wrong when a program cannot be run, or does not end."""
    try:
        yield
    except SpecError as exc:
        # A settings file that is being edited must not end a session that runs.
        raise SessionError(f"{program} was not run: {exc}") from exc
    except FileNotFoundError as exc:
        raise SessionError(
            f"{program} is not on the PATH of this machine; is SLURM's module loaded?"
        ) from exc
    except (subprocess.TimeoutExpired, asyncio.TimeoutError) as exc:
        raise SessionError(
            f"{program} did not answer within {timeout:.0f} s; is slurmctld down?"
        ) from exc
    except OSError as exc:
        raise SessionError(f"{program} cannot be run: {exc.strerror or exc}") from exc


def _require_success(program: str, code: int, output: str, words: str) -> None:
    if code != 0:
        told = (words.strip() or output.strip()) or "without a word"
        raise SessionError(f"{program} failed (exit code {code}): {told}")


def _for_people(time: str | None) -> str:
    """Return a time in the time zone of this machine."""
    return f"{datetime.datetime.fromisoformat(time).astimezone():%Y-%m-%d %H:%M}" if time else ""


def _value(text: str) -> str | None:
    stripped = text.strip()
    return None if stripped in _NO_VALUE else stripped


def _number(text: str) -> int:
    # "4+" means that some nodes have more.
    digits = text.strip().rstrip("+")
    return int(digits) if digits.isdigit() else 0
