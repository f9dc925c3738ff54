"""Animations asked of an engine: which calls give a value here, not a ref."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from emout_lab.errors import BadOption
from emout_lab.remote.context import AMBIENT

if TYPE_CHECKING:
    from emout_lab.remote.node import Node

#: Methods that animate: of fields and vectors, and of layouts of panels.
ANIMATING = ("gifplot", "plot")
#: Actions that give bytes, a text or nothing: what is asked for is wanted here.
VALUES = ("bytes", "to_html", "save")
#: Type of what plays an animation, which ``plot()`` of panels gives without an action.
PLAYER = "Player"


def check(method: str | None, kwargs: dict[str, Any]) -> None:
    """Refuse to open a window outside of a figure block.

    Raises
    ------
    BadOption
        For ``action="show"``, and for ``gifplot(show=True)``.
    """
    if method not in ANIMATING or AMBIENT.recording is not None:
        return
    is_shown = method == "gifplot" and kwargs.get("show")
    if kwargs.get("action") == "show" or is_shown:
        given = "show=True" if is_shown else "action='show'"
        raise BadOption(
            f"{method}({given}) opens a window, and an engine has none: leave it out (a notebook "
            "plays the film), use it in a remote_figure block, or write action='to_html', 'bytes' "
            "or 'save'.",
            "show" if is_shown else "action",
        )


def gives_value(method: str | None, kwargs: dict[str, Any], result: Node) -> bool:
    """Tell whether the result of a call is wanted here, as without an engine."""
    if method not in ANIMATING:
        return False
    action, file = kwargs.get("action"), kwargs.get("filename")
    if action is not None:
        return action in VALUES
    if method == "gifplot":
        return file is not None or kwargs.get("savefilename") is not None
    found = result.description
    return file is not None or found is not None and found.type == PLAYER
