"""What an engine does now, for whoever looks at it from outside."""

from __future__ import annotations

import time

from emout_lab.engine.call_record import CallRecord
from emout_lab.engine.snapshot import CurrentCall, Progress


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
