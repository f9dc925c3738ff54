"""The server extension: its settings, the services built from them, and the routes."""

from __future__ import annotations

import re
from typing import Any

from jupyter_server.extension.application import ExtensionApp
from traitlets import Float, Int

from emout_lab.server.actions import Actions
from emout_lab.server.base import API, UnknownPathHandler
from emout_lab.server.dashboard import DashboardSocket
from emout_lab.server.handlers import ROUTES
from emout_lab.server.image_cache import MOST_IMAGES
from emout_lab.server.live_service import LiveService
from emout_lab.server.live_socket import LiveSocket
from emout_lab.server.monitor import Monitor, MonitorOptions
from emout_lab.server.start_form import StartForm
from emout_lab.server.websocket import EventsHandler


class EmoutLabApp(ExtensionApp):
    """Sessions, engines and figures for the panel, under ``/emout-lab/api``."""

    name = "emout_lab"
    description = "Sessions, engines and figures for the emout_lab panel."

    poll_interval = Float(
        2.0,
        min=0.1,
        help="Seconds between two looks at engines, for panels that have no wish of their own.",
    ).tag(config=True)
    idle_timeout = Float(
        30.0, min=0.0, help="Seconds after which an unused connection to a session is closed."
    ).tag(config=True)
    engine_timeout = Float(
        5.0, min=0.1, help="Seconds that a session may take to answer before it is reported stuck."
    ).tag(config=True)
    render_timeout = Float(
        120.0, min=1.0, help="Seconds that rendering a figure again may take."
    ).tag(config=True)
    gallery_bytes = Int(
        64_000_000,
        min=0,
        help="Bytes of images kept by the server, so that they outlive the engine that drew them.",
    ).tag(config=True)
    gallery_images = Int(
        MOST_IMAGES, min=0, help="How many images are kept by the server, however small they are."
    ).tag(config=True)
    queue_limit = Int(
        256,
        min=1,
        help="Messages that may wait for one panel; a slower one gets the whole state instead.",
    ).tag(config=True)
    max_body = Int(1_000_000, min=1, help="Bytes that the body of a request may have.").tag(
        config=True
    )

    live_figures = Int(64, min=0, help="Live figures that may be open in browsers at once.").tag(
        config=True
    )

    monitor: Monitor | None = None
    form: StartForm | None = None
    live: LiveService | None = None

    def initialize_handlers(self) -> None:
        """Build the monitor and hand it to every route."""
        self.monitor = Monitor(
            MonitorOptions(
                poll_interval=self.poll_interval,
                idle_timeout=self.idle_timeout,
                engine_timeout=self.engine_timeout,
                gallery_bytes=self.gallery_bytes,
                queue_limit=self.queue_limit,
                gallery_images=self.gallery_images,
            ),
            self.log,
        )
        self.form = StartForm()
        self.live = LiveService(self.monitor, self.live_figures)
        limits: dict[str, Any] = {"monitor": self.monitor, "max_body": self.max_body}
        actions = Actions(self.monitor, self.render_timeout)
        services = {**limits, "actions": actions, "form": self.form}
        sockets = {"actions": actions, "max_body": self.max_body}
        self.handlers.append(
            (rf"{API}/sessions/([^/]+)/dashboard/(.*/ws)", DashboardSocket, sockets)
        )
        for path, handler in ROUTES:
            pattern = re.sub(r"{\w+}", "([^/]+)", path.replace("/{path}", "(?:/(.*))?"))
            self.handlers.append((f"{API}{pattern}", handler, services))
        self.handlers.append((f"{API}/events", EventsHandler, limits))
        self.handlers.append((f"{API}/live/([^/]+)/([^/]+)", LiveSocket, {"live": self.live}))
        self.handlers.append((f"{API}(?:/.*)?", UnknownPathHandler, services))

    async def stop_extension(self) -> None:
        """Close the clients of all sessions; the sessions themselves live on."""
        if self.form is not None:
            await self.form.stop()
        if self.live is not None:
            await self.live.stop()
        if self.monitor is not None:
            await self.monitor.stop()
