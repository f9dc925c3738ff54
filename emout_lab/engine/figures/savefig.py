"""Pictures of figures: by matplotlib's own ``savefig``, or in a faster way with the same result.

The faster way leans on what is private to matplotlib. Therefore it is taken only where it has drawn
a small figure as matplotlib itself does, and what fails in it is drawn in matplotlib's way.
"""

from __future__ import annotations

import contextlib
import importlib
import io
import logging
from typing import Any

import matplotlib
import numpy as np
from matplotlib.figure import Figure
from PIL import Image

from emout_lab.errors import TooLarge

#: Formats of pixels that the faster way writes.
DRAWN_ONCE = frozenset({"png", "jpg", "jpeg", "tif", "tiff", "webp", "gif", "avif"})
#: Of 255: so much the edges of contours and error bars differ, which are rounded elsewhere.
MOST_DIFFERENCE = 2
TRIAL_INCHES, TRIAL_DPI = (2.2, 1.4), 60.0
CANVAS_MODULE = "emout_lab.engine.figures.fast.canvas"
RENDERER_MODULE = "emout_lab.engine.figures.fast.renderer"
#: An artist wants to see pixels while it draws, which the faster way cannot; nothing is wrong.
WANTS_PIXELS = "NeedsPixels"

log = logging.getLogger(__name__)


class Pictures:
    """Writes figures as image files, in the faster way where it holds."""

    def __init__(self) -> None:
        self._is_fast: bool | None = None
        self._has_failed = False

    def picture(self, figure: Any, format: str, dpi: float) -> bytes:
        """Return a figure's image file, cut to what is drawn.

        Parameters
        ----------
        figure : matplotlib.figure.Figure
            What is drawn.
        format : str
            Any that matplotlib writes.
        dpi : float
            Dots per inch.

        Raises
        ------
        TooLarge
            When it would have more pixels than are drawn (`emout_lab.engine.figures.pixel_limit`).
        """
        failure: Exception | None = None
        if format in DRAWN_ONCE and self.is_fast():
            try:
                return _fast(figure, format, dpi)
            except TooLarge:
                raise
            except Exception as error:  # noqa: BLE001  # whatever leans on a private name raises
                failure = error
        data = _standard(figure, format, dpi)
        # The figure's own faults fail here too, and are no fault of the faster way.
        if failure is not None and type(failure).__name__ != WANTS_PIXELS:
            self._tell(failure)
        return data

    def is_fast(self) -> bool:
        """Tell whether the faster way draws as matplotlib does; it is tried once."""
        if self._is_fast is None:
            why = "its pixels differ"
            try:
                self._is_fast = _draws_alike()
            except Exception as error:  # noqa: BLE001  # of a version that we do not know
                self._is_fast, why = False, repr(error)
            if not self._is_fast:
                log.warning(
                    "Pictures are drawn by matplotlib's own savefig, which takes about twice the "
                    "time: the faster way is not for matplotlib %s (%s)",
                    matplotlib.__version__,
                    why,
                )
        return self._is_fast

    def formula_bytes(self) -> int:
        """Return the memory that the faster way keeps for parsed formulas, about."""
        if not self._is_fast:
            return 0
        size: int = importlib.import_module(RENDERER_MODULE).formula_bytes()
        return size

    def _tell(self, failure: Exception) -> None:
        if not self._has_failed:
            self._has_failed = True
            log.warning(
                "A picture was drawn by matplotlib's own savefig, since the faster way failed; "
                "this is told once",
                exc_info=failure,
            )


def _fast(figure: Any, format: str, dpi: float) -> bytes:
    file = io.BytesIO()
    # Its canvas cuts the picture while it draws.
    figure.savefig(
        file, format=format, dpi=dpi, bbox_inches=False, backend=f"module://{CANVAS_MODULE}"
    )
    return file.getvalue()


def _standard(figure: Any, format: str, dpi: float) -> bytes:
    file = io.BytesIO()
    figure.savefig(file, format=format, dpi=dpi, bbox_inches="tight")
    return file.getvalue()


def _draws_alike() -> bool:
    """Draw a small figure both ways, with matplotlib's default settings."""
    importlib.import_module(CANVAS_MODULE)
    with matplotlib.rc_context():
        matplotlib.rcdefaults()
        expected, got = (_pixels(way(_trial(), "png", TRIAL_DPI)) for way in (_standard, _fast))
    return got.shape == expected.shape and int(np.abs(got - expected).max()) <= MOST_DIFFERENCE


def _pixels(data: bytes) -> np.ndarray[Any, Any]:
    with contextlib.closing(Image.open(io.BytesIO(data))) as image:
        return np.asarray(image.convert("RGBA"), np.int16)


def _trial() -> Figure:
    """Return a figure that needs all that the faster way does otherwise."""
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
