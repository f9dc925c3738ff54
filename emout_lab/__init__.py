"""Remote figures from compute nodes, inside JupyterLab.

Import time is kept small: every public name is loaded when it is first used.
"""

from __future__ import annotations

import importlib
from typing import Any

import lazy_loader

from emout_lab.emses import execution

# What there is stands in the stub beside this file, once for people, type checkers and imports.
__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)


def _executor() -> execution.Executor:
    """Choose how this process gets at data: on an engine by itself, elsewhere through a session."""
    load = importlib.import_module  # nothing of both before the first data are asked for
    executor: execution.Executor
    if load("emout_lab.engine.process_state").PROCESS.has_engine:
        executor = load("emout_lab.remote.worker_executor").ON_WORKER
    else:
        executor = load("emout_lab.remote.session_executor").IN_SESSION
    return executor


# No layer imports one above it: this package, which knows all of them, says who serves the data.
execution.choose_by(_executor)


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
