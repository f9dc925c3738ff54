"""The figures behind the last pictures, so that they can be drawn again in another form.

A picture is a few kilobytes, the figure behind it holds its data. Therefore few figures are kept,
and only as long as their data are small: the oldest go when there are more than `MAX_FIGURES`, or
when their arrays take more than `MAX_BYTES` together. A figure that is larger by itself is not
kept at all. Nothing is copied: a figure that the user's code changes later is drawn as it is then.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np

from emout_lab.engine.call import FigureOptions
from emout_lab.errors import ObjectGone, SpecError

MAX_FIGURES = 20
MAX_BYTES = 128_000_000
MAX_PIXELS = 50_000_000
"""Of one picture: as much as a printed page at 600 dpi, and 200 MB while it is drawn."""


@dataclass(frozen=True)
class Original:
    """A drawn figure with its animation, if it moves, and the settings that it was drawn with."""

    figure: Any
    animation: Any
    rc: dict[str, Any]

    def bytes(self) -> int:
        """Return the memory of the arrays that it shows, as far as its artists tell."""
        arrays: dict[int, int] = {}
        for axes in self.figure.axes:
            for artist in (*axes.lines, *axes.collections, *axes.images):
                for data in _arrays(artist):
                    arrays[id(data)] = data.nbytes
        return sum(arrays.values())

    def check(self, options: FigureOptions) -> None:
        """Refuse a resolution that would take more memory than a picture is worth.

        Raises
        ------
        SpecError
            With the resolution that is possible.
        """
        width, height = (float(length) for length in self.figure.get_size_inches())
        most = (MAX_PIXELS / (width * height)) ** 0.5
        if options.dpi > most:
            raise SpecError(
                f"{options.dpi:g} dpi would make this figure of {width:g} x {height:g} inches "
                f"larger than {MAX_PIXELS:,} pixels; use {int(most)} dpi at most",
                field="dpi",
            )


class Originals:
    """A bounded collection by the name of the picture."""

    def __init__(self, max_figures: int = MAX_FIGURES, max_bytes: int = MAX_BYTES) -> None:
        self._max_figures = max_figures
        self._max_bytes = max_bytes
        self._kept: OrderedDict[str, tuple[Original, int]] = OrderedDict()
        # Kept and read from the engine's thread, forgotten from the worker's event loop.
        self._lock = threading.Lock()

    def __len__(self) -> int:
        return len(self._kept)

    def keep(self, name: str, original: Original) -> None:
        """Keep a figure, unless it is too large; the oldest give way."""
        size = original.bytes()
        if size > self._max_bytes:
            return
        with self._lock:
            self._kept[name] = (original, size)
            while len(self._kept) > self._max_figures or self._bytes() > self._max_bytes:
                self._kept.popitem(last=False)

    def forget(self, names: Iterable[str]) -> None:
        """Give figures up; unknown names are ignored."""
        with self._lock:
            for name in names:
                self._kept.pop(name, None)

    def get(self, name: str) -> Original:
        """Return the figure behind a picture.

        Raises
        ------
        ObjectGone
            When newer ones have taken its place, or it was cleared.
        """
        try:
            return self._kept[name][0]
        except KeyError:
            raise ObjectGone(
                f"figure {name} cannot be drawn again: the engine keeps the last "
                f"{self._max_figures} figures, as long as their data are small. Run its cell "
                "again with the format or resolution that you want."
            ) from None

    def _bytes(self) -> int:
        return sum(size for _, size in self._kept.values())


def _arrays(artist: Any) -> Iterable[np.ndarray[Any, Any]]:
    """Return the arrays of an artist: values of a map, coordinates of a line."""
    found = [getattr(artist, name, None) for name in ("_A", "_x", "_y", "_coordinates", "_offsets")]
    return [data for data in found if isinstance(data, np.ndarray)]
