"""How many load-balanced calls may travel together: as many as take next to no time."""

from __future__ import annotations

#: Calls that travel together shall take no longer, and so many at most go [s].
BUNDLE_S, MOST = 0.025, 500
#: So many times as many calls may travel together as have been seen to be short.
GROWTH = 32


class Pace:
    """What is known of how long the calls of a function take.

    Examples
    --------
    >>> pace = Pace()
    >>> pace.together(0.025)
    1
    >>> pace.note(0.001); pace.note(0.001)
    >>> pace.together(0.025)
    25
    """

    def __init__(self) -> None:
        self._seen = 0
        self._mean = 0.0

    def note(self, seconds: float) -> None:
        """Take how long one has taken."""
        self._seen += 1
        self._mean += (seconds - self._mean) / min(self._seen, 20)

    def together(self, seconds: float) -> int:
        """Return how many may travel together that shall take ``seconds`` at most."""
        if not self._seen:
            return 1
        return max(1, min(MOST, GROWTH * self._seen, round(seconds / max(self._mean, 1e-9))))
