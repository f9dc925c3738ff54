"""Cells that run here beside the engines, and how errors of magics show."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from emout_lab.errors import EmoutLabError

#: By this name IPython asks an error how it shows.
RENDERED = "_render_traceback_"


class LocalCellFailed(Exception):
    """The cell failed here, too; IPython has shown that already."""

    def _render_traceback_(self) -> list[str]:
        return [f"the cell failed here with {self}; see above"]


def run_here(shell: Any, cell: str) -> Exception | None:
    """Run a cell here; return the error that tells that it failed, which IPython has shown."""
    result = shell.run_cell(cell)
    found = result.error_before_exec or result.error_in_exec
    return None if found is None else LocalCellFailed(type(found).__name__)


@contextmanager
def without_frames() -> Iterator[None]:
    """Let errors of ours show their message alone: the frames of a magic are not the user's."""
    try:
        yield
    except EmoutLabError as error:
        if not hasattr(error, RENDERED):
            lines = [f"{type(error).__name__}: {error}"]
            vars(error)[RENDERED] = lambda: lines
        raise
