"""The bundles of a sweep that are at workers: Dask tasks, each bound to its worker.

So nothing that has ended a worker is sent to the next by itself.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
import uuid
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

from emout_lab.engine.error_reports import run_task
from emout_lab.engine.sweeps.folder import SweepInfo
from emout_lab.engine.sweeps.running import BundleOutcome, PointBundle, cancel_points, take_back

#: A bundle begins no more points after this time [s].
BUNDLE_LIMIT_S: Final = 1.0
#: How long workers may take to answer [s].
ANSWER_S: Final = 10.0
#: Interactive work goes first.
PRIORITY: Final = -10


@dataclass
class SentBundle:
    """A bundle on its way.

    Attributes
    ----------
    key : str
        Of its task.
    worker, engine : str
        Address and name of its worker.
    coming : asyncio.Future
        What comes of it.
    at : float [s]
        When it was sent, by the monotonic clock.
    is_asked : bool
        Whether the worker was asked for what it has not begun.
    """

    key: str
    worker: str
    engine: str
    coming: asyncio.Future[BundleOutcome]
    at: float
    is_asked: bool = False

    @property
    def is_done(self) -> bool:
        """Whether it has told what came of it."""
        return self.coming.done() and not self.coming.cancelled() and not self.coming.exception()


class SentBundles:
    """The bundles of one sweep that are at workers.

    Parameters
    ----------
    info : SweepInfo
        The sweep.
    on_change : callable
        Called when something has come of one.
    on_taken_back : callable
        Called with the key of a bundle and its points that its worker will not begin any more;
        None means all.
    """

    def __init__(
        self,
        info: SweepInfo,
        on_change: Callable[[], None],
        on_taken_back: Callable[[str, list[int] | None], None],
    ) -> None:
        self._info, self._on_change, self._on_taken_back = info, on_change, on_taken_back
        self._sent: dict[str, SentBundle] = {}
        self._asking: set[asyncio.Future[None]] = set()

    def __iter__(self) -> Iterator[SentBundle]:
        return iter(list(self._sent.values()))

    def load(self, worker: str) -> int:
        """Return how many bundles are at a worker."""
        return sum(each.worker == worker for each in self._sent.values())

    def send(
        self, client: Any, key: str, worker: tuple[str, str], numbers: Iterable[int], rounds: Any
    ) -> None:
        """Send points to a worker, which is told by its address and name."""
        address, name = worker
        rounds = {each: int(rounds[each]) for each in numbers if rounds[each]}
        bundle = PointBundle(self._info.id, self._info.name, key, numbers, BUNDLE_LIMIT_S, rounds)
        future = client.submit(
            run_task, bundle, key=key, workers=[address], pure=False, retries=0, priority=PRIORITY
        )
        # Its result may be lost with its worker while it is on its way here.
        coming = asyncio.ensure_future(_outcome(future))
        coming.add_done_callback(lambda _: self._on_change())
        self._sent[key] = SentBundle(key, address, name, coming, time.monotonic())

    def drop(self, key: str) -> None:
        """Wait for a bundle no longer."""
        if (found := self._sent.pop(key, None)) is not None:
            found.coming.cancel()

    def told_of_deaf(self, points: Callable[[str], tuple[int, ...]]) -> str:
        """Return what is said of points that go on though they were interrupted; "" of none.

        Parameters
        ----------
        points : callable
            Gives the points of a bundle that are not over, by its key.
        """
        at = {each.engine: points(each.key) for each in self if points(each.key)}
        numbers = sorted(number for found in at.values() for number in found)
        if not numbers:
            return ""
        return (
            f"{len(numbers)} of its points, {numbers[0]} for example, do not end though they were "
            "interrupted: they catch every exception, or are in compiled code. To end them, "
            f"restart engine {', '.join(sorted(at))}"
        )

    def close(self) -> None:
        """Wait for nothing any more."""
        for each in self._asking:
            each.cancel()
        for key in list(self._sent):
            self.drop(key)

    def ask_back(self, client: Any, bundle: SentBundle) -> None:
        """Ask, in the background, for the points of a bundle that its worker has not begun."""
        bundle.is_asked = True
        asked = asyncio.ensure_future(self._ask(client, bundle.worker, take_back, [bundle.key]))
        self._asking.add(asked)
        asked.add_done_callback(self._asking.discard)

    async def cancel(self, client: Any, keys: Iterable[str], points: Sequence[int] | None) -> None:
        """Let workers begin nothing more of bundles, and interrupt points that run."""
        at: dict[str, list[str]] = {}
        for key in keys:
            if key in self._sent:
                at.setdefault(self._sent[key].worker, []).append(key)
        asked = [
            self._ask(client, worker, cancel_points, self._info.id, found, points)
            for worker, found in at.items()
        ]
        await asyncio.gather(*asked)

    async def _ask(self, client: Any, worker: str, function: Any, *args: Any) -> None:
        """Ask a worker for points that it has not begun; it may be gone, or busy."""
        with contextlib.suppress(Exception):
            answers = await asyncio.wait_for(
                client.run(function, *args, workers=[worker], on_error="ignore"), ANSWER_S
            )
            for key, numbers in (answers.get(worker) or {}).items():
                if key in self._sent:
                    self._on_taken_back(key, numbers)
            self._on_change()


def new_key() -> str:
    """Return a key that no other bundle has."""
    return f"emout-lab-sweep-{uuid.uuid4().hex}"


async def _outcome(future: Any) -> BundleOutcome:
    try:
        outcome: BundleOutcome = await future
        return outcome
    finally:
        future.release()
