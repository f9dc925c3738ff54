"""JoinedResult: what comes of the parts of a sequence, joined to one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from emout_lab.engine.protocol import Failure
from emout_lab.engine.remote_errors import remote_error
from emout_lab.parallel.async_map_result import AsyncMapResult
from emout_lab.parallel.async_result import AsyncResult
from emout_lab.parallel.partition import joined
from emout_lab.parallel.request import Request


class JoinedResult(AsyncMapResult):
    """What comes of the parts of a sequence: arrays give an array, lists a list.

    Parameters
    ----------
    requests : sequence of Request
        One for each part.
    dist : {"b", "r"}
        How the sequence was divided.
    **options
        Of `AsyncMapResult`.

    Examples
    --------
    ::

        view.scatter("x", np.arange(16.0))
        view.gather("x").get()
    """

    def __init__(self, requests: Sequence[Request], *, dist: str = "b", **options: Any) -> None:
        # Before the requests may be done.
        self._dist = dist
        super().__init__(requests, **options)

    def _each(self) -> Iterator[Any]:
        if self._dist != "b":
            yield from self.get()
            return
        for request in self._requests:
            self._waiter.wait_for(request, None)
            yield from joined([self._told(self._read(request))])

    def _part(self, request: Request, size: int) -> AsyncResult:
        return JoinedResult(
            [request], name=self._name, sizes=[size], return_exceptions=self._return_exceptions
        )

    def _assembled(self, values: list[Any]) -> Any:
        return joined([self._told(value) for value in values], self._dist)

    def _told(self, value: Any) -> Any:
        """Return a value with an error in the place of each failure, as the user asked for it."""
        if not isinstance(value, list) or not any(type(each) is Failure for each in value):
            return value
        return [
            remote_error(each, self._name, None) if type(each) is Failure else each
            for each in value
        ]
