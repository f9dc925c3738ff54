"""What a program prints, warns and logs, kept apart from the rest of the worker's output."""

from __future__ import annotations

import io
import logging
import os
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TextIO

from emout_lab.engine.output.stream import OutputStream

FOREIGN_LOGGERS = ("distributed", "tornado", "asyncio", "emout_lab")


class _Sink(threading.local):
    """The text of the program that runs in this thread; None in all other threads."""

    stream: OutputStream | None = None

    def forget(self) -> None:
        self.stream = None


class OutputCapture:
    """Stands before ``sys.stdout`` and ``sys.stderr`` and keeps what the engine's thread writes.

    Other threads of the worker write as before.
    """

    def __init__(self) -> None:
        self._sink = _Sink()
        self._handler = _Handler(self._sink)

    def start(self) -> None:
        """Stand before the streams from now on."""
        self._originals = sys.stdout, sys.stderr
        sys.stdout = _Stream("stdout", sys.stdout, self._sink)
        sys.stderr = _Stream("stderr", sys.stderr, self._sink)
        logging.getLogger().addHandler(self._handler)
        if hasattr(os, "register_at_fork"):
            # Nobody reads the copy of the text in a child: it writes to the worker's own output.
            os.register_at_fork(after_in_child=self._sink.forget)

    def close(self) -> None:
        """Put the worker's own streams back."""
        sys.stdout, sys.stderr = self._originals
        logging.getLogger().removeHandler(self._handler)

    @contextmanager
    def capture(self, stream: OutputStream) -> Iterator[None]:
        """Collect what this thread writes."""
        self._sink.stream = stream
        try:
            yield
        finally:
            self._sink.stream = None


class _Stream(io.TextIOBase):
    def __init__(self, name: str, original: TextIO, sink: _Sink) -> None:
        self._name = name
        self._original = original
        self._sink = sink

    def write(self, text: str) -> int:
        if self._sink.stream is None:
            return self._original.write(text)
        self._sink.stream.write(self._name, text)
        return len(text)

    def flush(self) -> None:
        self._original.flush()

    def fileno(self) -> int:
        return self._original.fileno()

    def isatty(self) -> bool:
        return False

    @property
    def encoding(self) -> str:  # type: ignore[override]  # a variable in io.TextIOBase
        return self._original.encoding


class _Handler(logging.Handler):
    def __init__(self, sink: _Sink) -> None:
        super().__init__(logging.WARNING)
        self.setFormatter(logging.Formatter("%(levelname)s %(name)s: %(message)s"))
        self._sink = sink

    def emit(self, record: logging.LogRecord) -> None:
        stream = self._sink.stream
        if stream is not None and not record.name.startswith(FOREIGN_LOGGERS):
            stream.write("stderr", self.format(record) + "\n")
