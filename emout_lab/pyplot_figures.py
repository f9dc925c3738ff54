"""The figures that pyplot holds, which stand in a module that is private to matplotlib.

IPython needs the same name. Without it this program still tells which figures are open; but an
engine cannot give every drawing figures of its own, and says so: closing figures and adding them
again, as matplotlib 3.11 can, gives them other numbers, and ``plt.figure(2)`` another one.
"""

from __future__ import annotations

import importlib
import sys
from collections import OrderedDict
from collections.abc import Iterable
from functools import cache
from typing import Any

import matplotlib

from emout_lab.errors import EngineError

Managers = OrderedDict[int, Any]
HELPERS = "matplotlib._pylab_helpers"
PYPLOT = "matplotlib.pyplot"
#: Where it was looked for last.
KNOWN_VERSION = "3.11"


def held() -> Managers | None:
    """Return what pyplot keeps its figures in; None where this matplotlib hides it."""
    owner = _owner()
    return None if owner is None else owner.figs


def hold(managers: Managers | None) -> None:
    """Let pyplot keep its figures in another place, as `held` gave it.

    Raises
    ------
    EngineError
        This matplotlib lets nobody do so.
    """
    owner = _owner()
    if owner is not None and managers is not None:
        owner.figs = managers
    elif managers is not None:
        raise EngineError(
            f"pictures cannot be drawn on engines with matplotlib {matplotlib.__version__}: its "
            "pyplot keeps figures where one drawing cannot be told from another. Calls without "
            f"pictures work. For pictures: pip install 'matplotlib=={KNOWN_VERSION}.*'"
        )


def close_unheld() -> None:
    """Close all figures of a pyplot that keeps them where nobody else can."""
    if held() is None and PYPLOT in sys.modules:
        vars(sys.modules[PYPLOT])["close"]("all")


def is_any_open(figures: Iterable[Any]) -> bool:
    """Tell whether pyplot holds one of these figures."""
    managers = held()
    if managers is not None:
        return any(each is m.canvas.figure for m in list(managers.values()) for each in figures)
    # From the module's own names: those that are asked of it may be recorded.
    exists = vars(sys.modules[PYPLOT])["fignum_exists"]
    return any(exists(each.number) for each in figures if getattr(each, "number", None))


@cache
def _owner() -> Any:
    """Return what holds pyplot's figures, where it is as we know it."""
    try:
        owner = importlib.import_module(HELPERS).Gcf
    except (ImportError, AttributeError):
        return None
    return owner if isinstance(getattr(owner, "figs", None), OrderedDict) else None
