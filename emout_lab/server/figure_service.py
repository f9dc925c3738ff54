"""The figures of all sessions as panels see them: listed, brought once, cleared for good."""

from __future__ import annotations

import asyncio
from collections.abc import Container, Iterable, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any

from emout_lab.errors import EngineLost, ObjectGone
from emout_lab.server.client_pool import ClientPool, engine_client
from emout_lab.server.contract.messages import FIGURES
from emout_lab.server.contract.models import Figure, Json
from emout_lab.server.image_cache import ImageCache
from emout_lab.server.state_store import StateStore

if TYPE_CHECKING:
    from emout_lab.engine.snapshot import EngineSnapshot
    from emout_lab.sessions import SessionStatus


class FigureService:
    """Keeps the list of figures in the state store, and images of the newest.

    Parameters
    ----------
    capacity : int
        Bytes of images that are kept.
    most : int
        How many images are kept.
    store : StateStore
        Where panels see the list.
    pool : ClientPool
        The way to the engines that drew them.
    """

    def __init__(self, capacity: int, most: int, store: StateStore, pool: ClientPool) -> None:
        self._cache = ImageCache(capacity, most)
        self._store = store
        self._pool = pool
        self._fetches: dict[str, asyncio.Task[bytes]] = {}

    async def stop(self) -> None:
        """Wait for no image any more (twice is harmless)."""
        fetches = list(self._fetches.values())
        for fetch in fetches:
            fetch.cancel()
        await asyncio.gather(*fetches, return_exceptions=True)

    def mark(self) -> int:
        """Return a point in time for :meth:`take`."""
        return self._cache.mark()

    def listed(self) -> list[Figure]:
        """Return what can be shown, newest first."""
        return self._cache.figures()

    def get(self, figure_id: str) -> Figure:
        """Return one figure's metadata, or raise ObjectGone."""
        return self._cache.figure(figure_id)

    def missing(self, session: str) -> list[Figure]:
        """Return a session's newest figures whose images are not kept but would fit."""
        return self._cache.missing(session)

    def announce(self, session: str, event: Any) -> None:
        """List a figure that an engine has just drawn.

        Raises
        ------
        SpecError
            When the announcement is none.
        """
        self._cache.add(Figure.from_event(session, event))
        self._show()

    def take(
        self,
        session: str,
        engines: Iterable[EngineSnapshot],
        mark: int,
        silent: Container[str] = (),
    ) -> None:
        """Take over what a session's engines list, see `SnapshotCollector.take`."""
        figures = [Figure.placed(session, e.address, info) for e in engines for info in e.figures]
        self._cache.reconcile(session, figures, mark, silent)
        self._show()

    def hide(self, figure_ids: Iterable[str]) -> None:
        """Take figures off the list."""
        self._cache.hide(figure_ids)
        self._show()

    async def clear_engines(
        self, status: SessionStatus, engines: Mapping[str, EngineSnapshot]
    ) -> None:
        """Let engines give up what was taken off the list, or another server would show it."""
        for address, engine in engines.items():
            hidden = self._cache.hidden(info.id for info in engine.figures)
            if hidden:
                await self._pool.ask(
                    status,
                    partial(_forget, address, hidden),
                )

    def kept_image(self, figure: Figure) -> bytes | None:
        """Return a figure's image if it is here."""
        return self._cache.image(figure.id)

    async def image(self, status: SessionStatus, figure: Figure) -> bytes:
        """Return a figure's image; brought once, however many ask for it meanwhile."""
        kept = self._cache.image(figure.id)
        if kept is not None:
            return kept
        task = self._fetches.get(figure.id)
        if task is None:
            task = self._fetches[figure.id] = asyncio.create_task(self._bring(status, figure))
            task.add_done_callback(partial(self._note_fetched, figure.id))
        # Shielded: one who goes away must not take the image from the others.
        return await asyncio.shield(task)

    async def keep_images(self, status: SessionStatus) -> None:
        """Bring the images of a session's newest figures, so that they outlive its engines."""
        silent: set[str] = set()
        for figure in self._cache.missing(status.name):
            if figure.address in silent:
                continue
            try:
                await self.image(status, figure)
            except ObjectGone:
                self._cache.lose(figure.id)
            except EngineLost:
                # Its next figures wait until it answers; those of the others need not.
                silent.add(figure.address)
        self._show()

    def _note_fetched(self, figure_id: str, task: asyncio.Task[bytes]) -> None:
        self._fetches.pop(figure_id, None)
        if not task.cancelled():
            task.exception()  # whoever waited has it; with nobody waiting it is not reported

    async def _bring(self, status: SessionStatus, figure: Figure) -> bytes:
        image: bytes = await self._pool.ask(
            status,
            lambda client: engine_client().invoke(client, figure.address, "figure", figure.id),
        )
        self._cache.put_image(figure.id, image)
        return image

    def _show(self) -> None:
        models: list[Json] = [figure.to_json() for figure in self._cache.figures()]
        self._store.update(FIGURES, models)


async def _forget(address: str, names: list[str], client: Any) -> None:
    await engine_client().invoke(client, address, "forget_figures", names)
