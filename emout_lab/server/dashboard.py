"""Dask's own dashboard of a session, handed through to a browser that is logged in here."""

from __future__ import annotations

import asyncio
from typing import Any, Final
from urllib.parse import quote, urlsplit

from jupyter_server.auth.decorator import authorized
from jupyter_server.base.handlers import JupyterHandler
from tornado import web
from tornado.httpclient import AsyncHTTPClient, HTTPClientError, HTTPRequest
from tornado.websocket import (
    WebSocketClosedError,
    WebSocketError,
    websocket_connect,
)

from emout_lab.errors import EmoutLabError, EngineLost
from emout_lab.server.actions import Actions, Dashboard
from emout_lab.server.base import EmoutLabHandler
from emout_lab.server.websocket import EmoutLabSocket

PAGE_TIMEOUT_S: Final = 30.0
FIRST_PAGE: Final = "status"
CANNOT_SERVE: Final = 1011
SUBPROTOCOL: Final = "bokeh"
REDIRECTS: Final = (301, 302, 303, 307, 308)
# Its pages hold scripts of their own, and may stand in a frame of JupyterLab.
CONTENT_POLICY: Final = "frame-ancestors 'self'"


class DashboardHandler(EmoutLabHandler):
    """``/sessions/{name}/dashboard/{path}``."""

    @web.authenticated
    @authorized
    async def get(self, name: str, path: str | None) -> None:
        """Return a page of Dask's own dashboard."""
        target = await self.actions.dashboard(name)
        if not path:
            self.redirect(f"{self.request.path.rstrip('/')}/{FIRST_PAGE}")
            return
        request = HTTPRequest(
            f"https://{target.host}:{target.port}/{quote(path)}?{_query(self)}",
            ssl_options=target.context,
            request_timeout=PAGE_TIMEOUT_S,
            follow_redirects=False,
        )
        try:
            page = await AsyncHTTPClient().fetch(request, raise_error=False)
        except (OSError, HTTPClientError) as exc:
            raise EngineLost(
                f"The dashboard of session {name!r} does not answer: {exc}. Try again."
            ) from exc
        if page.code in REDIRECTS:
            self._redirect_inside(page.headers.get("Location", ""), target)
            return
        if page.code >= 300:
            raise web.HTTPError(404, f"the dashboard of session {name!r} has no page {path!r}")
        self.set_header("Content-Security-Policy", CONTENT_POLICY)
        self.finish(
            _inside(path, page.body),
            set_content_type=page.headers.get("Content-Type", "text/plain"),
        )

    def _redirect_inside(self, location: str, target: Dashboard) -> None:
        """Send the browser on to another page of the dashboard, and to nothing else."""
        wanted = urlsplit(location)
        if wanted.netloc not in ("", f"{target.host}:{target.port}") or not wanted.path:
            raise web.HTTPError(404, "the dashboard has no such page")
        path = wanted.path
        if path.startswith("/"):
            root = self.request.path.partition("/dashboard/")[0]
            path = f"{root}/dashboard{path}"
        self.redirect(f"{path}?{wanted.query}" if wanted.query else path)


class DashboardSocket(EmoutLabSocket):
    """``/sessions/{name}/dashboard/{path}/ws``: what moves in a page."""

    _far: Any = None
    _reader: asyncio.Task[None] | None = None

    def initialize(self, actions: Actions, max_body: int) -> None:
        """Take the services that the extension built."""
        self._actions = actions
        self._max_body = max_body

    def select_subprotocol(self, subprotocols: list[str]) -> str | None:
        """Agree to speak Bokeh's protocol; the other entry is its token."""
        return SUBPROTOCOL if SUBPROTOCOL in subprotocols else None

    async def open(self, name: str, path: str) -> None:
        """Connect to the page's own socket."""
        super().open(name, path)
        try:
            await self._dial(name, path)
        except (EmoutLabError, OSError, HTTPClientError, WebSocketError) as exc:
            self.log.info("The dashboard of session %r cannot be reached: %s", name, exc)
            self.close(CANNOT_SERVE, "the dashboard cannot be reached")

    async def _dial(self, name: str, path: str) -> None:
        target = await self._actions.dashboard(name)
        asked = self.request.headers.get("Sec-WebSocket-Protocol", "")
        request = HTTPRequest(
            f"wss://{target.host}:{target.port}/{quote(path)}?{_query(self)}",
            ssl_options=target.context,
        )
        protocols = [each.strip() for each in asked.split(",") if each.strip()]
        self._far = await websocket_connect(request, subprotocols=protocols or None)
        if self.ws_connection is None:
            # The browser has left meanwhile.
            self._far.close()
            return
        self._reader = asyncio.create_task(self._pass_back())

    async def on_message(self, message: str | bytes) -> None:
        """Pass a message of the browser on."""
        if self._far is None:
            return
        try:
            await self._far.write_message(message, binary=isinstance(message, bytes))
        except WebSocketClosedError:
            self.close(CANNOT_SERVE, "the dashboard is gone")

    def on_close(self) -> None:
        """Hang up on the other side."""
        super().on_close()
        if self._reader is not None:
            self._reader.cancel()
        if self._far is not None:
            self._far.close()

    async def _pass_back(self) -> None:
        while (message := await self._far.read_message()) is not None:
            try:
                await self.write_message(message, binary=isinstance(message, bytes))
            except WebSocketClosedError:
                return
        self.close()


def _inside(path: str, body: bytes) -> bytes:
    """Keep a page's styles below the dashboard: Dask takes it for the root of its server."""
    return body.replace(b"../../../statics/", b"../../statics/") if path.count("/") == 2 else body


def _query(handler: JupyterHandler) -> str:
    """Return the arguments of a request, without the credentials of this server."""
    parts = handler.request.query.split("&")
    return "&".join(part for part in parts if part.partition("=")[0] not in ("token", "_xsrf"))
