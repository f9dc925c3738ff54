"""The REST verbs of sessions, engines and objects: each checks its input, asks, returns JSON."""

from __future__ import annotations

import asyncio
from typing import Final

from jupyter_server.auth.decorator import authorized
from msgspec import UNSET
from tornado import web

from emout_lab.server import logs
from emout_lab.server.base import API, EmoutLabHandler
from emout_lab.server.contract.openapi import OpenApi
from emout_lab.server.contract.requests import (
    InterruptRequest,
    LogRequest,
    ScaleRequest,
    ScopeKey,
    StartRequest,
)
from emout_lab.server.dashboard import DashboardHandler
from emout_lab.server.figure_handlers import (
    FigureHandler,
    FiguresHandler,
    ImageHandler,
    ThumbnailHandler,
)
from emout_lab.server.sweep_handlers import (
    CancelSweepHandler,
    RetrySweepHandler,
    SweepHandler,
    SweepsHandler,
    SweepTableHandler,
)
from emout_lab.sessions import SessionSpec, aio

PREVIEW_MAX_AGE_S: Final = 60


class ProfilesHandler(EmoutLabHandler):
    """``/profiles``: what the start dialog offers."""

    @web.authenticated
    @authorized
    async def get(self) -> None:
        """Return backends, profiles, partitions, defaults and the fields of the form."""
        self.reply(await self.form.describe())


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
        spec = SessionSpec.from_json(request.values)
        try:
            status = await aio.start(spec, allow_multiple=request.allow_multiple)
        finally:
            await self.monitor.read_sessions()
        self.reply(status.to_json(), status=201)


class SessionHandler(EmoutLabHandler):
    """``/sessions/{name}``: status, scale and stop."""

    @web.authenticated
    @authorized
    async def get(self, name: str) -> None:
        """Return one session."""
        self.reply(await self.monitor.read_session(name))

    @web.authenticated
    @authorized
    async def patch(self, name: str) -> None:
        """Bring it to another number of jobs; answers when they are accepted."""
        request = ScaleRequest.from_json(self.json_body())
        status = await aio.scale(request.jobs, name)
        await self.monitor.read_sessions()
        self.reply(status.to_json())

    @web.authenticated
    @authorized
    async def delete(self, name: str) -> None:
        """Stop it; answers when it is down."""
        await self.monitor.stop_session(name)
        self.reply_nothing()


class LogsHandler(EmoutLabHandler):
    """``/sessions/{name}/logs``."""

    @web.authenticated
    @authorized
    async def get(self, name: str) -> None:
        """Return what the session's host, or one of its jobs, has written since an offset."""
        request = LogRequest.from_arguments(self.arguments())
        offset = None if request.offset is UNSET else request.offset
        self.reply(await asyncio.to_thread(logs.read, name, request.job or None, offset))


class WorkersHandler(EmoutLabHandler):
    """``/sessions/{name}/workers``."""

    @web.authenticated
    @authorized
    async def get(self, name: str) -> None:
        """Return the engines of a session."""
        self.reply({"workers": await self.actions.workers(name)})


class InterruptHandler(EmoutLabHandler):
    """``/sessions/{name}/workers/{id}/interrupt``."""

    @web.authenticated
    @authorized
    async def post(self, name: str, worker: str) -> None:
        """Stop a program of an engine: the one that is named, or else the one that runs."""
        request = InterruptRequest.from_arguments(self.arguments())
        await self.actions.interrupt(name, worker, request.program or None)
        self.reply_nothing()


class RestartHandler(EmoutLabHandler):
    """``/sessions/{name}/workers/{id}/restart``."""

    @web.authenticated
    @authorized
    async def post(self, name: str, worker: str) -> None:
        """Restart an engine, whatever it does; answers when the new one is there."""
        await self.actions.restart(name, worker)
        self.reply_nothing()


class ObjectsHandler(EmoutLabHandler):
    """``/sessions/{name}/objects``."""

    @web.authenticated
    @authorized
    async def get(self, name: str) -> None:
        """Return the objects in a session's engines."""
        self.reply({"objects": await self.actions.objects(name)})


class ObjectHandler(EmoutLabHandler):
    """``/sessions/{name}/objects/{id}``."""

    @web.authenticated
    @authorized
    async def delete(self, name: str, object_id: str) -> None:
        """Drop the object."""
        await self.actions.drop_object(name, object_id)
        self.reply_nothing()


class PreviewHandler(EmoutLabHandler):
    """``/sessions/{name}/objects/{id}/preview``."""

    @web.authenticated
    @authorized
    async def get(self, name: str, object_id: str) -> None:
        """Return a thumbnail of an array with one or two dimensions."""
        image = await self.actions.preview(name, object_id)
        self.set_header("X-Content-Type-Options", "nosniff")
        self.set_header("Cache-Control", f"private, max-age={PREVIEW_MAX_AGE_S}")
        self.finish(image, set_content_type="image/png")


class ScopeHandler(EmoutLabHandler):
    """``/sessions/{name}/scopes/{id}``."""

    @web.authenticated
    @authorized
    async def delete(self, name: str, scope: str) -> None:
        """Drop every object of a notebook's scope."""
        await self.actions.drop_scope(name, ScopeKey.from_text(scope))
        self.reply_nothing()


class SpecHandler(EmoutLabHandler):
    """``/spec``."""

    @web.authenticated
    @authorized
    async def get(self) -> None:
        """Return this interface as an OpenAPI document."""
        self.reply(OpenApi(ROUTES).document(f"{self.base_url.rstrip('/')}{API}"))


# What stands in braces is one segment of the path; {path} may be several, or none.
ROUTES: Final[tuple[tuple[str, type[EmoutLabHandler]], ...]] = (
    ("/spec", SpecHandler),
    ("/profiles", ProfilesHandler),
    ("/sessions", SessionsHandler),
    ("/sessions/{name}", SessionHandler),
    ("/sessions/{name}/logs", LogsHandler),
    ("/sessions/{name}/workers", WorkersHandler),
    ("/sessions/{name}/workers/{worker}/interrupt", InterruptHandler),
    ("/sessions/{name}/workers/{worker}/restart", RestartHandler),
    ("/sessions/{name}/objects", ObjectsHandler),
    ("/sessions/{name}/objects/{object}", ObjectHandler),
    ("/sessions/{name}/objects/{object}/preview", PreviewHandler),
    ("/sessions/{name}/scopes/{scope}", ScopeHandler),
    ("/sessions/{name}/dashboard/{path}", DashboardHandler),
    ("/figures", FiguresHandler),
    ("/figures/{figure}", FigureHandler),
    ("/figures/{figure}/image", ImageHandler),
    ("/figures/{figure}/thumbnail", ThumbnailHandler),
    ("/sweeps", SweepsHandler),
    ("/sweeps/{sweep}", SweepHandler),
    ("/sweeps/{sweep}/table", SweepTableHandler),
    ("/sweeps/{sweep}/cancel", CancelSweepHandler),
    ("/sweeps/{sweep}/retry", RetrySweepHandler),
)
