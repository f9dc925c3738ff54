"""The REST verbs: each checks its input, asks the monitor or the sessions, returns JSON."""

from __future__ import annotations

import json
from collections.abc import Mapping
from http.client import responses
from types import TracebackType
from typing import Any, Final

from jupyter_server.auth.decorator import authorized
from jupyter_server.base.handlers import APIHandler
from tornado import web

from emout_lab import errors
from emout_lab.server.monitor import Monitor
from emout_lab.server.schemas import Json, MalformedJson, StartRequest, error_json, parse_json
from emout_lab.sessions import SessionSpec, aio

RESOURCE: Final = "emout_lab"
API: Final = "/emout-lab/api"

# The first class that fits decides, so that a subclass stands before its base.
STATUS_OF: Final[Mapping[type[errors.EmoutLabError], int]] = {
    MalformedJson: 400,
    errors.SpecError: 422,
    errors.NoSession: 404,
    errors.ObjectGone: 404,
    errors.SessionExists: 409,
    errors.UnsafeFile: 409,
    errors.SessionDead: 410,
    errors.StartFailed: 502,
    errors.EngineLost: 503,
    errors.SessionError: 503,
    errors.EngineError: 503,
}

# What the panel may show. Anything else is handed out as a download, never interpreted.
SHOWN_TYPES: Final = frozenset(
    {
        "image/png",
        "image/apng",
        "image/svg+xml",
        "image/gif",
        "image/jpeg",
        "image/webp",
        "image/avif",
        "video/mp4",
    }
)
IMAGE_MAX_AGE_S: Final = 3600


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


class EmoutLabHandler(APIHandler):
    """Base of all verbs: services, size limit, and errors as ``{"error": ...}``."""

    auth_resource = RESOURCE

    def initialize(self, monitor: Monitor, max_body: int) -> None:
        """Take the services that the extension built."""
        self.monitor = monitor
        self._max_body = max_body

    async def prepare(self) -> None:  # type: ignore[override]  # as APIHandler itself has it
        """Authenticate, then refuse a body that no request of ours can need."""
        await super().prepare()
        if len(self.request.body) > self._max_body:
            raise web.HTTPError(413, f"the body is larger than {self._max_body} bytes")

    def json_body(self) -> Any:
        """Return the decoded body, or raise MalformedJson."""
        return parse_json(self.request.body)

    def reply(self, model: Json, status: int = 200) -> None:
        """Finish with a JSON body."""
        self.set_status(status)
        self.finish(json.dumps(model))

    def reply_nothing(self) -> None:
        """Finish with 204."""
        self.set_status(204)
        self.finish()

    def write_error(self, status_code: int, **kwargs: Any) -> None:
        """Answer every failure in the one form; our own errors choose their status."""
        error: BaseException = kwargs.get("exc_info", (None, web.HTTPError(status_code), None))[1]
        code = status_of(error)
        self.set_status(code)
        reason = responses.get(code, "Unknown error")
        message = None
        if isinstance(error, web.HTTPError):
            message = error.log_message or reason
        elif not isinstance(error, errors.EmoutLabError):
            message = "Unexpected error; the server's log has the traceback."
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


class ProfilesHandler(EmoutLabHandler):
    """``/profiles``: what the start dialog offers."""

    @web.authenticated
    @authorized
    async def get(self) -> None:
        """Return backends, partitions and defaults."""
        self.reply(await aio.profiles())


class SessionsHandler(EmoutLabHandler):
    """``/sessions``: list and start."""

    @web.authenticated
    @authorized
    async def get(self) -> None:
        """Return all sessions."""
        self.reply({"sessions": await self.monitor.read_sessions()})

    @web.authenticated
    @authorized
    async def post(self) -> None:
        """Start a session; answers as soon as its scheduler is up."""
        request = StartRequest.from_json(self.json_body())
        spec = SessionSpec(**request.fields)
        try:
            status = await aio.start(spec, allow_multiple=request.allow_multiple)
        finally:
            await self.monitor.read_sessions()
        self.reply(status.to_json(), status=201)


class SessionHandler(EmoutLabHandler):
    """``/sessions/{name}``: status and stop."""

    @web.authenticated
    @authorized
    async def get(self, name: str) -> None:
        """Return one session."""
        self.reply((await aio.get(name)).to_json())

    @web.authenticated
    @authorized
    async def delete(self, name: str) -> None:
        """Stop it; answers when it is down."""
        await self.monitor.stop_session(name)
        self.reply_nothing()


class WorkersHandler(EmoutLabHandler):
    """``/sessions/{name}/workers``."""

    @web.authenticated
    @authorized
    async def get(self, name: str) -> None:
        """Return the engines of a session."""
        self.reply({"workers": await self.monitor.workers(name)})


class ObjectsHandler(EmoutLabHandler):
    """``/sessions/{name}/objects``."""

    @web.authenticated
    @authorized
    async def get(self, name: str) -> None:
        """Return the objects in a session's engines."""
        self.reply({"objects": await self.monitor.objects(name)})


class ObjectHandler(EmoutLabHandler):
    """``/sessions/{name}/objects/{id}``."""

    @web.authenticated
    @authorized
    async def delete(self, name: str, object_id: str) -> None:
        """Drop the object."""
        await self.monitor.drop_object(name, object_id)
        self.reply_nothing()


class FiguresHandler(EmoutLabHandler):
    """``/figures``."""

    @web.authenticated
    @authorized
    async def get(self) -> None:
        """Return the pictures that came back, newest first."""
        self.reply({"figures": await self.monitor.figures()})


class FigureHandler(EmoutLabHandler):
    """``/figures/{id}``."""

    @web.authenticated
    @authorized
    async def get(self, figure_id: str) -> None:
        """Return a figure's particulars."""
        self.reply((await self.monitor.figure(figure_id)).to_json())


class ImageHandler(EmoutLabHandler):
    """``/figures/{id}/image``."""

    @web.authenticated
    @authorized
    async def get(self, figure_id: str) -> None:
        """Return the image itself."""
        figure = await self.monitor.figure(figure_id)
        image = await self.monitor.image(figure)
        mimetype = figure.info.mimetype
        self.set_header("X-Content-Type-Options", "nosniff")
        # An id never names another picture.
        self.set_header("Cache-Control", f"private, max-age={IMAGE_MAX_AGE_S}, immutable")
        if figure.info.format == "svgz":
            self.set_header("Content-Encoding", "gzip")
        if mimetype not in SHOWN_TYPES:
            mimetype = "application/octet-stream"
            self.set_header("Content-Disposition", "attachment")
        self.finish(image, set_content_type=mimetype)


ROUTES: Final[tuple[tuple[str, type[EmoutLabHandler]], ...]] = (
    (f"{API}/profiles", ProfilesHandler),
    (f"{API}/sessions", SessionsHandler),
    (rf"{API}/sessions/([^/]+)", SessionHandler),
    (rf"{API}/sessions/([^/]+)/workers", WorkersHandler),
    (rf"{API}/sessions/([^/]+)/objects", ObjectsHandler),
    (rf"{API}/sessions/([^/]+)/objects/([^/]+)", ObjectHandler),
    (f"{API}/figures", FiguresHandler),
    (rf"{API}/figures/([^/]+)", FigureHandler),
    (rf"{API}/figures/([^/]+)/image", ImageHandler),
)
