"""Files that users name are written whole or not at all."""

from __future__ import annotations

import contextlib
import os
import re
import secrets
import shutil
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Final

# h5py has the number in its text only.
_ERRNO: Final = re.compile(r"errno = (\d+)")


@contextlib.contextmanager
def replacing(path: str | os.PathLike[str], beside: str = "") -> Iterator[str]:
    """Give a path beside `path` to write to; what is there takes its place when the block ends.

    Readers see the old file or the new one. When the block fails nothing is left, and the old file
    is as it was. Mode and link of an existing file stay, a new one gets what the umask leaves, as
    with `open`. Devices and pipes are written to as they are.

    Parameters
    ----------
    path : path
        File to be written. The path that is given has the same suffix.
    beside : str
        What that is called; by chance by default. For files that nobody else writes: what a crash
        has left there is written over.

    Raises
    ------
    OSError
        Of the class of the cause (`PermissionError`, …), naming `path`.

    Examples
    --------
    >>> import tempfile
    >>> name = os.path.join(tempfile.mkdtemp(), "a.txt")
    >>> with replacing(name) as part:
    ...     _ = Path(part).write_text("whole")
    >>> Path(name).read_text()
    'whole'
    """
    named = os.fspath(path)
    target = os.path.realpath(named)
    try:
        mode = _mode_of(target)
    except OSError as error:
        raise _naming(named, error) from error
    part = _part_of(target, mode, beside)
    try:
        yield part
        if part != target:
            _install(part, target, mode)
    except OSError as error:
        # What else the block needs may be missing, too.
        if error.filename not in (None, part, target):
            raise
        raise _naming(named, error) from error
    finally:
        if part != target:
            with contextlib.suppress(OSError):
                os.remove(part)


def make_folder_of(path: str | os.PathLike[str]) -> None:
    """Make the folder of a file that is to be written, and those above it, where it is missing.

    Raises
    ------
    OSError
        Of the class of the cause, naming the file and what is in the way.
    """
    named = os.fspath(path)
    try:
        os.makedirs(os.path.dirname(named) or ".", exist_ok=True)
    except OSError as error:
        reason = f"its folder cannot be made ({error.strerror}: {error.filename})"
        raise OSError(error.errno, reason, named) from error


def write_file(path: str | os.PathLike[str], data: bytes) -> None:
    """Write `data` to a file that a user names; see `replacing`.

    Raises
    ------
    OSError
        Of the class of the cause, naming `path`; the old file is as it was.
    """
    with replacing(path) as part, open(part, "wb") as file:
        file.write(data)


@contextlib.contextmanager
def filling(folder: Path) -> Iterator[Path]:
    """Give an empty folder to write to; its files come to `folder` together when the block ends.

    When the block fails nothing is left, not even `folder` where it was not there before.

    Parameters
    ----------
    folder : Path
        Made where it is missing, with those above it.

    Raises
    ------
    OSError
        Of the class of the cause, naming the folder.
    """
    missing = [each for each in (folder, *folder.parents) if not each.exists()]
    stage = folder / f".emout-lab-{secrets.token_hex(4)}"
    is_whole = False
    try:
        stage.mkdir(parents=True)
        yield stage
        for file in sorted(stage.iterdir()):
            file.replace(folder / file.name)
        is_whole = True
    except OSError as error:
        raise _naming(str(folder), error) from error
    finally:
        shutil.rmtree(stage, ignore_errors=True)
        for each in () if is_whole else missing:
            # Another one may have written there meanwhile.
            with contextlib.suppress(OSError):
                each.rmdir()


def _mode_of(target: str) -> int | None:
    """Return the mode of an existing file; None where there is none."""
    try:
        mode = os.stat(target).st_mode
    except FileNotFoundError:
        return None
    if stat.S_ISDIR(mode):
        raise IsADirectoryError(21, "it is a folder, write the name of a file")
    if not os.access(target, os.W_OK):
        raise PermissionError(13, "the file is write-protected")
    return mode


def _part_of(target: str, mode: int | None, beside: str) -> str:
    """Return where to write first: the target itself where nothing can take its place."""
    folder, name = os.path.split(target)
    is_fixed = mode is not None and not (
        stat.S_ISREG(mode) and os.access(folder, os.W_OK | os.X_OK)
    )
    suffix = os.path.splitext(name)[1][:32]
    beside = beside or f".emout-{secrets.token_hex(4)}{suffix}"
    return target if is_fixed else os.path.join(folder, beside)


def _install(part: str, target: str, mode: int | None) -> None:
    descriptor = os.open(part, os.O_RDONLY)
    try:
        if mode is not None:
            os.fchmod(descriptor, stat.S_IMODE(mode))
        # Some file systems say only now that they are full.
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
    os.replace(part, target)


def _naming(path: str, error: OSError) -> OSError:
    """Return an error of the same class that names the file, and tells what is there."""
    number = error.errno
    if number is None and (found := _ERRNO.search(str(error))) is not None:
        number = int(found[1])
    reason = error.strerror or (os.strerror(number) if number else str(error))
    folder = os.path.dirname(os.path.realpath(path))
    if isinstance(error, FileNotFoundError) and not os.path.isdir(folder):
        reason = f"there is no folder {folder!r}"
    if os.path.isfile(path):
        reason += "; the file that was there is as before"
    elif not os.path.lexists(path):
        reason += "; nothing was written"
    # With a number Python chooses the class by it.
    return OSError(number, reason, path) if number else OSError(f"Cannot write {path}: {reason}")
