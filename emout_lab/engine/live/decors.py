"""The pictures of a figure's decoration that were drawn last, and which may stand for another."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Collection
from typing import Any, Final

import numpy as np

from emout_lab.engine.live.layers import Layers, decor_key
from emout_lab.engine.live.pictures import png_of

#: How many are kept.
MOST: Final = 6
#: A picture in which nothing is.
NOTHING: Final = np.zeros((1, 1, 4), np.uint8)


def key_of(shows: Any, moves: Any) -> str:
    """Return what tells one picture from others.

    Parameters
    ----------
    shows
        What is to be seen in it.
    moves
        What only moves it a little: two that differ in nothing else may stand for each other.
    """
    return decor_key(shows) + decor_key(moves)


class Decors:
    """The pictures that one viewer saw last."""

    def __init__(self) -> None:
        self._kept: OrderedDict[str, bytes] = OrderedDict()

    def has(self, key: str, have: Collection[str]) -> bool:
        """Return whether one need not be drawn: it is here, or among those the viewer has."""
        return key in self._kept or key in have

    def keep(self, key: str, png: bytes) -> None:
        """Keep one, and let go the oldest."""
        self._kept[key] = png
        while len(self._kept) > MOST:
            self._kept.popitem(last=False)

    def add_to(self, made: Layers, key: str, have: Collection[str], size: tuple[int, int]) -> None:
        """Add one to the layers of a frame; else one that differs in its place, or none.

        Parameters
        ----------
        made : Layers
            Of the frame.
        key : str
            Of the one that is wanted.
        have : collection of str
            Keys of those that the viewer has.
        size : tuple of int
            Width and height [pixels].
        """
        known = key if self.has(key, have) else self._like(key, have)
        if known is None:
            # What was drawn over another view would stay over this one.
            made.add("decor", None, "png", (1, 1), png_of(NOTHING), "none")
        else:
            made.add("decor", None, "png", size, self._kept.get(known, b""), known)

    def _like(self, key: str, have: Collection[str]) -> str | None:
        start = key[: len(key) // 2]
        return next((k for k in [*reversed(self._kept), *have] if k.startswith(start)), None)
