"""Turns what a call raised into the failure that travels, however foreign the error is."""

from __future__ import annotations

import linecache
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

from emout_lab.config import folders_left_out
from emout_lab.engine import cells
from emout_lab.engine.process.forks import exit_in_children
from emout_lab.engine.process.memory_guard import clear_frames, is_shortage, memory_shortage
from emout_lab.engine.process.open_files import has_no_files, too_many_files
from emout_lab.engine.process_state import PROCESS
from emout_lab.engine.protocol import Call, Failure, Origin
from emout_lab.engine.remote_errors import ENDS_A_CALL, SOURCE_CHARACTERS
from emout_lab.engine.serialization import Packed, pack, unpack
from emout_lab.errors import RemoteError, TooLarge
from emout_lab.format import shorten

T = TypeVar("T")

OWN_FOLDER = str(Path(__file__).parent)
MESSAGE_CHARACTERS = 20_000
TRACEBACK_CHARACTERS = 40_000
LINE_CHARACTERS = 4_000
#: Dask replaces an error by another one when its text has more than 10,000 characters.
TASK_CHARACTERS = 4_000
LABEL_CHARACTERS = 200
#: An exception that carries more than this (an array, a file's text) comes without what it carries.
PICKLE_BYTES = 1_000_000


def failure_of(call: Call | None, error: BaseException) -> Failure:
    """Return the failure for an error; never raises, whatever the error does.

    Parameters
    ----------
    call : Call or None
        The call that raised it.
    error : BaseException
        What was raised. ``SystemExit`` and its like are errors as all others.
    """
    try:
        lack = _lack_of(error)
        if lack is None:
            return _failure(call, error)
        return _failure(call, lack.with_traceback(error.__traceback__))
    except BaseException:  # noqa: BLE001  # the error's own code, or no memory for its text
        return _bare_failure(call, error)
    finally:
        clear_frames(error)


def _failure(call: Call | None, error: BaseException) -> Failure:
    place = _place_in_cell(error)
    return Failure(
        call=None if call is None else call.id,
        kind=f"{type(error).__module__}:{type(error).__qualname__}",
        message=cells.shown_names(message_of(error)) + _left_out(error) + _unknown_name(error),
        traceback=_traceback_of(error),
        exception=_packed(error),
        place=place,
    )


def _bare_failure(call: Call | None, error: BaseException) -> Failure:
    """Return a failure for an error whose own code fails; its variables are free by then."""
    clear_frames(error)
    kind = TooLarge if isinstance(error, MemoryError) else type(error)
    lack = "; there was no memory left to tell more" if kind is TooLarge else ""
    return Failure(
        call=None if call is None else call.id,
        kind=f"{kind.__module__}:{kind.__qualname__}",
        message=f"ended by {type(error).__name__}, which cannot be shown{lack}",
        traceback="",
    )


def _lack_of(error: BaseException) -> BaseException | None:
    """Return the error to report for a lack of memory or files, numbers first; else None."""
    if isinstance(error, TooLarge):
        return None
    if is_shortage(error):
        return memory_shortage(error)
    return too_many_files(error, PROCESS.files) if has_no_files(error) else None


def _left_out(error: BaseException) -> str:
    """Return which folders modules are not looked for in, where one was not found."""
    told = folders_left_out()
    return f"\n{told}" if told and isinstance(error, ModuleNotFoundError) else ""


def _unknown_name(error: BaseException) -> str:
    """Return what helps where a function of the notebook misses a name on the engine."""
    if type(error) is not NameError or not error.name:
        return ""
    frames = [frame for frame, _ in traceback.walk_tb(error.__traceback__)]
    if not frames or frames[-1].f_globals.get("__name__") != "__main__":
        return ""
    if frames[-1].f_code.co_name == "<module>":
        return ""
    return (
        f"\nFunctions of the notebook see the names of the engine: assign {error.name} there, "
        f"view[{error.name!r}] = ..., or import it, with view.sync_imports(): import ..., or let "
        "functions bring along what they use: view.use_cloudpickle()"
    )


def repr_of(value: object, limit: int = 80) -> str:
    """Return how a value is written, or its class where its own code cannot tell.

    Examples
    --------
    >>> repr_of([1, 2])
    '[1, 2]'
    """
    try:
        return shorten(repr(value), limit)
    except BaseException:  # noqa: BLE001  # the value's own code
        return f"of class {type(value).__name__}"


def message_of(error: BaseException, limit: int = MESSAGE_CHARACTERS) -> str:
    """Return what an error says, not more than a person reads.

    Examples
    --------
    >>> message_of(ValueError("odd"))
    'odd'
    """
    try:
        return shorten(str(error), limit)
    except BaseException:  # noqa: BLE001  # the error's own code
        return "(its text cannot be shown)"


def run_foreign(function: Callable[..., T], *args: Any) -> T:
    """Call foreign code, and let nothing out that would end the event loop or the process.

    Raises
    ------
    RemoteError
        In place of ``SystemExit``, ``GeneratorExit``, ``CancelledError`` and the like.
    """
    try:
        return function(*args)
    except (Exception, KeyboardInterrupt):
        raise
    except BaseException as error:  # noqa: BLE001  # what ends processes ends this call alone
        raise _contained(error) from None


def run_task(function: Callable[..., T], *args: Any) -> T:
    """Call a function in a Dask task: whatever it raises ends that task, never its worker.

    Raises
    ------
    RemoteError
        In place of ``SystemExit`` and the like. Other errors keep their class, and of an endless
        text beginning and end.
    TooLarge
        In place of ``MemoryError``, with what there was.
    """
    _note(str(getattr(function, "__qualname__", function)))
    try:
        with exit_in_children():
            return function(*args)
    except Exception as error:
        if is_shortage(error):
            short = memory_shortage(error)
            clear_frames(error)
            raise short from None
        if len(message_of(error)) > TASK_CHARACTERS:
            raise _cut(error) from None
        raise
    except BaseException as error:  # noqa: BLE001  # Dask would end the worker
        raise _contained(error, TASK_CHARACTERS) from None
    finally:
        _note(None)


def _note(label: str | None) -> None:
    if PROCESS.calls is not None:
        PROCESS.calls.note(label and shorten(label, LABEL_CHARACTERS))


def _cut(error: Exception) -> Exception:
    """Return an error of the same class, where it can be made, with a shorter text."""
    try:
        return type(error)(message_of(error, TASK_CHARACTERS))
    except Exception:  # noqa: BLE001  # a class of the user's own
        return _contained(error, TASK_CHARACTERS)


def _contained(error: BaseException, limit: int = MESSAGE_CHARACTERS) -> RemoteError:
    message = message_of(error, limit)
    if isinstance(error, SystemExit):
        message = f"{message or None} ({ENDS_A_CALL})"
    frames = shorten(_traceback_of(error), limit)
    return RemoteError(message, kind=type(error).__name__, remote_traceback=frames)


def _packed(error: BaseException) -> bytes | Packed | None:
    try:
        data = pack(error, is_copied=True)
        if len(data) > PICKLE_BYTES:
            return None
        unpack(data)
    except BaseException:  # noqa: BLE001  # the error's own code
        return None
    return data


def _traceback_of(error: BaseException) -> str:
    try:
        frames = traceback.TracebackException.from_exception(error)
        _cut_own_frames(frames)
        lines = [cells.shown_names(shorten(line, LINE_CHARACTERS)) for line in frames.format()]
        return shorten("".join(lines).rstrip(), TRACEBACK_CHARACTERS)
    except BaseException:  # noqa: BLE001  # the error's own code, or no memory for its text
        return ""


def _place_in_cell(error: BaseException) -> Origin | None:
    """Return the innermost line of a cell that ran here, if one did."""
    place = cell = None
    if isinstance(error, SyntaxError) and cells.is_cell(error.filename):
        line = error.lineno or 1
        place = _origin(str(error.filename), line)
    for frame, line in traceback.walk_tb(error.__traceback__):
        if frame.f_code is cells.run_code.__code__:
            cell = frame.f_locals["filename"]
        elif frame.f_code.co_filename == cell:
            place = _origin(cell, line)
    return place


def _origin(cell: str, line: int) -> Origin:
    source = linecache.getline(cell, line).strip()[:SOURCE_CHARACTERS]
    return Origin(cell, line, source, cells.shown_names(cell))


def _cut_own_frames(frames: traceback.TracebackException) -> None:
    """Leave out the engine's own frames: they say nothing to the user."""
    seen: set[int] = set()
    link: traceback.TracebackException | None = frames
    while link is not None and id(link) not in seen:
        seen.add(id(link))
        kept = [f for f in link.stack if not f.filename.startswith(OWN_FOLDER)]
        link.stack = traceback.StackSummary.from_list(kept)
        link = link.__cause__ or link.__context__
