"""Nanny plugin that watches its worker's memory, and reports why the worker ended."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import math
import os
import signal
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from distributed import NannyPlugin

from emout_lab.engine.engine_status import CallReader
from emout_lab.format import format_bytes

try:
    import resource
except ImportError:  # Windows has none
    resource = None  # type: ignore[assignment]  # asked for before each use

if TYPE_CHECKING:
    from distributed import Nanny

EXITS_TOPIC = "emout-lab-exits"
WATCH_INTERVAL_S = 0.1
#: From this share of its memory on, a worker gets no more than is left.
TIGHT_SHARE = 0.8
#: A worker that was killed with so much of its memory in use was most likely killed for that.
FULL_SHARE = 0.9

log = logging.getLogger(__name__)


class EngineNanny(NannyPlugin):  # type: ignore[misc]  # distributed is untyped
    """Nanny plugin: the engine's own limit comes first, and no end goes unexplained.

    Dask's nanny counts mapped files, which the system takes back when it needs memory; here only
    private and shared memory counts. Elsewhere than on Linux Dask's own watch goes on.
    """

    name = "emout-lab-nanny"
    idempotent = True
    restart = False

    def setup(self, nanny: Nanny) -> None:
        """Begin to watch."""
        self._nanny = nanny
        self._pid: int | None = None
        self._reader: CallReader | None = None
        self._used = 0
        self._was_too_much = False
        self._oom_kills = _oom_kills()
        if _memory_of(os.getpid()) is not None:
            nanny.memory_manager.memory_terminate_fraction = math.inf
        _call_on_exit(nanny, self._report_exit)
        self._watching = asyncio.ensure_future(self._watch())

    def teardown(self, nanny: Nanny) -> None:  # noqa: ARG002  # the signature is distributed's
        """End the watching."""
        self._watching.cancel()
        self._forget()

    async def _watch(self) -> None:
        while True:
            await asyncio.sleep(WATCH_INTERVAL_S)
            try:
                self._look()
            except Exception:  # noqa: BLE001  # edge: the watch goes on whatever the system says
                log.exception("The worker's memory cannot be watched")

    def _look(self) -> None:
        nanny, pid = self._nanny, self._nanny.pid
        if pid is None:
            return
        if pid != self._pid:
            self._forget()
            self._pid = pid
        if self._reader is None and nanny.worker_dir:
            # The engine makes it when it is warm.
            with contextlib.suppress(OSError):
                self._reader = CallReader(nanny.worker_dir)
        used, limit = _memory_of(pid), nanny.memory_manager.memory_limit
        if used is None or not limit:
            return
        self._used = used
        if used > limit:
            self._was_too_much = True
            with contextlib.suppress(OSError):
                os.kill(pid, signal.SIGKILL)
        elif used > TIGHT_SHARE * limit:
            _cap_memory(pid, limit - used)

    def _forget(self) -> None:
        if self._reader is not None:
            self._reader.close()
        self._reader, self._used, self._was_too_much = None, 0, False
        self._oom_kills = _oom_kills()

    def _report_exit(self, code: int) -> None:
        """Send the session an event that a worker ended, with what it did last."""
        limit = self._nanny.memory_manager.memory_limit or 0
        is_full = code == -signal.SIGKILL and bool(limit) and self._used > FULL_SHARE * limit
        event = {
            "worker": str(self._nanny.worker_address),
            "pid": self._pid,
            "code": code,
            "for_memory": self._was_too_much or is_full or _oom_kills() > self._oom_kills,
            "used": self._used,
            "limit": limit,
            "calls": self._reader.calls() if self._reader is not None else [],
        }
        log.warning("Worker %s ended: %s", event["worker"], describe_exit(event))
        self._nanny.log_event(EXITS_TOPIC, event)
        self._forget()


def describe_exit(event: dict[str, Any]) -> str:
    """Return how a worker ended, and during what.

    Examples
    --------
    >>> describe_exit({"pid": 7, "code": -9, "for_memory": False, "used": 0, "limit": 0,
    ...                "calls": [{"label": "f(3)", "notebook": "a.ipynb"}]})
    'its process (7) was killed (signal 9, SIGKILL) while it ran f(3) of a.ipynb'
    """
    code, process = event["code"], f"its process ({event['pid']})"
    if event["for_memory"]:
        said = (
            f"{process} was killed for lack of memory: it used {format_bytes(event['used'])} of "
            f"{format_bytes(event['limit'])}"
        )
    elif code < 0:
        said = f"{process} {_verb(-code)} (signal {-code}, {_signal_name(-code)})"
    else:
        said = f"{process} ended with exit code {code}"
    calls = " and ".join(
        call["label"] + (f" of {call['notebook']}" if call.get("notebook") else "")
        for call in event["calls"]
    )
    return f"{said} while it ran {calls}" if calls else said


def _verb(number: int) -> str:
    crashes = (signal.SIGSEGV, signal.SIGABRT, signal.SIGFPE, signal.SIGILL)
    return "crashed" if number in (*crashes, getattr(signal, "SIGBUS", None)) else "was killed"


def _signal_name(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return "unknown"


def _call_on_exit(nanny: Nanny, report: Callable[[int], None]) -> None:
    """Call ``report`` with the exit code whenever the nanny's worker ends.

    Dask has no public way to learn the code. Without the one that is used here the end of a worker
    is noticed as before, and only its reason is unknown.
    """
    original = getattr(nanny, "_on_worker_exit_sync", None)
    if original is None:
        log.warning("This version of Dask does not tell why workers end")
        return

    def on_exit(code: int) -> None:
        try:
            report(code)
        except Exception:  # noqa: BLE001  # edge: the nanny's own work comes next
            log.exception("The end of a worker cannot be told")
        original(code)

    nanny._on_worker_exit_sync = on_exit
    if getattr(nanny, "process", None) is not None:
        nanny.process.on_exit = on_exit


def _memory_of(pid: int) -> int | None:
    """Return private and shared memory of a process [B]; None where the system does not tell."""
    try:
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    except OSError:
        return None
    sizes = [line.split() for line in lines if line.startswith(("RssAnon:", "RssShmem:"))]
    return 1024 * sum(int(words[1]) for words in sizes) if sizes else None


def _cap_memory(pid: int, room: int) -> None:
    """Limit what a process can still take, from outside: code that holds its GIL stops no watch."""
    if not hasattr(resource, "prlimit"):
        return
    with contextlib.suppress(OSError, ValueError, IndexError):
        pages = int(Path(f"/proc/{pid}/statm").read_text().split()[5])
        allowed = pages * resource.getpagesize() + room
        soft, hard = resource.prlimit(pid, resource.RLIMIT_DATA)
        # Only where the engine has set one, and never more than it allows itself.
        if 0 <= allowed < soft != resource.RLIM_INFINITY:
            resource.prlimit(pid, resource.RLIMIT_DATA, (allowed, hard))


def _oom_kills() -> int:
    """Return how many processes the kernel has killed for memory in this job so far."""
    with contextlib.suppress(OSError, ValueError):
        for line in Path("/proc/self/cgroup").read_text().splitlines():
            _, kinds, path = line.split(":", 2)
            if kinds == "":
                return _counted(Path(f"/sys/fs/cgroup{path}/memory.events"))
            if kinds == "memory":
                return _counted(Path(f"/sys/fs/cgroup/memory{path}/memory.oom_control"))
    return 0


def _counted(file: Path) -> int:
    with contextlib.suppress(OSError):
        for line in file.read_text().splitlines():
            name, _, count = line.partition(" ")
            if name == "oom_kill":
                return int(count)
    return 0
