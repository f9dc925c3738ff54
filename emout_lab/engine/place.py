"""Where this process stands: whether it is a worker, which has the data before it."""

from __future__ import annotations

import sys


class _Place:
    """What an engine notes of its process when it starts."""

    has_engine = False


PLACE = _Place()


def is_worker() -> bool:
    """Tell whether this is an engine's process, or a task of any Dask worker runs in this thread.

    Examples
    --------
    >>> is_worker()
    False
    """
    if PLACE.has_engine:
        return True
    # Without Dask there is no worker; it is not loaded just to learn that.
    worker = sys.modules.get("distributed.worker")
    if worker is None:
        return False
    try:
        worker.get_worker()
    except ValueError:
        return False
    return True
