"""``plt.show()`` and ``figure.show()`` on an engine: the picture goes where it was asked for."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from matplotlib.backend_bases import FigureManagerBase
from matplotlib.backends.backend_agg import FigureCanvasAgg

#: Shows one figure, or, given None, all that pyplot knows.
Show = Callable[[Any], None]


class _OfThread(threading.local):
    """What shows the figures that the call of this thread draws."""

    show: Show | None = None


_CURRENT = _OfThread()


class FigureManager(FigureManagerBase):
    """Shows figures of recordings; others as matplotlib would, which has no window here."""

    def show(self) -> None:
        """Show this figure."""
        if _CURRENT.show is None:
            super().show()
        else:
            _CURRENT.show(self.canvas.figure)

    @classmethod
    def pyplot_show(cls, *, block: bool | None = None) -> None:
        """Show all figures that pyplot knows, and close them as notebooks do."""
        if _CURRENT.show is None:
            super().pyplot_show(block=block)
        else:
            _CURRENT.show(None)


@contextmanager
def showing(show: Show | None) -> Iterator[None]:
    """Let the code of a call show figures in this thread; without ``show`` none are shown."""
    before = _CURRENT.show
    _CURRENT.show = show
    try:
        yield
    finally:
        _CURRENT.show = before


def show_here(figure: Any) -> None:
    """Show a figure that ``display`` was given.

    Raises
    ------
    NotImplementedError
        Where figures are not shown: IPython displays its text then.
    """
    if _CURRENT.show is None:
        raise NotImplementedError("this call shows no figures")
    _CURRENT.show(figure)


def install_managers() -> None:
    """Let figures of this process, an engine's, have such managers."""
    canvas: Any = FigureCanvasAgg
    canvas.manager_class = FigureManager
    if (pyplot := sys.modules.get("matplotlib.pyplot")) is not None:
        # It has asked the backend already how figures are shown.
        pyplot.switch_backend("agg")
