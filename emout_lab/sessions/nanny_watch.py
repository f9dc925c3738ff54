"""What nannies do besides their own: they end what the programs of a lost worker left running.

Dask's own command makes the nannies, so what a class of ours cannot say stands in `dask_setup`:
this module is a preload module of Dask, too.
"""

from __future__ import annotations

import atexit
import contextlib
import multiprocessing
import os
import threading
import time
from pathlib import Path
from typing import Any, Final

from distributed.diagnostics.plugin import NannyPlugin

from emout_lab.sessions import leftovers
from emout_lab.sessions.admission import limit_connections, raise_file_limit
from emout_lab.sessions.leftovers import MARK, Found
from emout_lab.sessions.log_flood import filter_repeats, limit_output
from emout_lab.sessions.quiet_processes import calm_worker

PLUGIN_NAME: Final = "emout-lab-leftovers"
SCAN_INTERVAL_S: Final = 1.0
#: A child this young may be a worker that its nanny does not know of yet.
YOUNG_S: Final = 3.0
#: A zombie that stands for so many looks is nobody's: whoever waits for a child waits at once.
LOOKS_AT_ZOMBIES: Final = 3


def dask_setup(nanny: Any) -> None:
    """Prepare the process of a nanny; its worker inherits limits and output.

    Parameters
    ----------
    nanny : distributed.Nanny
        It listens already, and has not started its worker.
    """
    raise_file_limit()
    filter_repeats()
    limit_output()
    calm_worker(nanny)
    for listener in nanny.listeners:
        limit_connections(listener, nanny.loop)


class NannyWatch(NannyPlugin):  # type: ignore[misc]  # distributed has no types
    """Watches the processes below one nanny's worker, and ends those that outlive it.

    Parameters
    ----------
    token : str
        The session's; what it marks can be found when its parents are gone.
    """

    name = PLUGIN_NAME

    def __init__(self, token: str) -> None:
        self._token = token

    def setup(self, nanny: Any) -> None:
        """Mark what the worker will start, and begin to watch."""
        leftovers.adopt_orphans()
        # The token is not enough: two jobs of a session may run on one node.
        mark = f"{self._token}.{nanny.id}"
        nanny.env[MARK] = mark
        self._family = Family(nanny, mark)
        self._ended = threading.Event()
        atexit.register(_end_everything, mark)
        if leftovers.IS_LINUX:
            threading.Thread(target=self._watch, name=PLUGIN_NAME, daemon=True).start()

    def teardown(self, nanny: Any) -> None:  # noqa: ARG002 - Dask's signature
        """End what runs below the worker, which itself is about to end."""
        self._ended.set()
        self._family.look()
        leftovers.kill(self._family.below)

    def _watch(self) -> None:
        while not self._ended.wait(SCAN_INTERVAL_S):
            leftovers.kill(self._family.look())


class Family:
    """What has come from one nanny's workers, as seen so far.

    Parameters
    ----------
    nanny : distributed.Nanny
        Knows its present worker.
    mark : str
        What the worker's children carry in their environment.
    """

    def __init__(self, nanny: Any, mark: str) -> None:
        #: All that was seen below the present worker and lives, wherever it has gone since.
        self.below: set[Found] = set()
        self._nanny = nanny
        self._mark = mark
        self._worker: Found | None = None
        self._zombies: dict[int, int] = {}

    def look(self) -> set[Found]:
        """Look once, and return what the workers before the present one have left."""
        worker = leftovers.identify(worker_pid(self._nanny))
        left: set[Found] = set()
        if worker != self._worker:
            left, self.below, self._worker = self.below, set(), worker
        for orphan in self._orphans(left | self.below):
            is_of_present = worker is not None and orphan.began >= worker.began
            (self.below if is_of_present else left).add(orphan)
        self.below = {found for found in self.below if leftovers.identify(found.pid) == found}
        for root in (*([worker] if worker else []), *tuple(self.below)):
            self.below |= leftovers.descendants(root.pid)
        self._reap()
        return left

    def _orphans(self, known: set[Found]) -> list[Found]:
        """Return the adopted children of this process that nobody has seen below a worker."""
        own = {child.pid or 0 for child in multiprocessing.active_children()}
        workers = [found for found in map(leftovers.identify, own) if found is not None]
        ours = os.getsid(0)
        oldest = min((found.began for found in workers), default=None)
        others = [pid for pid in leftovers.children(os.getpid()) if pid not in own]
        orphans = []
        for found in map(leftovers.identify, others):
            if found is None or found in known:
                continue
            # A fork that was never another program looks like a worker, and like one that has
            # only just been started; what this process runs itself stays in its session.
            is_strange = "spawn_main" in _command(found.pid) or _session_of(found.pid) != ours
            is_old = oldest is None or found.began < oldest
            is_stray = is_strange and is_old and _seconds(found) > YOUNG_S
            if is_stray or leftovers.mark_of(found.pid) == self._mark:
                orphans.append(found)
        return orphans

    def _reap(self) -> None:
        """Take the exit codes of adopted children, for which nobody else waits."""
        own = {child.pid or 0 for child in multiprocessing.active_children()}
        zombies = [
            pid
            for pid in leftovers.children(os.getpid())
            if pid not in own and leftovers.is_zombie(pid)
        ]
        self._zombies = {pid: self._zombies.get(pid, 0) + 1 for pid in zombies}
        for pid, looks in self._zombies.items():
            if looks >= LOOKS_AT_ZOMBIES:
                with contextlib.suppress(ChildProcessError):
                    os.waitpid(pid, os.WNOHANG)


def worker_pid(nanny: Any) -> int:
    """Return the pid of a nanny's present worker; 0 while there is none."""
    return int(getattr(getattr(nanny, "process", None), "pid", None) or 0)


def _command(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/cmdline").read_text(errors="replace")
    except OSError:
        return ""


def _session_of(pid: int) -> int:
    try:
        return os.getsid(pid)
    except OSError:
        return os.getsid(0)


def _seconds(process: Found) -> float:
    """Return how long ago a process began [s]."""
    uptime = time.clock_gettime(time.CLOCK_BOOTTIME)
    return uptime - process.began / os.sysconf("SC_CLK_TCK")


def _end_everything(mark: str) -> None:
    """Leave nothing behind where a nanny's own process ends (a job)."""
    leftovers.kill_descendants()
    leftovers.kill_marked(mark)
