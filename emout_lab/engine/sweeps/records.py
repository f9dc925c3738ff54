"""What came of the points of a sweep, as records that workers append to files of their own.

A record is a header of fixed size (what it is, sizes of its parts, and check sums), a part in JSON
that anybody can read, and a pickle of the exact results, which only the user's own programs open.
What a crash has cut off at the end of a file is ignored.
"""

from __future__ import annotations

import contextlib
import json
import os
import pickle
import secrets
import struct
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO, Final, NamedTuple

import numpy as np

from emout_lab.errors import StateError

#: Magic, whether it is over, whether it succeeded, round, point, sizes of text and pickle.
HEADER: Final = struct.Struct("<4sBBHiIQ")
#: Of header and text, and of the pickle.
CHECKS: Final = struct.Struct("<II")
MAGIC: Final = b"ELS2"
SUFFIX: Final = ".log"
#: A text of the part that anybody can read is cut to this length.
TEXT_CHARACTERS: Final = 500
_HEAD_BYTES: Final = HEADER.size + CHECKS.size


@dataclass(frozen=True, slots=True)
class PointRecord:
    """What a worker tells of a point: that it has begun, or what came of it.

    Attributes
    ----------
    point : int
        Its number.
    is_begun : bool
        Whether it has only begun.
    told : dict
        What anybody can read: ``ok``, ``seconds``, ``began``, ``engine``, ``peak_memory``,
        ``error``, ``traceback``, and under ``parameters`` and ``results`` the values that are
        numbers or short texts; ``lost`` where the engine has died of the point.
    packed : bytes
        A pickle of the results.
    round : int
        How often the point had been asked for again: of its records those of the highest round
        count, and of these the first.
    """

    point: int
    is_begun: bool
    told: dict[str, Any] = field(default_factory=dict)
    packed: bytes = b""
    round: int = 0

    @property
    def is_ok(self) -> bool:
        """Whether the experiment succeeded."""
        return bool(self.told.get("ok"))

    def results(self) -> Any:
        """Return what the experiment gave; code of the user's runs for that.

        Raises
        ------
        StateError
            When the file is damaged, or the results were left out.
        """
        if not self.packed:
            raise StateError(f"the results of point {self.point} cannot be read: the disk?")
        return pickle.loads(self.packed)


class RecordHead(NamedTuple):
    """What stands at the beginning of a record."""

    point: int
    is_begun: bool
    is_ok: bool
    round: int


class CountedRounds:
    """Which records count: of each point those of its highest round, and of these the first.

    Parameters
    ----------
    total : int
        How many points there are.

    Examples
    --------
    >>> counted = CountedRounds(1)
    >>> [counted.take(RecordHead(0, False, True, round)) for round in (0, 0, 1)]
    [True, False, True]
    """

    def __init__(self, total: int) -> None:
        #: The newest round of each point, -1 before the first.
        self.rounds = np.full(total, -1, np.int32)

    def take(self, record: PointRecord | RecordHead) -> bool:
        """Return whether a record counts, which comes after all that were taken before."""
        if record.is_begun or not 0 <= record.point < len(self.rounds):
            return False
        is_newer = bool(record.round > self.rounds[record.point])
        if is_newer:
            self.rounds[record.point] = record.round
        return is_newer


class RecordWriter:
    """Appends records to a new file; used by one thread at a time.

    Parameters
    ----------
    folder : Path
        Where the files of the sweep are.
    engine : str
        Who writes.
    """

    def __init__(self, folder: Path, engine: str) -> None:
        name = f"{prefix_of(engine)}{secrets.token_hex(4)}{SUFFIX}"
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_APPEND
        self._file = os.open(folder / name, flags, 0o600)
        os.fchmod(self._file, 0o600)  # whatever umask an experiment has set
        self._size = 0

    def add(self, record: PointRecord) -> None:
        """Write a record; it outlives this process, and with `sync` this machine.

        Raises
        ------
        OSError
            When the disk is full; what is in the file stays readable.
        """
        text = json.dumps(record.told, separators=(",", ":")).encode() if record.told else b""
        sizes = len(text), len(record.packed)
        kind = 0 if record.is_begun else 1
        head = HEADER.pack(MAGIC, kind, record.is_ok, record.round, record.point, *sizes)
        checks = CHECKS.pack(zlib.crc32(text, zlib.crc32(head)), zlib.crc32(record.packed))
        data = memoryview(b"".join((head, checks, text, record.packed)))
        size = data.nbytes
        try:
            while data.nbytes:
                data = data[os.write(self._file, data) :]
        except OSError:
            # What comes behind a part of a record would never be found.
            with contextlib.suppress(OSError):
                os.ftruncate(self._file, self._size)
            raise
        self._size += size

    def sync(self) -> None:
        """Have all of it on disk, where other machines see it as well."""
        os.fsync(self._file)

    def close(self) -> None:
        """Close the file; twice is harmless."""
        if self._file >= 0:
            os.close(self._file)
            self._file = -1


class RecordReader:
    """Reads what was added to the files of a folder since it has read last.

    Parameters
    ----------
    folder : Path
        Where they are.
    is_brief : bool
        Leave out the exact results.
    places : mapping, optional
        How much of each file has been read before.
    """

    def __init__(
        self, folder: Path, *, is_brief: bool = False, places: Mapping[str, int] | None = None
    ) -> None:
        self._folder = folder
        self._is_brief = is_brief
        self._read: dict[str, int] = dict(places or {})

    @property
    def places(self) -> dict[str, int]:
        """How much of each file has been read [B]."""
        return dict(self._read)

    def new(self) -> Iterator[PointRecord]:
        """Return the records that were added; those of each file in their order."""
        for file, head, text_size, packed_size, check in self._parts(""):
            told = json.loads(file.read(text_size)) if text_size else {}
            packed = b"" if self._is_brief else file.read(packed_size)
            if zlib.crc32(packed) != check:
                packed = b""  # left out, or damaged: whoever wants it is told
            yield PointRecord(head.point, head.is_begun, told, packed, head.round)

    def heads(self, engine: str | None = None) -> Iterator[RecordHead]:
        """Return what records are about that were added, of one engine's or of all files."""
        for _, head, *_ in self._parts("" if engine is None else prefix_of(engine)):
            yield head

    def _parts(self, prefix: str) -> Iterator[tuple[BinaryIO, RecordHead, int, int, int]]:
        """Yield each new record with its file, which stands behind the header."""
        try:
            names = sorted(os.listdir(self._folder))
        except FileNotFoundError:
            return
        for name in names:
            if not name.endswith(SUFFIX) or not name.startswith(prefix):
                continue
            with contextlib.suppress(FileNotFoundError):
                # Opened anew each time: so a network file system shows what others have written.
                with (self._folder / name).open("rb") as file:
                    yield from self._parts_of(name, file)

    def _parts_of(
        self, name: str, file: BinaryIO
    ) -> Iterator[tuple[BinaryIO, RecordHead, int, int, int]]:
        place, end = self._read.get(name, 0), os.fstat(file.fileno()).st_size
        while place + _HEAD_BYTES <= end:
            file.seek(place)
            data = file.read(_HEAD_BYTES)
            magic, kind, is_ok, round_, point, text_size, packed_size = HEADER.unpack_from(data)
            check, packed_check = CHECKS.unpack_from(data, HEADER.size)
            behind = place + _HEAD_BYTES + text_size + packed_size
            if magic != MAGIC or behind > end:
                return
            text = file.read(text_size)
            if zlib.crc32(text, zlib.crc32(data[: HEADER.size])) != check:
                return
            file.seek(place + _HEAD_BYTES)
            self._read[name] = place = behind
            head = RecordHead(point, kind == 0, bool(is_ok), round_)
            yield file, head, text_size, packed_size, packed_check


def prefix_of(engine: str) -> str:
    """Return how the names of an engine's files begin.

    Examples
    --------
    >>> prefix_of("SLURMCluster-0/1")
    'SLURMCluster-0_1.'
    """
    return "".join(each if each.isalnum() or each in "-_" else "_" for each in engine) + "."


def shown(value: Any) -> Any:
    """Return what anybody can read of a value; None where it is no number and no text.

    Examples
    --------
    >>> shown(np.float64(2.5)), shown("text"), shown([1, 2])
    (2.5, 'text', None)
    """
    if isinstance(value, np.datetime64 | np.timedelta64):
        return str(value)  # some of them would be told as bare integers
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, str):
        return value[:TEXT_CHARACTERS]
    if isinstance(value, float):
        return value if np.isfinite(value) else str(value)
    return value if isinstance(value, bool | int) and abs(value) < 2**63 else None


def shown_values(values: dict[str, Any]) -> dict[str, Any]:
    """Return those of values by name that anybody can read."""
    found = {str(name): shown(value) for name, value in values.items()}
    return {name: value for name, value in found.items() if value is not None}
