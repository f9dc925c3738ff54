"""What all REST verbs share: services, size limit, and one form for every error."""

from __future__ import annotations

import json
from collections.abc import Mapping
from http.client import responses
from types import TracebackType
from typing import Any, Final

from jupyter_server.auth.decorator import authorized
from jupyter_server.base.handlers import APIHandler, JupyterHandler
from tornado import web

from emout_lab import errors
from emout_lab.server.actions import Actions, CannotRedraw
from emout_lab.server.body import LimitedBody
from emout_lab.server.form import StartForm
from emout_lab.server.monitor import Monitor
from emout_lab.server.requests import MalformedJson, parse_json
from emout_lab.server.schemas import Json, error_json

RESOURCE: Final = "emout_lab"
API: Final = "/emout-lab/api"

RETRY_AFTER_S: Final = 2
"""When a busy engine may be asked again: its program may be a matter of moments."""

CREDENTIALS: Final = frozenset({"token", "_xsrf"})
"""Arguments of any address, which are the server's own business."""

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
            # A pattern, as Tornado keeps it: a percent sign stands there twice.
            message = error.log_message % error.args if error.log_message else reason
        elif not isinstance(error, errors.EmoutLabError):
            message = "Unexpected error; the server's log has the traceback."
        self.set_header("Content-Type", "application/json")
        self.finish(json.dumps(error_json(error, message)))

    def log_exception(
        self,
        typ: type[BaseException] | None,
        value: BaseException | None,
        tb: TracebackType | None,
    ) -> None:
        """Log expected failures in a line, the others with their traceback."""
        if isinstance(value, errors.EmoutLabError):
            self.log.info("%s %s: %s", self.request.method, self.request.path, value)
        else:
            super().log_exception(typ, value, tb)


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

    def reply(self, model: Json, status: int = 200) -> None:
        """Finish with a JSON body."""
        self.set_status(status)
        self.finish(json.dumps(model))

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
