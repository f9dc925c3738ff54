"""Image files of figures: by matplotlib's ``savefig``, or by a faster path with the same result.

The faster path (`emout_lab.engine.figures.fast`) checks itself first, and may decline any figure.
"""

from __future__ import annotations

import io
from typing import Any

from emout_lab.engine.figures.fast.gate import FastPath
from emout_lab.errors import TooLarge


class ImageWriter:
    """Writes figures as image files."""

    def __init__(self) -> None:
        self._fast = FastPath(savefig)

    def write(self, figure: Any, format: str, dpi: float) -> bytes:
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
        if self._fast.takes(format):
            try:
                return self._fast.write(figure, format, dpi)
            except TooLarge:
                raise
            except Exception as error:  # noqa: BLE001  # whatever leans on a private name raises
                failure = error
        data = savefig(figure, format, dpi)
        # The figure's own faults fail here too, and are no fault of the faster path.
        if failure is not None:
            self._fast.note_failure(failure)
        return data

    def cache_bytes(self) -> int:
        """Return the memory that the faster path keeps for parsed formulas, about."""
        return self._fast.cache_bytes()


def savefig(figure: Any, format: str, dpi: float) -> bytes:
    """Return a figure's image file as matplotlib writes it."""
    file = io.BytesIO()
    figure.savefig(file, format=format, dpi=dpi, bbox_inches="tight")
    return file.getvalue()
