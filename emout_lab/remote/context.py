"""What is open: scopes, a stack for each thread, and recordings.

A ``with`` block of a recording belongs to the context in which it began (`contextvars`), so that
asyncio tasks which share a thread do not draw into each other's blocks. A recording that was opened
with ``open()`` belongs to its whole thread: every notebook cell runs in a context of its own.
"""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Iterable, Iterator
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any
from weakref import WeakValueDictionary

if TYPE_CHECKING:
    from emout_lab.remote.dispatcher import Queue
    from emout_lab.remote.pyplot_recorder import Recording
    from emout_lab.remote.scope import RemoteScope

#: Recordings that began in this context; some may be closed by now.
_BEGUN: ContextVar[tuple[Recording, ...]] = ContextVar("emout_lab_recordings", default=())
#: Those of all threads that are not forgotten, by their ids.
_KNOWN: WeakValueDictionary[str, Recording] = WeakValueDictionary()


class _Ambient(threading.local):
    def __init__(self) -> None:
        self.scopes: list[RemoteScope] = []
        self.recordings: list[Recording] = []

    @property
    def scope(self) -> RemoteScope | None:
        """The innermost open scope of this thread."""
        return self.scopes[-1] if self.scopes else None

    @contextlib.contextmanager
    def outside_scopes(self) -> Iterator[None]:
        """Let what is made in the block belong to no scope."""
        scopes, self.scopes = self.scopes, []
        try:
            yield
        finally:
            self.scopes = scopes

    @property
    def recording(self) -> Recording | None:
        """The recording that what is drawn here, in this thread and context, belongs to."""
        if not self.recordings:
            return None
        # Contexts may be inherited by other threads, recordings are not.
        begun = [each for each in _BEGUN.get() if each in self.recordings]
        others = [each for each in self.recordings if each.is_of_thread and each not in begun]
        found = (each for each in reversed((*others, *begun)) if not each.is_paused)
        return next(found, None)

    def begin(self, recording: Recording) -> list[Recording]:
        """Let a recording begin here; return the list that it is to be taken off at its end."""
        _KNOWN[recording.id] = recording
        self.recordings.append(recording)
        _BEGUN.set((*_BEGUN.get(), recording))
        return self.recordings

    @staticmethod
    def end(recording: Recording, recordings: list[Recording]) -> None:
        """Let a recording end, whichever thread it began in."""
        recordings.remove(recording)
        if recording in (begun := _BEGUN.get()):
            _BEGUN.set(tuple(each for each in begun if each is not recording))

    @contextlib.contextmanager
    def within(self, recording: Recording) -> Iterator[None]:
        """Let what is drawn meanwhile belong to one recording, whichever others are open."""
        before = self.recordings, _BEGUN.get(), recording.is_paused
        self.recordings, recording.is_paused = [recording], False
        _BEGUN.set((recording,))
        try:
            yield
        finally:
            self.recordings, begun, recording.is_paused = before
            _BEGUN.set(begun)

    def recording_on(self, queue: Queue) -> Recording | None:
        """Return the recording of what is drawn here, where this is the queue that draws it."""
        found = self.recording
        return found if found is not None and found.queue is queue else None

    def queue(self, otherwise: Queue) -> Queue:
        """Return the queue of what is drawn here; another one where nothing is recorded."""
        recording = self.recording
        return otherwise if recording is None else recording.queue

    @staticmethod
    def is_begun(recording: Recording) -> bool:
        """Tell whether a recording began in this context."""
        return recording in _BEGUN.get()


AMBIENT = _Ambient()


class _Connected:
    """Which session this process is connected to, without loading what connects."""

    def __init__(self) -> None:
        #: Returns the latest connection that is up, or None; set by who connects first.
        self.latest: Callable[[], Any] = lambda: None


CONNECTED = _Connected()


def known_recordings(ids: Iterable[str | None]) -> list[Recording]:
    """Return the recordings with these ids, of whichever thread: their last program may run."""
    found = (_KNOWN.get(each) for each in ids if each is not None)
    return [each for each in found if each is not None]


def open_recordings(ids: Iterable[str | None]) -> list[str]:
    """Return which of these ids are of recordings that go on.

    What was made in a figure block may be computed again long after it, and is no part of it then.
    """
    return [each.id for each in known_recordings(ids) if each.is_open]
