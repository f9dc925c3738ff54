"""Looks at sessions and engines while somebody looks at the panel, and keeps the store true."""

from __future__ import annotations

import asyncio
import logging
import math
import time
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from msgspec import UNSET

from emout_lab.errors import DamagedState, EmoutLabError, EngineLost, ObjectGone, SpecError
from emout_lab.server.client_pool import ClientPool, Question, T, engine_client
from emout_lab.server.contract.messages import (
    ENGINE_PARTS,
    FIGURES,
    SESSIONS,
    SWEEPS,
    Problem,
    Solved,
)
from emout_lab.server.contract.models import Figure, Json
from emout_lab.server.contract.requests import Watch
from emout_lab.server.figure_service import FigureService
from emout_lab.server.image_cache import MOST_IMAGES
from emout_lab.server.reachability import Reachability, is_here
from emout_lab.server.snapshot_collector import Answer, SnapshotCollector
from emout_lab.server.state_store import StateStore, Subscription
from emout_lab.server.sweep_service import SweepService
from emout_lab.sessions import aio

if TYPE_CHECKING:
    from emout_lab.sessions import SessionStatus

#: However seldom engines are asked: a session that dies is to be seen soon [s].
SESSIONS_INTERVAL_S: Final = 3.0


@dataclass(frozen=True)
class MonitorOptions:
    """How eagerly the monitor looks; the traits of the extension say what each means."""

    poll_interval: float
    idle_timeout: float
    engine_timeout: float
    gallery_bytes: int
    queue_limit: int
    gallery_images: int = MOST_IMAGES


class Monitor:
    """Keeps one state of all sessions for all panels.

    While a panel watches, engines are asked as often as the most eager one wants it, when a part
    is watched that only they know; sessions are read at least every 3 s. Each session is
    asked in a task of its own, so that one that is stuck delays no other. With nobody watching,
    nothing runs.
    """

    def __init__(self, options: MonitorOptions, log: logging.Logger) -> None:
        self.store = StateStore(options.queue_limit)
        self._options = options
        self._log = log
        self._pool = ClientPool(options.engine_timeout, self._listen)
        self.figure_service = FigureService(
            options.gallery_bytes, options.gallery_images, self.store, self._pool
        )
        self.collector = SnapshotCollector(
            self.store, self._pool, self.figure_service, options.engine_timeout
        )
        self.sweep_service = SweepService(self.store, self._pool, self.read_sessions)
        self._reachability = Reachability(self._look_again)
        self._running: dict[str, SessionStatus] = {}
        self._leaving: set[str] = set()
        self._problems: dict[tuple[str, str | None], Problem] = {}
        self._damaged: set[str] = set()
        self._reading = asyncio.Lock()
        self._jobs: dict[tuple[str, str | None], asyncio.Task[None]] = {}
        self._asked_at: dict[str, float] = {}
        self._loop: asyncio.Task[None] | None = None
        self._wake = asyncio.Event()
        self._is_stopped = False

    async def watch(self, subscription: Subscription, wish: Watch) -> None:
        """Set what a panel looks at, and send it the whole state of that.

        Sessions and sweeps are read first, so that nothing old is shown; what only engines
        know follows as changes.
        """
        await self._guard("list", None, self.read_sessions)
        if SWEEPS in wish.parts:
            await self._guard("sweeps", None, self.sweep_service.look)
        subscription.parts = wish.parts
        subscription.interval = None if wish.interval is UNSET else wish.interval
        subscription.put_state()
        for problem in self._problems.values():
            subscription.put(problem.to_json())
        self._asked_at.clear()
        self._wake.set()
        self._ensure_loop()

    def unwatch(self, subscription: Subscription) -> None:
        """Forget a panel that has closed."""
        self.store.unsubscribe(subscription)
        self._wake.set()

    async def stop(self) -> None:
        """Stop looking and close every client (twice is harmless)."""
        # Not by cancelling alone: before Python 3.12 a wait_for that ends at the same moment
        # swallows the cancellation, and the loop would go on.
        self._is_stopped = True
        self._wake.set()
        tasks = [*self._jobs.values(), *([] if self._loop is None else [self._loop])]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, self.figure_service.stop(), return_exceptions=True)
        self._loop = None
        self.collector.stop()
        await self._pool.close_all()

    async def read_sessions(self) -> list[Json]:
        """Read all sessions from their files, tell the panels, and return the models."""
        async with self._reading:
            statuses = await aio.list()
            running = {
                status.name: status
                for status in statuses
                if status.can_be_asked and status.name not in self._leaving
            }
            gone = [name for name, old in self._running.items() if not _is_same(running, old)]
            self._running = running
            self._reachability.keep(running.keys() - gone)
            self.store.update(SESSIONS, [self._reachability.model(status) for status in statuses])
        for name in gone:
            # Beside: it waits for the last answer of a session that may have hung.
            self._start("forget", name, partial(self._forget, name))
        return self.store.models(SESSIONS)

    async def _check_files(self) -> None:
        """Say what is wrong with sessions' files that no host has written anew since last time."""
        found = {str(problem) for problem in await aio.problems()}
        lasting, self._damaged = found & self._damaged, found
        if lasting:
            raise DamagedState(min(lasting))

    async def read_session(self, name: str) -> Json:
        """Return one session's model, or raise NoSession."""
        return self._reachability.model(await aio.get(name))

    async def look_again(self) -> None:
        """Read all sessions, and ask engines at once instead of when they are due."""
        await self.read_sessions()
        self._asked_at.clear()
        self._wake.set()

    async def read_engines(self, status: SessionStatus) -> Answer:
        """Ask a session's engines, tell the panels, and return what they said.

        Of an engine that is silent this is what it said last.
        """
        answer = await self.collector.read(status)
        if status.can_be_asked and status.name not in self._leaving:
            self._running.setdefault(status.name, status)
        return answer

    async def ask(
        self, status: SessionStatus, question: Question[T], timeout: float | None = None
    ) -> T:
        """Put a question to a session, see `ClientPool.ask`."""
        return await self._pool.ask(status, question, timeout)

    def held(self, status: SessionStatus) -> AbstractAsyncContextManager[Any]:
        """Give a session's client to who has many questions, see `ClientPool.held`."""
        return self._pool.held(status)

    async def stop_session(self, name: str) -> None:
        """Stop a session and wait for its end."""
        status = await aio.get(name)
        # Leave first: a client that loses its scheduler would try to reach it again and complain.
        self._leaving.add(status.name)
        try:
            self._running.pop(status.name, None)
            await self._forget(status.name)
            await aio.stop(status.name)
        finally:
            self._leaving.discard(status.name)
            await self.read_sessions()

    async def figures(self) -> list[Json]:
        """Return every figure that can be shown, newest first."""
        await self.read_sessions()
        await asyncio.gather(*(self._reread(status) for status in self._running.values()))
        return [figure.to_json() for figure in self.figure_service.listed()]

    async def figure(self, figure_id: str) -> Figure:
        """Return one figure's metadata, or raise ObjectGone."""
        try:
            return self.figure_service.get(figure_id)
        except ObjectGone:
            await self.figures()
            return self.figure_service.get(figure_id)

    async def clear_figures(self) -> None:
        """Take every figure off the list, those too that only engines know of."""
        await self.figures()
        self.figure_service.hide([figure.id for figure in self.figure_service.listed()])
        await self.figures()

    async def remove_figure(self, figure_id: str) -> None:
        """Take one figure off the list, or raise ObjectGone."""
        figure = await self.figure(figure_id)
        self.figure_service.hide([figure.id])
        status = self._running.get(figure.session)
        if status is not None:
            await self._reread(status)

    async def image(self, figure: Figure) -> bytes:
        """Return a figure's image: the kept one, else its engine's."""
        kept = self.figure_service.kept_image(figure)
        if kept is not None:
            return kept
        return await self.figure_service.image(await aio.get(figure.session), figure)

    def _ensure_loop(self) -> None:
        if not self._is_stopped and (self._loop is None or self._loop.done()):
            self._loop = asyncio.create_task(self._run())

    async def _run(self) -> None:
        while not self._is_stopped and (self.store.watched or len(self._pool)):
            self._wake.clear()
            watched = self.store.watched
            if watched:
                await self._guard("list", None, self.read_sessions)
                await self._guard("files", None, self._check_files)
            if SWEEPS in watched:
                self._look_at_sweeps()
            interval = self.store.interval(self._options.poll_interval)
            if watched & ENGINE_PARTS:
                self._ask_engines(interval, self._poll)
            else:
                self.collector.blank()
                if SESSIONS in watched:
                    self._ask_engines(interval, self._probe, elsewhere=True)
                # Not while engines are watched: their figures are announced to an open client.
                await self._pool.close_unused(self._options.idle_timeout)
            # Sessions are read more often than engines are asked where that is seldom.
            pause = interval / math.ceil(interval / SESSIONS_INTERVAL_S)
            try:
                await asyncio.wait_for(self._wake.wait(), pause)
            except asyncio.TimeoutError:
                continue

    def _look_at_sweeps(self) -> None:
        self._start("sweeps", None, self.sweep_service.look)
        for status in self._running.values():
            if self.sweep_service.is_active(status):
                self._start("progress", status.name, partial(self.sweep_service.ask, status))

    def _ask_engines(
        self,
        interval: float,
        job: Callable[[SessionStatus], Awaitable[None]],
        *,
        elsewhere: bool = False,
    ) -> None:
        """Ask those that were not asked for so long, beside whatever else runs."""
        now = time.monotonic()
        for status in self._running.values():
            if elsewhere and is_here(status):
                continue
            is_due = now - self._asked_at.get(status.name, -math.inf) >= interval
            if is_due or self._pool.is_broken(status.name):
                self._asked_at[status.name] = now
                self._start("poll", status.name, partial(job, status))

    async def _poll(self, status: SessionStatus) -> None:
        with self._reachability.noting(status):
            answer = await self.collector.read(status)
        if FIGURES in self.store.watched:
            self._start("images", status.name, partial(self.figure_service.keep_images, status))
        all_objects = partial(self.collector.require_all_objects, status.name)
        await self._guard("objects", status.name, all_objects)
        if answer.silent:
            raise _silent(status.name, sorted(answer.silent.values()))

    async def _probe(self, status: SessionStatus) -> None:
        """See whether a session on another machine is still there: no file tells that soon."""
        with self._reachability.noting(status):
            await self._pool.ask(status, engine_client().addresses)

    def _look_again(self) -> None:
        self._wake.set()

    async def _reread(self, status: SessionStatus) -> None:
        await self._guard("read", status.name, partial(self.read_engines, status))

    async def _forget(self, name: str) -> None:
        """Take a session that is over out of the store; one that has its name now is asked anew."""
        await self._pool.close(name)
        await self.collector.forget(name)
        self._asked_at.pop(name, None)
        for key in [key for key in self._problems if key[1] == name]:
            del self._problems[key]
        self._wake.set()

    def _listen(self, name: str, client: Any) -> None:
        self._ensure_loop()  # which closes the client again when it is unused
        client.subscribe_topic(engine_client().FIGURES_TOPIC, partial(self._figure_drawn, name))
        self.sweep_service.subscribe(client)

    def _figure_drawn(self, name: str, event: tuple[float, Any]) -> None:
        try:
            self.figure_service.announce(name, event[1])
        except SpecError as exc:
            self._log.warning("Session %r: %s", name, exc)
            return
        status = self._running.get(name)
        if status is not None and FIGURES in self.store.watched:
            self._start("images", name, partial(self.figure_service.keep_images, status))

    def _start(self, kind: str, name: str | None, job: Callable[[], Awaitable[None]]) -> None:
        """Run a job beside the others, unless the same one still runs for this session."""
        key = (kind, name)
        if key in self._jobs or self._is_stopped:
            return
        task = asyncio.create_task(self._guard(kind, name, job))
        self._jobs[key] = task
        task.add_done_callback(lambda _: self._jobs.pop(key, None))

    async def _guard(self, kind: str, name: str | None, work: Callable[[], Awaitable[Any]]) -> None:
        """Work in the background: a failure is shown once and stops nothing else."""
        try:
            await work()
        except (EmoutLabError, OSError) as exc:
            message = str(exc)
        except Exception as exc:  # noqa: BLE001  # an edge
            # Whatever a session makes go wrong must not end the loop for the others.
            self._log.exception("Watching session %r failed", name)
            message = f"{type(exc).__name__}: {exc}"
        else:
            self._end_problem((kind, name))
            return
        problem = Problem(name, message)
        if self._problems.get((kind, name)) != problem:
            is_known = problem in self._problems.values()
            self._end_problem((kind, name))
            self._problems[kind, name] = problem
            if not is_known:
                self.store.report(problem)

    def _end_problem(self, key: tuple[str, str | None]) -> None:
        """Tell that a problem is over, unless other work has the same."""
        over = self._problems.pop(key, None)
        if over is not None and over not in self._problems.values():
            self.store.report(Solved(over.session, over.message))


def _is_same(running: dict[str, SessionStatus], old: SessionStatus) -> bool:
    new = running.get(old.name)
    return new is not None and (new.pid, new.address) == (old.pid, old.address)


def _silent(name: str, engines: list[str]) -> EngineLost:
    noun, verb = ("Engine", "does") if len(engines) == 1 else ("Engines", "do")
    return EngineLost(
        f"{noun} {', '.join(engines)} of session {name!r} {verb} not answer: busy with something "
        "that cannot be looked into, short of memory, or stopped. Shown is the last that is known. "
        "Where waiting does not help, Restart engine does."
    )
