"""What both WebSockets share: who is let in, how much may be sent, and one form for refusals."""

from __future__ import annotations

from typing import Any

from jupyter_core.utils import ensure_async
from jupyter_server.auth.decorator import ws_authenticated
from jupyter_server.base.handlers import JupyterHandler
from jupyter_server.base.websocket import WebSocketMixin
from tornado import web
from tornado.websocket import WebSocketHandler

from emout_lab.server.base import RESOURCE, ErrorsAsJson
from emout_lab.server.body import LimitedBody


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
