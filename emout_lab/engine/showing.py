"""``plt.show()`` and ``figure.show()`` on an engine: the picture goes where it was asked for."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

from matplotlib.artist import Artist
from matplotlib.backend_bases import FigureManagerBase
from matplotlib.backends.backend_agg import FigureCanvasAgg

from emout_lab.engine.call import Call, FigureOptions
from emout_lab.engine.reads import bytes_read
from emout_lab.engine.titles import titles_of
from emout_lab.errors import EngineError

if TYPE_CHECKING:
    from emout_lab.engine.figures import Drawing, Drawings
    from emout_lab.engine.gallery import Gallery
    from emout_lab.engine.run import Run
    from emout_lab.engine.snapshot import FigureInfo


class _Shown(threading.local):
    """What shows the figures that the call of this thread draws: one, or all without one."""

    show: Callable[[Any], None] | None = None


_SHOWN = _Shown()


class FigureManager(FigureManagerBase):
    """Shows figures of recordings; others as matplotlib would, which has no window here."""

    def show(self) -> None:
        """Show this figure."""
        if _SHOWN.show is None:
            super().show()
        else:
            _SHOWN.show(self.canvas.figure)

    @classmethod
    def pyplot_show(cls, *, block: bool | None = None) -> None:
        """Show all figures that pyplot knows, and close them as notebooks do."""
        if _SHOWN.show is None:
            super().pyplot_show(block=block)
        else:
            _SHOWN.show(None)


class Shows:
    """The figures that code shows while a program of its recording runs.

    Parameters
    ----------
    drawings : Drawings
        Renders them.
    gallery : Gallery
        Keeps the pictures.
    announce : callable
        Told of every picture.
    """

    def __init__(
        self, drawings: Drawings, gallery: Gallery, announce: Callable[[FigureInfo], None]
    ) -> None:
        self._drawings, self._gallery, self._announce = drawings, gallery, announce
        _install_managers()

    @contextmanager
    def of(self, run: Run, call: Call, drawing: Drawing) -> Iterator[None]:
        """Let the code of a call show the figures of its drawing, in this thread."""
        options = dict(run.program.drawings).get(call.drawing or "")
        before = _SHOWN.show
        _SHOWN.show = None if options is None else partial(self._show, run, call, drawing, options)
        try:
            yield
        finally:
            _SHOWN.show = before

    def require_not_drawn(self, value: Any) -> None:
        """Refuse to give away a part of a figure that is being drawn: a copy is none of it.

        Raises
        ------
        EngineError
            With what to do instead.
        """
        owner = getattr(value, "__self__", value)  # of a method, too
        if isinstance(owner, Artist) and self._drawings.has(owner.figure):
            raise EngineError(
                f"this {type(owner).__name__} belongs to a figure that is being drawn on another "
                "engine, and only that engine can draw on it. Close that figure first, or draw "
                "both on one engine."
            )

    def _show(
        self, run: Run, call: Call, drawing: Drawing, options: FigureOptions, figure: Any | None
    ) -> None:
        # Only what the calls read: rendering reads megabytes of fonts.
        read = max(0, bytes_read() - run.read_before)
        drawing.note(None)
        titles = iter(titles_of(drawing.figures() if figure is None else [figure]))
        for each in self._drawings.shown(drawing, figure, options):
            run.outcome.require_wanted()
            done = replace(
                each,
                milliseconds=run.milliseconds(),
                bytes_read=read,
                title=next(titles, ""),
                cell="" if call.origin is None else call.origin.label,
            )
            run.outcome.show(call.drawing or "", done)
            self._announce(self._gallery.add(done, run.program.notebook))


def _install_managers() -> None:
    """Let figures of this process, an engine's, have such managers."""
    canvas: Any = FigureCanvasAgg
    canvas.manager_class = FigureManager
    if (pyplot := sys.modules.get("matplotlib.pyplot")) is not None:
        # It has asked the backend already how figures are shown.
        pyplot.switch_backend("agg")
