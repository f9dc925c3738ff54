"""Whether the fast path is taken: only where it draws a small figure as matplotlib itself does.

It leans on what is private to matplotlib, and nobody but this module imports it.
"""

from __future__ import annotations

import contextlib
import importlib
import io
import logging
from collections.abc import Callable
from typing import Any

import matplotlib
import numpy as np
from matplotlib.figure import Figure
from PIL import Image

from emout_lab.engine.figures.formats import PIXEL_FORMATS

#: Of 255: so much the edges of contours and error bars differ, which are rounded elsewhere.
MOST_DIFFERENCE = 2
TRIAL_INCHES, TRIAL_DPI = (2.2, 1.4), 60.0
CANVAS_MODULE = "emout_lab.engine.figures.fast.canvas"
RENDERER_MODULE = "emout_lab.engine.figures.fast.renderer"
#: An artist wants to see pixels while it draws, which the fast path cannot; nothing is wrong.
WANTS_PIXELS = "NeedsPixels"

log = logging.getLogger(__name__)

#: Returns the image file of a figure, by format and dots per inch.
Write = Callable[[Any, str, float], bytes]


class FastPath:
    """Writes pictures of pixels in half the time of ``savefig``, where its self-check holds.

    Parameters
    ----------
    standard : callable
        matplotlib's own way, with which it is compared.
    """

    def __init__(self, standard: Write) -> None:
        self._standard = standard
        self._is_available: bool | None = None
        self._has_failed = False

    def takes(self, format: str) -> bool:
        """Return whether figures are written in this format."""
        return format in PIXEL_FORMATS and self.is_available()

    def is_available(self) -> bool:
        """Return whether it draws as matplotlib does; this is tried once."""
        if self._is_available is None:
            why = "its pixels differ"
            try:
                self._is_available = self._draws_alike()
            except Exception as error:  # noqa: BLE001  # of a version that we do not know
                self._is_available, why = False, repr(error)
            if not self._is_available:
                log.warning(
                    "Pictures are drawn by matplotlib's own savefig, which takes about twice the "
                    "time: the fast path is not for matplotlib %s (%s)",
                    matplotlib.__version__,
                    why,
                )
        return self._is_available

    def disable(self) -> None:
        """Take it no more."""
        self._is_available = False

    def write(self, figure: Any, format: str, dpi: float) -> bytes:
        """Return a figure's image file, cut to what is drawn."""
        file = io.BytesIO()
        # Its canvas cuts the picture while it draws.
        figure.savefig(
            file, format=format, dpi=dpi, bbox_inches=False, backend=f"module://{CANVAS_MODULE}"
        )
        return file.getvalue()

    def note_failure(self, failure: Exception) -> None:
        """Log, once, why a figure had to be drawn by ``savefig``."""
        if type(failure).__name__ != WANTS_PIXELS and not self._has_failed:
            self._has_failed = True
            log.warning(
                "A picture was drawn by matplotlib's own savefig, since the fast path failed; "
                "this is told once",
                exc_info=failure,
            )

    def cache_bytes(self) -> int:
        """Return the memory that it keeps for parsed formulas, about."""
        if not self._is_available:
            return 0
        size: int = importlib.import_module(RENDERER_MODULE).formula_bytes()
        return size

    def _draws_alike(self) -> bool:
        """Draw a small figure both ways, with matplotlib's default settings."""
        importlib.import_module(CANVAS_MODULE)
        with matplotlib.rc_context():
            matplotlib.rcdefaults()
            expected, got = (
                _pixels(way(_trial(), "png", TRIAL_DPI)) for way in (self._standard, self.write)
            )
        return got.shape == expected.shape and int(np.abs(got - expected).max()) <= MOST_DIFFERENCE


def _pixels(data: bytes) -> np.ndarray[Any, Any]:
    with contextlib.closing(Image.open(io.BytesIO(data))) as image:
        return np.asarray(image.convert("RGBA"), np.int16)


def _trial() -> Figure:
    """Return a figure that needs all that the fast path does otherwise."""
    figure = Figure(figsize=TRIAL_INCHES, facecolor="none")
    axes = figure.subplots()
    plane = np.add.outer(np.arange(4.0), np.arange(5.0))
    figure.colorbar(axes.pcolormesh(plane), label="$10^{-3}$ V", ticks=[0, 7])
    axes.imshow(plane, extent=(0, 2.3, 0, 1.7), aspect="auto")
    axes.plot([0, 5], [0.1, 3.6], "o--")
    axes.fill_between([0, 2], [1, 3], alpha=0.3, hatch="//")
    axes.set(title="two\nlines", ylabel="side", xticks=[0, 2, 5], yticks=[0, 4])
    axes.text(5.2, 4.2, "outside")
    return figure
