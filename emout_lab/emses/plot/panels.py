"""Panels of an animation: which series are drawn where, and the film that comes of them."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import matplotlib.pyplot as plt
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.text import Text

from emout_lab.emses.plot import actions, parallel_frames
from emout_lab.emses.plot import offsets as offsets_of
from emout_lab.emses.plot.actions import DEFAULT_INTERVAL_MS
from emout_lab.emses.plot.animation import FieldAnimation
from emout_lab.emses.plot.decorations import whole_figure
from emout_lab.emses.plot.labels import View
from emout_lab.emses.plot.layers import Layer, heading, layers_of, shared_scale
from emout_lab.emses.plot.maps import CONTOURS_OVER_MAP
from emout_lab.errors import DataError

#: Size of one of several panels [inch].
PANEL_IN = (4.8, 3.6)


class FrameUpdater:
    """One series in an animation of several, made by ``gifplot(action="frames")``.

    Parameters
    ----------
    views : sequence of View
        With time first: one view of a line or a map, two of the vectors of a plane.
    title : str, optional
        Before the time in the title; a text with ``{}`` takes the time there.
    notitle : bool
        No title at all.
    origin : Origin, optional
        Lets engines draw parts of a long animation of this alone.
    **options
        For `plot_line`, `plot_map` or `plot_plane`.
    """

    def __init__(
        self,
        views: Sequence[View],
        *,
        title: str | None = None,
        notitle: bool = False,
        origin: parallel_frames.Origin | None = None,
        **options: Any,
    ) -> None:
        self._views = tuple(views)
        self._options = options
        self._title = "" if notitle else heading(self._views[0], title)
        self.has_own_title = title is not None
        self.origin = None if origin is None else origin.limited(shared_scale(views, options))

    def __len__(self) -> int:
        return len(self._views[0].axes[0])

    def __repr__(self) -> str:
        return f"<FrameUpdater of {self._views[0].name or 'an expression'}, {len(self)} frames>"

    def draw(self, ax: Axes, *, is_over: bool = False) -> list[Layer]:
        """Draw the first frame on axes, over others without a colour bar of its own."""
        options = self._options
        if is_over and options.get("mode") == "cont" and not {"colors", "cmap"} & set(options):
            options = {**CONTOURS_OVER_MAP, **options}
        elif is_over:
            options = {"colorbar": False, **options}
        if len(self._views[0].dims) == 2:
            # Curves have no colour bar.
            options = {name: value for name, value in options.items() if name != "colorbar"}
        return layers_of(self._views, ax, options)

    def title_at(self, frame: int) -> str:
        """Return the title of a frame."""
        return self._title.format(self._views[0].at(frame).fixed[0][1])

    def to_animator(self, layout: Sequence[Any] | None = None) -> Animator:
        """Put this, or a layout of several, into one animation.

        Parameters
        ----------
        layout : list of list of list of FrameUpdater, optional
            Rows, their panels, and what each panel shows, one over the other; an empty panel stays
            free. This alone by default.
        """
        return Animator([[[self]]] if layout is None else layout)


class Animator:
    """An animation of several panels.

    Parameters
    ----------
    layout : list of list of list of FrameUpdater
        Rows, their panels, and what each panel shows.

    Raises
    ------
    DataError
        When there is nothing in it, or something else.

    Examples
    --------
    >>> import tempfile
    >>> from emout_lab.emses import Emout
    >>> from emout_lab.emses.demo import write_demo_data
    >>> data = Emout(write_demo_data(tempfile.mkdtemp(), grid=8, steps=3))
    >>> colours = data.phisp[:, :, 4, :].gifplot(action="frames")
    >>> lines = data.phisp[:, :, 4, :].build_frame_updater(mode="cont", colors="k")
    >>> animator = colours.to_animator([[[colours, lines], [colours]]])
    >>> animator.shape, animator.frames
    ((1, 2), 3)
    """

    def __init__(self, layout: Sequence[Any]) -> None:
        self._layout = [[_panel(cell) for cell in row] for row in layout]
        if not any(panel for row in self._layout for panel in row):
            raise DataError("The layout of the animation is empty: [[[updater]]] is the smallest.")

    @property
    def frames(self) -> int:
        """Number of frames: that of the shortest series."""
        return min(len(updater) for row in self._layout for panel in row for updater in panel)

    @property
    def shape(self) -> tuple[int, int]:
        """Numbers of rows and columns."""
        return len(self._layout), max(len(row) for row in self._layout)

    def film(
        self,
        fig: Figure | None = None,
        *,
        interval: float = DEFAULT_INTERVAL_MS,
        fps: float | None = None,
        repeat: bool = True,
    ) -> FieldAnimation:
        """Draw the first frame; return the animation.

        Parameters
        ----------
        fig : Figure, optional
            Drawn on; a new one by default.
        interval : float
            Time from frame to frame [ms].
        fps : float, optional
            Frames per second, in place of `interval`.
        repeat : bool
            Start again after the last frame.
        """
        figure = self._figure() if fig is None else fig
        layers: list[Layer] = []
        titles: list[tuple[Text, Callable[[int], str]]] = []
        for ax, panel in self._axes(figure):
            own_title = ax.get_title()
            for number, updater in enumerate(panel):
                layers += updater.draw(ax, is_over=number > 0)
            titled = next((updater for updater in panel if updater.has_own_title), panel[0])
            # Not a title of matplotlib's size: it is secondary, and it is long.
            words = _after(own_title, titled.title_at)
            text = ax.set_title(words(0), fontsize="medium")
            titles.append((text, words))
        alone = [updater for row in self._layout for panel in row for updater in panel]
        return FieldAnimation(
            figure,
            layers,
            titles,
            self.frames,
            interval=actions.milliseconds(fps, interval),
            repeat=repeat,
            origin=alone[0].origin if len(alone) == 1 else None,
        )

    def plot(
        self,
        fig: Figure | None = None,
        action: str | None = None,
        filename: str | os.PathLike[str] | None = None,
        **options: Any,
    ) -> Any:
        """Draw the animation and do something with it.

        Parameters
        ----------
        fig : Figure, optional
            Drawn on; a new one by default.
        action : {"to_html", "return", "save", "bytes", "show"}, optional
            What to do with it: ``"save"`` where a file is named, else ``"to_html"``.
        filename : path, optional
            For ``action="save"``.
        **options
            ``interval``, ``fps``, ``repeat``; ``savefilename`` and ``show`` as for ``gifplot()``.

        Raises
        ------
        BadOption
            When options exclude each other.
        """
        filename = actions.one_file(filename, options.pop("savefilename", None))
        show = options.pop("show", False)
        action = actions.checked_action(
            action, filename, show=show, default="to_html", method="plot"
        )
        if fig is None and action == "show":
            fig = plt.figure(figsize=self._size())
        return self.film(fig, **options).perform(action, filename)

    def _figure(self) -> Figure:
        # Not pyplot's, which would keep it open and show it as a still picture as well.
        is_single = self.shape == (1, 1)
        return Figure(figsize=self._size(), layout=None if is_single else "tight")

    def _size(self) -> tuple[float, float] | None:
        rows, columns = self.shape
        return None if rows == columns == 1 else (columns * PANEL_IN[0], rows * PANEL_IN[1])

    def _axes(self, figure: Figure) -> Iterator[tuple[Axes, list[FrameUpdater]]]:
        rows, columns = self.shape
        if rows == columns == 1:
            yield figure.gca(), self._layout[0][0]
            return
        for i, row in enumerate(self._layout):
            for j, panel in enumerate(row):
                if panel:
                    yield figure.add_subplot(rows, columns, i * columns + j + 1), panel


def _after(title: str, words: Callable[[int], str]) -> Callable[[int], str]:
    """Put the title that axes had before the titles of the frames."""
    if not title:
        return words
    return lambda frame: ", ".join(part for part in (title, words(frame)) if part)


def _panel(cell: Any) -> list[FrameUpdater]:
    """Return what one panel shows, which is given as a list, one updater, or nothing."""
    items = cell if isinstance(cell, (list, tuple)) else [cell]
    updaters = [item for item in items if item is not None]
    for item in updaters:
        if not isinstance(item, FrameUpdater):
            raise DataError(
                f"A layout is made of what gifplot(action='frames') gives, not of {item!r}: "
                "[[[updater, …], …], …], rows of panels of layers."
            )
    return updaters


def animate(
    views: Sequence[View],
    *,
    axis: int = 0,
    action: str | None = None,
    filename: str | os.PathLike[str] | None = None,
    fig: Figure | None = None,
    ax: Axes | None = None,
    figsize: tuple[float, float] | None = None,
    dpi: float | None = None,
    interval: float = DEFAULT_INTERVAL_MS,
    fps: float | None = None,
    repeat: bool = True,
    title: str | None = None,
    notitle: bool = False,
    offsets: Any = None,
    origin: parallel_frames.Origin | None = None,
    **options: Any,
) -> Any:
    """Animate a series along one dimension.

    Parameters
    ----------
    views : sequence of View
        One of two dimensions (a moving curve) or three (a moving map), or two of three dimensions
        (moving vectors, the horizontal component first).
    axis : int
        Dimension that becomes time.
    action : {"return", "save", "to_html", "bytes", "show", "frames"}, optional
        What to do with the animation: ``"save"`` where a file is named, else ``"return"``.
        ``"frames"`` gives a `FrameUpdater` for one of several panels.
    filename : path, optional
        For ``action="save"``.
    fig : Figure, optional
        Drawn on; a new one by default.
    ax : Axes, optional
        Drawn on, in their figure.
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
    offsets : sequence, optional
        Where zero is, see `emout_lab.emses.plot.offsets`: of the time, then as for ``plot()``.
    origin : Origin, optional
        Lets engines draw parts of a long animation.
    **options
        For `plot_map`, `plot_line` or `plot_plane`, such as ``cmap``, ``vmin``, ``vmax``, ``norm``,
        ``mode``; ``savefilename`` and ``show`` mean what they mean for ``plot()``.

    Returns
    -------
    FieldAnimation, FrameUpdater, str, bytes or None
        By the action.

    Raises
    ------
    BadOption
        When options exclude each other, or have values that cannot be used.
    """
    filename = actions.one_file(filename, options.pop("savefilename", None))
    action = actions.checked_action(action, filename, show=options.pop("show", False))
    actions.checked_axis(axis, views[0].dims)
    views = [view.moved(axis) for view in views]
    if offsets is not None:
        views, moved = offsets_of.film(views, offsets, options.get("axes", "auto"))
        # A part of the animation has a first step of its own.
        origin = None if origin is None else origin.with_options(offsets=moved)
    updater = FrameUpdater(views, title=title, notitle=notitle, origin=origin, **options)
    if action == "frames":
        return updater
    if ax is not None:
        fig = whole_figure(ax)
        fig.sca(ax)
    elif fig is None:
        fig = plt.figure(figsize=figsize) if action == "show" else Figure(figsize=figsize)
        if dpi is not None:
            fig.set_dpi(dpi)
    film = updater.to_animator().film(fig, interval=interval, fps=fps, repeat=repeat)
    return film.perform(action, filename)
