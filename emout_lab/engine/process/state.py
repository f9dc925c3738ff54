"""What a program changes of its whole process, and which thread may do so now."""

from __future__ import annotations

import os
import sys
import threading
import weakref
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import matplotlib

from emout_lab import pyplot_figures
from emout_lab.engine.modules.own_modules import OwnModules
from emout_lab.engine.process.globals import ProcessGlobals
from emout_lab.engine.process.randomness import RandomStates


class ProcessState:
    """Working directory, modules, pyplot's figures, matplotlib's settings, Python's own.

    They are the same for all threads of a process, and one thread at a time has them. A thread
    whose program was cancelled and does not end loses them to the next: it finds them as that
    program needs them, and the old thread puts nothing back any more.
    """

    def __init__(self) -> None:
        self._lock = threading.RLock()
        self._owner: threading.Thread | None = None
        self._lost: weakref.WeakSet[threading.Thread] = weakref.WeakSet()
        self._wide = ProcessGlobals()
        self._random = RandomStates()
        self.modules = OwnModules()
        self._directory: str | None = None
        self._figures: Any = None
        self._settings: dict[str, Any] = {}

    def acquire(self, directory: str | None = None, client: str = "") -> None:
        """Begin a program of this thread.

        Parameters
        ----------
        directory : str, optional
            What relative paths and modules mean, where this process can see it.
        client : str
            Who finds its own modules, and Python's settings as its last program left them.
        """
        with self._lock:
            if self._owner is not None:
                # This thread's own are left where an interrupt came as its last program ended.
                if self._owner is not threading.current_thread():
                    self._lost.add(self._owner)
                self.modules.leave_path()
                self._wide.swap_out(is_left_behind=self._owner is not threading.current_thread())
                self._put_back()
            self._figures, self._settings = pyplot_figures.held(), settings()
            self._owner = threading.current_thread()
            self._directory = os.getcwd()
            self._wide.swap_in(client)
            self._random.swap_in(client)
            is_here = directory is not None and os.path.isdir(directory)
            if directory is not None and is_here:
                os.chdir(directory)
            self.modules.swap_in(client, directory if is_here else None)

    def release(self) -> None:
        """End the program of this thread (twice is harmless)."""
        with self._lock:
            if self._owner is threading.current_thread():
                self.restore_settings()
                self._put_back()
                self._owner = None

    def restore_settings(self) -> None:
        """Put Python's settings back, since reporting a failure needs them (twice is harmless)."""
        with self._lock:
            if self._owner is threading.current_thread():
                self.modules.leave_path()
                self._wide.swap_out()

    def forget(self, client: str) -> None:
        """Forget how a client left Python's settings."""
        self._wide.forget(client)
        self._random.forget(client)
        self.modules.forget(client)

    def is_lost(self) -> bool:
        """Return whether this thread has lost them to another."""
        return threading.current_thread() in self._lost

    @contextmanager
    def kept(self) -> Iterator[bool]:
        """Return whether this thread may change them, and give them to no other meanwhile."""
        with self._lock:
            yield not self.is_lost()

    def _put_back(self) -> None:
        if dict.get(matplotlib.rcParams, "backend") != self._settings["backend"]:
            pyplot = sys.modules["matplotlib.pyplot"]
            pyplot.switch_backend(self._settings["backend"])
        pyplot_figures.hold(self._figures)
        put_settings(self._settings)
        self.modules.swap_out()
        if self._directory is not None:
            os.chdir(self._directory)
            self._directory = None


def settings() -> dict[str, Any]:
    """Return a plain copy of matplotlib's settings."""
    rc: Any = matplotlib.rcParams  # whose own copy checks every value once more
    return dict(dict.items(rc))


def put_settings(values: dict[str, Any]) -> None:
    """Put settings back as they were copied, without checking each once more."""
    rc: Any = matplotlib.rcParams
    dict.update(rc, values)
