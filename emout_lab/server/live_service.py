"""All viewers of live figures: how many there may be, what happens when an engine is lost."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from emout_lab.errors import EmoutLabError, StateError
from emout_lab.server.contract.live import LiveGone
from emout_lab.server.live_line import LiveLine
from emout_lab.server.live_packing import as_json
from emout_lab.server.live_viewer import LiveViewer, Send

if TYPE_CHECKING:
    from emout_lab.server.monitor import Monitor

MOST_VIEWERS: Final = 64
#: A view that is lost again so soon is not opened anew [s].
PATIENCE_S: Final = 5.0


class TooManyViewers(StateError):
    """The server shows as many live figures as it can."""


class LiveService:
    """Opens and closes the views of all browsers.

    Parameters
    ----------
    monitor : Monitor
        Knows figures, and how to reach their engines.
    """

    def __init__(self, monitor: Monitor) -> None:
        self._monitor = monitor
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
            When there are `MOST_VIEWERS`.
        EmoutLabError
            When the figure cannot be shown live, see `LiveLine.open`.
        """
        if len(self._seats) >= MOST_VIEWERS:
            raise TooManyViewers(
                f"This server shows {MOST_VIEWERS} live figures already. Close some of them."
            )
        seat = LiveSeat(self._monitor, (session, figure), send, leave)
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


class LiveSeat:
    """The place of one browser: a viewer, and a view that is opened anew where that helps."""

    def __init__(
        self,
        monitor: Monitor,
        figure: tuple[str, str],
        send: Send,
        leave: Callable[[], None],
    ) -> None:
        self._monitor, self._figure = monitor, figure
        self._send, self.leave = send, leave
        self.viewer = LiveViewer(send, self._note_lost)
        self._line: LiveLine | None = None
        self._opened_at = 0.0
        self._recovery: asyncio.Task[None] | None = None
        self._is_closed = False

    async def open(self) -> None:
        """Open a view; raises as `LiveLine.open` does."""
        line, hello = await LiveLine.open(self._monitor, *self._figure)
        if self._is_closed:
            await line.close()
            return
        self._opened_at = time.monotonic()
        self._line = line
        await self.viewer.attach(line, hello)

    async def close(self) -> None:
        """Close the view on the engine, and end all that runs for it."""
        if self._is_closed:
            return
        self._is_closed = True
        if self._recovery is not None:
            self._recovery.cancel()
            await asyncio.gather(self._recovery, return_exceptions=True)
        await self._hang_up()

    def _note_lost(self, error: EmoutLabError) -> None:
        if not self._is_closed:
            self._recovery = asyncio.create_task(self._recover(error))

    async def _recover(self, error: EmoutLabError) -> None:
        """Open the view again: a connection can be lost, or a lease, while the engine lives."""
        await self._hang_up()
        if time.monotonic() - self._opened_at > PATIENCE_S:
            with contextlib.suppress(EmoutLabError):
                await self.open()
                return
        await self._send(as_json(LiveGone(str(error), healing=False)), False)
        self.leave()

    async def _hang_up(self) -> None:
        await self.viewer.detach()
        line, self._line = self._line, None
        if line is not None:
            await line.close()
