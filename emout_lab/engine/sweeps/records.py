"""What came of the points of a sweep, as records that workers append to files of their own.

A record is a header of fixed size (sizes of its parts, and a check sum), a part in JSON that
anybody can read, and a pickle of the exact results, which only the user's own programs open. What a
crash has cut off at the end of a file is ignored.
"""

from __future__ import annotations

import json
import os
import pickle
import secrets
import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import numpy as np

HEADER: Final = struct.Struct("<4sIII")
MAGIC: Final = b"ELS1"
SUFFIX: Final = ".log"
#: A text of the part that anybody can read is cut to this length.
TEXT_CHARACTERS: Final = 500


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
        What anybody can read: ``ok``, ``seconds``, ``engine``, ``error``, and under ``parameters``
        and ``results`` the values that are numbers or short texts.
    packed : bytes
        A pickle of the results, in a form of `pack_results`.
    """

    point: int
    is_begun: bool
    told: dict[str, Any] = field(default_factory=dict)
    packed: bytes = b""

    @property
    def is_ok(self) -> bool:
        """Whether the experiment succeeded."""
        return bool(self.told.get("ok"))

    def results(self) -> Any:
        """Return what the experiment gave; code of the user's runs for that."""
        return pickle.loads(self.packed)


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
        name = f"{engine}-{secrets.token_hex(4)}{SUFFIX}"
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_APPEND
        self._file = os.open(folder / name, flags, 0o600)

    def add(self, record: PointRecord) -> None:
        """Write a record; it outlives this process, and with `sync` this machine."""
        told = {"point": record.point, "begun": record.is_begun, **record.told}
        text = json.dumps(told, separators=(",", ":")).encode()
        check = zlib.crc32(record.packed, zlib.crc32(text))
        data = HEADER.pack(MAGIC, len(text), len(record.packed), check) + text + record.packed
        view = memoryview(data)
        while view.nbytes:
            view = view[os.write(self._file, view) :]

    def sync(self) -> None:
        """Have all of it on disk, where other machines see it as well."""
        os.fsync(self._file)

    def close(self) -> None:
        """Close the file."""
        os.close(self._file)


class RecordReader:
    """Reads what was added to the files of a folder since it has read last.

    Parameters
    ----------
    folder : Path
        Where they are.
    is_brief : bool
        Pass over the exact results, which may be large. Their check sum is not looked at then.
    """

    def __init__(self, folder: Path, *, is_brief: bool = False) -> None:
        self._folder = folder
        self._is_brief = is_brief
        self._read: dict[str, int] = {}

    def new(self) -> Iterator[PointRecord]:
        """Return the records that were added; those of each file in their order."""
        try:
            names = sorted(each for each in os.listdir(self._folder) if each.endswith(SUFFIX))
        except FileNotFoundError:
            return
        for name in names:
            yield from self._new_of(name)

    def _new_of(self, name: str) -> Iterator[PointRecord]:
        place = self._read.get(name, 0)
        path = self._folder / name
        # Opened anew each time: so a network file system shows what others have written.
        with path.open("rb") as file:
            end = os.fstat(file.fileno()).st_size
            if end <= place:
                return
            file.seek(place)
            while (found := self._next(file, end)) is not None:
                record, size = found
                place += size
                self._read[name] = place
                yield record

    def _next(self, file: Any, end: int) -> tuple[PointRecord, int] | None:
        head = file.read(HEADER.size)
        if len(head) < HEADER.size:
            return None
        magic, text_size, packed_size, check = HEADER.unpack(head)
        if magic != MAGIC:
            return None
        text, packed = file.read(text_size), b""
        if self._is_brief and packed_size:
            if file.seek(packed_size, os.SEEK_CUR) > end:
                return None
        else:
            packed = file.read(packed_size)
            if zlib.crc32(packed, zlib.crc32(text)) != check or len(packed) < packed_size:
                return None
        told = _told(text)
        if told is None:
            return None
        point, is_begun = told.pop("point"), bool(told.pop("begun", False))
        size = HEADER.size + text_size + packed_size
        return PointRecord(point, is_begun, told, packed), size


def _told(text: bytes) -> dict[str, Any] | None:
    """Return the part that anybody can read; None where a crash has left something else there."""
    try:
        told = json.loads(text)
    except ValueError:
        return None
    is_record = isinstance(told, dict) and isinstance(told.get("point"), int)
    return told if is_record else None


def shown(value: Any) -> Any:
    """Return what anybody can read of a value; None where it is no number and no text.

    Examples
    --------
    >>> shown(np.float64(2.5)), shown("text"), shown([1, 2])
    (2.5, 'text', None)
    """
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
