"""A write-ahead journal beside a file: what is in it is not lost, whatever happens meanwhile.

Each entry is a line of its own with a check sum. A line that was cut off by a crash is ignored,
with all after it: nobody was told that it had been written.
"""

from __future__ import annotations

import contextlib
import json
import os
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

VERSION: Final = 1
SUFFIX: Final = ".journal"


class Journal:
    """The journal of one file.

    Parameters
    ----------
    file : Path
        The file that it belongs to.
    """

    def __init__(self, file: Path) -> None:
        self._path = file.with_name(file.name + SUFFIX)
        self._written: Any = None

    @property
    def size(self) -> int:
        """Size of what is in it [B]."""
        try:
            return self._path.stat().st_size
        except OSError:
            return 0

    def append(self, state: str, entries: list[Any]) -> None:
        """Add entries that belong on top of a state of the file; they are on disk afterwards."""
        if self._written is None:
            is_new = self.size == 0
            self._written = os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
            if is_new:
                entries = [{"version": VERSION, "state": state}, *entries]
        os.write(self._written, b"".join(map(_line, entries)))
        os.fsync(self._written)

    def entries(self, state: str) -> Iterator[Any]:
        """Return the entries on top of a state of the file; of another one there are none."""
        if not self._path.exists():
            return
        with self._path.open("rb") as lines:
            head = next(_whole(lines), None)
            if not isinstance(head, dict) or head.get("state") != state:
                return
            yield from _whole(lines)

    def trim(self) -> None:
        """Cut off what a crash has left at the end, so that entries can be added."""
        if self.size == 0:
            return
        with self._path.open("r+b") as lines:
            whole = sum(size for _, size in _checked(lines))
            lines.truncate(whole)
            os.fsync(lines.fileno())

    def remove(self) -> None:
        """Remove it: all of it is in the file."""
        self.close()
        with contextlib.suppress(FileNotFoundError):
            self._path.unlink()

    def close(self) -> None:
        """Close it, if it is open."""
        written, self._written = self._written, None
        if written is not None:
            os.close(written)


def _line(entry: Any) -> bytes:
    text = json.dumps(entry, separators=(",", ":")).encode()
    return b"%08x %s\n" % (zlib.crc32(text), text)


def _checked(lines: Any) -> Iterator[tuple[bytes, int]]:
    for line in lines:
        check, _, text = line.partition(b" ")
        if not line.endswith(b"\n") or check != b"%08x" % zlib.crc32(text[:-1]):
            return
        yield text[:-1], len(line)


def _whole(lines: Any) -> Iterator[Any]:
    return (json.loads(text) for text, _ in _checked(lines))
