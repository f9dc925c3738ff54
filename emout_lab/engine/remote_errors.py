"""From a failure that came back to the exception that the user sees."""

from __future__ import annotations

import asyncio
import builtins
import contextlib
import linecache
import pkgutil
from functools import cache
from typing import Any

from emout_lab.engine.protocol import Failure, Origin
from emout_lab.engine.serialization import unpack
from emout_lab.errors import RemoteError

#: What ends a process, a generator or a task; raised here, it would end them silently.
ENDING = (SystemExit, GeneratorExit, asyncio.CancelledError)
FOREIGN_ERRORS = (Exception, *ENDING)
#: Of a line of source that is longer (data in the code), so much is shown.
SOURCE_CHARACTERS = 500
ENDS_A_CALL = "exit(), sys.exit() and argparse end a call with this error; the engine goes on"


def remote_error(
    failure: Failure,
    expression: str | None,
    origin: Origin | None,
    *,
    as_plain: tuple[type[BaseException], ...] = ENDING,
) -> RemoteError:
    """Build the error for a failed call; it is also of the original exception's class.

    Not of a class that would end the program here, or a task, without a word: `SystemExit`,
    `GeneratorExit` and `CancelledError` of a call are plain errors of that name, and those of
    ``as_plain``.

    Examples
    --------
    >>> failure = Failure("1", "builtins:IndexError", "index 99 is out of bounds", "")
    >>> isinstance(remote_error(failure, "a[99]", None), IndexError)
    True
    """
    particulars: dict[str, Any] = {
        "kind": failure.kind.rpartition(":")[2],
        "expression": expression,
        "location": None if origin is None else origin.place,
        "source": _source(origin),
        "via": origin.via if origin is not None else "",
        "remote_traceback": failure.traceback,
    }
    kind: Any = _class_named(failure.kind)
    message = failure.message
    if issubclass(kind, SystemExit):
        message = f"{message or None} ({ENDS_A_CALL})"
    try:
        made = RemoteError if issubclass(kind, as_plain) else _class_for(kind)
        error = made(message, **particulars)
    except TypeError:  # the original class cannot be made from a message
        error = RemoteError(message, **particulars)
    if isinstance(error, SyntaxError):
        # Python and IPython show a syntax error by its own fields, not by its text.
        error.msg = str(error)
    if failure.exception is not None:
        with contextlib.suppress(*FOREIGN_ERRORS):
            original = unpack(failure.exception)
            error.__dict__.update(
                {k: v for k, v in vars(original).items() if k not in error.__dict__}
            )
    return error


def _class_named(kind: str) -> type[BaseException]:
    with contextlib.suppress(*FOREIGN_ERRORS):
        found: Any = pkgutil.resolve_name(kind)
        if isinstance(found, type) and issubclass(found, BaseException):
            return found
    return builtins.Exception


@cache
def _class_for(kind: Any) -> type[RemoteError]:
    if issubclass(RemoteError, kind) or issubclass(kind, ENDING):
        return RemoteError
    try:
        return type(f"Remote{kind.__name__}", (RemoteError, kind), {"__module__": kind.__module__})
    except TypeError:  # the layouts of the two classes do not fit together
        return RemoteError


def _source(origin: Origin | None) -> str | None:
    if origin is None:
        return None
    return (
        origin.source or linecache.getline(origin.filename, origin.line).strip()[:SOURCE_CHARACTERS]
    )
