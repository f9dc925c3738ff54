"""LazyMap: takes items as results come, so that there may be more of them than ever end."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator
from typing import TYPE_CHECKING, Any

from emout_lab.remote.waiting import interrupts_at_users_line

if TYPE_CHECKING:
    from emout_lab.parallel.balanced_request import BalancedRequest
    from emout_lab.parallel.balanced_sender import Arguments, BalancedSender

#: So often a thread that waits wakes: an interrupt may have been given to another thread [s].
WAKE_S = 0.5


class LazyMap:
    """Sends calls, of which a few at a time are on their way, and gives what came.

    Parameters
    ----------
    sender : BalancedSender
        Sends them.
    calls : iterable
        Their arguments.
    most : int
        So many at most are not over; 0 takes all at once.
    is_ordered : bool
        Whether the results come in the order of the calls.
    gives_errors : bool
        Whether what fails gives its error in place of a value.
    note : callable
        Called with the requests that were sent.
    """

    def __init__(
        self,
        sender: BalancedSender,
        calls: Iterable[Arguments],
        most: int,
        *,
        is_ordered: bool,
        gives_errors: bool,
        note: Callable[[list[BalancedRequest]], None],
    ) -> None:
        self._sender, self._calls, self._most = sender, iter(calls), most
        self._is_ordered, self._gives_errors, self._note = is_ordered, gives_errors, note
        self._changed = threading.Condition()
        self._waiting: dict[BalancedRequest, None] = {}
        self._come: deque[BalancedRequest] = deque()
        self._under_way = 0
        self._failed: Exception | None = None
        self._is_at_end = False
        self._take_more()  # at once, not when the first result is wanted

    def results(self) -> Generator[Any, None, None]:
        """Iterate over what the calls give; end those that are not over where that ends early."""
        try:
            while (request := self._awaited()) is not None:
                error = request.exception()
                if error is None:
                    yield request.result()
                elif self._gives_errors:
                    yield error
                else:
                    raise error
            if self._failed is not None:
                raise self._failed
        finally:
            for request in self._waiting:
                request.abort()

    def cancel(self) -> None:
        """Take no more calls; what was sent comes still."""
        self._is_at_end = True

    def _awaited(self) -> BalancedRequest | None:
        with interrupts_at_users_line():
            return self._next()

    def _next(self) -> BalancedRequest | None:
        """Wait for the next result; take more calls meanwhile."""
        while True:
            self._take_more()
            with self._changed:
                if not self._waiting and not self._come:
                    return None
                first = next(iter(self._waiting), None)
                if self._is_ordered and first is not None and first.done():
                    del self._waiting[first]
                    return first
                if not self._is_ordered and self._come:
                    return self._come.popleft()
                self._changed.wait(WAKE_S)

    def _take_more(self) -> None:
        while not self._is_at_end and (room := self._room()) > 0:
            calls: list[Arguments] = []
            try:
                while len(calls) < room:
                    calls.append(next(self._calls))
            except StopIteration:
                self._is_at_end = True
            except Exception as error:  # noqa: BLE001  # the user's own generator; raised in its turn
                self._is_at_end, self._failed = True, error
            if not calls:
                return
            made = self._sender.send(calls)
            self._note(made)
            with self._changed:
                self._under_way += len(made)
                self._waiting.update(dict.fromkeys(made))
            for request in made:
                request.add_done_callback(self._note_done)

    def _room(self) -> float:
        return self._most - self._under_way if self._most else float("inf")

    def _note_done(self, request: Any) -> None:
        with self._changed:
            self._under_way -= 1
            if not self._is_ordered:
                self._waiting.pop(request, None)
                self._come.append(request)
            self._changed.notify_all()


class LazyMapIterator(Iterator[Any]):
    """What calls give, as it comes; more calls are sent as results are taken.

    Once it is dropped or closed, calls that were sent and are not over are ended.
    """

    def __init__(self, lazy: LazyMap) -> None:
        self._lazy, self._results = lazy, lazy.results()

    def __next__(self) -> Any:
        return next(self._results)

    def cancel(self) -> None:
        """Take no more items; the results of those that were taken come still."""
        self._lazy.cancel()

    def close(self) -> None:
        """End the iteration, and the calls that are not over."""
        self._lazy.cancel()
        self._results.close()
