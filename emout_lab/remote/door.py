"""The door by which the data layer reaches an engine."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from emout_lab.remote.context import CONTEXT
from emout_lab.remote.ref import RemoteRef
from emout_lab.remote.session import Session, resolve


def open_remotely(
    function: Callable[..., Any],
    *args: Any,
    expression: str | None = None,
    session: Session | str | None = None,
    **kwargs: Any,
) -> RemoteRef:
    """Open a run on an engine of a session and return a ref to it.

    It holds no data, so that no scope has a reason to take it.
    """
    with CONTEXT.outside_scopes():
        return resolve(session).open(function, *args, expression=expression, **kwargs)
