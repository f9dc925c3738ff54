"""What a balancer needs of the calls that it spreads over engines."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from typing import Any, Protocol

from emout_lab.engine.engine_numbers import NumberedEngine
from emout_lab.engine.views.bundles import TaskItem, TaskOutcome

#: Ids of the engines that may run a call; None where all may.
Places = frozenset[int] | None


class Balanced(Protocol):
    """A call that any engine may run, or any of ``places``.

    ``is_solo`` tells that engines may have died of it: it runs while no other such call does, nor
    one that was on its way when they died.
    """

    item: TaskItem
    directory: str | None
    places: Places
    is_solo: bool

    def done(self) -> bool:
        """Return whether nobody waits for it any more."""

    def is_again(
        self, outcome: TaskOutcome, engine: NumberedEngine | None, engines: Sequence[int]
    ) -> bool:
        """Look at what came of it; return whether it is to be run again."""

    def settle(self, outcome: TaskOutcome, engine: NumberedEngine | None) -> None:
        """Take what came of it."""

    @staticmethod
    def deliver(function: Callable[[], None]) -> None:
        """Call a function outside of the event loop, in which nothing of the user's may run."""

    def note_no_engine(self) -> None:
        """Take that none of its places is there any more."""

    def note_loss(self, error: BaseException) -> None:
        """Take that nothing came of it."""


class Sent:
    """A bundle of calls on its way."""

    def __init__(self, places: Places, calls: Sequence[Balanced], future: Future[Any]) -> None:
        self.places, self.future = places, future
        self.open = {each.item.id: each for each in calls}
        self.asked_at = time.monotonic()
        self.is_asked = self.is_over = False
        self.is_solo = self.is_suspect = calls[0].is_solo
