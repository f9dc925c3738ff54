"""Norms and colour maps of a drawing, checked against the values before anything is drawn."""

from __future__ import annotations

import difflib
import sys
import warnings
from typing import Any

import numpy as np
from matplotlib import colormaps, rcParams
from matplotlib.cm import ScalarMappable
from matplotlib.colors import Colormap, LogNorm, Normalize, SymLogNorm

from emout_lab.emses.blocks.extremes import finite
from emout_lab.errors import BadOption

Array = np.ndarray[Any, Any]

PACKAGE = "emout_lab."
#: Part of the largest value within which ``norm="symlog"`` is linear.
LINEAR_PART = 1e-3
#: How far the range of one value reaches around it, as matplotlib's colour bars have it.
ROOM = 0.1
#: What the axis of a curve's values can be.
SCALES_OF_LINES = (None, "linear", "log", "symlog")


def norm_for(
    values: Array, norm: Any = None, vmin: Any = None, vmax: Any = None, *, name: str = ""
) -> Normalize:
    """Return the norm that colours values; what is not given of its range comes from them.

    Parameters
    ----------
    values : ndarray
        All values that it is to serve: of a film, those of all frames.
    norm : Normalize or str, optional
        ``"log"``, ``"symlog"`` (linear up to a thousandth of the largest value), another name of a
        scale of matplotlib, or a norm of one's own.
    vmin, vmax : float, optional
        Range.
    name : str
        Name of the values, for messages.

    Raises
    ------
    BadOption
        When norm and range do not fit each other, or the values.
    """
    seen = finite(values)
    if isinstance(norm, Normalize):
        return _completed(norm, seen, vmin, vmax, name)
    is_log = norm == "log"
    ends = (number("vmin", vmin), number("vmax", vmax))
    if is_log:
        ends = (_without_zero(ends[0], seen), ends[1])
        _refuse_nonpositive(seen if None in ends else seen[:0], *ends, name)
        seen = seen[seen > 0]
    low, high = _range(seen, *ends, is_log=is_log, name=name)
    if is_log:
        return LogNorm(low, high)
    if norm == "symlog":
        return SymLogNorm(LINEAR_PART * max(abs(low), abs(high)) or 1.0, vmin=low, vmax=high)
    made = _named(norm)
    made.vmin, made.vmax = low, high
    return made


def cmap_for(cmap: Any) -> Colormap:
    """Return a colour map; None means that of the settings.

    Raises
    ------
    BadOption
        When there is none of this name.
    """
    if cmap is None:
        cmap = rcParams["image.cmap"]
    if isinstance(cmap, Colormap):
        return cmap
    if isinstance(cmap, str) and cmap in colormaps:
        return colormaps[cmap]
    near = difflib.get_close_matches(str(cmap), list(colormaps), n=3)
    hint = f"Did you mean {' or '.join(map(repr, near))}?" if near else "Such as 'viridis'."
    raise BadOption(f"cmap={cmap!r}: there is no colour map of this name. {hint}", "cmap")


def number(option: str, value: Any) -> float | None:
    """Return a limit as a number, or None where it is not given.

    Raises
    ------
    BadOption
        When it is no number.
    """
    if value is None:
        return None
    try:
        result = float(value)
    except (TypeError, ValueError):
        result = np.nan
    if not np.isfinite(result):
        raise BadOption(f"{option}={value!r} is no limit: give a finite number.", option)
    return result


def scale_of_line(
    values: Array, norm: Any, vmin: Any, vmax: Any, *, name: str
) -> dict[str, Any] | None:
    """Return the scale of a curve's values for ``set_yscale``; None leaves the axes as they are.

    Raises
    ------
    BadOption
        When it, or the limits, do not fit the values.
    """
    if not isinstance(norm, (str, type(None))) or norm not in SCALES_OF_LINES:
        raise BadOption(
            f"norm={norm!r} does not fit a curve, which has no colours: its axis can be norm='log' "
            "or norm='symlog'.",
            "norm",
        )
    low, high = number("vmin", vmin), number("vmax", vmax)
    if low is not None and high is not None and low > high:
        raise _wrong_order(low, high)
    if norm is None:
        return None
    if norm == "linear":
        return {"value": "linear"}
    if norm == "log":  # a limit of the axis itself cannot be zero
        _refuse_nonpositive(values[:0], low, high, name)
    found: Any = norm_for(values, norm, low, high, name=name)
    return {"value": norm} if norm == "log" else {"value": norm, "linthresh": found.linthresh}


def range_text(seen: Array, name: str) -> str:
    """Write which values there are."""
    subject = name or "the field"
    if not seen.size:
        return f"{subject} has no known value"
    low, high = (f"{value + 0.0:.4g}" for value in (seen.min(), seen.max()))
    return (
        f"{subject} goes from {low} to {high}" if low != high else f"{subject} is {low} everywhere"
    )


def _completed(norm: Normalize, seen: Array, vmin: Any, vmax: Any, name: str) -> Normalize:
    for option, value in (("vmin", vmin), ("vmax", vmax)):
        if value is not None:
            raise BadOption(
                f"{option}={value!r} beside norm={type(norm).__name__}(…): give the range to the "
                f"norm, as in {type(norm).__name__}({option}={value!r}), or norm='log' by its "
                "name.",
                option,
            )
    is_log = isinstance(norm, LogNorm)
    is_open = norm.vmin is None or norm.vmax is None
    if is_log:
        norm.vmin = _without_zero(norm.vmin, seen)
        is_open = norm.vmin is None or norm.vmax is None
        # Where it has its range, one frame of a film need not lie in it.
        _refuse_nonpositive(seen if is_open else seen[:0], norm.vmin, norm.vmax, name)
    if is_open:
        # Not by the norm itself, which would take the range from the first frame of a film.
        part = seen[seen > 0] if is_log else seen
        low, high = _range(part, norm.vmin, norm.vmax, is_log=is_log, name=name)
        norm.vmin, norm.vmax = low, high
    elif norm.vmin is not None and norm.vmax is not None and norm.vmin > norm.vmax:
        raise _wrong_order(norm.vmin, norm.vmax)
    return norm


def _named(norm: str | None) -> Normalize:
    if norm is None or norm == "linear":
        return Normalize()
    try:
        named: Any = norm
        made: Any = ScalarMappable(norm=named).norm
    except (TypeError, ValueError) as exc:
        raise BadOption(
            f"norm={norm!r} is no norm: give 'linear', 'log', 'symlog', or one of "
            "matplotlib.colors such as LogNorm(1, 10).",
            "norm",
        ) from exc
    found: Normalize = made
    return found


def _without_zero(vmin: float | None, seen: Array) -> float | None:
    """Return the lower end of a logarithmic scale; None, by the values, in place of zero."""
    if vmin != 0:
        return vmin
    positive = seen[seen > 0]
    least = f": it begins at {positive.min():.4g}, the least value over it" if positive.size else ""
    _warn(f"vmin=0 is not on the scale of norm='log', which has no zero{least}.")
    return None


def _warn(text: str) -> None:
    """Warn at the line that called the package."""
    frame, level = sys._getframe(1), 2
    while frame.f_back is not None and frame.f_globals.get("__name__", "").startswith(PACKAGE):
        frame, level = frame.f_back, level + 1
    warnings.warn(text, stacklevel=level)


def _refuse_nonpositive(seen: Array, vmin: float | None, vmax: float | None, name: str) -> None:
    for option, value in (("vmin", vmin), ("vmax", vmax)):
        if value is not None and value <= 0:
            positive = seen[seen > 0]
            least = f": the least value over zero is {positive.min():.4g}" if positive.size else ""
            raise BadOption(
                f"{option}={value:g} does not fit norm='log', which has no zero and nothing below. "
                f"Give {option} > 0, or leave it out{least}.",
                option,
            )
    if not seen.size or (seen > 0).any():
        return
    if (seen < 0).any():
        raise BadOption(
            f"norm='log' needs values over zero: {range_text(seen, name)}. norm='symlog' draws "
            "both signs; abs(field) turns what is negative.",
            "norm",
        )
    _warn(f"norm='log' shows values over zero only, and {range_text(seen, name)}: nothing is seen.")


def _range(
    seen: Array, vmin: float | None, vmax: float | None, *, is_log: bool, name: str
) -> tuple[float, float]:
    lowest, highest = (float(seen.min()), float(seen.max())) if seen.size else (None, None)
    low = vmin if vmin is not None else lowest
    high = vmax if vmax is not None else highest
    if low is None or high is None:
        # Nothing is seen: some range beside the end that is given.
        low, high = _beside(low, high, is_log=is_log)
    if vmin is None and vmax is None and low == high:
        room = ROOM * abs(low) or ROOM
        low, high = low - room, high + room
    if low > high:
        if vmin is not None and vmax is not None:
            raise _wrong_order(vmin, vmax)
        option, value, side = ("vmax", vmax, "below") if vmin is None else ("vmin", vmin, "above")
        raise BadOption(
            f"{option}={value:g} lies {side} all values: {range_text(seen, name)}. Give both vmin "
            "and vmax, or leave both out.",
            option,
        )
    return float(low), float(high)


def _beside(low: float | None, high: float | None, *, is_log: bool) -> tuple[float, float]:
    if is_log:
        first = low if low is not None else (high or 10.0) / 10
        return first, high if high is not None else 10 * first
    first = low if low is not None else (1.0 if high is None else high) - 1
    return first, high if high is not None else first + 1


def _wrong_order(vmin: float, vmax: float) -> BadOption:
    return BadOption(
        f"vmin={vmin:g} lies above vmax={vmax:g}: exchange them. A colour map is turned by its "
        "name, as in cmap='viridis_r'.",
        "vmin",
    )
