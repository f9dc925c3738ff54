"""The one door by which data reaches an engine, without knowing sessions or refs.

Behind it are entry points, so that this layer imports nothing above it: ``open_remotely`` opens an
object on an engine, ``read_remotely`` reads a part of a field there (transfer mode), ``record``
lets a method run there while a figure is recorded, ``share_out`` spreads independent tasks over
all engines of a session.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from functools import cache, wraps
from importlib.metadata import EntryPoint, entry_points
from typing import Any, TypeVar, cast

from emout_lab.errors import EmoutLabError

#: Entry-point group of what is behind the door.
DOOR_GROUP = "emout_lab.remote_door"
#: Nothing can be recorded before this was imported.
REMOTE_LAYER = "emout_lab.remote"

Method = TypeVar("Method", bound=Callable[..., Any])


@cache
def _entries() -> dict[str, EntryPoint]:
    return {entry.name: entry for entry in entry_points(group=DOOR_GROUP)}


@cache
def find(name: str) -> Callable[..., Any] | None:
    """Return what is behind the door under a name, or None where nothing is."""
    entry = _entries().get(name)
    return None if entry is None else cast("Callable[..., Any]", entry.load())


def open_remotely(
    function: Callable[..., Any],
    *args: Any,
    expression: str | None = None,
    session: Any = None,
    **kwargs: Any,
) -> Any:
    """Call a function on an engine and return the reference to its result.

    Parameters
    ----------
    function : callable
        Called as ``function(*args, **kwargs)`` on the engine.
    expression : str, optional
        How the object is shown to people, such as ``Emout("run1")``.
    session : object, optional
        A session or its name; None means the active one.

    Raises
    ------
    EmoutLabError
        When this installation has no remote layer.
    NoSession
        When no session runs.
    """
    opener = find("open_remotely")
    if opener is None:
        raise EmoutLabError(
            f"Nothing is registered under the entry point group {DOOR_GROUP!r}: emout_lab is not "
            "installed completely. Install it again: pip install --force-reinstall emout_lab"
        )
    return opener(function, *args, expression=expression, session=session, **kwargs)


def share_out(
    function: Callable[..., Any],
    tasks: Sequence[tuple[Any, ...]],
    *,
    label: str,
    alone: Sequence[tuple[Any, ...]] | None = None,
    is_local: bool = False,
    uses_threads: bool = False,
) -> list[Any]:
    """Call a function once per task, on all engines of a session where there is one.

    The results do not depend on where they were computed: tasks share nothing.

    Parameters
    ----------
    function : callable
        Called as ``function(*task)``; function, arguments and results are pickled.
    tasks : sequence of tuple
        Arguments of each call.
    label : str
        What is computed, for whoever watches the progress.
    alone : sequence of tuple, optional
        Fewer and larger tasks that do the same, for a process that computes by itself.
    is_local : bool
        Compute in this process even where a session runs.
    uses_threads : bool
        Whether tasks of one process can really run at once: they release the GIL.

    Returns
    -------
    list
        Results in the order of the tasks.
    """
    share = None if is_local else find("share_out")
    results = (
        None
        if share is None
        else share(function, list(tasks), label=label, uses_threads=uses_threads)
    )
    if results is None:
        return [function(*task) for task in (tasks if alone is None else alone)]
    return cast("list[Any]", results)


def is_before_the_data() -> bool:
    """Tell whether this process is an engine, or works for one: there everything is read at once.

    Examples
    --------
    >>> is_before_the_data()
    False
    """
    is_worker = find("is_worker")
    return is_worker is not None and bool(is_worker())


def read_once(owner: Any, read: Callable[[], Any]) -> Any:
    """Return what ``read()`` gives; on an engine, once in each expression."""
    reads = find("reads")
    kept = None if reads is None else reads()
    return read() if kept is None else kept.once(owner, read)


def report(done: int, total: int, label: str) -> None:
    """Tell whoever watches how far a long computation of this process has come.

    A long task calls this now and then: it raises where the task was cancelled.
    """
    tell = find("report")
    if tell is not None:
        tell(done, total, label)


def recorded(owner: Any, name: str, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """Let a method call run on the engine while a figure is recorded, and return its ref.

    None where nothing is recorded: then the caller does it. The owner travels as its recipe, so
    nothing is read here.
    """
    record = find("record") if REMOTE_LAYER in sys.modules else None
    return None if record is None else record(owner, name, args, kwargs)


def recordable(method: Method) -> Method:
    """Let a method run on the engine while a figure is recorded, and return a ref.

    Of an animation it may be the value, see `emout_lab.remote.films`.
    """

    @wraps(method)
    def call(self: Any, *args: Any, **kwargs: Any) -> Any:
        ref = recorded(self, method.__name__, args, kwargs)
        if ref is None:
            return method(self, *args, **kwargs)
        return ref._result(method.__name__, kwargs)

    return cast("Method", call)
