"""CellView: code as text on engines, and the magics that send it."""

from __future__ import annotations

import importlib
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from emout_lab.engine.cells import unique_name
from emout_lab.engine.protocol import FigureOptions
from emout_lab.engine.serialization import EngineNamespace
from emout_lab.engine.views import execution
from emout_lab.parallel.cell_request import CellRequest
from emout_lab.parallel.execute_result import ExecuteResult
from emout_lab.parallel.view import View
from emout_lab.remote.ipython import shell

if TYPE_CHECKING:
    from emout_lab.engine.engine_numbers import NumberedEngine
    from emout_lab.parallel.targets import Targets

NAMESPACE = EngineNamespace()
#: Of code that is shown as a call, so much is shown.
LABEL_CHARACTERS = 60


class CellView(View):
    """Runs code as text on its engines, with IPython's syntax."""

    def execute(
        self,
        code: str,
        silent: bool = True,
        targets: Any = None,
        block: bool | None = None,
        label: str | None = None,
    ) -> ExecuteResult:
        """Run code in the names of the engines.

        Parameters
        ----------
        code : str
            Anything that a cell may hold: magics and shell commands too.
        silent : bool
            Whether the value of a last expression is left alone; else it is in ``Out`` there.
        targets, block, label
            In place of the view's own.

        Returns
        -------
        ExecuteResult
            An `AsyncResult`. ``stdout``, ``stderr``, ``outputs``: what was printed and displayed;
            ``display_outputs()`` shows it; ``get()`` gives an `ExecuteReply` for each engine.

        Raises
        ------
        RemoteError, CompositeError
            When it waits and the code fails.

        Examples
        --------
        ::

            view.execute("a = 2; print(a)", block=True).stdout
        """
        found = self.run_cell(
            code, "<execute>", silent=silent, targets=targets, label=label or self.label
        )
        return self._waited_for(found, block, label)

    def run(
        self,
        filename: str | Path,
        targets: Any = None,
        block: bool | None = None,
        label: str | None = None,
    ) -> ExecuteResult:
        """Run a script of this machine in the names of the engines.

        Parameters
        ----------
        filename : path
            Python, or IPython (``.ipy``).
        targets, block, label
            In place of the view's own.

        Raises
        ------
        OSError
            If it cannot be read.
        RemoteError, CompositeError
            When it waits and the script fails; with the script's own lines.
        """
        path = Path(filename).expanduser().absolute()
        found = self.run_cell(
            path.read_text(encoding="utf-8") + "\n",
            str(path),
            function=execution.run_script,
            label=label or self.label or f"run {path.name}",
            targets=targets,
        )
        return self._waited_for(found, block, label)

    def run_cell(
        self,
        source: str,
        filename: str,
        *,
        silent: bool = True,
        targets: Any = None,
        label: str | None = None,
        name: str = "execute",
        function: Callable[..., Any] = execution.execute,
    ) -> ExecuteResult:
        """Run a cell, whose lines tracebacks call by a name, and return at once.

        Parameters
        ----------
        source : str
            The cell.
        filename : str
            What tracebacks call it; ``"<...>"`` where it is no file.
        silent : bool
            As for `execute`.
        targets
            In place of the view's own.
        label : str, optional
            The call as it is shown.
        name : str
            What was called, for messages.
        function : callable
            What runs it on the engines.

        Raises
        ------
        TypeError
            For code that is no text.
        """
        if not isinstance(source, str):
            raise TypeError(f"execute takes code as text, not {type(source).__name__}")
        where = self._where(targets)
        known_as = unique_name(filename, source) if filename.endswith(">") else filename
        made = self.client.sender.send(
            self._engines_of(where),
            function,
            (NAMESPACE, source, known_as),
            {"silent": silent},
            label=label or self.label or _label(source),
            kind=CellRequest,
            figures=FigureOptions(),
        )
        result = ExecuteResult(made, is_single=isinstance(where, int), name=name)
        self._note_own(result)
        return self.client.note(result)

    def activate(self, suffix: str = "") -> None:
        """Let the magics ``%px``, ``%autopx``, ``%pxresult``, ``%pxconfig`` mean this view.

        Parameters
        ----------
        suffix : str
            Stands behind their names, so that several views have magics: ``%px_even``.
        """
        if (here := shell()) is None:
            warnings.warn(
                "the magics (%px and others) work in IPython only, which does not run here: use "
                "view.execute(code)",
                stacklevel=2,
            )
            return
        importlib.import_module("emout_lab.parallel.magics").register(here, self, suffix)

    def _where(self, targets: Any) -> Targets:
        """Return the targets that are meant, the view's own by default."""
        raise NotImplementedError

    def _engines_of(self, where: Targets) -> list[NumberedEngine]:
        raise NotImplementedError

    def _waited_for(
        self, result: ExecuteResult, block: bool | None, label: str | None
    ) -> ExecuteResult:
        self._mark(result, label)
        if self._waits(block):
            result.wait_or_abort()
            result.shows_outputs = True
        return result


def _label(source: str) -> str:
    lines = [line.strip() for line in source.splitlines() if line.strip()]
    first = lines[0] if lines else ""
    is_whole = len(lines) <= 1 and len(first) <= LABEL_CHARACTERS
    return f"execute {first if is_whole else first[:LABEL_CHARACTERS] + ' …'}"
