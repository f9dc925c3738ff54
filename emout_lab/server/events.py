"""The WebSocket of the panel: the whole picture once, then changes only."""

from __future__ import annotations

import asyncio
import json
from typing import Any

from tornado.websocket import WebSocketClosedError

from emout_lab.errors import SpecError
from emout_lab.server.board import Subscription
from emout_lab.server.monitor import Monitor
from emout_lab.server.requests import WatchRequest, parse_json
from emout_lab.server.schemas import Trouble
from emout_lab.server.sockets import EmoutLabSocket


class EventsHandler(EmoutLabSocket):
    """``/events``: a panel says which parts it shows, and hears what changes in them."""

    _subscription: Subscription | None = None
    _writer: asyncio.Task[None] | None = None

    def initialize(self, monitor: Monitor, max_body: int) -> None:
        """Take the services that the extension built."""
        self._monitor = monitor
        self._max_body = max_body

    def open(self, *args: Any, **kwargs: Any) -> None:
        """Give the panel a queue of its own."""
        super().open(*args, **kwargs)
        self._subscription = self._monitor.board.subscribe()
        self._writer = asyncio.create_task(self._write(self._subscription))

    async def on_message(self, message: str | bytes) -> None:
        """Take a panel's wish; a wrong one is answered and changes nothing."""
        if self._subscription is None:
            return
        try:
            request = WatchRequest.from_json(parse_json(message))
        except SpecError as exc:
            self._subscription.put(Trouble(None, str(exc)).to_json())
            return
        await self._monitor.watch(self._subscription, request)

    def on_close(self) -> None:
        """Forget the panel."""
        super().on_close()
        if self._subscription is not None:
            self._monitor.unwatch(self._subscription)
        if self._writer is not None:
            self._writer.cancel()

    async def _write(self, subscription: Subscription) -> None:
        # Waiting for each write is what lets the queue fill, and so collapse, for a slow panel.
        try:
            while True:
                await self.write_message(json.dumps(await subscription.get()))
        except WebSocketClosedError:
            self._monitor.unwatch(subscription)
