"""Which points of a sweep go to which worker next: an account without any clock or connection."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Iterable
from typing import Any, Final

import numpy as np

from emout_lab.engine.sweeps.running import BundleOutcome

#: So long the points of one bundle shall take together [s].
BUNDLE_S: Final = 0.5
#: A bundle grows by this factor at most from one to the next.
GROWTH: Final = 8
MOST_POINTS: Final = 5000
#: So many bundles are at a worker for each of its threads, so that it need not wait for the next.
AHEAD: Final = 2


class SweepPlan:
    """The points of one sweep that are still to be done, in random order.

    Parameters
    ----------
    total : int
        How many points there are.
    done : iterable of int
        Those that are over already.
    retries : int
        So often a point whose worker has died is done again.
    seed : int, optional
        Of the order.
    """

    def __init__(
        self, total: int, done: Iterable[int], retries: int, seed: int | None = None
    ) -> None:
        self.is_done = np.zeros(total, bool)
        self.is_done[list(done)] = True
        self.is_failed = np.zeros(total, bool)
        order = np.flatnonzero(~self.is_done)
        np.random.default_rng(seed).shuffle(order)
        self._order, self._next = order, 0
        self._again: deque[int] = deque()
        self._alone: deque[int] = deque()
        self._losses: dict[int, int] = {}
        self._retries = retries
        self._size = 1
        self._seconds_per_point: float | None = None
        self._under_way: dict[Any, tuple[int, ...]] = {}

    @property
    def running(self) -> int:
        """How many points are at workers."""
        return sum(map(len, self._under_way.values()))

    @property
    def waiting(self) -> int:
        """How many points have not been sent."""
        return len(self._order) - self._next + len(self._again) + len(self._alone)

    @property
    def is_over(self) -> bool:
        """Whether nothing is left to do."""
        return not self._under_way and not self.waiting

    def next_bundle(self, key: Any, threads: int) -> tuple[int, ...]:
        """Return the points to be sent as a bundle, () where there are none.

        Parameters
        ----------
        key : hashable
            Names the bundle in `note_done` and `note_lost`.
        threads : int
            How many threads there are, at all workers.
        """
        if self._alone:
            found: tuple[int, ...] = (self._alone.popleft(),)
        else:
            found = self._taken(self._count(threads))
        if found:
            self._under_way[key] = found
        return found

    def note_done(self, key: Any, outcome: BundleOutcome) -> None:
        """Take notice of what came of a bundle."""
        self._under_way.pop(key, None)
        self.is_done[list(outcome.done)] = True
        self.is_failed[list(outcome.failed)] = True
        self._again.extend(outcome.rest)
        if outcome.done:
            self._seconds_per_point = outcome.seconds / len(outcome.done)
            self._size = len(outcome.done)

    def note_lost(self, key: Any, over: Iterable[int], begun: Iterable[int]) -> list[int]:
        """Take notice that a worker died with a bundle; return the points to be given up.

        Parameters
        ----------
        over : iterable of int
            Points whose records are there.
        begun : iterable of int
            Points that have begun, and are not over.
        """
        numbers, given_up = self._under_way.pop(key, ()), []
        finished, suspects = set(over), set(begun)
        for number in numbers:
            if number in finished:
                self.is_done[number] = True
            elif number not in suspects:
                self._again.append(number)
            else:
                losses = self._losses[number] = self._losses.get(number, 0) + 1
                if losses > self._retries:
                    given_up.append(number)
                else:
                    self._alone.append(number)
        return given_up

    def note_given_up(self, number: int) -> None:
        """Take notice that a point is over, and has failed."""
        self.is_done[number] = self.is_failed[number] = True

    def take_back(self, key: Any) -> None:
        """Take notice that a bundle was not begun."""
        self._again.extend(self._under_way.pop(key, ()))

    def again(self, numbers: Iterable[int]) -> None:
        """Do points again that are over."""
        for number in numbers:
            if self.is_done[number]:
                self.is_done[number] = self.is_failed[number] = False
                self._losses.pop(number, None)
                self._again.append(int(number))

    def _count(self, threads: int) -> int:
        most = self._size * GROWTH
        if self._seconds_per_point is not None:
            most = min(most, math.ceil(BUNDLE_S / max(self._seconds_per_point, 1e-6)))
        share = math.ceil(self.waiting / (AHEAD * max(1, threads)))
        return max(1, min(most, share, MOST_POINTS))

    def _taken(self, count: int) -> tuple[int, ...]:
        found = self._order[self._next : self._next + count].tolist()
        self._next += len(found)
        while len(found) < count and self._again:
            found.append(self._again.popleft())
        return tuple(found)
