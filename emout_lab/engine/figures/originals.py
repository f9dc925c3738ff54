"""The figures behind the last pictures, so that they can be drawn again in another form.

A picture is a few kilobytes, the figure behind it holds its data. Therefore few figures are kept:
the oldest go when there are more than `MAX_FIGURES`, or when they take more together than a share
of the engine's memory. A figure that is larger by itself is not kept at all. Nothing is copied: a
figure that the user's code changes later is drawn as it is then.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from emout_lab.engine.protocol import FigureOptions
from emout_lab.errors import ObjectGone, SpecError
from emout_lab.format import format_bytes

MAX_FIGURES = 20


@dataclass(frozen=True)
class Original:
    """A drawn figure with its animation, if it moves, and the settings that it was drawn with."""

    figure: Any
    animation: Any
    rc: dict[str, Any]

    def check(self, options: FigureOptions, max_pixels: int | None) -> None:
        """Refuse a resolution that would take more memory than a picture is worth.

        Parameters
        ----------
        options : FigureOptions
            What is wanted.
        max_pixels : int or None
            The most that a picture may have; None for any number.

        Raises
        ------
        SpecError
            With the resolution that is possible.
        """
        if max_pixels is None:
            return
        width, height = (float(length) for length in self.figure.get_size_inches())
        most = (max_pixels / (width * height)) ** 0.5
        if options.dpi > most:
            raise SpecError(
                f"{options.dpi:g} dpi would make this figure of {width:g} x {height:g} inches "
                f"larger than {max_pixels:,} pixels (setting figure_pixels); "
                f"use {int(most)} dpi at most",
                field="dpi",
            )


class Originals:
    """A bounded collection by the name of the picture.

    Parameters
    ----------
    max_bytes : callable
        Returns the most that all figures may take together.
    max_figures : int
        The most that are kept.
    """

    def __init__(self, max_bytes: Callable[[], int], max_figures: int = MAX_FIGURES) -> None:
        self._max_figures = max_figures
        self._max_bytes = max_bytes
        self._kept: OrderedDict[str, tuple[Original, int]] = OrderedDict()
        # Kept and read from the engine's thread, forgotten from the worker's event loop.
        self._lock = threading.Lock()

    def __len__(self) -> int:
        return len(self._kept)

    def keep(self, name: str, original: Original, size: int) -> None:
        """Keep a figure of so many bytes, unless it is too large; the oldest give way."""
        most = self._max_bytes()
        if size > most:
            return
        with self._lock:
            self._kept[name] = (original, size)
            while len(self._kept) > self._max_figures or self._bytes() > most:
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
                f"{self._max_figures} figures, as long as they take no more than "
                f"{format_bytes(self._max_bytes())} together (setting figure_share). Run its cell "
                "again with the format or resolution that you want."
            ) from None

    def _bytes(self) -> int:
        return sum(size for _, size in self._kept.values())
