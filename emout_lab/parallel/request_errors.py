"""The errors that who waits for a request raises: what its call raised, or what came of its end."""

from __future__ import annotations

import asyncio
import concurrent.futures
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from emout_lab.engine.program_outcome import INTERRUPT
from emout_lab.engine.protocol import Failure, Origin
from emout_lab.engine.remote_errors import ENDING, remote_error
from emout_lab.errors import EngineError, NotSendable, RemoteError
from emout_lab.format import shorten

#: As themselves, these would end the program, event loop or generator that reads a result, or
#: look as if the result were still to come.
MISUNDERSTOOD = (
    *ENDING,
    KeyboardInterrupt,
    StopIteration,
    StopAsyncIteration,
    TimeoutError,
    asyncio.TimeoutError,
    concurrent.futures.TimeoutError,
    concurrent.futures.CancelledError,
)
SAID_CHARACTERS = 300


def request_error(
    failure: Failure, expression: str, origin: Origin | None, info: Mapping[str, Any]
) -> RemoteError:
    """Return the error for a request whose call has failed.

    It is also of the original exception's class, unless that would be misunderstood here: a
    ``StopIteration`` of a call ends no loop, and a ``TimeoutError`` of a call is no time-out of
    ``get()``.

    Parameters
    ----------
    failure : Failure
        What the engine tells.
    expression : str
        The call as a person would write it.
    origin : Origin or None
        Where the user wrote it.
    info : dict
        ``engine_id``, ``engine_uuid`` and ``method``.

    Examples
    --------
    >>> failure = Failure("1", "builtins:KeyError", "a", "")
    >>> isinstance(request_error(failure, "f()", None, {"engine_id": 0}), KeyError)
    True
    """
    place = failure.place or origin
    if not failure.message and failure.kind == INTERRUPT:
        failure = replace(failure, message="interrupted")
    error = remote_error(failure, expression, place, as_plain=MISUNDERSTOOD)
    error.engine_info = dict(info)
    return error


def unreadable(expression: str, engine: int | None, error: BaseException) -> NotSendable:
    """Return the error for a result that has come and cannot be unpickled here."""
    said = shorten(f"{type(error).__name__}: {error}", SAID_CHARACTERS)
    made = NotSendable(
        f"{expression}: engine {engine} has sent a result that cannot be unpickled here ({said}). "
        "Where its class exists only there, give plain values (a dict, arrays), or leave it there "
        "and use its name, or view.ref()."
    )
    made.__cause__ = error
    return made


def plain(error: BaseException, expression: str) -> Exception:
    """Return an error as it is, or what stands for one that would end the program here."""
    if isinstance(error, Exception) and not isinstance(error, (StopIteration, StopAsyncIteration)):
        return error
    return EngineError(f"{expression}: ended by {type(error).__name__}: {error}")


def info_of(request: Any, error: BaseException) -> Mapping[str, Any]:
    """Return on which engine a request has failed."""
    known: Mapping[str, Any] = getattr(error, "engine_info", None) or {
        "engine_id": request.metadata["engine_id"],
        "engine_uuid": request.metadata["engine_uuid"],
        "method": getattr(request, "method", "apply"),
    }
    return known
