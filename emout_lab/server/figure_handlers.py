"""The REST verbs of the Outputs section: pictures that came back."""

from __future__ import annotations

from typing import Final

from jupyter_server.auth.decorator import authorized
from tornado import web

from emout_lab.engine.figures.formats import SHOWN_MIMETYPES, UNKNOWN_MIMETYPE
from emout_lab.server.base import EmoutLabHandler
from emout_lab.server.contract.requests import RenderRequest

IMAGE_MAX_AGE_S: Final = 3600
# Text that the panel's own pages load must not run: an SVG can hold scripts.
CONTENT_POLICY: Final = "default-src 'none'; style-src 'unsafe-inline'; sandbox"


class FiguresHandler(EmoutLabHandler):
    """``/figures``."""

    @web.authenticated
    @authorized
    async def get(self) -> None:
        """Return the pictures that came back, newest first."""
        self.reply({"figures": await self.monitor.figures()})

    @web.authenticated
    @authorized
    async def delete(self) -> None:
        """Clear the list: what is there now is not shown again."""
        await self.monitor.clear_figures()
        self.reply_nothing()


class FigureHandler(EmoutLabHandler):
    """``/figures/{id}``."""

    @web.authenticated
    @authorized
    async def get(self, figure_id: str) -> None:
        """Return a figure's metadata."""
        self.reply((await self.monitor.figure(figure_id)).to_json())

    @web.authenticated
    @authorized
    async def delete(self, figure_id: str) -> None:
        """Take a figure off the list."""
        await self.monitor.remove_figure(figure_id)
        self.reply_nothing()


class ImageHandler(EmoutLabHandler):
    """``/figures/{id}/image``."""

    @web.authenticated
    @authorized
    async def get(self, figure_id: str) -> None:
        """Return the image itself, or rendered again in another format or resolution."""
        arguments = self.arguments()
        request = RenderRequest.from_arguments(arguments)
        figure = await self.monitor.figure(figure_id)
        if not arguments:
            image = await self.monitor.image(figure)
            # An id never names another picture.
            self._send(image, figure.format, figure.mimetype, "immutable")
        else:
            drawn = await self.actions.draw_again(figure, request)
            self._send(drawn.data, drawn.format, drawn.mimetype, "no-cache")

    def _send(self, image: bytes, format: str, mimetype: str, freshness: str) -> None:
        self.set_header("X-Content-Type-Options", "nosniff")
        self.set_header("Content-Security-Policy", CONTENT_POLICY)
        self.set_header("Cache-Control", f"private, max-age={IMAGE_MAX_AGE_S}, {freshness}")
        if format == "svgz":
            self.set_header("Content-Encoding", "gzip")
        # What browsers do not show is handed out as a download, never interpreted.
        if mimetype not in SHOWN_MIMETYPES:
            mimetype = UNKNOWN_MIMETYPE
            self.set_header("Content-Disposition", "attachment")
        self.finish(image, set_content_type=mimetype)
