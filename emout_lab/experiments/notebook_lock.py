"""One process writes a notebook: a file beside it says which."""

from __future__ import annotations

import contextlib
import glob
import json
import os
import random
import secrets
import socket
import time
import warnings
from pathlib import Path
from typing import Any, Final

import psutil

from emout_lab.experiments.errors import NotebookInUse

SUFFIX: Final = ".lock"
#: Nobody is still making what is older than this [s].
LEFT_SECONDS: Final = 60.0
#: So often a lock is tried for that nobody holds any more, while others try as well.
MOST_TRIES: Final = 100


class NotebookLock:
    """The right to write a notebook, held by this process.

    The file comes to its name whole, by a link, or is made where none may be; both hold on network
    file systems as well, unlike locks of open files.

    Parameters
    ----------
    file : Path
        The notebook.

    Raises
    ------
    NotebookInUse
        Another process holds it, and may be alive.
    OSError
        When no file can be made there.
    """

    def __init__(self, file: Path) -> None:
        self._file = file
        self._path = file.with_name(file.name + SUFFIX)
        self._process = os.getpid()
        self._told = {**_self(), "token": secrets.token_hex(8)}
        for _ in range(MOST_TRIES):
            if self._take(self._path):
                self._clear()
                return
            holder = self._holder()
            if holder and not _why_gone(holder):
                break
            self._remove_stale(holder)
        raise NotebookInUse(self._in_use(self._holder() or holder))

    def require(self) -> None:
        """Make sure that this process still holds it.

        Raises
        ------
        NotebookInUse
            When this is a forked child of the process that holds it, or somebody has removed the
            lock and may have opened the notebook.
        """
        if self._process != os.getpid():
            raise NotebookInUse(
                f"notebook {str(self._file)!r} was opened by process {self._process}, of which "
                "this one is a copy: two that write would lose each other's results. Open it after "
                "the process has been forked, or return results to the one that opened it"
            )
        holder = self._holder()
        if holder.get("token") != self._told["token"]:
            who = f"taken over by {_who(holder)}" if holder else "removed"
            raise NotebookInUse(
                f"the lock {self._path.name!r} of notebook {str(self._file)!r} was {who}: nothing "
                "was written, so that nobody's results are lost. The results are still here "
                "(results(), dataframe()); open the notebook again and add what is missing there"
            )

    def release(self) -> None:
        """Give it back (twice is harmless, and so is a forked child)."""
        if self._process == os.getpid():
            self._process = -1
            if self._holder().get("token") == self._told["token"]:
                with contextlib.suppress(OSError):
                    self._path.unlink()

    def _take(self, path: Path) -> bool:
        """Make a file that says who holds it; return whether it was not there."""
        part = self._path.with_name(f"{self._path.name}.{self._told['token']}")
        text = json.dumps(self._told)
        try:
            part.write_text(text)
            os.link(part, path)
        except FileExistsError:
            return False
        except OSError:
            if not part.exists():
                raise
            # The file system has no links.
            return _make(path, text)
        finally:
            part.unlink(missing_ok=True)
        return True

    def _clear(self) -> None:
        """Remove what processes that were killed have left beside the lock."""
        for left in self._path.parent.glob(f"{glob.escape(self._path.name)}.*"):
            _remove_old(left)

    def _holder(self) -> dict[str, Any]:
        return _read(self._path)

    def _remove_stale(self, holder: dict[str, Any]) -> None:
        """Remove the lock of a process that is gone: of all that find it so, one does."""
        turn = self._path.with_name(f"{self._path.name}.turn")
        if not self._take(turn):
            _remove_old(turn)
            time.sleep(random.uniform(0.005, 0.02))
            return
        try:
            # Whoever had the turn before may have taken the lock.
            if self._holder() == holder and (reason := _why_gone(holder)):
                self._path.unlink(missing_ok=True)
                warnings.warn(
                    f"The notebook {str(self._file)!r} was not closed: {reason}. What was "
                    "committed is there.",
                    stacklevel=6,
                )
        finally:
            turn.unlink(missing_ok=True)

    def _in_use(self, holder: dict[str, Any]) -> str:
        return (
            f"notebook {str(self._file)!r} is open in {_who(holder)}: two that write would lose "
            "each other's results. Close it there (close(), or restart its kernel), or open it "
            f"here with read_only=True; if nothing runs there any more, remove {str(self._path)!r}"
        )


def _make(path: Path, text: str) -> bool:
    """Make a file that is not there, where there are no links."""
    try:
        number = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o666)
    except FileExistsError:
        return False
    try:
        with os.fdopen(number, "w") as lock:
            lock.write(text)
    except OSError:
        path.unlink(missing_ok=True)
        raise
    return True


def _remove_old(left: Path) -> None:
    """Remove what a process that was killed has left."""
    with contextlib.suppress(OSError):
        if time.time() - left.stat().st_mtime > LEFT_SECONDS:
            left.unlink()


def _read(path: Path) -> dict[str, Any]:
    try:
        found = json.loads(path.read_text())
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def _who(holder: dict[str, Any]) -> str:
    if not holder:
        return "a process that has not said its name"
    return f"process {holder.get('pid', '?')} on {holder.get('host', 'an unknown machine')}"


def _self() -> dict[str, Any]:
    started = psutil.Process().create_time()
    return {"host": socket.gethostname(), **_machine(), "pid": os.getpid(), "started": started}


def _machine() -> dict[str, Any]:
    """Return what tells this machine, since it was started, from others of its name.

    Process numbers of another container say nothing here, though it may have the same name.
    """
    found: dict[str, Any] = {"machine": None, "boot": None, "processes": None}
    with contextlib.suppress(OSError):
        found["machine"] = Path("/etc/machine-id").read_text().strip()
    with contextlib.suppress(OSError):
        found["boot"] = Path("/proc/sys/kernel/random/boot_id").read_text().strip()
    with contextlib.suppress(OSError):
        found["processes"] = os.stat("/proc/self/ns/pid").st_ino
    return found


def _why_gone(holder: dict[str, Any]) -> str:
    """Return how the process that holds a lock has ended; empty where it may be alive."""
    pid, here = holder.get("pid"), _machine()
    is_here = all(holder.get(each) == here[each] for each in ("machine", "processes"))
    if holder.get("host") != socket.gethostname() or type(pid) is not int:
        return ""
    if holder.get("boot") != here["boot"]:
        is_same = here["machine"] and holder.get("machine") == here["machine"]
        return f"{holder['host']} was started again since" if is_same else ""
    if not is_here:
        return ""
    try:
        process = psutil.Process(pid)
        started = holder.get("started")
        if process.status() == psutil.STATUS_ZOMBIE:
            return f"process {pid} has ended"
        if isinstance(started, int | float) and abs(process.create_time() - started) >= 2.0:
            return f"process {pid}, which had it open, has ended (its number is another one's now)"
    except psutil.NoSuchProcess:
        return f"process {pid}, which had it open, has ended"
    except psutil.Error:
        return ""
    return ""
