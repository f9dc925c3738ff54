"""One state file: read it, or wait until another process has written it."""

from __future__ import annotations

import json
import os
import stat
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final, TypeVar

from emout_lab.errors import DamagedState
from emout_lab.sessions.models import RECORD_VERSION, SessionRecord

#: A record is about 2 kB; whatever is larger is none, and is not read.
LARGEST_BYTES: Final = 1_000_000
POLL_INTERVAL_S: Final = 0.05
_OTHERS_MAY_WRITE: Final = 0o022

_Found = TypeVar("_Found")


class ForeignState(DamagedState):
    """A state file of another program (emout) or of another version."""


def read_record(file: Path, name: str) -> SessionRecord | None:
    """Return the record in `file`; None where there is no such file.

    Raises
    ------
    ForeignState
        It is another program's, or another version's.
    DamagedState
        It cannot be read, others may have written it, it is no JSON object, or a key is wrong.
    """
    data = read_object(file)
    if data is None:
        return None
    version = data.get("version")
    if version != RECORD_VERSION and (isinstance(data.get("address"), str) or version is not None):
        raise ForeignState(f"{file} is of another program or version (emout?)")
    try:
        record = SessionRecord.from_json(data)
        if record.name != name:
            raise ValueError(f"it is the state of session {record.name[:64]!r}")
    except (ValueError, TypeError, LookupError, AttributeError, ArithmeticError) as exc:
        raise DamagedState(f"{file} is damaged: {exc}") from exc
    return record


def read_object(file: Path) -> dict[str, Any] | None:
    """Return the JSON object in `file`, a file of this user that only this user writes.

    Raises
    ------
    DamagedState
        It is none; the message says why.
    """
    try:
        data = _read(file)
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as exc:
        # A network file system that is away: ESTALE, EIO, ETIMEDOUT.
        raise DamagedState(f"{file} cannot be read: {exc.strerror or exc}") from exc
    if not data.strip(b"\0 \t\r\n"):
        raise DamagedState(f"{file} is damaged: it is empty")
    try:
        content = json.loads(data)
    except (ValueError, RecursionError) as exc:
        raise DamagedState(f"{file} is damaged: it is no JSON ({str(exc)[:80]})") from exc
    if not isinstance(content, dict):
        raise DamagedState(f"{file} is damaged: it holds no JSON object")
    return content


def _read(file: Path) -> bytes:
    # Without NONBLOCK the opening of a FIFO waits for ever.
    flags = os.O_RDONLY | os.O_NONBLOCK | os.O_NOFOLLOW | os.O_CLOEXEC
    with open(os.open(file, flags), "rb") as stream:
        found = os.fstat(stream.fileno())
        if not stat.S_ISREG(found.st_mode):
            raise DamagedState(f"{file} is damaged: it is no regular file")
        if found.st_uid != os.getuid():
            raise DamagedState(f"{file} belongs to user id {found.st_uid}, not to you")
        if found.st_mode & _OTHERS_MAY_WRITE:
            raise DamagedState(
                f"{file} can be written by others (mode {found.st_mode & 0o777:04o})"
            )
        if found.st_size > LARGEST_BYTES:
            raise DamagedState(f"{file} is damaged: it has {found.st_size} bytes")
        return stream.read()


def poll(look: Callable[[], _Found | None], timeout: float) -> _Found | None:
    """Call `look` until it returns something else than None, or the time is over.

    Parameters
    ----------
    look : callable
        Looks once.
    timeout : float [s]
        How long to go on; at least one look is taken.

    Returns
    -------
    object or None
        What `look` found; None when the time is over.

    Examples
    --------
    >>> poll(lambda: 1, timeout=0)
    1
    """
    deadline = time.monotonic() + timeout
    while True:
        found = look()
        if found is not None or time.monotonic() >= deadline:
            return found
        time.sleep(POLL_INTERVAL_S)
