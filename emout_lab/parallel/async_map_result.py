"""AsyncMapResult: what comes of a map, item by item."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from emout_lab.parallel.async_result import AsyncResult


class AsyncMapResult(AsyncResult):
    """What comes of a map: the results of its parts, joined in the order of the items.

    Examples
    --------
    ::

        for value in client[:].map_async(slow, range(100)):
            ...  # as they come, in order
    """

    def __iter__(self) -> Iterator[Any]:
        for request in self._requests:
            yield from request.result()

    def _assembled(self, values: list[Any]) -> Any:
        return [item for part in values for item in part]
