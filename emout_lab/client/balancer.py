"""Spreads independent calls over the workers of a session, a few at a time."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import threading
import time
import uuid
from collections import deque
from collections.abc import Iterable, Sequence
from concurrent.futures import Future
from functools import partial
from typing import Any

from distributed import Client, KilledWorker

from emout_lab.client import aio
from emout_lab.client.balanced import Balanced, Places, Sent
from emout_lab.client.pace import BUNDLE_S, Pace
from emout_lab.client.task_batches import TaskBatch
from emout_lab.engine import verbs
from emout_lab.engine.engine_numbers import NumberedEngine
from emout_lab.engine.views.bundles import Bundle, BundleReply, TaskOutcome
from emout_lab.errors import EngineLost, SessionDead

#: So many bundles per thread are sent before one has come back.
AHEAD = 2
#: What is known of the engines is asked again after this time, and bundles that have taken longer
#: than they should give back what they have not begun [s].
REFRESH_S, TAKE_BACK_S = 1.0, 0.25
#: So many functions are remembered.
MOST_PACES = 1000


class Balancer:
    """Spreads calls over workers: no more are sent than keep them busy, short ones together.

    What waits is kept here, so that it costs nothing to give it up.

    Parameters
    ----------
    client : distributed.Client
        Client of the session.
    session : str
        Name of the session, for errors.
    """

    def __init__(self, client: Client, session: str) -> None:
        self._client, self._session = client, session
        self._lock = threading.Lock()
        self._incoming: list[Balanced] = []
        self._given_up: list[str] = []
        self._over: list[tuple[str, Future[Any]]] = []
        self._is_driving = False
        self._woken = asyncio.Event()
        self._waiting: dict[Places, deque[Balanced]] = {}
        self._suspects: deque[Balanced] = deque()
        self._sent: dict[str, Sent] = {}
        self._paces: dict[int, Pace] = {}
        self._engines: list[NumberedEngine] = []
        self._threads: dict[str, int] = {}
        self._looked_at = float("-inf")
        self._asking: set[asyncio.Task[None]] = set()

    def add(self, calls: Iterable[Balanced]) -> None:
        """Take on calls; called by any thread.

        Raises
        ------
        SessionDead
            If the connection is closed.
        """
        with self._lock:
            self._incoming += calls
        self._wake()

    def give_up(self, id: str) -> None:
        """Interrupt a call that runs, by its id; called by any thread."""
        with self._lock:
            self._given_up.append(id)
            is_first = len(self._given_up) == 1
        if is_first:
            with contextlib.suppress(SessionDead):  # and all calls with it
                self._wake()

    def _wake(self) -> None:
        try:
            self._client.loop.asyncio_loop.call_soon_threadsafe(self._rouse)
        except (RuntimeError, AttributeError):  # the event loop is closed
            raise SessionDead(
                f"the connection to session {self._session!r} is closed. Connect again."
            ) from None

    def _rouse(self) -> None:
        self._woken.set()
        if not self._is_driving:
            self._is_driving = True
            self._driver = asyncio.ensure_future(self._drive())

    async def _drive(self) -> None:
        """Send, take and send again, until nothing is left."""
        try:
            while await self._step():
                if not self._woken.is_set():
                    with contextlib.suppress(asyncio.TimeoutError):
                        await asyncio.wait_for(self._woken.wait(), TAKE_BACK_S)
        except Exception as error:  # noqa: BLE001  # who waits raises it
            self._end(TaskBatch(self._client, self._session, "a task").explained(error))
        finally:
            self._is_driving = False
            if self._incoming:
                self._rouse()

    def close(self) -> None:
        """Let nobody wait any more: the connection is about to be closed."""
        self._end(SessionDead(f"the connection to session {self._session!r} was closed meanwhile"))

    async def _step(self) -> bool:
        self._woken.clear()
        with self._lock:
            incoming, self._incoming = self._incoming, []
            given_up, self._given_up = self._given_up, []
            over, self._over = self._over, []
        for call in incoming:
            self._waiting.setdefault(call.places, deque()).append(call)
            if call.places is not None and not self._addresses(call.places):
                self._looked_at = float("-inf")  # its engine may have come a moment ago
        if incoming or time.monotonic() - self._looked_at > REFRESH_S:
            await self._look()
        for id_, future in over:
            await self._take(id_, future)
        if given_up:
            self._interrupt(given_up)
        self._fill()
        self._note_lost_places()
        self._ask_back()
        under_way = self._waiting or self._suspects or self._sent
        return bool(under_way or self._incoming or self._over or self._given_up)

    async def _look(self) -> None:
        """Ask which engines there are."""
        if time.monotonic() - self._looked_at > REFRESH_S:
            self._engines, self._threads = await asyncio.gather(
                aio.engines(self._client), self._client.nthreads()
            )
            self._looked_at = time.monotonic()

    def _note_lost_places(self) -> None:
        """Let calls fail for engines that are gone: Dask would wait for them."""
        here = {each.number for each in self._engines}
        for id_, sent in list(self._sent.items()):
            if sent.places is not None and here.isdisjoint(sent.places):
                del self._sent[id_]
                sent.future.cancel()
                for call in sent.open.values():
                    call.note_loss(
                        EngineLost(
                            f"{call.item.label} was given up: it was for engines "
                            f"{sorted(sent.places)}, and none of them is there any more. "
                            "`emout-lab server logs` tells why."
                        )
                    )

    def _addresses(self, places: Places) -> list[str]:
        return [each.address for each in self._engines if places is None or each.number in places]

    def _try_suspect(self) -> None:
        """Send the next call of which engines may have died, where none is under way."""
        while self._suspects and not any(each.is_suspect for each in self._sent.values()):
            call = self._suspects.popleft()
            where = None if call.places is None else self._addresses(call.places)
            if call.done():
                continue
            if where is None or where:
                self._send([[call]], call.places, where)
            else:
                call.note_no_engine()

    def _fill(self) -> None:
        """Send of what waits as much as keeps the engines busy."""
        self._try_suspect()
        for places, queue in list(self._waiting.items()):
            addresses = self._addresses(places)
            if places is not None and not addresses:
                for call in queue:
                    call.note_no_engine()
                del self._waiting[places]
                continue
            threads = sum(self._threads.get(each, 0) for each in addresses)
            sent = sum(each.places == places for each in self._sent.values())
            bundles = self._cut(queue, max(1, AHEAD * threads) - sent, threads)
            if not queue:
                del self._waiting[places]
            if bundles:
                self._send(bundles, places, None if places is None else addresses)

    def _cut(self, queue: deque[Balanced], room: int, threads: int) -> list[list[Balanced]]:
        seconds = max(BUNDLE_S, 0.002 * threads)
        if len(queue) > room > 0 and self._pace(queue[0]) is self._pace(queue[-1]):
            # Of many that nobody knows a few are tried; short ones need few bundles.
            needed = self._pace(queue[0]).bundles(len(queue), seconds)
            room = min(room, max(1, threads, needed))
        bundles: list[list[Balanced]] = []
        while queue and len(bundles) < room:
            share = -(-len(queue) // (room - len(bundles)))
            if found := self._next(queue, share, seconds):
                bundles.append(found)
        return bundles

    def _next(self, queue: deque[Balanced], share: int, seconds: float) -> list[Balanced]:
        found: list[Balanced] = []
        most = 1
        while queue and len(found) < most:
            call = queue.popleft()
            if call.done():
                continue
            if not found:
                pace, directory = self._pace(call), call.directory
                most = min(share, pace.together(seconds))
            elif (self._pace(call), call.directory) != (pace, directory):
                queue.appendleft(call)
                break
            found.append(call)
        return found

    def _pace(self, call: Balanced) -> Pace:
        if len(self._paces) > MOST_PACES:
            self._paces.clear()
        return self._paces.setdefault(hash(call.item.function), Pace())

    def _send(
        self, bundles: list[list[Balanced]], places: Places, workers: list[str] | None
    ) -> None:
        seconds = max(BUNDLE_S, 0.002 * sum(self._threads.values()))
        made = [
            Bundle(
                uuid.uuid4().hex,
                self._client.id,
                [each.item for each in calls],
                seconds,
                calls[0].directory,
            )
            for calls in bundles
        ]
        try:
            batch = TaskBatch(self._client, self._session, bundles[0][0].item.label)
            batch.send(made, workers)
        except BaseException as error:
            for call in itertools.chain(*bundles):
                call.note_loss(error)
            raise
        for bundle, calls, future in zip(made, bundles, batch.futures, strict=True):
            self._sent[bundle.id] = Sent(places, calls, future)
            future.add_done_callback(partial(self._note_over, bundle.id))

    def _note_over(self, id: str, future: Future[Any]) -> None:
        with self._lock:
            self._over.append((id, future))
        with contextlib.suppress(SessionDead):
            self._wake()

    async def _take(self, id: str, future: Future[Any]) -> None:
        """Take what came of a bundle."""
        if (sent := self._sent.get(id)) is None:
            return
        sent.is_over = True
        if future.cancelled():
            del self._sent[id]
        elif (error := future.exception()) is not None:
            del self._sent[id]
            calls = [call for call in sent.open.values() if not call.done()]
            await self._look()
            if isinstance(error, SessionDead) or self._is_deserted(error):
                return self._end(error, calls)
            if isinstance(error, EngineLost) and self._may_be_innocent(calls):
                return self._suspect(calls)
            for call in calls:
                call.note_loss(error)
        else:
            reply: BundleReply = future.result()
            await self._take_reply(sent, reply)
            if not sent.is_asked:
                del self._sent[id]
                self._again(sent.open.values())

    def _is_deserted(self, error: BaseException) -> bool:
        """Return whether engines have not come back, of which those that a call ended do."""
        return not self._engines and not isinstance(error.__cause__, KilledWorker)

    def _may_be_innocent(self, calls: Sequence[Balanced]) -> bool:
        """Return whether engines may have died of another call than the one that is to blame."""
        is_first = len(calls) == 1 and not calls[0].is_solo
        return len(calls) > 1 or (is_first and bool(self._sent or self._waiting))

    async def _take_reply(self, sent: Sent, reply: BundleReply) -> None:
        engine = self._engine_at(reply.address)
        if engine is None:
            self._looked_at = float("-inf")
            await self._look()
            engine = self._engine_at(reply.address)
        numbers = [each.number for each in self._engines]
        again, settled = [], []
        for outcome in reply.outcomes:
            call = sent.open.pop(outcome.id, None)
            if call is None or call.done():
                continue
            self._pace(call).note(outcome.seconds)
            if call.is_again(outcome, engine, numbers):
                again.append(call)
            else:
                settled.append((call, outcome))
        if settled:
            settled[0][0].deliver(partial(_settle, settled, engine))
        again += [call for id_ in reply.rest if (call := sent.open.pop(id_, None)) is not None]
        self._again(again)

    def _again(self, calls: Iterable[Balanced]) -> None:
        """Let calls wait before all others."""
        for call in reversed(list(calls)):
            self._waiting.setdefault(call.places, deque()).appendleft(call)

    def _suspect(self, calls: Iterable[Balanced]) -> None:
        """Let calls be tried one by one: engines died of one of them, or beside it."""
        for sent in self._sent.values():
            sent.is_suspect = True
        for call in calls:
            call.is_solo = True
            self._suspects.append(call)

    def _engine_at(self, address: str) -> NumberedEngine | None:
        return next((each for each in self._engines if each.address == address), None)

    def _interrupt(self, ids: list[str]) -> None:
        """Let engines interrupt calls that nobody waits for."""
        wanted = set(ids)
        found = [id_ for sent in self._sent.values() for id_ in sent.open if id_ in wanted]
        for id_, sent in list(self._sent.items()):
            if all(call.done() for call in sent.open.values()):
                del self._sent[id_]
                sent.future.cancel()
        if found:
            self._begin(self._told(found))

    def _ask_back(self) -> None:
        """Let bundles that take long give back what they have not begun."""
        now = time.monotonic()
        late = [
            (id_, sent)
            for id_, sent in self._sent.items()
            if len(sent.open) > 1 and not sent.is_asked and now - sent.asked_at > TAKE_BACK_S
        ]
        for _, sent in late:
            sent.is_asked = True
        if late:
            self._begin(self._took_back(dict(late)))

    def _begin(self, asked: Any) -> None:
        task = asyncio.ensure_future(asked)
        self._asking.add(task)
        task.add_done_callback(self._asking.discard)

    async def _told(self, ids: list[str]) -> None:
        await self._client.run(verbs.invoke, "cancel_tasks", (ids,), on_error="ignore")

    async def _took_back(self, late: dict[str, Sent]) -> None:
        try:
            found = await self._client.run(
                verbs.invoke, "take_back", (list(late),), on_error="ignore"
            )
            for replies in found.values():
                for id_, reply in replies.items():
                    await self._take_reply(late[id_], reply)
        finally:
            for id_, sent in late.items():
                sent.is_asked, sent.asked_at = False, time.monotonic()
                if sent.is_over and self._sent.pop(id_, None) is not None:
                    self._again(sent.open.values())
            self._rouse()

    def _end(self, error: BaseException, more: Iterable[Balanced] = ()) -> None:
        """Let all fail that are not over."""
        with self._lock:
            incoming, self._incoming = self._incoming, []
            queues, self._waiting = [*self._waiting.values(), self._suspects], {}
            self._suspects = deque()
            sent, self._sent = list(self._sent.values()), {}
        on_their_way = (each.open.values() for each in sent)
        for call in itertools.chain(more, incoming, *queues, *on_their_way):
            call.note_loss(error)


def _settle(settled: Sequence[tuple[Balanced, TaskOutcome]], engine: NumberedEngine | None) -> None:
    for call, outcome in settled:
        call.settle(outcome, engine)
