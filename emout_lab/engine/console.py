"""What a program prints, warns and logs, kept apart from the rest of the worker's output."""

from __future__ import annotations

import io
import logging
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TextIO

MAX_CHARACTERS = 200_000
FOREIGN_LOGGERS = ("distributed", "tornado", "asyncio", "emout_lab")


class _Sink(threading.local):
    """The text of the program that runs in this thread; None in all other threads."""

    parts: list[tuple[str, str]] | None = None


class Console:
    """Stands before ``sys.stdout`` and ``sys.stderr`` and keeps what the engine's thread writes.

    Other threads of the worker write as before.
    """

    def __init__(self) -> None:
        self._sink = _Sink()
        self._originals = sys.stdout, sys.stderr
        self._handler = _Handler(self._sink)
        sys.stdout = _Stream("stdout", sys.stdout, self._sink)
        sys.stderr = _Stream("stderr", sys.stderr, self._sink)
        logging.getLogger().addHandler(self._handler)

    def close(self) -> None:
        """Put the worker's own streams back."""
        sys.stdout, sys.stderr = self._originals
        logging.getLogger().removeHandler(self._handler)

    @contextmanager
    def capture(self) -> Iterator[list[tuple[str, str]]]:
        """Collect ``(stream, text)`` of what this thread writes."""
        parts: list[tuple[str, str]] = []
        self._sink.parts = parts
        try:
            yield parts
        finally:
            self._sink.parts = None


def joined(parts: list[tuple[str, str]]) -> tuple[tuple[str, str], ...]:
    """Join neighbours of one stream, and cut what is too long to be read.

    Examples
    --------
    >>> joined([("stdout", "a"), ("stdout", "b"), ("stderr", "c")])
    (('stdout', 'ab'), ('stderr', 'c'))
    """
    found: list[tuple[str, list[str]]] = []
    for stream, text in parts:
        if not found or found[-1][0] != stream:
            found.append((stream, []))
        found[-1][1].append(text)
    return tuple((stream, _cut("".join(texts))) for stream, texts in found)


def _cut(text: str) -> str:
    if len(text) <= MAX_CHARACTERS:
        return text
    return text[:MAX_CHARACTERS] + f"\n… ({len(text) - MAX_CHARACTERS:,} characters more)\n"


class _Stream(io.TextIOBase):
    def __init__(self, name: str, original: TextIO, sink: _Sink) -> None:
        self._name = name
        self._original = original
        self._sink = sink

    def write(self, text: str) -> int:
        if self._sink.parts is None:
            return self._original.write(text)
        self._sink.parts.append((self._name, text))
        return len(text)

    def flush(self) -> None:
        self._original.flush()

    def fileno(self) -> int:
        return self._original.fileno()

    def isatty(self) -> bool:
        return False

    @property
    def encoding(self) -> str:  # type: ignore[override]
        return self._original.encoding


class _Handler(logging.Handler):
    def __init__(self, sink: _Sink) -> None:
        super().__init__(logging.WARNING)
        self.setFormatter(logging.Formatter("%(levelname)s %(name)s: %(message)s"))
        self._sink = sink

    def emit(self, record: logging.LogRecord) -> None:
        if self._sink.parts is not None and not record.name.startswith(FOREIGN_LOGGERS):
            self._sink.parts.append(("stderr", self.format(record) + "\n"))
