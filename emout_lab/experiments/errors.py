"""What goes wrong with lab notebooks and sweeps; epyc's names for it stand beside ours."""

from __future__ import annotations

from emout_lab.engine.sweeps.errors import CancelledException, ResultsStructureException
from emout_lab.errors import EmoutLabError


class NotebookError(EmoutLabError):
    """A lab notebook cannot do what is asked."""


class DesignException(EmoutLabError, ValueError):
    """A design makes no points of these values of parameters."""


class NotebookLocked(NotebookError, RuntimeError):
    """A notebook or result set was finished, or is open for reading only."""


class LabNotebookLockedException(NotebookLocked):
    """A notebook takes no more results."""


class ResultSetLockedException(NotebookLocked):
    """A result set takes no more results."""


class NotebookInUse(NotebookError, RuntimeError):
    """Another process has the notebook open for writing."""


class ForeignNotebook(NotebookError, ValueError):
    """A file is no lab notebook, or a damaged one."""


class NotebookVersionException(ForeignNotebook):
    """A notebook is of a version that cannot be read."""


class UnknownResult(NotebookError, KeyError):
    """There is no result set of this tag, or no pending result of this job."""


class NotStorable(NotebookError, TypeError):
    """A notebook on disk cannot hold a value of this kind."""


#: What epyc calls a job of which nothing is pending.
PendingResultException = UnknownResult

__all__ = [
    "CancelledException",
    "DesignException",
    "ForeignNotebook",
    "LabNotebookLockedException",
    "NotStorable",
    "NotebookError",
    "NotebookInUse",
    "NotebookLocked",
    "NotebookVersionException",
    "PendingResultException",
    "ResultSetLockedException",
    "ResultsStructureException",
    "UnknownResult",
]
