"""What is open in a thread: scopes and recordings, each a stack.

A ContextVar set in one notebook cell is gone in the next, since every cell runs in a task of its
own; a thread's stack stays, and threads do not disturb each other.
"""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from emout_lab.remote.recording import Recording
    from emout_lab.remote.scope import RemoteScope


class _Ambient(threading.local):
    def __init__(self) -> None:
        self.scopes: list[RemoteScope] = []
        self.recordings: list[Recording] = []

    @property
    def scope(self) -> RemoteScope | None:
        """The innermost open scope of this thread."""
        return self.scopes[-1] if self.scopes else None

    @contextlib.contextmanager
    def outside_scopes(self) -> Iterator[None]:
        """Let what is made in the block belong to no scope."""
        scopes, self.scopes = self.scopes, []
        try:
            yield
        finally:
            self.scopes = scopes

    @property
    def recording(self) -> Recording | None:
        """The innermost open recording of this thread."""
        return self.recordings[-1] if self.recordings else None


AMBIENT = _Ambient()
