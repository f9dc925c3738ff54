"""Colours that can be told from what lies behind them.

Contours, streamlines and arrows are thin: where they have the colours of the map below, or nearly
that of the paper, they are lost. Contrast is that of the web's guidelines: the ratio of relative
luminances, from 1 (none) to 21.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib import colormaps, rcParams
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.collections import PolyCollection, QuadMesh
from matplotlib.colors import Colormap, ListedColormap, to_rgb
from matplotlib.contour import ContourSet
from matplotlib.image import AxesImage
from matplotlib.patheffects import withStroke

Array = np.ndarray[Any, Any]

#: Least contrast of thin lines with the paper.
LEAST_CONTRAST = 2.0
#: Colour maps for what lies over a map; the one that is least like the map is taken.
OVER_MAPS = ("Reds", "Blues", "Greens", "Purples", "Greys", "YlOrBr", "RdPu")
#: Width of the outline of what lies over a map, on both sides together [point].
OUTLINE_PT = 1.4
#: The same of arrows, which are many and small.
FINE_OUTLINE_PT = 0.8
STEPS = 256


def luminance(colours: Any) -> Array:
    """Return the relative luminance of colours, from 0 (black) to 1 (white).

    Parameters
    ----------
    colours : array_like, shape (..., 3) or (..., 4)
        Red, green and blue, from 0 to 1.
    """
    rgb = np.asarray(colours, dtype=float)[..., :3]
    linear = np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
    return np.asarray(linear @ np.array([0.2126, 0.7152, 0.0722]))


def contrast(colours: Any, other: Any) -> Array:
    """Return the contrast of colours with another.

    Examples
    --------
    >>> round(float(contrast((1, 1, 1), (0, 0, 0))))
    21
    """
    pair = np.broadcast_arrays(luminance(colours), luminance(other))
    return np.asarray((np.maximum(*pair) + 0.05) / (np.minimum(*pair) + 0.05))


def map_below(ax: Axes) -> ScalarMappable | None:
    """Return the colour map that is drawn on axes already, the last of them."""
    found: list[Any] = [
        artist
        for artist in ax.get_children()
        if isinstance(artist, (AxesImage, QuadMesh))
        or (isinstance(artist, ContourSet) and artist.filled)
    ]
    return found[-1] if found else None


def black_or_white(cmap: Colormap) -> ListedColormap:
    """Return black or white for each colour of a map, whichever is seen better on it."""
    is_bright = luminance(cmap(np.arange(cmap.N))) > 0.179  # where both are seen as well
    shades = np.where(is_bright, 0.0, 1.0)
    return ListedColormap(np.repeat(shades[:, None], 3, axis=1))


def for_lines(ax: Axes) -> Colormap:
    """Return the colour map of thin lines on axes: seen on their paper, or on the map below."""
    below = map_below(ax)
    if below is None:
        return _seen_on(colormaps[rcParams["image.cmap"]], to_rgb(ax.get_facecolor()))
    return _unlike(below.get_cmap())


def set_outline(ax: Axes, artists: Sequence[Any], width: float = OUTLINE_PT) -> None:
    """Outline lines or arrows where they lie over a map.

    Parameters
    ----------
    ax : Axes
        Drawn on.
    artists : sequence of Artist
        Collections or patches.
    width : float
        Width of the outline on both sides together [point].
    """
    if map_below(ax) is None:
        return
    for artist in artists:
        own = 0.0 if isinstance(artist, PolyCollection) else np.max(artist.get_linewidth())
        artist.set_path_effects([withStroke(linewidth=own + width, foreground="black")])


def _seen_on(cmap: Colormap, paper: tuple[float, float, float]) -> Colormap:
    """Return the longest part of a colour map that is seen on paper."""
    colours = cmap(np.linspace(0, 1, STEPS))
    is_seen = contrast(colours, paper) >= LEAST_CONTRAST
    edges = np.flatnonzero(np.diff(np.concatenate([[False], is_seen, [False]]).astype(int)))
    starts, ends = edges[::2], edges[1::2]
    if not starts.size:
        return cmap
    longest = int(np.argmax(ends - starts))
    part = np.linspace(starts[longest], ends[longest] - 1, STEPS) / (STEPS - 1)
    return ListedColormap(cmap(part), name=cmap.name)


def _unlike(cmap: Colormap) -> Colormap:
    """Return the colour map whose colours are the farthest from those of another."""
    there = _lab(cmap(np.linspace(0, 1, 64)))

    def distance(name: str) -> float:
        own = _lab(_strong(name)(np.linspace(0, 1, 32)))
        apart = np.linalg.norm(own[:, None] - there[None], axis=-1).min(axis=1)
        return float(np.percentile(apart, 20))

    return _strong(max(OVER_MAPS, key=distance))


def _strong(name: str) -> Colormap:
    """Return a colour map without its darkest part, which outlines would swallow."""
    return ListedColormap(colormaps[name](np.linspace(0.0, 0.75, STEPS)), name=name)


def _lab(colours: Array) -> Array:
    """Return colours in CIELAB, where distances are as they are seen."""
    rgb = np.asarray(colours, dtype=float)[..., :3]
    linear = np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
    to_xyz = np.array(
        [[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]]
    )
    x, y, z = np.moveaxis(np.cbrt(linear @ to_xyz.T / np.array([0.9505, 1.0, 1.089])), -1, 0)
    return np.stack([116 * y - 16, 500 * (x - y), 200 * (y - z)], axis=-1)
