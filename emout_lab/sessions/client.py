"""The Dask client of a session: it says nothing of a lost connection, which its owner reports."""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextvars import ContextVar
from html import escape
from typing import Any, Final

from distributed import Client, utils

from emout_lab.sessions import forks
from emout_lab.sessions.steady_callbacks import steadied

#: Scheduler and engines take a client for gone that is silent for long, whatever Dask's own
#: configuration says.
HEARTBEAT_MS: Final = 5000

_IS_QUIET: ContextVar[bool] = ContextVar("emout_lab_quiet_dask", default=False)


class SessionClient(Client):  # type: ignore[misc]  # distributed is untyped
    """A Dask client whose host may be killed without pages of log in the user's notebook.

    All else is Dask's own client. That the session is over is told, with the reason, by whatever
    needs it next; `distributed` would log its attempts to reconnect, at a time of its own. In a
    forked child it is closed, and says so.
    """

    is_inherited = False

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        forks.forget_in_children(self)

    def forget(self) -> None:
        """Count as closed: called in a child that was forked from the process of this client."""
        self.is_inherited = True
        self.status = "closed"
        _renew_offload_thread()

    def sync(self, *args: Any, **kwargs: Any) -> Any:
        """Do what Dask's own does; refuse in a forked child, where it would wait for ever.

        Raises
        ------
        SessionDead
            This process was forked from the client's.
        """
        if self.is_inherited:
            raise forks.forked("This Dask client")
        return super().sync(*args, **kwargs)

    @property
    def dashboard_link(self) -> None:
        """None: a session's dashboard is reached through the panel, by who is logged in there.

        Dask's own property fails where a scheduler shows no dashboard.
        """
        return None

    def _repr_html_(self) -> str:
        """Show what is known here of the session; nothing is asked, so nothing can fail."""
        return f"<code>{escape(repr(self))}</code>"

    def start(self, **kwargs: Any) -> None:
        """Do what Dask's own does, with heartbeats that no setting of a clock stops."""
        # Private to Dask: without it they stop where the clock is set back.
        callbacks = getattr(self, "_periodic_callbacks", None)
        if callbacks and self.status == "newly-created":
            self._periodic_callbacks = steadied(callbacks)
        super().start(**kwargs)

    async def _reconnect(self, *args: Any, **kwargs: Any) -> None:
        # Private to Dask: without it the same happens, with its log.
        with quiet_dask():
            await super()._reconnect(*args, **kwargs)


def _renew_offload_thread() -> None:
    """Give Dask another thread for large messages in a child, where the parent's does not run."""
    # Private to Dask: without it large messages are the only ones that do not come through.
    if hasattr(utils, "_offload_executor"):
        utils._offload_executor = ThreadPoolExecutor(1, thread_name_prefix="Dask-Offload")


@contextlib.contextmanager
def quiet_dask() -> Iterator[None]:
    """Leave out what Dask's client logs on behalf of this code; errors are raised as ever.

    Other clients of this process, and other uses of this one, log as before.
    """
    logger = logging.getLogger("distributed.client")
    logger.addFilter(_is_wanted)  # twice is harmless
    token = _IS_QUIET.set(True)
    try:
        yield
    finally:
        _IS_QUIET.reset(token)


def _is_wanted(record: logging.LogRecord) -> bool:  # noqa: ARG001  # the signature is logging's
    return not _IS_QUIET.get()
