"""AsyncMapResult: what comes of a map, item by item."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from queue import Empty, SimpleQueue
from typing import Any

from emout_lab.parallel.async_result import AsyncResult
from emout_lab.parallel.request import Request


class AsyncMapResult(AsyncResult):
    """What comes of a map: the results of its parts, joined in the order of the items.

    Parameters
    ----------
    requests : sequence of Request
        One for each part; its result is the list of those of its items.
    sizes : sequence of int, optional
        How many items each part has.
    ordered : bool
        Whether iteration gives the items in their order, or part by part as they come.
    name, return_exceptions
        As for `AsyncResult`.

    Examples
    --------
    ::

        for value in client[:].map_async(slow, range(100)):
            ...  # as they come, in order
    """

    def __init__(
        self,
        requests: Sequence[Request],
        *,
        name: str = "map",
        sizes: Sequence[int] | None = None,
        return_exceptions: bool = False,
        ordered: bool = True,
    ) -> None:
        self.ordered = ordered
        super().__init__(requests, name=name, sizes=sizes, return_exceptions=return_exceptions)

    def _each(self) -> Iterator[Any]:
        for request in self._requests if self.ordered else self._as_they_come():
            self._waiter.wait_for(request, None)
            yield from _items(self._read(request))

    def _as_they_come(self) -> Iterator[Any]:
        queue: SimpleQueue[Any] = SimpleQueue()
        for request in self._requests:
            request.add_done_callback(queue.put)

        def look(slice_s: float) -> Any:
            try:
                return [queue.get(timeout=slice_s)]
            except Empty:
                return None

        for _ in self._requests:
            yield from self._waiter.watch(look, None)

    def _part(self, request: Request, size: int) -> AsyncResult:
        return AsyncMapResult(
            [request], name=self._name, sizes=[size], return_exceptions=self._return_exceptions
        )

    def _assembled(self, values: list[Any]) -> Any:
        return [item for part in values for item in _items(part)]


def _items(part: Any) -> Any:
    """Return the results of a part; an error stands for all of them."""
    return [part] if isinstance(part, Exception) else part
