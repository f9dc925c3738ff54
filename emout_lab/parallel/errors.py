"""Errors of requests, by the names that IPython.parallel gives them."""

from __future__ import annotations

import builtins
import concurrent.futures
import sys
from collections.abc import Sequence

from emout_lab.engine.views.dependencies import UnmetDependency
from emout_lab.errors import EmoutLabError, EngineError, RemoteError

__all__ = [
    "CompositeError",
    "EngineError",
    "ImpossibleDependency",
    "InvalidDependency",
    "RemoteError",
    "TaskAborted",
    "TaskTimeout",
    "TimeoutError",
    "UnmetDependency",
]

#: So many of the errors of a long list are shown.
MOST_SHOWN = 4


if sys.version_info >= (3, 11):
    _TimedOut = builtins.TimeoutError
else:

    class _TimedOut(builtins.TimeoutError, concurrent.futures.TimeoutError):
        """What both names mean, which are one in later versions of Python."""


class TimeoutError(EmoutLabError, _TimedOut):  # noqa: A001  # the name that users know
    """A result has not come in time; it is still to be had later."""


class TaskAborted(EmoutLabError):
    """A request was aborted before it began."""


class CompositeError(EmoutLabError):
    """Requests to several engines failed.

    Parameters
    ----------
    message : str
        What was asked for.
    elist : sequence of Exception
        What each of them raised.

    Attributes
    ----------
    elist : list of Exception
        What each of them raised.
    """

    def __init__(self, message: str, elist: Sequence[BaseException]) -> None:
        super().__init__(message)
        self.elist = list(elist)


class ImpossibleDependency(UnmetDependency):
    """What a load-balanced task needs, or waits for, never comes: it will not run."""


class InvalidDependency(ImpossibleDependency):
    """A load-balanced task was to wait for what this client knows nothing of."""


class TaskTimeout(EmoutLabError):
    """What a load-balanced task waits for has not come within its ``timeout``: it will not run."""
