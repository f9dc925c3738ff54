"""Sessions: clusters that outlive the notebook, started, found, joined and stopped by name.

Loading this package loads neither Dask nor a queue system's library; its names load on first use.
`emout_lab.sessions.aio` has the same functions for an event loop.
"""

from __future__ import annotations

import builtins
from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from emout_lab.sessions.connection import connect, restart_engine
    from emout_lab.sessions.lifecycle import (
        get,
        list,
        problems,
        scale,
        start,
        stop,
        stop_all,
        wait_for_workers,
    )
    from emout_lab.sessions.lifecycle import watch as watch_state
    from emout_lab.sessions.logfiles import follow as follow_logs
    from emout_lab.sessions.logfiles import logs
    from emout_lab.sessions.offers import describe as profiles
    from emout_lab.sessions.record import SessionState, SessionStatus
    from emout_lab.sessions.spec import SessionSpec

_WHERE = {
    "SessionSpec": ("spec", "SessionSpec"),
    "SessionState": ("record", "SessionState"),
    "SessionStatus": ("record", "SessionStatus"),
    "connect": ("connection", "connect"),
    "follow_logs": ("logfiles", "follow"),
    "get": ("lifecycle", "get"),
    "list": ("lifecycle", "list"),
    "logs": ("logfiles", "logs"),
    "problems": ("lifecycle", "problems"),
    "profiles": ("offers", "describe"),
    "restart_engine": ("connection", "restart_engine"),
    "scale": ("lifecycle", "scale"),
    "start": ("lifecycle", "start"),
    "stop": ("lifecycle", "stop"),
    "stop_all": ("lifecycle", "stop_all"),
    "wait_for_workers": ("lifecycle", "wait_for_workers"),
    "watch_state": ("lifecycle", "watch"),
}

__all__ = [
    "SessionSpec",
    "SessionState",
    "SessionStatus",
    "connect",
    "follow_logs",
    "get",
    "list",
    "logs",
    "problems",
    "profiles",
    "restart_engine",
    "scale",
    "start",
    "stop",
    "stop_all",
    "wait_for_workers",
    "watch_state",
]


def __getattr__(name: str) -> Any:
    if name not in _WHERE:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    module, attribute = _WHERE[name]
    return getattr(import_module(f"{__name__}.{module}"), attribute)


def __dir__() -> builtins.list[str]:
    return __all__
