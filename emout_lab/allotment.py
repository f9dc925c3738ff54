"""What a process may use of its machine: a job or a container around it may have less than all."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

PROC, GROUPS = Path("/proc"), Path("/sys/fs/cgroup")


def cores() -> int:
    """Return the number of cores that this process may run on."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def memory(proc: Path = PROC, groups: Path = GROUPS) -> int:
    """Return the memory that this process may fill [bytes].

    That is all of the machine's, or less where a control group of Linux sets a limit (version 1
    or 2), as queue systems do for jobs, and Docker for containers.

    Parameters
    ----------
    proc, groups : Path, optional
        Where Linux tells of processes and of control groups.
    """
    limits = [os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")]
    for file in _limit_files(proc, groups):
        try:
            text = file.read_text().strip()
        except OSError:
            continue
        if text.isdigit() and int(text) > 0:  # "max" is none
            limits.append(int(text))
    return min(limits)


def _limit_files(proc: Path, groups: Path) -> Iterator[Path]:
    """Give the files in which this process's control groups, and those around them, have limits."""
    try:
        lines = (proc / "self" / "cgroup").read_text().splitlines()
    except OSError:
        return
    for line in lines:
        _, controllers, path = line.split(":", 2)
        if controllers == "":
            top, name = groups, "memory.max"
        elif "memory" in controllers.split(","):
            top, name = groups / "memory", "memory.limit_in_bytes"
        else:
            continue
        group = PurePosixPath(path).relative_to("/")
        for part in (group, *group.parents):
            yield top / part / name
