"""Positions and labels of an axis for any view, found without touching the figure.

Locators and formatters are copied; the copies ask a stand-in for the axis, which tells another view
than the one of the figure and passes on everything else.
"""

from __future__ import annotations

import copy
import re
from dataclasses import dataclass
from typing import Any, Final

import matplotlib
import numpy as np
from matplotlib.colors import LogNorm, Normalize, SymLogNorm, to_hex
from matplotlib.font_manager import FontProperties
from matplotlib.scale import LogTransform, SymmetricalLogTransform
from matplotlib.ticker import (
    AutoLocator,
    LogFormatter,
    LogFormatterSciNotation,
    LogLocator,
    NullLocator,
    ScalarFormatter,
    SymmetricalLogLocator,
)
from matplotlib.transforms import IdentityTransform

from emout_lab.engine.live import tick_looks

#: What mathtext wraps around plain numbers.
WRAPPER: Final = re.compile(r"\$\\mathdefault\{([^{}$]*)\}\$")
#: A power with what stands before it, and an offset.
MATHS: Final = re.compile(
    r"\$(?P<times>\\times)?(?:\\mathdefault\{)?(?P<sign>[-\u2212])?"
    r"(?:(?P<factor>[\d.]+)\\times)?(?P<base>[\d.]+|e)\^\{(?P<power>[-\u2212]?\d+)\}\}?"
    r"(?:\\mathdefault\{(?P<more>[^{}$]*)\})?\$"
)
RAISED: Final = str.maketrans("0123456789-\u2212", "⁰¹²³⁴⁵⁶⁷⁸⁹⁻⁻")
MINUS: Final = "\u2212"
#: What writes numbers, in which each dash is a minus.
OF_NUMBERS: Final = (ScalarFormatter, LogFormatter)
#: Part of an axis by which a tick may be outside of it.
NEAR: Final = 1e-10
#: Of an axis that is looked at for the kind of its labels.
USUAL_INCHES: Final = 4.0
#: The most ticks that are told.
MOST: Final = 200


@dataclass(frozen=True, slots=True)
class Ticks:
    """What an axis tells beside it.

    Parameters
    ----------
    places : tuple of float
        As shares of the axis, from left or below.
    texts : tuple of str
        A label for each.
    offset : str
        What stands at the end of the axis.
    power : int
        Power of ten that the label of the axis tells, where a formatter leaves that to it.
    """

    places: tuple[float, ...] = ()
    texts: tuple[str, ...] = ()
    offset: str = ""
    power: int = 0

    @property
    def is_maths(self) -> bool:
        """Whether something of it is no plain text."""
        return any("$" in text for text in (*self.texts, self.offset))

    def as_dict(self) -> dict[str, Any]:
        """Return it as it travels."""
        # A picture has fewer pixels than this tells apart.
        at = [round(place, 5) for place in self.places]
        return {"at": at, "text": list(self.texts), "offset": self.offset}


class AxisTicks:
    """The ticks of one axis, for any view.

    Parameters
    ----------
    axis : matplotlib.axis.Axis
        Looked at now, and not changed; it is asked for what does not depend on the view.
    """

    def __init__(self, axis: Any) -> None:
        self._axis = axis
        self._tickers = _copies(axis.get_major_locator(), axis.get_major_formatter())
        # Formatters look it up when they are asked, beside drawings with other settings.
        self._minus = MINUS if _rc()["axes.unicode_minus"] else "-"
        self.name = str(axis.axis_name)
        self.transform = _in_tens(axis.get_transform())
        low, high = axis.get_view_interval()
        self.view = float(low), float(high)
        looks = self._looks = axis.get_tick_params("major")
        near, far = ("bottom", "top") if self.name == "x" else ("left", "right")
        size = looks.get("labelsize", _rc()[f"{self.name}tick.labelsize"])
        self.size_pt = float(FontProperties(size=size).get_size_in_points())
        self.has_ticks = looks.get(near, True) or looks.get(far, False)
        self.has_labels = looks.get(f"label{near}", True) or looks.get(f"label{far}", False)
        is_far = looks.get(f"label{far}", False) and not looks.get(f"label{near}", True)
        if not self.has_labels:
            is_far = looks.get(far, False) and not looks.get(near, True)
        self.is_far = bool(is_far)
        axes = axis.axes
        self.is_shown = bool(axes.get_visible() and axes.axison and axis.get_visible())
        self.is_drawn = self.is_shown and self._needs_drawing()

    def _needs_drawing(self) -> bool:
        """Return whether it has what is more than marks and plain texts beside an axis."""
        axis = self._axis
        is_more = (
            tick_looks.has_lines(axis) or tick_looks.is_special(axis) or tick_looks.has_minor(axis)
        )
        return is_more or self.find(*self.view, USUAL_INCHES).is_maths

    def looks(self, px: float) -> dict[str, Any]:
        """Return how ticks look, where a point is so many CSS pixels; see `Hello.axes`."""
        found, rc = self._looks, _rc()
        sides = ("bottom", "top") if self.name == "x" else ("left", "right")
        look = f"{self.name}tick"
        color = found.get("labelcolor", rc[f"{look}.labelcolor"])
        color = rc[f"{look}.color"] if color == "inherit" else color
        reach = {"out": 1.0, "inout": 0.5, "in": 0.0}[
            found.get("direction", rc[f"{look}.direction"])
        ]
        return {
            "size": round(self.size_pt * px, 2),
            "color": to_hex(color),
            "side": sides[self.is_far],
            "length": round(found.get("length", rc[f"{look}.major.size"]) * reach * px, 2),
            "pad": round(found.get("pad", rc[f"{look}.major.pad"]) * px, 2),
            "width": round(found.get("width", rc[f"{look}.major.width"]) * px, 2),
        }

    def length(self, low: float, high: float) -> float:
        """Return how far it is from one value to another in scale space."""
        ends = self.transform.transform(np.array([low, high], float))
        return abs(float(ends[1] - ends[0]))

    def find(self, low: float, high: float, inches: float, transform: Any = None) -> Ticks:
        """Return the ticks between limits, in data coordinates, on an axis of so many inches.

        The axis has its own scale, or another one by `transform`.

        What a locator or formatter of the user's raises leaves the axis without ticks, until
        matplotlib's own picture shows why.
        """
        return self._found(*self._tickers, transform or self.transform, low, high, inches)

    def find_for_norm(self, norm: Any, low: float, high: float, inches: float) -> Ticks:
        """Return the ticks of a colour bar that another norm gives a scale of its own."""
        locator: Any = AutoLocator()
        formatter: Any = ScalarFormatter()
        transform: Any = IdentityTransform()
        if isinstance(norm, SymLogNorm):
            transform = SymmetricalLogTransform(10, norm.linthresh, 1.0)
            locator, formatter = SymmetricalLogLocator(transform), LogFormatterSciNotation()
        elif isinstance(norm, LogNorm):
            transform = LogTransform(10)
            locator, formatter = LogLocator(), LogFormatterSciNotation()
        elif type(norm) is not Normalize:
            return Ticks()
        return self._found(locator, formatter, transform, low, high, inches)

    def _found(
        self, locator: Any, formatter: Any, transform: Any, low: float, high: float, inches: float
    ) -> Ticks:
        if not self.is_shown or not self.has_ticks and not self.has_labels:
            return Ticks()
        if isinstance(locator, NullLocator):
            return Ticks()
        try:
            return self._asked(locator, formatter, transform, low, high, inches)
        except Exception:  # noqa: BLE001  # foreign code, which matplotlib calls again at rest
            return Ticks()

    def _asked(
        self, locator: Any, formatter: Any, transform: Any, low: float, high: float, inches: float
    ) -> Ticks:
        locator, formatter = _copies(locator, formatter)
        stand_in = _ViewedAxis(self._axis, locator, transform, (low, high), self._space(inches))
        locator.set_axis(stand_in)
        formatter.set_axis(stand_in)
        places = np.asarray(locator(), float)
        texts = formatter.format_ticks(places)
        offset = formatter.get_offset()
        if isinstance(formatter, OF_NUMBERS):
            *texts, offset = (_with_minus(each, self._minus) for each in (*texts, offset))
        ends = transform.transform(np.array([low, high], float))
        with np.errstate(invalid="ignore", divide="ignore"):
            shares = (transform.transform(places) - ends[0]) / (ends[1] - ends[0])
        is_seen = (shares >= -NEAR) & (shares <= 1 + NEAR)
        seen = [k for k in range(len(places)) if is_seen[k]][:MOST]
        return Ticks(
            tuple(float(shares[k]) for k in seen),
            tuple(plain_text(texts[k]) if self.has_labels else "" for k in seen),
            plain_text(offset) if self.has_labels else "",
            int(getattr(formatter, "power", 0)),
        )

    def _space(self, inches: float) -> int:
        """Return how many labels have room, as matplotlib guesses it."""
        size = self.size_pt * (3 if self.name == "x" else 2)
        return int(np.floor(inches * 72 / size)) if size > 0 else 2**31 - 1


def _with_minus(text: str, minus: str) -> str:
    # In formulas it is a minus anyway.
    return text if "$" in text else text.replace("-", minus).replace(MINUS, minus)


def _copies(locator: Any, formatter: Any) -> tuple[Any, Any]:
    """Return copies; a formatter that asks the axis's locator asks the copy of that."""
    own, asks = copy.copy(locator), copy.copy(formatter)
    for name, value in list(getattr(asks, "__dict__", {}).items()):
        if value is locator:
            asks.__dict__[name] = own
    return own, asks


def _in_tens(transform: Any) -> Any:
    """Return a transform to a scale as viewers know it, who take logarithms to base 10."""
    if isinstance(transform, LogTransform) and transform.base != 10:
        with np.errstate(invalid="ignore", divide="ignore"):
            is_masked = bool(np.isnan(transform.transform(np.array([-1.0]))).all())
        return LogTransform(10, "mask" if is_masked else "clip")
    return transform


class _ViewedAxis:
    """Stands for an axis that shows something else."""

    def __init__(
        self, axis: Any, locator: Any, transform: Any, view: tuple[float, float], space: int
    ) -> None:
        self._axis, self._locator, self._transform = axis, locator, transform
        self._view, self._space = view, space

    def __getattr__(self, name: str) -> Any:
        return getattr(self._axis, name)

    def get_view_interval(self) -> Any:
        """Return what is seen."""
        return np.array(self._view)

    def get_tick_space(self) -> int:
        """Return how many labels have room."""
        return self._space

    def get_transform(self) -> Any:
        """Return what brings values to the scale."""
        return self._transform

    def get_majorticklocs(self) -> Any:
        """Return where the ticks are."""
        return self._locator()


def _rc() -> Any:
    """Return matplotlib's settings, whose names are texts."""
    return matplotlib.rcParams


def plain_text(label: str) -> str:
    r"""Return a label as plain text where that looks the same.

    Examples
    --------
    >>> plain_text(r"$\mathdefault{0.06}$"), plain_text(r"$\mathdefault{10^{-3}}$")
    ('0.06', '10⁻³')
    >>> plain_text(r"$\times\mathdefault{10^{13}}\mathdefault{}$"), plain_text("a $x^2$")
    ('×10¹³', 'a $x^2$')
    """
    if "$" not in label:
        return label
    short = WRAPPER.sub(r"\1", label)
    if "$" not in short:
        return short
    return MATHS.sub(_plain_power, short)


def _plain_power(found: re.Match[str]) -> str:
    factor = f"{found['factor']}×" if found["factor"] else ""
    times = "×" if found["times"] else ""
    raised = found["power"].translate(RAISED)
    sign, more = found["sign"] or "", found["more"] or ""
    return f"{times}{sign}{factor}{found['base']}{raised}{more}"
