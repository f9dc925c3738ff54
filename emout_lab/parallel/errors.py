"""Errors of requests, by the names that IPython.parallel gives them."""

from __future__ import annotations

import builtins
import concurrent.futures
import sys
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NoReturn

from emout_lab.errors import EmoutLabError, EngineError, NoEngine, RemoteError, UnmetDependency
from emout_lab.format import shorten

__all__ = [
    "CompositeEngineError",
    "CompositeError",
    "CompositeTaskAborted",
    "EngineError",
    "IPythonError",
    "ImpossibleDependency",
    "InvalidDependency",
    "KernelError",
    "NoEnginesRegistered",
    "RemoteError",
    "TaskAborted",
    "TaskTimeout",
    "TimeoutError",
    "UnknownFlag",
    "UnmetDependency",
]

#: What IPython.parallel calls the base of its errors, and that there is no engine.
IPythonError = KernelError = EmoutLabError
NoEnginesRegistered = NoEngine

#: Of the text of one error among several so much is shown.
SHOWN_CHARACTERS = 2_000
#: So many ids of engines are named.
MOST_NAMED = 20

#: Class, text and traceback of an error, and where it was raised.
Entry = tuple[str, str, str, Mapping[str, Any]]

if sys.version_info >= (3, 11):
    _TimedOut = builtins.TimeoutError
else:

    class _TimedOut(builtins.TimeoutError, concurrent.futures.TimeoutError):
        """What both names mean, which are one in later versions of Python."""


class TimeoutError(EmoutLabError, _TimedOut):  # noqa: A001  # the name that users know
    """A result has not come in time; it is still to be had later."""


class UnknownFlag(EmoutLabError, KeyError, TypeError):
    """A view has no flag of this name."""


class ImpossibleDependency(UnmetDependency):
    """What a load-balanced task needs, or waits for, never comes: it will not run."""


class InvalidDependency(ImpossibleDependency):
    """A load-balanced task was to wait for what this client knows nothing of."""


class TaskTimeout(EmoutLabError):
    """What a load-balanced task waits for has not come within its ``timeout``: it will not run."""


class TaskAborted(EmoutLabError):
    """A request was aborted before it began."""


class CompositeError(RemoteError):
    """Requests to several engines failed, or one of several.

    Parameters
    ----------
    message : str
        What was asked for.
    elist : sequence of tuples
        For each failure: name of the error's class, its text, its traceback on the engine, and a
        dict with ``engine_id``, ``engine_uuid`` and ``method``.

    Attributes
    ----------
    elist : list of tuples
        As given.
    errors : list of Exception
        The errors themselves, in the same order; empty where only ``elist`` is known.
    tb_limit : int
        So many of them are shown.

    Examples
    --------
    >>> where = {"engine_id": 1, "method": "apply"}
    >>> print(CompositeError("f failed on engine 1", [("ValueError", "odd", "", where)]))
    f failed on engine 1
    [1:apply]: ValueError: odd
    """

    tb_limit = 4

    def __init__(self, message: str, elist: Sequence[Entry]) -> None:
        super().__init__(message, kind="CompositeError")
        self.msg = message
        self.elist = list(elist)
        self.errors: list[BaseException] = []

    @classmethod
    def of(
        cls, what: str, errors: Sequence[tuple[BaseException, Mapping[str, Any]]], total: int
    ) -> CompositeError:
        """Return the error for failures of requests.

        Where all engines were lost it is an `EngineError` as well, and a `TaskAborted` where all
        requests were aborted.

        Parameters
        ----------
        what : str
            What was called.
        errors : sequence of (Exception, dict)
            What was raised, and where.
        total : int
            How many requests there were.
        """
        entries: list[Entry] = []
        flat: list[BaseException] = []
        for error, where in errors:
            entries += error.elist if isinstance(error, CompositeError) else [_entry(error, where)]
            flat += error.errors if isinstance(error, CompositeError) else [error]
        engines = _listed(_number(entry[3]) for entry in entries)
        counted = f" ({len(entries)} of {total} requests)" if total > 1 else ""
        made = _class_for(flat)(f"{what} failed {engines}{counted}", entries)
        made.errors = flat
        return made

    def __str__(self) -> str:
        """Return which engines failed and how; a long list is cut."""
        lines = [self.msg]
        for name, text, _, where in self.elist[: self.tb_limit]:
            lines.append(f"{_label(where)} {name}: {shorten(text, SHOWN_CHARACTERS)}")
        return "\n".join([*lines, *self._left_out()])

    def __repr__(self) -> str:
        return f"{type(self).__name__}({len(self.elist)})"

    def __reduce__(self) -> tuple[object, ...]:
        return type(self), (self.msg, self.elist)

    def render_traceback(self, excid: int | None = None) -> list[str]:
        """Return the lines of one traceback, or of the first ones.

        Raises
        ------
        IndexError
            Where there are not as many.
        """
        if excid is not None:
            return _rendered(self._entry(excid))
        lines: list[str] = []
        for entry in self.elist[: self.tb_limit]:
            lines += [*_rendered(entry), ""]
        return [*lines, *self._left_out()]

    def print_traceback(self, excid: int | None = None) -> None:
        """Print one traceback, or the first ones."""
        sys.stdout.write("\n".join(self.render_traceback(excid)).rstrip() + "\n")

    def raise_exception(self, excid: int = 0) -> NoReturn:
        """Raise one of the errors; it is also of the original exception's class.

        Raises
        ------
        RemoteError
            That error; `EngineError` and others as they are.
        IndexError
            Where there are not as many.
        """
        name, text, traceback, where = self._entry(excid)
        if self.errors:
            raise self.errors[excid].with_traceback(None)
        error = RemoteError(text, kind=name, remote_traceback=traceback)
        error.engine_info = dict(where)
        raise error

    def _entry(self, excid: int) -> Entry:
        try:
            return self.elist[excid]
        except (IndexError, TypeError):
            raise IndexError(
                f"there is no exception {excid!r}: there are {len(self.elist)}"
            ) from None

    def _left_out(self) -> list[str]:
        more = len(self.elist) - self.tb_limit
        return [f"... {more} more exceptions ..."] if more > 0 else []

    def _render_traceback_(self) -> list[str]:
        return [f"{type(self).__name__}: {self.msg}", "", *self.render_traceback()]


class CompositeEngineError(CompositeError, EngineError):
    """Several engines were lost."""


class CompositeTaskAborted(CompositeError, TaskAborted):
    """Several requests were aborted before they began."""


def _class_for(errors: Sequence[BaseException]) -> type[CompositeError]:
    for common, made in (EngineError, CompositeEngineError), (TaskAborted, CompositeTaskAborted):
        if errors and all(isinstance(each, common) for each in errors):
            return made
    return CompositeError


def _entry(error: BaseException, where: Mapping[str, Any]) -> Entry:
    if isinstance(error, RemoteError):
        return error.ename, error.evalue, error.traceback, where
    return type(error).__name__, str(error), "", where


def _label(where: Mapping[str, Any]) -> str:
    if not where:
        return "[Engine Exception]:"
    return f"[{_number(where) or '-'}:{where.get('method', 'apply')}]:"


def _number(where: Mapping[str, Any]) -> str:
    """Return an engine as it is named; nothing for what has not come as far as one."""
    engine = where.get("engine_id", "?")
    return "" if engine is None else str(engine)


def _rendered(entry: Entry) -> list[str]:
    name, text, traceback, where = entry
    return [_label(where), *(traceback or f"{name}: {text}").splitlines()]


def _listed(engines: Iterable[str]) -> str:
    names = [name for name in dict.fromkeys(engines) if name]
    if not names:
        return "before it came to an engine"
    shown = ", ".join(names[:MOST_NAMED]) + (", …" if len(names) > MOST_NAMED else "")
    return f"on engine{'' if len(names) == 1 else 's'} {shown}"
