"""The state that panels share: what is known now, who looks, and who hears of a change."""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Callable, Iterable

from emout_lab.server.contract.messages import KEYS, WORKERS, Delta, Problem, Solved, state_json
from emout_lab.server.contract.models import Json
from emout_lab.server.cpu_history import CpuHistory


class Subscription:
    """One panel's queue of messages.

    The queue is bounded. A panel too slow to follow loses the single changes and finds the whole
    state in their place, so that it can neither fall behind for ever nor miss anything.
    """

    def __init__(self, store: StateStore, limit: int) -> None:
        self._store = store
        self._limit = limit
        self._messages: deque[Json] = deque()
        self._arrived = asyncio.Event()
        self.parts: frozenset[str] = frozenset()
        self.interval: float | None = None

    def put(self, message: Json) -> None:
        """Queue a message, or the whole state instead of a queue that is full."""
        if len(self._messages) >= self._limit:
            self.put_state()
            return
        self._messages.append(message)
        self._arrived.set()

    def put_state(self) -> None:
        """Replace everything that waits by the whole state."""
        self._messages.clear()
        self._messages.append(self._store.state(self.parts))
        self._arrived.set()

    async def get(self) -> Json:
        """Return the next message, waiting for it."""
        while not self._messages:
            self._arrived.clear()
            await self._arrived.wait()
        return self._messages.popleft()


class StateStore:
    """Models by part and key; tells each subscription what changed in the parts it watches.

    Parameters
    ----------
    queue_limit : int
        Messages that may wait for one panel.
    clock : callable
        Returns seconds since the epoch.
    """

    def __init__(self, queue_limit: int, clock: Callable[[], float] = time.time) -> None:
        self._queue_limit = queue_limit
        self._clock = clock
        self._models: dict[str, dict[str, Json]] = {part: {} for part in KEYS}
        self._subscriptions: set[Subscription] = set()
        self._history = CpuHistory()

    @property
    def watched(self) -> frozenset[str]:
        """The parts that somebody looks at."""
        return frozenset().union(*(each.parts for each in self._subscriptions))

    def interval(self, default: float) -> float:
        """Return how often the most eager of those who look wants to be told [s].

        Parameters
        ----------
        default : float [s]
            For whoever has no wish of its own.
        """
        wishes = (each.interval or default for each in self._subscriptions if each.parts)
        return min(wishes, default=default)

    def subscribe(self) -> Subscription:
        """Open a queue; it hears nothing before its ``parts`` are set."""
        subscription = Subscription(self, self._queue_limit)
        self._subscriptions.add(subscription)
        return subscription

    def unsubscribe(self, subscription: Subscription) -> None:
        """Forget a queue (twice is harmless)."""
        self._subscriptions.discard(subscription)

    def models(self, part: str, session: str | None = None) -> list[Json]:
        """Return the models of a part, of one session or of all."""
        found = self._models[part].values()
        return [each for each in found if session is None or each["session"] == session]

    def state(self, parts: Iterable[str]) -> Json:
        """Return the whole state of some parts as a message."""
        return state_json({part: self._with_history(part, self.models(part)) for part in parts})

    def record_cpu(self, rows: Iterable[Json]) -> None:
        """Remember the CPU of engines that have answered now."""
        now = self._clock()
        for row in rows:
            self._history.record(row["address"], row["cpu"], now)
        self._history.prune(now)

    def update(self, part: str, models: Iterable[Json], session: str | None = None) -> Delta | None:
        """Replace a part's models, or those of one session, and tell who watches.

        Parameters
        ----------
        part : str
            ``sessions``, ``workers``, ``objects`` or ``figures``.
        models : iterable of dict
            All models that exist now.
        session : str, optional
            Models of other sessions stay as they are.

        Returns
        -------
        Delta or None
            What changed; None when nothing did.
        """
        known, key = self._models[part], KEYS[part]
        new = {model[key]: model for model in models}
        changed = tuple(
            model
            for name, model in new.items()
            # A model that is the very same needs no look inside: there may be thousands.
            if (old := known.get(name)) is not model and old != model
        )
        removed = tuple(
            name
            for name, model in known.items()
            if name not in new and (session is None or model["session"] == session)
        )
        first = self._with_history(part, [model for model in changed if model[key] not in known])
        again = [model for model in changed if model[key] in known]
        known.update({model[key]: model for model in changed})
        for name in removed:
            del known[name]
        if not changed and not removed:
            return None
        delta = Delta(part, set=changed, removed=removed)
        self._notify(part, Delta(part, (*first, *again), removed).to_json())
        return delta

    def report(self, problem: Problem | Solved) -> None:
        """Tell every panel that something failed behind the scenes, or does so no longer."""
        for subscription in self._subscriptions:
            if subscription.parts:
                subscription.put(problem.to_json())

    def _with_history(self, part: str, models: list[Json]) -> list[Json]:
        """Return models as panels get them first: they remember an engine's CPU from then on."""
        if part != WORKERS:
            return models
        now = self._clock()
        return [row | {"cpu_history": self._history.values(row["address"], now)} for row in models]

    def _notify(self, part: str, message: Json) -> None:
        for subscription in self._subscriptions:
            if part in subscription.parts:
                subscription.put(message)
