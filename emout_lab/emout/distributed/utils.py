"""Upstream's ``emout.distributed.utils``."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from emout_lab.remote.context import CONNECTED


def run_backend(func: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
    """Call a function on a worker of the session in use; here where none is.

    Examples
    --------
    >>> run_backend(max, 3, 4)
    4
    """
    session = CONNECTED.latest()
    if session is None:
        return func(*args, **kwargs)
    return session.client.submit(func, *args, **kwargs, pure=False).result()
