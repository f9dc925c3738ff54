"""Animations asked of an engine: which calls give a value here instead of a ref."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from emout_lab.errors import BadOption
from emout_lab.remote.context import CONTEXT

if TYPE_CHECKING:
    from emout_lab.engine.protocol import Description

#: Methods that animate: of fields and vectors, and of layouts of panels.
ANIMATING = ("gifplot", "plot")
#: Actions that give bytes, a text or nothing: what is asked for is wanted here.
VALUES = ("bytes", "to_html", "save")
#: Type of what plays an animation, which ``plot()`` of panels gives without an action.
PLAYER = "Player"
#: Types of what a notebook plays instead of showing a line about it.
ANIMATION_TYPES = frozenset(
    {"FieldAnimation", "SceneFilm", "FuncAnimation", "ArtistAnimation", PLAYER}
)


def check(method: str | None, kwargs: dict[str, Any]) -> None:
    """Refuse to open a window outside of a figure block.

    Raises
    ------
    BadOption
        For ``action="show"``, and for ``gifplot(show=True)``.
    """
    if method not in ANIMATING or CONTEXT.recording is not None:
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


def gives_value(method: str | None, kwargs: dict[str, Any], result: Description | None) -> bool:
    """Tell whether the value of a call is wanted here, as without an engine.

    Parameters
    ----------
    method : str, optional
        Name of the method that was called.
    kwargs : dict
        What it was called with.
    result : Description, optional
        What is known of the result.
    """
    if method not in ANIMATING:
        return False
    action, file = kwargs.get("action"), kwargs.get("filename")
    if action is not None:
        return action in VALUES
    if method == "gifplot":
        return file is not None or kwargs.get("savefilename") is not None
    return file is not None or result is not None and result.type == PLAYER


def html_of(animation: Any) -> str:
    """Return the player of an animation; called on the engine."""
    return str(animation._repr_html_())
