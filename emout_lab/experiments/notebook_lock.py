"""One process writes a notebook: a file beside it says which."""

from __future__ import annotations

import contextlib
import json
import os
import socket
from pathlib import Path
from typing import Final

import psutil

from emout_lab.experiments.errors import NotebookInUse

SUFFIX: Final = ".lock"


class NotebookLock:
    """The right to write a notebook, held by this process.

    Made with ``open(O_EXCL)``, which network file systems keep as well.

    Parameters
    ----------
    file : Path
        The notebook.

    Raises
    ------
    NotebookInUse
        Another process holds it, and may be alive.
    """

    def __init__(self, file: Path) -> None:
        self._path = file.with_name(file.name + SUFFIX)
        self._process = os.getpid()
        if not self._taken() and not (self._remove_stale(file) and self._taken()):
            raise NotebookInUse(self._told(file))

    def release(self) -> None:
        """Give it back (twice is harmless, and so is a forked child)."""
        if self._process == os.getpid():
            self._process = -1
            with contextlib.suppress(OSError):
                self._path.unlink()

    def _taken(self) -> bool:
        try:
            number = os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        except FileExistsError:
            return False
        with os.fdopen(number, "w") as lock:
            json.dump(_self(), lock)
        return True

    def _holder(self) -> dict[str, object]:
        try:
            found = json.loads(self._path.read_text())
        except (OSError, ValueError):
            return {}
        return found if isinstance(found, dict) else {}

    def _remove_stale(self, file: Path) -> bool:
        """Remove the lock of a process of this machine that is gone; return whether it was so."""
        holder = self._holder()
        if holder.get("host") != socket.gethostname() or not isinstance(holder.get("pid"), int):
            return False
        if _is_alive(int(str(holder["pid"])), holder.get("started")):
            return False
        # Of two that find it stale one renames it, and the other takes nothing away.
        aside = file.with_name(f"{file.name}{SUFFIX}.{os.getpid()}")
        with contextlib.suppress(OSError):
            self._path.rename(aside)
            aside.unlink()
        return True

    def _told(self, file: Path) -> str:
        holder = self._holder()
        who = f"process {holder.get('pid', '?')} on {holder.get('host', 'an unknown machine')}"
        return (
            f"notebook {str(file)!r} is open in {who}: two that write would lose each other's "
            "results. Close it there, open it here with read_only=True, or, if nothing runs there "
            f"any more, remove {self._path.name!r}"
        )


def _self() -> dict[str, object]:
    started = psutil.Process().create_time()
    return {"host": socket.gethostname(), "pid": os.getpid(), "started": started}


def _is_alive(pid: int, started: object) -> bool:
    try:
        found = psutil.Process(pid).create_time()
    except psutil.NoSuchProcess:
        return False
    except psutil.Error:
        return True
    return not isinstance(started, int | float) or abs(found - started) < 2.0
