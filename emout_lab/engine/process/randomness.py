"""Random numbers of the whole process: each client goes on with its own."""

from __future__ import annotations

import random
from typing import Any

import numpy as np


class RandomStates:
    """Keeps where the generators of ``random`` and ``numpy.random`` stand for each client.

    A seed that one notebook sets holds for its own programs, and its numbers go on as if nobody
    else drew any. As long as one client works alone this costs nothing.
    """

    def __init__(self) -> None:
        self._client = ""
        self._of: dict[str, tuple[Any, Any]] = {}

    def swap_in(self, client: str) -> None:
        """Let the generators go on where they stood for a client; a new one gets new numbers."""
        if not client or client == self._client:
            return
        if self._client:
            self._of[self._client] = random.getstate(), np.random.get_state(legacy=False)
        self._client = client
        if client in self._of:
            plain, arrays = self._of.pop(client)
            random.setstate(plain)
            np.random.set_state(arrays)
        else:
            random.seed()
            np.random.seed()

    def forget(self, client: str) -> None:
        """Forget a client."""
        self._of.pop(client, None)
        if client == self._client:
            self._client = ""
