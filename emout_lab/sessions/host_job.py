"""A host in a SLURM job of its own, where login nodes kill long processes."""

from __future__ import annotations

import os
import shlex
import time
from dataclasses import replace
from functools import lru_cache
from typing import Final

from emout_lab.config import Settings
from emout_lab.errors import SessionError, StartFailed
from emout_lab.paths import SessionPaths, write_private
from emout_lab.quantities import format_walltime, parse_walltime
from emout_lab.sessions.bootstrap import bootstrap_command, encode_path, shell_words
from emout_lab.sessions.leftovers import MARK
from emout_lab.sessions.slurm import (
    SQUEUE_FORMAT,
    Job,
    call_sync,
    list_partitions,
    log_options,
    parse_squeue,
)
from emout_lab.sessions.spec import SessionSpec

# Long enough for jobs that wait in the queue; less where the partition allows less.
LONGEST_S: Final = 7 * 86_400
#: How old an answer of the queue about a host's job may be.
ANSWER_AGE_S: Final = 4.0
#: How long the list of all sessions may wait for such an answer.
LOOK_TIMEOUT_S: Final = 3.0


def submit(spec: SessionSpec, settings: Settings, paths: SessionPaths, token: str) -> str:
    """Submit the host of a session as a job, and return the job's id.

    Raises
    ------
    StartFailed
        sbatch refused; its words are quoted.
    """
    script = paths.directory / "host.sh"
    write_private(script, os.fsencode(job_script(spec, settings, paths, token)))
    try:
        # From there: the script names its log by a relative path, whatever the folder is called.
        options = ["--parsable", *log_options(paths.directory, output=_log_name(paths))]
        answer = call_sync("sbatch", *options, script.name, folder=paths.directory)
    except SessionError as exc:
        raise StartFailed(f"The host's job was refused: {exc}") from exc
    # "id" or "id;cluster"
    return answer.strip().splitlines()[-1].partition(";")[0]


def job_script(spec: SessionSpec, settings: Settings, paths: SessionPaths, token: str) -> str:
    """Return the script of the host's job: one core, little memory, the longest time allowed."""
    partition = settings.host_partition or spec.partition
    small = replace(
        spec,
        partition=partition,
        cores=1,
        processes=1,
        memory=settings.host_memory,
        walltime=settings.host_walltime or _longest_time(partition),
    ).validated()
    header = [
        f"-J emout-host-{spec.name}",
        f"-o {_log_name(paths)}",
        "--open-mode=append",
        "--no-requeue",
        f"-t {small.walltime_text}",
        *([f"-p {partition}"] if partition else []),
        "-n 1",
        "--cpus-per-task=1",
        f"--mem={small.memory_text}",
    ]
    lines = [f"#SBATCH {line}" for line in header]
    lines = [line for line in lines if not any(skip in line for skip in spec.skip_directives)]
    lines += [f"#SBATCH {line}" for line in small.filled_directives]
    # What SLURM tells this job about itself would be passed on to the workers' jobs.
    forget = "unset $(compgen -e | grep '^SLURM_' | grep -vx SLURM_CONF)"
    return "\n".join(
        [
            "#!/bin/bash",
            *lines,
            *spec.prologue,
            forget,
            f"export EMOUT_LAB_HOME={shlex.quote(str(settings.home))}",
            f"cd {shlex.quote(str(paths.directory))}",
            f"export {MARK}={token}",
            f"exec {shell_words(host_command(spec.name, token, paths, settings))}",
            "",
        ]
    )


def host_command(name: str, token: str, paths: SessionPaths, settings: Settings) -> list[str]:
    """Return the command that runs the host of a session."""
    return bootstrap_command(
        "emout_lab.sessions",
        name,
        token,
        trusted=settings.trusted_folders,
        options=[f"--fallback={encode_path(paths.scratch)}"],
    )


def look(job: str) -> Job | None:
    """Ask the queue about a host's job; None when it does not answer."""
    return _look(job, int(time.monotonic() / ANSWER_AGE_S), os.getpid())


@lru_cache(maxsize=16)
def _look(job: str, period: int, process: int) -> Job | None:  # noqa: ARG001 - keys of the cache
    try:
        output = call_sync(
            "squeue", "--me", "-h", "-t", "all", "-o", SQUEUE_FORMAT, timeout=LOOK_TIMEOUT_S
        )
    except SessionError:
        return None
    return parse_squeue(output, [job])[0]


def _log_name(paths: SessionPaths) -> str:
    return str(paths.host_log.relative_to(paths.directory))


def _longest_time(partition: str | None) -> str:
    for known in list_partitions():
        is_meant = known.name == partition if partition else known.is_default
        if is_meant and known.max_walltime:
            return format_walltime(min(LONGEST_S, parse_walltime(_full_form(known.max_walltime))))
    return format_walltime(LONGEST_S)


def _full_form(limit: str) -> str:
    """Return sinfo's ``30:00`` (minutes, seconds) with its hours."""
    return limit if limit.count(":") == 2 else f"00:{limit}"
