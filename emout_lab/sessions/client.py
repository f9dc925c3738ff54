"""The Dask client of a session: it says nothing of a lost connection, which its owner reports."""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Iterator
from contextvars import ContextVar
from typing import Any, Final

from distributed import Client

#: Scheduler and engines take a client for gone that is silent for long, whatever Dask's own
#: configuration says.
HEARTBEAT_MS: Final = 5000

_IS_QUIET: ContextVar[bool] = ContextVar("emout_lab_quiet_dask", default=False)


class SessionClient(Client):  # type: ignore[misc]  # distributed is untyped
    """A Dask client whose host may be killed without pages of log in the user's notebook.

    All else is Dask's own client. That the session is over is told, with the reason, by whatever
    needs it next; `distributed` would log its attempts to reconnect, at a time of its own.
    """

    async def _reconnect(self, *args: Any, **kwargs: Any) -> None:
        # Private to Dask: without it the same happens, with its log.
        with quiet_dask():
            await super()._reconnect(*args, **kwargs)


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
