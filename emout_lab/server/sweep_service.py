"""Sweeps for the panel: what folders and sessions tell of them, and what a user does with them."""

from __future__ import annotations

import asyncio
import contextlib
import importlib
import logging
import time
from collections.abc import Awaitable, Callable, Mapping
from functools import partial
from types import ModuleType
from typing import TYPE_CHECKING, Any, Final

from emout_lab.engine.sweeps.folder import SweepFolder, SweepProgress
from emout_lab.errors import EmoutLabError, SessionDead, StateError
from emout_lab.server.client_pool import ClientPool
from emout_lab.server.contract.messages import SESSIONS, SWEEPS
from emout_lab.server.contract.models import Json
from emout_lab.server.contract.requests import TableRequest
from emout_lab.server.contract.sweeps import SweepTable
from emout_lab.server.state_store import StateStore
from emout_lab.server.sweep_list import KnownSweep, NoSweep, SweepList, sweep_json
from emout_lab.server.sweep_table import SweepTables
from emout_lab.sessions import SessionState, aio

if TYPE_CHECKING:
    from emout_lab.sessions import SessionStatus

#: What a session has told counts for so long, then what its folder says [s].
TOLD_S: Final = 15.0
#: The points that run are interrupted, and waited for [s].
CANCEL_TIMEOUT_S: Final = 30.0

OVER: Final = frozenset(each.value for each in SessionState if each.is_over)


class SweepService:
    """The sweeps of the user.

    The list comes from their folders, which outlive sessions. How far those are that run is told
    by their sessions, too: a network file system shows late what others have written.

    Parameters
    ----------
    store : StateStore
        Where panels see them.
    pool : ClientPool
        The way to the sessions.
    read_sessions : coroutine function
        Brings the sessions in the store up to date.
    """

    def __init__(
        self, store: StateStore, pool: ClientPool, read_sessions: Callable[[], Awaitable[Any]]
    ) -> None:
        self._store = store
        self._pool = pool
        self._read_sessions = read_sessions
        self._list = SweepList()
        self._tables = SweepTables()
        self._reading = asyncio.Lock()
        self._known: dict[str, KnownSweep] = {}
        self._told: dict[str, tuple[float, SweepProgress]] = {}
        self._faults: dict[str, str] = {}
        self._log = logging.getLogger(__name__)

    async def look(self) -> None:
        """Read the folders and tell the panels; the sessions are those that the store has."""
        async with self._reading:
            found = await asyncio.to_thread(self._list.read)
            self._known = {each.info.id: each for each in found}
        for id in self._told.keys() - self._known.keys():
            del self._told[id]
        for id, fault in self._list.faults.items():
            if self._faults.get(id) != fault:
                self._log.warning("A sweep is not shown: %s", fault)
        self._faults = self._list.faults
        self._publish()

    async def listed(self) -> list[Json]:
        """Return all sweeps as they are now, the newest first."""
        await self._read_sessions()
        await self.look()
        return sorted(self._store.models(SWEEPS), key=lambda each: -each["created"])

    async def get(self, id: str) -> Json:
        """Return one sweep as it is now.

        Raises
        ------
        SpecError
            When no sweep can have this id.
        NoSweep
            When there is none.
        StateError
            When it cannot be read.
        """
        await self._read_sessions()
        return self._model(await self._one(id))

    async def table(self, id: str, request: TableRequest) -> SweepTable:
        """Return a piece of the table of a sweep.

        Raises
        ------
        SpecError, NoSweep, StateError
            As with `get`; also when ``since`` is no `next` of an earlier piece.
        """
        return await asyncio.to_thread(self._tables.piece, id, request)

    async def cancel(self, id: str) -> None:
        """End a sweep, unless it is over.

        Raises
        ------
        SpecError, NoSweep, StateError
            As with `get`.
        EmoutLabError
            When its session does not answer.
        """
        model = await self.get(id)
        if not _is_over(model):
            await self._ask(model, "cancel")

    async def retry(self, id: str) -> None:
        """Do the points again that failed.

        Raises
        ------
        SpecError, NoSweep, StateError
            As with `get`.
        SessionDead
            When its session is over.
        EmoutLabError
            When its session does not answer.
        """
        model = await self.get(id)
        if not self._is_alive(await self._one(id)):
            raise SessionDead(
                f"Sweep {model['name'] or id} was run by session {model['session']!r}, which is "
                "over. What it has done is on disk: run the experiment again in another session, "
                "and only the points that are missing are done."
            )
        await self._ask(model, "retry")

    async def remove(self, id: str) -> None:
        """End a sweep, and delete it with its results.

        Raises
        ------
        SpecError, NoSweep
            As with `get`.
        StateError
            When it cannot be deleted.
        EmoutLabError
            When it still runs, and its session does not answer.
        """
        folder = SweepFolder(id)
        if (known := await self._readable(id)) is not None:
            await self._end(known)
        await asyncio.to_thread(folder.remove)
        self._tables.forget(id)
        await self.look()
        if folder.path.exists():
            raise StateError(f"sweep {id} cannot be deleted: see who uses {folder.path}")

    async def ask(self, status: SessionStatus) -> None:
        """Ask a session how far its sweeps are, and tell the panels."""
        ids = self._active(status)
        if ids:
            found = await self._pool.ask(status, partial(_questions().progress, sweeps=ids))
            now = time.monotonic()
            self._told.update({id: (now, each) for id, each in found.items()})
            self._publish()

    def is_active(self, status: SessionStatus) -> bool:
        """Tell whether a session runs a sweep, as far as is known."""
        return bool(self._active(status))

    def subscribe(self, client: Any) -> None:
        """Hear what a session tells of its sweeps."""
        client.subscribe_topic(_questions().TOPIC, self._announced)

    def _announced(self, event: tuple[float, Any]) -> None:
        told = event[1]
        if not isinstance(told, Mapping) or not isinstance(told.get("sweep"), str):
            self._log.warning("An announcement of a sweep is not understood: %.200r", told)
            return
        try:
            progress = SweepProgress.from_json(told)
        except (TypeError, ValueError) as exc:
            self._log.warning("An announcement of a sweep is not understood: %s", exc)
            return
        self._told[told["sweep"]] = (time.monotonic(), progress)
        self._publish()

    async def _one(self, id: str) -> KnownSweep:
        async with self._reading:
            return await asyncio.to_thread(self._list.read_one, id)

    async def _readable(self, id: str) -> KnownSweep | None:
        """Return a sweep; None where it cannot be read: it can be deleted all the same."""
        try:
            return await self._one(id)
        except NoSweep:
            raise
        except StateError:
            return None

    async def _end(self, known: KnownSweep) -> None:
        await self._read_sessions()
        model = self._model(known)
        if not _is_over(model):
            await self._ask(model, "cancel")
        if self._is_alive(known):
            # It is over: a session that does not answer need not know that it is gone.
            with contextlib.suppress(EmoutLabError):
                await self._ask(model, "forget")

    async def _ask(self, model: Json, what: str) -> None:
        """Let a session do something with a sweep; panels see at once what came of it."""
        status = await aio.get(model["session"])
        question = partial(getattr(_questions(), what), sweep=model["id"])
        how_far = partial(_questions().progress, sweeps=[model["id"]])
        await self._pool.ask(status, question, CANCEL_TIMEOUT_S, without_engines=True)
        found = await self._pool.ask(status, how_far, without_engines=True)
        now = time.monotonic()
        self._told.update({id: (now, each) for id, each in found.items()})
        await self.look()

    def _active(self, status: SessionStatus) -> list[str]:
        return [
            id
            for id, each in self._known.items()
            if each.info.session == status.name
            and each.info.address == status.address
            and not _is_over(self._model(each))
        ]

    def _publish(self) -> None:
        self._store.update(SWEEPS, [self._model(each) for each in self._known.values()])

    def _model(self, known: KnownSweep) -> Json:
        when, progress = self._told.get(known.info.id, (0.0, known.progress))
        if time.monotonic() - when > TOLD_S:
            progress = known.progress
        return sweep_json(known.info, progress, is_alive=self._is_alive(known))

    def _is_alive(self, known: KnownSweep) -> bool:
        return any(
            each["name"] == known.info.session
            and each["address"] == known.info.address
            and each["state"] not in OVER
            for each in self._store.models(SESSIONS)
        )


def _is_over(model: Json) -> bool:
    return model["state"] not in ("queued", "running")


def _questions() -> ModuleType:
    """Return `emout_lab.client.sweep_questions`, which loads Dask."""
    return importlib.import_module("emout_lab.client.sweep_questions")
