"""When a host asks the queue: often while something is going on, seldom while nothing is."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection
from typing import Final

#: After news the queue is asked about so often, then ever less.
EAGER_POLL_S: Final = 0.5
EAGER_POLLS: Final = 10
#: An answer of another session is good enough that is not older than this part of the pause.
SHARED_AGE: Final = 0.9


class QueuePace:
    """How long the queue is left alone.

    Parameters
    ----------
    longest : float [s]
        The longest pause; reached when nothing has happened for ten times as long.
    clock : callable
        Returns seconds.

    Examples
    --------
    >>> now = 0.0
    >>> pace = QueuePace(10.0, clock=lambda: now)
    >>> pace.is_due(["7"], has_lost_workers=False)
    True
    >>> pace.note_answer()
    >>> pace.is_due(["7"], has_lost_workers=False)
    False
    >>> now = 30.0
    >>> pace.interval
    3.0
    """

    def __init__(self, longest: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._longest = longest
        self._clock = clock
        self._news_at = clock()
        self._asked_at = -float("inf")
        self._jobs: frozenset[str] = frozenset()
        #: How old an answer may be that another session has got [s].
        self.max_age = 0.0

    @property
    def interval(self) -> float:
        """How long to wait before the queue is asked again [s]."""
        quiet = self._clock() - self._news_at
        return min(self._longest, max(EAGER_POLL_S, quiet / EAGER_POLLS))

    def is_due(self, jobs: Collection[str], *, has_lost_workers: bool) -> bool:
        """Tell whether the queue is to be asked now.

        Parameters
        ----------
        jobs : collection of str
            The session's jobs: others than before are news.
        has_lost_workers : bool
            The queue may know why, and is asked at once.
        """
        now = self._clock()
        if has_lost_workers or self._jobs != frozenset(jobs):
            self._news_at, self._jobs = now, frozenset(jobs)
        interval = self.interval
        if not has_lost_workers and now - self._asked_at < interval:
            return False
        self.max_age = 0.0 if has_lost_workers else SHARED_AGE * interval
        return True

    def note_answer(self) -> None:
        """Begin the pause: one that is slow to answer is not asked again at once."""
        self._asked_at = self._clock()
