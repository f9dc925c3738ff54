"""Wait for what another process writes."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Final, TypeVar

POLL_INTERVAL_S: Final = 0.05

_Found = TypeVar("_Found")


def poll(look: Callable[[], _Found | None], timeout: float) -> _Found | None:
    """Call `look` until it returns something else than None, or the time is over.

    Parameters
    ----------
    look : callable
        Looks once.
    timeout : float [s]
        How long to go on; at least one look is taken.

    Returns
    -------
    object or None
        What `look` found; None when the time is over.

    Examples
    --------
    >>> poll(lambda: 1, timeout=0)
    1
    """
    deadline = time.monotonic() + timeout
    while True:
        found = look()
        if found is not None or time.monotonic() >= deadline:
            return found
        time.sleep(POLL_INTERVAL_S)
