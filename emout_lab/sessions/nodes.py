"""Scheduler and worker of a session: Dask's own, without the open door.

Dask's servers also listen for plain HTTP (status pages, metrics), to anybody who reaches the
machine, even with the dashboard off. In a session nothing listens without TLS.
"""

from __future__ import annotations

from typing import Any

from distributed import Scheduler, Worker


class SessionScheduler(Scheduler):  # type: ignore[misc]  # distributed has no types
    """Scheduler that listens for TLS connections only."""

    def start_http_server(self, *args: Any, **kwargs: Any) -> None:
        """Listen for nothing (overrides the HTTP server of `distributed`)."""


class SessionWorker(Worker):  # type: ignore[misc]  # distributed has no types
    """Worker that listens for TLS connections only, and whose name is a text.

    Parameters
    ----------
    *args, **options
        Those of `distributed.Worker`.
    """

    def __init__(self, *args: Any, name: Any = None, **options: Any) -> None:
        # Dask's command line turns the name 0 into a number, and the cluster then does not know
        # its own worker.
        super().__init__(*args, name=None if name is None else str(name), **options)

    def start_http_server(self, *args: Any, **kwargs: Any) -> None:
        """Listen for nothing (overrides the HTTP server of `distributed`)."""
