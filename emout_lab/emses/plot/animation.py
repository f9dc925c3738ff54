"""Animations whose files are written quickly.

A frame differs from the one before in its data and its title only. So everything else is drawn
once and kept as pixels; for each frame the kept pixels are put back and the data drawn over them.
All frames share one palette, found on a few of them, so that turning a frame into palette indices
is one table look-up.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.animation import FuncAnimation, writers
from matplotlib.artist import Artist
from matplotlib.figure import Figure
from PIL import Image

from emout_lab.emses.plot import encode, moving, sharing
from emout_lab.emses.plot.frames import Palette, Stage
from emout_lab.emses.plot.labels import View
from emout_lab.emses.plot.quick import quick_map
from emout_lab.errors import DataError

ACTIONS = ("return", "save", "to_html", "bytes", "show")
#: What only ffmpeg writes.
FILM_SUFFIXES = frozenset({".mp4", ".mov", ".avi", ".mkv", ".webm", ".m4v"})
DEFAULT_INTERVAL_MS = 200
#: Frames that the shared palette is found on.
PALETTE_SAMPLES = 6

Array = np.ndarray[Any, Any]


class FieldAnimation(FuncAnimation):
    """An animation of one figure; ``save("film.gif")`` is fast.

    Parameters
    ----------
    figure : Figure
        Already drawn with the first frame.
    update : callable
        Called with a frame number, brings the moving artists up to date.
    moving : sequence of Artist
        All artists that `update` changes.
    frames : int
        Number of frames.
    interval : float
        Time from frame to frame [ms].
    repeat : bool
        Start again after the last frame.
    values : ndarray, optional
        Values of all frames; lets a colour map be drawn without matplotlib.
    origin : Origin, optional
        Lets engines draw parts of a long animation.

    Examples
    --------
    >>> import tempfile
    >>> from emout_lab.emses import Emout
    >>> from emout_lab.emses.demo import write_demo_data
    >>> data = Emout(write_demo_data(tempfile.mkdtemp(), grid=8, steps=3))
    >>> film = data.phisp[:, :, 4, :].gifplot()
    >>> film.to_bytes()[:6]
    b'GIF89a'
    """

    def __init__(
        self,
        figure: Figure,
        update: Callable[[int], None],
        moving: Sequence[Artist],
        frames: int,
        *,
        interval: float = DEFAULT_INTERVAL_MS,
        repeat: bool = True,
        values: Array | None = None,
        origin: sharing.Origin | None = None,
    ) -> None:
        self._update = update
        self._values = values
        self._origin = origin
        self._moving = list(moving)
        self.frames = frames
        self.interval = interval
        self.is_repeated = repeat

        def draw(frame: int) -> list[Artist]:
            update(frame)
            return self._moving

        super().__init__(figure, draw, frames=frames, interval=interval, repeat=repeat, blit=False)

    def __del__(self) -> None:
        # matplotlib warns here of animations that were never shown in a window; ours need none.
        pass

    @property
    def figure(self) -> Figure:
        """The figure that is animated."""
        return self._fig  # type: ignore[attr-defined, no-any-return]

    def save(  # type: ignore[override]
        self,
        filename: str | os.PathLike[str],
        writer: Any = None,
        fps: float | None = None,
        dpi: float | None = None,
        **options: Any,
    ) -> None:
        """Write the animation to a file.

        Parameters
        ----------
        filename : path
            ``.gif`` and ``.webp`` are written here and quickly; matplotlib's writers take the
            others (``.mp4`` needs ffmpeg).
        writer : str or MovieWriter, optional
            Writer of matplotlib; ``"pillow"`` means the quick way for the formats it writes.
        fps : float, optional
            Frames per second; by the interval if not given.
        dpi : float, optional
            Dots per inch; the figure's if not given.
        **options
            For `matplotlib.animation.Animation.save`; ``progress_callback`` is called with the
            number of each frame and how many there are.

        Raises
        ------
        DataError
            For a film format without ffmpeg.
        """
        path = os.path.expanduser(os.fspath(filename))
        suffix = os.path.splitext(path)[1].lower()
        told = options.pop("progress_callback", None)
        if writer not in (None, "pillow") or options or suffix not in {".gif", ".webp"}:
            if writer is None or isinstance(writer, str):
                # A writer that was made already has its rate.
                options["fps"] = fps or 1000 / self.interval
            _check_writer(writer, suffix)
            super().save(path, writer=writer, dpi=dpi, progress_callback=told, **options)
            return
        content = self.to_bytes(suffix[1:], fps=fps, dpi=dpi, progress_callback=told)
        with open(path, "wb") as file:
            file.write(content)

    def to_bytes(
        self,
        format: str = "gif",
        *,
        fps: float | None = None,
        dpi: float | None = None,
        progress_callback: Callable[[int, int], Any] | None = None,
    ) -> bytes:
        """Return the animation as the content of a file.

        Parameters
        ----------
        format : {"gif", "webp"}
            Kind of file.
        fps : float, optional
            Frames per second.
        dpi : float, optional
            Dots per inch.
        progress_callback : callable, optional
            Called with the number of each frame and how many there are.
        """
        if format not in {"gif", "webp"}:
            raise DataError(f"No animation format {format!r}; there are 'gif' and 'webp'.")
        milliseconds = 1000 / fps if fps else self.interval
        if format == "webp":
            images = self._told(map(Image.fromarray, self.rgb(dpi)), progress_callback)
            return encode.webp(images, milliseconds, self.is_repeated)
        parts = self._shared("gif", dpi, milliseconds)
        if parts:
            return encode.join_gifs(parts, self.is_repeated)
        images = self._told(self.indexed(dpi), progress_callback)
        return encode.gif(images, milliseconds, self.is_repeated)

    def rgb(self, dpi: float | None = None, frames: Sequence[int] | None = None) -> Iterator[Array]:
        """Draw frame after frame.

        Parameters
        ----------
        dpi : float, optional
            Dots per inch; the figure's if not given.
        frames : sequence of int, optional
            Frame numbers; all of them if not given.

        Yields
        ------
        ndarray, shape (height, width, 3), uint8
            Pixels of one frame.
        """
        with Stage(self.figure, self._moving, dpi) as stage:
            quick = quick_map(stage, self._moving, self._values)
            for frame in range(self.frames) if frames is None else frames:
                self._update(frame)
                pixels = stage.draw(None if quick is None else quick.image).copy()
                if quick is not None:
                    quick.fill(pixels)
                yield pixels

    def to_html(self, *, fps: float | None = None, dpi: float | None = None) -> encode.Player:
        """Return a player as HTML that holds the animation: play, pause, a slider."""
        milliseconds = 1000 / fps if fps else self.interval
        frames = [frame for part in self._shared("png", dpi, milliseconds) for frame in part]
        if not frames:
            frames = [encode.png(image) for image in self.indexed(dpi)]
        return encode.player(frames, milliseconds, self.is_repeated)

    def _repr_html_(self) -> str:
        return self.to_html()

    def indexed(
        self, dpi: float | None = None, palette: Palette | None = None
    ) -> Iterator[Image.Image]:
        """Draw frame after frame in the colours of one palette.

        Parameters
        ----------
        dpi : float, optional
            Dots per inch; the figure's if not given.
        palette : Palette, optional
            Of a longer animation that this is a part of.
        """
        palette = self.palette(dpi) if palette is None else palette
        with Stage(self.figure, self._moving, dpi) as stage:
            quick = quick_map(stage, self._moving, self._values)
            image = None if quick is None else quick.image
            boxes = stage.boxes(leave_out=image)
            indices = palette.indices(stage.draw())
            scale = None if quick is None else palette.scale(quick.colours)
            for frame in range(self.frames):
                self._update(frame)
                pixels = stage.draw(image)
                for box in boxes:
                    indices[box] = palette.indices(pixels[box])
                if quick is not None and scale is not None:
                    np.copyto(indices[quick.box], scale[quick.steps()], where=quick.is_live)
                yield palette.image(indices)

    def palette(self, dpi: float | None = None) -> Palette:
        """Find the palette of all frames on a few of them."""
        samples = np.unique(np.linspace(0, self.frames - 1, PALETTE_SAMPLES).astype(int)).tolist()
        with Stage(self.figure, self._moving, dpi) as stage:
            quick = quick_map(stage, self._moving, self._values)
            pixels = []
            for frame in samples:
                self._update(frame)
                # A map's colours are known; what else there is, is to be found.
                pixels.append(stage.draw(None if quick is None else quick.image).copy())
        return Palette(pixels, None if quick is None else quick.colours)

    def _shared(self, kind: str, dpi: float | None, milliseconds: float) -> list[Any]:
        return sharing.shared(
            self._origin, self.frames, kind, lambda: self.palette(dpi), dpi, milliseconds
        )

    def _told(
        self, images: Iterator[Image.Image], told: Callable[[int, int], Any] | None
    ) -> Iterator[Image.Image]:
        for number, image in enumerate(images):
            yield image
            if told is not None:
                told(number, self.frames)


def animate(
    view: View,
    *,
    axis: int = 0,
    action: str = "return",
    filename: str | os.PathLike[str] | None = None,
    fig: Figure | None = None,
    figsize: tuple[float, float] | None = None,
    dpi: float | None = None,
    interval: float = DEFAULT_INTERVAL_MS,
    fps: float | None = None,
    repeat: bool = True,
    title: str | None = None,
    notitle: bool = False,
    origin: sharing.Origin | None = None,
    **options: Any,
) -> Any:
    """Animate values along one dimension.

    Parameters
    ----------
    view : View
        Two dimensions (a moving curve) or three (a moving map).
    axis : int
        Dimension that becomes time.
    action : {"return", "save", "to_html", "bytes", "show"}
        What to do with the animation.
    filename : path, optional
        For ``action="save"``; naming one means saving.
    fig : Figure, optional
        Drawn on; a new one by default.
    figsize : tuple of float, optional
        Size of a new figure [inch].
    dpi : float, optional
        Resolution of a new figure.
    interval : float
        Time from frame to frame [ms].
    fps : float, optional
        Frames per second, in place of `interval`.
    repeat : bool
        Start again after the last frame.
    title : str, optional
        Before the time in the title; a text with ``{}`` takes the time there.
    notitle : bool
        No title at all.
    origin : Origin, optional
        Lets engines draw parts of a long animation.
    **options
        For `plot_map` or `plot_line`, such as ``cmap``, ``vmin``, ``vmax``, ``norm``.

    Returns
    -------
    FieldAnimation, str, bytes or None
        By the action.
    """
    if action not in ACTIONS:
        raise DataError(f"No action {action!r} for gifplot; there are {', '.join(ACTIONS)}.")
    view = view.moved(axis)
    if fig is None:
        # pyplot would keep its figure open and show it as a still picture as well.
        fig = plt.figure(figsize=figsize) if action == "show" else Figure(figsize=figsize)
        if dpi is not None:
            fig.set_dpi(dpi)
    ax = fig.gca()
    low, high = moving.take_limits(view.values, options)
    artist, bring = moving.first_frame(view, ax, low, high, options)
    heading = "" if notitle else moving.heading(view, title)
    ax.set_title("")
    # Not the axes' own title: constrained layouts must not move when its text changes.
    text = ax.set_title(heading.format(view.at(0).fixed[0][1]), fontsize="medium")

    def update(frame: int) -> None:
        bring(view.values[frame])
        text.set_text(heading.format(view.at(frame).fixed[0][1]))

    film = FieldAnimation(
        fig,
        update,
        [artist, text],
        len(view.values),
        interval=1000 / fps if fps else interval,
        repeat=repeat,
        values=view.values,
        origin=None if origin is None else origin.limited(low, high),
    )
    return _perform(film, "save" if filename is not None else action, filename)


def _perform(film: FieldAnimation, action: str, filename: str | os.PathLike[str] | None) -> Any:
    if action == "save":
        if filename is None:
            raise DataError(
                "action='save' needs a file: gifplot(action='save', filename='film.gif')."
            )
        return film.save(filename)
    if action == "to_html":
        return film.to_html()
    if action == "bytes":
        return film.to_bytes()
    if action == "show":
        return plt.show()
    return film


def _check_writer(writer: Any, suffix: str) -> None:
    """Refuse early what matplotlib would refuse with an error of its own kind."""
    needs_ffmpeg = writer == "ffmpeg" or (writer is None and suffix in FILM_SUFFIXES)
    if needs_ffmpeg and not writers.is_available("ffmpeg"):
        raise DataError(
            f"A {suffix or 'film'} file is written by ffmpeg, which is not on the PATH. Install "
            "it (`module load ffmpeg`, `conda install ffmpeg`), or save as .gif or .webp."
        )
