"""Errors of requests, by the names that IPython.parallel gives them."""

from __future__ import annotations

import builtins
import concurrent.futures
import sys
from collections.abc import Sequence

from emout_lab.errors import EmoutLabError, EngineError, RemoteError, UnmetDependency

__all__ = [
    "CompositeError",
    "EngineError",
    "RemoteError",
    "TaskAborted",
    "TimeoutError",
    "UnknownFlag",
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


class UnknownFlag(EmoutLabError, KeyError, TypeError):
    """A view has no flag of this name."""


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
