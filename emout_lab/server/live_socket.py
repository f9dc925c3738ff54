"""The WebSocket of a live figure: one for each place where a browser shows one."""

from __future__ import annotations

import asyncio
from typing import Final

from tornado.websocket import WebSocketClosedError

from emout_lab.errors import EmoutLabError, SpecError
from emout_lab.server.contract.live import (
    MESSAGE_BYTES,
    LiveAck,
    LiveError,
    LiveGone,
    LiveProbe,
    LiveWish,
    read_message,
)
from emout_lab.server.live_packing import as_json
from emout_lab.server.live_service import LiveSeat, LiveService, TooManyViewers
from emout_lab.server.websocket import EmoutLabSocket

#: Why a socket is closed, in the words of its protocol.
DONE: Final = 1000
TRY_AGAIN: Final = 1013


class LiveSocket(EmoutLabSocket):
    """``/live/{session}/{figure}``."""

    _seat: LiveSeat | None = None
    _leaving: asyncio.Task[None] | None = None

    def initialize(self, live: LiveService) -> None:
        """Take the service that the extension built."""
        self._live = live
        self._max_body = MESSAGE_BYTES

    async def open(self, session: str, figure: str) -> None:
        """Open a view of the figure; nothing that the browser sends is read before."""
        super().open(session, figure)
        # Small answers to small messages would wait for each other.
        self.set_nodelay(True)
        try:
            self._seat = await self._live.enter(session, figure, self._send, self._leave)
        except TooManyViewers as exc:
            await self._refuse(exc, TRY_AGAIN)
        except EmoutLabError as exc:
            await self._refuse(exc, DONE)

    async def on_message(self, message: str | bytes) -> None:
        """Take what a browser sends; what cannot be used is answered and changes nothing."""
        if self._seat is None:
            return
        try:
            read = read_message(message)
        except SpecError as exc:
            # Waited for, so that somebody who sends nonsense and reads nothing has to wait, too.
            await self._send(as_json(LiveError(str(exc), exc.field)), False)
            return
        viewer = self._seat.viewer
        match read:
            case LiveWish():
                viewer.take_wish(read)
            case LiveAck(n=n):
                viewer.acknowledge(n)
            case LiveProbe():
                viewer.take_probe(read)

    def on_close(self) -> None:
        """Close the view."""
        super().on_close()
        if self._seat is not None:
            self._leaving = asyncio.create_task(self._live.exit(self._seat))

    async def _send(self, message: bytes, is_binary: bool) -> None:
        try:
            await self.write_message(message, binary=is_binary)
        except WebSocketClosedError:
            return  # and `on_close` ends the rest

    def _leave(self) -> None:
        self.close(DONE, "there is nothing more to show")

    async def _refuse(self, error: EmoutLabError, code: int) -> None:
        self.log.info("%s: %s", self.request.path, error)
        await self._send(as_json(LiveGone(str(error), healing=False)), False)
        self.close(code, type(error).__name__)
