"""Layers of a frame that go as numbers: cells and colour tables of maps, and texts of axes."""

from __future__ import annotations

import hashlib
import zlib
from collections.abc import Collection
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, Final

import numpy as np
from matplotlib import colormaps
from matplotlib.colors import PowerNorm
from matplotlib.image import AxesImage
from matplotlib.scale import FuncTransform

from emout_lab.engine.live.axis_ticks import AxisTicks, Ticks
from emout_lab.engine.live.cells import (
    WHOLE,
    Cut,
    View,
    cell_indices,
    cut,
    packed,
)
from emout_lab.engine.live.colour_tables import colour_table
from emout_lab.engine.live.maps import MapSource, norm_name, wished_norm
from emout_lab.engine.live.wishes import AxesWish, Range

Array = np.ndarray[Any, Any]
Box = tuple[float, float, float, float]

DEFLATE_LEVEL: Final = 1
#: Fewer bytes than this are not worth packing.
RAW: Final = 64


@dataclass(slots=True)
class Layers:
    """Layers in their order, and what they hold.

    Parameters
    ----------
    have : collection of str
        Keys of what the viewer keeps.
    """

    have: Collection[str]
    told: list[dict[str, Any]] = field(default_factory=list)
    payloads: list[bytes] = field(default_factory=list)

    def add(
        self,
        kind: str,
        axes: int | None,
        enc: str,
        size: tuple[int, int],
        data: bytes,
        key: str = "",
        **more: Any,
    ) -> None:
        """Add a layer; one that the viewer keeps is only named."""
        if key and key in self.have:
            self.told.append({"kind": kind, "axes": axes, "key": key})
            self.payloads.append(b"")
            return
        layer = {"kind": kind, "axes": axes, "enc": enc, "w": size[0], "h": size[1]}
        more = {"depth": 8, "extent": None, **more}
        self.told.append({**layer, "bytes": len(data), "key": key, **more})
        self.payloads.append(data)


@dataclass(frozen=True, slots=True)
class MapView:
    """A map as a viewer sees it.

    Parameters
    ----------
    i : int
        Number of its axes.
    source : MapSource
        The map.
    values : ndarray
        Its values at the step that is seen.
    step : int or None
        Which; None is the figure's own.
    wish : AxesWish
        Its colours.
    x, y : View
        What is seen of it.
    transforms : tuple
        From data to scale space, for x and y.
    """

    i: int
    source: MapSource
    values: Array
    step: int | None
    wish: AxesWish
    x: View
    y: View
    transforms: tuple[Any, Any]

    def norm(self) -> Any:
        """Return the norm that is wished."""
        return wished_norm(self.source.norm, self.wish.norm, self.wish.clim)


def add_map(layers: Layers, view: MapView) -> None:
    """Add the cells of a map and its colour table; nothing of a map that is not seen."""
    source, norm = view.source, view.norm()
    table = source.table if view.wish.cmap is None else _table(view.wish.cmap, source)
    is_whole = source.values.size <= WHOLE
    edges = [t.transform(e) for t, e in zip(view.transforms, (source.x, source.y), strict=True)]
    columns, rows = (
        cut(each, seen, is_whole=is_whole, is_picked=source.is_picked)
        for each, seen in zip(edges, (view.x, view.y), strict=True)
    )
    if columns is None or rows is None:
        return
    colours = len(table) - 3
    # Under and over take a cell's bits of their own where they do not look like the ends.
    ends_alike = [bool((table[colours + k] == table[k * (colours - 1)]).all()) for k in (0, 1)]
    shape = norm_name(norm), norm.vmin, norm.vmax, colours, ends_alike
    what = view.i, source.serial, view.step, shape, _told(columns, view.x), _told(rows, view.y)
    flips = columns.flipped(view.x), not rows.flipped(view.y)  # row 0 is on top
    extent = [*_turned(columns.ends, flips[0]), *_turned(rows.ends, not flips[1])]
    key = "c" + _digest(what)
    size = columns.count, rows.count
    add_table(layers, view.i, table)
    if key in layers.have:
        layers.add("cells", view.i, "deflate", size, b"", key)
        return
    found = cell_indices(view.values, rows, columns, norm, colours)
    found = found[:: -1 if flips[1] else 1, :: -1 if flips[0] else 1]
    indices, depth = packed(found, table)
    data = np.ascontiguousarray(indices).tobytes()
    enc = "raw" if len(data) < RAW else "deflate"
    data = data if enc == "raw" else zlib.compress(data, DEFLATE_LEVEL)
    layers.add(
        "cells", view.i, enc, size, data, key, depth=depth, extent=extent, smooth=source.is_smooth
    )


def _table(name: str, source: MapSource) -> Array:
    if name == source.cmap.name:
        return source.table
    is_image = isinstance(source.artist, AxesImage)
    return _named_table(name, source.alpha, is_image)


@lru_cache(32)
def _named_table(name: str, alpha: float | None, is_image: bool) -> Array:
    return colour_table(colormaps[name], alpha, is_image=is_image)


def add_table(layers: Layers, i: int, table: Array) -> None:
    """Add a colour table."""
    data = table.tobytes()
    layers.add("lut", i, "raw", (len(table), 1), data, "l" + _digest(data))


def bar_ticks(ticks: AxisTicks | None, view: MapView, inches: float) -> Ticks | None:
    """Return the ticks of a map's colour bar; None where it has none."""
    if ticks is None or view.source.bar is None:
        return None
    norm = view.norm()
    low, high = float(norm.vmin), float(norm.vmax)
    if norm_name(norm) != norm_name(view.source.norm):
        return ticks.find_for_norm(norm, low, high, inches)
    if view.wish.clim is None:
        low, high = ticks.view
    elif isinstance(norm, PowerNorm):
        # The scale of its colour bar follows from its limits.
        return ticks.find(low, high, inches, FuncTransform(norm, norm.inverse))
    return ticks.find(low, high, inches)


def decor_key(*parts: Any) -> str:
    """Return what tells one picture of the decoration from another."""
    return "d" + _digest(parts)


def _digest(*parts: Any) -> str:
    digest = hashlib.blake2b(digest_size=8)
    for part in parts:
        digest.update(part if isinstance(part, bytes) else repr(part).encode())
    return digest.hexdigest()


def _told(cells: Cut, view: View) -> tuple[Any, ...]:
    """Return what tells a cut from others."""
    what = cells.start, cells.stop, cells.count, cells.ends, cells.flipped(view)
    return what if cells.picks is None else (*what, cells.picks.tobytes())


def _turned(ends: Range, is_turned: bool) -> Range:
    return (ends[1], ends[0]) if is_turned else ends
