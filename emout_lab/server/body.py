"""The bodies of requests: judged before they are read, and never kept beyond the limit."""

from __future__ import annotations

from typing import Any, Final

from jupyter_server.base.handlers import JupyterHandler
from tornado import web

BODY_TIMEOUT_S: Final = 30.0
"""How long a body may take to arrive: a slow sender must not hold a connection."""

DRAINED_BYTES: Final = 10_000_000
"""So much of a refused body is read and thrown away, for a sender that listens only afterwards."""


@web.stream_request_body
class LimitedBody(JupyterHandler):
    """Mixin: nothing of a body is read before it is known who sends it, and how long it is.

    Without it tornado keeps the whole body (512 MB in Jupyter Server) before anybody is asked for
    a token.
    """

    _max_body = 0

    async def prepare(self, *args: Any, **kwargs: Any) -> None:
        """Refuse what is too long, then what comes from nobody known, then read the body."""
        self._received = bytearray()
        connection: Any = self.request.connection
        connection.set_body_timeout(BODY_TIMEOUT_S)
        connection.set_max_body_size(DRAINED_BYTES)
        length = self.request.headers.get("Content-Length", "0")
        if length.isdecimal() and int(length) > self._max_body:
            raise web.HTTPError(413, f"the body is larger than {self._max_body} bytes")
        await super().prepare(*args, **kwargs)
        is_chunked = "Transfer-Encoding" in self.request.headers
        if (is_chunked or length != "0") and not self.current_user:
            raise web.HTTPError(403)
        # A body without a length is cut off there.
        connection.set_max_body_size(self._max_body)

    def data_received(self, chunk: bytes) -> None:
        """Keep a part of the body; one that was compressed may be larger than it looked."""
        if len(self._received) + len(chunk) > self._max_body:
            raise web.HTTPError(413, f"the body is larger than {self._max_body} bytes")
        self._received += chunk
