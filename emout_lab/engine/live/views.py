"""The views of an engine's figures that are open: leases, and which thread makes what.

Cells and texts are made in a thread beside the engine's, also while a program runs. Whatever
matplotlib draws is drawn in the engine's thread, while no program runs.
"""

from __future__ import annotations

import asyncio
import importlib
import threading
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from functools import partial
from typing import TYPE_CHECKING, Any, Final, TypeVar

from emout_lab.engine.live.foreign import (
    LiveThreads,
    Reading,
    contained,
    contained_but_interrupts,
    told_of_interrupts,
)
from emout_lab.engine.live.wishes import Hello, LiveFrame, Probe, Wish
from emout_lab.engine.program_queue import ProgramQueue, WorkKind
from emout_lab.errors import EngineBusy, ObjectGone, SpecError

if TYPE_CHECKING:
    from emout_lab.engine.executor import ProgramExecutor
    from emout_lab.engine.figures.store import KeptFigure
    from emout_lab.engine.live.figure_view import FigureView

#: A view that is not heard of for so long is closed [s].
LEASE_S: Final = 30.0
LOOK_EVERY_S: Final = 5.0
MOST_VIEWS: Final = 16
#: Who asks for a value waits so long for the step that was wished before [s].
STEP_S: Final = 2.0

T = TypeVar("T")


@dataclass
class _OpenView:
    """A view, the figure that it keeps, and until when."""

    figure: str
    kept: KeptFigure
    view: FigureView
    until: float
    programs: int
    is_changed: bool = False
    reading: Reading = field(default_factory=Reading)
    wished: int | None = None
    under_way: set[asyncio.Future[None]] = field(default_factory=set)


class LiveViews:
    """The open views of one engine; used from the worker's event loop only.

    Parameters
    ----------
    executor : callable
        Returns what draws, once it is warm.
    queue : ProgramQueue
        Of the engine's thread.
    """

    def __init__(
        self, executor: Callable[[], Awaitable[ProgramExecutor]], queue: ProgramQueue
    ) -> None:
        self._executor = executor
        self._queue = queue
        self._views: dict[str, _OpenView] = {}
        self._opening: set[str] = set()
        self._is_changing = threading.Lock()
        self._threads = LiveThreads()
        self._looking: asyncio.TimerHandle | None = None

    def __len__(self) -> int:
        return len(self._views)

    async def open(self, id: str, figure: str) -> Hello:
        """Open a view of a kept figure, which stays for as long as the view does.

        Raises
        ------
        ObjectGone
            When the figure is not kept.
        EngineBusy
            When too many views are open.
        CannotShow
            When the figure cannot be looked at.
        """
        executor = await self._executor()
        if id in self._views:
            self._renewed(id)
            return self._views[id].view.hello()
        if len(self._views) + len(self._opening) >= MOST_VIEWS:
            raise EngineBusy(
                f"{MOST_VIEWS} live figures are open on this engine, and no more are possible. "
                "Close some of them, or wait half a minute for those that nobody looks at any more."
            )
        kept, programs = executor.figures.pin(figure), self._queue.programs
        self._opening.add(id)
        try:
            view = await self._made(executor, kept)
            hello = contained(view.hello)
        except BaseException:
            executor.figures.unpin(figure)
            raise
        finally:
            self._opening.discard(id)
            self._rest()
        self._views[id] = _OpenView(figure, kept, view, time.monotonic() + LEASE_S, programs)
        self._look_later()
        return hello

    async def frame(self, id: str, wish: Wish) -> LiveFrame:
        """Return the frame that a view's viewer wishes, and renew its lease.

        Raises
        ------
        ObjectGone
            When the view is closed.
        SpecError
            For a wish that its figure does not fulfil.
        CannotShow
            When what it wishes fails, in code of the user's or in matplotlib.
        """
        one = self._renewed(id)
        ended = asyncio.get_running_loop().create_future()
        one.under_way.add(ended)
        one.wished = wish.t
        try:
            frame = await self._frame(one, wish)
        except SpecError:
            hello = contained(one.view.news)
            if hello is None:
                raise
            # It was wished of the figure as it was before.
            return LiveFrame(one.view.nothing(wish), (), hello)
        else:
            return replace(frame, hello=contained(one.view.news))
        finally:
            one.under_way.discard(ended)
            ended.set_result(None)
            self._rest()

    async def _frame(self, one: _OpenView, wish: Wish) -> LiveFrame:
        began = time.perf_counter()
        view = one.view
        busy = await self._look_again(one)
        one.is_changed = False
        contained(view.check, wish)
        if view.must_prepare(wish) and busy is None:
            await self._draw(one, view.prepare, wish)
            busy = await self._busy()
        if view.must_read(wish) and (view.is_numbers or busy is None):
            read = partial(self._threads.read, view.read, wish)
            if not await one.reading.wait(wish.t, read):
                return await self._without(one, wish, began)
            busy = await self._busy()
        return await self._made_frame(one, wish, busy, began)

    async def _without(self, one: _OpenView, wish: Wish, began: float) -> LiveFrame:
        """Return a frame of the step before, while the one that is wished is read."""
        label, known = f"reading step {wish.t}", replace(wish, t=one.view.step)
        if wish.rest:
            return LiveFrame({**one.view.nothing(known), "busy": label})
        frame = await self._made_frame(one, known, await self._busy(), began)
        return replace(frame, header={**frame.header, "t": one.view.at, "busy": label})

    async def _made_frame(
        self, one: _OpenView, wish: Wish, busy: str | None, began: float
    ) -> LiveFrame:
        view = one.view
        if busy is None and (wish.rest or not view.is_numbers):
            made, axes = await self._draw(one, view.draw_picture, wish)
        elif view.is_numbers:
            made, axes, key = await self._threads.compute(view.numbers, wish)
            if busy is None and not view.has_decor(key, wish):
                await self._draw(one, view.draw_decor, wish, key)
            view.add_decor(made, wish, key)
        else:
            made, axes = await self._threads.compute(view.no_picture, wish)
        is_rest = wish.rest and busy is None
        return view.frame(wish, made, axes, busy=busy, is_rest=is_rest, began=began)

    async def probe(self, id: str, probe: Probe) -> dict[str, Any]:
        """Return what is at a place of a view's figure.

        Raises
        ------
        ObjectGone
            When the view is closed.
        SpecError
            For a place that is none.
        """
        one = self._renewed(id)
        is_late = one.wished != one.view.step and not one.reading.is_slow
        if one.under_way and is_late:
            # Values of the step that comes, not of the one that goes.
            await asyncio.wait(set(one.under_way), timeout=STEP_S)
        try:
            return await self._threads.compute(one.view.probe, probe)
        finally:
            self._rest()

    async def renew(self, id: str) -> bool:
        """Keep a view for another while; return whether its figure looks otherwise by now.

        Raises
        ------
        ObjectGone
            When it is closed already.
        """
        one = self._renewed(id)
        await self._look_again(one)
        return one.is_changed

    async def close(self, id: str) -> None:
        """Close a view (twice is harmless)."""
        one = self._views.pop(id, None)
        if one is not None:
            executor = await self._executor()
            executor.figures.unpin(one.figure)
            executor.note_closed_view()
        self._rest()

    def close_all(self) -> None:
        """Close all views, at the end of the engine."""
        self._views.clear()
        self._rest()

    async def _made(self, executor: ProgramExecutor, kept: KeptFigure) -> FigureView:
        module = importlib.import_module("emout_lab.engine.live.figure_view")
        most = executor.figures.most_pixels
        make = partial(self._alone, module.FigureView, kept.figure, kept.animation, most)
        if self._queue.has(WorkKind.PROGRAM):
            # Looked at, and moved for a moment, in the settings of that program.
            view: FigureView = await self._threads.compute(make)
        else:
            view = await self._in_turn(executor, kept, make)
        return view

    def _renewed(self, id: str) -> _OpenView:
        one = self._views.get(id)
        if one is None:
            raise ObjectGone(
                f"the live figure {id:.40} is closed: it was not asked for anything for "
                f"{LEASE_S:g} s, or its engine has started anew. Open it again."
            )
        one.until = time.monotonic() + LEASE_S
        return one

    async def _busy(self) -> str | None:
        """Return what keeps the engine from drawing; None where nothing does."""
        if not self._queue.has(WorkKind.PROGRAM):
            return None
        now = (await self._executor()).status.current
        return now.label if now is not None else "a program"

    async def _look_again(self, one: _OpenView) -> str | None:
        """Look what programs have made of a figure; return what keeps the engine from it."""
        busy, programs = await self._busy(), self._queue.programs
        if busy is None and one.programs != programs:
            one.is_changed |= await self._draw(one, one.view.look_again)
            one.programs = programs
            busy = await self._busy()
        return busy

    def _alone(self, function: Callable[..., T], *args: Any) -> T:
        """Look at a figure, or change it for a moment, while no other view does."""
        with self._is_changing:
            return function(*args)

    async def _draw(self, one: _OpenView, function: Callable[..., T], *args: Any) -> T:
        executor = await self._executor()
        return await self._in_turn(executor, one.kept, partial(self._alone, function, *args))

    async def _in_turn(
        self, executor: ProgramExecutor, kept: KeptFigure, function: Callable[[], T]
    ) -> T:
        """Draw in the engine's thread, when its turn has come."""
        drawing = partial(contained_but_interrupts, executor.draw_live, kept, function)
        with told_of_interrupts():
            drawn: T = await self._queue.begin(WorkKind.DRAWING, drawing)
        return drawn

    def _look_later(self) -> None:
        if self._looking is None:
            loop = asyncio.get_running_loop()
            self._looking = loop.call_later(LOOK_EVERY_S, self._look)

    def _look(self) -> None:
        self._looking = None
        now = time.monotonic()
        loop = asyncio.get_running_loop()
        for id, one in list(self._views.items()):
            if one.until < now:
                loop.create_task(self.close(id))
        if self._views:
            self._look_later()

    def _rest(self) -> None:
        """End the thread and the timer where nothing is open."""
        if self._views or self._opening:
            return
        self._threads.rest()
        if self._looking is not None:
            self._looking.cancel()
            self._looking = None
