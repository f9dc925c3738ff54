"""Layers of an animation: what is drawn of a series, and how the next frame comes into it."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Any, cast

import numpy as np
from matplotlib import ticker
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.colors import LogNorm, Normalize
from matplotlib.image import AxesImage

from emout_lab.emses.plot import arrows, lines, maps
from emout_lab.emses.plot.labels import View

Array = np.ndarray[Any, Any]
Options = dict[str, Any]

#: Levels of contours, where they are not given.
LEVELS = 7
#: Cells that the longest arrow of a film spans.
LONGEST_ARROW = 2.0


class Layer(ABC):
    """What is drawn of one series on some axes.

    Attributes
    ----------
    artists : list of Artist
        What differs from frame to frame, as it is now.
    values : ndarray or None
        Values of all frames where they are a colour map's, which can be drawn without matplotlib.
    is_redrawn : bool
        Whether each frame is drawn anew, which takes long.
    """

    artists: list[Artist]
    values: Array | None = None
    is_redrawn = False

    @abstractmethod
    def bring(self, frame: int) -> None:
        """Bring the artists to a frame."""


def layers_of(views: Sequence[View], ax: Axes, options: Options) -> list[Layer]:
    """Draw the first frame of a series.

    Parameters
    ----------
    views : sequence of View
        With time first: one view of a line or a map, two of the vectors of a plane.
    ax : Axes
        Drawn on.
    options : dict
        For `plot_line`, `plot_map` or `plot_plane`.
    """
    options = shared_scale(views, options)
    mode = options.pop("mode", None)
    if len(views) == 2:
        kind = arrows.checked_mode(mode or "stream")
        return [(Streams if kind == "stream" else Arrows)(views, ax, options)]
    (view,) = views
    if len(view.dims) == 2:
        return [Line(view, ax, options)]
    kind = maps.checked_mode(mode or "cm")
    low, high, norm = options.pop("vmin"), options.pop("vmax"), options.pop("norm", None)
    if norm is None or norm == "log":
        norm = LogNorm(low, high) if norm == "log" else Normalize(low, high)
    if kind == "cont":
        return [Contours(view, ax, norm, options)]
    layers: list[Layer] = [Map(view, ax, norm, options)]
    if kind == "cm+cont":
        (image,) = layers[0].artists
        over = {**maps.contours_of(cast("AxesImage", image)), "axes": options.get("axes", "auto")}
        layers.append(Contours(view, ax, norm, over))
    return layers


def shared_scale(views: Sequence[View], options: Options) -> Options:
    """Return options with one scale for all frames; vectors count by their length.

    Parameters
    ----------
    views : sequence of View
        One of values, or two of vectors' components.
    options : dict
        Of the drawing; ``vmin`` and ``vmax`` that are in it stay.
    """
    values = views[0].values if len(views) == 1 else np.hypot(*(view.values for view in views))
    is_seen = np.isfinite(values)
    if options.get("norm") == "log":
        is_seen &= values > 0
    seen = values[is_seen]
    lowest, highest = (float(seen.min()), float(seen.max())) if seen.size else (0.0, 1.0)
    low, high = options.get("vmin"), options.get("vmax")
    shared = {
        **options,
        "vmin": lowest if low is None else low,
        "vmax": highest if high is None else high,
    }
    if options.get("lengths"):
        plane = views[0].at(0)
        steps = arrows.strides(plane, None)
        cells = max(n / step for n, step in zip(plane.values.shape, steps, strict=True))
        shared.setdefault("scale", (highest or 1.0) * cells / LONGEST_ARROW)
        shared.setdefault("scale_units", arrows.longer_side(plane))
    return shared


class Line(Layer):
    """A curve, with one range of values for all frames."""

    def __init__(self, view: View, ax: Axes, options: Options) -> None:
        low, high = options.pop("vmin"), options.pop("vmax")
        is_log = options.pop("norm", None) == "log"
        margin = 0.0 if is_log else 0.05 * (high - low) or 1.0
        self._line = lines.plot_line(
            view.at(0), ax=ax, title="", vmin=low - margin, vmax=high + margin, **options
        )
        if is_log:
            ax.set_yscale("log")
        self._values = view.values
        self.artists = [self._line]

    def bring(self, frame: int) -> None:
        """Bring the values of a frame into the curve."""
        self._line.set_ydata(self._values[frame])


class Map(Layer):
    """A colour map."""

    def __init__(self, view: View, ax: Axes, norm: Normalize, options: Options) -> None:
        self._image: Any = maps.plot_map(view.at(0), ax=ax, title="", norm=norm, **options)
        is_turned = options.get("axes", "auto") not in ("auto", view.dims[2] + view.dims[1])
        self._values = view.values.swapaxes(1, 2) if is_turned else view.values
        self.values = view.values
        self.artists = [self._image]

    def bring(self, frame: int) -> None:
        """Bring the values of a frame into the map."""
        self._image.set_data(self._values[frame])


class Redrawn(Layer):
    """What cannot be given new data: old artists go, new ones come."""

    is_redrawn = True
    _shown = 0

    def bring(self, frame: int) -> None:
        """Draw a frame in place of the one that is shown."""
        if frame == self._shown:
            return
        for artist in self.artists:
            artist.remove()
        self.artists = self._draw(frame)
        self._shown = frame

    @abstractmethod
    def _draw(self, frame: int) -> list[Artist]:
        """Draw a frame; return its artists."""


class Contours(Redrawn):
    """Contour lines, at the same levels in all frames."""

    def __init__(self, view: View, ax: Axes, norm: Normalize, options: Options) -> None:
        self._view, self._ax, self._axes = view, ax, options.get("axes", "auto")
        count = options.get("levels", LEVELS)
        levels = _levels(norm, count) if np.ndim(count) == 0 else count
        own = {"levels": levels} if "colors" in options else {"levels": levels, "norm": norm}
        contours: Any = maps.plot_map(
            view.at(0), mode="cont", ax=ax, title="", **{**options, **own}
        )
        self.artists = [contours]
        self._style = maps.contour_style({**options, **own})

    def _draw(self, frame: int) -> list[Artist]:
        view = maps.arranged(self._view.at(frame), self._axes)
        return [maps.draw_contours(self._ax, view, self._style)]


class Streams(Redrawn):
    """Streamlines of the vectors of a plane."""

    def __init__(self, views: Sequence[View], ax: Axes, options: Options) -> None:
        self._views, self._ax, self._axes = views, ax, options.get("axes", "auto")
        others = set(ax.patches)
        lines: Any = arrows.plot_plane(*_plane(views, 0), ax=ax, title="", **options)
        self.artists = [lines, *(patch for patch in ax.patches if patch not in others)]
        self._color, self._norm = options.get("color"), lines.norm
        self._style = arrows.stream_style(options)

    def _draw(self, frame: int) -> list[Artist]:
        first, second = _plane(self._views, frame, self._axes)
        return arrows.streams(self._ax, first, second, self._color, self._norm, self._style)


class Arrows(Layer):
    """Arrows in a plane."""

    def __init__(self, views: Sequence[View], ax: Axes, options: Options) -> None:
        self._views, self._axes = views, options.get("axes", "auto")
        self._skip, self._lengths = options.get("skip"), options.get("lengths", False)
        self._has_colours = options.get("color") is None
        self._arrows: Any = arrows.plot_plane(
            *_plane(views, 0), mode="vec", ax=ax, title="", **options
        )
        self.artists = [self._arrows]

    def bring(self, frame: int) -> None:
        """Bring the vectors of a frame into the arrows."""
        first, second = _plane(self._views, frame, self._axes)
        u, v, size = arrows.arrow_values(first, second, self._skip, self._lengths)
        self._arrows.set_UVC(u, v, size if self._has_colours else None)


def _plane(views: Sequence[View], frame: int, axes: str = "auto") -> tuple[View, View]:
    """Both components of a frame, as they are drawn."""
    first, second = (view.at(frame) for view in views)
    return arrows.arranged(first, second, axes)


def heading(view: View, title: str | None) -> str:
    """Return the title of a frame, with ``{}`` where its time goes."""
    if title and "{}" in title:
        return title
    parts = [_escaped(title or ""), f"{view.dims[0]} = {{}}", _escaped(view.title)]
    return ", ".join(part for part in parts if part)


def _escaped(text: str) -> str:
    return text.replace("{", "{{").replace("}", "}}")


def _levels(norm: Normalize, count: int) -> Array:
    """Levels of contours over the range of a norm: about as many as asked for, at round numbers."""
    low, high = float(norm.vmin or 0.0), float(norm.vmax or 0.0)
    locator: ticker.Locator = ticker.MaxNLocator(count + 1, min_n_ticks=1)
    if isinstance(norm, LogNorm):
        locator = ticker.LogLocator(numticks=count + 1)
    levels = np.asarray(locator.tick_values(low, high))
    inside = levels[(levels > low) & (levels < high)]
    return inside if inside.size else np.array([(low + high) / 2])
