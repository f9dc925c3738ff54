"""Scheduler and worker of a session: Dask's own, without the open door.

Dask's servers also listen for plain HTTP (status pages, metrics), to anybody who reaches the
machine, even with the dashboard off, and its workers listen on all networks of their machine. In a
session nothing listens without TLS, and only on the network that leads to the scheduler.
"""

from __future__ import annotations

import asyncio
import logging
import os
import sys
import time
from collections.abc import Callable
from concurrent.futures import Future
from types import TracebackType
from typing import Any, Final, Protocol

from distributed import Scheduler, Worker
from distributed.comm import get_address_host
from distributed.comm.addressing import get_address_host_port
from distributed.core import Status
from distributed.threadpoolexecutor import ThreadPoolExecutor
from distributed.utils import get_ip

from emout_lab.errors import RemoteError
from emout_lab.sessions.admission import limit_connections, limit_server
from emout_lab.sessions.log_flood import filter_repeats
from emout_lab.sessions.steady_callbacks import steadied

#: Dask's words for a worker that lost its scheduler, which may be there none the less.
HEARTBEAT_ERROR: Final = "worker-heartbeat-error"
BROKEN_CONNECTION: Final = frozenset({"worker-handle-scheduler-connection-broken", HEARTBEAT_ERROR})
SCHEDULER_TIMEOUT_S, SCHEDULER_PAUSE_S = 3.0, 1.0
#: So long a scheduler that does not refuse connections may be out of reach [s].
CUT_PATIENCE_S: Final = 300.0

log = logging.getLogger(__name__)


class _Listening(Protocol):
    """What `_Limited` needs of the class that it is mixed into."""

    loop: Any
    listeners: list[Any]


class _Limited:
    """A server's mix-in: its listeners keep few connections without a certificate."""

    async def listen(self: _Listening, *args: Any, **kwargs: Any) -> None:
        """Listen as Dask's servers do, and limit who may stay."""
        before = len(self.listeners)
        await super().listen(*args, **kwargs)  # type: ignore[misc]  # the class beside this mix-in has it
        for listener in self.listeners[before:]:
            limit_connections(listener, self.loop)


class SessionScheduler(_Limited, Scheduler):  # type: ignore[misc]  # the class beside this mix-in has it  # distributed has no types
    """Scheduler that listens for TLS connections only, and that no setting of a clock disturbs."""

    periodic_callbacks: dict[str, Any]

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.periodic_callbacks = steadied(self.periodic_callbacks)

    def start_http_server(self, *args: Any, **kwargs: Any) -> None:
        """Listen for nothing (overrides the HTTP server of `distributed`)."""

    def limit_http_server(self) -> None:
        """Limit who may stay connected to an HTTP server that was opened later."""
        limit_server(self.http_server, self.loop, "dashboard")


class TaskThreadPoolExecutor(ThreadPoolExecutor):  # type: ignore[misc]  # the class beside this mix-in has it  # distributed has no types
    """Threads for Dask's tasks, one of which may call ``exit()`` without ending the worker.

    Dask tells by the name of the class that these are threads.
    """

    def submit(self, function: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        """Run a function in a thread; `SystemExit` and interrupts are errors like any other."""
        submitted: Future[Any] = super().submit(_contained, function, *args, **kwargs)
        return submitted


class SessionWorker(_Limited, Worker):  # type: ignore[misc]  # the class beside this mix-in has it  # distributed has no types
    """Worker that listens for TLS connections only, whose name is a text, and that is replaced.

    Parameters
    ----------
    scheduler_ip : str, optional
        Address of the scheduler.
    *args, **options
        Those of `distributed.Worker`.
    """

    periodic_callbacks: dict[str, Any]
    _seeks_scheduler = False

    def __init__(
        self, scheduler_ip: str | None = None, *args: Any, name: Any = None, **options: Any
    ) -> None:
        if scheduler_ip and not options.get("host") and not options.get("interface"):
            options["host"] = get_ip(get_address_host(scheduler_ip))
        filter_repeats()
        threads = options.get("nthreads") or os.cpu_count()
        options.setdefault("executor", TaskThreadPoolExecutor(threads, thread_name_prefix="tasks"))
        # Dask's command line turns the name 0 into a number, and the cluster then does not know
        # its own worker.
        super().__init__(scheduler_ip, *args, name=None if name is None else str(name), **options)
        self.periodic_callbacks = steadied(self.periodic_callbacks)

    def start_http_server(self, *args: Any, **kwargs: Any) -> None:
        """Listen for nothing (overrides the HTTP server of `distributed`)."""

    async def close(
        self, *args: Any, nanny: bool = True, reason: str = "worker-close", **options: Any
    ) -> str | None:
        """Close; after a broken connection the nanny goes too only where no scheduler is left.

        A heartbeat for which there was no memory is none: a program has it all just now, and the
        next one comes.
        """
        if reason == HEARTBEAT_ERROR and isinstance(sys.exc_info()[1], MemoryError):
            log.warning("There was no memory for a heartbeat")
            return None
        if self._seeks_scheduler and reason == "worker-heartbeat-missing":
            return None  # it is back, and the close that waits for it goes on
        if nanny and reason in BROKEN_CONNECTION:
            nanny = not await self._finds_scheduler()
        closed: str | None = await super().close(*args, nanny=nanny, reason=reason, **options)
        return closed

    async def _finds_scheduler(self) -> bool:
        """Return whether there is a scheduler, which may come back: a network was cut, say."""
        end = time.monotonic() + CUT_PATIENCE_S
        self._seeks_scheduler = True
        try:
            while not await self._is_answered():
                is_over = await self._is_refused() or time.monotonic() > end
                if is_over or self.status is not Status.running:
                    return False
                await asyncio.sleep(SCHEDULER_PAUSE_S)
        finally:
            self._seeks_scheduler = False
        return True

    async def _is_answered(self) -> bool:
        try:
            await asyncio.wait_for(self.scheduler.identity(), SCHEDULER_TIMEOUT_S)
        except (OSError, asyncio.TimeoutError):
            return False
        return True

    async def _is_refused(self) -> bool:
        """Return whether the scheduler's machine says that nobody listens there any more."""
        host, port = get_address_host_port(self.scheduler.address)
        opening = asyncio.open_connection(host, port)
        try:
            _, writer = await asyncio.wait_for(opening, SCHEDULER_TIMEOUT_S)
        except ConnectionRefusedError:
            return True
        except (OSError, asyncio.TimeoutError):
            return False
        writer.close()
        return False

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Close; a worker that an exception ends leaves its nanny, which starts another one."""
        await self.close(nanny=kind is None)


def _contained(function: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Any:
    try:
        return function(*args, **kwargs)
    except (SystemExit, KeyboardInterrupt) as error:
        kind = type(error).__name__
        raise RemoteError(
            f"{kind}: {error} ended this task; the worker goes on", kind=kind
        ) from error
