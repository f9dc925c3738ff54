"""What the engines of all sessions say, and what panels see of it."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Iterable, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from emout_lab.server.board import Board
from emout_lab.server.links import Links
from emout_lab.server.pictures import Pictures
from emout_lab.server.rollcall import Answer, RollCall
from emout_lab.server.schemas import OBJECTS, WORKERS, Json, object_json, worker_json
from emout_lab.sessions import SessionState

if TYPE_CHECKING:
    from emout_lab.engine.snapshot import EngineSnapshot
    from emout_lab.sessions import SessionStatus

# A session that comes up is not asked: it would answer, but has nothing to tell.
WITHOUT_ENGINES: Final = frozenset({SessionState.STARTING, SessionState.QUEUED})
#: A roll call may wait twice so long, and the session has not lost its time to answer.
ROLL_SHARE: Final = 0.4
NOBODY: Final[Mapping[str, float]] = {}


class Engines:
    """Asks engines and puts what they say on the board.

    Parameters
    ----------
    board : Board
        Where panels see it.
    links : Links
        The way to the sessions.
    pictures : Pictures
        Takes over the figures.
    timeout : float [s]
        How long a session may take to answer.
    """

    def __init__(self, board: Board, links: Links, pictures: Pictures, timeout: float) -> None:
        self._board = board
        self._links = links
        self._pictures = pictures
        self._timeout = timeout
        self._asking: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)
        self._rolls: dict[str, RollCall] = {}
        self._known: dict[str, dict[str, EngineSnapshot]] = {}
        self._models: dict[tuple[str, str], tuple[Any, list[Json]]] = {}

    async def read(self, status: SessionStatus) -> Answer:
        """Ask a session's engines, tell the panels, and return what they said."""
        # Answers must reach the board in the order of the questions: an older one would bring
        # back an object that was dropped meanwhile.
        async with self._asking[status.name]:
            mark = self._pictures.mark()
            answer = Answer({}, {})
            if status.state not in WITHOUT_ENGINES:
                roll = self._rolls.setdefault(status.name, RollCall(self._timeout * ROLL_SHARE))
                known = self._known.get(status.name, {})
                answer = await self._links.ask(status, partial(roll.ask, known))
                self._known[status.name] = answer.engines
            self.take(status.name, answer.engines.values(), mark, answer.since)
            await self._pictures.clear_engines(status, answer.heard())
            return answer

    def take(
        self,
        name: str,
        engines: Iterable[EngineSnapshot],
        mark: int,
        silent: Mapping[str, float] = NOBODY,
    ) -> None:
        """Put on the board what the engines of a session said.

        Parameters
        ----------
        name : str
            Name of the session.
        engines : iterable of EngineSnapshot
            All of them, as they are now.
        mark : int
            The :meth:`Pictures.mark` of before they were asked.
        silent : mapping of str to float [s]
            Addresses of those of which this is only the last that is known, and since when.
        """
        engines = list(engines)
        rows = [worker_json(name, e, silent.get(e.address)) for e in engines]
        self._board.update(WORKERS, rows, session=name)
        objects = [model for engine in engines for model in self._object_models(name, engine)]
        self._board.update(OBJECTS, objects, session=name)
        self._pictures.take(name, engines, mark, silent)

    def blank(self) -> None:
        """Take off the board what nobody keeps up to date now."""
        self._board.update(WORKERS, ())
        self._board.update(OBJECTS, ())

    async def forget(self, name: str) -> None:
        """Take a session's engines off the board once the last question to it has come back."""
        async with self._asking[name]:
            self._known.pop(name, None)
            if name in self._rolls:
                self._rolls.pop(name).stop()
            for key in [key for key in self._models if key[0] == name]:
                del self._models[key]
            self.take(name, (), self._pictures.mark())

    def stop(self) -> None:
        """Wait for no answer any more (twice is harmless)."""
        for roll in self._rolls.values():
            roll.stop()

    def _object_models(self, name: str, engine: EngineSnapshot) -> list[Json]:
        """Return an engine's objects as they are sent; those of before, where they are the same."""
        told, models = self._models.get((name, engine.address), (None, []))
        if told is not engine.objects:
            models = [object_json(name, engine, item) for item in engine.objects]
            self._models[name, engine.address] = engine.objects, models
        return models
