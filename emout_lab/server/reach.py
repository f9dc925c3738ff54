"""Which sessions on other machines can be reached: no file tells soon that their host is gone."""

from __future__ import annotations

import socket
from collections.abc import Callable, Container, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from emout_lab.errors import SessionDead
from emout_lab.server.schemas import Json
from emout_lab.sessions import SessionState

if TYPE_CHECKING:
    from emout_lab.sessions import SessionStatus


def is_here(status: SessionStatus) -> bool:
    """Tell whether the session's host is on this machine: then the files know whether it lives."""
    return status.host == socket.gethostname()


class Reach:
    """Notes whether questions reach sessions, and shows those that none reaches as failed.

    Parameters
    ----------
    on_change : callable
        Called when a session is lost, or found again.
    """

    def __init__(self, on_change: Callable[[], None]) -> None:
        self._on_change = on_change
        self._lost: dict[str, str] = {}

    @contextmanager
    def noting(self, status: SessionStatus) -> Iterator[None]:
        """Note whether the question that is put inside reaches the session."""
        before = self._lost.get(status.name)
        try:
            yield
            self._lost.pop(status.name, None)
        except SessionDead as exc:
            if not is_here(status):
                self._lost[status.name] = str(exc)
            raise
        finally:
            if self._lost.get(status.name) != before:
                self._on_change()

    def keep(self, names: Container[str]) -> None:
        """Forget all sessions but these."""
        for name in [name for name in self._lost if name not in names]:
            del self._lost[name]

    def model(self, status: SessionStatus) -> Json:
        """Return a session as panels see it."""
        model = status.to_json()
        if status.name in self._lost:
            model |= {"state": SessionState.FAILED.value, "reason": self._lost[status.name]}
        return model
