"""Options of drawings: which of them there are, and which part of a drawing takes them."""

from __future__ import annotations

import difflib
import inspect
from collections.abc import Callable, Collection, Iterable, Mapping
from functools import cache
from typing import Any

import numpy as np
from matplotlib.artist import Artist, ArtistInspector
from matplotlib.axes import Axes
from matplotlib.contour import ContourSet
from matplotlib.image import AxesImage
from matplotlib.lines import Line2D
from matplotlib.quiver import Quiver

from emout_lab.emses.plot.decorations import Decorations
from emout_lab.errors import BadOption

#: Options that contour lines have and maps have not.
OF_CONTOURS = (
    "levels",
    "colors",
    "linewidths",
    "linestyles",
    "negative_linestyles",
    "locator",
    "corner_mask",
    "algorithm",
    "nchunk",
    "extend",
)
#: What `plot_map` and `plot_line` take besides what matplotlib takes.
OF_MAPS = ("mode", "axes", "colorbar", "colorbar_label", "aspect", "norm", "vmin", "vmax", "cmap")
OF_LINES = ("norm", "vmin", "vmax")
#: Positions, and what the drawing gives itself.
NOT_OPTIONS = ("self", "ax", "axes", "args", "kwargs", "X", "x", "y", "u", "v", "data", "origin")
#: Options that are used most, of whatever kind of drawing.
USUAL = (
    *("cmap", "norm", "vmin", "vmax", "colorbar", "levels", "colors", "aspect", "interpolation"),
    *("color", "label", "linewidth", "density", "scale", "ax", "figsize", "title", "savefilename"),
)


def parted(options: dict[str, Any], mode: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """Part the options of a map from those of its contour lines.

    Parameters
    ----------
    options : dict
        Of `plot_map`, without those that every drawing takes.
    mode : {"cm", "cont", "cm+cont"}
        What is drawn; of contour lines alone all options are theirs.

    Raises
    ------
    BadOption
        When there is none of a name, or it is of something that is not drawn.
    """
    lines = {name: value for name, value in options.items() if name in OF_CONTOURS}
    if mode == "cont":
        checked(options, _of_contours(), "contour lines")
        return {}, dict(options)
    rest = {name: value for name, value in options.items() if name not in lines}
    checked(rest, {*_of(Axes.imshow, AxesImage), *OF_MAPS}, "a colour map")
    if lines and mode == "cm":
        name, value = next(iter(lines.items()))
        raise BadOption(
            f"{name}={value!r} is an option of contour lines: add mode='cm+cont' for lines over "
            "the map, or mode='cont' for lines alone.",
            name,
        )
    return rest, lines


def of_line(options: dict[str, Any]) -> dict[str, Any]:
    """Return the options of a curve; `BadOption` where one is of maps, or unknown."""
    for name in ("mode", "cmap", "levels", "axes", "colorbar", "aspect"):
        if name in options:
            raise BadOption(
                f"{name}={options[name]!r} is an option of maps, and this slice has one "
                f"dimension: leave {name} out, or draw a slice of two.",
                name,
            )
    checked(options, {*_of(Axes.plot, Line2D), *OF_LINES}, "a curve")
    return options


def of_vectors(options: dict[str, Any], mode: str) -> dict[str, Any]:
    """Return the options of vectors in a plane; `BadOption` where there is none of a name."""
    if mode == "stream":
        checked(options, _of(Axes.streamplot), "streamlines")
    else:
        checked(options, _of(Quiver.__init__, Quiver), "arrows")
    return options


def stride(skip: Any) -> int | None:
    """Return each which arrow is drawn, or None where that is not given."""
    if skip is None:
        return None
    if isinstance(skip, (int, np.integer)) and not isinstance(skip, bool) and skip > 0:
        return int(skip)
    raise BadOption(f"skip={skip!r}: give how many arrows lie from one to the next, 1 for all.")


def strides(skip: Any) -> int | tuple[int, int] | None:
    """Return the same of a plane, where both directions may have their own.

    Examples
    --------
    >>> strides((2, 3)), strides(2)
    ((2, 3), 2)
    """
    if not isinstance(skip, (tuple, list)) or len(skip) != 2:
        return stride(skip)
    across, up = (stride(each) or 1 for each in skip)
    return across, up


def checked(options: Mapping[str, Any], known: Iterable[str], of: str) -> None:
    """Refuse options that there are not.

    Parameters
    ----------
    options : mapping of str
        Names and values.
    known : iterable of str
        Names that there are.
    of : str
        What is drawn, for the message.
    """
    names = {*known, *Decorations.__dataclass_fields__}
    for name in options:
        if name not in names:
            near = difflib.get_close_matches(name, names, n=3)
            usual = [item for item in USUAL if item in names]
            fits = f"There are {', '.join(usual)}, and those of matplotlib."
            hint = f"Did you mean {' or '.join(near)}?" if near else fits
            raise BadOption(f"{name}={options[name]!r}: no such option of {of}. {hint}", name)


@cache
def _of(function: Callable[..., Any], *artists: type[Artist]) -> frozenset[str]:
    """Names of the arguments of a function, and of what can be set of its artists."""
    names = {name for name in inspect.signature(function).parameters if name not in NOT_OPTIONS}
    for artist in artists:
        inspector: Any = ArtistInspector(artist)
        names.update(inspector.get_setters())
        names.update(alias for aliases in inspector.aliasd.values() for alias in aliases)
    return frozenset(names)


@cache
def _of_contours() -> frozenset[str]:
    own = _of(ContourSet.__init__, ContourSet) - {"filled", "extent"}
    return own | {*OF_CONTOURS, "outlined", "colorbar", "colorbar_label", "aspect", "norm"}


def checked_mode(mode: str, known: Collection[str], aliases: Mapping[str, str], *, of: str) -> str:
    """Return a way of drawing by its own name, where that of the older system was given.

    Raises
    ------
    BadOption
        When there is none of this name.

    Examples
    --------
    >>> checked_mode("stream", ("line", "arrow"), {"stream": "line"}, of="vectors")
    'line'
    """
    name = aliases.get(mode, mode) if isinstance(mode, str) else mode
    if name not in known:
        there_are = ", ".join(map(repr, known))
        raise BadOption(f"No mode {mode!r} for {of}; there are {there_are}.", "mode")
    return name
