"""What another user of the machine may do: plant files; and what such a user can change."""

from __future__ import annotations

import ctypes
import os
import stat
import struct
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

IS_ROOT: Final = os.getuid() == 0
STRANGER: Final = 65_534 if IS_ROOT else os.getuid()
IN_CREATE_OR_MOVE: Final = 0x100 | 0x80


@contextmanager
def shared_folder(mode: int = 0o1777) -> Iterator[Path]:
    """A folder that everybody can write to, as /tmp is."""
    with tempfile.TemporaryDirectory(prefix="el-shared-") as name:
        folder = Path(name)
        folder.chmod(mode)
        yield folder


def give_away(path: Path) -> Path:
    """Make a file, folder or link the stranger's where this may be done (root)."""
    if IS_ROOT:
        os.lchown(path, STRANGER, STRANGER)
    return path


def plant_module(folder: Path, name: str, proof: Path) -> None:
    """Put a module where an import may find it; it leaves a proof when it runs."""
    file = folder / f"{name}.py"
    file.write_text(f"open({str(proof)!r}, 'a').write('{name} ran' + chr(10))\nvalue = int\n")
    give_away(file)


def others_can_change(path: str | Path) -> bool:
    """Return whether somebody else could put something at a path, looked at from its real place."""
    place = Path(path).resolve()
    if not place.exists():
        return others_can_change(place.parent)
    status = place.stat()
    if status.st_uid not in (0, os.getuid()) or status.st_mode & 0o022:
        return True
    return any(
        parent.stat().st_mode & 0o022 and not parent.stat().st_mode & stat.S_ISVTX
        for parent in place.parents
    )


def is_installed(path: str | Path) -> bool:
    """Return whether a path belongs to this Python or is where emout_lab is developed."""
    roots = (sys.prefix, sys.base_prefix, str(Path(__file__).parents[1]))
    return any(str(path) == root or str(path).startswith(f"{root}/") for root in roots)


class CreationWatch:
    """Notes every name that appears in a folder, as a watcher who wants to win a race would."""

    def __init__(self, folder: Path) -> None:
        self._libc = ctypes.CDLL(None, use_errno=True)
        self._descriptor = self._libc.inotify_init1(os.O_NONBLOCK | os.O_CLOEXEC)
        added = self._libc.inotify_add_watch(
            self._descriptor, os.fsencode(folder), IN_CREATE_OR_MOVE
        )
        assert added >= 0, os.strerror(ctypes.get_errno())

    def names(self) -> set[str]:
        """Return the names so far, and watch no longer."""
        found = set()
        try:
            while data := os.read(self._descriptor, 65_536):
                while data:
                    (length,) = struct.unpack_from("I", data, 12)
                    found.add(data[16 : 16 + length].rstrip(b"\0").decode())
                    data = data[16 + length :]
        except BlockingIOError:
            pass
        os.close(self._descriptor)
        return found
