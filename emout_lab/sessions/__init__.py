"""Sessions: clusters that outlive the notebook, started, found, joined and stopped by name.

Loading this package loads neither Dask nor a queue system's library; its names load on first use.
`emout_lab.sessions.aio` has the same functions for an event loop.
"""

from __future__ import annotations

import builtins
from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from emout_lab.sessions.api import (
        get,
        list,
        problems,
        scale,
        start,
        stop,
        stop_all,
        wait_for_workers,
    )
    from emout_lab.sessions.api import watch as watch_state
    from emout_lab.sessions.capabilities import describe as profiles
    from emout_lab.sessions.connection import connect, restart_engine
    from emout_lab.sessions.log_files import follow as follow_logs
    from emout_lab.sessions.log_files import logs
    from emout_lab.sessions.models import SessionState, SessionStatus
    from emout_lab.sessions.spec import SessionSpec

_WHERE = {
    "SessionSpec": ("spec", "SessionSpec"),
    "SessionState": ("models", "SessionState"),
    "SessionStatus": ("models", "SessionStatus"),
    "connect": ("connection", "connect"),
    "follow_logs": ("log_files", "follow"),
    "get": ("api", "get"),
    "list": ("api", "list"),
    "logs": ("log_files", "logs"),
    "problems": ("api", "problems"),
    "profiles": ("capabilities", "describe"),
    "restart_engine": ("connection", "restart_engine"),
    "scale": ("api", "scale"),
    "start": ("api", "start"),
    "stop": ("api", "stop"),
    "stop_all": ("api", "stop_all"),
    "wait_for_workers": ("api", "wait_for_workers"),
    "watch_state": ("api", "watch"),
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
