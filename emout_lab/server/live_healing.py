"""A live figure whose engine is lost is drawn anew, once for all who look at it."""

from __future__ import annotations

import asyncio
import importlib
from types import ModuleType
from typing import TYPE_CHECKING, NamedTuple

from emout_lab.sessions import aio

if TYPE_CHECKING:
    from emout_lab.server.monitor import Monitor


class FigureName(NamedTuple):
    """A figure by the name of its session and its id."""

    session: str
    figure: str


class LiveHealing:
    """Has recipes run on engines that live, and knows what came of it.

    Parameters
    ----------
    monitor : Monitor
        The way to the sessions.
    """

    def __init__(self, monitor: Monitor) -> None:
        self._monitor = monitor
        self._drawn: dict[FigureName, asyncio.Task[str]] = {}

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
            When it cannot be drawn any more.
        EmoutLabError
            When there is no engine, or it is lost as well.
        """
        name = self.newest(name)
        task = self._drawn.get(name)
        if task is None or task.done():
            task = self._drawn[name] = asyncio.create_task(self._draw(name))
        # Shielded: who goes away must not take it from the others.
        await asyncio.shield(task)

    async def stop(self) -> None:
        """Draw nothing more."""
        for task in self._drawn.values():
            task.cancel()
        await asyncio.gather(*self._drawn.values(), return_exceptions=True)

    async def _draw(self, name: FigureName) -> str:
        async with self._monitor.held(await aio.get(name.session)) as client:
            return str(await _recipes().draw_again(client, *name))


def _is_good(task: asyncio.Task[str]) -> bool:
    return task.done() and not task.cancelled() and task.exception() is None


def _recipes() -> ModuleType:
    """Return `emout_lab.client.live_recipes`, which loads Dask."""
    return importlib.import_module("emout_lab.client.live_recipes")
