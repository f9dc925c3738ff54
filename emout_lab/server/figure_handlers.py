"""The REST verbs of the Outputs section: pictures that came back."""

from __future__ import annotations

import asyncio
from typing import Final

from jupyter_server.auth.decorator import authorized
from tornado import web

from emout_lab.engine.figures.formats import FORMATS, SHOWN_MIMETYPES, UNKNOWN_MIMETYPE
from emout_lab.errors import EngineBusy
from emout_lab.server import thumbnails
from emout_lab.server.actions import CannotRedraw
from emout_lab.server.base import EmoutLabHandler
from emout_lab.server.contract.models import Figure
from emout_lab.server.contract.requests import RenderRequest

IMAGE_MAX_AGE_S: Final = 3600
# Text that the panel's own pages load must not run: an SVG can hold scripts.
CONTENT_POLICY: Final = "default-src 'none'; style-src 'unsafe-inline'; sandbox"

SVG: Final = FORMATS["svg"].mimetype
SMALL_SVG_BYTES: Final = 100_000
"""An SVG of this size is its own thumbnail."""
THUMBNAIL: Final = RenderRequest(fmt="png", dpi=50.0)
"""How an engine draws one, of what cannot be made smaller here."""


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


class PictureHandler(EmoutLabHandler):
    """Base of the verbs that answer with a picture."""

    def send(self, image: bytes, mimetype: str, freshness: str, *, format: str = "") -> None:
        """Answer with an image; what no browser shows is handed out, never interpreted."""
        self.set_header("X-Content-Type-Options", "nosniff")
        self.set_header("Content-Security-Policy", CONTENT_POLICY)
        self.set_header("Cache-Control", f"private, max-age={IMAGE_MAX_AGE_S}, {freshness}")
        if format == "svgz":
            self.set_header("Content-Encoding", "gzip")
        if mimetype not in SHOWN_MIMETYPES:
            mimetype = UNKNOWN_MIMETYPE
            self.set_header("Content-Disposition", "attachment")
        self.finish(image, set_content_type=mimetype)


class ImageHandler(PictureHandler):
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
            self.send(image, figure.mimetype, "immutable", format=figure.format)
        else:
            drawn = await self.actions.draw_again(figure, request)
            self.send(drawn.data, drawn.mimetype, "no-cache", format=drawn.format)


class ThumbnailHandler(PictureHandler):
    """``/figures/{id}/thumbnail``."""

    @web.authenticated
    @authorized
    async def get(self, figure_id: str) -> None:
        """Return a small still picture; of an SVG the file itself, where that is small."""
        figure = await self.monitor.figure(figure_id)
        image, mimetype = await self._made(figure)
        self.send(image, mimetype, "immutable")

    async def _made(self, figure: Figure) -> tuple[bytes, str]:
        mimetype = figure.mimetype
        image = await self.monitor.image(figure)
        if mimetype == SVG and len(image) <= SMALL_SVG_BYTES:
            return image, mimetype
        small = await asyncio.to_thread(thumbnails.shrunk, image)
        if small is None:
            try:
                drawn = (await self.actions.draw_again(figure, THUMBNAIL)).data
            except (CannotRedraw, EngineBusy):
                if not mimetype.startswith("image/") or mimetype not in SHOWN_MIMETYPES:
                    raise
                return image, mimetype  # large, but there
            small = await asyncio.to_thread(thumbnails.shrunk, drawn) or drawn
        return small, "image/png"
