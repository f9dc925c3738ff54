"""What a user does with engines: look, drop, interrupt, draw again."""

from __future__ import annotations

import ssl
from collections import defaultdict
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from emout_lab.engine.protocol import FigureOptions
from emout_lab.errors import EngineLost, NoEngine, NoSession, ObjectGone, SessionDead
from emout_lab.server.client_pool import engine_client
from emout_lab.server.contract.messages import OBJECTS
from emout_lab.server.contract.models import Figure, Json, object_json, worker_json
from emout_lab.server.contract.requests import RenderRequest, ScopeKey
from emout_lab.server.monitor import Monitor
from emout_lab.sessions import aio

if TYPE_CHECKING:
    from emout_lab.engine.protocol import Figure as RenderedFigure
    from emout_lab.sessions import SessionStatus


PREVIEW_TIMEOUT_S: Final = 30.0
"""As much as an engine reads for a preview may lie on a slow disk."""
DASHBOARD_TIMEOUT_S: Final = 30.0


class CannotRedraw(ObjectGone):
    """The picture is there, the figure behind it is not."""


@dataclass(frozen=True)
class Dashboard:
    """Where a dashboard listens, and the certificate that it shows itself to."""

    host: str
    port: int
    context: ssl.SSLContext


class Actions:
    """What the REST verbs do with the engines of a session.

    Parameters
    ----------
    monitor : Monitor
        Knows sessions, and how to reach their engines.
    render_timeout : float [s]
        How long rendering a figure again may take.
    """

    def __init__(self, monitor: Monitor, render_timeout: float) -> None:
        self._monitor = monitor
        self._render_timeout = render_timeout

    async def workers(self, name: str) -> list[Json]:
        """Return the workers of one session as they are now."""
        status = await aio.get(name)
        answer = await self._monitor.read_engines(status)
        return [
            worker_json(status.name, engine, answer.since.get(address))
            for address, engine in answer.engines.items()
        ]

    async def objects(self, name: str) -> list[Json]:
        """Return the objects of one session as they are now."""
        status = await aio.get(name)
        answer = await self._monitor.read_engines(status)
        return [
            object_json(status.name, engine, item)
            for engine in answer.engines.values()
            for item in engine.objects
        ]

    async def drop_object(self, name: str, object_id: str) -> None:
        """Drop one object on the engine that has it; panels see it gone at once.

        Raises
        ------
        ObjectGone
            When no engine of the session has it.
        """
        status = await aio.get(name)
        found = [each for each in await self.objects(name) if each["id"] == object_id]
        if not found:
            raise _no_object(name, object_id)
        await self._drop(status, found)

    async def drop_scope(self, name: str, key: ScopeKey) -> None:
        """Drop every object of a notebook's scope, or all its names, on all engines.

        Raises
        ------
        ObjectGone
            When there is none.
        """
        status = await aio.get(name)
        found = [
            each
            for each in await self.objects(name)
            if ScopeKey(each["notebook"], each["scope"], each["is_name"]) == key
        ]
        if not found:
            where = "its namespace" if key.is_namespace else f"scope {key.scope!r}"
            raise ObjectGone(
                f"Session {name!r} has no object of notebook {key.notebook!r} in {where}: the "
                "scope was closed, or its objects were dropped."
            )
        await self._drop(status, found)

    async def interrupt(self, name: str, worker: str, program: str | None = None) -> None:
        """Stop a program of an engine.

        Parameters
        ----------
        name : str
            Name of the session.
        worker : str
            Name of the worker, or its address.
        program : str, optional
            Id of the program, as ``current`` tells it; one that is over already is none that
            runs. Without it, whatever runs is stopped.

        Raises
        ------
        NoEngine
            When the session has no such worker.
        """
        status = await aio.get(name)
        addresses = await self._monitor.ask(status, engine_client().addresses)
        address = addresses.get(worker, worker)
        if address not in addresses.values():
            known = ", ".join(addresses) or "none yet"
            raise NoEngine(f"Session {name!r} has no worker {worker!r}. Its workers: {known}.")
        await self._monitor.ask(
            status,
            lambda client: engine_client().invoke(client, address, "interrupt", program),
        )

    async def restart(self, name: str, worker: str) -> None:
        """Restart an engine; panels see the new one at once.

        The way that others use to ask it is not taken: it may be blocked by what hangs.

        Parameters
        ----------
        name : str
            Name of the session.
        worker : str
            Name of the worker, or its address.

        Raises
        ------
        NoEngine
            When the session has no such worker.
        SessionDead, SessionError
            When the session does not answer.
        EngineError
            When it cannot be restarted, with the reason.
        """
        try:
            await aio.restart_engine(name, worker, origin="the panel")
        finally:
            await self._monitor.look_again()

    async def preview(self, name: str, object_id: str) -> bytes:
        """Return a thumbnail of an array with one or two dimensions.

        Raises
        ------
        ObjectGone
            When there is no such object, or nothing of it to draw.
        """
        status = await aio.get(name)
        known = self._monitor.store.models(OBJECTS, name)
        if not any(each["id"] == object_id for each in known):
            known = await self.objects(name)
        address = next((each["address"] for each in known if each["id"] == object_id), None)
        if address is None:
            raise _no_object(name, object_id)
        image: bytes | None = await self._monitor.ask(
            status,
            lambda client: engine_client().invoke(client, address, "preview", object_id),
            timeout=PREVIEW_TIMEOUT_S,
        )
        if image is None:
            raise ObjectGone(
                f"Object {object_id!r} has no preview: only arrays of one or two dimensions have "
                "one, whose values are numbers and need not be computed first."
            )
        return image

    async def draw_again(self, figure: Figure, request: RenderRequest) -> RenderedFigure:
        """Render a figure again in another format or resolution.

        Raises
        ------
        CannotRedraw
            When its engine is gone, or keeps the figure no more.
        """
        options = FigureOptions(request.fmt or figure.format, request.dpi)
        try:
            drawn: RenderedFigure = await self._monitor.ask(
                await aio.get(figure.session),
                lambda client: engine_client().invoke(
                    client, figure.address, "draw_again", figure.id, options
                ),
                timeout=self._render_timeout,
            )
        except (NoSession, SessionDead, EngineLost) as exc:
            raise CannotRedraw(
                f"Figure {figure.id} cannot be drawn again, its engine does not answer: {exc}"
            ) from exc
        except ObjectGone as exc:
            raise CannotRedraw(str(exc)) from exc
        return drawn

    async def dashboard(self, name: str) -> Dashboard:
        """Open Dask's own dashboard of a session, and tell where it listens.

        Raises
        ------
        EngineError
            When it cannot be drawn where the session runs.
        """
        opened: Dashboard = await self._monitor.ask(
            await aio.get(name), _open_dashboard, timeout=DASHBOARD_TIMEOUT_S
        )
        return opened

    async def _drop(self, status: SessionStatus, objects: list[Json]) -> None:
        names: defaultdict[str, list[str]] = defaultdict(list)
        for each in objects:
            names[each["address"]].append(each["id"])
        for address, ids in names.items():
            await self._monitor.ask(status, partial(_drop, address, ids))
        await self._monitor.read_engines(status)


async def _open_dashboard(client: Any) -> Dashboard:
    return Dashboard(*await engine_client().open_dashboard(client))


async def _drop(address: str, ids: list[str], client: Any) -> None:
    await engine_client().invoke(client, address, "drop", ids)


def _no_object(name: str, object_id: str) -> ObjectGone:
    return ObjectGone(
        f"No engine of session {name!r} has an object {object_id!r}: it was dropped, or its "
        "scope was closed."
    )
