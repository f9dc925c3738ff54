"""From an animation of matplotlib to its figure, which has no public name there."""

from __future__ import annotations

import io
from typing import Any

from matplotlib.animation import AbstractMovieWriter


class _Met(Exception):
    """Ends an animation that is about to be written."""


class _Meeting(AbstractMovieWriter):
    """Writes nothing, but learns the figure that it would write."""

    figure: Any = None

    def setup(self, fig: Any, outfile: Any, dpi: float | None = None) -> None:  # noqa: ARG002 - matplotlib's
        self.figure = fig
        raise _Met

    def grab_frame(self, **options: Any) -> None:
        """Write no frame."""

    def finish(self) -> None:
        """Leave nothing."""


def figure_of(animation: Any) -> Any:
    """Return the figure that an animation moves."""
    for name in ("figure", "_fig"):  # the first is that of our own animations
        found = getattr(animation, name, None)
        if found is not None:
            return found
    # A writer is told of the figure before anything is drawn.
    writer = _Meeting()
    try:
        animation.save(io.BytesIO(), writer=writer)
    except _Met:
        return writer.figure
    raise TypeError(f"{animation!r} is an animation without a figure")
