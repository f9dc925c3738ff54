"""Which process is meant: a pid alone may belong to somebody else by now."""

from __future__ import annotations

import os
import signal
import socket
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import psutil

_BOOT_ID: Final = Path("/proc/sys/kernel/random/boot_id")
_FROZEN: Final = (psutil.STATUS_STOPPED, psutil.STATUS_TRACING_STOP)


@dataclass(frozen=True)
class ProcessId:
    """A process, told apart from all others on all machines and at all times.

    Parameters
    ----------
    machine : str
        Host name; homes are shared between login nodes.
    pid : int
        Process id there.
    born : str
        Boot and start time of the process: a recycled pid has another one.

    Examples
    --------
    >>> ProcessId.of(os.getpid()).is_alive()
    True
    """

    machine: str
    pid: int
    born: str

    def __str__(self) -> str:
        """Return who that is, for people."""
        if self.is_nobody:
            return "host in a job that waits"
        return f"process {self.pid} on {self.machine}"

    @classmethod
    def of(cls, pid: int) -> ProcessId:
        """Identify the running process `pid` of this machine."""
        return cls(socket.gethostname(), pid, _born(pid) or "gone")

    @classmethod
    def nobody(cls) -> ProcessId:
        """Return the id of a host that has not begun: its job still waits."""
        return cls("", 0, "not yet")

    @property
    def is_nobody(self) -> bool:
        """Whether the process has not begun."""
        return self.pid == 0

    def to_json(self) -> dict[str, Any]:
        """Return the keys of a state file."""
        return {"host": self.machine, "pid": self.pid, "pid_born": self.born}

    @property
    def is_here(self) -> bool:
        """Whether the process runs (or ran) on this machine."""
        return self.machine == socket.gethostname()

    def is_alive(self) -> bool:
        """Whether this very process still runs; False for another machine's."""
        return self.is_here and _born(self.pid) == self.born

    def is_frozen(self) -> bool:
        """Whether the process is here, and stopped by a signal or a debugger."""
        try:
            return self.is_alive() and psutil.Process(self.pid).status() in _FROZEN
        except psutil.Error:
            return False

    def signal(self, number: signal.Signals) -> bool:
        """Send a signal, unless the pid is foreign or recycled; return whether it was sent."""
        if not self.is_alive():
            return False
        try:
            os.kill(self.pid, number)
        except ProcessLookupError:
            return False
        return True


def _born(pid: int) -> str | None:
    """Return the birth mark of a process, or None where none (or only a zombie) is."""
    try:
        # Field 22 counts clock ticks since boot: unlike a time of day it survives a clock step.
        # The command name (field 2) may hold blanks, so count from its closing parenthesis.
        after_name = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        boot = _BOOT_ID.read_text().strip()
    except (FileNotFoundError, ProcessLookupError):
        return _born_elsewhere(pid)
    return None if after_name[0] in "ZX" else f"{boot}:{after_name[19]}"


def _born_elsewhere(pid: int) -> str | None:
    """Do the same without ``/proc`` (macOS)."""
    if _BOOT_ID.exists():
        return None
    try:
        process = psutil.Process(pid)
        return None if process.status() == psutil.STATUS_ZOMBIE else f"{process.create_time():.0f}"
    except psutil.Error:
        return None
