"""A write-ahead journal beside a file: what is in it is not lost, whatever happens meanwhile.

Each entry is a line of its own with a check sum, and a line ends those that were written together:
all of them count, or none. What was cut off by a crash is ignored, with all after it: nobody was
told that it had been written.
"""

from __future__ import annotations

import contextlib
import json
import os
import zlib
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, Final

from emout_lab.experiments.errors import NotebookVersionException

VERSION: Final = 2
#: Versions that can be read.
KNOWN: Final = frozenset({1, 2})
SUFFIX: Final = ".journal"
#: What ends the entries that were written together.
END: Final = "end"


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
        self._is_old = False

    @property
    def is_old(self) -> bool:
        """Whether an older version has written it: nothing is to be added then."""
        return self._is_old and self.size > 0

    @property
    def size(self) -> int:
        """Size of what is in it [B]."""
        try:
            return self._path.stat().st_size
        except OSError:
            return 0

    def state(self) -> str | None:
        """Return which state of the file it is on top of; None where there is no journal.

        Raises
        ------
        NotebookVersionException
            When another version has written it.
        """
        head = next(self._heads(), None)
        if not isinstance(head, dict):
            return None
        self._is_old = head.get("version") != VERSION
        if head.get("version") not in KNOWN:
            raise NotebookVersionException(
                f"the journal {str(self._path)!r} is of version {head.get('version')}, and this "
                f"reads {max(KNOWN)}: open the notebook with the version that wrote it, which puts "
                "the journal into it; it was left as it is"
            )
        return str(head.get("state"))

    def entries(self) -> Iterator[Any]:
        """Return the entries, oldest first."""
        together: list[bytes] = []
        for text, _ in self._lines():
            if text != _END_TEXT:
                together.append(text)
                continue
            yield from (entry for entry in map(json.loads, together) if "state" not in entry)
            together = []

    def append(self, state: str, entries: Iterable[Any]) -> None:
        """Add entries that belong on top of a state of the file; they are on disk afterwards.

        Raises
        ------
        OSError
            When there is no room; nothing is added then.
        """
        if self._written is None:
            self._written = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600)
            sync_folder(self._path.parent)
        before = os.fstat(self._written).st_size
        try:
            if before == 0:
                _write(self._written, _line({"version": VERSION, "state": state}))
            for entry in entries:
                _write(self._written, _line(entry))
            _write(self._written, _line(END))
            os.fsync(self._written)
        except BaseException:
            # What follows a torn line would be ignored.
            os.ftruncate(self._written, before)
            raise

    def trim(self) -> None:
        """Cut off what a crash has left at the end, so that entries can be added."""
        if self.size == 0:
            return
        whole = read = 0
        for text, size in self._lines():
            read += size
            if text == _END_TEXT:
                whole = read
        with self._path.open("r+b") as lines:
            lines.truncate(whole)
            os.fsync(lines.fileno())

    def remove(self) -> None:
        """Remove it: all of it is in the file."""
        self.close()
        with contextlib.suppress(FileNotFoundError):
            self._path.unlink()

    def set_aside(self) -> Path:
        """Keep it under another name, since it belongs to another file; return that name."""
        self.close()
        number = 1
        while (aside := self._path.with_name(f"{self._path.name}.{number}")).exists():
            number += 1
        return self._path.rename(aside)

    def close(self) -> None:
        """Close it, if it is open."""
        written, self._written = self._written, None
        if written is not None:
            os.close(written)

    def _heads(self) -> Iterator[Any]:
        return (json.loads(text) for text, _ in self._lines())

    def _lines(self) -> Iterator[tuple[bytes, int]]:
        """Return the texts of whole lines, and how long the lines are."""
        try:
            lines = self._path.open("rb")
        except FileNotFoundError:
            return
        with lines:
            for line in lines:
                check, _, text = line.partition(b" ")
                if not line.endswith(b"\n") or check != b"%08x" % zlib.crc32(text[:-1]):
                    return
                yield text[:-1], len(line)


_END_TEXT: Final = json.dumps(END).encode()


def sync_folder(folder: Path) -> None:
    """Bring to disk which files are in a folder, where the file system can."""
    with contextlib.suppress(OSError):
        number = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(number)
        finally:
            os.close(number)


def _write(number: int, data: bytes) -> None:
    """Write all of it: a call may write a part."""
    view = memoryview(data)
    while view:
        view = view[os.write(number, view) :]


def _line(entry: Any) -> bytes:
    text = json.dumps(entry, separators=(",", ":")).encode()
    return b"%08x %s\n" % (zlib.crc32(text), text)
