"""Sessions: clusters that outlive the notebook, started, found, joined and stopped by name.

Loading this package loads neither Dask nor a queue system's library; its names load on first use.
`emout_lab.sessions.aio` has the same functions for an event loop.
"""

from __future__ import annotations

import builtins
from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from emout_lab.sessions.connection import connect
    from emout_lab.sessions.lifecycle import get, list, start, stop, wait_for_workers
    from emout_lab.sessions.record import SessionState, SessionStatus
    from emout_lab.sessions.siteprofiles import describe as profiles
    from emout_lab.sessions.spec import SessionSpec

_WHERE = {
    "SessionSpec": ("spec", "SessionSpec"),
    "SessionState": ("record", "SessionState"),
    "SessionStatus": ("record", "SessionStatus"),
    "connect": ("connection", "connect"),
    "get": ("lifecycle", "get"),
    "list": ("lifecycle", "list"),
    "profiles": ("siteprofiles", "describe"),
    "start": ("lifecycle", "start"),
    "stop": ("lifecycle", "stop"),
    "wait_for_workers": ("lifecycle", "wait_for_workers"),
}

__all__ = [
    "SessionSpec",
    "SessionState",
    "SessionStatus",
    "connect",
    "get",
    "list",
    "profiles",
    "start",
    "stop",
    "wait_for_workers",
]


def __getattr__(name: str) -> Any:
    if name not in _WHERE:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    module, attribute = _WHERE[name]
    return getattr(import_module(f"{__name__}.{module}"), attribute)


def __dir__() -> builtins.list[str]:
    return __all__
