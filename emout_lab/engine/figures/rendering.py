"""From a figure of matplotlib to the record that travels: its file, size and preview."""

from __future__ import annotations

import io
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import matplotlib
from matplotlib.animation import AbstractMovieWriter, Animation

from emout_lab.engine.figures.formats import (
    ANIMATED_FORMATS,
    PREVIEW_DPI,
    PREVIEW_FORMAT,
    mimetype_of,
    needs_preview,
    pixel_size,
)
from emout_lab.engine.figures.savefig import ImageWriter
from emout_lab.engine.protocol import Figure, FigureOptions
from emout_lab.errors import TooLarge

#: Called with each frame of an animation that was written: its number, and how many there are.
FrameCallback = Callable[[int, int | None], None]


class FigureRenderer:
    """Renders figures and animations in every format that matplotlib and its writers know.

    Parameters
    ----------
    engine : str
        Name of the engine.
    on_frame : callable
        Called with each frame of an animation.
    """

    def __init__(self, engine: str, on_frame: FrameCallback) -> None:
        self._engine = engine
        self._on_frame = on_frame
        self._images = ImageWriter()

    def render(
        self, name: str, figure: Any, animation: Animation | None, options: FigureOptions
    ) -> Figure:
        """Return a figure's record; the time it took is known to who asks.

        Parameters
        ----------
        name : str
            Its id.
        figure : matplotlib.figure.Figure
            What is drawn.
        animation : matplotlib.animation.Animation, optional
            What moves it.
        options : FigureOptions
            Format and resolution.
        """
        format = (options.format or ("gif" if animation is not None else "png")).lower()
        if animation is not None and format in ANIMATED_FORMATS:
            data = _animation_file(animation, format, options.dpi, self._on_frame)
        else:
            data = self._images.write(figure, format, options.dpi)
        width, height = pixel_size(data, format)
        return Figure(
            id=name,
            engine=self._engine,
            format=format,
            mimetype=mimetype_of(format),
            width=width,
            height=height,
            milliseconds=0.0,
            created=time.time(),
            bytes_read=0,
            data=data,
            preview=self._preview(figure) if needs_preview(format) else None,
        )

    def cache_bytes(self) -> int:
        """Return the memory that is kept to make pictures faster, about."""
        return self._images.cache_bytes()

    def _preview(self, figure: Any) -> bytes | None:
        try:
            return self._images.write(figure, PREVIEW_FORMAT, PREVIEW_DPI)
        except TooLarge:
            return None  # a drawing without pixels may be of any size


def figure_of(animation: Any) -> Any:
    """Return the figure that an animation moves, which has no public name in matplotlib."""
    for name in ("figure", "_fig"):  # the first is that of our own animations
        found = getattr(animation, name, None)
        if found is not None:
            return found
    # A writer gets the figure before anything is drawn.
    writer = _FigureProbe()
    try:
        animation.save(io.BytesIO(), writer=writer)
    except _FigureFound:
        return writer.figure
    raise TypeError(f"{animation!r} is an animation without a figure")


class _FigureFound(Exception):
    """Ends an animation that is about to be written."""


class _FigureProbe(AbstractMovieWriter):
    """Writes nothing, but learns the figure that it would write."""

    figure: Any = None

    def setup(self, fig: Any, outfile: Any, dpi: float | None = None) -> None:  # noqa: ARG002 - matplotlib's
        self.figure = fig
        raise _FigureFound

    def grab_frame(self, **options: Any) -> None:
        """Write no frame."""

    def finish(self) -> None:
        """Leave nothing."""


def _animation_file(
    animation: Animation, format: str, dpi: float, on_frame: FrameCallback
) -> bytes:
    writer = "ffmpeg" if format == "mp4" else "pillow"
    with tempfile.TemporaryDirectory(prefix="emout-lab-") as folder:
        file = Path(folder) / f"animation.{format}"
        # Not an argument: an animation with a faster way of its own takes that.
        with matplotlib.rc_context({"animation.writer": writer}):
            animation.save(file, dpi=dpi, progress_callback=on_frame)
        return file.read_bytes()
