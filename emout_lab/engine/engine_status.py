"""What an engine runs now: for whoever looks at it, and in a file that outlives its worker."""

from __future__ import annotations

import contextlib
import json
import os
import threading
import time
from pathlib import Path
from typing import Any

from emout_lab.engine.snapshot import CurrentCall, Progress

FILE_NAME = "running-calls"
MAX_BYTES = 16_000


class CallRecord:
    """The calls that run in a worker, by thread; written before each, read when it has ended.

    Parameters
    ----------
    folder : str
        The worker's own directory.
    """

    def __init__(self, folder: str) -> None:
        self._file = os.open(Path(folder) / FILE_NAME, os.O_CREAT | os.O_WRONLY, 0o600)
        self._calls: dict[int, dict[str, Any]] = {}
        self._lock = threading.Lock()

    def close(self) -> None:
        """Close the file; what is noted later is not written."""
        with self._lock:
            file, self._file = self._file, -1
            if file >= 0:
                os.close(file)

    def note(self, label: str | None, notebook: str | None = None) -> None:
        """Note what this thread begins to run; None when it has ended."""
        with self._lock:
            if label is None:
                self._calls.pop(threading.get_ident(), None)
            else:
                self._calls[threading.get_ident()] = {"label": label, "notebook": notebook}
            line = json.dumps(list(self._calls.values())).encode() + b"\n"
            # A full disk must not fail the call.
            with contextlib.suppress(OSError):
                if self._file >= 0 and len(line) <= MAX_BYTES:
                    os.pwrite(self._file, line, 0)


class CallReader:
    """ReadCache the record of a worker, also when its directory is gone already.

    Parameters
    ----------
    folder : str
        The worker's own directory.
    """

    def __init__(self, folder: str) -> None:
        self._file = os.open(Path(folder) / FILE_NAME, os.O_RDONLY | os.O_CLOEXEC)

    def close(self) -> None:
        """Close the file."""
        os.close(self._file)

    def calls(self) -> list[dict[str, Any]]:
        """Return label and notebook of each call that ran last."""
        line, _, _ = os.pread(self._file, MAX_BYTES, 0).partition(b"\n")
        try:
            found: list[dict[str, Any]] = json.loads(line)
        except ValueError:
            return []
        return found


class EngineStatus:
    """The call that runs and how far it has come; set by the engine's thread, read by others.

    Parameters
    ----------
    record : CallRecord, optional
        Where the call is noted so that it can be read when it has ended the worker.
    """

    def __init__(self, record: CallRecord | None = None) -> None:
        self._record = record
        self.current: CurrentCall | None = None
        self.progress: Progress | None = None

    def begin(self, label: str, notebook: str | None = None, program: str | None = None) -> None:
        """Note what this thread begins to do."""
        self.current = CurrentCall(label, time.time(), notebook, program)
        if self._record is not None:
            self._record.note(label, notebook)

    def clear(self) -> None:
        """Note that this thread does nothing any more."""
        self.current = self.progress = None
        if self._record is not None:
            self._record.note(None)

    def note_progress(self, done: int, total: int, label: str) -> None:
        """Note how far the call has come; nothing is known of a total of 0."""
        self.progress = Progress(done, total, label) if total > 0 else None
