"""Records: what is known of requests beside their results, and how long they took."""

from __future__ import annotations

import concurrent.futures
import time
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from typing import Any

from emout_lab.parallel.errors import TimeoutError
from emout_lab.parallel.metadata import Metadata, moment
from emout_lab.parallel.request import Request

Moments = datetime | Iterable[datetime | None] | None
Choice = Callable[[Iterable[datetime]], datetime]


class Records:
    """What an `AsyncResult` tells of its requests; all times are in seconds.

    Parameters
    ----------
    requests : sequence of Request
        One for each engine.
    sizes : sequence of int, optional
        How many items each of them has; one by default.
    is_single : bool
        Whether there is one alone, and no list of them.
    name : str
        What was called.
    """

    def __init__(
        self,
        requests: Sequence[Request],
        sizes: Sequence[int] | None,
        *,
        is_single: bool,
        name: str,
    ) -> None:
        super().__init__()
        self._requests = list(requests)
        self._sizes = [1] * len(self._requests) if sizes is None else list(sizes)
        self._is_single = is_single
        self._name = name
        self._asked_at = moment(time.time())

    @property
    def requests(self) -> list[Request]:
        """The requests, in the order of their engines."""
        return list(self._requests)

    @property
    def is_single(self) -> bool:
        """Whether the result is the only request's own and not a list."""
        return self._is_single

    @property
    def msg_ids(self) -> list[str]:
        """Ids of the requests."""
        return [each.msg_id for each in self._requests]

    @property
    def metadata(self) -> Metadata | list[Metadata]:
        """What is known of the requests beside their results."""
        found = self._known()
        return found[0] if self._is_single else found

    @property
    def progress(self) -> int:
        """How many requests (of a map: items) are done, of ``len(result)``."""
        pairs = zip(self._requests, self._sizes, strict=True)
        return sum(size for request, size in pairs if request.done())

    @property
    def sent(self) -> bool:
        """Whether arguments may be changed: most are copied before the call returns."""
        return all(getattr(each, "is_sent", True) for each in self._requests)

    def wait_for_send(self, timeout: float | None = -1) -> None:
        """Wait until arguments may be changed, at most ``timeout`` seconds.

        Raises
        ------
        TimeoutError
            When they may not yet.
        """
        limit = None if timeout is None or timeout < 0 else timeout
        waiting = [each for each in self._requests if not getattr(each, "is_sent", True)]
        if concurrent.futures.wait(waiting, limit).not_done:
            raise TimeoutError(f"{self._name}: arguments are still on their way after {limit} s")

    def __len__(self) -> int:
        return sum(self._sizes)

    def ready(self) -> bool:
        """Return whether all results are here."""
        raise NotImplementedError

    def _known(self) -> list[Metadata]:
        return [each.metadata for each in self._requests]

    def _value_of(self, key: str) -> Any:
        values = [each[key] for each in self._known()]
        return values[0] if self._is_single else values

    def _require_ready(self) -> None:
        """Raise `TimeoutError` where results are still to come."""
        if not self.ready():
            raise TimeoutError("the result is not ready; wait() waits for it, get() returns it")

    def timedelta(
        self, start: Moments, end: Moments, start_key: Choice = min, end_key: Choice = max
    ) -> float:
        """Return the time between two moments [s].

        Parameters
        ----------
        start, end : datetime or iterable of datetime
            Such as ``result.submitted`` and ``result.completed``.
        start_key, end_key : callable
            Which one counts of several: the first start and the last end by default.
        """
        return (_chosen(end, end_key) - _chosen(start, start_key)).total_seconds()

    @property
    def elapsed(self) -> float:
        """Time since the requests were sent; until the last result came, where all are here.

        Of requests of another client, of which that is not known yet, since they were asked for.
        """
        if self.ready():
            return self.wall_time
        sent = [each or self._asked_at for each in self._moments("submitted")]
        return self.timedelta(sent or self._asked_at, moment(time.time()))

    @property
    def serial_time(self) -> float:
        """Time that the engines have computed, in sum.

        Raises
        ------
        TimeoutError
            Where results are still to come.
        """
        self._require_ready()
        spans = [(each["started"], each["completed"]) for each in self._known()]
        return sum(self.timedelta(*span) for span in spans if None not in span)

    @property
    def wall_time(self) -> float:
        """Time from the first request that was sent to the last result that came.

        Of requests of another client, from their beginning on the engine to their end there.

        Raises
        ------
        TimeoutError
            Where results are still to come.
        """
        self._require_ready()
        if not self._known():
            return 0.0
        begins = [each["submitted"] or each["started"] for each in self._known()]
        ends = [each["received" if each["submitted"] else "completed"] for each in self._known()]
        return self.timedelta(
            [each or self._asked_at for each in begins],
            [each or known["received"] for each, known in zip(ends, self._known(), strict=True)],
        )

    @property
    def speedup(self) -> float:
        """How many times as fast it was as the same work one after the other."""
        wall = self.wall_time
        return self.serial_time / wall if wall else 0.0

    def _moments(self, key: str) -> list[Any]:
        return [each[key] for each in self._known()]


def _chosen(moments: Moments, choose: Choice) -> datetime:
    if isinstance(moments, datetime):
        return moments
    known = [each for each in moments or () if each is not None]
    if not known:
        raise TimeoutError("this moment is not known (yet): the requests have not come so far")
    return choose(known)
