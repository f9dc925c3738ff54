"""What a view knows of its figure, found while nobody else's wish is applied to it.

All of it can be asked in the thread beside the engine's, whatever is drawn meanwhile.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from matplotlib.colors import to_hex
from matplotlib.patches import ConnectionPatch
from matplotlib.text import Annotation

from emout_lab.engine.live.axis_ticks import RAISED, AxisTicks
from emout_lab.engine.live.maps import MapSource, long_axis, norm_name, shown_axes, sources
from emout_lab.engine.live.stacking import is_overlaid
from emout_lab.engine.live.steps import Steps, steps_of
from emout_lab.engine.live.wishes import AxesWish, Range
from emout_lab.engine.live.words import has_words

Array = np.ndarray[Any, Any]

#: A unit at the end of a label, and a power in it.
EXPONENT: Final = re.compile(r"\$\^\{?([-\u2212\d]+)\}?\$")
UNIT: Final = re.compile(r"[\[(]([^\[\]()$]+)[\])]\s*$")


@dataclass(frozen=True, slots=True)
class AxesPart:
    """One axes of a figure.

    Parameters
    ----------
    axes : Axes
        The original.
    x, y : tuple of float
        Limits as they are in the figure.
    x_ticks, y_ticks, bar_ticks : AxisTicks or None
        What stands beside it; None for axes of other kinds.
    beside_x, beside_y : frozenset of int
        Numbers of the axes that share its x or y axis, itself included.
    title : str
        Its title.
    has_text_title : bool
        Whether that goes as text, since it tells the step.
    is_overlaid : bool
        Whether more than a map lies in it.
    is_fixed : bool
        Whether its shape follows from its limits.
    """

    axes: Any
    x: Range
    y: Range
    x_ticks: AxisTicks | None
    y_ticks: AxisTicks | None
    bar_ticks: AxisTicks | None
    beside_x: frozenset[int]
    beside_y: frozenset[int]
    title: str
    has_text_title: bool
    is_overlaid: bool
    is_fixed: bool


@dataclass(frozen=True, slots=True)
class Parts:
    """A figure's axes, maps and steps.

    Parameters
    ----------
    axes : sequence of AxesPart
        All but colour bars.
    maps : mapping of int to MapSource
        Maps that can go as numbers, by the number of their axes.
    reason : str
        Why others cannot.
    stepped : sequence of (Axes, artist, Steps)
        All artists with time steps.
    is_tied : bool
        Whether something drawn may follow the limits of other axes, or of several.
    """

    axes: Sequence[AxesPart]
    maps: Mapping[int, MapSource]
    reason: str
    stepped: Sequence[tuple[Any, Any, Steps]]
    is_tied: bool

    def limits(self, wishes: Mapping[int, AxesWish]) -> list[tuple[Range, Range]]:
        """Return the limits of all axes; those that share an axis follow the one that is wished."""
        x = [part.x for part in self.axes]
        y = [part.y for part in self.axes]
        for i, wish in wishes.items():
            part = self.axes[i]
            for k in part.beside_x if wish.x is not None else ():
                x[k] = _own(wishes, k, "x") or wish.x or x[k]
            for k in part.beside_y if wish.y is not None else ():
                y[k] = _own(wishes, k, "y") or wish.y or y[k]
        return list(zip(x, y, strict=True))


def find_parts(figure: Any, known: Parts | None = None) -> Parts:
    """Return what there is in a figure, which is not changed.

    Parameters
    ----------
    figure : matplotlib.figure.Figure
        While no wish is applied to it.
    known : Parts, optional
        What was found before.
    """
    axes = shown_axes(figure)
    maps, reason = sources(axes, dict(known.maps) if known is not None else {})
    parts = [_part(i, axes, maps.get(i)) for i in range(len(axes))]
    stepped = [
        (each, artist, steps)
        for each in axes
        for artist in each.get_children()
        if (steps := steps_of(artist)) is not None and hasattr(artist, "set_array")
    ]
    return Parts(parts, maps, reason, stepped, _is_tied(figure))


def _is_tied(figure: Any) -> bool:
    """Return whether there are arrows, lines between axes and the like."""
    for each in (figure, *figure.subfigs):
        if each.artists or each.lines or each.patches or each.images:
            return True
    found = [artist for axes in figure.axes for artist in axes.get_children()]
    others = {id(artist) for axes in figure.axes for artist in axes.artists}
    return any(
        isinstance(artist, (Annotation, ConnectionPatch)) or id(artist) in others
        for artist in [*found, *figure.texts]
    )


def describe(part: AxesPart, i: int, source: MapSource | None, css: float) -> dict[str, Any]:
    """Return what a viewer learns of an axes at first, without its place; see `Hello.axes`.

    Parameters
    ----------
    part : AxesPart
        The axes.
    i : int
        Its number.
    source : MapSource or None
        Its map.
    css : float
        CSS pixels per inch.
    """
    axes = part.axes
    is_flat = axes.name == "rectilinear"
    told = {
        "i": i,
        "x": list(part.x),
        "y": list(part.y),
        "xscale": axes.get_xscale() if is_flat else axes.name,
        "yscale": axes.get_yscale() if is_flat else axes.name,
        "map": source is not None,
        "words": has_words(axes),
        "facecolor": colour(axes.get_facecolor()),
        "aspect": "equal" if part.is_fixed else "auto",
        "title": part.title,
        "ticks": _looks(part, css),
    }
    if source is None:
        return {**told, "clim": None, "norm": None, "cmap": None, "unit": "", "bar": None}
    return {
        **told,
        "clim": [float(source.norm.vmin or 0.0), float(source.norm.vmax or 0.0)],
        "norm": norm_name(source.norm),
        "cmap": source.cmap.name,
        "unit": unit_of(source),
    }


def unit_of(source: MapSource) -> str:
    """Return the unit of a map's values: that of its steps, else what its colour bar tells."""
    if source.steps is not None and source.steps.value_unit:
        return source.steps.value_unit
    if source.bar is None:
        return ""
    label = long_axis(source.bar).label
    # Where a label tells a power of ten as well, its base is what was written.
    text = str(getattr(label, "base", "") or label.get_text())
    found = UNIT.search(EXPONENT.sub(lambda power: power[1].translate(RAISED), text))
    return found[1] if found else ""


def colour(value: Any) -> str:
    """Return a colour as ``"#rrggbb"``, or with its opacity where it is not full."""
    found = to_hex(value, keep_alpha=True)
    return found[:7] if found.endswith("ff") and len(found) == 9 else found


def _own(wishes: Mapping[int, AxesWish], i: int, name: str) -> Range | None:
    found: Range | None = getattr(wishes[i], name) if i in wishes else None
    return found


def _part(i: int, axes: Sequence[Any], source: MapSource | None) -> AxesPart:
    one = axes[i]
    is_flat = one.name == "rectilinear"
    bar = source.bar if source is not None else None
    return AxesPart(
        axes=one,
        x=_pair(one.get_xlim()),
        y=_pair(one.get_ylim()),
        x_ticks=AxisTicks(one.xaxis) if is_flat else None,
        y_ticks=AxisTicks(one.yaxis) if is_flat else None,
        bar_ticks=AxisTicks(long_axis(bar)) if bar is not None else None,
        beside_x=_siblings(one.get_shared_x_axes(), i, axes),
        beside_y=_siblings(one.get_shared_y_axes(), i, axes),
        title=str(one.get_title()),
        has_text_title=_tells_step(one),
        is_overlaid=is_overlaid(one, source.artist if source is not None else None),
        is_fixed=is_flat and one.get_aspect() != "auto",
    )


def _tells_step(axes: Any) -> bool:
    found = [steps_of(each) for each in axes.get_children()]
    is_told = any(steps is not None and steps.title is not None for steps in found)
    return is_told and "$" not in axes.get_title()


def _siblings(groups: Any, i: int, axes: Sequence[Any]) -> frozenset[int]:
    beside = {id(each) for each in groups.get_siblings(axes[i])}
    return frozenset({i, *(k for k, each in enumerate(axes) if id(each) in beside)})


def _pair(limits: Any) -> Range:
    return float(limits[0]), float(limits[1])


def _looks(part: AxesPart, css: float) -> dict[str, Any]:
    """Return how texts and tick marks look, in CSS pixels."""
    found: dict[str, Any] = {}
    beside = {"x": part.x_ticks, "y": part.y_ticks, "bar": part.bar_ticks}
    for name, ticks in beside.items():
        if ticks is not None:
            found[name] = ticks.looks(css / 72)
    title = part.axes.title
    found["title"] = {
        "size": round(title.get_fontsize() * css / 72, 2),
        "color": colour(title.get_color()),
    }
    return found
