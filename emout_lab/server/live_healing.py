"""A live figure whose engine is lost is drawn anew, once for all who look at it."""

from __future__ import annotations

import asyncio
import importlib
import time
from types import ModuleType
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from emout_lab.errors import ObjectGone
from emout_lab.sessions import SessionState, SessionStatus, aio

if TYPE_CHECKING:
    from emout_lab.server.monitor import Monitor

#: So often a figure is drawn anew within a while [s].
MOST_ATTEMPTS: Final = 3
MEMORY_S: Final = 60.0
#: A session whose only engine was lost has so long to start another one [s].
ENGINE_TIMEOUT_S: Final = 60.0
POLL_S: Final = 0.3
WITHOUT_ENGINES: Final = (SessionState.STARTING, SessionState.QUEUED)


class FigureName(NamedTuple):
    """A figure by the name of its session and its id."""

    session: str
    figure: str


class Attempts:
    """Refuses to draw a figure again and again that takes its engine with it.

    Examples
    --------
    >>> attempts, name = Attempts(), FigureName("run", "f")
    >>> for now in range(MOST_ATTEMPTS):
    ...     attempts.note(name, float(now))
    >>> attempts.note(name, 10.0)
    Traceback (most recent call last):
    emout_lab.errors.ObjectGone: Figure f was lost 3 times within a minute. Run its cell again.
    >>> attempts.note(name, 100.0)
    """

    def __init__(self) -> None:
        self._origins: dict[FigureName, FigureName] = {}
        self._times: dict[FigureName, list[float]] = {}

    def note(self, name: FigureName, now: float) -> None:
        """Count an attempt at a time [s], or raise ObjectGone where there were enough."""
        origin = self._origins.get(name, name)
        recent = [each for each in self._times.get(origin, ()) if now - each < MEMORY_S]
        if len(recent) >= MOST_ATTEMPTS:
            raise ObjectGone(
                f"Figure {origin.figure} was lost {MOST_ATTEMPTS} times within a minute. "
                "Run its cell again."
            )
        self._times[origin] = [*recent, now]

    def rename(self, name: FigureName, new: FigureName) -> None:
        """Take note of what a figure is called that was drawn anew."""
        self._origins[new] = self._origins.get(name, name)


class LiveHealing:
    """Has recipes run on engines that live, and knows what came of it.

    Parameters
    ----------
    monitor : Monitor
        The way to the sessions.
    """

    def __init__(self, monitor: Monitor) -> None:
        self._monitor = monitor
        self._attempts = Attempts()
        self._drawn: dict[FigureName, asyncio.Task[str]] = {}
        self._runs: dict[tuple[str, str], asyncio.Task[list[str]]] = {}

    def newest(self, name: FigureName) -> FigureName:
        """Return what a figure is called since it was drawn anew the last time."""
        while (task := self._drawn.get(name)) is not None and _is_good(task):
            name = name._replace(figure=task.result())
        return name

    async def can_heal(self, name: FigureName) -> bool:
        """Return whether there is a recipe of a figure."""
        return bool(await asyncio.to_thread(_recipes().is_kept, *self.newest(name)))

    async def heal(self, name: FigureName) -> None:
        """Draw a figure anew; `newest` tells its name then.

        Raises
        ------
        ObjectGone
            When it cannot be drawn any more, or was lost too often.
        EmoutLabError
            When there is no engine, or it is lost as well.
        """
        name = self.newest(name)
        task = self._drawn.get(name)
        if task is None or task.done():
            self._attempts.note(name, time.monotonic())
            task = self._drawn[name] = asyncio.create_task(self._draw(name))
        # Shielded: who goes away must not take it from the others.
        await asyncio.shield(task)

    async def forget(self, name: FigureName) -> None:
        """Draw a figure no more, which was changed since."""
        await asyncio.to_thread(_recipes().forget, *name)

    async def stop(self) -> None:
        """Draw nothing more."""
        tasks = [*self._drawn.values(), *self._runs.values()]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _draw(self, name: FigureName) -> str:
        recipe = await asyncio.to_thread(_recipes().needed, *name)
        # What draws one figure of a block draws all of them.
        block = name.session, recipe.drawing
        run = self._runs.get(block)
        if run is None or (run.done() and not _is_good(run)):
            run = self._runs[block] = asyncio.create_task(self._run(name.session, recipe))
        new = str(_recipes().numbered(await asyncio.shield(run), recipe.number))
        self._attempts.rename(name, name._replace(figure=new))
        return new

    async def _run(self, session: str, recipe: Any) -> list[str]:
        async with self._monitor.held(await _with_engines(session)) as client:
            return list(await _recipes().draw_again(client, session, recipe))


async def _with_engines(session: str) -> SessionStatus:
    """Return a session, when it has engines again or none comes in time."""
    until = time.monotonic() + ENGINE_TIMEOUT_S
    while True:
        status = await aio.get(session)
        if status.state not in WITHOUT_ENGINES or time.monotonic() > until:
            return status
        await asyncio.sleep(POLL_S)


def _is_good(task: asyncio.Task[Any]) -> bool:
    return task.done() and not task.cancelled() and task.exception() is None


def _recipes() -> ModuleType:
    """Return `emout_lab.client.live_recipes`, which loads Dask."""
    return importlib.import_module("emout_lab.client.live_recipes")
