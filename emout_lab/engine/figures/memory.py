"""How much memory a drawn figure holds: the data of its artists, and what was made of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import partial
from types import FunctionType
from typing import Any

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axis import Axis
from matplotlib.patches import Rectangle
from matplotlib.path import Path
from matplotlib.spines import Spine
from matplotlib.text import Text
from matplotlib.transforms import TransformedPath
from numpy.ma import MaskedArray

from emout_lab.engine.figures.fast.ticks import all_axes
from emout_lab.engine.metadata import describe

#: What a figure, and each of its axes, take without any data: ticks, texts, transformations.
FIGURE_BYTES, AXES_BYTES = 100_000, 300_000
#: Of longer lists (the paths of a thousand arrows) so many are looked at.
SAMPLE = 50
#: They hold no data, and are most of the artists.
WITHOUT_DATA = (Axis, Spine, Text, Rectangle)
OPENED = (Path, TransformedPath)
PLAIN = (str, bytes, int, float, complex, bool, type, type(None))


def held_bytes(figure: Any, animation: Any = None) -> int:
    """Return the memory of a figure, and of what an animation needs for its frames.

    Arrays that several artists share count once. What the figure shares with the user's objects
    counts as well.

    Examples
    --------
    >>> from matplotlib.figure import Figure
    >>> figure = Figure()
    >>> _ = figure.add_subplot().plot(np.zeros(100_000))
    >>> held_bytes(figure) > 100_000 * 2 * 8
    True
    """
    axes = all_axes(figure)
    count = _Count()
    for parent in (figure, *axes):
        for artist in parent.get_children():
            if isinstance(artist, WITHOUT_DATA) or artist in axes:
                continue
            count.add(vars(artist).values())
    if animation is not None:
        count.add(vars(animation).values())
    return FIGURE_BYTES + AXES_BYTES * len(axes) + count.bytes()


class _Count:
    """Adds up arrays, each once."""

    def __init__(self) -> None:
        self._seen: dict[int, Any] = {}
        self._bytes = 0.0

    def bytes(self) -> int:
        return int(self._bytes)

    def add(self, values: Iterable[Any], weight: float = 1.0) -> None:
        for value in values:
            if not isinstance(value, PLAIN) and id(value) not in self._seen:
                self._seen[id(value)] = value  # kept: an id is one object's while that lives
                self._add(value, weight)

    def _add(self, value: Any, weight: float) -> None:
        if isinstance(value, np.ndarray):
            self._add_array(value, weight)
        elif isinstance(value, Mapping):
            self._add_all(list(value.values()), weight)
        elif isinstance(value, (list, tuple, set, frozenset)):
            self._add_all(list(value), weight)
        elif isinstance(value, OPENED):
            self.add(vars(value).values(), weight)
        elif isinstance(value, FunctionType):
            self.add(cell.cell_contents for cell in value.__closure__ or () if _is_full(cell))
            self.add(value.__defaults__ or ())
        elif isinstance(value, partial):
            self.add((value.func, *value.args, *value.keywords.values()))
        elif hasattr(value, "nbytes") and not isinstance(value, Artist):
            self._bytes += weight * (describe(value).bytes or 0)

    def _add_array(self, array: np.ndarray[Any, Any], weight: float) -> None:
        if isinstance(array, MaskedArray):
            self.add((array.mask, array.data), weight)
            return
        whole: Any = array
        # What stands for others in a longer list may be a part of an array that all share.
        while weight == 1 and isinstance(whole.base, np.ndarray):
            whole = whole.base
        if whole is array or id(whole) not in self._seen:
            self._seen[id(whole)] = whole
            self._bytes += weight * whole.nbytes

    def _add_all(self, values: list[Any], weight: float) -> None:
        if len(values) <= SAMPLE:
            self.add(values, weight)
        else:
            some = values[:: len(values) // SAMPLE]
            self.add(some, weight * len(values) / len(some))


def _is_full(cell: Any) -> bool:
    try:
        return cell.cell_contents is not None
    except ValueError:  # a name that its function has not set yet
        return False
