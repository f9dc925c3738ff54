"""Layers of an animation: what is drawn of a series, and how the next frame comes into it."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from typing import Any, cast

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.colors import Normalize

from emout_lab.emses.blocks.extremes import finite
from emout_lab.emses.plot import arrows, cells, levels, lines, map_steps, maps, scales, spacing
from emout_lab.emses.plot import options as plot_options
from emout_lab.emses.plot.cells import Cells
from emout_lab.emses.plot.labels import View
from emout_lab.emses.plot.log_ticks import number_axis
from emout_lab.emses.plot.map_steps import MapSteps

Array = np.ndarray[Any, Any]
Options = dict[str, Any]

#: Cells that the longest arrow of a film spans.
LONGEST_ARROW = 2.0
#: Options of a drawing that map and contour lines share.
OF_BOTH = ("axes", "xlabel", "ylabel")


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
    # The frames stay in their order.
    views = [spacing.ordered(view, start=1, may_repeat=len(view.dims) == 2) for view in views]
    mode = options.pop("mode", None)
    if len(views) == 2:
        kind = arrows.checked_mode(mode or "stream")
        return [(Streams if kind == "stream" else Arrows)(views, ax, options)]
    (view,) = views
    if len(view.dims) == 2:
        return [Line(view, ax, options if mode is None else {**options, "mode": mode})]
    kind = maps.checked_mode(mode or "cm")
    range_given = {name: options.pop(name, None) for name in ("norm", "vmin", "vmax")}
    norm = scales.norm_for(view.values, **range_given, name=view.name)
    if kind == "cont":
        return [Contours(view, ax, norm, options)]
    texts = {name: value for name, value in options.items() if name in OF_BOTH}
    rest = {name: value for name, value in options.items() if name not in OF_BOTH}
    of_map, of_lines = plot_options.parted(rest, kind)
    if kind == "cm+cont":
        levels.refuse_narrow(view.at(0), "mode='cm+cont'", "mode='cm' draws one cell as well")
        # What fails does so before the map is drawn.
        levels.checked(of_lines.get("levels"))
    layers: list[Layer] = [Map(view, ax, norm, {**texts, **of_map})]
    if kind == "cm+cont":
        (image,) = layers[0].artists
        over = {**maps.contours_of(cast("Cells", image), of_lines), **texts}
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

    Raises
    ------
    BadOption
        When they do not fit the values of all frames.
    """
    values = views[0].values if len(views) == 1 else np.hypot(*(view.values for view in views))
    given, name = options.get("norm"), options.get("name") or views[0].name
    norm = scales.norm_for(values, given, options.get("vmin"), options.get("vmax"), name=name)
    if given is norm:
        # A norm of the user's own has its range.
        return dict(options)
    low, high = norm.vmin, norm.vmax
    shared = {**options, "vmin": low, "vmax": high}
    if options.get("lengths"):
        seen = finite(values)
        longest = float(seen.max(initial=0.0)) or 1.0
        plane = views[0].at(0)
        steps = arrows.strides(plane, None)
        across = max(n / step for n, step in zip(plane.values.shape, steps, strict=True))
        shared.setdefault("scale", longest * across / LONGEST_ARROW)
        shared.setdefault("scale_units", arrows.longer_side(plane))
    return shared


class Line(Layer):
    """A curve, with one range of values for all frames."""

    def __init__(self, view: View, ax: Axes, options: Options) -> None:
        low, high = options.pop("vmin", None), options.pop("vmax", None)
        norm = options.pop("norm", None)
        scale = scales.scale_of_line(view.values, norm, low, high, name=view.name)
        margin = 0.0 if norm in ("log", "symlog") else 0.05 * (high - low) or 1.0
        self._line = lines.plot_line(
            view.at(0), ax=ax, title="", vmin=low - margin, vmax=high + margin, **options
        )
        if scale is not None:
            # By all frames: one alone need not have values that fit.
            ax.set_yscale(**scale)
            number_axis(ax.yaxis)
        self._values = view.values
        self.artists = [self._line]

    def bring(self, frame: int) -> None:
        """Bring the values of a frame into the curve."""
        self._line.set_ydata(np.asarray(self._values[frame]))


class Map(Layer):
    """A colour map."""

    def __init__(self, view: View, ax: Axes, norm: Normalize, options: Options) -> None:
        self._image: Any = maps.plot_map(view.at(0), ax=ax, title="", norm=norm, **options)
        is_turned = options.get("axes", "auto") not in ("auto", view.dims[2] + view.dims[1])
        self._values = np.swapaxes(view.values, 1, 2) if is_turned else view.values
        self.values = view.values
        self.artists = [self._image]
        self._view = view
        self.steps: MapSteps | None = None

    def give_steps(self, titles: Sequence[Callable[[int], str]]) -> None:
        """Let the map tell its frames, for a live figure; ``titles`` give texts for a frame."""
        view, read = self._view, self._values.__getitem__
        times, unit = np.asarray(view.axes[0]), view.axis_units[0]
        self.steps = MapSteps(
            0, len(times), times.copy, unit, read, value_unit=view.unit, titles=titles
        )
        map_steps.give(self._image, self.steps)

    def bring(self, frame: int) -> None:
        """Bring the values of a frame into the map."""
        if self.steps is not None:
            self.steps.at = frame
        cells.bring(self._image, np.asarray(self._values[frame]))


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
        own: Options = {"levels": levels.for_range(options.get("levels"), norm), "norm": norm}
        contours: Any = maps.plot_map(
            view.at(0), mode="cont", ax=ax, title="", **{**options, **own}
        )
        self.artists = [contours]
        self._style = maps.line_style(view, {**options, **own})

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
