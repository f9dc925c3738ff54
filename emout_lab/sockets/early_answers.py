"""An answer that another thread sends, before the event loop knows that it is there."""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextvars import ContextVar
from typing import Any


class EarlyAnswer:
    """The answer to one question, which is sent once.

    Parameters
    ----------
    send : callable
        Sends it; called by any thread.

    Examples
    --------
    >>> answer = EarlyAnswer(print)
    >>> answer.claim(), answer.claim()
    (True, False)
    >>> answer.send(1)
    1
    """

    def __init__(self, send: Callable[[Any], None]) -> None:
        self.send = send
        self._lock = threading.Lock()
        self._is_claimed = False

    def claim(self) -> bool:
        """Return whether who asks is to send it: nobody else does any more."""
        with self._lock:
            is_first, self._is_claimed = not self._is_claimed, True
            return is_first


#: That of the question which the running task of an event loop answers; None where it has none.
EARLY_ANSWER: ContextVar[EarlyAnswer | None] = ContextVar("EARLY_ANSWER", default=None)
