"""Which sessions can be reached: no file tells soon that a host is gone, or frozen."""

from __future__ import annotations

import socket
import time
from collections.abc import Callable, Container, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from emout_lab.errors import SessionDead
from emout_lab.server.client_pool import NoAnswer
from emout_lab.server.contract.models import Json
from emout_lab.sessions import SessionState

if TYPE_CHECKING:
    from emout_lab.sessions import SessionStatus


def is_here(status: SessionStatus) -> bool:
    """Tell whether the session's host is on this machine: then the files know whether it lives."""
    return status.host == socket.gethostname()


class Reachability:
    """Notes whether questions reach sessions.

    One on another machine that none reaches is shown as failed. One that only does not answer is
    shown as it is, with the time since when.

    Parameters
    ----------
    on_change : callable
        Called when a session is lost or silent, or found again.
    """

    def __init__(self, on_change: Callable[[], None]) -> None:
        self._on_change = on_change
        self._lost: dict[str, str] = {}
        self._silent: dict[str, float] = {}

    @contextmanager
    def noting(self, status: SessionStatus) -> Iterator[None]:
        """Note whether the question that is put inside reaches the session."""
        name, asked = status.name, time.time()
        before = (self._lost.get(name), self._silent.get(name))
        try:
            yield
            self._lost.pop(name, None)
            self._silent.pop(name, None)
        except NoAnswer:
            self._silent.setdefault(name, asked)
            raise
        except SessionDead as exc:
            # Here its file would tell that its host is gone: it is there, and frozen.
            if is_here(status):
                self._silent.setdefault(name, asked)
            else:
                self._lost[name] = str(exc)
            raise
        finally:
            if (self._lost.get(name), self._silent.get(name)) != before:
                self._on_change()

    def keep(self, names: Container[str]) -> None:
        """Forget all sessions but these."""
        for noted in (self._lost, self._silent):
            for name in [name for name in noted if name not in names]:
                del noted[name]

    def model(self, status: SessionStatus) -> Json:
        """Return a session as panels see it."""
        model = status.to_json()
        if status.name in self._lost:
            model |= {"state": SessionState.FAILED.value, "reason": self._lost[status.name]}
        elif status.name in self._silent:
            since = time.strftime("%H:%M:%S", time.localtime(self._silent[status.name]))
            silence = f"its host has not answered since {since}: frozen, cut off or very busy"
            model["reason"] = status.reason or silence
        return model
