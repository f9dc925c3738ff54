"""Cells on an engine with IPython's syntax, which is loaded with the first one."""

from __future__ import annotations

import importlib
import sys
import threading
from concurrent.futures import Future
from dataclasses import dataclass
from types import ModuleType
from typing import Any

from emout_lab.engine import cells
from emout_lab.engine.namespaces import SHELL


@dataclass(frozen=True, slots=True)
class CellResult:
    """What became of a cell, beside what it has displayed.

    Parameters
    ----------
    execution_count : int
        Number of the cell in its namespace, as in ``Out[3]``.
    mark : str or None
        The value of its last expression, among the `Display` objects of the reply; None where it
        has none, or it is silenced.
    """

    execution_count: int
    mark: str | None = None


def run_cell(
    namespace: dict[str, Any], source: str, filename: str, *, silent: bool = False
) -> CellResult:
    """Run a cell with IPython's syntax: magics, ``!ls``, ``x?``, ``await``, ``display``, ``_``.

    The value of a last expression is displayed as ``execute_result``.

    Parameters
    ----------
    namespace : dict
        The names of a client on this engine.
    source : str
        The cell as it was written.
    filename : str
        What tracebacks call it, see `emout_lab.engine.cells.unique_name`.
    silent : bool
        Whether it does not count: no value is displayed, no number is used up.

    Raises
    ------
    BaseException
        Whatever the cell raises, ``SyntaxError`` and ``KeyboardInterrupt`` too.
    """
    cells.cache_source(filename, source)
    cell = shell_of(namespace).run(source, filename, is_silent=silent)
    return CellResult(cell.number, cell.mark)


def shell_of(namespace: dict[str, Any]) -> Any:
    """Return the IPython shell of a namespace; made when it is first needed."""
    shell = namespace.get(SHELL)
    if shell is None:
        module = _imported("emout_lab.engine.views.ipython_shell")
        ipython = importlib.import_module("IPython.core.interactiveshell")
        if not issubclass(module.EngineShell, ipython.InteractiveShell):
            module = importlib.reload(module)  # this client has an IPython of its own
        shell = namespace[SHELL] = module.EngineShell(namespace)
    return shell


def _imported(name: str) -> ModuleType:
    """Import a module where no interrupt comes: IPython cannot be imported after half an import."""
    if name in sys.modules:
        return importlib.import_module(name)
    outcome: Future[ModuleType] = Future()

    def load() -> None:
        try:
            outcome.set_result(importlib.import_module(name))
        except BaseException as error:  # noqa: BLE001  # raised in the thread that asks
            outcome.set_exception(error)

    threading.Thread(target=load, name="emout-lab-import", daemon=True).start()
    return outcome.result()
