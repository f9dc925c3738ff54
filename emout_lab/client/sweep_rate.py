"""How many points a sweep does in a second, of late."""

from __future__ import annotations

import time
from collections import deque
from typing import Final

#: The rate is that of so many seconds.
RATE_OVER_S: Final = 20.0


class RecentRate:
    """Counts what was done in the last seconds.

    Examples
    --------
    >>> rate = RecentRate()
    >>> rate.of(None)
    0.0
    >>> rate.note(10)
    >>> rate.of(time.time() - 5) > 1
    True
    """

    def __init__(self) -> None:
        self._recent: deque[tuple[float, int]] = deque()

    def note(self, count: int) -> None:
        """Take notice that so many are done now."""
        self._recent.append((time.monotonic(), count))

    def of(self, started: float | None) -> float:
        """Return how many are done in a second, of what began at a time [s of the epoch]."""
        now = time.monotonic()
        while self._recent and now - self._recent[0][0] > RATE_OVER_S:
            self._recent.popleft()
        if not self._recent:
            return 0.0
        over = min(RATE_OVER_S, max(time.time() - (started or time.time()), 0.1))
        return sum(count for _, count in self._recent) / over
