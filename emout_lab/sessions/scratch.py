"""A folder for a process's temporary files that nobody else can look into or swap."""

from __future__ import annotations

import contextlib
import errno
import fcntl
import logging
import os
import shutil
import socket
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

from emout_lab.ownership import make_own_folder, why_unsafe

FOLDER: Final = "emout-lab"
LOCK: Final = ".in-use"

log = logging.getLogger(__name__)


@contextlib.contextmanager
def own_scratch(
    first: Iterable[str], last: Iterable[str] = (), trusted: Iterable[str] = ()
) -> Iterator[Path]:
    """Make a folder (0700) for this process, and remove it afterwards.

    It lies in ``emout-lab-UID`` below the first place that is safe: those in `first`, the system's
    folder for temporary files (``TMPDIR``), those in `last`. Folders of processes that were killed
    are removed there.

    Parameters
    ----------
    first, last : iterable of str
        Places to try before and after the system's.
    trusted : iterable of str
        Folders that count as safe.

    Yields
    ------
    Path

    Raises
    ------
    OSError
        No place can be used; the message names each, and why.

    Examples
    --------
    >>> with own_scratch([]) as folder:
    ...     oct(folder.stat().st_mode & 0o777)
    '0o700'
    """
    trusted = tuple(trusted)
    folder, lock = _make(_places(first, last), trusted)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        os.close(lock)


def _places(first: Iterable[str], last: Iterable[str]) -> list[Path]:
    texts = [*first, tempfile.gettempdir(), *last]
    return [Path(text).expanduser() for text in texts]


def _make(places: Iterable[Path], trusted: tuple[str, ...]) -> tuple[Path, int]:
    reasons = []
    for place in places:
        try:
            home = _users_folder(place, trusted)
            _remove_left_behind(home)
            folder = Path(tempfile.mkdtemp(prefix=_prefix(), dir=home))
            lock = _lock(folder)
        except OSError as exc:
            reasons.append(f"{place} ({exc.strerror or exc})")
            log.warning("Temporary files are not kept in %s: %s", place, exc.strerror or exc)
        else:
            return folder, lock
    raise OSError(
        f"There is no safe folder for temporary files: {'; '.join(reasons)}. Set TMPDIR to a "
        "folder that only you can write to."
    )


def _users_folder(place: Path, trusted: tuple[str, ...]) -> Path:
    """Return this user's folder at a place; one of another name where somebody has taken it."""
    try:
        folder = make_own_folder(place / f"{FOLDER}-{os.getuid()}")
    except (FileNotFoundError, NotADirectoryError):
        raise
    except OSError as exc:
        log.warning("%s is taken by somebody else: %s", place / FOLDER, exc.strerror or exc)
        folder = Path(tempfile.mkdtemp(prefix=f"{FOLDER}-", dir=place))
    reason = why_unsafe(folder, trusted)
    if reason is not None:
        with contextlib.suppress(OSError):
            folder.rmdir()
        raise PermissionError(errno.EPERM, reason)
    return folder


def _prefix() -> str:
    # Some shared file systems keep locks on each machine apart.
    return f"run-{socket.gethostname()}-"


def _lock(folder: Path) -> int:
    """Hold a lock in `folder` as long as this process lives, where the file system has locks."""
    unlocked = folder / f"{LOCK}.new"
    descriptor = os.open(unlocked, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    with contextlib.suppress(OSError):
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    # Under its name it is locked from its first moment.
    unlocked.rename(folder / LOCK)
    return descriptor


def _remove_left_behind(home: Path) -> None:
    for folder in home.glob(f"{_prefix()}*"):
        # Just made, or removed at this moment: no lock file, and none of ours.
        with contextlib.suppress(OSError):
            descriptor = os.open(folder / LOCK, os.O_RDWR | os.O_NOFOLLOW | os.O_CLOEXEC)
            try:
                # Fails where its process lives, and where the file system has no locks.
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                shutil.rmtree(folder, ignore_errors=True)
            finally:
                os.close(descriptor)
