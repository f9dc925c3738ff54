"""A cell that runs here beside the engines."""

from __future__ import annotations

from typing import Any


class LocalCellFailed(Exception):
    """The cell failed here, too; IPython has shown that already."""

    def _render_traceback_(self) -> list[str]:
        return [f"the cell failed here with {self}; see above"]


def run_here(shell: Any, cell: str) -> Exception | None:
    """Run a cell here; return the error that tells that it failed, which IPython has shown."""
    result = shell.run_cell(cell)
    found = result.error_before_exec or result.error_in_exec
    return None if found is None else LocalCellFailed(type(found).__name__)
