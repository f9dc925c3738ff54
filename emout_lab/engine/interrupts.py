"""Raises KeyboardInterrupt in one thread, and in nothing that runs there later."""

from __future__ import annotations

import contextlib
import ctypes
import threading
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import TypeVar

T = TypeVar("T")

#: What runs in this thread.
_HERE = threading.local()


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
        self._is_over = self._is_interrupted = self._is_held = False

    def interrupt(self) -> bool:
        """Raise ``KeyboardInterrupt`` where it runs, as soon as that is in Python code.

        Returns
        -------
        bool
            Whether it was not over yet.
        """
        with self._lock:
            self._is_interrupted = not self._is_over
            if self._thread is not None and not self._is_held:
                raise_in(self._thread, KeyboardInterrupt)
            return self._is_interrupted

    def run(self, function: Callable[[], T]) -> T:
        """Call a function; no interrupt reaches this thread after it has returned."""
        around, _HERE.work = getattr(_HERE, "work", None), self
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
            _HERE.work = around

    def set_held(self, is_held: bool) -> bool:
        """Let interrupts wait, or come again; return whether they waited before."""
        before = None
        while before is None or self._is_held is not is_held:
            # One may come on the way.
            with contextlib.suppress(KeyboardInterrupt), self._lock:
                before = self._is_held if before is None else before
                if is_held and self._thread is not None:
                    raise_in(self._thread, None)
                self._is_held = is_held
        return before

    def raise_late(self) -> None:
        """Raise an interrupt that came while they waited."""
        if self._is_interrupted:
            raise KeyboardInterrupt

    def _end(self) -> None:
        with self._lock:
            if self._thread is not None:
                raise_in(self._thread, None)
            self._thread = None
            self._is_over = True


class _Switched:
    """Holds interrupts of this thread's work back for a while, or lets them in."""

    def __init__(self, *, is_held: bool) -> None:
        self._work: Interruptible | None = getattr(_HERE, "work", None)
        self._is_held = is_held
        self._before = False

    def __enter__(self) -> None:
        if self._work is None:
            return
        self._before = self._work.set_held(self._is_held)
        if not self._is_held:
            try:
                self._work.raise_late()
            except KeyboardInterrupt:
                self._work.set_held(self._before)
                raise

    def __exit__(self, kind: object, *_: object) -> None:
        if self._work is not None:
            self._work.set_held(self._before)
            if kind is None and not self._before:
                self._work.raise_late()


def held() -> AbstractContextManager[None]:
    """Do something as a whole: an interrupt waits for its end, or for the next `let_in`.

    Examples
    --------
    >>> def work():
    ...     with held():
    ...         with let_in():
    ...             found = "may be interrupted"
    ...         return found, "and is not"
    >>> Interruptible().run(work)
    ('may be interrupted', 'and is not')
    """
    return _Switched(is_held=True)


def let_in() -> AbstractContextManager[None]:
    """Let interrupts come, inside of `held`; without effect where nothing can be interrupted."""
    return _Switched(is_held=False)
