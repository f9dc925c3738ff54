"""Looks at sessions and engines while somebody looks at the panel, and keeps the board true."""

from __future__ import annotations

import asyncio
import importlib
import logging
import math
import time
from collections import defaultdict
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import partial
from types import ModuleType
from typing import TYPE_CHECKING, Any, Final

from emout_lab.errors import EmoutLabError, ObjectGone, SpecError
from emout_lab.server.board import Board, Subscription
from emout_lab.server.gallery import Gallery
from emout_lab.server.links import Links, Question, T
from emout_lab.server.requests import WatchRequest
from emout_lab.server.schemas import (
    ENGINE_PARTS,
    FIGURES,
    OBJECTS,
    SESSIONS,
    WORKERS,
    FigureModel,
    Json,
    Trouble,
    object_json,
    worker_json,
)
from emout_lab.sessions import SessionState, aio

if TYPE_CHECKING:
    from emout_lab.engine.snapshot import EngineSnapshot
    from emout_lab.sessions import SessionStatus

# A session that comes up is not asked: it would answer, but has nothing to tell.
WITHOUT_ENGINES: Final = frozenset({SessionState.STARTING, SessionState.QUEUED})
#: However seldom engines are asked: a session that dies is seen by its files alone [s].
SESSIONS_INTERVAL_S: Final = 5.0


@dataclass(frozen=True)
class MonitorOptions:
    """How eagerly the monitor looks; the traits of the extension say what each means."""

    poll_interval: float
    idle_timeout: float
    engine_timeout: float
    gallery_bytes: int
    queue_limit: int


class Monitor:
    """Keeps one picture of all sessions for all panels.

    While a panel watches, engines are asked as often as the most eager one wants it, when a part
    is watched that only they know; sessions are read as often, and never seldom. Each session is
    asked in a task of its own, so that one that is stuck delays no other. With nobody watching,
    nothing runs.
    """

    def __init__(self, options: MonitorOptions, log: logging.Logger) -> None:
        self.board = Board(options.queue_limit)
        self._options = options
        self._log = log
        self._gallery = Gallery(options.gallery_bytes)
        self._links = Links(options.engine_timeout, self._listen)
        self._running: dict[str, SessionStatus] = {}
        self._troubles: dict[str | None, str] = {}
        self._reading = asyncio.Lock()
        self._asking: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)
        self._jobs: dict[tuple[str, str], asyncio.Task[None]] = {}
        self._known: dict[str, dict[str, EngineSnapshot]] = {}
        self._models: dict[tuple[str, str], tuple[Any, list[Json]]] = {}
        self._fetches: dict[str, asyncio.Task[bytes]] = {}
        self._asked_at: dict[str, float] = {}
        self._loop: asyncio.Task[None] | None = None
        self._wake = asyncio.Event()
        self._is_stopped = False

    async def watch(self, subscription: Subscription, wish: WatchRequest) -> None:
        """Set what a panel looks at, and send it the whole picture of that.

        Sessions are read first, so that the picture never shows an old state; what only engines
        know follows as changes.
        """
        await self._guard(None, self.read_sessions)
        subscription.parts, subscription.interval = wish.parts, wish.interval
        subscription.put_state()
        for name, message in self._troubles.items():
            subscription.put(Trouble(name, message).to_json())
        self._asked_at.clear()
        self._wake.set()
        self._ensure_loop()

    def unwatch(self, subscription: Subscription) -> None:
        """Forget a panel that has closed."""
        self.board.unsubscribe(subscription)
        self._wake.set()

    async def stop(self) -> None:
        """Stop looking and close every client (twice is harmless)."""
        # Not by cancelling alone: before Python 3.12 a wait_for that ends at the same moment
        # swallows the cancellation, and the loop would go on.
        self._is_stopped = True
        self._wake.set()
        tasks: list[asyncio.Task[Any]] = [*self._jobs.values(), *self._fetches.values()]
        if self._loop is not None:
            tasks.append(self._loop)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        self._loop = None
        await self._links.close_all()

    async def read_sessions(self) -> list[Json]:
        """Read all sessions from their files, tell the panels, and return the models."""
        async with self._reading:
            statuses = await aio.list()
            running = {s.name: s for s in statuses if s.state is SessionState.RUNNING}
            gone = [name for name, old in self._running.items() if not _is_same(running, old)]
            self._running = running
            self.board.update(SESSIONS, [status.to_json() for status in statuses])
        for name in gone:
            await self._forget(name)
        return self.board.models(SESSIONS)

    async def read_engines(self, status: SessionStatus) -> dict[str, EngineSnapshot]:
        """Ask a session's engines, tell the panels, and return what they said by address."""
        # Answers must reach the board in the order of the questions: an older one would bring
        # back an object that was dropped meanwhile.
        async with self._asking[status.name]:
            mark = self._gallery.mark()
            engines: dict[str, EngineSnapshot] = {}
            if status.state not in WITHOUT_ENGINES:
                known = self._known.get(status.name)
                engines = await self._links.ask(
                    status, partial(_engine_client().snapshots, known=known)
                )
                self._known[status.name] = engines
            if status.state is SessionState.RUNNING:
                self._running.setdefault(status.name, status)
            self.take(status.name, engines.values(), mark)
            await self._clear_engines(status, engines)
            return engines

    async def _clear_engines(
        self, status: SessionStatus, engines: Mapping[str, EngineSnapshot]
    ) -> None:
        """Let engines give up what was taken off the list, or another server would show it."""
        for address, engine in engines.items():
            hidden = self._gallery.hidden(info.id for info in engine.figures)
            if hidden:
                await self._links.ask(
                    status,
                    partial(_engine_client().forget_figures, address=address, names=hidden),
                )

    async def ask(
        self, status: SessionStatus, question: Question[T], patience: float | None = None
    ) -> T:
        """Put a question to a session, see `Links.ask`."""
        return await self._links.ask(status, question, patience)

    async def stop_session(self, name: str) -> None:
        """Stop a session and wait for its end."""
        status = await aio.get(name)
        # Leave first: a client that loses its scheduler would try to reach it again and complain.
        self._running.pop(status.name, None)
        await self._forget(status.name)
        try:
            await aio.stop(status.name)
        finally:
            await self.read_sessions()

    async def figures(self) -> list[Json]:
        """Return every figure that can be shown, newest first."""
        await self.read_sessions()
        await asyncio.gather(
            *(
                self._guard(name, partial(self.read_engines, status))
                for name, status in self._running.items()
            )
        )
        return [figure.to_json() for figure in self._gallery.figures()]

    async def figure(self, figure_id: str) -> FigureModel:
        """Return one figure's particulars, or raise ObjectGone."""
        try:
            return self._gallery.figure(figure_id)
        except ObjectGone:
            await self.figures()
            return self._gallery.figure(figure_id)

    async def clear_figures(self) -> None:
        """Take every figure off the list, those too that only engines know of."""
        await self.figures()
        self._gallery.hide([figure.id for figure in self._gallery.figures()])
        await self.figures()
        self._show_figures()

    async def remove_figure(self, figure_id: str) -> None:
        """Take one figure off the list, or raise ObjectGone."""
        figure = await self.figure(figure_id)
        self._gallery.hide([figure.id])
        self._show_figures()
        status = self._running.get(figure.session)
        if status is not None:
            await self._guard(status.name, partial(self.read_engines, status))

    async def image(self, figure: FigureModel) -> bytes:
        """Return a figure's image: the kept one, else its engine's."""
        image = self._gallery.image(figure.id)
        if image is None:
            image = await self._fetch(await aio.get(figure.session), figure)
        return image

    def _ensure_loop(self) -> None:
        if not self._is_stopped and (self._loop is None or self._loop.done()):
            self._loop = asyncio.create_task(self._run())

    async def _run(self) -> None:
        while not self._is_stopped and (self.board.watched or len(self._links)):
            self._wake.clear()
            if self.board.watched:
                await self._guard(None, self.read_sessions)
            interval = self.board.interval(self._options.poll_interval)
            if self.board.watched & ENGINE_PARTS:
                self._ask_engines(interval)
            else:
                self._blank()
                # Not while engines are watched: their figures are announced to an open client.
                await self._links.close_unused(self._options.idle_timeout)
            # Sessions are read more often than engines are asked where that is seldom.
            pause = interval / math.ceil(interval / SESSIONS_INTERVAL_S)
            try:
                await asyncio.wait_for(self._wake.wait(), pause)
            except asyncio.TimeoutError:
                continue

    def _ask_engines(self, interval: float) -> None:
        """Ask those that were not asked for so long, beside whatever else runs."""
        now = time.monotonic()
        for status in self._running.values():
            if now - self._asked_at.get(status.name, -math.inf) >= interval:
                self._asked_at[status.name] = now
                self._start("poll", status, self._poll)

    def _blank(self) -> None:
        """Take off the board what nobody keeps up to date now."""
        self.board.update(WORKERS, ())
        self.board.update(OBJECTS, ())

    async def _poll(self, status: SessionStatus) -> None:
        await self.read_engines(status)
        if FIGURES in self.board.watched:
            self._start("images", status, self._keep_images)

    async def _keep_images(self, status: SessionStatus) -> None:
        for figure in self._gallery.missing(status.name):
            try:
                await self._fetch(status, figure)
            except ObjectGone:
                self._gallery.lose(figure.id)
        self._show_figures()

    async def _fetch(self, status: SessionStatus, figure: FigureModel) -> bytes:
        """Bring an image once, however many ask for it meanwhile."""
        kept = self._gallery.image(figure.id)
        if kept is not None:
            return kept
        task = self._fetches.get(figure.id)
        if task is None:
            task = self._fetches[figure.id] = asyncio.create_task(self._bring(status, figure))
            task.add_done_callback(partial(self._note_fetched, figure.id))
        # Shielded: one who goes away must not take the image from the others.
        return await asyncio.shield(task)

    def _note_fetched(self, figure_id: str, task: asyncio.Task[bytes]) -> None:
        self._fetches.pop(figure_id, None)
        if not task.cancelled():
            task.exception()  # whoever waited has it; with nobody waiting it is not reported

    async def _bring(self, status: SessionStatus, figure: FigureModel) -> bytes:
        image: bytes = await self._links.ask(
            status, lambda client: _engine_client().figure_bytes(client, figure.address, figure.id)
        )
        self._gallery.put_image(figure.id, image)
        return image

    def take(self, name: str, engines: Iterable[EngineSnapshot], mark: int) -> None:
        """Put on the board what the engines of a session said.

        Parameters
        ----------
        name : str
            Name of the session.
        engines : iterable of EngineSnapshot
            All of them, as they are now.
        mark : int
            The gallery's :meth:`mark` of before they were asked.
        """
        engines = list(engines)
        figures = [FigureModel(name, e.address, info) for e in engines for info in e.figures]
        self._gallery.reconcile(name, figures, mark)
        self.board.update(WORKERS, [worker_json(name, e) for e in engines], session=name)
        objects = [model for engine in engines for model in self._object_models(name, engine)]
        self.board.update(OBJECTS, objects, session=name)
        self._show_figures()

    def _object_models(self, name: str, engine: EngineSnapshot) -> list[Json]:
        """Return an engine's objects as they are sent; those of before, where they are the same."""
        told, models = self._models.get((name, engine.address), (None, []))
        if told is not engine.objects:
            models = [object_json(name, engine, item) for item in engine.objects]
            self._models[name, engine.address] = engine.objects, models
        return models

    def _show_figures(self) -> None:
        self.board.update(FIGURES, [figure.to_json() for figure in self._gallery.figures()])

    async def _forget(self, name: str) -> None:
        """Take a session's engines off the board once the last question to it has come back."""
        await self._links.close(name)
        async with self._asking[name]:
            self._known.pop(name, None)
            self._asked_at.pop(name, None)
            for key in [key for key in self._models if key[0] == name]:
                del self._models[key]
            if name not in self._running:
                self.take(name, (), self._gallery.mark())
        self._troubles.pop(name, None)

    def _listen(self, name: str, client: Any) -> None:
        self._ensure_loop()  # which closes the client again when it is unused
        client.subscribe_topic(_engine_client().FIGURES_TOPIC, partial(self._figure_drawn, name))

    def _figure_drawn(self, name: str, event: tuple[float, Any]) -> None:
        try:
            self._gallery.add(FigureModel.from_event(name, event[1]))
        except SpecError as exc:
            self._log.warning("Session %r: %s", name, exc)
            return
        self._show_figures()
        status = self._running.get(name)
        if status is not None and FIGURES in self.board.watched:
            self._start("images", status, self._keep_images)

    def _start(
        self, kind: str, status: SessionStatus, job: Callable[[SessionStatus], Awaitable[None]]
    ) -> None:
        """Run a job beside the others, unless the same one still runs for this session."""
        key = (kind, status.name)
        if key in self._jobs:
            return
        task = asyncio.create_task(self._guard(status.name, partial(job, status)))
        self._jobs[key] = task
        task.add_done_callback(lambda _: self._jobs.pop(key, None))

    async def _guard(self, name: str | None, work: Callable[[], Awaitable[Any]]) -> None:
        """Work in the background: a failure is shown once and stops nothing else."""
        try:
            await work()
        except (EmoutLabError, OSError) as exc:
            message = str(exc)
        except Exception as exc:  # noqa: BLE001
            # An edge: whatever a session makes go wrong must not end the loop for the others.
            self._log.exception("Watching session %r failed", name)
            message = f"{type(exc).__name__}: {exc}"
        else:
            self._troubles.pop(name, None)
            return
        if self._troubles.get(name) != message:
            self._troubles[name] = message
            self.board.report(Trouble(name, message))


def _engine_client() -> ModuleType:
    # It loads Dask, which a server needs only once somebody has a session.
    return importlib.import_module("emout_lab.engine.client")


def _is_same(running: dict[str, SessionStatus], old: SessionStatus) -> bool:
    new = running.get(old.name)
    return new is not None and (new.pid, new.address) == (old.pid, old.address)
