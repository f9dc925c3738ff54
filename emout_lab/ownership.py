"""Who else can change a file or folder, and folders that nobody else can.

On a machine full of other people a path is safe when its owner is this user or root, nobody else
may write to it, and the same holds for every folder and link on the way to it.
"""

from __future__ import annotations

import grp
import os
import pwd
import stat
from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path
from typing import Final

from emout_lab.errors import UnsafeFile

OWN_MODE: Final = 0o700
MOST_LINKS: Final = 40

_OTHERS: Final = stat.S_IWOTH
_GROUP: Final = stat.S_IWGRP


def why_unsafe(
    path: str | Path, trusted: Iterable[str | Path] = (), *, allow_group: bool = False
) -> str | None:
    """Return how others could change what lies at `path`; None if they cannot.

    Parameters
    ----------
    path : str or Path
        File or folder. Where it does not exist, nobody else may be able to make it.
    trusted : iterable of str or Path
        Folders that count as safe, with everything below them.
    allow_group : bool
        Whether a group of several people may write.

    Returns
    -------
    str or None
        A sentence that names the folder or link at fault.

    Examples
    --------
    >>> why_unsafe("/usr/bin") is None
    True
    """
    safe = tuple(os.path.realpath(folder) for folder in trusted)
    mask = _OTHERS if allow_group else _OTHERS | _GROUP
    here, ahead, links = "/", _parts(os.path.abspath(path)), 0
    try:
        reason = _judge("/", os.lstat("/"), mask, is_last=not ahead)
        while ahead and reason is None:
            if _is_below(here, safe):
                return None
            part = ahead.pop(0)
            if part == "..":
                here = os.path.dirname(here)
                continue
            entry = os.path.join(here, part)
            try:
                status = os.lstat(entry)
            except FileNotFoundError:
                return _who_could_make_it(here, entry, mask)
            if not stat.S_ISLNK(status.st_mode):
                here = entry
                if _is_below(here, safe):
                    return None
                reason = _judge(here, status, mask, is_last=not ahead)
                continue
            reason = _whose(entry, status)
            links += 1
            target = os.readlink(entry)
            ahead = _parts(target) + ahead
            here = "/" if target.startswith("/") else here
            if links > MOST_LINKS:
                return f"{path} goes through more than {MOST_LINKS} links"
    except OSError as exc:
        return f"{path} cannot be looked at: {exc.strerror or exc}"
    return reason


def require_own(path: Path, trusted: Iterable[str | Path] = (), *, alone: bool = False) -> Path:
    """Return the folder `path` if it is this user's, and only this user can change it.

    Parameters
    ----------
    path : Path
        A folder that exists.
    trusted : iterable of str or Path
        Folders in which others may write, with everything below them.
    alone : bool
        Ask for the folder itself only, not for those that lead to it; where it is refused, all of
        them are named nevertheless.

    Raises
    ------
    UnsafeFile
        It belongs to somebody else, or others can write to it or swap it.
    """
    trusted = tuple(trusted)
    safe = tuple(os.path.realpath(folder) for folder in trusted)
    own = _own_fault(path, is_trusted=_is_below(os.path.realpath(path), safe))
    if alone and own is None:
        return path
    reasons = _whole_way(path, trusted)
    if own is not None and not any(reason.endswith(f" {path}") for reason in reasons):
        reasons.append(own)
    if reasons:
        raise UnsafeFile(
            f"The folder {path} is not used for sessions, which keep their keys there: "
            f"{'; '.join(reasons)}, so that others could run their code as you. Let only you write "
            "there (chmod go-w), or set EMOUT_LAB_HOME to a folder of your own, below your home "
            "for example; a folder whose writers you all trust (a project's) can be named in "
            "EMOUT_LAB_TRUSTED_FOLDERS."
        )
    return path


def _own_fault(path: Path, *, is_trusted: bool) -> str | None:
    status = path.stat()
    for owner in (status.st_uid, path.lstat().st_uid):
        if owner != os.getuid():
            return _stranger(str(path), owner)
    if status.st_mode & (_GROUP | _OTHERS) and not is_trusted:
        return f"others can write to {path}"
    return None


def _whole_way(path: Path, trusted: tuple[str | Path, ...]) -> list[str]:
    """Return what is wrong with a folder and with each that leads to it, each once."""
    safe = tuple(os.path.realpath(folder) for folder in trusted)
    whole = path.absolute()
    found: list[str | None] = []
    for folder in (*reversed(whole.parents), whole):
        if not folder.is_symlink() and not _is_below(os.path.realpath(folder), safe):
            mask = _OTHERS | _GROUP
            found.append(_judge(str(folder), folder.stat(), mask, is_last=folder == whole))
    # What lies behind links.
    found.append(why_unsafe(path, trusted))
    return list(dict.fromkeys(reason for reason in found if reason is not None))


def make_own_folder(path: Path) -> Path:
    """Create the folder `path` with mode 0700, or take it where it is this user's already.

    A link in its place is never followed.

    Raises
    ------
    OSError
        It cannot be created, or somebody else's file, folder or link is in its place.
    """
    try:
        path.mkdir(mode=OWN_MODE)
    except FileExistsError:
        pass
    descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
    try:
        status = os.fstat(descriptor)
        if status.st_uid != os.getuid():
            raise PermissionError(_stranger(str(path), status.st_uid))
        if stat.S_IMODE(status.st_mode) != OWN_MODE:
            os.fchmod(descriptor, OWN_MODE)
    finally:
        os.close(descriptor)
    return path


def _judge(path: str, status: os.stat_result, mask: int, *, is_last: bool) -> str | None:
    reason = _whose(path, status)
    if reason is not None:
        return reason
    # In a sticky folder only an entry's owner can rename or remove it, and owners are looked at.
    is_sticky = stat.S_ISDIR(status.st_mode) and status.st_mode & stat.S_ISVTX
    return None if is_sticky and not is_last else _who_writes(path, status, mask)


def _who_could_make_it(folder: str, entry: str, mask: int) -> str | None:
    reason = _who_writes(folder, os.lstat(folder), mask)
    return None if reason is None else f"{entry} does not exist, and {reason}"


def _who_writes(path: str, status: os.stat_result, mask: int) -> str | None:
    if status.st_mode & mask & _OTHERS:
        return f"everybody can write to {path}"
    if status.st_mode & mask & _GROUP and not _is_private_group(status.st_gid):
        return f"its group can write to {path}"
    return None


def _whose(path: str, status: os.stat_result) -> str | None:
    return None if status.st_uid in _trusted_owners() else _stranger(path, status.st_uid)


def _stranger(path: str, user: int) -> str:
    return f"{path} belongs to user id {user}"


@lru_cache(maxsize=1)
def _trusted_owners() -> frozenset[int]:
    # Where root has no name (a container's user namespace), its files show another owner.
    return frozenset({0, os.getuid(), os.stat("/").st_uid})


@lru_cache(maxsize=64)
def _is_private_group(group: int) -> bool:
    """Whether a group has this user alone: by its name and members, as login systems make them."""
    if group == 0:
        return True
    try:
        user = pwd.getpwuid(os.getuid()).pw_name
        entry = grp.getgrgid(group)
    except KeyError:
        return False
    return entry.gr_name == user and set(entry.gr_mem) <= {user}


def _is_below(path: str, folders: Iterable[str]) -> bool:
    return any(path == folder or path.startswith(f"{folder}/") for folder in folders)


def _parts(path: str) -> list[str]:
    return [part for part in path.split("/") if part not in ("", ".")]
