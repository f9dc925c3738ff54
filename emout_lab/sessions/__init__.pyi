from .api import (
    get,
    list,
    problems,
    scale,
    start,
    stop,
    stop_all,
    wait_for_workers,
    watch_state,
)
from .capabilities import profiles
from .connection import connect, restart_engine
from .log_files import follow_logs, logs
from .models import SessionState, SessionStatus
from .spec import SessionSpec

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
