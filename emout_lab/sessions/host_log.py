"""The host's log: everything that it and its children print, in files that do not grow forever."""

from __future__ import annotations

import contextlib
import os
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Final

from emout_lab.errors import SessionError
from emout_lab.paths import open_private

LOG_MAX_BYTES: Final = 5 * 1024**2
LOG_KEPT: Final = 2
CHUNK_BYTES: Final = 65_536
DRAIN_TIMEOUT_S: Final = 2.0


class RotatingLog:
    """A log file that starts anew when it is full: ``host.log``, ``host.log.1``, ``host.log.2``.

    Parameters
    ----------
    file : Path
        The log.
    max_bytes : int
        Size at which it is put aside.
    is_ours : callable
        Asked when another folder stands in the log's place: whether to go on in that one.

    Examples
    --------
    >>> log = RotatingLog(Path("host.log"), max_bytes=10)
    """

    def __init__(
        self,
        file: Path,
        max_bytes: int = LOG_MAX_BYTES,
        is_ours: Callable[[], bool] = lambda: True,
    ) -> None:
        self._file = file
        self._max_bytes = max_bytes
        self._is_ours = is_ours
        self._folder: int | None = None

    def write(self, data: bytes) -> None:
        """Append; what a full or broken file system refuses is lost, the session goes on."""
        with contextlib.suppress(OSError, SessionError):
            if not self._is_in_place():
                return
            if self._size() + len(data) > self._max_bytes:
                self._rotate()
            with open(open_private(self._file, os.O_WRONLY | os.O_APPEND), "ab") as stream:
                stream.write(data)

    def _is_in_place(self) -> bool:
        """Return whether the folder is the one of before, or another of the same session."""
        if self._folder is not None:
            # Kept open, so that no other folder gets its number.
            before, now = os.fstat(self._folder), self._file.parent.stat()
            if (before.st_dev, before.st_ino) == (now.st_dev, now.st_ino):
                return True
            if not self._is_ours():
                return False
            os.close(self._folder)
            self._folder = None
        self._folder = os.open(self._file.parent, os.O_RDONLY | os.O_DIRECTORY)
        return True

    def _size(self) -> int:
        return self._file.stat().st_size if self._file.exists() else 0

    def _rotate(self) -> None:
        names = [self._file, *(Path(f"{self._file}.{n}") for n in range(1, LOG_KEPT + 1))]
        for older, newer in zip(names[:0:-1], names[-2::-1], strict=True):
            if newer.exists():
                newer.replace(older)


class CapturedOutput:
    """Sends this process's output, and that of children started later, to a rotating log.

    Their file descriptors cannot be rotated, so they lead into a pipe that a thread empties.

    Parameters
    ----------
    log : RotatingLog
        Where the output goes.
    """

    def __init__(self, log: RotatingLog) -> None:
        self._log = log
        self._reader, self._writer = os.pipe()
        self._thread = threading.Thread(target=self._pump, name="emout-lab-host-log", daemon=True)

    def start(self) -> None:
        """Take the output over."""
        self._redirect(self._writer)
        os.close(self._writer)
        self._thread.start()

    def stop(self) -> None:
        """Write what is still under way; output after this is lost."""
        nowhere = os.open(os.devnull, os.O_WRONLY)
        self._redirect(nowhere)
        os.close(nowhere)
        # A child that hangs may still hold the pipe open.
        self._thread.join(DRAIN_TIMEOUT_S)

    def _redirect(self, target: int) -> None:
        for stream in (sys.stdout, sys.stderr):
            stream.flush()
        for descriptor in (1, 2):
            os.dup2(target, descriptor)

    def _pump(self) -> None:
        while data := os.read(self._reader, CHUNK_BYTES):
            self._log.write(data)
