"""Recordings across a notebook's cells: paused from the end of a cell to the start of the next."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Callable
from typing import Any

from emout_lab.remote import mimebundle
from emout_lab.remote.context import AMBIENT


class Cells:
    """Tells recordings of this thread when cells begin and end, by IPython's events.

    What a notebook does at the end of a cell (its inline backend closes figures then) and what runs
    between cells is not part of a figure that was opened with ``open()``.
    """

    def __init__(self) -> None:
        self._events: Any = None

    def install(self) -> None:
        """Take notice of cells from now on; where no IPython runs there are none."""
        shell = mimebundle.shell()
        if shell is None:
            return
        self._events = shell.events
        for event, callback in CALLBACKS:
            self._events.register(event, callback)
        _put_first(self._events, "post_execute", _ending)

    def uninstall(self) -> None:
        """Take no more notice."""
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


def _begun(info: Any) -> None:  # noqa: ARG001  # IPython's form
    for recording in AMBIENT.recordings:
        if recording.is_left_behind():
            # A block that was entered by a cell and not left (by an ExitStack, say).
            recording.is_of_thread = True
        recording.is_paused = False


def _ending() -> None:
    for recording in AMBIENT.recordings:
        recording.is_paused = True


def _ended() -> None:
    is_inner = _is_cell_running()
    for recording in AMBIENT.recordings:
        recording.is_paused = recording.is_of_thread and not is_inner


def _is_cell_running() -> bool:
    """Tell whether a cell still runs: the one that ended was run by code of another."""
    shell = mimebundle.shell()
    return shell is not None and sys.displayhook is shell.displayhook


CALLBACKS: tuple[tuple[str, Callable[..., None]], ...] = (
    ("pre_run_cell", _begun),
    ("post_execute", _ending),
    ("post_execute", _ended),
)
