"""Job scripts: made of dask-jobqueue's header and a command of our own, and handed in safely.

dask-jobqueue joins a command with blanks, writes the script under a name in the shared folder for
temporary files that others can guess, and opens it a second time. Here every word is quoted, every
line is looked at, and the script lies in a folder of the session, which nobody else can enter.
"""

from __future__ import annotations

import contextlib
import os
import secrets
import shlex
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from emout_lab.errors import SpecError
from emout_lab.paths import make_private_directory, write_private
from emout_lab.sessions.directives import is_line
from emout_lab.sessions.slurm import log_options as slurm_log_options

LOGS: Final = "logs"
HEADERS: Final = ("#SBATCH ", "#PBS ", "#BSUB ", "#$ ", "#OAR ")


@dataclass(frozen=True)
class Submission:
    """What a job script runs, and where it is handed in.

    Parameters
    ----------
    folder : Path
        The session's own folder: jobs are submitted from there, and their logs lie below it.
    launcher : str
        First words of the command, quoted for a shell: all before the scheduler's address.
    options : str
        Last words of the command, quoted likewise.
    """

    folder: Path
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

    Raises
    ------
    SpecError
        A line of the script is none, whoever added it; dask-jobqueue's own configuration can.
    """

    def __init__(self, *args: Any, submission: Submission, **options: Any) -> None:
        self._submission = submission
        super().__init__(*args, **options)
        job: Any = self
        job._command_template = self._command()
        self._use_relative_logs()
        self._check()

    def _command(self) -> str:
        job: Any = self
        words = [str(job.scheduler), "--name", str(job.name)]
        words += ["--nthreads", str(job.worker_process_threads)]
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
        for line in (*(job._job_script_prologue or ()), job._command_template):
            if not is_line(line):
                raise _refusal(line, "the commands")

    @contextlib.contextmanager
    def job_file(self) -> Iterator[str]:
        """Write the script where only its owner can read or replace it."""
        job: Any = self
        folder = make_private_directory(self._submission.folder / "jobs")
        file = folder / f"{secrets.token_hex(8)}.sh"
        write_private(file, os.fsencode(job.job_script()))
        try:
            yield str(file)
        finally:
            file.unlink(missing_ok=True)

    async def _submit_job(self, script_filename: str) -> str:
        """Hand the script in from the session's folder, where the job then begins."""
        job: Any = self
        command = [*shlex.split(job.submit_command), *self._submit_options()]
        options: dict[str, Any] = {"cwd": self._submission.folder}
        if not getattr(job, "use_stdin", False):
            answer: str = await job._call([*command, script_filename], **options)
            return answer
        with open(script_filename, "rb") as script:
            answer = await job._call(command, stdin=script, **options)
        return answer

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

    def _command(self) -> str:
        job: Any = self
        return "; ".join([*(job._job_script_prologue or ()), super()._command()])

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
        parent: Any = super()
        head, arguments, tail = parent.job_script().partition('\nArguments = "')
        line, *rest = tail.split("\n")
        return "\n".join([head + arguments + line.replace("$(", "$(DOLLAR)("), *rest])


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
