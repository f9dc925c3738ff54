"""Job scripts: made of dask-jobqueue's header and a command of our own, and handed in safely.

dask-jobqueue joins a command with blanks, writes the script under a name in the shared folder for
temporary files that others can guess, and opens it a second time. Here every word is quoted, every
line is looked at, and the script lies in a folder of the session, which nobody else can enter.

Of what is private to dask-jobqueue one name is left: `Job.start` hands a script in by
``_submit_job``. A version without it is refused, since it would hand in what nobody has looked at.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import secrets
import shlex
from asyncio.subprocess import PIPE
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final

from emout_lab.errors import SpecError, StartFailed
from emout_lab.paths import make_private_directory, write_private
from emout_lab.sessions.directives import is_line
from emout_lab.sessions.slurm import log_options as slurm_log_options

LOGS: Final = "logs"
HEADERS: Final = ("#SBATCH ", "#PBS ", "#BSUB ", "#$ ", "#OAR ")
#: By this name dask-jobqueue's own `Job.start` calls what hands a script in.
SUBMITS: Final = "_submit_job"
KNOWN_VERSION: Final = "0.9.0"


@dataclass(frozen=True)
class Submission:
    """What a job script runs, and where it is handed in.

    Parameters
    ----------
    folder : Path
        The session's own folder: jobs are submitted from there, and their logs lie below it.
    threads : int
        Threads of each worker process.
    launcher : str
        First words of the command, quoted for a shell: all before the scheduler's address.
    options : str
        Last words of the command, quoted likewise.
    """

    folder: Path
    threads: int
    launcher: str
    options: str


class SessionJob:
    """Mix-in for the job classes of dask-jobqueue.

    Parameters
    ----------
    *args, **options
        Those of the job class.
    submission : Submission
        What runs, and where it is handed in.
    job_script_prologue : sequence of str
        Lines that run before the command.

    Raises
    ------
    SpecError
        A line of the script is none, whoever added it; dask-jobqueue's own configuration can.
    StartFailed
        This version of dask-jobqueue hands scripts in otherwise.
    """

    def __init__(
        self,
        *args: Any,
        submission: Submission,
        job_script_prologue: Sequence[str] = (),
        **options: Any,
    ) -> None:
        parent: Any = super()
        check_submits(parent)
        self._submission = submission
        self._prologue = [line for line in job_script_prologue if line]
        parent.__init__(*args, job_script_prologue=[*self._prologue], **options)
        self._use_relative_logs()
        self._check()

    def _command(self) -> str:
        job: Any = self
        words = [str(job.scheduler), "--name", str(job.name)]
        words += ["--nthreads", str(self._submission.threads)]
        words += ["--memory-limit", job.worker_process_memory, "--nanny"]
        if job.worker_processes > 1:
            words += ["--nworkers", str(job.worker_processes)]
        return f"{self._submission.launcher} {shlex.join(words)} {self._submission.options}"

    def _use_relative_logs(self) -> None:
        """Name the logs from the folder of submission, whatever characters its path has."""
        job: Any = self
        job.job_header = job.job_header.replace(str(self._submission.folder / LOGS), LOGS)

    def _check(self) -> None:
        """Refuse a script of which a line became something else."""
        job: Any = self
        for line in job.job_header.split("\n"):
            if not is_line(line) or not line.startswith(HEADERS):
                raise _refusal(line, "the header")
        self._check_commands()

    def _check_commands(self) -> None:
        job: Any = self
        if not is_line(job.shebang) or not job.shebang.startswith("#!"):
            raise _refusal(job.shebang, "shebang")
        for line in (*self._prologue, self._command()):
            if not is_line(line):
                raise _refusal(line, "the commands")

    def job_script(self) -> str:
        """Return the script."""
        job: Any = self
        return "\n".join([job.shebang, "", job.job_header, *self._prologue, self._command(), ""])

    @contextlib.contextmanager
    def job_file(self) -> Iterator[str]:
        """Write the script where only its owner can read or replace it."""
        folder = make_private_directory(self._submission.folder / "jobs")
        file = folder / f"{secrets.token_hex(8)}.sh"
        write_private(file, os.fsencode(self.job_script()))
        try:
            yield str(file)
        finally:
            file.unlink(missing_ok=True)

    async def _submit_job(self, script_filename: str) -> str:
        """Hand the script in from the session's folder, where the job then begins."""
        job: Any = self
        command = [*shlex.split(job.submit_command), *self._submit_options()]
        if not getattr(job, "use_stdin", False):
            return await _answer_of([*command, script_filename], self._submission.folder)
        with open(script_filename, "rb") as script:
            return await _answer_of(command, self._submission.folder, script)

    def _submit_options(self) -> list[str]:
        """Return what the script itself cannot say."""
        return []


class SlurmJob(SessionJob):
    """Mix-in for SLURM."""

    def _submit_options(self) -> list[str]:
        job: Any = self
        return slurm_log_options(
            self._submission.folder,
            output=f"{LOGS}/{job.job_name}-%J.out",
            error=f"{LOGS}/{job.job_name}-%J.err",
        )


class InlineJob(SessionJob):
    """Mix-in for OAR, whose jobs need no file: the script is an argument."""

    async def _submit_job(self, script_filename: str) -> str:
        """Hand the script in as dask-jobqueue does; there is no shell between."""
        parent: Any = super(SessionJob, self)
        answer: str = await parent._submit_job(script_filename)
        return answer


class CondorJob(SessionJob):
    """Mix-in for HTCondor, whose scripts are ``key = value`` lines around a shell's argument."""

    def _use_relative_logs(self) -> None:
        job: Any = self
        if "LogDirectory" in job.job_header_dict:
            job.job_header_dict["LogDirectory"] = LOGS

    def _check(self) -> None:
        job: Any = self
        for key, value in job.job_header_dict.items():
            if not key.strip() or "=" in key or not is_line(f"{key} = {value}"):
                raise _refusal(f"{key} = {value}", "the header")
        self._check_commands()

    def job_script(self) -> str:
        """Return the script; what looks like one of HTCondor's macros in a command is none."""
        job: Any = self
        header = "\n".join(f"{key} = {value}" for key, value in job.job_header_dict.items())
        # HTCondor's quotes are doubled where they are meant, and its macros named.
        command = "; ".join([*self._prologue, self._command()])
        quoted = command.replace("'", "''").replace('"', '""').replace("$(", "$(DOLLAR)(")
        return "\n".join(
            [
                *(job.shebang, "", header, ""),
                f"Arguments = \"-c '{quoted}'\"",
                f"Executable = {job.executable}",
                *("", "Queue", ""),
            ]
        )


def check_submits(parent: object) -> None:
    """Check that a job class of dask-jobqueue hands scripts in by the name that we know.

    Raises
    ------
    StartFailed
        It does not.
    """
    if not callable(getattr(parent, SUBMITS, None)):
        raise StartFailed(
            f"dask-jobqueue {version('dask-jobqueue')} hands jobs in otherwise than this version "
            "of emout_lab knows, so that no job script would be checked. Use another version: "
            f"pip install 'dask-jobqueue=={KNOWN_VERSION}'"
        )


async def _answer_of(command: Sequence[str], folder: Path, script: Any = None) -> str:
    """Return what a command for submitting says.

    Raises
    ------
    RuntimeError
        It fails; with all that it said.
    """
    program = await asyncio.create_subprocess_exec(
        *command, cwd=folder, stdin=script, stdout=PIPE, stderr=PIPE
    )
    said, complained = (text.decode(errors="replace") for text in await program.communicate())
    if program.returncode:
        raise RuntimeError(
            f"{shlex.join(command)} ended with exit code {program.returncode}.\n"
            f"stdout:\n{said}\nstderr:\n{complained}"
        )
    return said


def quoted_words(lines: Sequence[str]) -> str:
    """Return words of a configuration file as they stand there: a shell may fill them in."""
    return " ".join(str(line) for line in lines)


def quoted_folder(text: str) -> str:
    """Return a folder of a configuration file as one word, in which variables are filled in.

    Examples
    --------
    >>> quoted_folder("/scratch/$USER")
    '"/scratch/$USER"'
    """
    return '"' + text.replace('"', '\\"') + '"'


def _refusal(line: object, part: str) -> SpecError:
    shown = str(line)[:120]
    return SpecError(
        f"The job script is not submitted: {shown!r} in {part} is not a single line of its kind. "
        "It does not come from the session's own values, which are checked; look for a line break "
        "or another control character in dask-jobqueue's configuration "
        "(~/.config/dask/jobqueue.yaml, /etc/dask), and in the path of Python.",
        "profile",
    )
