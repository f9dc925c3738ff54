"""What goes wrong with lab notebooks and sweeps."""

from __future__ import annotations

from emout_lab.errors import EmoutLabError


class NotebookError(EmoutLabError):
    """A lab notebook cannot do what is asked."""


class NotebookLocked(NotebookError, RuntimeError):
    """A notebook or result set was finished, or is open for reading only."""


class NotebookInUse(NotebookError, RuntimeError):
    """Another process has the notebook open for writing."""


class ForeignNotebook(NotebookError, ValueError):
    """A file is no lab notebook, a damaged one, or one of another version."""


class UnknownResult(NotebookError, KeyError):
    """There is no result set of this tag, or no pending result of this job."""


class NotStorable(NotebookError, TypeError):
    """A notebook on disk cannot hold a value of this kind."""
