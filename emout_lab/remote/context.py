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
from typing import TYPE_CHECKING, Any, Protocol
from weakref import WeakSet, WeakValueDictionary

if TYPE_CHECKING:  # what only reads data asks for the recording and loads nothing else
    from emout_lab.engine.protocol import Figure, FigureOptions
    from emout_lab.remote.graph import Node, Queue


class Scope(Protocol):
    """A group of objects that are freed together; `RemoteScope` implements it."""

    label: str

    def adopt(self, node: Node) -> None:
        """Let an object belong to the scope."""


class CallWatch(Protocol):
    """Is told of each call before it is made; `engine_recording` implements it."""

    def note_call(self, queue: Queue) -> None:
        """Take notice that a call goes by a queue."""

    def note_end(self, queue: Queue) -> None:
        """Take notice that no call will go by a queue any more."""


class Recording(Protocol):
    """A recording of what a figure block draws; `pyplot_recorder` implements it.

    Attributes
    ----------
    is_of_thread : bool
        Whether it records all that its thread draws while cells run, in whichever context.
    is_paused : bool
        Whether it records nothing just now: what a notebook does between cells.
    """

    id: str
    options: FigureOptions
    is_of_thread: bool
    is_paused: bool

    @property
    def queue(self) -> Queue:
        """Where its calls go."""

    @property
    def is_open(self) -> bool:
        """Whether it records."""

    def is_left_behind(self) -> bool:
        """Tell whether the cell and the task that opened it have ended, though it is open."""

    def note_call(self) -> None:
        """Count a call, and send before it what the user has changed of rcParams."""

    def adopt(self, node: Node) -> None:
        """Let a call belong to the figure."""

    def note_local(self, figure: Any) -> None:
        """Remember a figure that was made in this process while this was recorded."""

    def call(self, name: str, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        """Record a call of pyplot."""

    def take(self, figure: Figure) -> None:
        """Pass on a picture that code has shown."""


#: Of all threads.
WATCHES: WeakSet[CallWatch] = WeakSet()

#: Recordings that began in this context; some may be closed by now.
_BEGUN: ContextVar[tuple[Recording, ...]] = ContextVar("emout_lab_recordings", default=())
#: Those of all threads that are not forgotten, by their ids.
_KNOWN: WeakValueDictionary[str, Recording] = WeakValueDictionary()


class _ThreadContext(threading.local):
    """The scopes, recordings and watches that are open in a thread, the innermost last."""

    def __init__(self) -> None:
        self.scopes: list[Scope] = []
        self.recordings: list[Recording] = []
        self.call_watches: list[CallWatch] = []

    @property
    def scope(self) -> Scope | None:
        """The innermost open scope of this thread."""
        return self.scopes[-1] if self.scopes else None

    @contextlib.contextmanager
    def outside_scopes(self) -> Iterator[None]:
        """Let objects that are made in the block belong to no scope."""
        scopes, self.scopes = self.scopes, []
        try:
            yield
        finally:
            self.scopes = scopes

    @contextlib.contextmanager
    def apart(self) -> Iterator[None]:
        """Let calls that are made in the block belong to no scope, no figure and no watch."""
        before = self.recordings, self.call_watches
        self.recordings, self.call_watches = [], []
        try:
            with self.outside_scopes():
                yield
        finally:
            self.recordings, self.call_watches = before

    @property
    def recording(self) -> Recording | None:
        """The recording that is open in this thread and context, if there is one."""
        if not self.recordings:
            return None
        # Contexts may be inherited by other threads, recordings are not.
        begun = [each for each in _BEGUN.get() if each in self.recordings]
        others = [each for each in self.recordings if each.is_of_thread and each not in begun]
        found = (each for each in reversed((*others, *begun)) if not each.is_paused)
        return next(found, None)

    def begin(self, recording: Recording) -> list[Recording]:
        """Open a recording in this thread; return the list of which `end` removes it."""
        _KNOWN[recording.id] = recording
        self.recordings.append(recording)
        _BEGUN.set((*_BEGUN.get(), recording))
        return self.recordings

    @staticmethod
    def end(recording: Recording, recordings: list[Recording]) -> None:
        """Close a recording, whichever thread it was opened in."""
        recordings.remove(recording)
        if recording in (begun := _BEGUN.get()):
            _BEGUN.set(tuple(each for each in begun if each is not recording))

    @contextlib.contextmanager
    def within(self, recording: Recording) -> Iterator[None]:
        """Record what the block draws in one recording, whichever others are open."""
        before = self.recordings, _BEGUN.get(), recording.is_paused
        self.recordings, recording.is_paused = [recording], False
        _BEGUN.set((recording,))
        try:
            yield
        finally:
            self.recordings, begun, recording.is_paused = before
            _BEGUN.set(begun)

    def recording_on(self, queue: Queue) -> Recording | None:
        """Return the recording that is open here if it sends its calls by this queue."""
        found = self.recording
        return found if found is not None and found.queue is queue else None

    @staticmethod
    def give(node: Node, *holders: Scope | Recording | None) -> None:
        """Let a node belong to what is open."""
        for holder in holders:
            if holder is not None:
                holder.adopt(node)

    def queue(self, otherwise: Queue) -> Queue:
        """Return the queue of the recording that is open here; another one if none is."""
        recording = self.recording
        return otherwise if recording is None else recording.queue

    @staticmethod
    def is_begun(recording: Recording) -> bool:
        """Tell whether a recording began in this context."""
        return recording in _BEGUN.get()


#: Of the thread that asks.
CONTEXT = _ThreadContext()


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
