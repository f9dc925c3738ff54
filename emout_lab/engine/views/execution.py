"""Cells and scripts of views: they run in the names of their client, and draw in its settings."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from emout_lab.engine.views.shell import CellResult, run_cell

#: Where a namespace keeps what its cells have changed of matplotlib's settings.
SETTINGS = "__emout_lab_settings__"
_NOTHING = object()


def execute(
    namespace: dict[str, Any], source: str, filename: str, *, silent: bool = False
) -> CellResult:
    """Run a cell, see `emout_lab.engine.views.shell.run_cell`.

    matplotlib's settings that it changes stay changed for the next one.
    """
    with _kept_settings(namespace):
        return run_cell(namespace, source, filename, silent=silent)


def run_script(
    namespace: dict[str, Any], source: str, filename: str, *, silent: bool = False
) -> CellResult:
    """Run a script in the names of a client; ``__file__`` and ``sys.argv`` are the script's.

    Parameters
    ----------
    namespace : dict
        The names; the script's ``__name__`` is ``"__main__"``.
    source : str
        The script.
    filename : str
        Its path, as tracebacks name it.
    silent : bool
        As for `execute`.
    """
    before, arguments = namespace.get("__file__", _NOTHING), sys.argv
    namespace["__file__"], sys.argv = filename, [filename]
    try:
        return execute(namespace, source, filename, silent=silent)
    finally:
        sys.argv = arguments
        if before is _NOTHING:
            namespace.pop("__file__", None)
        else:
            namespace["__file__"] = before


@contextmanager
def _kept_settings(namespace: dict[str, Any]) -> Iterator[None]:
    # Who only sends cells has no need of matplotlib.
    state = importlib.import_module("emout_lab.engine.process.state")
    usual = state.settings()
    state.put_settings(namespace.get(SETTINGS, {}))
    try:
        yield
    finally:
        now = state.settings()
        namespace[SETTINGS] = {k: v for k, v in now.items() if usual.get(k, _NOTHING) != v}
