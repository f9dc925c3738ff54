"""The REST verbs of the Sweeps section."""

from __future__ import annotations

from jupyter_server.auth.decorator import authorized
from tornado import web

from emout_lab.server.base import EmoutLabHandler
from emout_lab.server.contract.requests import TableRequest


class SweepsHandler(EmoutLabHandler):
    """``/sweeps``."""

    @web.authenticated
    @authorized
    async def get(self) -> None:
        """Return all sweeps of the user, the newest first."""
        self.reply({"sweeps": await self.monitor.sweep_service.listed()})


class SweepHandler(EmoutLabHandler):
    """``/sweeps/{id}``."""

    @web.authenticated
    @authorized
    async def get(self, sweep: str) -> None:
        """Return one sweep."""
        self.reply(await self.monitor.sweep_service.get(sweep))

    @web.authenticated
    @authorized
    async def delete(self, sweep: str) -> None:
        """Cancel the sweep, and delete it with its results."""
        await self.monitor.sweep_service.remove(sweep)
        self.reply_nothing()


class SweepTableHandler(EmoutLabHandler):
    """``/sweeps/{id}/table``."""

    @web.authenticated
    @authorized
    async def get(self, sweep: str) -> None:
        """Return a piece of the table of its results: what has come since an earlier one."""
        request = TableRequest.from_arguments(self.arguments())
        self.reply(await self.monitor.sweep_service.table(sweep, request))


class CancelSweepHandler(EmoutLabHandler):
    """``/sweeps/{id}/cancel``."""

    @web.authenticated
    @authorized
    async def post(self, sweep: str) -> None:
        """Compute no more of its points; one that is over stays as it is."""
        await self.monitor.sweep_service.cancel(sweep)
        self.reply_nothing()


class RetrySweepHandler(EmoutLabHandler):
    """``/sweeps/{id}/retry``."""

    @web.authenticated
    @authorized
    async def post(self, sweep: str) -> None:
        """Compute the points that failed again."""
        await self.monitor.sweep_service.retry(sweep)
        self.reply_nothing()
