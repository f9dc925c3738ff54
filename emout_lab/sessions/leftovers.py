"""Find and end what a session's programs have forked, wherever it has gone since.

A forked child outlives the worker that it came from, and a daemon leaves its whole family. So the
process that starts workers (the host, or the nanny in a job) adopts orphans, and every process of a
session carries a mark in its environment, which stays when its parents are gone.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import signal
import sys
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Final, NamedTuple

import psutil

#: Environment variable that every process of a session inherits: its token, and where it came from.
MARK: Final = "EMOUT_LAB_TOKEN"
IS_LINUX: Final = sys.platform == "linux"
#: Processes that are killed may have forked meanwhile.
KILL_ROUNDS: Final = 20
KILL_PAUSE_S: Final = 0.05
#: Jobs that run on their host's machine end by themselves, and tidy up.
JOBS_GRACE_S: Final = 3.0
_PR_SET_CHILD_SUBREAPER: Final = 36


class Found(NamedTuple):
    """A process, told apart from a later one with the same pid.

    Parameters
    ----------
    pid : int
        Its id.
    began : int
        When it began, in clock ticks since boot.
    """

    pid: int
    began: int


def adopt_orphans() -> None:
    """Let processes below this one whose parents end become children of this one."""
    if IS_LINUX:
        # Where the kernel refuses, orphans are still found by their mark.
        ctypes.CDLL(None).prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def identify(pid: int) -> Found | None:
    """Return which process has this pid now; None where none does, or only a zombie."""
    state, began = _stat(pid)
    return None if state in ("", "Z", "X") else Found(pid, began)


def is_zombie(pid: int) -> bool:
    """Return whether a process has ended and nobody has taken its exit code."""
    return _stat(pid)[0] == "Z"


def children(pid: int) -> list[int]:
    """Return the pids of a process's children, zombies included."""
    found: list[int] = []
    tasks = Path(f"/proc/{pid}/task")
    try:
        for task in os.listdir(tasks):
            with contextlib.suppress(FileNotFoundError, ProcessLookupError):
                found += map(int, (tasks / task / "children").read_text().split())
    except OSError:
        found = []
    if found or (tasks / str(pid) / "children").exists():
        return found
    # A kernel without that file, or another system.
    with contextlib.suppress(psutil.Error):
        return [child.pid for child in psutil.Process(pid).children()]
    return []


def descendants(pid: int) -> set[Found]:
    """Return all processes below one."""
    found: set[Found] = set()
    pending = children(pid)
    while pending:
        child = pending.pop()
        process = identify(child)
        if process is not None and process not in found:
            found.add(process)
            pending += children(child)
    return found


def kill(processes: Iterable[Found]) -> None:
    """Kill processes and all below them, unless their pids are others' by now."""
    for process in processes:
        below = descendants(process.pid) if identify(process.pid) == process else set()
        for each in (process, *below):
            if identify(each.pid) == each:
                with contextlib.suppress(ProcessLookupError, PermissionError):
                    os.kill(each.pid, signal.SIGKILL)


def kill_all_of(token: str) -> None:
    """Kill what is left of a session whose host, this process, is about to end."""
    kill_descendants()
    kill_marked(token, JOBS_GRACE_S)


def kill_descendants() -> None:
    """Kill everything below this process, which is about to end, until nothing is left."""
    for _ in range(KILL_ROUNDS):
        below = descendants(os.getpid())
        kill(below)
        _reap_all()
        if not below:
            return
        time.sleep(KILL_PAUSE_S)


def _reap_all() -> None:
    # Not every init (a container's) takes the exit codes of what it inherits.
    with contextlib.suppress(ChildProcessError):
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass


def kill_marked(mark: str, grace: float = 0.0) -> None:
    """Kill all processes of this user here whose mark begins so, but not whoever calls this.

    Parameters
    ----------
    mark : str
        The session's token, or the beginning of one nanny's mark.
    grace : float [s]
        Time in which they may end by themselves, such as jobs on this machine that tidy up.
    """
    if not mark or not IS_LINUX:
        return
    mine = {os.getpid(), *(parent.pid for parent in psutil.Process().parents())}
    rounds = KILL_ROUNDS + int(grace / KILL_PAUSE_S)
    for left in reversed(range(rounds)):
        found = [pid for pid in psutil.pids() if pid not in mine and mark_of(pid).startswith(mark)]
        living = [process for process in map(identify, found) if process is not None]
        if not living:
            return
        if left < KILL_ROUNDS:
            kill(living)
        time.sleep(KILL_PAUSE_S)


def mark_of(pid: int) -> str:
    """Return the mark of a process of this user, or an empty text."""
    with contextlib.suppress(OSError):
        if os.stat(f"/proc/{pid}").st_uid == os.getuid():
            for entry in Path(f"/proc/{pid}/environ").read_bytes().split(b"\0"):
                name, _, value = entry.partition(b"=")
                if name == MARK.encode():
                    return value.decode(errors="replace")
    return ""


def _stat(pid: int) -> tuple[str, int]:
    """Return state and start of a process; empty and 0 where there is none."""
    try:
        # The command's name may hold blanks, so count from its closing parenthesis.
        after_name = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        return after_name[0], int(after_name[19])
    except (FileNotFoundError, ProcessLookupError, NotADirectoryError):
        return _stat_elsewhere(pid)


def _stat_elsewhere(pid: int) -> tuple[str, int]:
    """Do the same without ``/proc`` (macOS)."""
    if IS_LINUX:
        return "", 0
    try:
        process = psutil.Process(pid)
        is_zombie_there = process.status() == psutil.STATUS_ZOMBIE
        return "Z" if is_zombie_there else "R", int(process.create_time() * 100)
    except psutil.Error:
        return "", 0
