"""Refuses shared memory that does not fit: the kernel has no limit for what one process shares."""

from __future__ import annotations

import errno
import os
import sys
from collections.abc import Callable

#: Where the system keeps files in memory.
FOLDER = "/dev/shm/"
_ROOM: list[Callable[[], int | None]] = []


class SharedShortage(OSError):
    """There is no room for as much shared memory.

    Attributes
    ----------
    asked_bytes : int
        What was asked for.
    """

    asked_bytes = 0


def limit_shared_memory(room: Callable[[], int | None]) -> None:
    """Refuse mapped shared memory for which there is no room.

    Parameters
    ----------
    room : callable
        Returns what the calling thread can still take [B]; None where it may take what it likes.
    """
    is_new = not _ROOM
    _ROOM[:] = [room]
    if is_new:
        # Python calls it before each mapping; there is no way to remove it again.
        sys.addaudithook(_audit)


def _audit(event: str, args: tuple[object, ...]) -> None:
    if event == "mmap.__new__":
        _check(*args[:2])


def _check(file: object, size: object) -> None:
    if not isinstance(file, int) or not isinstance(size, int):
        return
    room = _ROOM[0]()
    if room is None or not (file == -1 or _is_in_memory(file)):
        return
    size = size or os.fstat(file).st_size
    if size > room:
        error = SharedShortage(errno.ENOMEM, os.strerror(errno.ENOMEM))
        error.asked_bytes = size
        raise error


def _is_in_memory(file: int) -> bool:
    try:
        return os.readlink(f"/proc/self/fd/{file}").startswith((FOLDER, "/memfd:"))
    except OSError:
        return False
