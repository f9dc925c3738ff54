"""Raises KeyboardInterrupt in one thread, and in nothing that runs there later."""

from __future__ import annotations

import contextlib
import ctypes
import threading
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")


def raise_in(thread: int, error: type[BaseException] | None) -> None:
    """Let a thread raise an exception at its next step in Python; None takes a pending one back."""
    ctypes.pythonapi.PyThreadState_SetAsyncExc(
        ctypes.c_ulong(thread), None if error is None else ctypes.py_object(error)
    )


class Interruptible:
    """Something that runs in a thread and can be interrupted there, before it begins too.

    Examples
    --------
    >>> work = Interruptible()
    >>> work.run(lambda: 3)
    3
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._thread: int | None = None
        self._is_over = self._is_interrupted = False

    def interrupt(self) -> bool:
        """Raise ``KeyboardInterrupt`` where it runs, as soon as that is in Python code.

        Returns
        -------
        bool
            Whether it was not over yet.
        """
        with self._lock:
            self._is_interrupted = not self._is_over
            if self._thread is not None:
                raise_in(self._thread, KeyboardInterrupt)
            return self._is_interrupted

    def run(self, function: Callable[[], T]) -> T:
        """Call a function; no interrupt reaches this thread after it has returned."""
        try:
            with self._lock:
                if self._is_interrupted:
                    raise KeyboardInterrupt
                self._thread = threading.get_ident()
            return function()
        finally:
            while not self._is_over:
                # An interrupt may come when it is just over.
                with contextlib.suppress(KeyboardInterrupt):
                    self._end()

    def _end(self) -> None:
        with self._lock:
            if self._thread is not None:
                raise_in(self._thread, None)
            self._thread = None
            self._is_over = True
