"""The figures of all sessions as panels see them: listed, brought once, cleared for good."""

from __future__ import annotations

import asyncio
from collections.abc import Container, Iterable, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any

from emout_lab.errors import EngineLost, ObjectGone
from emout_lab.server.board import Board
from emout_lab.server.gallery import Gallery
from emout_lab.server.links import Links, engine_client
from emout_lab.server.schemas import FIGURES, FigureModel, Json

if TYPE_CHECKING:
    from emout_lab.engine.snapshot import EngineSnapshot
    from emout_lab.sessions import SessionStatus


class Pictures:
    """Keeps the list of figures on the board, and images of the newest.

    Parameters
    ----------
    capacity : int
        Bytes of images that are kept.
    board : Board
        Where panels see the list.
    links : Links
        The way to the engines that drew them.
    """

    def __init__(self, capacity: int, board: Board, links: Links) -> None:
        self._gallery = Gallery(capacity)
        self._board = board
        self._links = links
        self._fetches: dict[str, asyncio.Task[bytes]] = {}

    async def stop(self) -> None:
        """Wait for no image any more (twice is harmless)."""
        fetches = list(self._fetches.values())
        for fetch in fetches:
            fetch.cancel()
        await asyncio.gather(*fetches, return_exceptions=True)

    def mark(self) -> int:
        """Return a point in time for :meth:`take`."""
        return self._gallery.mark()

    def listed(self) -> list[FigureModel]:
        """Return what can be shown, newest first."""
        return self._gallery.figures()

    def get(self, figure_id: str) -> FigureModel:
        """Return one figure's particulars, or raise ObjectGone."""
        return self._gallery.figure(figure_id)

    def missing(self, session: str) -> list[FigureModel]:
        """Return a session's newest figures whose images are not kept but would fit."""
        return self._gallery.missing(session)

    def announce(self, session: str, event: Any) -> None:
        """List a figure that an engine has just drawn.

        Raises
        ------
        SpecError
            When the announcement is none.
        """
        self._gallery.add(FigureModel.from_event(session, event))
        self._show()

    def take(
        self,
        session: str,
        engines: Iterable[EngineSnapshot],
        mark: int,
        silent: Container[str] = (),
    ) -> None:
        """Take over what a session's engines list, see `Engines.take`."""
        figures = [FigureModel(session, e.address, info) for e in engines for info in e.figures]
        self._gallery.reconcile(session, figures, mark, silent)
        self._show()

    def hide(self, figure_ids: Iterable[str]) -> None:
        """Take figures off the list."""
        self._gallery.hide(figure_ids)
        self._show()

    async def clear_engines(
        self, status: SessionStatus, engines: Mapping[str, EngineSnapshot]
    ) -> None:
        """Let engines give up what was taken off the list, or another server would show it."""
        for address, engine in engines.items():
            hidden = self._gallery.hidden(info.id for info in engine.figures)
            if hidden:
                await self._links.ask(
                    status,
                    partial(_forget, address, hidden),
                )

    def kept_image(self, figure: FigureModel) -> bytes | None:
        """Return a figure's image if it is here."""
        return self._gallery.image(figure.id)

    async def image(self, status: SessionStatus, figure: FigureModel) -> bytes:
        """Return a figure's image; brought once, however many ask for it meanwhile."""
        kept = self._gallery.image(figure.id)
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
        for figure in self._gallery.missing(status.name):
            if figure.address in silent:
                continue
            try:
                await self.image(status, figure)
            except ObjectGone:
                self._gallery.lose(figure.id)
            except EngineLost:
                # Its next figures wait until it answers; those of the others need not.
                silent.add(figure.address)
        self._show()

    def _note_fetched(self, figure_id: str, task: asyncio.Task[bytes]) -> None:
        self._fetches.pop(figure_id, None)
        if not task.cancelled():
            task.exception()  # whoever waited has it; with nobody waiting it is not reported

    async def _bring(self, status: SessionStatus, figure: FigureModel) -> bytes:
        image: bytes = await self._links.ask(
            status,
            lambda client: engine_client().invoke(client, figure.address, "figure", figure.id),
        )
        self._gallery.put_image(figure.id, image)
        return image

    def _show(self) -> None:
        models: list[Json] = [figure.to_json() for figure in self._gallery.figures()]
        self._board.update(FIGURES, models)


async def _forget(address: str, names: list[str], client: Any) -> None:
    await engine_client().invoke(client, address, "forget_figures", names)
