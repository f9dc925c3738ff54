"""What all REST verbs share: services, size limit, and one form for every error."""

from __future__ import annotations

import json
from collections.abc import Mapping
from http.client import responses
from types import TracebackType
from typing import Any, Final

import msgspec
from jupyter_server.auth.decorator import authorized
from jupyter_server.base.handlers import APIHandler, JupyterHandler
from msgspec import Struct
from tornado import web

from emout_lab import errors
from emout_lab.server.actions import Actions, CannotRedraw
from emout_lab.server.contract.models import Error, Json
from emout_lab.server.contract.requests import MalformedJson, parse_json
from emout_lab.server.monitor import Monitor
from emout_lab.server.start_form import StartForm

RESOURCE: Final = "emout_lab"
API: Final = "/emout-lab/api"

RETRY_AFTER_S: Final = 2
"""When a busy engine may be asked again: its program may be a matter of moments."""

CREDENTIALS: Final = frozenset({"token", "_xsrf"})
"""Arguments of any address, which are the server's own business."""

BODY_TIMEOUT_S: Final = 30.0
"""How long a body may take to arrive: a slow sender must not hold a connection."""

DRAINED_BYTES: Final = 10_000_000
"""So much of a refused body is read and thrown away, for a sender that listens only afterwards."""

NO_NAMES: Final = frozenset({".", ".."})
"""In an address they stand for other places, though they may be written as escapes."""

# The first class that fits decides, so that a subclass stands before its base.
STATUS_OF: Final[Mapping[type[errors.EmoutLabError], int]] = {
    MalformedJson: 400,
    CannotRedraw: 410,
    errors.SpecError: 422,
    errors.NoSession: 404,
    errors.ObjectGone: 404,
    errors.SessionExists: 409,
    errors.UnsafeFile: 409,
    errors.NoEngine: 404,
    errors.SessionDead: 410,
    errors.StartFailed: 422,
    errors.EngineBusy: 409,
    errors.EngineLost: 503,
    errors.SessionError: 503,
    errors.EngineError: 503,
    errors.StateError: 409,
}


def status_of(error: BaseException) -> int:
    """Return the HTTP status for an error.

    Examples
    --------
    >>> status_of(errors.NoSession("no session 'run3'"))
    404
    """
    if isinstance(error, web.HTTPError):
        return int(error.status_code)
    return next((code for kind, code in STATUS_OF.items() if isinstance(error, kind)), 500)


class ErrorsAsJson(JupyterHandler):
    """Mixin: every failure is answered as ``{"error": ...}`` and logged as it deserves."""

    def write_error(self, status_code: int, **kwargs: Any) -> None:
        """Answer every failure in the one form; our own errors choose their status."""
        error: BaseException = kwargs.get("exc_info", (None, web.HTTPError(status_code), None))[1]
        code = status_of(error)
        self.set_status(code)
        reason = responses.get(code, "Unknown error")
        if isinstance(error, errors.EngineBusy):
            self.set_header("Retry-After", RETRY_AFTER_S)
        message = None
        if isinstance(error, web.HTTPError):
            message = _words(error) or reason
        elif not isinstance(error, errors.EmoutLabError):
            message = "Unexpected error; the server's log has the traceback."
        self.set_header("Content-Type", "application/json")
        self.finish(_json(Error.of(error, message)))

    def log_exception(
        self,
        typ: type[BaseException] | None,
        value: BaseException | None,
        tb: TracebackType | None,
    ) -> None:
        """Log expected failures in a line, the others with their traceback.

        Tornado's own lines have the whole address, and so the token of who gives one there.
        """
        place = f"{self.request.method} {self.request.path}"
        if isinstance(value, errors.EmoutLabError):
            self.log.info("%s: %s", place, value)
        elif isinstance(value, web.HTTPError):
            if words := _words(value):
                self.log.warning("%d %s: %s", value.status_code, place, words)
        elif typ is not None and value is not None:
            self.log.error("Uncaught exception %s", place, exc_info=(typ, value, tb))


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


class EmoutLabHandler(ErrorsAsJson, LimitedBody, APIHandler):
    """Base of all verbs: services, size limit, and errors as ``{"error": ...}``."""

    auth_resource = RESOURCE

    def initialize(
        self, monitor: Monitor, actions: Actions, form: StartForm, max_body: int
    ) -> None:
        """Take the services that the extension built."""
        self.monitor = monitor
        self.actions = actions
        self.form = form
        self._max_body = max_body

    async def prepare(self, *args: Any, **kwargs: Any) -> None:
        """Refuse what cannot be the name or the id of anything."""
        await super().prepare(*args, **kwargs)
        if not NO_NAMES.isdisjoint(self.path_args):
            raise web.HTTPError(404, "'.' and '..' name nothing here")

    def arguments(self) -> dict[str, str]:
        """Return the arguments behind the question mark; of one that is repeated, the last.

        Numbers alone are left out: JupyterLab adds them to keep a browser from its cache.

        Raises
        ------
        SpecError
            When one is no text.
        """
        try:
            return {
                name: values[-1].decode()
                for name, values in self.request.query_arguments.items()
                if name not in CREDENTIALS and not name.isdigit()
            }
        except UnicodeDecodeError as exc:
            raise errors.SpecError(f"the address holds what is no text: {exc}") from exc

    def json_body(self) -> Any:
        """Return the decoded body, or raise MalformedJson."""
        return parse_json(bytes(self._received))

    def reply(self, model: Json | Struct, status: int = 200) -> None:
        """Finish with a JSON body."""
        self.set_status(status)
        self.finish(_json(model))

    def reply_nothing(self) -> None:
        """Finish with 204."""
        self.set_status(204)
        self.finish()


class UnknownPathHandler(EmoutLabHandler):
    """Whatever lies below the API and is no route: said in the API's own form."""

    @web.authenticated
    @authorized
    async def get(self) -> None:
        """Say that there is no such route."""
        raise web.HTTPError(404, f"{self.request.path} is no route; see {API}/spec")

    post = put = patch = delete = get


def _words(error: web.HTTPError) -> str:
    # A pattern, as Tornado keeps it: a percent sign stands there twice.
    return str(error.log_message % error.args) if error.log_message else ""


def _json(model: Json | Struct) -> str:
    # Python's own encoder: texts of engines may hold halves of characters, which msgspec refuses.
    return json.dumps(msgspec.to_builtins(model))
