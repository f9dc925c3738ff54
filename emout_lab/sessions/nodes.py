"""Scheduler and worker of a session: Dask's own, without the open door.

Dask's servers also listen for plain HTTP (status pages, metrics), to anybody who reaches the
machine, even with the dashboard off, and its workers listen on all networks of their machine. In a
session nothing listens without TLS, and only on the network that leads to the scheduler.
"""

from __future__ import annotations

from typing import Any, Protocol

from distributed import Scheduler, Worker
from distributed.comm import get_address_host
from distributed.utils import get_ip

from emout_lab.sessions.admission import limit_connections, limit_server
from emout_lab.sessions.logflood import filter_repeats


class _Listening(Protocol):
    """What `_Limited` needs of the class that it is mixed into."""

    loop: Any
    listeners: list[Any]


class _Limited:
    """A server's mix-in: its listeners keep few connections without a certificate."""

    async def listen(self: _Listening, *args: Any, **kwargs: Any) -> None:
        """Listen as Dask's servers do, and limit who may stay."""
        before = len(self.listeners)
        await super().listen(*args, **kwargs)  # type: ignore[misc]
        for listener in self.listeners[before:]:
            limit_connections(listener, self.loop)


class SessionScheduler(_Limited, Scheduler):  # type: ignore[misc]  # distributed has no types
    """Scheduler that listens for TLS connections only."""

    def start_http_server(self, *args: Any, **kwargs: Any) -> None:
        """Listen for nothing (overrides the HTTP server of `distributed`)."""

    def limit_http_server(self) -> None:
        """Limit who may stay connected to an HTTP server that was opened later."""
        limit_server(self.http_server, self.loop, "dashboard")


class SessionWorker(_Limited, Worker):  # type: ignore[misc]  # distributed has no types
    """Worker that listens for TLS connections only, and whose name is a text.

    Parameters
    ----------
    scheduler_ip : str, optional
        Address of the scheduler.
    *args, **options
        Those of `distributed.Worker`.
    """

    def __init__(
        self, scheduler_ip: str | None = None, *args: Any, name: Any = None, **options: Any
    ) -> None:
        if scheduler_ip and not options.get("host") and not options.get("interface"):
            options["host"] = get_ip(get_address_host(scheduler_ip))
        filter_repeats()
        # Dask's command line turns the name 0 into a number, and the cluster then does not know
        # its own worker.
        super().__init__(scheduler_ip, *args, name=None if name is None else str(name), **options)

    def start_http_server(self, *args: Any, **kwargs: Any) -> None:
        """Listen for nothing (overrides the HTTP server of `distributed`)."""
