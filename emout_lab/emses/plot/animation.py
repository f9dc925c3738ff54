"""Animations whose files are written quickly.

A frame differs from the one before in its data and its title only. So everything else is drawn
once and kept as pixels; for each frame the kept pixels are put back and the data drawn over them.
All frames share one palette, found on a few of them, so that turning a frame into palette indices
is one table look-up.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, TypeVar

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
from matplotlib.animation import FuncAnimation, writers
from matplotlib.artist import Artist
from matplotlib.figure import Figure
from matplotlib.text import Text
from PIL import Image

from emout_lab.emses import execution
from emout_lab.emses.plot import actions, encoders, parallel_frames
from emout_lab.emses.plot.actions import DEFAULT_INTERVAL_MS
from emout_lab.emses.plot.frames import Palette, Stage
from emout_lab.emses.plot.layers import Layer, Map
from emout_lab.emses.plot.rasterizer import quick_map
from emout_lab.errors import BadOption, DataError
from emout_lab.files import make_folder_of, replacing, write_file

PAGES = (".html", ".htm")
#: What is written without matplotlib, and which of its writers would write it.
QUICK_WRITERS = {
    **dict.fromkeys((".gif", ".webp"), "pillow"),
    **dict.fromkeys((".mp4", ".mov", ".avi", ".mkv", ".webm", ".m4v"), "ffmpeg"),
}
#: Frames that the shared palette is found on.
PALETTE_SAMPLES = 6

Array = np.ndarray[Any, Any]
Frame = TypeVar("Frame")


class FieldAnimation(FuncAnimation):
    """An animation of one figure; ``save("film.gif")`` is fast.

    Parameters
    ----------
    figure : Figure
        Already drawn with the first frame.
    layers : sequence of Layer
        What moves.
    titles : sequence of (Text, callable)
        Texts that change as well, with what gives their words for a frame number.
    frames : int
        Number of frames.
    interval : float
        Time from frame to frame [ms].
    repeat : bool
        Start again after the last frame.
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
        layers: Sequence[Layer],
        titles: Sequence[tuple[Text, Callable[[int], str]]],
        frames: int,
        *,
        interval: float = DEFAULT_INTERVAL_MS,
        repeat: bool = True,
        origin: parallel_frames.Origin | None = None,
    ) -> None:
        self._drawn = figure
        self._layers = list(layers)
        self._titles = list(titles)
        self._origin = origin
        self.frames = frames
        self.interval = interval
        self.is_repeated = repeat
        _give_steps(self._layers, [words for _, words in self._titles])
        super().__init__(
            figure, self.bring, frames=frames, interval=interval, repeat=repeat, blit=False
        )

    def __del__(self) -> None:
        # matplotlib warns here of animations that were never shown in a window; ours need none.
        pass

    def __iter__(self) -> Iterator[Any]:
        # As in ``fig, film = series.gifplot()``.
        return iter((self.figure, self))

    def __getitem__(self, place: int) -> Any:
        return (self.figure, self)[place]

    def moving(self) -> list[Artist]:
        """Return what changes from frame to frame, as it is now."""
        artists = [artist for layer in self._layers for artist in layer.artists]
        return [*artists, *(text for text, _ in self._titles)]

    def bring(self, frame: int) -> list[Artist]:
        """Bring all that moves to a frame."""
        for layer in self._layers:
            layer.bring(frame)
        for text, words in self._titles:
            text.set_text(words(frame))
        return self.moving()

    @property
    def figure(self) -> Figure:
        """The figure that is animated."""
        return self._drawn

    def save(  # type: ignore[override]  # other options than matplotlib's are not needed
        self,
        filename: str | os.PathLike[str],
        writer: Any = None,
        fps: float | None = None,
        dpi: float | None = None,
        **options: Any,
    ) -> None:
        """Write the animation to a file; a folder that is missing is made.

        Parameters
        ----------
        filename : path
            ``.gif`` and ``.webp`` are written quickly, and so are ``.mp4`` and other films where
            ffmpeg is installed; matplotlib's writers take the others.
        writer : str or MovieWriter, optional
            Writer of matplotlib; ``"pillow"`` and ``"ffmpeg"`` mean the quick way for the formats
            they write.
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
            For a film format without ffmpeg, or when ffmpeg fails.
        OSError
            When the file cannot be written; nothing is left of it, an old one is as it was.
        """
        path = os.path.expanduser(os.fspath(filename))
        suffix = os.path.splitext(path)[1].lower()
        told = options.pop("progress_callback", None)
        own = QUICK_WRITERS.get(suffix)
        rate = 1000 / actions.milliseconds(fps, self.interval)
        _check_target(path, writer, own)
        make_folder_of(path)
        if options or own is None or writer not in (None, own):
            if writer is None or isinstance(writer, str):
                # A writer that was made already has its rate.
                options["fps"] = rate
            # Pages have folders of frames beside them, named after them.
            with contextlib.nullcontext(path) if suffix in PAGES else replacing(path) as part:
                super().save(part, writer=writer or own, dpi=dpi, progress_callback=told, **options)
        elif own == "ffmpeg":
            images = self.told(self.rgb(dpi), told)
            program = mpl.rcParams["animation.ffmpeg_path"]
            encoders.film(images, path, rate, program)
        else:
            write_file(path, self.to_bytes(suffix[1:], fps=fps, dpi=dpi, progress_callback=told))

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
            raise BadOption(
                f"No animation format {format!r}; there are 'gif' and 'webp'.", "format"
            )
        milliseconds = actions.milliseconds(fps, self.interval)
        if format == "webp":
            images = self.told(map(Image.fromarray, self.rgb(dpi)), progress_callback)
            return encoders.webp(images, milliseconds, self.is_repeated)
        parts = self._shared("gif", dpi, milliseconds)
        if parts:
            return encoders.join_gifs(parts, self.is_repeated)
        images = self.told(self.indexed(dpi), progress_callback)
        return encoders.gif(images, milliseconds, self.is_repeated)

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
        with Stage(self.figure, self.moving, dpi) as stage:
            quick = quick_map(stage, self._layers)
            for frame in range(self.frames) if frames is None else frames:
                self.bring(frame)
                pixels = stage.draw(None if quick is None else quick.image).copy()
                if quick is not None:
                    quick.fill(pixels)
                yield pixels

    def to_html(self, *, fps: float | None = None, dpi: float | None = None) -> encoders.Player:
        """Return a player as HTML that holds the animation: play, pause, a slider."""
        milliseconds = actions.milliseconds(fps, self.interval)
        frames = [frame for part in self._shared("png", dpi, milliseconds) for frame in part]
        if not frames:
            frames = [encoders.png(image) for image in self.told(self.indexed(dpi))]
        return encoders.player(frames, milliseconds, self.is_repeated)

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
        with Stage(self.figure, self.moving, dpi) as stage:
            quick = quick_map(stage, self._layers)
            image = None if quick is None else quick.image
            boxes = stage.boxes(leave_out=image)
            indices = palette.indices(stage.draw())
            scale = None if quick is None else palette.scale(quick.colours)
            for frame in range(self.frames):
                self.bring(frame)
                pixels = stage.draw(image)
                for box in boxes:
                    indices[box] = palette.indices(pixels[box])
                if quick is not None and scale is not None:
                    np.copyto(indices[quick.box], scale[quick.steps()], where=quick.is_live)
                yield palette.image(indices)

    def palette(self, dpi: float | None = None) -> Palette:
        """Find the palette of all frames on a few of them."""
        samples = np.unique(np.linspace(0, self.frames - 1, PALETTE_SAMPLES).astype(int)).tolist()
        with Stage(self.figure, self.moving, dpi) as stage:
            quick = quick_map(stage, self._layers)
            pixels = []
            for frame in samples:
                self.bring(frame)
                # A map's colours are known; what else there is, is to be found.
                pixels.append(stage.draw(None if quick is None else quick.image).copy())
        return Palette(pixels, None if quick is None else quick.colours)

    def perform(self, action: str, filename: str | os.PathLike[str] | None = None) -> Any:
        """Do one of the actions of ``gifplot`` with the animation."""
        if filename is not None:
            self.save(filename)
        if action == "save":
            return None
        if action == "to_html":
            return self.to_html()
        if action == "bytes":
            return self.to_bytes()
        if action == "show":
            return plt.show()
        return self

    def _shared(self, kind: str, dpi: float | None, milliseconds: float) -> list[Any]:
        is_slow = any(layer.is_redrawn for layer in self._layers)
        size = parallel_frames.SLOW_FRAMES if is_slow else parallel_frames.FRAMES
        return parallel_frames.shared(
            self._origin, self.frames, size, kind, lambda: self.palette(dpi), dpi, milliseconds
        )

    def told(
        self, images: Iterable[Frame], progress_callback: Callable[[int, int], Any] | None = None
    ) -> Iterator[Frame]:
        """Tell of each frame as it is done: the asker, and whoever watches.

        Parameters
        ----------
        images : iterable
            Frames, given on as they are.
        progress_callback : callable, optional
            Called with the number of each frame and how many there are.
        """
        for number, image in enumerate(images):
            yield image
            if progress_callback is not None:
                progress_callback(number, self.frames)
            execution.current().progress(number + 1, self.frames, parallel_frames.LABEL)


def _give_steps(layers: Sequence[Layer], titles: Sequence[Callable[[int], str]]) -> None:
    """Let maps tell their frames where nothing else moves: one by one they make a frame then."""
    found = [layer for layer in layers if isinstance(layer, Map)]
    if len(found) == len(layers):
        for layer in found:
            layer.give_steps(titles)


def _check_target(path: str, writer: Any, own: str | None) -> None:
    """Refuse early what would fail after all frames were drawn, or with another's error."""
    suffix = os.path.splitext(path)[1]
    if (writer or own) == "ffmpeg" and not writers.is_available("ffmpeg"):
        raise DataError(
            f"A {suffix or 'film'} file is written by ffmpeg, which is not on the PATH. Install "
            "it (`module load ffmpeg`, `conda install ffmpeg`), or save as .gif or .webp."
        )
    if writer is None and own is None:
        raise BadOption(
            f"No animation format {suffix or 'without a suffix'!r}; there are "
            f"{', '.join(QUICK_WRITERS)}."
        )
