"""The WebSockets: who is let in, and the panel's own, which sends the state and then changes."""

from __future__ import annotations

import asyncio
import json
from typing import Any

from jupyter_core.utils import ensure_async
from jupyter_server.auth.decorator import ws_authenticated
from jupyter_server.base.handlers import JupyterHandler
from jupyter_server.base.websocket import WebSocketMixin
from tornado import web
from tornado.websocket import WebSocketClosedError, WebSocketHandler

from emout_lab.errors import SpecError
from emout_lab.server.base import RESOURCE, ErrorsAsJson, LimitedBody
from emout_lab.server.contract.messages import Problem
from emout_lab.server.contract.requests import Watch, parse_json
from emout_lab.server.monitor import Monitor
from emout_lab.server.state_store import Subscription


def text_of(message: dict[str, Any]) -> str:
    """Return a message as it is sent: JSON without blanks, a tenth less than with them."""
    return json.dumps(message, separators=(",", ":"))


class EmoutLabSocket(ErrorsAsJson, LimitedBody, WebSocketMixin, WebSocketHandler, JupyterHandler):
    """Base of the WebSockets."""

    auth_resource = RESOURCE

    def set_default_headers(self) -> None:
        """Set none: the headers of a page have no meaning for a socket."""

    @property
    def max_message_size(self) -> int:
        """Bytes that a browser may send in one message."""
        return self._max_body

    @ws_authenticated
    async def get(self, *args: Any, **kwargs: Any) -> None:
        """Let an authorised user in."""
        # @authorized takes its action from the HTTP verb too; but it answers with a page.
        is_allowed = await ensure_async(
            self.authorizer.is_authorized(self, self.current_user, "read", self.auth_resource)
        )
        if not is_allowed:
            raise web.HTTPError(403, f"You may not read {self.auth_resource}.")
        if self.request.headers.get("Upgrade", "").lower() != "websocket":
            raise web.HTTPError(400, f"{self.request.path} is a WebSocket")
        await super().get(*args, **kwargs)


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
        self._subscription = self._monitor.store.subscribe()
        self._writer = asyncio.create_task(self._write(self._subscription))

    async def on_message(self, message: str | bytes) -> None:
        """Take a panel's wish; a wrong one is answered and changes nothing."""
        if self._subscription is None:
            return
        try:
            wish = Watch.from_json(parse_json(message))
        except SpecError as exc:
            self._subscription.put(Problem(None, str(exc)).to_json())
            return
        await self._monitor.watch(self._subscription, wish)

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
                await self.write_message(text_of(await subscription.get()))
        except WebSocketClosedError:
            self._monitor.unwatch(subscription)
