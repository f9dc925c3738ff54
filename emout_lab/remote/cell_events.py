"""Recordings across a notebook's cells: paused from the end of a cell to the start of the next."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from typing import Any

from emout_lab.remote import ipython
from emout_lab.remote.context import CONTEXT


class CellEvents:
    """Pauses and resumes the recordings of this thread when cells end and begin.

    What a notebook does at the end of a cell (its inline backend closes figures then) and what runs
    between cells is not part of a figure that was opened with ``open()``.
    """

    def __init__(self) -> None:
        self._events: Any = None

    def install(self) -> None:
        """Register with IPython's events; without IPython there are no cells."""
        shell = ipython.shell()
        if shell is None:
            return
        self._events = shell.events
        for event, callback in CALLBACKS:
            self._events.register(event, callback)
        _put_first(self._events, "post_execute", _pause)

    def uninstall(self) -> None:
        """Unregister."""
        events, self._events = self._events, None
        if events is None:
            return
        for event, callback in CALLBACKS:
            with contextlib.suppress(ValueError):  # somebody has cleared the list
                events.unregister(event, callback)


def _put_first(events: Any, event: str, callback: Callable[..., None]) -> None:
    """Let a callback be called before all others, where IPython lists them; else after them."""
    callbacks = getattr(events, "callbacks", {}).get(event)
    if isinstance(callbacks, list) and callback in callbacks:
        callbacks.remove(callback)
        callbacks.insert(0, callback)


def _resume(info: Any) -> None:  # noqa: ARG001  # IPython's form
    for recording in CONTEXT.recordings:
        if recording.is_left_behind():
            # A block that was entered by a cell and not left (by an ExitStack, say).
            recording.is_of_thread = True
        recording.is_paused = False


def _pause() -> None:
    for recording in CONTEXT.recordings:
        recording.is_paused = True


def _pause_if_outermost() -> None:
    """Pause what is open across cells, unless the cell that ended was run by code of another."""
    is_inner = ipython.is_cell_running()
    for recording in CONTEXT.recordings:
        recording.is_paused = recording.is_of_thread and not is_inner


CALLBACKS: tuple[tuple[str, Callable[..., None]], ...] = (
    ("pre_run_cell", _resume),
    ("post_execute", _pause),
    ("post_execute", _pause_if_outermost),
)
