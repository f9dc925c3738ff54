"""Levels of contour lines: checked, found at round numbers, and shown on a colour bar."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
from matplotlib import ticker
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.colorbar import Colorbar
from matplotlib.colors import LogNorm, Normalize, SymLogNorm
from matplotlib.contour import QuadContourSet

from emout_lab.emses.plot.labels import View
from emout_lab.emses.plot.scales import range_text
from emout_lab.errors import BadOption

Array = np.ndarray[Any, Any]

#: Levels of contours, where they are not given.
LEVELS = 7
#: Decades below which levels are at more numbers than powers of ten.
FEW_DECADES = 4.0
#: Numbers of a decade that levels are at then.
SUBS = (1.0, 2.0, 5.0)


def checked(levels: Any) -> int | Array:
    """Return how many levels are asked for, or the levels themselves.

    Raises
    ------
    BadOption
        When it is neither a number of levels nor rising numbers.
    """
    if levels is None:
        return LEVELS
    if isinstance(levels, (int, np.integer)) and not isinstance(levels, bool) and levels > 0:
        return int(levels)
    try:
        values = np.asarray(levels, dtype=float)
    except (TypeError, ValueError):
        values = np.array(np.nan)
    is_list = values.ndim == 1 and values.size > 0 and bool(np.isfinite(values).all())
    if not is_list or not (np.diff(values) > 0).all():
        raise BadOption(
            f"levels={levels!r}: give a number of levels such as 12, or rising numbers such as "
            "[-2, -1, 0].",
            "levels",
        )
    return values


def refuse_narrow(view: View, kind: str, instead: str) -> None:
    """Refuse what cannot be drawn of a single row or column of points.

    Parameters
    ----------
    view : View
        What is to be drawn.
    kind : str
        How it is to be drawn, as the user said it.
    instead : str
        What fits.

    Raises
    ------
    BadOption
        When there are less than two points along an axis.
    """
    for dim, axis in zip(view.dims, view.axes, strict=True):
        if len(axis) < 2:
            raise BadOption(
                f"{kind} needs two points or more along each axis; this slice has {len(axis)} "
                f"along {dim}. {instead}, or take a wider slice.",
                "mode",
            )


def for_range(levels: Any, norm: Normalize) -> Array:
    """Return the levels of contours over the range of a norm.

    Parameters
    ----------
    levels : int or array_like, optional
        About how many, which are put at round numbers, or those themselves.
    norm : Normalize
        With its range.
    """
    count = checked(levels)
    if not isinstance(count, int):
        return count
    low, high = float(norm.vmin or 0.0), float(norm.vmax or 0.0)
    found = np.asarray(_locator(norm, count).tick_values(low, high))
    inside = found[(found > low) & (found < high)]
    if isinstance(norm, LogNorm) and inside.size < min(2, count):
        # Within a part of a decade: round numbers, as of a linear scale.
        found = np.asarray(ticker.MaxNLocator(count + 1, min_n_ticks=1).tick_values(low, high))
        inside = found[(found > low) & (found < high)]
    return inside if inside.size else np.array([(low + high) / 2])


def for_values(levels: Any, norm: Normalize, view: View) -> int | Array:
    """Return the levels of one drawing: matplotlib finds round ones itself on a linear scale."""
    found = checked(levels)
    if not isinstance(found, int):
        return found
    seen = view.values[np.isfinite(view.values)]
    if not seen.size or seen.min() == seen.max():
        return np.array([float(seen[0]) if seen.size else float(norm.vmin or 0.0)])
    return for_range(found, norm) if isinstance(norm, (LogNorm, SymLogNorm)) else found


def draw(ax: Axes, view: View, style: dict[str, Any]) -> QuadContourSet:
    """Draw contour lines of a map; none where no level lies in its values."""
    values = np.ma.masked_invalid(view.values)
    with warnings.catch_warnings():
        # Some versions of matplotlib warn of it, which a film would do at each such frame.
        warnings.filterwarnings("ignore", "No contour levels were found")
        warnings.filterwarnings("ignore", "Log scale: values of z <= 0")
        return ax.contour(view.axes[1], view.axes[0], values, **style)


def warn_if_outside(levels: Any, view: View, *, stacklevel: int) -> None:
    """Say that no line is to be seen, where all levels that were given lie beside the values."""
    seen = view.values[np.isfinite(view.values)]
    if np.ndim(levels) == 0 or not seen.size:
        return
    given = np.asarray(levels, dtype=float)
    if not ((given >= seen.min()) & (given <= seen.max())).any():
        warnings.warn(
            f"No contour is drawn at levels={given.tolist()}: {range_text(seen, view.name)}.",
            stacklevel=stacklevel + 1,
        )


def bar_of(lines: QuadContourSet, values: Array) -> ScalarMappable:
    """Return what a colour bar of contours is made of.

    matplotlib makes none of a single level: there it is one over the values, with a line in it.
    """
    levels = np.asarray(lines.levels)
    if levels.size > 1:
        return lines
    level = float(levels[0])
    seen = np.append(values[np.isfinite(values)], level)
    low, high = float(seen.min()), float(seen.max())
    room = (high - low or abs(level) or 1.0) / 10
    norm = Normalize(min(low, level - room), max(high, level + room))
    return ScalarMappable(norm, lines.cmap)


def mark(bar: Colorbar, lines: QuadContourSet) -> None:
    """Draw the one level of contours into the bar that `bar_of` them was made."""
    levels = np.asarray(lines.levels)
    if levels.size > 1:
        return
    solids: Any = bar.solids
    solids.set_visible(False)
    bar.add_lines(lines)
    bar.set_ticks(levels.tolist())
    lines.colorbar = bar


def _locator(norm: Normalize, count: int) -> ticker.Locator:
    if isinstance(norm, LogNorm) and norm.vmin and norm.vmax:
        is_wide = np.log10(norm.vmax / norm.vmin) >= FEW_DECADES
        return ticker.LogLocator(subs=(1.0,) if is_wide else SUBS, numticks=count + 1)
    if isinstance(norm, SymLogNorm):
        linthresh: Any = getattr(norm, "linthresh", 1.0)
        locator = ticker.SymmetricalLogLocator(base=10, linthresh=linthresh)
        locator.set_params(numticks=count + 1)
        return locator
    return ticker.MaxNLocator(count + 1, min_n_ticks=1)
