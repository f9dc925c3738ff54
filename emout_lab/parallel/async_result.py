"""AsyncResult: what comes of the requests of one call."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future
from typing import Any

from emout_lab.parallel.errors import CompositeError, TimeoutError
from emout_lab.parallel.metadata import Metadata
from emout_lab.parallel.request import Request
from emout_lab.remote.waiting import interrupts_at_users_line

#: So often a thread that waits wakes: an interrupt may have been given to another thread [s].
WAKE_S = 0.5


class AsyncResult(Future[Any]):
    """What comes of the requests of one call; a future of the list of their results.

    Parameters
    ----------
    requests : sequence of Request
        One for each engine.
    is_single : bool
        Whether the result is the only request's own and not a list.
    name : str
        What was called.

    Examples
    --------
    ::

        result = client[:].apply_async(os.getpid)
        result.ready()
        result.get(timeout=10)
    """

    def __init__(
        self, requests: Sequence[Request], *, is_single: bool = False, name: str = "request"
    ) -> None:
        super().__init__()
        self._requests = list(requests)
        self._is_single = is_single
        self._name = name
        self._left = len(self._requests)
        self._lock = threading.Lock()
        self.set_running_or_notify_cancel()
        for request in self._requests:
            request.add_done_callback(self._note_done)
        if not self._requests:
            self.set_result(self._assembled([]))

    @property
    def msg_ids(self) -> list[str]:
        """Ids of the requests."""
        return [request.msg_id for request in self._requests]

    @property
    def metadata(self) -> Metadata | list[Metadata]:
        """What is known of the requests beside their results."""
        found = [request.metadata for request in self._requests]
        return found[0] if self._is_single else found

    def ready(self) -> bool:
        """Return whether all results are here."""
        return self.done()

    def wait(self, timeout: float | None = None) -> bool:
        """Wait for all results, at most ``timeout`` seconds; return whether they are here."""
        if timeout is not None and timeout < 0:
            timeout = None
        deadline = None if timeout is None else time.monotonic() + timeout
        done = threading.Event()
        self.add_done_callback(lambda _: done.set())
        while not done.is_set():
            left = WAKE_S if deadline is None else min(WAKE_S, deadline - time.monotonic())
            if left <= 0:
                return self.done()
            done.wait(left)
        return True

    def get(self, timeout: float | None = None) -> Any:
        """Return the result; wait for it at most ``timeout`` seconds.

        Raises
        ------
        TimeoutError
            When it has not come in time; it is still to be had later.
        RemoteError
            What the call raised; `CompositeError` where there are several.
        EngineError
            When the engine was lost.
        """
        if not self.wait(timeout):
            raise TimeoutError(
                f"{self._name}: no result within {timeout} s; it is still to be had with get()"
            )
        return Future.result(self)

    def wait_or_abort(self) -> Any:
        """Do what `get` does; Ctrl-C ends the requests on their engines."""
        try:
            with interrupts_at_users_line():
                return self.get()
        except KeyboardInterrupt:
            if not self.done():
                self.abort()
            raise

    def abort(self) -> None:
        """End the requests that are not done, whether they run or stand in line."""
        for request in self._requests:
            request.abort()

    def __len__(self) -> int:
        return len(self._requests)

    def __iter__(self) -> Iterator[Any]:
        for request in self._requests:
            yield request.result()

    def _assembled(self, values: list[Any]) -> Any:
        return values[0] if self._is_single else values

    def _note_done(self, request: Future[Any]) -> None:  # noqa: ARG002  # the future's form
        with self._lock:
            self._left -= 1
            if self._left:
                return
        errors = [e for each in self._requests if (e := each.exception()) is not None]
        if not errors:
            self.set_result(self._assembled([each.result() for each in self._requests]))
        elif self._is_single or len(self._requests) == 1:
            self.set_exception(errors[0])
        else:
            self.set_exception(CompositeError(f"{self._name} failed on engines", errors))


Assemble = Callable[[list[Any]], Any]
