"""What a program changes of its whole process, and which thread may do so now."""

from __future__ import annotations

import contextlib
import os
import sys
import threading
import weakref
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import matplotlib

from emout_lab import pyplotfigures
from emout_lab.engine.importable import is_importable
from emout_lab.engine.processwide import ProcessWide


class ProcessState:
    """Working directory, module path, pyplot's figures, matplotlib's settings, Python's own.

    They are the same for all threads of a process, and one thread at a time has them. A thread
    whose program was cancelled and does not end loses them to the next: it finds them as that
    program needs them, and the old thread puts nothing back any more.
    """

    def __init__(self) -> None:
        self._lock = threading.RLock()
        self._owner: threading.Thread | None = None
        self._lost: weakref.WeakSet[threading.Thread] = weakref.WeakSet()
        self._wide = ProcessWide()
        self._directory: str | None = None
        self._path: str | None = None
        self._figures: Any = None
        self._settings: dict[str, Any] = {}

    def take(self, directory: str | None = None, client: str = "") -> None:
        """Begin a program of this thread.

        Parameters
        ----------
        directory : str, optional
            What relative paths and modules mean, where this process can see it.
        client : str
            Who finds Python's settings as its last program left them.
        """
        with self._lock:
            if self._owner is not None:
                # This thread's own are left where an interrupt came as its last program ended.
                if self._owner is not threading.current_thread():
                    self._lost.add(self._owner)
                self._remove_path()
                self._wide.swap_out(is_left_behind=self._owner is not threading.current_thread())
                self._put_back(with_settings=True)
            self._figures, self._settings = pyplotfigures.held(), settings()
            self._owner = threading.current_thread()
            self._directory = os.getcwd()
            self._wide.swap_in(client)
            if directory is not None and os.path.isdir(directory):
                if is_importable(directory):
                    self._path = directory
                    sys.path.insert(0, directory)
                os.chdir(directory)

    def give_back(self, *, was_interrupted: bool = False) -> None:
        """End the program of this thread (twice is harmless).

        Parameters
        ----------
        was_interrupted : bool
            Whether it may have left a drawing's settings behind.
        """
        with self._lock:
            if self._owner is threading.current_thread():
                self.leave_settings()
                self._put_back(with_settings=was_interrupted)
                self._owner = None

    def leave_settings(self) -> None:
        """Put Python's settings back, as what tells of a failure needs them (twice is harmless)."""
        with self._lock:
            if self._owner is threading.current_thread():
                self._remove_path()
                self._wide.swap_out()

    def forget(self, client: str) -> None:
        """Forget how a client left Python's settings."""
        self._wide.forget(client)

    def is_lost(self) -> bool:
        """Tell whether this thread has lost them to another."""
        return threading.current_thread() in self._lost

    @contextmanager
    def kept(self) -> Iterator[bool]:
        """Tell whether this thread may change them, and give them to no other meanwhile."""
        with self._lock:
            yield not self.is_lost()

    def _put_back(self, *, with_settings: bool) -> None:
        pyplotfigures.hold(self._figures)
        if with_settings:
            put_settings(self._settings)
        self._remove_path()
        if self._directory is not None:
            os.chdir(self._directory)
            self._directory = None

    def _remove_path(self) -> None:
        if self._path is not None:
            with contextlib.suppress(ValueError, AttributeError):
                sys.path.remove(self._path)
            self._path = None


def settings() -> dict[str, Any]:
    """Return a plain copy of matplotlib's settings."""
    rc: Any = matplotlib.rcParams  # whose own copy checks every value once more
    return dict(dict.items(rc))


def put_settings(values: dict[str, Any]) -> None:
    """Put settings back as they were copied, without checking each once more."""
    rc: Any = matplotlib.rcParams
    dict.update(rc, values)
