"""What engines read while an article is recorded here: kept there, brought here at the end."""

from __future__ import annotations

from typing import TYPE_CHECKING

from emout_lab.emses.articles.observing import RECORDERS
from emout_lab.emses.articles.recorder import Recorder
from emout_lab.engine.process_state import PROCESS
from emout_lab.remote.context import CONTEXT, WATCHES
from emout_lab.remote.expression import Expression
from emout_lab.remote.ref import RemoteRef

if TYPE_CHECKING:
    from collections.abc import Callable

    from emout_lab.emses.articles.content import Content
    from emout_lab.remote.graph import Queue


class EngineRecording:
    """Keeps on an engine what it reads for the calls of one client.

    The engine's objects hold it: it ends with them, as when the client vanishes.

    Parameters
    ----------
    limit : int or None
        Bytes that it may hold.
    """

    def __init__(self, limit: int | None) -> None:
        client = PROCESS.client
        self.recorder = Recorder(limit, lambda: PROCESS.client == client)
        RECORDERS.of_engine.add(self.recorder)

    def __sizeof__(self) -> int:
        return object.__sizeof__(self) + self.recorder.content.nbytes

    def collect(self) -> Content:
        """Return what it has kept since it was asked last."""
        return self.recorder.take()

    def take(self) -> Content:
        """Return what it has kept, and keep nothing more."""
        RECORDERS.of_engine.discard(self.recorder)
        return self.recorder.take()


class EnginesWatch:
    """Begins a recording on each engine that this thread sends a call to, before that call.

    Parameters
    ----------
    limit : int or None
        Bytes that each may hold.
    """

    def __init__(self, limit: int | None) -> None:
        self._limit = limit
        self._begun: dict[Queue, RemoteRef] = {}
        # Kept: another thread may end it.
        self._watches = CONTEXT.call_watches
        self._watches.append(self)
        self._taken: list[Content] = []
        WATCHES.add(self)

    def note_call(self, queue: Queue) -> None:
        """Begin on an engine that is used for the first time."""
        if queue in self._begun:
            return
        with CONTEXT.apart():
            made = queue.effect(
                EngineRecording,
                (self._limit,),
                expression=Expression("article.record()"),
                can_replay=False,
                is_urgent=False,
            )
        self._begun[queue] = RemoteRef(made)

    def note_end(self, queue: Queue) -> None:
        """Bring here what an engine has kept, before its session is closed."""
        if (recording := self._begun.pop(queue, None)) is not None:
            self._taken.append(_asked(queue, EngineRecording.take, recording))

    def collect(self) -> list[Content]:
        """Return what each engine has kept since it was asked last; what is queued is sent before.

        Raises
        ------
        EngineError
            When an engine was lost meanwhile.
        """
        found, self._taken = self._taken, []
        for queue, recording in self._begun.items():
            found.append(_asked(queue, EngineRecording.collect, recording))
        return found

    def take(self) -> list[Content]:
        """Return what each engine has kept; what is queued is sent before.

        Raises
        ------
        EngineError
            When an engine was lost meanwhile.
        """
        self._stop()
        for queue in list(self._begun):
            self.note_end(queue)
        return self._taken

    def close(self) -> None:
        """Let the engines drop what they have kept."""
        self._stop()
        self._begun.clear()

    def _stop(self) -> None:
        WATCHES.discard(self)
        if self in self._watches:
            self._watches.remove(self)


def _asked(
    queue: Queue, method: Callable[[EngineRecording], Content], recording: RemoteRef
) -> Content:
    """Call a method of a recording, apart from what the user does on the engine."""
    label = Expression(f"article.record().{method.__name__}()")
    with CONTEXT.apart():
        found: Content = queue.value(queue.node(method, (recording,), expression=label))
    return found
