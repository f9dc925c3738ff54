"""Powers of ten in one place: the axis' label, ``nd1p [10¹³ m⁻³]``, and in one way of writing.

matplotlib writes them in the corners of the axes, as ``1e-8`` or ``×10⁻⁸``, over titles and the
numbers of neighbours. Here the label of an axis tells the power that the numbers beside it lack, at
each drawing anew. A label that somebody else has written is left as it is; then the power stands in
the corner, where matplotlib puts it.
"""

from __future__ import annotations

import re
from typing import Any

from matplotlib import ticker
from matplotlib.text import Text

from emout_lab.emses.plot.labels import with_power

#: What matplotlib writes in the corner for a power alone, which may not be another summand.
CORNER = re.compile(r"\$\\times\\mathdefault\{10\^\{([-\u2212]?\d+)\}\}(?:\\mathdefault\{\})?\$")
#: Exponents that numbers are written without a power between.
PLAIN_BETWEEN = (-3, 4)


class PowerFormatter(ticker.ScalarFormatter):
    """Numbers without their power of ten, which the axis' label tells."""

    def __init__(self) -> None:
        super().__init__(useMathText=True)
        self.set_powerlimits(PLAIN_BETWEEN)

    @property
    def power(self) -> int:
        """Power of ten that the numbers lack; 0 where a label cannot tell all that they lack."""
        found = CORNER.fullmatch(str(super().get_offset()))
        return int(found[1].replace("\u2212", "-")) if found else 0

    def get_offset(self) -> str:
        """Return what is written in the corner; nothing where a label tells it."""
        if self.power and any(label.is_telling for label in _labels(self.axis)):
            return ""
        return str(super().get_offset())


class PowerLabel(Text):
    """An axis' label that has the power of the numbers in it.

    Attributes
    ----------
    base : str
        The label without a power, as it was written.
    of_axis : Axis
        Whose numbers it tells of.
    """

    base: str
    of_axis: Any

    @property
    def is_telling(self) -> bool:
        """Whether it is seen, and nobody has written another label over it."""
        return bool(self.get_visible()) and bool(self.base) and super().get_text() == self.base

    def get_text(self) -> str:
        """Return the label as it is drawn."""
        formatter = self.of_axis.get_major_formatter()
        if not isinstance(formatter, PowerFormatter) or not self.is_telling:
            return super().get_text()
        return with_power(self.base, formatter.power)


def write_label(axis: Any, text: str) -> None:
    """Write the label of an axis, which tells the power of the numbers beside it.

    Parameters
    ----------
    axis : matplotlib.axis.Axis
        Of axes, or the long one of a colour bar.
    text : str
        The label, with the unit in brackets at its end.
    """
    use_powers(axis)
    label = axis.label
    # The same object: layouts, and whoever styled it, have hold of it.
    label.__class__ = PowerLabel
    label.base, label.of_axis = text, axis
    axis.set_label_text(text)


def use_powers(axis: Any) -> None:
    """Let an axis write powers of ten as all do, in the corner where its label is another's."""
    if type(axis.get_major_formatter()) is ticker.ScalarFormatter:
        axis.set_major_formatter(PowerFormatter())


def label_of(axis: Any) -> str:
    """Return the label of an axis without the power in it."""
    label = axis.label
    return str(Text.get_text(label))


def _labels(axis: Any) -> list[PowerLabel]:
    """Return the labels of an axis and of those that share its numbers."""
    name = axis.axis_name
    shared = getattr(axis.axes, f"get_shared_{name}_axes", None)
    several = [axis.axes] if shared is None else shared().get_siblings(axis.axes)
    labels = [getattr(axes, f"{name}axis").label for axes in several]
    return [label for label in labels if isinstance(label, PowerLabel)]
