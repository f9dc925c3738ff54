"""What is done with an animation, and which options go together."""

from __future__ import annotations

import math
import os
from numbers import Integral, Real
from typing import Any

from emout_lab.emses import execution
from emout_lab.errors import BadOption

PathLike = str | os.PathLike[str]

ACTIONS = ("return", "save", "to_html", "bytes", "show", "frames")
#: Gives one of several panels, so that it is none of a whole animation.
FRAMES = "frames"
DEFAULT_INTERVAL_MS = 200


def checked_action(
    action: str | None,
    filename: PathLike | None,
    *,
    show: bool = False,
    default: str = "return",
    method: str = "gifplot",
) -> str:
    """Return what to do with an animation; naming a file without an action means saving.

    Parameters
    ----------
    action : str or None
        As the user gave it.
    filename : path or None
        File to be written.
    show : bool
        The option ``show``, which saves as well where a file is named, as in ``plot()``.
    default : str
        Action where neither is given.
    method : str
        What the user called, for messages.

    Raises
    ------
    BadOption
        When there is no such action, it needs a file, or takes none.

    Examples
    --------
    >>> checked_action(None, "film.gif"), checked_action("bytes", None), checked_action(None, None)
    ('save', 'bytes', 'return')
    """
    known = ACTIONS if method == "gifplot" else tuple(a for a in ACTIONS if a != FRAMES)
    if action is not None and action not in known:
        text = f"No action {action!r} for {method}; there are {', '.join(known)}."
        raise BadOption(text, "action")
    _check_file(filename)
    if show:
        if action not in (None, "show"):
            raise BadOption(
                f"show=True and action={action!r} exclude each other: leave out one.", "show"
            )
        action = "show"
    elif filename is not None and action not in (None, "save"):
        raise BadOption(
            f"action={action!r} writes no file, and filename={str(filename)!r} was given: leave "
            "out filename, or write action='save'.",
            "filename",
        )
    if action == "save" and filename is None:
        raise BadOption(
            f"action='save' needs a file: {method}(action='save', filename='film.gif').", "filename"
        )
    action = action or ("save" if filename is not None else default)
    # An engine has no window: the film comes back as what is drawn there.
    return "return" if action == "show" and execution.current().is_on_worker else action


def one_file(filename: PathLike | None, savefilename: PathLike | None) -> PathLike | None:
    """Return the file to be written, which has two names.

    Raises
    ------
    BadOption
        When both are given, and differ.
    """
    if filename is not None and savefilename is not None and filename != savefilename:
        raise BadOption(
            f"filename={str(filename)!r} and savefilename={str(savefilename)!r} name two files for "
            "one animation: leave out one.",
            "savefilename",
        )
    return savefilename if filename is None else filename


def milliseconds(fps: float | None, interval: float) -> float:
    """Return the time from frame to frame.

    Raises
    ------
    BadOption
        When it is no time.

    Examples
    --------
    >>> milliseconds(20, 200), milliseconds(None, 200)
    (50.0, 200)
    """
    given: tuple[tuple[str, Any], ...] = (("fps", fps), ("interval", interval))
    for name, value in given:
        is_number = isinstance(value, Real) and not isinstance(value, bool)
        if not (value is None and name == "fps" or is_number and 0 < value < math.inf):
            raise BadOption(
                f"{name}={value!r} gives no time from frame to frame: write a number above 0, such "
                "as fps=10 (frames per second) or interval=100 (milliseconds).",
                name,
            )
    return interval if fps is None else 1000 / fps


def checked_axis(axis: Any, dims: tuple[str, ...]) -> int:
    """Return which dimension becomes the time of an animation.

    Raises
    ------
    BadOption
        When there is none of this number.
    """
    is_whole = isinstance(axis, Integral) and not isinstance(axis, bool)
    if not is_whole or not -len(dims) <= axis < len(dims):
        numbers = ", ".join(f"{number} ({dim})" for number, dim in enumerate(dims))
        raise BadOption(f"axis={axis!r} is no dimension that there is: write {numbers}.", "axis")
    return int(axis)


def _check_file(filename: Any) -> None:
    if filename is not None and (not isinstance(filename, (str, os.PathLike)) or not str(filename)):
        raise BadOption(f"filename={filename!r} is no path: write 'film.gif'.", "filename")
