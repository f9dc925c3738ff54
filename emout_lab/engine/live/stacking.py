"""Which maps lie lowest in their figure; of others cells cannot be shown below all the rest."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any, Final

from matplotlib.axes import Axes
from matplotlib.axis import Axis
from matplotlib.colors import to_rgba
from matplotlib.figure import FigureBase
from matplotlib.spines import Spine
from matplotlib.text import Text

#: Axes that overlap by less touch each other [pixels].
TOUCHES: Final = 1.0
BELOW_MAP: Final = "a map over something else is drawn as a picture"
OTHER_AXES: Final = "a map over other axes is drawn as a picture"
BACKGROUND: Final = "a map over a coloured part of the figure is drawn as a picture"

Box = tuple[float, float, float, float]


def covers_in_axes(artist: Any, axes: Any) -> bool:
    """Return whether an artist is drawn over others of its axes, or over grid lines."""
    children = sorted(axes.get_children(), key=lambda each: each.get_zorder())
    below = children[: children.index(artist)]
    return any(each.get_visible() and each is not axes.patch and _shows(each) for each in below)


def covers_in_figure(
    i: int,
    axes: Sequence[Any],
    is_plain_map: Callable[[int], bool],
    reach: dict[int, list[Box]],
) -> str | None:
    """Return why a map lies over other things of its figure; None where it does not.

    Parameters
    ----------
    i : int
        Number of its axes.
    axes : sequence of Axes
        All axes of the figure but colour bars.
    is_plain_map : callable
        Returns whether axes of a number show a map and nothing over it.
    reach : dict
        Where other axes have texts, by their `id`; what is missing is added.
    """
    one = axes[i]
    figure, inner = one.get_figure(), one
    numbers = {id(each): k for k, each in enumerate(axes)}
    while True:
        for each in _drawn_before(figure, inner):
            if each is figure.patch:
                continue
            k = numbers.get(id(each))
            if isinstance(each, Axes) and _reaches(each, one, reach):
                return OTHER_AXES
            if not _overlaps(_box(each), _box(one)) or _is_empty(each):
                continue
            # Viewers lay maps over each other in the order of their axes.
            is_fine = k is not None and k < i and is_plain_map(k)
            if not (is_fine and contains(_box(each), _box(one))):
                return OTHER_AXES
        if figure.figure is figure:
            return None
        if figure.patch.get_visible() and figure.get_facecolor()[3] > 0:
            return BACKGROUND
        inner, figure = figure, figure.figure


def _reaches(artist: Any, one: Any, reach: dict[int, list[Box]]) -> bool:
    """Return whether texts of axes lie in others, which cover them."""
    if id(artist) not in reach:
        reach[id(artist)] = list(_boxes_around(artist))
    return any(_overlaps(each, _box(one)) for each in reach[id(artist)])


def _boxes_around(axes: Any) -> Iterable[Box]:
    """Return the boxes of what axes do not cut at their ends."""
    if not axes.get_visible():
        return
    for each in axes.get_children():
        if isinstance(each, (Axes, Spine)) or each is axes.patch or not each.get_visible():
            continue
        if isinstance(each, Axis):
            found = each.get_tightbbox() if axes.axison else None
        else:
            found = None if each.get_clip_on() else each.get_window_extent()
        if found is not None:
            yield box_of(found)


def _drawn_before(figure: Any, inner: Any) -> list[Any]:
    children = sorted(figure.get_children(), key=lambda each: each.get_zorder())
    return [each for each in children[: children.index(inner)] if each.get_visible()]


def is_overlaid(axes: Any, artist: Any) -> bool:
    """Return whether more than a map (or than nothing, for None) lies in axes."""
    kinds = axes.lines, axes.collections, axes.patches, axes.texts, axes.images, axes.artists
    drawn = [*(each for kind in kinds for each in kind), *axes.child_axes]
    return any(each.get_visible() for each in drawn if each is not artist)


def _shows(artist: Any) -> bool:
    """Return whether something of an artist is seen inside of its axes."""
    if isinstance(artist, Axis):
        ticks = [*artist.get_major_ticks(), *artist.get_minor_ticks()]
        return any(tick.gridline.get_visible() for tick in ticks)
    # Of lines around axes no more than their inner half.
    return not isinstance(artist, Spine) and not (
        isinstance(artist, Text) and not artist.get_text()
    )


def _is_empty(artist: Any) -> bool:
    """Return whether axes are there for their labels only."""
    if not isinstance(artist, Axes) or is_overlaid(artist, None):
        return False
    if not artist.axison:
        return True
    lines = [artist.patch, *artist.spines.values()] if artist.get_frame_on() else []
    is_clear = all(
        not each.get_visible()
        or (to_rgba(each.get_facecolor())[3] == 0 == to_rgba(each.get_edgecolor())[3])
        for each in lines
    )
    return is_clear and not _shows(artist.xaxis) and not _shows(artist.yaxis)


def box_of(bbox: Any) -> Box:
    """Return the ends of a box of matplotlib's [pixels]."""
    x0, y0, x1, y1 = bbox.extents
    return float(x0), float(y0), float(x1), float(y1)


def _box(artist: Any) -> Box:
    is_area = isinstance(artist, (Axes, FigureBase))
    return box_of(artist.bbox if is_area else artist.get_window_extent())


def _overlaps(one: Box, other: Box) -> bool:
    width = min(one[2], other[2]) - max(one[0], other[0])
    height = min(one[3], other[3]) - max(one[1], other[1])
    return width > TOUCHES and height > TOUCHES


def contains(outer: Box, inner: Box) -> bool:
    """Return whether a box lies in another one, or nearly so."""
    over = outer[0] - inner[0], outer[1] - inner[1], inner[2] - outer[2], inner[3] - outer[3]
    return max(over) <= TOUCHES
