"""What of a figure can go as numbers: axes with one map of values over straight axes."""

from __future__ import annotations

import copy
import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from matplotlib.collections import QuadMesh
from matplotlib.colors import LogNorm, Normalize, SymLogNorm
from matplotlib.image import AxesImage, NonUniformImage

from emout_lab.engine.live.colour_tables import colour_table
from emout_lab.engine.live.stacking import (
    BELOW_MAP,
    Box,
    box_of,
    contains,
    covers_in_axes,
    covers_in_figure,
    is_overlaid,
)
from emout_lab.engine.live.steps import Steps, steps_of

Array = np.ndarray[Any, Any]

SCALES: Final = ("linear", "log")
#: Part of a cell by which an edge may be elsewhere in an even grid.
EVEN: Final = 1e-4
#: What shows cells as they are, or filters them only where they are smaller than pixels.
_SERIALS: Final = itertools.count()
PLAIN: Final = (None, "none", "nearest", "auto", "antialiased")
#: What viewers do by themselves, with colours in place of values.
SMOOTH: Final = "bilinear"
#: What shows the cell at the middle of a pixel.
PICKED: Final = ("none", "nearest")


class NotNumbers(Exception):
    """Something cannot go as numbers; the message says why, for people."""


@dataclass(frozen=True, slots=True)
class MapSource:
    """One map as it is in the figure; nothing here changes when the figure does.

    Parameters
    ----------
    artist : AxesImage or QuadMesh
        Where it comes from.
    values : ndarray or MaskedArray, shape (rows, columns)
        In the order of the artist.
    x, y : ndarray
        Edges of columns and rows in data coordinates, in the order of `values`; one more than
        these.
    norm : Normalize
        A copy.
    cmap : Colormap
        The artist's own.
    table : ndarray of uint8, shape (N + 3, 4)
        Its colours, see `colour_table`.
    alpha : float or None
        How opaque it is.
    is_smooth : bool
        Whether its cells are interpolated.
    is_picked : bool
        Whether a pixel shows one cell also where it has several.
    steps : Steps or None
        Its time steps.
    bar : Colorbar or None
        What explains it.
    serial : int
        Another one for other values.
    """

    artist: Any
    values: Array
    x: Array
    y: Array
    norm: Normalize
    cmap: Any
    table: Array
    alpha: float | None
    is_smooth: bool
    is_picked: bool
    steps: Steps | None
    bar: Any
    serial: int = 0


def shown_axes(figure: Any) -> list[Any]:
    """Return the axes that a viewer can point at: all but colour bars."""
    bars = {id(bar.ax) for bar in bars_of(figure)}
    return [axes for axes in figure.axes if id(axes) not in bars]


def bars_of(figure: Any) -> list[Any]:
    """Return the colour bars of a figure."""
    found = [
        getattr(artist, "colorbar", None) for axes in figure.axes for artist in axes.get_children()
    ]
    return [bar for bar in found if bar is not None and bar.ax in figure.axes]


def long_axis(bar: Any) -> Any:
    """Return the axis of a colour bar that has its ticks."""
    return bar.ax.yaxis if bar.orientation == "vertical" else bar.ax.xaxis


def sources(axes: Sequence[Any], known: dict[int, MapSource]) -> tuple[dict[int, MapSource], str]:
    """Return the maps that can go as numbers by the number of their axes.

    Parameters
    ----------
    axes : sequence of Axes
        As `shown_axes` gives them.
    known : dict
        What was found before; a map of the same values keeps its serial number.

    Returns
    -------
    dict
        Empty where there is none.
    str
        Why the others cannot go; empty where all axes go as numbers.
    """
    found: dict[int, MapSource] = {}
    reasons = []
    reach: dict[int, list[Box]] = {}
    for i, each in enumerate(axes):
        try:
            found[i] = source(each, known.get(i))
        except NotNumbers as error:
            reasons.append(str(error))
    for i in list(found):
        why = covers_in_figure(
            i, axes, lambda k: k in found and not is_overlaid(axes[k], found[k].artist), reach
        )
        if why is not None:
            del found[i]
            reasons.append(why)
    return found, "; ".join(dict.fromkeys(reasons))


def source(axes: Any, known: MapSource | None = None) -> MapSource:
    """Return the map of an axes.

    Raises
    ------
    NotNumbers
        Where it has none, or one that has to be drawn by matplotlib.
    """
    if axes.name != "rectilinear":
        raise NotNumbers(f"axes of the kind {axes.name!r} are drawn as pictures")
    scales = [axis.get_scale() for axis in (axes.xaxis, axes.yaxis)]
    if not set(scales) <= set(SCALES):
        raise NotNumbers(f"axes with the scales {scales[0]}, {scales[1]} are drawn as pictures")
    if axes.get_adjustable() == "datalim" and axes.get_aspect() != "auto":
        raise NotNumbers("axes whose limits follow from their shape are drawn as pictures")
    drawn = [a for a in [*axes.images, *axes.collections] if a.get_visible() and _is_map(a)]
    if not drawn:
        raise NotNumbers("lines, points, contours and the like are drawn as pictures")
    if len(drawn) > 1:
        raise NotNumbers("several maps in one axes are drawn as pictures")
    artist = drawn[0]
    values, x, y = _mesh(artist) if isinstance(artist, QuadMesh) else _image(artist, scales)
    _require_plain(artist, axes, values)
    if covers_in_axes(artist, axes):
        raise NotNumbers(BELOW_MAP)
    values, serial = _known(artist, values, known)
    alpha = artist.get_alpha()
    return MapSource(
        artist=artist,
        values=values,
        x=x,
        y=y,
        norm=own_norm(artist.norm, values),
        cmap=artist.get_cmap(),
        table=colour_table(artist.get_cmap(), alpha, is_image=isinstance(artist, AxesImage)),
        alpha=None if alpha is None else float(alpha),
        is_smooth=isinstance(artist, AxesImage) and artist.get_interpolation() == SMOOTH,
        is_picked=isinstance(artist, QuadMesh) or artist.get_interpolation() in PICKED,
        steps=steps_of(artist),
        bar=getattr(artist, "colorbar", None),
        serial=serial,
    )


def own_norm(norm: Normalize, values: Array) -> Normalize:
    """Return a copy of a norm with its limits; what hangs on the other one hears nothing of it."""
    # Whoever is told of changes is not copied.
    own = copy.deepcopy(norm)
    if own.vmin is None or own.vmax is None:
        own.autoscale_None(values)
    return own


def wished_norm(norm: Normalize, name: str | None, limits: tuple[float, float] | None) -> Normalize:
    """Return a norm as a viewer wants it; one whose colours have fixed places stays as it is.

    The same one where nothing else is wanted, which takes no time.
    """
    if limits in (None, (norm.vmin, norm.vmax)) and name in (None, norm_name(norm)):
        return norm
    own = copy.deepcopy(norm)
    if name is not None and name != norm_name(own):
        low, high = limits or (float(own.vmin or 0.0), float(own.vmax or 1.0))
        own = _made_norm(name, low, high)
    elif limits is not None and norm_name(own) in ("linear", "log", "symlog", "power"):
        own.vmin, own.vmax = limits
    return own


def norm_name(norm: Normalize) -> str:
    """Return what a norm is called in wishes; the name of its class for others."""
    names = {"Normalize": "linear", "LogNorm": "log", "SymLogNorm": "symlog", "PowerNorm": "power"}
    return names.get(type(norm).__name__, type(norm).__name__)


def is_even(edges: Array) -> bool:
    """Return whether cells between edges are all of the same width."""
    steps = np.diff(edges)
    even = np.linspace(edges[0], edges[-1], len(edges))
    return bool(np.abs(edges - even).max() <= EVEN * np.abs(steps).min())


def _made_norm(name: str, low: float, high: float) -> Normalize:
    if name == "log":
        if high <= 0:
            raise NotNumbers("a logarithmic colour scale needs limits above zero")
        return LogNorm(low if low > 0 else high * 1e-3, high)
    if name == "symlog":
        return SymLogNorm(max(abs(low), abs(high)) * 1e-3 or 1.0, vmin=low, vmax=high)
    return Normalize(low, high)


def _is_map(artist: Any) -> bool:
    if isinstance(artist, AxesImage):
        return True
    return isinstance(artist, QuadMesh) and artist.get_array() is not None


def _image(artist: Any, scales: Sequence[str]) -> tuple[Array, Array, Array]:
    values = artist.get_array()
    if isinstance(artist, NonUniformImage) or type(artist).__name__ == "PcolorImage":
        raise NotNumbers(f"a {type(artist).__name__} is drawn as a picture")
    if values is None or values.ndim != 2:
        raise NotNumbers("a picture of colours is no map of values")
    if artist.get_interpolation() not in (*PLAIN, SMOOTH):
        name = artist.get_interpolation()
        raise NotNumbers(f"an image with the interpolation {name!r} is drawn as a picture")
    if "log" in scales:
        raise NotNumbers("an image on a logarithmic axis is drawn as a picture")
    left, right, bottom, top = (float(each) for each in artist.get_extent())
    rows, columns = values.shape
    first, last = (top, bottom) if artist.origin == "upper" else (bottom, top)
    return values, np.linspace(left, right, columns + 1), np.linspace(first, last, rows + 1)


def _mesh(artist: Any) -> tuple[Array, Array, Array]:
    corners = np.ma.getdata(artist.get_coordinates())
    values = np.ma.asarray(artist.get_array())
    rows, columns = corners.shape[0] - 1, corners.shape[1] - 1
    if values.size != rows * columns:
        raise NotNumbers("shading between the corners of a mesh is drawn as a picture")
    x, y = corners[0, :, 0], corners[:, 0, 1]
    is_straight = (corners[:, :, 0] == x).all() and (corners[:, :, 1] == y[:, None]).all()
    if not is_straight or not (_is_ordered(x) and _is_ordered(y)):
        raise NotNumbers("a mesh whose lines are not straight is drawn as a picture")
    if artist.get_edgecolor().size and np.max(artist.get_linewidth(), initial=0) > 0:
        raise NotNumbers("a mesh with lines between its cells is drawn as a picture")
    return values.reshape(rows, columns), x, y


def _is_ordered(edges: Array) -> bool:
    steps = np.diff(edges)
    return bool(np.isfinite(edges).all() and ((steps > 0).all() or (steps < 0).all()))


def _require_plain(artist: Any, axes: Any, values: Array) -> None:
    if min(values.shape) < 1:
        raise NotNumbers("a map without cells is drawn as a picture")
    if values.dtype.kind not in "fiub" or values.dtype.itemsize > 8:
        raise NotNumbers(f"values of the type {values.dtype} are drawn as a picture")
    if artist.get_alpha() is not None and np.ndim(artist.get_alpha()) > 0:
        raise NotNumbers("cells of different opacity are drawn as a picture")
    is_moved = isinstance(artist, QuadMesh) and np.any(artist.get_offsets())
    if is_moved or artist.get_transform() != axes.transData:
        raise NotNumbers("a map that is turned or moved is drawn as a picture")
    if artist.get_clip_path() is not None or not artist.get_clip_on():
        raise NotNumbers("a map that is cut by a path is drawn as a picture")
    box = artist.get_clip_box()
    if box is not None and not contains(box_of(box), box_of(axes.bbox)):
        raise NotNumbers("a map that is cut by a box is drawn as a picture")
    if artist.get_path_effects() or artist.get_agg_filter() is not None:
        raise NotNumbers("a map with effects is drawn as a picture")


def _known(artist: Any, values: Array, known: MapSource | None) -> tuple[Array, int]:
    """Return the values as they were known, with their serial number, or new ones."""
    is_same = known is not None and known.artist is artist and _is_same(known.values, values)
    return (known.values, known.serial) if known and is_same else (values, next(_SERIALS))


def _is_same(one: Array, other: Array) -> bool:
    if one is other:
        return True
    if one.shape != other.shape or one.dtype != other.dtype:
        return False
    is_equal = np.array_equal(np.ma.getmaskarray(one), np.ma.getmaskarray(other))
    return is_equal and bool(np.array_equal(np.ma.getdata(one), np.ma.getdata(other)))
