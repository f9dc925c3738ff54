"""JobTable: the requests of a client by their ids, and for how long it keeps their results."""

from __future__ import annotations

import sys
import threading
import weakref
from collections import OrderedDict
from collections.abc import Iterable, Sequence
from typing import Any, Final

from emout_lab.parallel.async_result import AsyncResult
from emout_lab.parallel.request import Request

#: Of results that the user does not hold: so many calls, and so many bytes together.
MOST_CALLS: Final = 1000
MOST_BYTES: Final = 64_000_000
#: So many ids are remembered.
MOST_IDS: Final = 10_000
#: So many items of a container are looked at to guess its size.
LOOKED_AT: Final = 100


class JobTable:
    """Knows the requests of a client.

    What is under way, and what the user holds, is known. Of what was completed besides, the latest
    is kept, bounded in number and bytes; the engines may have more, see `Client.get_result`.

    Attributes
    ----------
    history : list of str
        Ids of the requests in the order in which they were sent; the oldest are forgotten.
    """

    def __init__(self) -> None:
        self.history: list[str] = []
        self._requests: weakref.WeakValueDictionary[str, Request] = weakref.WeakValueDictionary()
        self._open: dict[int, AsyncResult] = {}
        self._recent: OrderedDict[int, tuple[AsyncResult, int]] = OrderedDict()
        self._bytes = 0
        self._lock = threading.Lock()

    def note(self, result: AsyncResult, *, is_own: bool = True) -> None:
        """Take the requests of one call; those of another client are in no history."""
        with self._lock:
            for request in result.requests:
                self._requests[request.msg_id] = request
            self.history += result.msg_ids if is_own else []
            if len(self.history) > 2 * MOST_IDS:
                del self.history[:-MOST_IDS]
            self._open[id(result)] = result
        table = weakref.ref(self)
        result.add_done_callback(lambda done: _tell(table(), done))

    def note_done(self, result: Any) -> None:
        """Take a result that has come."""
        failed = result.cancelled() or result.exception() is not None
        # An error that was raised holds the frames, and with them the data, of who has asked.
        size = MOST_BYTES + 1 if failed else _size_of_all(result.requests)
        with self._lock:
            if self._open.pop(id(result), None) is None or size > MOST_BYTES:
                return
            self._recent[id(result)] = result, size
            self._bytes += size
            while len(self._recent) > MOST_CALLS or self._bytes > MOST_BYTES:
                self._bytes -= self._recent.popitem(last=False)[1][1]

    @property
    def outstanding(self) -> set[str]:
        """Ids of the requests that are under way."""
        with self._lock:
            found = list(self._open.values())
        return {r.msg_id for each in found for r in each.requests if not r.done()}

    def open_results(self) -> list[AsyncResult]:
        """Return the results that are under way."""
        with self._lock:
            return list(self._open.values())

    def get(self, id: str) -> Request | None:
        """Return a request by its id, if it is known (still)."""
        return self._requests.get(id)

    def known(self) -> dict[str, Request]:
        """Return what is known by id, in the order in which it was sent."""
        with self._lock:
            found = dict(self._requests)
        places = {each: number for number, each in enumerate(self.history)}
        return dict(sorted(found.items(), key=lambda item: places.get(item[0], -1)))

    def forget(self, ids: Iterable[str] | None = None) -> None:
        """Forget requests that are done, whoever holds them; all by default."""
        with self._lock:
            wanted = set(self._requests) if ids is None else set(ids)
            for each in wanted:
                self._requests.pop(each, None)
            for key, (result, size) in list(self._recent.items()):
                if wanted.intersection(result.msg_ids):
                    del self._recent[key]
                    self._bytes -= size


def _tell(table: JobTable | None, result: Any) -> None:
    if table is not None:
        table.note_done(result)


def _size_of_all(requests: Sequence[Request]) -> int:
    return sum(size_of(each.result()) for each in requests if each.exception() is None)


def size_of(value: Any, depth: int = 3) -> int:
    """Return roughly how many bytes a value takes; of long containers a sample is looked at.

    Examples
    --------
    >>> size_of([b"." * 1000] * 1000) > 1_000_000
    True
    """
    kind = type(value)
    if hasattr(kind, "nbytes"):
        return int(value.nbytes)
    size = sys.getsizeof(value, 100)
    if depth == 0 or not isinstance(value, list | tuple | dict | set | frozenset) or not value:
        return size
    items = value.values() if isinstance(value, dict) else value
    sample = [each for each, _ in zip(items, range(LOOKED_AT), strict=False)]
    return size + len(value) * sum(size_of(each, depth - 1) for each in sample) // len(sample)
