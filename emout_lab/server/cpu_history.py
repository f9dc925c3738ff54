"""CPU of every engine over the last two minutes, so that a page that loads can show it."""

from __future__ import annotations

from bisect import bisect_right
from collections import deque
from typing import Final

HISTORY_S: Final = 120.0
POINTS: Final = 60


class CpuHistory:
    """Remembers what engines said of their CPU, by address.

    Examples
    --------
    >>> history = CpuHistory()
    >>> history.record("tls://h:1", 50.0, time=1000.0)
    >>> history.values("tls://h:1", time=1060.0)[28:32]
    [0.0, 0.0, 50.0, 50.0]
    """

    def __init__(self) -> None:
        self._samples: dict[str, deque[tuple[float, float]]] = {}

    def record(self, address: str, cpu: float, time: float) -> None:
        """Note the CPU [%] of an engine at a time [s]; what is too old is forgotten."""
        samples = self._samples.setdefault(address, deque())
        samples.append((time, round(cpu, 1)))
        _drop_old(samples, time)

    def values(self, address: str, time: float) -> list[float]:
        """Return values at equal distances, the oldest first; 0 before anything was known."""
        samples = self._samples.get(address, deque())
        times = [moment for moment, _ in samples]
        step = HISTORY_S / POINTS
        counts = [bisect_right(times, time - step * (POINTS - point)) for point in range(POINTS)]
        return [samples[count - 1][1] if count else 0.0 for count in counts]

    def prune(self, time: float) -> None:
        """Forget engines that were not heard of for so long."""
        for address, samples in list(self._samples.items()):
            if samples[-1][0] < time - HISTORY_S:
                del self._samples[address]


def _drop_old(samples: deque[tuple[float, float]], time: float) -> None:
    # The last one before the window still holds at its beginning.
    while len(samples) > 1 and samples[1][0] < time - HISTORY_S:
        samples.popleft()
