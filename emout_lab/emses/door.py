"""The one door by which data reaches an engine, without knowing sessions or refs."""

from __future__ import annotations

from collections.abc import Callable
from importlib.metadata import entry_points
from typing import Any

from emout_lab.errors import EmoutLabError

#: Entry-point group of the function that opens an object on an engine.
DOOR_GROUP = "emout_lab.remote_door"


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
    doors = list(entry_points(group=DOOR_GROUP))
    if not doors:
        raise EmoutLabError(
            f"Nothing is registered under the entry point group {DOOR_GROUP!r}: emout_lab is not "
            "installed completely. Install it again: pip install --force-reinstall emout_lab"
        )
    return doors[0].load()(function, *args, expression=expression, session=session, **kwargs)
