"""Numbers beside scales of decades, also where a range lies between two of them.

matplotlib numbers symmetric logarithms and their like at whole decades alone: of the range 2 to 5
nothing is told. There the numbers are those of a linear scale, at their places on this one.
"""

from __future__ import annotations

from typing import Any

from matplotlib import ticker
from matplotlib.colorbar import Colorbar

from emout_lab.emses.plot.offset_text import PowerFormatter

#: Numbers that tell a scale.
FEWEST = 2
#: Numbers of a linear scale, at most, and their steps.
MOST = 5
STEPS = (1, 2, 2.5, 5, 10)
#: Scales that matplotlib numbers at decades alone; of logarithms it does better itself.
DECADES = (ticker.SymmetricalLogLocator, ticker.AsinhLocator)


class DecadeLocator(ticker.Locator):
    """Places of another locator, or of a linear scale where that one numbers too few.

    Parameters
    ----------
    inner : Locator
        The other one.
    writer : Formatter
        What it writes there: places without a number do not count.

    Attributes
    ----------
    is_linear : bool
        Whether the last places were those of a linear scale.
    """

    def __init__(self, inner: ticker.Locator, writer: ticker.Formatter) -> None:
        self.inner, self.writer = inner, writer
        self.is_linear = False

    axis: Any

    def set_axis(self, axis: Any) -> None:
        """Serve an axis."""
        super().set_axis(axis)
        self.inner.set_axis(axis)
        self.writer.set_axis(axis)

    def __call__(self) -> Any:
        """Return the places within what is seen."""
        return self.tick_values(*sorted(self.axis.get_view_interval()))

    def tick_values(self, vmin: float, vmax: float) -> Any:
        """Return the places within a range."""
        found = self.inner.tick_values(vmin, vmax)
        seen = [place for place in found if vmin <= place <= vmax]
        texts = [text for text in self.writer.format_ticks(seen) if any(map(str.isdigit, text))]
        self.is_linear = len(texts) < FEWEST
        if self.is_linear:
            return ticker.MaxNLocator(MOST, steps=STEPS).tick_values(vmin, vmax)
        return found

    def view_limits(self, vmin: float, vmax: float) -> Any:
        """Return the limits of an axis that is to end at places."""
        return self.inner.view_limits(vmin, vmax)


class DecadeFormatter(PowerFormatter):
    """What the other formatter writes, or numbers of a linear scale where those are shown."""

    def __init__(self, locator: DecadeLocator) -> None:
        super().__init__()
        self.locator = locator

    @property
    def power(self) -> int:
        """Power of ten that the numbers lack."""
        return super().power if self.locator.is_linear else 0

    def set_locs(self, locs: Any) -> None:
        """Prepare to write at places."""
        super().set_locs(locs)
        self.locator.writer.set_locs(locs)

    def get_offset(self) -> str:
        """Return what is written in the corner."""
        return super().get_offset() if self.locator.is_linear else ""

    def __call__(self, x: float, pos: int | None = None) -> str:
        """Write one number."""
        return str(super().__call__(x, pos) if self.locator.is_linear else self._decade(x, pos))

    def _decade(self, x: float, pos: int | None) -> str:
        return self.locator.writer(x, pos)


def number_axis(axis: Any) -> None:
    """Let an axis with a scale of decades have numbers whatever its range."""
    if isinstance(axis.get_major_locator(), DECADES):
        locator = DecadeLocator(axis.get_major_locator(), axis.get_major_formatter())
        axis.set_major_locator(locator)
        axis.set_major_formatter(DecadeFormatter(locator))


def number_bar(bar: Colorbar) -> None:
    """Let a colour bar with a scale of decades have numbers whatever its range."""
    if isinstance(bar.locator, DECADES):
        locator = DecadeLocator(bar.locator, bar.formatter)
        bar.locator = locator
        bar.formatter = DecadeFormatter(locator)
        bar.update_ticks()
