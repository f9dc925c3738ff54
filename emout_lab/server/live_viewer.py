"""One viewer of a live figure: takes its wishes, asks for frames and sends them.

Nothing queues up. There is one wish, the newest; a frame is asked for when the viewer can take one,
and shows what is wanted at that moment.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import asdict
from typing import TYPE_CHECKING, Any, Final

from emout_lab.engine.live.wishes import AxesWish, Probe, Wish
from emout_lab.errors import CannotShow, EmoutLabError, SpecError
from emout_lab.format import shorten
from emout_lab.server.contract.live import VERSION, LiveBusy, LiveError, LiveProbe, LiveWish
from emout_lab.server.live_pace import Credits, KeptLayers, PlayClock
from emout_lab.server.live_packing import as_json, pack_frame, values_of

if TYPE_CHECKING:
    from emout_lab.engine.live.wishes import Hello, LiveFrame
    from emout_lab.server.live_line import LiveLine

#: So long nothing has to be wished before matplotlib's own picture is asked for [s].
REST_S: Final = 0.15
#: Nor before a frame has been on the screen for so long: who waited for it may wish for more [s].
SEEN_S: Final = 0.05
#: A program that keeps the engine from drawing is looked after so often [s].
BUSY_S: Final = 0.5
#: A view that is not asked for frames says so often that it is here, and sees whether it is [s].
RENEW_S: Final = 2.0
#: Two frames are under way where the engine is faster than this, or one would be late [ms].
QUICK_MS: Final = 8.0

Send = Callable[[bytes, bool], Awaitable[None]]
log = logging.getLogger(__name__)


class LiveViewer:
    """Answers the wishes of one browser.

    Parameters
    ----------
    send : coroutine function
        Takes a message and whether it is binary; returns when it is on its way.
    lost : callable
        Told why no more frames can be had; `attach` makes it go on.
    changed : coroutine function
        Told when the figure has become another one.
    """

    def __init__(
        self,
        send: Send,
        lost: Callable[[EmoutLabError], None],
        changed: Callable[[], Awaitable[None]],
    ) -> None:
        self._send, self._lost, self._changed = send, lost, changed
        self._line: LiveLine | None = None
        self._credits = Credits()
        self._layers = KeptLayers()
        self._clock = PlayClock(0)
        self._first: int | None = None
        self._wish: LiveWish | None = None
        self._wishes = 0
        self._is_due = False
        self._rest_at: float | None = None
        self._held_until = 0.0
        self._busy: str | None = None
        self._asked = self._newest = 0
        self._asked_at = 0.0
        self._under_way = 0
        self._ms = QUICK_MS
        self._probes: dict[str, LiveProbe] = {}
        self._is_probing = self._is_reading = False
        self._timer: asyncio.TimerHandle | None = None
        self._tasks: set[asyncio.Task[None]] = set()

    async def attach(self, line: LiveLine, hello: Hello) -> None:
        """Begin, or go on, with a view of the figure; the browser hears what it is."""
        self._layers = KeptLayers()
        self._held_until = 0.0
        await self._greet(line, hello)
        self._line = line
        self._begin(self._watch(line))
        if self._wish is not None:
            self.take_wish(self._wish)

    async def _greet(self, line: LiveLine, hello: Hello) -> None:
        """Tell what the figure is; the browser wishes anew, and forgets what runs."""
        said = {"type": "hello", "v": VERSION, "view": line.view, **asdict(hello)}
        at, count = self._clock.at, (hello.steps or {}).get("count", 0)
        self._clock = PlayClock(count)
        self._clock.stand(at if at is None or at < count else None)
        self._first = (hello.steps or {}).get("at")
        self._busy, self._is_reading = None, False
        await self._send(as_json(said), False)

    async def detach(self) -> None:
        """Ask for nothing more."""
        self._line = None
        if self._timer is not None:
            self._timer.cancel()
        tasks = [each for each in self._tasks if each is not asyncio.current_task()]
        for each in tasks:
            each.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def take_wish(self, wish: LiveWish) -> None:
        """Answer this wish from now on, and no older one."""
        before, self._wish = self._wish, wish
        self._wishes += 1
        self._is_reading = False
        self._layers.told(wish.have, self._credits.painted)
        self._set_clock(wish, before)
        self._note_change()
        self._is_due = True
        self._pump()

    def acknowledge(self, n: int) -> None:
        """Take note that a frame is painted."""
        self._credits.acknowledged(n, time.monotonic())
        self._pump()

    def take_probe(self, probe: LiveProbe) -> None:
        """Answer a question for values; of each kind the newest one."""
        self._probes[probe.kind] = probe
        if not self._is_probing and self._line is not None:
            self._begin(self._answer_probes(self._line))

    def _set_clock(self, wish: LiveWish, before: LiveWish | None) -> None:
        is_playing = wish.play is not None and wish.visible
        was_playing = before is not None and before.play is not None
        is_moved = before is None or wish.t != before.t
        at = wish.t if is_moved or wish.play is None or not was_playing else self._clock.at
        if not is_playing or wish.play is None:
            self._clock.stand(at)
            return
        at = self._first if at is None else at
        if self._clock.due is None or is_moved or not was_playing:
            self._clock.stand(at)
        if self._clock.due is None or before is None or before.play != wish.play:
            self._clock.go_on(fps=wish.play.fps, loop=wish.play.loop, now=time.monotonic())

    def _note_change(self) -> None:
        """Let the picture rest only when nothing was new for a moment."""
        self._rest_at = time.monotonic() + REST_S

    def _pump(self) -> None:
        """Ask for what can be asked for now, and come back when there is more."""
        line, now = self._line, time.monotonic()
        if line is None or self._wish is None or not self._wish.visible:
            return
        while self._can_take() and now >= self._held_until:
            is_rest = False
            if self._is_due:
                self._is_due = False
            elif self._clock.due is not None:
                if now < self._clock.due:
                    break
                if not self._is_reading:
                    self._clock.advance(now)
                elif self._under_way:
                    break
                self._note_change()
            elif self._rest_at is not None and not self._under_way and now >= self._rest_at:
                self._rest_at, is_rest = None, True
            else:
                break
            self._under_way += 1
            self._begin(self._answer(line, is_rest=is_rest))
        self._set_timer(now)

    def _can_take(self) -> bool:
        # One that waits for a step keeps no newer wish waiting.
        most = 2 if (self._newest and self._ms < QUICK_MS) or self._is_reading else 1
        return self._under_way < min(most, self._credits.left)

    def _set_timer(self, now: float) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        due = self._clock.due if self._clock.due is not None else self._rest_at
        if self._is_due:
            due = now
        # Where something else is waited for, its end comes back here.
        if due is not None and self._can_take():
            wait = max(due, self._held_until) - now
            if wait > 0:
                self._timer = asyncio.get_running_loop().call_later(wait, self._pump)

    async def _answer(self, line: LiveLine, *, is_rest: bool) -> None:
        self._asked += 1
        number, wishes, self._asked_at = self._asked, self._wishes, time.monotonic()
        try:
            wish = self._engine_wish(is_rest=is_rest)
            frame = await self._asking(line, "live_frame", wish)
            if frame is not None and frame.hello is not None and line is self._line:
                await self._changed()
                await self._greet(line, frame.hello)
            if frame is not None and wishes == self._wishes:
                self._note_reading(wish, frame)
            is_late = number < self._newest or (is_rest and wishes != self._wishes)
            if frame is not None and line is self._line and not is_late:
                await self._deliver(number, frame, is_rest=is_rest)
            elif frame is None and wishes == self._wishes:
                # The next one would fail as well.
                self._rest_at = None
                self._clock.stand(self._clock.at)
                if line is self._line:
                    await self._tell_busy(None)
        finally:
            self._under_way -= 1
            self._pump()

    def _note_reading(self, wish: Wish, frame: LiveFrame) -> None:
        """Let a film wait for a step that is still being read."""
        is_reading = wish.t is not None and frame.header["t"] != wish.t
        if is_reading and not self._is_reading:
            self._clock.at = wish.t
        self._is_reading = is_reading

    def _engine_wish(self, *, is_rest: bool) -> Wish:
        wish = self._wish
        if wish is None:
            raise RuntimeError("nothing is wished")
        return Wish(
            seq=wish.seq,
            size=wish.size,
            dpr=wish.dpr,
            axes=tuple(
                AxesWish(each.i, each.x, each.y, each.clim, each.cmap, each.norm)
                for each in wish.axes
            ),
            t=self._clock.at,
            have=self._layers.keys,
            rest=is_rest,
            visible=wish.visible,
        )

    async def _deliver(self, number: int, frame: LiveFrame, *, is_rest: bool) -> None:
        header, now = frame.header, time.monotonic()
        busy = header["busy"]
        if busy is not None and (is_rest or not header["layers"]):
            # Look again later: what is missing can be made when the program is over.
            self._rest_at = now + BUSY_S
            self._held_until = 0.0 if is_rest else self._rest_at
        await self._tell_busy(busy)
        is_nothing = frame.hello is not None and not header["layers"]
        if is_nothing or (is_rest and not header["rest"]):
            return
        if not is_rest and self._rest_at is not None:
            self._rest_at = max(self._rest_at, now + SEEN_S)
        self._newest = number
        self._ms = header["ms"]
        n = self._credits.sent(now)
        self._layers.sent(n, header["layers"])
        await self._send(pack_frame(n, header, frame.payloads), True)

    async def _tell_busy(self, label: str | None) -> None:
        if label != self._busy:
            self._busy = label
            await self._send(as_json(LiveBusy(label)), False)

    async def _answer_probes(self, line: LiveLine) -> None:
        self._is_probing = True
        try:
            while self._probes:
                asked = self._probes.pop("pick", None) or self._probes.pop("hover")
                probe = Probe(asked.seq, asked.kind, asked.i, asked.x, asked.y)
                values = await self._asking(line, "live_probe", probe)
                if values is not None:
                    await self._send(as_json(values_of(values)), False)
        finally:
            self._is_probing = False

    async def _watch(self, line: LiveLine) -> None:
        """Say now and then that somebody is here, and see whether the engine is."""
        while line is self._line:
            await asyncio.sleep(RENEW_S)
            if time.monotonic() - self._asked_at <= RENEW_S:
                continue
            is_changed = await self._asking(line, "live_renew")
            if is_changed and line is self._line:
                self._is_due = True
                self._note_change()
                self._pump()

    async def _asking(self, line: LiveLine, verb: str, *args: Any) -> Any:
        """Ask the engine; of what goes wrong the browser is told, or who can do something."""
        try:
            return await line.ask(verb, line.view, *args)
        except SpecError as exc:
            await self._send(as_json(LiveError(str(exc), exc.field)), False)
        except CannotShow as exc:
            await self._send(as_json(LiveError(str(exc), None)), False)
        except EmoutLabError as exc:
            if line is self._line:
                self._line = None
                self._lost(exc)
        except Exception as exc:
            # Nobody has thought of this one: other wishes may do better.
            log.exception("A live figure failed")
            message = shorten(f"This cannot be drawn: {type(exc).__name__}: {exc}", 500)
            await self._send(as_json(LiveError(message, None)), False)
        return None

    def _begin(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._note_end)

    def _note_end(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            log.error("A viewer of a live figure failed", exc_info=error)
