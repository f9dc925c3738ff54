"""A lock between all processes of a user, on all machines that share the home."""

from __future__ import annotations

import contextlib
import errno
import fcntl
import os
import socket
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from emout_lab.errors import SessionError
from emout_lab.paths import FILE_MODE, open_private

LOCK_POLL_S: Final = 0.05
LOCK_TIMEOUT_S: Final = 20.0
#: Age after which a lock file is taken for one of a process that died; nobody holds it so long.
LEFT_BEHIND_S: Final = 60.0

# What a file system says that has no flock (some NFS and Lustre mounts).
_NO_FLOCK: Final = frozenset({errno.ENOLCK, errno.ENOSYS, errno.ENOTSUP, errno.EOPNOTSUPP})


@contextlib.contextmanager
def file_lock(file: Path, timeout: float = LOCK_TIMEOUT_S) -> Iterator[None]:
    """Hold the lock `file`; where the file system has no flock, its presence is the lock.

    Parameters
    ----------
    file : Path
        The lock.
    timeout : float [s]
        How long to wait for it.

    Raises
    ------
    SessionError
        Another process holds it too long, or it cannot be created.
    """
    try:
        descriptor = open_private(file, os.O_RDWR)
    except OSError as exc:
        raise _unusable(file, exc) from exc
    deadline = time.monotonic() + timeout
    try:
        if _has_flock(file, descriptor, deadline):
            yield
        else:
            with _lock_by_presence(file.with_name(f"{file.name}.held"), deadline):
                yield
    finally:
        os.close(descriptor)


def _has_flock(file: Path, descriptor: int, deadline: float) -> bool:
    """Take the lock; False where the file system has none."""
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            _wait(file, deadline)
        except OSError as exc:
            if exc.errno in _NO_FLOCK:
                return False
            raise _unusable(file, exc) from exc
        else:
            return True


@contextlib.contextmanager
def _lock_by_presence(file: Path, deadline: float) -> Iterator[None]:
    while True:
        try:
            descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, FILE_MODE)
        except FileExistsError:
            _remove_if_left_behind(file)
            _wait(file, deadline)
        except OSError as exc:
            raise _unusable(file, exc) from exc
        else:
            break
    try:
        with os.fdopen(descriptor, "w") as stream:
            stream.write(f"process {os.getpid()} on {socket.gethostname()}\n")
        yield
    finally:
        file.unlink(missing_ok=True)


def _remove_if_left_behind(file: Path) -> None:
    with contextlib.suppress(FileNotFoundError):
        if time.time() - file.stat().st_mtime > LEFT_BEHIND_S:
            file.unlink()


def _wait(file: Path, deadline: float) -> None:
    if time.monotonic() > deadline:
        raise SessionError(
            f"Another start or stop holds {file} and does not let it go. "
            f"See what it does: fuser {file}"
        )
    time.sleep(LOCK_POLL_S)


def _unusable(file: Path, exc: OSError) -> SessionError:
    return SessionError(
        f"Cannot lock {file}: {exc.strerror or exc}. Check the disk quota and whether the file "
        "system can be written, or set EMOUT_LAB_HOME to another folder that all nodes share."
    )
