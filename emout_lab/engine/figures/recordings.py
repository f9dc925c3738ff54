"""Figures of recordings: made current while their calls run, rendered, always released."""

from __future__ import annotations

import builtins
import struct
import tempfile
import threading
import time
import uuid
import weakref
from collections import OrderedDict
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import matplotlib
import matplotlib.font_manager
from matplotlib.animation import Animation

from emout_lab import pyplot_figures
from emout_lab.engine.figures.animations import figure_of
from emout_lab.engine.figures.memory import held_bytes
from emout_lab.engine.figures.originals import Original, Originals
from emout_lab.engine.figures.pixel_limit import PixelLimit
from emout_lab.engine.figures.savefig import Pictures
from emout_lab.engine.process_state import ProcessState, put_settings, settings
from emout_lab.engine.protocol import Figure, FigureOptions
from emout_lab.errors import SpecError, TooLarge

SHOWN_BY_NOTEBOOKS = frozenset({"png", "jpg", "jpeg", "gif", "svg", "mp4"})
PREVIEW_DPI = 72.0
#: Told of each frame of an animation: its number, and how many there are.
Step = Callable[[int, int | None], None]
ANIMATED_FORMATS = frozenset({"gif", "webp", "apng", "mp4"})
MIMETYPES = {
    "png": "image/png",
    "apng": "image/apng",
    "jpg": "image/jpeg",
    "jpeg": "image/jpeg",
    "gif": "image/gif",
    "webp": "image/webp",
    "avif": "image/avif",
    "tif": "image/tiff",
    "tiff": "image/tiff",
    "svg": "image/svg+xml",
    "svgz": "application/gzip",  # notebooks take image/svg+xml as text
    "pdf": "application/pdf",
    "ps": "application/postscript",
    "eps": "application/postscript",
    "mp4": "video/mp4",
}
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


class Drawing:
    """The pyplot state of one recording: its settings, and its figures in the order they were made.

    Parameters
    ----------
    settings : dict
        matplotlib's rcParams as they are for this drawing; they follow what its calls change.
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


class Drawings:
    """All drawings of an engine, each apart from the others.

    Parameters
    ----------
    engine : str
        Name of the engine.
    on_frame : callable
        Told of each frame of an animation that is written.
    state : ProcessState
        Whose pyplot's figures and settings are.
    max_bytes : callable
        Returns the most that figures may take which are kept to be drawn again.
    max_pixels : int or None
        The most that a picture may have, whoever draws it; None for any.
    """

    def __init__(
        self,
        engine: str,
        on_frame: Step,
        state: ProcessState,
        max_bytes: Callable[[], int],
        max_pixels: int | None = None,
    ) -> None:
        self._engine = engine
        self._state = state
        self._on_frame = on_frame
        self._limit = PixelLimit(max_pixels)
        self._limit.start()
        self._drawings: dict[str, Drawing] = {}
        self._originals = Originals(max_bytes)
        self._pictures = Pictures()
        # What was drawn counts as long as it lives, whoever keeps it; asked for from other threads.
        self._lock = threading.Lock()
        self._sizes: weakref.WeakKeyDictionary[Any, int] = weakref.WeakKeyDictionary()
        self._installed = {font.name for font in matplotlib.font_manager.fontManager.ttflist}
        self._families = [name for name in CJK_FAMILIES if name in self._installed][:1]
        matplotlib.rcdefaults()
        matplotlib.rcParams["backend"] = "agg"
        self._defaults = settings()

    @contextmanager
    def style(self, values: dict[str, Any] | None = None) -> Iterator[None]:
        """Draw with settings of before, or with matplotlib's own."""
        before = settings()
        put_settings(self._defaults if values is None else values)
        self._add_families()
        try:
            yield
        finally:
            with self._state.kept() as is_ours:
                if is_ours:
                    put_settings(before)

    @contextmanager
    def current(self, name: str | None, owner: str | None = None) -> Iterator[Drawing]:
        """Make a drawing's figures and settings pyplot's own.

        Without a name there is no drawing: figures that are made meanwhile are thrown away.
        ``owner`` is the client that draws.
        """
        if name is None:
            drawing = Drawing({})
        else:
            drawing = self._drawings.setdefault(name, Drawing(self._defaults, owner))
        with self._state.kept() as is_ours:
            if not is_ours:
                raise KeyboardInterrupt
            others = pyplot_figures.held()
            # Without a drawing nothing is to be told apart.
            pyplot_figures.hold(None if name is None and others is None else drawing.managers)
            before = settings() if drawing.settings else {}
            if drawing.settings:
                put_settings(drawing.settings)
                self._add_families()
        try:
            yield drawing
        finally:
            with self._state.kept() as is_ours:
                if is_ours:
                    pyplot_figures.hold(others)
                if is_ours and drawing.settings:
                    drawing.settings = settings()
                    put_settings(before)
            if name is None:
                drawing.managers.clear()
                pyplot_figures.close_unheld()

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

    def render(self, name: str, options: FigureOptions) -> Iterator[Figure]:
        """Render every figure of a drawing and release the drawing."""
        try:
            with self.current(name) as drawing:
                for figure in drawing.figures():
                    yield self._render(figure, drawing.animations.get(figure), options)
                    drawing.close(figure)
        finally:
            self.release(name)

    def shown(
        self, drawing: Drawing, figure: Any | None, options: FigureOptions
    ) -> Iterator[Figure]:
        """Render what the drawing's code shows: one figure, or all that are then closed."""
        drawing.note(None)
        for each in drawing.figures() if figure is None else [figure]:
            yield self._render(each, drawing.animations.get(each), options)
            drawing.note_shown(each)
        if figure is None:
            drawing.close_all()

    def release(self, name: str) -> None:
        """Forget a drawing and close its figures."""
        drawing = self._drawings.pop(name, None)
        if drawing is not None:
            drawing.managers.clear()

    def release_owner(self, owner: str) -> None:
        """Forget the drawings that a client left unfinished."""
        for name, drawing in list(self._drawings.items()):
            if drawing.owner == owner:
                self._drawings.pop(name, None)

    def has(self, figure: Any) -> bool:
        """Tell whether a figure belongs to a drawing that is not finished."""
        return any(figure is f for drawing in self._drawings.values() for f in drawing.order)

    def bytes(self) -> int:
        """Return the memory of the figures that were drawn and still live."""
        with self._lock:
            return sum(self._sizes.values())

    def close_limit(self) -> None:
        """Let pictures of any size be drawn in this process again."""
        self._limit.close()

    def formula_bytes(self) -> int:
        """Return the memory that is kept for parsed formulas, about."""
        return self._pictures.formula_bytes()

    def has_others(self) -> bool:
        """Tell whether figures live that are not kept to be drawn again."""
        return len(self._sizes) > len(self._originals)

    def forget(self, names: Iterable[str]) -> None:
        """Give up figures of before: they are not to be rendered again."""
        self._originals.forget(names)

    def again(self, name: str, options: FigureOptions) -> Figure:
        """Render a figure of before in another format or resolution, in the style of then.

        Raises
        ------
        ObjectGone
            When newer figures have taken its place.
        SpecError
            When it cannot be written like that.
        """
        original = self._originals.get(name)
        original.check(options, self._limit.most)
        start = time.perf_counter()
        with self.style(original.rc):
            try:
                figure = self._written(name, original.figure, original.animation, options)
            except (ValueError, RuntimeError) as error:
                # matplotlib says so of a format that it, or one of its writers, does not know.
                raise SpecError(
                    f"this figure cannot be written as {options.format}: {error}", "fmt"
                ) from error
        return replace(figure, milliseconds=(time.perf_counter() - start) * 1e3)

    def _render(self, figure: Any, animation: Animation | None, options: FigureOptions) -> Figure:
        name = uuid.uuid4().hex
        done = self._written(name, figure, animation, options)
        size = held_bytes(figure, animation)
        with self._lock:
            self._sizes[figure] = size
        self._originals.keep(name, Original(figure, animation, settings()), size)
        return done

    def _written(
        self, name: str, figure: Any, animation: Animation | None, options: FigureOptions
    ) -> Figure:
        format = (options.format or ("gif" if animation is not None else "png")).lower()
        if animation is not None and format in ANIMATED_FORMATS:
            data = _animate(animation, format, options.dpi, self._on_frame)
        else:
            data = self._pictures.picture(figure, format, options.dpi)
        width, height = pixel_size(data, format)
        return Figure(
            id=name,
            engine=self._engine,
            format=format,
            mimetype=MIMETYPES.get(format, "application/octet-stream"),
            width=width,
            height=height,
            milliseconds=0.0,  # known when the program has come this far
            created=time.time(),
            bytes_read=0,
            data=data,
            preview=None if format in SHOWN_BY_NOTEBOOKS else self._preview(figure),
        )

    def _preview(self, figure: Any) -> builtins.bytes | None:
        try:
            return self._pictures.picture(figure, "png", PREVIEW_DPI)
        except TooLarge:
            return None  # a drawing without pixels may be of any size


def _animate(animation: Animation, format: str, dpi: float, on_frame: Step) -> bytes:
    writer = "ffmpeg" if format == "mp4" else "pillow"
    with tempfile.TemporaryDirectory(prefix="emout-lab-") as folder:
        file = Path(folder) / f"animation.{format}"
        # Not an argument: an animation with a faster way of its own takes that.
        with matplotlib.rc_context({"animation.writer": writer}):
            animation.save(file, dpi=dpi, progress_callback=on_frame)
        return file.read_bytes()


def pixel_size(data: bytes, format: str) -> tuple[int, int]:
    """Return width and height in pixels as the file's header tells, (0, 0) for other formats.

    Examples
    --------
    >>> pixel_size(b"GIF89a" + bytes([44, 1, 200, 0]), "gif")
    (300, 200)
    """
    if format == "png" and len(data) >= 24:
        width, height = struct.unpack(">II", data[16:24])
        return width, height
    if format == "gif" and len(data) >= 10:
        width, height = struct.unpack("<HH", data[6:10])
        return width, height
    return 0, 0
