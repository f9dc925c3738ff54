"""All viewers of live figures: how many there may be, what happens when an engine is lost."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from emout_lab.errors import EmoutLabError, EngineLost, ObjectGone, StateError
from emout_lab.server.contract.live import LiveGone
from emout_lab.server.live_healing import FigureName, LiveHealing
from emout_lab.server.live_line import LiveLine
from emout_lab.server.live_packing import as_json
from emout_lab.server.live_viewer import LiveViewer, Send

if TYPE_CHECKING:
    from emout_lab.server.monitor import Monitor

#: A view that is lost so soon is not merely opened again [s].
PATIENCE_S: Final = 5.0


class TooManyViewers(StateError):
    """The server shows as many live figures as it can."""


class LiveService:
    """Opens and closes the views of all browsers.

    Parameters
    ----------
    monitor : Monitor
        Knows figures, and how to reach their engines.
    most : int
        How many viewers there may be.
    """

    def __init__(self, monitor: Monitor, most: int) -> None:
        self.most = most
        self._monitor = monitor
        self._healing = LiveHealing(monitor)
        self._seats: set[LiveSeat] = set()

    def __len__(self) -> int:
        """Return how many viewers there are."""
        return len(self._seats)

    async def enter(
        self, session: str, figure: str, send: Send, leave: Callable[[], None]
    ) -> LiveSeat:
        """Open a view for a browser.

        Parameters
        ----------
        session, figure : str
            Name and id.
        send : coroutine function
            As of `LiveViewer`.
        leave : callable
            Called when there is nothing more to show.

        Raises
        ------
        TooManyViewers
            When there are as many as there may be.
        EmoutLabError
            When the figure cannot be shown live, see `LiveLine.open`.
        """
        if len(self._seats) >= self.most:
            raise TooManyViewers(
                f"This server shows {self.most} live figures already; close some of them (its "
                "setting EmoutLabApp.live_figures allows more)."
            )
        name = FigureName(session, figure)
        seat = LiveSeat(self._monitor, self._healing, name, send, leave)
        self._seats.add(seat)
        try:
            await seat.open()
        except BaseException:
            self._seats.discard(seat)
            raise
        return seat

    async def exit(self, seat: LiveSeat) -> None:
        """Close the view of a browser (twice is harmless)."""
        try:
            await seat.close()
        finally:
            self._seats.discard(seat)

    async def stop(self) -> None:
        """Close all views."""
        seats = list(self._seats)
        for seat in seats:
            seat.leave()
        await asyncio.gather(*(self.exit(seat) for seat in seats), return_exceptions=True)
        await self._healing.stop()


class LiveSeat:
    """The place of one browser: a viewer, and a view that is opened anew where that helps."""

    def __init__(
        self,
        monitor: Monitor,
        healing: LiveHealing,
        name: FigureName,
        send: Send,
        leave: Callable[[], None],
    ) -> None:
        self._monitor, self._healing, self._name = monitor, healing, name
        self._send, self.leave = send, leave
        self.viewer = LiveViewer(send, self._note_lost, self._note_changed)
        self._line: LiveLine | None = None
        self._opened_at = 0.0
        self._recovery: asyncio.Task[None] | None = None
        self._closing: asyncio.Task[None] | None = None

    async def open(self) -> None:
        """Open a view, of the figure drawn anew if that has to be.

        Raises
        ------
        EmoutLabError
            As `LiveLine.open` does.
        """
        try:
            await self._open()
        except (ObjectGone, EngineLost) as exc:
            await self._heal(exc)

    async def _open(self) -> None:
        name = self._healing.newest(self._name)
        can_heal = await self._healing.can_heal(name)
        line, hello = await LiveLine.open(self._monitor, *name)
        if self._closing is not None:
            await line.close()
            return
        self._opened_at = time.monotonic()
        self._line = line
        await self.viewer.attach(line, replace(hello, heals=can_heal))

    async def _heal(self, error: EmoutLabError) -> None:
        """Have the figure drawn anew, and open a view of it."""
        if not await self._healing.can_heal(self._name):
            raise error
        await self._send(as_json(LiveGone(str(error), healing=True)), False)
        await self._healing.heal(self._name)
        await self._open()

    async def close(self) -> None:
        """Close the view on the engine, and end all that runs for it (twice is harmless)."""
        if self._closing is None:
            self._closing = asyncio.create_task(self._close())
        await self._closing

    async def _close(self) -> None:
        if self._recovery is not None:
            self._recovery.cancel()
            await asyncio.gather(self._recovery, return_exceptions=True)
        await self._hang_up()

    def _note_lost(self, error: EmoutLabError) -> None:
        if self._closing is None:
            self._recovery = asyncio.create_task(self._recover(error))

    async def _note_changed(self) -> None:
        # Its recipe would give another picture.
        await self._healing.forget(self._healing.newest(self._name))

    async def _recover(self, error: EmoutLabError) -> None:
        """Open the view again: a connection can be lost, or a lease, while the engine lives."""
        await self._hang_up()
        try:
            if time.monotonic() - self._opened_at < PATIENCE_S:
                await self._heal(error)
            else:
                await self.open()
        except EmoutLabError as exc:
            await self._send(as_json(LiveGone(str(exc), healing=False)), False)
            self.leave()

    async def _hang_up(self) -> None:
        await self.viewer.detach()
        line, self._line = self._line, None
        if line is not None:
            await line.close()
