"""pyplot's figures and settings, a set of its own for each recording."""

from __future__ import annotations

import weakref
from collections import OrderedDict
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import matplotlib
import matplotlib.font_manager
from matplotlib.animation import Animation

from emout_lab import pyplot_figures
from emout_lab.engine.figures.rendering import figure_of
from emout_lab.engine.process.state import ProcessState, put_settings, settings

CJK_FAMILIES = (
    "Noto Sans CJK JP",
    "Noto Sans JP",
    "IPAexGothic",
    "IPAGothic",
    "IPAPGothic",
    "TakaoGothic",
    "VL Gothic",
    "Source Han Sans JP",
    "Hiragino Sans",
    "Yu Gothic",
    "MS Gothic",
)


class PyplotState:
    """pyplot's state in one recording: its settings, and its figures in the order they were made.

    Parameters
    ----------
    settings : dict
        matplotlib's rcParams as they are for this recording; they follow what its calls change.
    owner : str, optional
        The client that draws.
    """

    def __init__(self, settings: dict[str, Any], owner: str | None = None) -> None:
        self.settings = settings
        self.owner = owner
        self.managers: OrderedDict[int, Any] = OrderedDict()
        self.order: list[Any] = []
        self.animations: dict[Any, Animation] = {}
        self._shown: weakref.WeakSet[Any] = weakref.WeakSet()

    def note(self, result: Any) -> None:
        """Remember figures made since the last call, and an animation that the call returned."""
        for manager in self.managers.values():
            self._add(manager.canvas.figure)
        if isinstance(result, Animation):
            figure = figure_of(result)
            self._add(figure)
            self.animations[figure] = result

    def figures(self) -> list[Any]:
        """Return what is to be rendered, in the order it was made.

        These are the figures that pyplot still knows, and those of animations, which may have
        been made without pyplot; not those that are as they were when they were shown.
        """
        known = {id(manager.canvas.figure) for manager in self.managers.values()}
        found = [f for f in self.order if id(f) in known or f in self.animations]
        return [f for f in found if f.stale or f not in self._shown]

    def note_shown(self, figure: Any) -> None:
        """Take notice that a figure was shown; it is to be rendered again once it changes."""
        figure.stale = False
        self._shown.add(figure)

    def close_all(self) -> None:
        """Let go of all figures, as after ``plt.show()``."""
        self.order.clear()
        self.animations.clear()
        self.managers.clear()

    def close(self, figure: Any) -> None:
        """Let go of a figure that was rendered."""
        self.order = [other for other in self.order if other is not figure]
        self.animations.pop(figure, None)
        for number, manager in list(self.managers.items()):
            if manager.canvas.figure is figure:
                del self.managers[number]

    def _add(self, figure: Any) -> None:
        if not any(figure is other for other in self.order):
            self.order.append(figure)


class PyplotSwitch:
    """Makes a recording's figures and settings pyplot's own while its calls run.

    Parameters
    ----------
    process : ProcessState
        Tells whether this thread may change them.
    """

    def __init__(self, process: ProcessState) -> None:
        self._process = process
        self._installed = {font.name for font in matplotlib.font_manager.fontManager.ttflist}
        self._families = [name for name in CJK_FAMILIES if name in self._installed][:1]
        self.defaults: dict[str, Any] = {}

    def start(self) -> None:
        """Begin with matplotlib's own settings, drawing pixels without a window."""
        matplotlib.rcdefaults()
        matplotlib.use("agg")
        self.defaults = settings()

    @contextmanager
    def active(self, state: PyplotState, *, is_kept: bool) -> Iterator[PyplotState]:
        """Let pyplot have the figures and settings of a recording, and give its state.

        Parameters
        ----------
        state : PyplotState
            What is made current.
        is_kept : bool
            Whether its figures stay; those made outside of recordings are thrown away.

        Raises
        ------
        KeyboardInterrupt
            When the thread has lost pyplot to another one.
        """
        with self._process.kept() as is_ours:
            if not is_ours:
                raise KeyboardInterrupt
            others = pyplot_figures.held()
            # Where figures are thrown away, nothing has to be told apart.
            pyplot_figures.hold(state.managers if is_kept or others is not None else None)
            before = settings() if state.settings else {}
            if state.settings:
                put_settings(state.settings)
                self._add_families()
        try:
            yield state
        finally:
            with self._process.kept() as is_ours:
                if is_ours:
                    pyplot_figures.hold(others)
                if is_ours and state.settings:
                    state.settings = settings()
                    put_settings(before)
            if not is_kept:
                state.managers.clear()
                pyplot_figures.close_unheld()

    @contextmanager
    def style(self, values: dict[str, Any]) -> Iterator[None]:
        """Draw with settings of before."""
        before = settings()
        put_settings(values)
        self._add_families()
        try:
            yield
        finally:
            with self._process.kept() as is_ours:
                if is_ours:
                    put_settings(before)

    def _add_families(self) -> None:
        """Add a font for glyphs that the user's fonts lack."""
        rc: Any = matplotlib.rcParams
        families = list(rc["font.family"])
        named = [name for family in families for name in rc.get(f"font.{family}", [family])]
        if self._installed.isdisjoint(named):
            # What matplotlib itself would take; the added font is for other glyphs.
            families.append(matplotlib.font_manager.fontManager.defaultFamily["ttf"])
        missing = [name for name in self._families if name not in families]
        if missing:
            matplotlib.rcParams["font.family"] = families + missing
