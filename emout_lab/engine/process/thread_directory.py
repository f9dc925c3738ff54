"""A working directory of one thread's own, where the system knows such."""

from __future__ import annotations

import contextlib
import ctypes
import os
import sys
import threading
from collections.abc import Iterator

#: Of Linux: the thread shares its directory with no other any more.
CLONE_FS = 0x200
_LOCAL = threading.local()


@contextlib.contextmanager
def thread_directory(directory: str | None) -> Iterator[None]:
    """Let relative paths mean a directory, in this thread alone.

    It and the umask are what they were when the block ends, whatever that has changed. Nothing
    happens where the directory does not exist here, or where threads cannot have their own: all
    of a process would find theirs changed.
    """
    if directory is None or not _has_own() or not os.path.isdir(directory):
        yield
        return
    before = os.getcwd()
    os.chdir(directory)
    os.umask(mask := os.umask(0o077))
    try:
        yield
    finally:
        os.umask(mask)
        os.chdir(before)


def _has_own() -> bool:
    """Tell whether this thread has a directory of its own; it gets one where it can."""
    known: bool | None = getattr(_LOCAL, "has_own", None)
    if known is None:
        known = _LOCAL.has_own = _unshared()
    return known


def _unshared() -> bool:
    if sys.platform != "linux" or threading.current_thread() is threading.main_thread():
        return False
    try:
        return int(ctypes.CDLL(None).unshare(CLONE_FS)) == 0
    except (OSError, AttributeError):
        return False
