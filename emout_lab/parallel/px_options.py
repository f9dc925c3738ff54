"""Options of ``%px`` and its relatives, and what their texts mean."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from IPython.core.error import UsageError
from IPython.core.magic_arguments import argument

from emout_lab.parallel.outputs import GROUPS
from emout_lab.parallel.targets import chosen

F = TypeVar("F", bound=Callable[..., Any])

#: What becomes of the engines at Ctrl-C: their cell is interrupted, they are restarted, or nothing.
INTERRUPT, RESTART, NOTHING = "interrupt", "restart", "nothing"
SIGNALS = {
    "SIGINT": INTERRUPT,
    "2": INTERRUPT,
    "SIGKILL": RESTART,
    "9": RESTART,
    "SIGTERM": RESTART,
    "15": RESTART,
    "0": NOTHING,
}


def running_options(function: F) -> F:
    """Add the options that tell where and how code runs."""
    for option in (
        argument("--block", "-b", action="store_true", default=None, help="wait for the engines"),
        argument(
            "--noblock",
            "-a",
            dest="block",
            action="store_false",
            default=None,
            help="return at once, with an AsyncResult",
        ),
        argument("--targets", "-t", help="engines: 0, 0,2, ::2, -1 or all"),
        argument(
            "--stream",
            action="store_true",
            default=None,
            help="show what is printed while it runs (as it does unless outputs are grouped)",
        ),
        argument(
            "--no-stream",
            dest="stream",
            action="store_false",
            default=None,
            help="show all at the end, in the order of the engines",
        ),
        argument("--verbose", action="store_true", default=None, help="say where each cell runs"),
        argument(
            "--no-verbose", dest="verbose", action="store_false", default=None, help="say nothing"
        ),
        argument(
            "--progress-after",
            type=float,
            help="after so many seconds tell how many engines are done (2); never: -1",
        ),
        argument(
            "--signal-on-interrupt",
            help="what Ctrl-C does to the engines: SIGINT interrupts what they run, SIGKILL "
            "restarts them, 0 does nothing",
        ),
    )[::-1]:
        function = option(function)
    return function


def output_options(function: F) -> F:
    """Add the options that tell how outputs are shown, and where the result is kept."""
    for option in (
        argument("--group-outputs", "-g", dest="groupby", choices=GROUPS, help="group outputs by"),
        argument("-e", dest="groupby", action="store_const", const="engine", help="… by engine"),
        argument("-r", dest="groupby", action="store_const", const="order", help="… in order"),
        argument("--out", "-o", "--name", "-n", dest="out", help="keep the AsyncResult as a name"),
    )[::-1]:
        function = option(function)
    return function


def targets_of(text: str, ids: list[int]) -> Any:
    """Return the targets that a text means, of the engines that there are.

    Raises
    ------
    UsageError
        For a text that means none, and for engines that are not there.

    Examples
    --------
    >>> targets_of("1", [0, 1, 2]), targets_of("::2", [0, 1, 2]), targets_of("0,-1", [0, 1, 2])
    (1, [0, 2], [0, 2])
    """
    found = text.strip().strip("[]()").replace(" ", "")
    if found.strip("'\"") == "all":
        return "all"
    try:
        if ":" in found:
            key: Any = slice(*(int(each) if each else None for each in found.split(":")))
        elif "," in found or text.strip()[:1] in ("[", "("):
            key = [int(each) for each in found.split(",") if each]
        else:
            key = int(found)
    except (ValueError, TypeError):
        raise UsageError(
            f"--targets {text!r} names no engines: write a number (0), several (0,2), a slice "
            "(::2) or all"
        ) from None
    try:
        targets = chosen(key, ids)
    except IndexError as error:
        raise UsageError(f"--targets {text}: {error}") from None
    if targets == []:
        raise UsageError(f"--targets {text} means no engine of those that there are")
    return targets


def signal_of(text: str) -> str:
    """Return what Ctrl-C does to the engines.

    Raises
    ------
    UsageError
        For a text that means no such thing.
    """
    found = text.strip().upper()
    name = found if found in SIGNALS or found.isdigit() else f"SIG{found.removeprefix('SIG')}"
    if name not in SIGNALS:
        raise UsageError(
            f"--signal-on-interrupt {text!r} is not one of SIGINT (interrupts what engines run), "
            "SIGKILL (restarts them), 0 (does nothing)"
        )
    return SIGNALS[name]
