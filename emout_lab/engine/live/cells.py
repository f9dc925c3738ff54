"""From a map and a view to colour indices, cell by cell, or pixel by pixel where cells are smaller.

Who looks at them colours them by the same table as matplotlib.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from matplotlib.colors import Normalize

from emout_lab.engine.live.maps import is_even
from emout_lab.engine.live.resampling import resampled

Array = np.ndarray[Any, Any]

#: Maps of so many cells are sent as a whole, so that a pan sends none.
WHOLE: Final = 40_000
#: Values that are this much larger than what they differ by lose digits in single precision.
FAR: Final = 1e4
#: See `View.lean`.
LEAN: Final = 1e-6
#: Of values that are brought to 0 … 1 already.
UNIT: Final = Normalize(0.0, 1.0)


@dataclass(frozen=True, slots=True)
class View:
    """What is seen of one axis.

    Parameters
    ----------
    low, high : float
        Limits in scale space at the left or lower and the right or upper end.
    length : float
        Device pixels from one to the other.
    start : float
        Device pixels from the left or lower end of the picture to the first of them.
    lean : float
        By which part of a pixel its middle is elsewhere, where an edge lies there: matplotlib
        rounds edges to the right and downward.
    """

    low: float
    high: float
    length: float
    start: float = 0.0
    lean: float = 0.0

    def pixels(self, first: float, last: float) -> tuple[Array, Array]:
        """Return pixels with their middle between two values.

        Returns
        -------
        ndarray of float
            The values at their middles, rising.
        ndarray of float
            Where they begin and end, rising; one more.
        """
        scale = self.length / (self.high - self.low)
        ends = sorted(self.start + (each - self.low) * scale for each in (first, last))
        edges = np.arange(np.ceil(ends[0] - 0.5), np.ceil(ends[1] - 0.5) + 1)
        edges = self.low + (edges[:: 1 if scale > 0 else -1] - self.start) / scale
        return (edges[1:] + edges[:-1]) / 2 + self.lean / scale, edges


@dataclass(frozen=True, slots=True)
class Cut:
    """Which cells of one axis are sent.

    Parameters
    ----------
    start, stop : float
        In cells, of the order of the values.
    count : int
        How many are sent: `stop` - `start`, or fewer where they are resampled.
    ends : tuple of float
        Where the first begins and the last ends, in scale space.
    picks : ndarray of int, optional
        For every pixel the cell that is seen in it, where cells are not brought to pixels by
        their mean.
    """

    start: float
    stop: float
    count: int
    ends: tuple[float, float]
    picks: Array | None = None

    @property
    def is_resampled(self) -> bool:
        """Whether cells are smaller than pixels."""
        return self.picks is None and self.count != self.stop - self.start

    def flipped(self, view: View) -> bool:
        """Return whether the first cell is at the end of the view."""
        return (self.ends[1] - self.ends[0]) * (view.high - view.low) < 0


def cut(edges: Array, view: View, *, is_whole: bool = False, is_picked: bool = False) -> Cut | None:
    """Return which cells of an axis are sent; None where none is seen.

    Parameters
    ----------
    edges : ndarray
        In scale space, in order, rising or falling.
    view : View
        What is seen.
    is_whole : bool
        Send cells that are not seen as well.
    is_picked : bool
        A pixel shows the cell at its middle, also where it has several.
    """
    low, high = sorted((view.low, view.high))
    left, right = sorted((float(edges[0]), float(edges[-1])))
    seen_low, seen_high = max(low, left), min(high, right)
    if not seen_low < seen_high:
        return None
    share = (seen_high - seen_low) / (high - low)
    pixels = max(1, round(share * view.length))
    if not is_even(edges):
        return _picked(edges, *view.pixels(seen_low, seen_high))
    count, first, last = len(edges) - 1, float(edges[0]), float(edges[-1])
    ends = ((each - first) / (last - first) * count for each in (seen_low, seen_high))
    start, stop = sorted(ends)
    if stop - start > pixels:
        if is_picked:
            return _picked(edges, *view.pixels(seen_low, seen_high))
        return Cut(start, stop, pixels, _at(edges, start, stop))
    if is_whole:
        start, stop = 0, count
    else:
        # Some more, so that a short pan sends nothing.
        more = max(8, int(stop - start) // 2)
        start = max(0, (int(start) - more) // more * more)
        stop = min(count, -(-(int(np.ceil(stop)) + more) // more) * more)
    return Cut(start, stop, int(stop - start), _at(edges, start, stop))


def cell_indices(values: Array, rows: Cut, columns: Cut, norm: Normalize, colours: int) -> Array:
    """Return places in the colour table of the cells that are sent, see `colour_indices`.

    Where cells are smaller than pixels, their mean over a pixel has one.
    """
    inner = _sliced(values, rows, columns)
    if rows.is_resampled or columns.is_resampled:
        if _is_before(norm):
            inner, norm = norm(inner), UNIT
        inner = _resampled(inner, rows, columns)
    # The fewer have their colours found.
    picked = inner if _is_more(rows, columns) else _picked_of(inner, rows, columns)
    found = colour_indices(picked, norm, colours)
    return _picked_of(found, rows, columns) if _is_more(rows, columns) else found


def colour_indices(values: Array, norm: Normalize, colours: int) -> Array:
    """Return places in the colour table: colours, then under, over and bad.

    Parameters
    ----------
    values : ndarray or MaskedArray
        Any shape.
    norm : Normalize
        Brings them to 0 … 1, or to places.
    colours : int
        How many the map has.

    Returns
    -------
    ndarray of int16 or int32
        The same as matplotlib takes, of the same shape.
    """
    normed = norm(values)
    places: Array = np.array(np.ma.getdata(normed))
    is_bad: Any = np.ma.getmask(normed)
    if places.dtype.kind == "f":
        places *= colours
        places[places == colours] = colours - 1
        if not np.any(is_bad):
            is_bad = np.isnan(places)
    with np.errstate(invalid="ignore"):
        found: Array = places.astype(np.int16 if colours < 30_000 else np.int32)
    found[places < 0] = colours
    found[places >= colours] = colours + 1
    if is_bad is not np.ma.nomask:
        found[is_bad] = colours + 2
    return found


def packed(indices: Array, table: Array) -> tuple[Array, int]:
    """Return indices in as few bytes as tell all colours apart, and how many bits these are.

    Parameters
    ----------
    indices : ndarray of int
        As `colour_indices` gives them.
    table : ndarray of uint8, shape (N + 3, 4)
        As `colour_table` gives it.
    """
    count = len(table) - 3
    most = int(indices.max(initial=0))
    if most > 255 and count <= 256:
        # Under and over mostly have the colours of the ends.
        for place, like in ((count, 0), (count + 1, count - 1)):
            if place > 255 and (table[place] == table[like]).all():
                indices = np.where(indices == place, like, indices)
        most = int(indices.max(initial=0))
    if most <= 255:
        return indices.astype(np.uint8), 8
    return indices.astype("<u2"), 16


def _at(edges: Array, start: float, stop: float) -> tuple[float, float]:
    count, first, last = len(edges) - 1, float(edges[0]), float(edges[-1])
    width = (last - first) / count
    return first + width * start, first + width * stop


def _picked(edges: Array, middles: Array, pixels: Array) -> Cut | None:
    if len(middles) == 0:
        return None
    count = len(edges) - 1
    if edges[0] < edges[-1]:
        picks = np.searchsorted(edges, middles, side="right") - 1
    else:
        picks = count - np.searchsorted(edges[::-1], middles, side="right")
    picks = np.clip(picks, 0, count - 1)
    start, stop = int(picks.min()), int(picks.max()) + 1
    return Cut(start, stop, len(picks), (float(pixels[0]), float(pixels[-1])), picks - start)


def _sliced(values: Array, rows: Cut, columns: Cut) -> Array:
    count = [len(values), values.shape[1]]
    places = []
    for part, most in zip((rows, columns), count, strict=True):
        start, stop = int(part.start), min(most, int(np.ceil(part.stop)))
        places.append(slice(start, stop))
    return values[places[0], places[1]]


def _is_more(rows: Cut, columns: Cut) -> bool:
    """Return whether there are more pixels than cells."""
    cells = (rows.stop - rows.start) * (columns.stop - columns.start)
    return rows.count * columns.count > cells


def _picked_of(cells: Array, rows: Cut, columns: Cut) -> Array:
    picked = cells if rows.picks is None else cells[rows.picks]
    return picked if columns.picks is None else picked[:, columns.picks]


def _is_before(norm: Normalize) -> bool:
    """Return whether values are brought to colours before their mean is taken."""
    if type(norm) is not Normalize or norm.vmin is None or norm.vmax is None:
        return True
    return max(abs(norm.vmin), abs(norm.vmax)) > FAR * abs(norm.vmax - norm.vmin)


def _resampled(values: Array, rows: Cut, columns: Cut) -> Array:
    left, top, right, bottom = 0.0, 0.0, float(values.shape[1]), float(len(values))
    if rows.is_resampled:
        top = rows.start - int(rows.start)
        bottom = top + rows.stop - rows.start
    if columns.is_resampled:
        left = columns.start - int(columns.start)
        right = left + columns.stop - columns.start
    size = (
        columns.count if columns.is_resampled else values.shape[1],
        rows.count if rows.is_resampled else len(values),
    )
    return resampled(values, size, (left, top, right, bottom))
