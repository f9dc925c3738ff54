"""Remote figures from compute nodes, inside JupyterLab.

Import time is kept small: every public name is loaded when it is first used.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from emout_lab.emses import execution

if TYPE_CHECKING:
    from emout_lab import remote, sessions
    from emout_lab.emses.emout import Emout
    from emout_lab.emses.policy import local_data_policy
    from emout_lab.errors import (
        DataError,
        EmoutLabError,
        EngineError,
        EngineLost,
        MissingExtra,
        NoEngine,
        NoSession,
        ObjectGone,
        RemoteError,
        SessionDead,
        SessionError,
        SpecError,
        TooLarge,
    )
    from emout_lab.remote.figure import FigureResult, RemoteFigure, remote_figure
    from emout_lab.remote.ref import RemoteRef
    from emout_lab.remote.ref import RemoteRef as FigureProxy
    from emout_lab.remote.scope import RemoteScope, remote_scope
    from emout_lab.remote.session import Session, connect

_HOMES = {
    "DataError": "errors",
    "EmoutLabError": "errors",
    "EngineError": "errors",
    "EngineLost": "errors",
    "MissingExtra": "errors",
    "NoEngine": "errors",
    "NoSession": "errors",
    "ObjectGone": "errors",
    "RemoteError": "errors",
    "SessionDead": "errors",
    "SessionError": "errors",
    "SpecError": "errors",
    "TooLarge": "errors",
    "Emout": "emses.emout",
    "local_data_policy": "emses.policy",
    "FigureResult": "remote.figure",
    "RemoteFigure": "remote.figure",
    "remote_figure": "remote.figure",
    "RemoteRef": "remote.ref",
    "RemoteScope": "remote.scope",
    "remote_scope": "remote.scope",
    "Session": "remote.session",
    "connect": "remote.session",
}
_RENAMED = {"FigureProxy": ("remote.ref", "RemoteRef")}

__all__ = [
    "DataError",
    "Emout",
    "EmoutLabError",
    "EngineError",
    "EngineLost",
    "FigureProxy",
    "FigureResult",
    "MissingExtra",
    "NoEngine",
    "NoSession",
    "ObjectGone",
    "RemoteError",
    "RemoteFigure",
    "RemoteRef",
    "RemoteScope",
    "Session",
    "SessionDead",
    "SessionError",
    "SpecError",
    "TooLarge",
    "connect",
    "local_data_policy",
    "remote",
    "remote_figure",
    "remote_scope",
    "sessions",
]


def _executor() -> execution.Executor:
    """Choose how this process gets at data: on an engine by itself, elsewhere through a session."""
    load = importlib.import_module  # nothing of both before the first data are asked for
    executor: execution.Executor
    if load("emout_lab.engine.process_role").PLACE.has_engine:
        executor = load("emout_lab.remote.worker_executor").ON_WORKER
    else:
        executor = load("emout_lab.remote.session_executor").IN_SESSION
    return executor


# No layer imports one above it: this package, which knows all of them, says who serves the data.
execution.choose_by(_executor)


def __getattr__(name: str) -> Any:
    if name in ("sessions", "remote"):
        return importlib.import_module(f"{__name__}.{name}")
    if name == "__version__":
        return importlib.import_module(f"{__name__}._version").__version__
    home, original = _RENAMED.get(name) or (_HOMES.get(name), name)
    if home is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(importlib.import_module(f"{__name__}.{home}"), original)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted([*__all__, "__version__"])


def load_ipython_extension(shell: Any) -> None:
    """Register the magics: ``%load_ext emout_lab``."""
    importlib.import_module("emout_lab.magics").load(shell)


def unload_ipython_extension(shell: Any) -> None:
    """Remove what :func:`load_ipython_extension` added."""
    importlib.import_module("emout_lab.magics").unload(shell)


def _jupyter_labextension_paths() -> list[dict[str, str]]:
    return [{"src": "labextension", "dest": "emout-lab"}]


def _jupyter_server_extension_points() -> list[dict[str, Any]]:
    app = importlib.import_module("emout_lab.server.app").EmoutLabApp
    return [{"module": "emout_lab.server.app", "app": app}]
