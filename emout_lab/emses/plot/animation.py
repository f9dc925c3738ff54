"""Animations whose files are written quickly.

A frame differs from the one before in its data and its title only. So everything else is drawn
once and kept as pixels; for each frame the kept pixels are put back and the data drawn over them.
All frames share one palette, found on a few of them, so that turning a frame into palette indices
is one table look-up.
"""

from __future__ import annotations

import base64
import io
import os
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.animation import FuncAnimation
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.colors import LogNorm, Normalize
from matplotlib.figure import Figure
from PIL import Image

from emout_lab.emses.plot import lines, maps
from emout_lab.emses.plot.frames import Palette, Stage
from emout_lab.emses.plot.labels import View
from emout_lab.errors import DataError

ACTIONS = ("return", "save", "to_html", "bytes", "show")
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
    ) -> None:
        self._update = update
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
            Writer of matplotlib.
        fps : float, optional
            Frames per second; by the interval if not given.
        dpi : float, optional
            Dots per inch; the figure's if not given.
        **options
            For `matplotlib.animation.Animation.save`.
        """
        path = os.path.expanduser(os.fspath(filename))
        suffix = os.path.splitext(path)[1].lower()
        if writer is not None or suffix not in {".gif", ".webp"}:
            if writer is None or isinstance(writer, str):
                # A writer that was made already has its rate.
                options["fps"] = fps or 1000 / self.interval
            super().save(path, writer=writer, dpi=dpi, **options)
            return
        content = self.to_bytes(suffix[1:], fps=fps, dpi=dpi)
        with open(path, "wb") as file:
            file.write(content)

    def to_bytes(
        self, format: str = "gif", *, fps: float | None = None, dpi: float | None = None
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
        """
        if format not in {"gif", "webp"}:
            raise DataError(f"No animation format {format!r}; there are 'gif' and 'webp'.")
        milliseconds = 1000 / fps if fps else self.interval
        loop = {"loop": 0} if self.is_repeated else {}
        target = io.BytesIO()
        images = self._indexed(dpi) if format == "gif" else map(Image.fromarray, self.rgb(dpi))
        first = next(images)
        first.save(
            target,
            format=format,
            save_all=True,
            append_images=images,
            duration=round(milliseconds),
            **loop,
            **({"optimize": False, "disposal": 1} if format == "gif" else {"method": 2}),
        )
        return target.getvalue()

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
            for frame in range(self.frames) if frames is None else frames:
                self._update(frame)
                yield stage.draw().copy()

    def to_html(self, *, fps: float | None = None, dpi: float | None = None) -> str:
        """Return an ``<img>`` element that holds the animation."""
        text = base64.b64encode(self.to_bytes(fps=fps, dpi=dpi)).decode("ascii")
        return f'<img alt="animation of {self.frames} frames" src="data:image/gif;base64,{text}">'

    def _repr_html_(self) -> str:
        return self.to_html()

    def _indexed(self, dpi: float | None) -> Iterator[Image.Image]:
        """Draw a few frames to find the palette, then all of them in its colours."""
        samples = np.unique(np.linspace(0, self.frames - 1, PALETTE_SAMPLES).astype(int)).tolist()
        palette = Palette(list(self.rgb(dpi, samples)))
        with Stage(self.figure, self._moving, dpi) as stage:
            boxes = stage.boxes()
            indices = palette.indices(stage.draw())
            for frame in range(self.frames):
                self._update(frame)
                pixels = stage.draw()
                for box in boxes:
                    indices[box] = palette.indices(pixels[box])
                yield palette.image(indices)


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
    draw = _draw_map if len(view.dims) == 3 else _draw_line
    artist, bring = draw(view, ax, options)
    heading = "" if notitle else _heading(view, title)
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


def _heading(view: View, title: str | None) -> str:
    """Return the title of a frame, with ``{}`` where its time goes."""
    if title and "{}" in title:
        return title
    time = f"{view.dims[0]} = {{}}"
    parts = [title or "", time, view.title.replace("{", "{{").replace("}", "}}")]
    return ", ".join(part for part in parts if part)


def _draw_map(
    view: View, ax: Axes, options: dict[str, Any]
) -> tuple[Artist, Callable[[Array], None]]:
    low, high = _range(view.values, options)
    norm = options.pop("norm", None)
    if norm is None or isinstance(norm, str):
        norm = LogNorm(low, high) if norm == "log" else Normalize(low, high)
    is_turned = options.get("axes", "auto") not in ("auto", view.dims[2] + view.dims[1])
    image = maps.plot_map(view.at(0), ax=ax, title="", norm=norm, **options)
    if not hasattr(image, "set_data"):
        raise DataError(
            "gifplot() animates colour maps and lines; contours (mode='cont') do not move."
        )

    def bring(values: Array) -> None:
        image.set_data(values.T if is_turned else values)

    return image, bring


def _draw_line(
    view: View, ax: Axes, options: dict[str, Any]
) -> tuple[Artist, Callable[[Array], None]]:
    low, high = _range(view.values, options)
    margin = 0.05 * (high - low) or 1.0
    line = lines.plot_line(
        view.at(0), ax=ax, title="", vmin=low - margin, vmax=high + margin, **options
    )
    return line, line.set_ydata


def _range(values: Array, options: dict[str, Any]) -> tuple[float, float]:
    """Take one scale for all frames, from the options or the data."""
    is_log = options.get("norm") == "log"
    finite = values[np.isfinite(values) & (values > 0)] if is_log else values[np.isfinite(values)]
    low, high = options.pop("vmin", None), options.pop("vmax", None)
    if finite.size:
        low = float(finite.min()) if low is None else low
        high = float(finite.max()) if high is None else high
    return (0.0 if low is None else low), (1.0 if high is None else high)
