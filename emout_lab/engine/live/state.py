"""A figure as a viewer wants to see it, for as long as it is drawn; then it is as it was."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np

from emout_lab.engine.interrupts import held, let_in
from emout_lab.engine.live.maps import MapSource, norm_name, wished_norm
from emout_lab.engine.live.wishes import AxesWish, Range

Array = np.ndarray[Any, Any]

#: What a tight layout sets.
MARGINS: Final = ("left", "bottom", "right", "top", "wspace", "hspace")


@dataclass(frozen=True, slots=True)
class Seen:
    """What a viewer sees of a figure.

    Parameters
    ----------
    size : tuple of float [inch]
        Of the whole figure.
    limits : sequence of (axes, x, y)
        Of all axes that can be pointed at; those that share an axis have the same limits.
    colours : mapping of int to AxesWish
        Wished colours, by the number of the axes.
    values : sequence of (Axes, artist, ndarray, str or None)
        Artists whose values are those of another time step, and the title of their axes there.
    lays_out : bool
        Let the figure's layout follow what is seen. Otherwise it is that of the figure as it was
        drawn, in this size: nothing jumps while somebody moves in it.
    """

    size: tuple[float, float]
    limits: Sequence[tuple[Any, Range, Range]]
    colours: Mapping[int, AxesWish] = field(default_factory=dict)
    values: Sequence[tuple[Any, Any, Array, str | None]] = ()
    lays_out: bool = False


@contextmanager
def shown(figure: Any, maps: Mapping[int, MapSource], seen: Seen) -> Iterator[None]:
    """Bring a figure to what a viewer sees, and back; in the engine's thread only.

    An interrupt comes where it is let in, or at the end: the figure goes back in any case.

    Parameters
    ----------
    figure : matplotlib.figure.Figure
        The original.
    maps : mapping of int to MapSource
        Its maps by the number of their axes.
    seen : Seen
        What is wanted.
    """
    with held(), ExitStack() as stack:
        stack.callback(setattr, figure, "stale", figure.stale)
        stack.callback(_put_dpi_back, figure, figure.dpi)
        _keep_places(figure, stack)
        _resize(figure, seen.size, stack)
        if not seen.lays_out:
            _freeze_layout(figure, stack)
        for each, x, y in seen.limits:
            _limit(each, x, y, stack)
        for axes, artist, values, title in seen.values:
            _bring(axes, artist, values, title, stack)
        for i, source in maps.items():
            if i in seen.colours:
                _colour(source, seen.colours[i], stack)
        yield


def _put_dpi_back(figure: Any, dpi: float) -> None:
    if figure.dpi != dpi:  # ``savefig`` was interrupted
        figure.dpi = dpi


def _keep_places(figure: Any, stack: ExitStack) -> None:
    """Put axes back to where layouts and aspects have moved them from."""
    for each in [figure, *figure.subfigs]:
        # A tight layout begins where the last one has ended.
        margins = {name: getattr(each.subplotpars, name) for name in MARGINS}
        stack.callback(each.subplotpars.update, **margins)
    for axes in figure.axes:
        places = [
            (which, axes.get_position(which == "original").frozen())
            for which in ("original", "active")
        ]
        stack.callback(_put_back, axes, places, axes.get_in_layout())


def _put_back(axes: Any, places: Sequence[tuple[str, Any]], is_in_layout: bool) -> None:
    for which, place in places:
        axes.set_position(place, which)
    axes.set_in_layout(is_in_layout)


def _freeze_layout(figure: Any, stack: ExitStack) -> None:
    engine = figure.get_layout_engine()
    if engine is not None:
        with let_in():
            engine.execute(figure)
        stack.callback(figure.set_layout_engine, engine)
        figure.set_layout_engine("none")


def _resize(figure: Any, size: tuple[float, float], stack: ExitStack) -> None:
    before = tuple(float(each) for each in figure.get_size_inches())
    stack.callback(figure.set_size_inches, *before, forward=False)
    if before != size:
        figure.set_size_inches(*size, forward=False)


def _limit(axes: Any, x: Range, y: Range, stack: ExitStack) -> None:
    if tuple(axes.get_xlim()) != x:
        stack.callback(axes.set_xlim, *axes.get_xlim(), emit=False, auto=None)
        axes.set_xlim(*x, emit=False, auto=None)
    if tuple(axes.get_ylim()) != y:
        stack.callback(axes.set_ylim, *axes.get_ylim(), emit=False, auto=None)
        axes.set_ylim(*y, emit=False, auto=None)


def _bring(axes: Any, artist: Any, values: Array, title: str | None, stack: ExitStack) -> None:
    stack.callback(artist.set_array, artist.get_array())
    artist.set_array(values)
    if title is not None:
        stack.callback(axes.title.set_text, axes.title.get_text())
        axes.title.set_text(title)


def _colour(source: MapSource, wish: AxesWish, stack: ExitStack) -> None:
    artist = source.artist
    if wish.cmap is not None and wish.cmap != artist.get_cmap().name:
        stack.callback(artist.set_cmap, artist.get_cmap())
        artist.set_cmap(wish.cmap)
    before = artist.norm
    wanted = wished_norm(source.norm, wish.norm, wish.clim)
    if norm_name(wanted) != norm_name(before):
        if source.bar is not None:
            stack.callback(_put_ticks_back, source.bar, *_ticks_of(source.bar))
        stack.callback(artist.set_norm, before)
        artist.set_norm(wanted)
    elif (wanted.vmin, wanted.vmax) != (before.vmin, before.vmax):
        stack.callback(artist.set_clim, before.vmin, before.vmax)
        artist.set_clim(wanted.vmin, wanted.vmax)


def _ticks_of(bar: Any) -> tuple[Any, Any, Any]:
    return bar.locator, bar.formatter, bar.minorlocator


def _put_ticks_back(bar: Any, locator: Any, formatter: Any, minor: Any) -> None:
    # A colour bar gets new ones with another norm.
    bar.locator, bar.formatter, bar.minorlocator = locator, formatter, minor
