"""All figures of an engine: those being drawn, those that can be drawn again, and their pictures.

A picture is a few kilobytes, the figure behind it holds its data. Therefore few figures are kept
to be drawn again: the oldest go when there are more than `MAX_KEPT`, or when they take more
together than a share of the engine's memory. A figure that is larger by itself is not kept at all.
Nothing is copied: a figure that the user's code changes later is drawn as it is then.
"""

from __future__ import annotations

import importlib
import logging
import threading
import time
import uuid
import weakref
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from typing import Any, Final

from matplotlib.animation import Animation
from matplotlib.artist import Artist

from emout_lab.config import FIGURE_PIXELS, FIGURE_SHARE
from emout_lab.engine.figures.cache import BoundedCache
from emout_lab.engine.figures.memory import held_bytes
from emout_lab.engine.figures.pixel_limit import PixelLimit
from emout_lab.engine.figures.pyplot_state import PyplotState, PyplotSwitch
from emout_lab.engine.figures.rendering import FigureRenderer, FrameCallback
from emout_lab.engine.figures.showing import install_managers
from emout_lab.engine.figures.titles import title_or_nothing
from emout_lab.engine.process.state import ProcessState, settings
from emout_lab.engine.protocol import Figure, FigureOptions
from emout_lab.engine.snapshot import FigureInfo
from emout_lab.errors import EngineError, ObjectGone, SpecError
from emout_lab.format import format_bytes

#: The most pictures, and figures behind them, that are kept.
MAX_RENDERED: Final = 200
MAX_KEPT: Final = 20
#: Part of the memory for figures that goes to pictures; the rest is for drawing again.
RENDERED_PART: Final = 1 / 3
WARM_UP: Final = "warm-up"

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class KeptFigure:
    """A drawn figure with its animation, if it moves, and the settings that it was drawn with."""

    figure: Any
    animation: Animation | None
    settings: dict[str, Any]


class FigureStore:
    """The figures of one engine: live while they are drawn, then kept for a while, and rendered.

    The engine's thread draws; the worker's event loop reads pictures and gives figures up.

    Parameters
    ----------
    engine : str
        Name of the engine.
    process : ProcessState
        Whose pyplot's figures and settings are.
    memory : callable
        Returns the engine's memory limit [B].
    announce : callable
        Called with the metadata of every picture.
    on_frame : callable
        Called with each frame of an animation that is written.
    share : float
        Share of the engine's memory that figures may take which are kept.
    max_pixels : int or None
        The most that a picture may have, whoever draws it; None for any.
    """

    def __init__(
        self,
        engine: str,
        process: ProcessState,
        memory: Callable[[], int],
        announce: Callable[[FigureInfo], None],
        on_frame: FrameCallback,
        share: float = FIGURE_SHARE,
        max_pixels: int | None = FIGURE_PIXELS,
    ) -> None:
        self._announce = announce
        self._share, self._memory = share, memory
        self._limit = PixelLimit(max_pixels)
        self._pyplot = PyplotSwitch(process)
        self._renderer = FigureRenderer(engine, on_frame)
        self._open: dict[str, PyplotState] = {}
        self._kept = BoundedCache[KeptFigure](MAX_KEPT, self._kept_budget)
        self._pinned: dict[str, tuple[KeptFigure, int]] = {}
        self._rendered = BoundedCache[tuple[FigureInfo, bytes]](
            MAX_RENDERED, self._rendered_budget, keeps_last=True
        )
        # What was drawn counts as long as it lives, whoever keeps it; asked for from other threads.
        self._sizes: weakref.WeakKeyDictionary[Any, int] = weakref.WeakKeyDictionary()
        self._lock = threading.Lock()

    @property
    def most_pixels(self) -> int | None:
        """The most that a picture may have; None for any."""
        return self._limit.most

    @property
    def pins(self) -> int:
        """How many figures are kept because somebody looks at them."""
        return len(self._pinned)

    @property
    def version(self) -> int:
        """Counts changes of the pictures that are kept."""
        return self._rendered.version

    def start(self) -> None:
        """Prepare matplotlib, which this process has only once, for drawing recordings."""
        self._limit.start()
        self._pyplot.start()
        install_managers()

    def close(self) -> None:
        """Let pictures of any size be drawn in this process again."""
        self._limit.close()

    def warm_up(self) -> None:
        """Draw a picture that nobody sees, which loads what the first one needs.

        Where none can be drawn, only the log says so.
        """
        try:
            with self.current(WARM_UP) as state:
                pyplot = importlib.import_module("matplotlib.pyplot")
                figure, axes = pyplot.subplots()
                figure.colorbar(axes.pcolormesh([[0.0, 1.0], [2.0, 3.0]]))
                axes.set_title("warm $10^{-3}$")
                state.note(figure)
            for _ in self.finish(WARM_UP, FigureOptions()):
                pass
        except EngineError as error:
            # Everything else works, and who draws gets this error.
            log.warning("No pictures: %s", error)
            self.discard(WARM_UP)

    def current(
        self, recording: str | None, owner: str | None = None
    ) -> AbstractContextManager[PyplotState]:
        """Make a recording's figures and settings pyplot's own.

        Without a name there is no recording: figures that are made meanwhile are thrown away.
        ``owner`` is the client that draws.
        """
        if recording is None:
            state = PyplotState({})
        else:
            state = self._open.setdefault(recording, PyplotState(self._pyplot.defaults, owner))
        return self._pyplot.active(state, is_kept=recording is not None)

    def finish(self, recording: str, options: FigureOptions) -> Iterator[Figure]:
        """Render every figure of a recording and release it."""
        try:
            with self.current(recording) as state:
                for figure in state.figures():
                    yield self._render(figure, state.animations.get(figure), options)
                    state.close(figure)
        finally:
            self.discard(recording)

    def show(
        self, state: PyplotState, figure: Any | None, options: FigureOptions
    ) -> Iterator[Figure]:
        """Render what a recording's code shows: one figure, or all, which are then closed."""
        state.note(None)
        for each in state.figures() if figure is None else [figure]:
            yield self._render(each, state.animations.get(each), options)
            state.note_shown(each)
        if figure is None:
            state.close_all()

    def publish(self, figure: Figure, notebook: str | None) -> None:
        """Keep a picture for who asks for it later, and announce it."""
        info = _info(figure, notebook)
        self._rendered.add(figure.id, (info, figure.data), info.bytes)
        self._announce(info)

    def draw_again(self, name: str, options: FigureOptions) -> Figure:
        """Render a figure of before in another format or resolution, in the style of then.

        Raises
        ------
        ObjectGone
            When newer figures have taken its place.
        SpecError
            When it cannot be written like that.
        """
        kept = self._found(name)
        check_resolution(kept.figure, options, self._limit.most)
        start = time.perf_counter()
        with self._pyplot.style(kept.settings):
            try:
                figure = self._renderer.render(name, kept.figure, kept.animation, options)
            except (ValueError, RuntimeError) as error:
                # matplotlib says so of a format that it, or one of its writers, does not know.
                raise SpecError(
                    f"this figure cannot be written as {options.format}: {error}", "fmt"
                ) from error
        return replace(figure, milliseconds=(time.perf_counter() - start) * 1e3)

    def pin(self, name: str) -> KeptFigure:
        """Return a kept figure, and keep it until `unpin` is called as often.

        Raises
        ------
        ObjectGone
            When newer figures have taken its place.
        """
        kept = self._found(name)
        self._pinned[name] = kept, self._pinned.get(name, (kept, 0))[1] + 1
        return kept

    def unpin(self, name: str) -> None:
        """Keep a figure no longer than others."""
        kept, count = self._pinned.pop(name)
        if count > 1:
            self._pinned[name] = kept, count - 1

    def style(self, kept: KeptFigure) -> AbstractContextManager[None]:
        """Draw with the settings that a figure was drawn with."""
        return self._pyplot.style(kept.settings)

    def image(self, name: str) -> bytes:
        """Return the bytes of a picture.

        Raises
        ------
        ObjectGone
            If it made room for newer ones, or was cleared.
        """
        found = self._rendered.get(name)
        if found is None:
            raise ObjectGone(
                f"figure {name} is no longer in the engine's gallery: it was cleared, or has made "
                f"room for newer ones (the last {self._rendered.max_items} are kept, in "
                f"{format_bytes(self._rendered.max_bytes())} at most; setting figure_share). Run "
                "its cell again."
            )
        return found[1]

    def infos(self) -> tuple[FigureInfo, ...]:
        """Return the metadata of all pictures, oldest first."""
        return tuple(info for info, _ in self._rendered.values())

    def forget(self, names: Iterable[str]) -> None:
        """Give up pictures and the figures behind them; unknown names are ignored."""
        names = list(names)
        self._rendered.remove(names)
        self._kept.remove(names)

    def discard(self, recording: str) -> bool:
        """Forget a recording and close its figures; return whether there were any."""
        state = self._open.pop(recording, None)
        if state is None or not state.managers:
            return False
        state.managers.clear()
        return True

    def discard_client(self, owner: str) -> None:
        """Forget the recordings that a client left unfinished."""
        for name, state in list(self._open.items()):
            if state.owner == owner:
                self._open.pop(name, None)

    def bytes(self) -> int:
        """Return the memory of pictures, and of the figures that were drawn and still live."""
        with self._lock:
            drawn = sum(self._sizes.values())
        return self._rendered.bytes + drawn + self._renderer.cache_bytes()

    def has_unkept(self) -> bool:
        """Return whether figures live that are not kept to be drawn again."""
        return len(self._sizes) > len(self._kept)

    def require_not_drawn(self, value: Any) -> None:
        """Refuse to give away a part of a figure that is being drawn: a copy is none of it.

        Raises
        ------
        EngineError
            With what to do instead.
        """
        owner = getattr(value, "__self__", value)  # of a method, too
        if isinstance(owner, Artist) and self._is_open(owner.figure):
            raise EngineError(
                f"this {type(owner).__name__} belongs to a figure that is being drawn on another "
                "engine, and only that engine can draw on it. Close that figure first, or draw "
                "both on one engine."
            )

    def _found(self, name: str) -> KeptFigure:
        kept = self._kept.get(name)
        if kept is None and name in self._pinned:
            kept = self._pinned[name][0]
        if kept is None:
            raise ObjectGone(
                f"figure {name} is not kept any more: the engine keeps the last "
                f"{self._kept.max_items} figures, as long as they take no more than "
                f"{format_bytes(self._kept.max_bytes())} together (setting figure_share). Run its "
                "cell again."
            )
        return kept

    def _is_open(self, figure: Any) -> bool:
        return any(figure is f for state in self._open.values() for f in state.order)

    def _render(self, figure: Any, animation: Animation | None, options: FigureOptions) -> Figure:
        name = uuid.uuid4().hex
        title = title_or_nothing(figure)
        done = replace(self._renderer.render(name, figure, animation, options), title=title)
        size = held_bytes(figure, animation)
        with self._lock:
            self._sizes[figure] = size
        self._kept.add(name, KeptFigure(figure, animation, settings()), size)
        return done

    def _rendered_budget(self) -> int:
        return int(self._share * RENDERED_PART * self._memory())

    def _kept_budget(self) -> int:
        whole = int(self._share * self._memory())
        return max(0, whole - self._rendered_budget() - self._renderer.cache_bytes())


def check_resolution(figure: Any, options: FigureOptions, max_pixels: int | None) -> None:
    """Refuse a resolution that would take more memory than a picture is worth.

    Parameters
    ----------
    figure : matplotlib.figure.Figure
        What is drawn.
    options : FigureOptions
        What is wanted.
    max_pixels : int or None
        The most that a picture may have; None for any number.

    Raises
    ------
    SpecError
        With the resolution that is possible.
    """
    if max_pixels is None:
        return
    width, height = (float(length) for length in figure.get_size_inches())
    most = (max_pixels / (width * height)) ** 0.5
    if options.dpi > most:
        raise SpecError(
            f"{options.dpi:g} dpi would make this figure of {width:g} x {height:g} inches "
            f"larger than {max_pixels:,} pixels (setting figure_pixels); "
            f"use {int(most)} dpi at most",
            field="dpi",
        )


def _info(figure: Figure, notebook: str | None) -> FigureInfo:
    return FigureInfo(
        id=figure.id,
        engine=figure.engine,
        notebook=notebook,
        format=figure.format,
        mimetype=figure.mimetype,
        width=figure.width,
        height=figure.height,
        bytes=len(figure.data),
        milliseconds=figure.milliseconds,
        created=figure.created,
        bytes_read=figure.bytes_read,
        title=figure.title,
        cell=figure.cell,
    )
