"""Values of a map at a place, and profiles through it."""

from __future__ import annotations

from typing import Any, Final

import numpy as np

from emout_lab.engine.live.maps import MapSource, norm_name
from emout_lab.engine.live.parts import unit_of
from emout_lab.engine.live.wishes import Probe, Range
from emout_lab.engine.live.words import word

Array = np.ndarray[Any, Any]

#: A profile of more points is thinned out.
MOST_POINTS: Final = 2000
#: So many places beside each other, and so many values, are told apart.
APART: Final = 1000


def of_axes(probe: Probe, axes: Any, seen: tuple[Range, Range]) -> dict[str, Any]:
    """Return where a place is, in axes without a map, and what is written along these.

    Parameters
    ----------
    probe : Probe
        The place.
    axes : matplotlib.axes.Axes
        In which it is.
    seen : tuple of (float, float)
        What a viewer sees of them.
    """
    told: dict[str, Any] = {"seq": probe.seq, "kind": probe.kind, "i": probe.i}
    told |= {"x": probe.x, "y": probe.y}
    labels = {"x": axes.get_xlabel(), "y": axes.get_ylabel()}
    finest = {name: _finest(*ends) for name, ends in zip("xy", seen, strict=True)}
    words = {name: word(axes, name, getattr(probe, name), finest[name]) for name in "xy"}
    told |= {"labels": labels, "words": words, "finest": finest, "map": False}
    return {**told, "value": None, "unit": "", "cell": None, "profiles": None}


def of_map(
    probe: Probe, axes: Any, source: MapSource, values: Array, seen: tuple[Range, Range]
) -> dict[str, Any]:
    """Return the value of the cell at a place, and profiles through it where they are wanted.

    Parameters
    ----------
    probe : Probe
        The place.
    axes : matplotlib.axes.Axes
        That have the map.
    source : MapSource
        The map.
    values : ndarray, shape (rows, columns)
        Its values at the step that is seen.
    seen : tuple of (float, float)
        What a viewer sees of its axes.

    Returns
    -------
    dict
        ``seq``, ``kind``, ``i``, ``x``, ``y``, ``labels`` of both axes, ``words`` for the place
        where numbers would not do, ``finest``: what can be told apart along ``x`` and ``y`` and of
        the ``value``; ``map``: that there is one, ``value`` (None outside of the map and where it
        has none), ``unit``, ``cell`` ([row, column] or None) and ``profiles``: None, or
        ``{"x": {"at", "values"}, "y": {"at", "values"}}`` with the middles of the cells in data
        coordinates.
    """
    told = {**of_axes(probe, axes, seen), "map": True, "unit": unit_of(source)}
    if norm_name(source.norm) == "linear":
        told["finest"]["value"] = _finest(source.norm.vmin, source.norm.vmax)
    column, row = _cell(source.x, probe.x), _cell(source.y, probe.y)
    if column is None or row is None:
        return told
    told["cell"] = [row, column]
    told["value"] = _plain(values[row, column])
    if probe.kind == "pick":
        along_x = _profile(source.x, values[row])
        told["profiles"] = {"x": along_x, "y": _profile(source.y, values[:, column])}
    return told


def _finest(low: float | None, high: float | None) -> float:
    return abs(float(high or 0.0) - float(low or 0.0)) / APART


def _cell(edges: Array, at: float) -> int | None:
    """Return which cell a place is in; the last edge belongs to the last cell."""
    is_rising = edges[0] <= edges[-1]
    rising = edges if is_rising else edges[::-1]
    if not rising[0] <= at <= rising[-1]:
        return None
    count = len(edges) - 1
    found = min(int(np.searchsorted(rising, at, side="right")) - 1, count - 1)
    return found if is_rising else count - 1 - found


def _profile(edges: Array, values: Array) -> dict[str, list[float | None]]:
    step = -(-len(values) // MOST_POINTS)
    middles = (edges[:-1] + edges[1:]) / 2
    if edges[0] > edges[-1]:
        middles, values = middles[::-1], values[::-1]
    return {
        "at": [float(each) for each in middles[::step]],
        "values": [_plain(each) for each in values[::step]],
    }


def _plain(value: Any) -> float | None:
    """Return a value as JSON has it; None where there is none."""
    if np.ma.is_masked(value) or not np.isfinite(value):
        return None
    return float(value)
