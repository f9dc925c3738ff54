"""HDF5 files that are open in this process: each once, for all arrays, anew when it has changed."""

from __future__ import annotations

import contextlib
import os
import threading
import weakref
from collections import OrderedDict
from collections.abc import Iterator
from typing import Any, NamedTuple

from h5py import h5o

from emout_lab.emses.hdf5 import open_hdf5

#: More files than this are not kept open by one process.
MAX_OPEN = 128


class Identity(NamedTuple):
    """What tells whether a file is still the one that it was."""

    device: int
    inode: int
    size: int
    modified: int

    @classmethod
    def of(cls, status: os.stat_result) -> Identity:
        """Return the identity that a file's status has."""
        return cls(status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns)


class OpenFile:
    """One HDF5 file, opened when it is needed and closed with the last array that uses it.

    HDF5 hands out what it knows of a file to whoever opens it again meanwhile, also where the
    simulation has written on: therefore all arrays share one handle, which is opened anew when the
    file has changed.

    Parameters
    ----------
    path : str
        The file.
    """

    def __init__(self, path: str) -> None:
        self.path = path
        #: How often it was opened, and HDF5's number of it, where it is a file like any other.
        self.opened = 0
        self.number: int | None = None
        self._lock = threading.RLock()
        self._file: Any = None
        self._identity: Identity | None = None

    @contextlib.contextmanager
    def acquired(self) -> Iterator[Any]:
        """Give the `h5py.File` to one thread at a time; HDF5 lets no second one in either.

        Raises
        ------
        BadFile
            When the file is truncated, foreign or missing.
        """
        with self._lock:
            yield self._current()
        _close_others(self)

    def _current(self) -> Any:
        try:
            identity = Identity.of(os.stat(self.path))
        except OSError:
            identity = None
        if self._file is None or identity is None or identity != self._identity:
            self.close()
            self._file = open_hdf5(self.path)
            self.opened += 1
            # Of a file in parts or in memory, HDF5's addresses are no places in a file.
            is_plain = self._file.driver == "sec2"
            self.number = h5o.get_info(self._file.id).fileno if is_plain else None
            self._identity = identity
        return self._file

    def close(self) -> None:
        """Close the handle; the next use opens it again."""
        file, self._file = self._file, None
        if file is not None:
            file.close()

    def close_if_idle(self) -> bool:
        """Close the handle unless a thread reads through it."""
        if not self._lock.acquire(blocking=False):
            return False
        try:
            self.close()
        finally:
            self._lock.release()
        return True

    def __del__(self) -> None:
        with contextlib.suppress(Exception):
            self.close()


class _Registry:
    """The files of this process, the ones used last at the end."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.files: weakref.WeakValueDictionary[str, OpenFile] = weakref.WeakValueDictionary()
        self.used: OrderedDict[str, None] = OrderedDict()


_REGISTRY = _Registry()


def shared(path: str) -> OpenFile:
    """Return the file of a path; whoever keeps it keeps it open.

    Examples
    --------
    >>> shared("phisp00_0000.h5").opened
    0
    """
    with _REGISTRY.lock:
        file = _REGISTRY.files.get(path)
        if file is None:
            file = _REGISTRY.files[path] = OpenFile(path)
        return file


def _close_others(file: OpenFile) -> None:
    """Note that a file was used; close those that were not for the longest time."""
    surplus = []
    with _REGISTRY.lock:
        _REGISTRY.used[file.path] = None
        _REGISTRY.used.move_to_end(file.path)
        while len(_REGISTRY.used) > MAX_OPEN:
            oldest, _ = _REGISTRY.used.popitem(last=False)
            surplus.append(_REGISTRY.files.get(oldest))
    for other in surplus:
        if other is not None:
            other.close_if_idle()
