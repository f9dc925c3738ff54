"""How fast frames may follow each other: what a viewer still has to paint, and a film's clock."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

#: The most frames on their way to a viewer, by the shortest time that one took of late [s].
FEWEST_CREDITS: Final = 2
CREDITS: Final[Mapping[float, int]] = {0.020: FEWEST_CREDITS, 0.045: 3, math.inf: 4}
#: The most keys that an engine is told.
MOST_KEYS: Final = 64
#: So many frames "of late" are.
RECENT: Final = 16


class Credits:
    """Counts frames that were sent and not acknowledged.

    What a viewer on a slow line has not seen yet is old when it comes. But waiting for each
    acknowledgement leaves the line idle: the longer it is, the more frames may be on it.

    Examples
    --------
    >>> credits = Credits()
    >>> credits.sent(0.0), credits.sent(0.01), credits.left
    (1, 2, 0)
    >>> credits.acknowledged(1, 0.012)
    >>> credits.left
    1
    """

    def __init__(self) -> None:
        self._sent_at: dict[int, float] = {}
        self._trips: deque[float] = deque(maxlen=RECENT)
        self._last = 0
        self.painted = 0

    @property
    def most(self) -> int:
        """How many frames may be on their way."""
        if not self._trips:
            return FEWEST_CREDITS
        trip = min(self._trips)
        return next(credits for limit, credits in CREDITS.items() if trip <= limit)

    @property
    def left(self) -> int:
        """How many more may be sent."""
        return self.most - len(self._sent_at)

    def sent(self, now: float) -> int:
        """Count a frame, and return its number."""
        self._last += 1
        self._sent_at[self._last] = now
        return self._last

    def acknowledged(self, n: int, now: float) -> None:
        """Take note that frame ``n``, and those before it, are painted; others are ignored."""
        began = self._sent_at.get(n)
        if began is None:
            return
        self._trips.append(now - began)
        self.painted = n
        for each in [each for each in self._sent_at if each <= n]:
            del self._sent_at[each]


class KeptLayers:
    """Knows which layers a browser keeps, though its wishes tell it late.

    A wish that was on its way when a layer was does not name it. So a layer counts as kept until
    a wish comes that was sent after its frame was painted. Cells are only those of the last frame:
    what a browser keeps of frames before is its own matter.

    Examples
    --------
    >>> layers = KeptLayers()
    >>> layers.sent(1, [{"kind": "lut", "key": "a"}, {"kind": "cells", "key": "b"}])
    >>> layers.keys
    ('a', 'b')
    >>> layers.told(["c"], painted=1)
    >>> layers.keys
    ('c', 'b')
    """

    def __init__(self) -> None:
        self._told: tuple[str, ...] = ()
        self._sent: dict[str, int] = {}
        self._cells: tuple[str, ...] = ()

    @property
    def keys(self) -> tuple[str, ...]:
        """The keys of the layers that need not travel again."""
        return tuple(dict.fromkeys((*self._told, *self._sent, *self._cells)))[-MOST_KEYS:]

    def sent(self, n: int, layers: Sequence[Mapping[str, Any]]) -> None:
        """Take note of the layers in frame ``n``."""
        keyed = [each for each in layers if each["key"]]
        self._sent |= {each["key"]: n for each in keyed if each["kind"] != "cells"}
        if any(each["kind"] == "cells" for each in layers):
            self._cells = tuple(each["key"] for each in keyed if each["kind"] == "cells")

    def told(self, keys: Iterable[str], painted: int) -> None:
        """Take what a wish says that came after frame ``painted`` was acknowledged."""
        self._told = tuple(keys)
        self._sent = {key: n for key, n in self._sent.items() if n > painted}


class PlayClock:
    """The step that a film shows, and when its next one is due.

    One that cannot keep up shows each step later; none is left out.

    Parameters
    ----------
    count : int
        Number of steps.

    Examples
    --------
    >>> clock = PlayClock(3)
    >>> clock.stand(1)
    >>> clock.go_on(fps=2.0, loop=True, now=0.0)
    >>> clock.due, clock.advance(0.5), clock.advance(2.5), clock.due
    (0.5, 2, 0, 3.0)
    """

    def __init__(self, count: int) -> None:
        self._count = count
        self._interval = 0.0
        self._loop = False
        self.at: int | None = None
        self.due: float | None = None
        """When the next step shall be shown; None while it stands."""

    def stand(self, at: int | None) -> None:
        """Show a step, and stay there."""
        self.at, self.due = at, None

    def go_on(self, *, fps: float, loop: bool, now: float) -> None:
        """Play from where it is."""
        self._interval, self._loop = 1 / fps, loop
        is_over = self._count < 2 or (not loop and self.at == self._count - 1)
        self.due = None if is_over else now + self._interval

    def advance(self, now: float) -> int:
        """Go to the next step and return it."""
        due = now if self.due is None else self.due
        last = self._count - 1
        at = 0 if self.at is None or self.at >= last else self.at + 1
        self.at = at
        # A little too late is made up for; more than that is time that others needed.
        following = due + self._interval if now - due < self._interval else now + self._interval
        self.due = None if at == last and not self._loop else following
        return at
