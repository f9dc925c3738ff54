"""Collects what the engines of all sessions say, for everybody who looks at the panel."""

from __future__ import annotations

import asyncio
import time
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from emout_lab.errors import TooLarge
from emout_lab.server.client_pool import ClientPool, engine_client
from emout_lab.server.contract.messages import OBJECTS, WORKERS
from emout_lab.server.contract.models import Json, object_json, worker_json
from emout_lab.server.figure_service import FigureService
from emout_lab.server.state_store import StateStore
from emout_lab.sessions import SessionState

if TYPE_CHECKING:
    from emout_lab.engine.snapshot import EngineSnapshot
    from emout_lab.sessions import SessionStatus

Snapshots = dict[str, "EngineSnapshot"]

#: Who is asked apart answers in moments, or not for long: so much of the time that the others wait.
APART_SHARE: Final = 0.5
# A session that comes up is not asked: it would answer, but has nothing to tell.
WITHOUT_ENGINES: Final = frozenset({SessionState.STARTING, SessionState.QUEUED})
#: Collecting may wait twice so long, and the session has not lost its time to answer.
COLLECT_SHARE: Final = 0.4
NOBODY: Final[Mapping[str, float]] = {}
#: Of a session panels see so many objects, of each engine its newest: a million would be a message
#: of 300 MB, for which the server would do nothing else for 20 s.
MOST_OBJECTS: Final = 20_000


@dataclass(frozen=True)
class Answer:
    """What a session's engines said.

    Parameters
    ----------
    engines : dict
        Snapshots by address; of one that is silent the last one, or what the scheduler knows.
    silent : dict
        Names of the engines that have not answered, by address.
    since : dict
        When those were last heard of, by address; seconds since the epoch.
    """

    engines: Snapshots
    silent: Mapping[str, str]
    since: Mapping[str, float] = field(default_factory=dict)

    def heard(self) -> Snapshots:
        """Return the snapshots of those that have answered."""
        return {a: each for a, each in self.engines.items() if a not in self.silent}


class SessionCollector:
    """Asks the engines of one session.

    All are asked in one message. Where one keeps the others waiting (it reads a huge file, or its
    node swaps), each is asked by itself, and who is late has one open question from then on: its
    answer tells that it is back.

    Parameters
    ----------
    timeout : float [s]
        How long the others wait.
    """

    def __init__(self, timeout: float) -> None:
        self._timeout = timeout
        self._late: dict[str, asyncio.Task[Snapshots]] = {}
        self._heard: dict[str, float] = {}

    async def collect(self, known: Mapping[str, EngineSnapshot], client: Any) -> Answer:
        """Return what the engines say now.

        Parameters
        ----------
        known : mapping of str to EngineSnapshot
            What they said before: what is the same does not travel again.
        client : distributed.Client
            Of their session.
        """
        reports = await engine_client().worker_reports(client)
        for address in [each for each in self._late if each not in reports]:
            self._late.pop(address).cancel()
        quick = [address for address in reports if address not in self._late]
        answers = await self._ask_together(client, known, quick)
        answers.update(self._take_late())
        now = time.time()
        heard = {a: now if a in answers else self._heard.get(a) for a in reports}
        self._heard = {a: when for a, when in heard.items() if when is not None}
        # Also those whose question failed, with its connection for example: they are still there.
        silent = {
            address: report
            for address, report in reports.items()
            if address not in answers and (address in known or address in self._late)
        }
        return Answer(
            {**{a: known.get(a, report.snapshot) for a, report in silent.items()}, **answers},
            {a: report.snapshot.engine for a, report in silent.items()},
            {a: self._heard.get(a, now - report.silence) for a, report in silent.items()},
        )

    def stop(self) -> None:
        """Wait for no answer any more (twice is harmless)."""
        for task in self._late.values():
            task.cancel()
        self._late.clear()

    async def _ask_together(
        self, client: Any, known: Mapping[str, EngineSnapshot], addresses: list[str]
    ) -> Snapshots:
        if not addresses:
            return {}
        together = self._start(client, known, addresses)
        try:
            await asyncio.wait([together], timeout=self._timeout)
            if together.done():
                return together.result()
        finally:
            together.cancel()
        alone = {each: self._start(client, known, [each]) for each in addresses}
        self._late.update(alone)
        await asyncio.wait(alone.values(), timeout=self._timeout * APART_SHARE)
        return {}

    def _start(
        self, client: Any, known: Mapping[str, EngineSnapshot], addresses: list[str]
    ) -> asyncio.Task[Snapshots]:
        task = asyncio.create_task(engine_client().snapshots(client, known, addresses))
        # A client that is closed meanwhile makes it fail, and then nobody may be waiting.
        task.add_done_callback(lambda done: done.cancelled() or done.exception())
        return task

    def _take_late(self) -> Snapshots:
        """Take the answers of those that were late."""
        answers: Snapshots = {}
        for address, task in list(self._late.items()):
            if task.done():
                del self._late[address]
                if not task.cancelled() and task.exception() is None:
                    answers.update(task.result())
        return answers


class SnapshotCollector:
    """Asks engines and puts what they say into the state store.

    Parameters
    ----------
    store : StateStore
        Where panels see it.
    pool : ClientPool
        The way to the sessions.
    figure_service : FigureService
        Takes over the figures.
    timeout : float [s]
        How long a session may take to answer.
    """

    def __init__(
        self, store: StateStore, pool: ClientPool, figure_service: FigureService, timeout: float
    ) -> None:
        self._store = store
        self._pool = pool
        self._figure_service = figure_service
        self._timeout = timeout
        self._asking: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)
        self._collectors: dict[str, SessionCollector] = {}
        self._known: dict[str, dict[str, EngineSnapshot]] = {}
        self._models: dict[tuple[str, str], tuple[Any, list[Json]]] = {}
        self._unlisted: dict[str, int] = {}

    async def read(self, status: SessionStatus) -> Answer:
        """Ask a session's engines, tell the panels, and return what they said."""
        # Answers must reach the store in the order of the questions: an older one would bring
        # back an object that was dropped meanwhile.
        async with self._asking[status.name]:
            mark = self._figure_service.mark()
            answer = Answer({}, {})
            if status.state not in WITHOUT_ENGINES:
                collector = self._collectors.setdefault(
                    status.name, SessionCollector(self._timeout * COLLECT_SHARE)
                )
                known = self._known.get(status.name, {})
                answer = await self._pool.ask(status, partial(collector.collect, known))
                self._known[status.name] = answer.engines
            self.take(status.name, answer.engines.values(), mark, answer.since)
            await self._figure_service.clear_engines(status, answer.heard())
            return answer

    def take(
        self,
        name: str,
        engines: Iterable[EngineSnapshot],
        mark: int,
        silent: Mapping[str, float] = NOBODY,
    ) -> None:
        """Put into the store what the engines of a session said.

        Parameters
        ----------
        name : str
            Name of the session.
        engines : iterable of EngineSnapshot
            All of them, as they are now.
        mark : int
            The :meth:`FigureService.mark` of before they were asked.
        silent : mapping of str to float [s]
            Addresses of those of which this is only the last that is known, and since when.
        """
        engines = list(engines)
        rows = [worker_json(name, e, silent.get(e.address)) for e in engines]
        self._store.update(WORKERS, rows, session=name)
        self._store.record_cpu(row for row in rows if row["silent_since"] is None)
        share = max(1, MOST_OBJECTS // max(1, len(engines)))
        objects = [m for engine in engines for m in self._object_models(name, engine, share)]
        self._unlisted[name] = sum(len(each.objects) for each in engines) - len(objects)
        self._store.update(OBJECTS, objects, session=name)
        self._figure_service.take(name, engines, mark, silent)

    def blank(self) -> None:
        """Take out of the store what nobody keeps up to date now."""
        self._store.update(WORKERS, ())
        self._store.update(OBJECTS, ())

    async def require_all_objects(self, name: str) -> None:
        """Make sure that panels see all objects of a session.

        Raises
        ------
        TooLarge
            When there are too many, which is no reason to show none.
        """
        unlisted = self._unlisted.get(name, 0)
        if unlisted > 0:
            raise TooLarge(
                f"Session {name!r} keeps more objects than the panel shows: {unlisted:,} older "
                f"ones are not listed. A loop that keeps every result does that; drop what is not "
                "needed (`del`, or a `remote_scope` around the loop)."
            )

    async def forget(self, name: str) -> None:
        """Take a session's engines out of the store once the last question to it has come back."""
        async with self._asking[name]:
            self._known.pop(name, None)
            if name in self._collectors:
                self._collectors.pop(name).stop()
            for key in [key for key in self._models if key[0] == name]:
                del self._models[key]
            self.take(name, (), self._figure_service.mark())
            self._unlisted.pop(name, None)

    def stop(self) -> None:
        """Wait for no answer any more (twice is harmless)."""
        for collector in self._collectors.values():
            collector.stop()

    def _object_models(self, name: str, engine: EngineSnapshot, most: int) -> list[Json]:
        """Return an engine's newest objects as they are sent; those of before, if they are same."""
        told, models = self._models.get((name, engine.address), (None, []))
        key = engine.objects, most
        if told is None or told[0] is not engine.objects or told[1] != most:
            models = [object_json(name, engine, item) for item in engine.objects[-most:]]
            self._models[name, engine.address] = key, models
        return models
