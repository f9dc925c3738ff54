"""Which points of a sweep go to which worker next: an account without any clock or connection."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Iterable, Mapping
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from emout_lab.engine.sweeps.running import BundleOutcome

#: So long the points of one bundle shall take together [s].
BUNDLE_S: Final = 0.5
#: A bundle grows by this factor at most from one to the next.
GROWTH: Final = 8
MOST_POINTS: Final = 5000
#: So many bundles are at a worker for each of its threads, so that it need not wait for the next;
#: of points that take longer than a bundle should, one: another worker may be free first.
AHEAD: Final = 2
#: So many workers in a row may die with a bundle that no record tells of.
MOST_BLIND_LOSSES: Final = 10


class SweepPlan:
    """The points of one sweep that are still to be done, in random order.

    Parameters
    ----------
    total : int
        How many points there are.
    retries : int
        So often a point whose worker has died is done again.
    seed : int, optional
        Of the order.

    Attributes
    ----------
    is_done, is_failed, is_cancelled : ndarray of bool, shape (total,)
        Points that are over, those of them that failed, and those that were given up.
    rounds : ndarray of int, shape (total,)
        How often points were asked for again.
    """

    def __init__(self, total: int, retries: int, seed: int | None = None) -> None:
        self.is_done: NDArray[np.bool_] = np.zeros(total, bool)
        self.is_failed: NDArray[np.bool_] = np.zeros(total, bool)
        self.is_cancelled: NDArray[np.bool_] = np.zeros(total, bool)
        self.rounds: NDArray[np.uint16] = np.zeros(total, np.uint16)
        self._is_sent: NDArray[np.bool_] = np.zeros(total, bool)
        # To be given up as soon as they are back.
        self._is_unwanted: NDArray[np.bool_] = np.zeros(total, bool)
        self._order = np.arange(total, dtype=np.int32)
        np.random.default_rng(seed).shuffle(self._order)
        self._next = 0
        self._again: deque[int] = deque()
        self._alone: deque[int] = deque()
        self._losses: dict[int, int] = {}
        self._blind_losses = 0
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
        return int(np.count_nonzero(~(self.is_done | self.is_cancelled | self._is_sent)))

    @property
    def is_over(self) -> bool:
        """Whether nothing is left to do."""
        return not self._under_way and not self.waiting

    @property
    def alone(self) -> int:
        """How many points wait to be run where nothing else runs."""
        return len(self._alone)

    @property
    def ahead(self) -> int:
        """How many bundles shall be at a worker for each of its threads."""
        pace = self._seconds_per_point
        return 1 if pace is not None and pace > BUNDLE_S / 2 else AHEAD

    @property
    def is_hopeless(self) -> bool:
        """Whether worker after worker dies before any point has begun."""
        return self._blind_losses > MOST_BLIND_LOSSES

    def points(self, key: Any) -> tuple[int, ...]:
        """Return the points of a bundle that is under way."""
        return self._under_way.get(key, ())

    def next_bundle(self, key: Any, threads: int) -> tuple[int, ...]:
        """Return the points to be sent as a bundle, () where there are none.

        Parameters
        ----------
        key : hashable
            Names the bundle in `note_done` and `note_lost`.
        threads : int
            How many threads there are, at all workers.
        """
        return self._sent(key, self._taken(self._count(threads)))

    def next_alone(self, key: Any) -> tuple[int, ...]:
        """Return a point, as a bundle, that is to be run where nothing else runs."""
        while self._alone:
            number = self._alone.popleft()
            if self._is_wanted(number):
                return self._sent(key, (number,))
        return ()

    def note_done(self, key: Any, outcome: BundleOutcome) -> None:
        """Take notice of what came of a bundle."""
        numbers = self._under_way.pop(key, ())
        self.is_done[list(outcome.done)] = True
        self.is_failed[list(outcome.failed)] = True
        self.is_cancelled[list(outcome.cancelled)] = True
        self._come_back(numbers)
        self._again.extend(each for each in numbers if self._is_wanted(each))
        if outcome.done:
            self._seconds_per_point = outcome.seconds / len(outcome.done)
            self._size = len(outcome.done)
            self._blind_losses = 0

    def note_lost(
        self, key: Any, over: Mapping[int, bool], begun: Iterable[int], *, is_counted: bool = True
    ) -> list[int]:
        """Take notice that a worker died with a bundle; return the points to be given up.

        Parameters
        ----------
        over : mapping
            Points whose records are there, and whether they succeeded.
        begun : iterable of int
            Points that have begun, and are not over.
        is_counted : bool
            Whether the worker may have died of them; not where it was told to go.
        """
        numbers = self._under_way.pop(key, ())
        given_up: list[int] = []
        suspects = set(begun)
        if is_counted and not over and not suspects:
            self._blind_losses += 1
        for number in over.keys() & set(numbers):
            self.is_done[number], self.is_failed[number] = True, not over[number]
        self._come_back(numbers)
        for number in numbers:
            if not self._is_wanted(number):
                continue
            if number not in suspects or not is_counted:
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

    def take_back(self, key: Any, numbers: Iterable[int] | None = None) -> None:
        """Take notice that points of a bundle were not begun, by default all of them."""
        known = self._under_way.get(key, ())
        back = set(known if numbers is None else numbers).intersection(known)
        rest = tuple(each for each in known if each not in back)
        if rest:
            self._under_way[key] = rest
        else:
            self._under_way.pop(key, None)
        self._come_back(back)
        self._again.extend(each for each in known if each in back and self._is_wanted(each))

    def cancel(self, numbers: Iterable[int] | None = None) -> list[Any]:
        """Give points up, by default all that are not over; return the bundles that have some."""
        asked = ~self.is_done
        if numbers is not None:
            named = np.zeros_like(asked)
            named[list(numbers)] = True
            asked &= named
        self.is_cancelled |= asked & ~self._is_sent
        self._is_unwanted |= asked
        return [key for key, found in self._under_way.items() if asked[list(found)].any()]

    def again(self, numbers: Iterable[int] | None = None) -> int:
        """Do points again that have failed or were given up; by default those that failed.

        Returns
        -------
        int
            How many there are.
        """
        named = self.is_failed.copy()
        if numbers is not None:
            named[:] = False
            named[list(numbers)] = True
            named &= self.is_failed | self.is_cancelled
        found: list[int] = np.flatnonzero(named).tolist()
        self.rounds[named] += 1
        for each in (self.is_done, self.is_failed, self.is_cancelled, self._is_unwanted):
            each[named] = False
        for number in found:
            self._losses.pop(number, None)
        self._again.extend(found)
        return len(found)

    def _is_wanted(self, number: int) -> bool:
        return not (self.is_done[number] or self.is_cancelled[number] or self._is_sent[number])

    def _count(self, threads: int) -> int:
        most = self._size * GROWTH
        if self._seconds_per_point is not None:
            most = min(most, math.ceil(BUNDLE_S / max(self._seconds_per_point, 1e-6)))
        share = math.ceil((self.waiting - self.alone) / (AHEAD * max(1, threads)))
        return max(1, min(most, share, MOST_POINTS))

    def _taken(self, count: int) -> tuple[int, ...]:
        found: dict[int, None] = {}
        suspects = set(self._alone)
        while len(found) < count:
            if self._next < len(self._order):
                number = int(self._order[self._next])
                self._next += 1
            elif self._again:
                number = self._again.popleft()
            else:
                break
            if self._is_wanted(number) and number not in suspects:
                found[number] = None
        return tuple(found)

    def _sent(self, key: Any, numbers: tuple[int, ...]) -> tuple[int, ...]:
        if numbers:
            self._under_way[key] = numbers
            self._is_sent[list(numbers)] = True
        return numbers

    def _come_back(self, numbers: Iterable[int]) -> None:
        """Take notice that points are at no worker any more."""
        found = np.array(list(numbers), int)
        self._is_sent[found] = False
        self.is_cancelled[found] |= self._is_unwanted[found] & ~self.is_done[found]
