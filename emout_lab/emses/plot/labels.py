"""What a drawing needs besides values: coordinates, names, units, written out."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

Array = np.ndarray[Any, Any]

_PREFIXES = {-15: "f", -12: "p", -9: "n", -6: "µ", -3: "m", 0: "", 3: "k", 6: "M", 9: "G"}
# Units that take a prefix; the others are written with an exponent.
_PREFIXED = {"m", "s", "V", "T", "Hz", "V/m"}

#: Powers as they are written outside of pictures.
_SUPERSCRIPTS = str.maketrans("0123456789-", "⁰¹²³⁴⁵⁶⁷⁸⁹⁻")


@dataclass(frozen=True)
class View:
    """Values to be drawn, with everything that is written beside them.

    Parameters
    ----------
    name : str
        Name of the quantity.
    unit : str
        Unit of the values; empty where it is not known.
    values : ndarray
        The values; of a film that is larger than memory a `BlockArray`.
    dims : tuple of str
        Names of the dimensions.
    axes : tuple of ndarray
        Coordinates along each dimension.
    axis_units : tuple of str
        Unit of each coordinate.
    fixed : tuple of (str, str)
        Dimensions that a slice has fixed, with their positions as text.
    """

    name: str
    unit: str
    values: Any
    dims: tuple[str, ...]
    axes: tuple[Array, ...]
    axis_units: tuple[str, ...]
    fixed: tuple[tuple[str, str], ...] = ()

    @property
    def label(self) -> str:
        """Label of the values: ``phisp [V]``."""
        return labelled(self.name, self.unit)

    @property
    def title(self) -> str:
        """Positions that a slice has fixed: ``t = 3 µs, y = 32 mm``."""
        return ", ".join(f"{dim} = {text}" for dim, text in self.fixed)

    def axis_label(self, axis: int) -> str:
        """Label of an axis: ``x [m]``."""
        return labelled(self.dims[axis], self.axis_units[axis])

    def transposed(self) -> View:
        """Exchange the two dimensions of a map."""
        return replace(
            self,
            values=self.values.T,
            dims=self.dims[::-1],
            axes=self.axes[::-1],
            axis_units=self.axis_units[::-1],
        )

    def moved(self, axis: int) -> View:
        """Bring one dimension to the front."""
        order = [
            axis % len(self.dims),
            *(i for i in range(len(self.dims)) if i != axis % len(self.dims)),
        ]
        return replace(
            self,
            values=np.moveaxis(self.values, axis, 0),
            dims=tuple(self.dims[i] for i in order),
            axes=tuple(self.axes[i] for i in order),
            axis_units=tuple(self.axis_units[i] for i in order),
        )

    def at(self, position: int) -> View:
        """Take one position of the first dimension."""
        text = quantity_text(float(self.axes[0][position]), self.axis_units[0])
        return replace(
            self,
            values=np.asarray(self.values[position]),
            dims=self.dims[1:],
            axes=self.axes[1:],
            axis_units=self.axis_units[1:],
            fixed=((self.dims[0], text), *self.fixed),
        )


def labelled(name: str, unit: str) -> str:
    """Write a name with its unit.

    Examples
    --------
    >>> labelled("nd1p", "m^-3")
    'nd1p [m$^{-3}$]'
    """
    text = _raised(unit)
    return f"{name} [{text}]".strip() if text else name


def with_power(label: str, power: int) -> str:
    """Write a power of ten into the brackets of a label.

    Examples
    --------
    >>> with_power("nd1p [m$^{-3}$]", 13), with_power("share", -4), with_power("x [m]", 0)
    ('nd1p [10$^{13}$ m$^{-3}$]', 'share [10$^{-4}$]', 'x [m]')
    """
    if not power:
        return label
    text = f"10$^{{{power}}}$"
    name, bracket, unit = label.rpartition("[")
    if not bracket or not unit.endswith("]"):
        return f"{label} [{text}]"
    return f"{name}[{text} {unit}"


def number_text(value: float, digits: int) -> str:
    """Write a number with as many digits, powers of ten as everywhere in pictures.

    Examples
    --------
    >>> number_text(0.031999, 3), number_text(1.25e13, 3), number_text(1e-20, 3)
    ('0.032', '1.25×10$^{13}$', '10$^{-20}$')
    """
    text = f"{value:.{digits}g}"
    mantissa, is_power, exponent = text.partition("e")
    if not is_power:
        return text
    sign = {"1": "", "-1": "-"}.get(mantissa, f"{mantissa}×")
    return f"{sign}10$^{{{int(exponent)}}}$"


def quantity_text(value: float, unit: str) -> str:
    """Write a value with its unit, briefly.

    Examples
    --------
    >>> quantity_text(3.336e-9, "s")
    '3.34 ns'
    >>> quantity_text(32.0, "grid")
    '32'
    """
    if unit in {"", "grid", "step", "EMSES unit"}:
        return number_text(value, 4)
    if unit not in _PREFIXED or value == 0 or not np.isfinite(value):
        return f"{number_text(value, 3)} {_raised(unit)}"
    value = float(f"{value:.3g}")
    exponent = int(np.clip(3 * np.floor(np.log10(abs(value)) / 3 + 1e-9), -15, 9))
    return f"{number_text(value / 10.0**exponent, 3)} {_PREFIXES[exponent]}{unit}"


def series_text(values: Array, unit: str) -> tuple[tuple[str, ...], str]:
    """Write a series of values in one unit, so many digits that neighbours differ.

    Parameters
    ----------
    values : ndarray
        Such as times, rising.
    unit : str
        Their unit.

    Returns
    -------
    texts : tuple of str
        The values.
    unit : str
        The unit that they are in, without matplotlib's signs; empty for EMSES units and counts.

    Examples
    --------
    >>> series_text(np.array([0.0, 3.336e-9, 6.672e-9]), "s")
    (('0.00', '3.34', '6.67'), 'ns')
    >>> series_text(np.arange(3.0), "step"), series_text(np.array([0.0, 2.5]), "EMSES unit")
    ((('0', '1', '2'), ''), (('0.00', '2.50'), ''))
    """
    values = np.asarray(values, dtype=float)
    largest = float(np.abs(values).max(initial=0.0))
    if unit in {"", "grid", "step", "EMSES unit"}:
        unit = ""
    elif unit in _PREFIXED and 0 < largest < np.inf:
        exponent = int(np.clip(3 * np.floor(np.log10(largest) / 3 + 1e-9), -15, 9))
        values, unit = values / 10.0**exponent, f"{_PREFIXES[exponent]}{unit}"
    else:
        unit = re.sub(r"\^(-?\d+)", lambda found: found[1].translate(_SUPERSCRIPTS), unit)
    steps = np.abs(np.diff(values))
    smallest = float(steps[steps > 0].min(initial=np.inf))
    is_whole = np.allclose(values, np.round(values), rtol=1e-12, atol=1e-9)
    if is_whole or not np.isfinite(smallest) or not 1e-6 < smallest < 1e9:
        return tuple(f"{value:.6g}" for value in values.tolist()), unit
    decimals = max(0, 2 - int(np.floor(np.log10(smallest) + 1e-9)))
    return tuple(f"{value:.{decimals}f}" for value in values.tolist()), unit


def _raised(unit: str) -> str:
    return re.sub(r"\^(-?\d+)", r"$^{\1}$", unit)
