"""Runtime folders and private files: who may read what, and names that cannot leave their folder.

Everything lies under one root (``~/.emout``), in the layout that existing ``emout`` clients read.
"""

from __future__ import annotations

import contextlib
import errno
import os
import re
import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from emout_lab.errors import SessionError, SpecError, UnsafeFile
from emout_lab.ownership import require_own

DIRECTORY_MODE: Final = 0o700
FILE_MODE: Final = 0o600
NAME_MAX_LENGTH: Final = 64

# Existing emout clients scan all session folders and give up on a name with any other character.
NAME_PATTERN: Final = r"[A-Za-z0-9_-][A-Za-z0-9_.-]*"


def check_name(name: object) -> str:
    """Return `name` if it can name a session, before it touches a path.

    Parameters
    ----------
    name : object
        What somebody typed or sent.

    Returns
    -------
    str

    Raises
    ------
    SpecError
        The name is empty, too long, starts with a dot, or has other characters than ASCII
        letters, digits, ``_``, ``.`` and ``-``.

    Examples
    --------
    >>> check_name("batch2")
    'batch2'
    >>> check_name("../etc")
    Traceback (most recent call last):
    ...
    emout_lab.errors.SpecError: '../etc' cannot name a session; use letters, digits, ...
    """
    valid = (
        isinstance(name, str)
        and len(name) <= NAME_MAX_LENGTH
        and re.fullmatch(NAME_PATTERN, name) is not None
        and ".." not in name
    )
    if not valid:
        shown = repr(name if not isinstance(name, str) else name[:80])
        raise SpecError(
            f"{shown} cannot name a session; use letters, digits, '_', '-' and single dots, "
            f"not a leading dot, at most {NAME_MAX_LENGTH} characters, for example 'batch2'.",
            "name",
        )
    return str(name)


@dataclass(frozen=True)
class SessionPaths:
    """Where one session keeps its files.

    Parameters
    ----------
    directory : Path
        The session's own folder, mode 0700.

    Examples
    --------
    >>> SessionPaths(Path("/home/u/.emout/servers/default")).state.name
    'state.json'
    """

    directory: Path

    @property
    def state(self) -> Path:
        """State file, written by the host, read by everybody."""
        return self.directory / "state.json"

    @property
    def state_copy(self) -> Path:
        """The state once more, read where the state file is damaged."""
        return self.directory / "state.copy.json"

    @property
    def certs(self) -> Path:
        """Folder of the session's certificates and keys."""
        return self.directory / "certs"

    @property
    def logs(self) -> Path:
        """Folder of the host's and the jobs' logs."""
        return self.directory / "logs"

    @property
    def host_log(self) -> Path:
        """What the host printed and logged."""
        return self.logs / "host.log"

    @property
    def scratch(self) -> Path:
        """Folder for what workers on this machine spill."""
        return self.directory / "scratch"

    @property
    def live(self) -> Path:
        """Folder of how live figures are drawn again."""
        return self.directory / "live"


@dataclass(frozen=True)
class Runtime:
    """The runtime root and what lies where below it.

    Parameters
    ----------
    root : Path
        ``~/.emout``, or what ``EMOUT_LAB_HOME`` says.

    Examples
    --------
    >>> str(Runtime(Path("/home/u/.emout")).session("a").state)
    '/home/u/.emout/servers/a/state.json'
    """

    root: Path

    @property
    def servers(self) -> Path:
        """Folder that holds one folder per session."""
        return self.root / "servers"

    @property
    def sweeps(self) -> Path:
        """Folder that holds one folder per sweep."""
        return self.root / "sweeps"

    @property
    def active(self) -> Path:
        """Mirror of the active session's state."""
        return self.root / "server.json"

    @property
    def ended(self) -> Path:
        """Notes for hosts that were away when their session was stopped."""
        return self.root / "ended"

    @property
    def queue(self) -> Path:
        """Folder of what the queue has said of late, for all sessions."""
        return self.root / "queue"

    @property
    def lock(self) -> Path:
        """File that serialises starts and removals."""
        return self.root / ".lock"

    def session(self, name: str) -> SessionPaths:
        """Return the paths of the session `name` (checked first)."""
        return SessionPaths(self.servers / check_name(name))

    def create(self, trusted: Iterable[str] = ()) -> None:
        """Create the folders of the root, private to their owner (but for what is trusted)."""
        for directory in (self.root, self.servers):
            make_private_directory(directory, trusted)


def make_private_directory(directory: Path, trusted: Iterable[str] = ()) -> Path:
    """Create `directory` and the folders above it (mode 0700), or take what exists as it is.

    Raises
    ------
    SessionError
        The folder cannot be created: read-only or full file system, or a file in its place.
    UnsafeFile
        It exists, and belongs to somebody else or others can write to it.
    """
    try:
        missing = [folder for folder in (directory, *directory.parents) if not folder.exists()]
        for folder in reversed(missing):
            _make_one(folder)
        if not directory.is_dir():
            raise NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR), str(directory))
        require_own(directory, trusted, alone=True)
    except UnsafeFile:
        raise
    except OSError as exc:
        raise SessionError(
            f"Cannot use the folder {directory}: {exc.strerror or exc}. "
            "Sessions keep their state there; check the disk quota and the permissions, "
            "or set EMOUT_LAB_HOME to another folder that all nodes share."
        ) from exc
    return directory


def _make_one(folder: Path) -> None:
    try:
        folder.mkdir(mode=DIRECTORY_MODE)
    except FileExistsError:
        if not folder.is_dir():
            raise
        # Somebody was faster; whose it is, is looked at afterwards.
        return
    # The umask took more than others' rights.
    if folder.lstat().st_mode & 0o777 != DIRECTORY_MODE:
        folder.chmod(DIRECTORY_MODE)


def open_private(file: Path, flags: int) -> int:
    """Open a file that only its owner can read, and make it where it is missing.

    Parameters
    ----------
    file : Path
        No link is followed in its place.
    flags : int
        As for `os.open`, for example ``os.O_WRONLY | os.O_APPEND``.

    Returns
    -------
    int
        Its descriptor.

    Raises
    ------
    OSError
        It cannot be opened.
    """
    flags |= os.O_NOFOLLOW | os.O_CLOEXEC
    while True:
        try:
            descriptor = os.open(file, flags | os.O_CREAT | os.O_EXCL, FILE_MODE)
        except FileExistsError:
            with contextlib.suppress(FileNotFoundError):
                return os.open(file, flags)
        else:
            # The umask may have taken more than others' rights.
            os.fchmod(descriptor, FILE_MODE)
            return descriptor


def write_private(file: Path, data: bytes) -> None:
    """Write `data` so that readers see the old or the new content, never a part.

    The file has mode 0600 from its first moment.

    Raises
    ------
    SessionError
        The file system is full or read-only; the old file is as it was.
    """
    install_private(stage_private(file, data), file)


def stage_private(file: Path, data: bytes) -> Path:
    """Write `data` beside `file`, for `install_private`, which takes no time.

    Raises
    ------
    SessionError
        The file system is full or read-only; nothing is left.
    """
    temporary = file.with_name(f".{file.name}.{secrets.token_hex(4)}")
    try:
        descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, FILE_MODE)
        os.fchmod(descriptor, FILE_MODE)
        try:
            with os.fdopen(descriptor, "wb") as stream:
                stream.write(data)
                stream.flush()
                os.fsync(stream.fileno())
        except OSError:
            temporary.unlink(missing_ok=True)
            raise
    except OSError as exc:
        raise _cannot_write(file, exc) from exc
    return temporary


def install_private(staged: Path, file: Path) -> None:
    """Put what was written beside `file` in its place.

    Raises
    ------
    SessionError
        The file system refuses; the old file is as it was.
    """
    try:
        staged.replace(file)
    except OSError as exc:
        staged.unlink(missing_ok=True)
        raise _cannot_write(file, exc) from exc


def _cannot_write(file: Path, exc: OSError) -> SessionError:
    return SessionError(
        f"Cannot write {file}: {exc.strerror or exc}. Check the disk quota and whether the "
        "file system can be written."
    )


def require_private(file: Path) -> Path:
    """Return `file` if only its owner, this user, can read it.

    Raises
    ------
    UnsafeFile
        Others may read the file, or it belongs to somebody else.
    FileNotFoundError
        There is no such file.
    """
    status = file.stat()
    if status.st_uid != os.getuid():
        raise UnsafeFile(f"{file} belongs to user id {status.st_uid}, not to you; it is not used.")
    if status.st_mode & 0o077:
        raise UnsafeFile(
            f"{file} can be read by others (mode {status.st_mode & 0o777:04o}) and is not used. "
            f"If nobody has read it yet: chmod 600 {file}. Otherwise stop the session and start "
            "it again, which makes new keys."
        )
    return file
