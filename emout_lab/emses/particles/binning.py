"""Histograms of particles: what was asked for, checked; computed in blocks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from emout_lab.emses.particles.blocks import Selection, over_blocks
from emout_lab.emses.particles.histograms import Histogram, Histogram2D
from emout_lab.emses.particles.kernels import (
    WEIGHTS,
    Bins,
    Counts,
    Extents,
    Limits,
    Range,
    join_extents,
)
from emout_lab.emses.particles.quantities import Quantity, quantity
from emout_lab.emses.particles.source import ParticleSource
from emout_lab.errors import BadOption

Array = np.ndarray[Any, Any]

DEFAULT_BINS = 100
#: Bins of a map, at most: more are no picture, and counts of all workers come together.
MOST_BINS = 2**24


def histogram(
    selection: Selection,
    name: str,
    *,
    bins: Any = DEFAULT_BINS,
    range: Any = None,
    weights: Any = None,
    where: Mapping[str, Any] | None = None,
    title: str = "",
) -> Histogram:
    """Count particles by one quantity; parameters as for `ParticlesSeries.hist`."""
    checked = (_bins(bins, "bins"),)
    counts, edges, axes = _computed(
        selection, (name,), checked, (_range(range, "range"),), weights, where
    )
    return Histogram(counts, edges[0], axes[0], title, _weight_name(weights))


def histogram2d(
    selection: Selection,
    names: tuple[str, str],
    *,
    bins: Any = DEFAULT_BINS,
    range: Any = None,
    weights: Any = None,
    where: Mapping[str, Any] | None = None,
    title: str = "",
) -> Histogram2D:
    """Count particles by two quantities; parameters as for `ParticlesSeries.hist2d`."""
    both = _pair_of_bins(bins)
    if range is not None and (not isinstance(range, (tuple, list, np.ndarray)) or len(range) != 2):
        raise BadOption(
            f"range={range!r}: give two ranges, ((x_low, x_high), (y_low, y_high)); None in place "
            "of one takes it from the particles.",
            "range",
        )
    ranges = tuple(_range(item, "range") for item in (range if range is not None else (None, None)))
    counts, edges, axes = _computed(selection, names, both, ranges, weights, where)
    return Histogram2D(counts, edges[0], edges[1], axes[0], axes[1], title, _weight_name(weights))


def _computed(
    selection: Selection,
    names: tuple[str, ...],
    bins: tuple[Bins, ...],
    ranges: tuple[Range | None, ...],
    weights: Any,
    where: Mapping[str, Any] | None,
) -> tuple[Array, list[Array], tuple[Quantity, ...]]:
    source = selection.source
    quantities = tuple(quantity(source, name) for name in names)
    limits = limits_of(source, where)
    weight = quantity(source, weights) if isinstance(weights, str) else None
    columns = _columns((*quantities, *([weight] if weight else []), *(item[0] for item in limits)))
    extra = {}
    if weights is not None and weight is None:
        extra[WEIGHTS] = _own_weights(selection, weights, columns)
    label = f"{selection.name}: histogram of {' and '.join(names)}"
    if any(isinstance(number, int) and known is None for number, known in zip(bins, ranges)):  # noqa: B905
        found = join_extents(
            over_blocks(selection, columns, Extents(quantities, limits), label=f"{label} (range)"),
            len(names),
        )
        # NumPy's, where there is nothing to count.
        ranges = tuple(known or own or (0.0, 1.0) for known, own in zip(ranges, found, strict=True))
    kernel = Counts(quantities, bins, ranges, limits, weight, weights is not None)
    total, edges = kernel.nothing()
    for counts, _ in over_blocks(selection, columns, kernel, label=label, extra=extra):
        total = total + counts
    return total, edges, quantities


def limits_of(source: ParticleSource, where: Mapping[str, Any] | None) -> Limits:
    """Return which particles count, of ``{"x": (low, high)}``."""
    if where is not None and not isinstance(where, Mapping):
        raise BadOption(
            f"where={where!r}: give ranges by name, such as {{'x': (0.01, 0.02)}}; with a mask "
            "take the particles of a step first, data.p1[-1][mask].",
            "where",
        )
    found = []
    for name, limits in (where or {}).items():
        low, high = _range(limits, f"where[{name!r}]") or (-np.inf, np.inf)
        found.append((quantity(source, name), low, high))
    return tuple(found)


def _columns(quantities: Sequence[Quantity]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(name for item in quantities for name in item.columns))


def _bins(bins: Any, option: str) -> Bins:
    if isinstance(bins, (int, np.integer)) and not isinstance(bins, bool):
        if not 1 <= bins <= MOST_BINS:
            raise BadOption(f"{option}={bins}: give between 1 and {MOST_BINS:,} bins.", option)
        return int(bins)
    wanted = "give a number of bins, or their edges, which rise"
    if isinstance(bins, str):
        raise BadOption(
            f"{option}={bins!r}: {wanted}. NumPy's rules need all particles at once.", option
        )
    try:
        edges = np.asarray(bins, dtype=float)
    except (TypeError, ValueError):
        raise BadOption(f"{option}={bins!r}: {wanted}.", option) from None
    if edges.ndim != 1 or len(edges) < 2 or not (np.diff(edges) >= 0).all():
        raise BadOption(f"{option}={bins!r}: {wanted}.", option)
    return np.asarray(bins)


def _pair_of_bins(bins: Any) -> tuple[Bins, Bins]:
    """Return bins of both axes; two items are one for each, as NumPy takes them."""
    is_pair = isinstance(bins, (tuple, list)) and len(bins) == 2
    first, second = bins if is_pair else (bins, bins)
    both = _bins(first, "bins"), _bins(second, "bins")
    count = int(np.prod([item if isinstance(item, int) else len(item) - 1 for item in both]))
    if count > MOST_BINS:
        raise BadOption(f"bins={bins!r} are {count:,}; give {MOST_BINS:,} at most.", "bins")
    return both


def _range(limits: Any, option: str) -> Range | None:
    if limits is None:
        return None
    try:
        low, high = limits
        is_good = bool(np.isfinite(float(low)) and np.isfinite(float(high)) and low <= high)
        # One end may be open where it only says which particles count.
        is_good |= option != "range" and bool(low <= high)
    except (TypeError, ValueError):
        is_good = False
    if not is_good:
        raise BadOption(f"{option}={limits!r}: give the lowest and the highest value.", "range")
    return low, high


def _own_weights(selection: Selection, weights: Any, columns: Sequence[str]) -> Array:
    values = np.asarray(weights)
    if len(selection.positions) != 1:
        raise BadOption(
            "weights: an array of weights belongs to the particles of one step, "
            f"data.{selection.source.name}[-1].hist(..., weights=...); of several steps name a "
            "column or 'energy' or 'speed'.",
            "weights",
        )
    (rows,) = selection.rows_of(columns)
    if values.shape != (len(rows),) or values.dtype.kind not in "fiub":
        raise BadOption(
            f"weights: {values.dtype} values of shape {values.shape} for {len(rows):,} particles; "
            "give a number for each.",
            "weights",
        )
    return values


def _weight_name(weights: Any) -> str:
    if weights is None:
        return ""
    return weights if isinstance(weights, str) else "weights"
