"""Small local arrays that draw themselves: curves and maps with their labels."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from emout_lab.emses import execution
from emout_lab.emses import plot as drawing
from emout_lab.emses.backtrace import periodic_curves
from emout_lab.emses.plot import spacing
from emout_lab.emses.plot.axes_labels import write_labels
from emout_lab.emses.plot.labels import labelled
from emout_lab.errors import SpecError

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from emout_lab.emses.units import Unit

Array = np.ndarray[Any, Any]

#: Faintest that the least probable orbit is drawn.
FAINTEST = 0.05


@dataclass(frozen=True)
class Quantity:
    """Name and unit of an axis.

    Parameters
    ----------
    name : str
        Such as ``"x"``.
    unit : Unit or None
        For SI labels.
    period : float
        Distance of periodic faces along it, in EMSES units; 0 where orbits go through none.
    """

    name: str
    unit: Unit | None
    period: float = 0.0

    def values(self, emses: Array, use_si: bool, offset: float | str | None = None) -> Array:
        """Return values as they are drawn."""
        values = self.unit.reverse(emses) if self.unit is not None and use_si else emses
        return values if offset is None else _shifted(values, offset)

    def label(self, use_si: bool) -> str:
        """Return the label of the axis."""
        return labelled(self.name, self.unit.unit if self.unit is not None and use_si else "")


class _Drawn:
    """What is drawn can be fetched and dropped like a ref to it."""

    x_quantity: Quantity
    y_quantity: Quantity

    @property
    def name(self) -> str:
        """What it is, in a word."""
        return f"{self.x_quantity.name}-{self.y_quantity.name}"

    @property
    def title(self) -> str:
        """What is drawn over what."""
        return f"{self.x_quantity.name} vs {self.y_quantity.name}"

    @property
    def xlabel(self) -> str:
        """Name of the horizontal axis, without unit."""
        return self.x_quantity.name

    @property
    def ylabel(self) -> str:
        """Name of the vertical axis, without unit."""
        return self.y_quantity.name

    @property
    def units(self) -> tuple[Unit, Unit] | None:
        """Units of both axes with their conversion; None without a conversion key."""
        x, y = self.x_quantity.unit, self.y_quantity.unit
        return None if x is None or y is None else (x, y)

    def fetch(self) -> Any:
        """Return the object itself: what ``ref.fetch()`` brings here, where it is here already."""
        return self

    def drop(self) -> None:
        """Do nothing: ``ref.drop()`` frees what lies on an engine."""

    def _label(self, ax: Axes, use_si: bool) -> None:
        write_labels(ax, x=self.x_quantity.label(use_si), y=self.y_quantity.label(use_si))


@dataclass(frozen=True)
class XYData(_Drawn):
    """A curve; ``x, y = curve`` in EMSES units.

    Parameters
    ----------
    x, y : ndarray
        Values in EMSES units.
    x_quantity, y_quantity : Quantity
        Names and units.
    """

    x: Array
    y: Array
    x_quantity: Quantity
    y_quantity: Quantity

    def __iter__(self) -> Iterator[Array]:
        return iter((self.x, self.y))

    @execution.recordable
    def plot(
        self,
        ax: Axes | None = None,
        use_si: bool = True,
        gap: float | None = None,
        offsets: tuple[Any, Any] | None = None,
        **options: Any,
    ) -> Axes:
        """Draw the curve.

        Parameters
        ----------
        ax : Axes, optional
            The current axes by default.
        use_si : bool
            False for EMSES units.
        gap : float, optional
            Interrupt the curve where it jumps farther than this. At periodic faces it is
            interrupted in any case.
        offsets : tuple, optional
            Shift of each axis: a number, or ``"left"``, ``"center"``, ``"right"`` for its zero. The
            centre of an even number of points is half-way between the middle two.
        **options
            For `matplotlib.axes.Axes.plot`.
        """
        several = MultiXYData(
            self.x[None], self.y[None], np.array([len(self.x)]), self.x_quantity, self.y_quantity
        )
        return several.draw(ax, use_si, gap, offsets, options)

    def __repr__(self) -> str:
        return f"<XYData {self.title}: {len(self.x)} points>"


@dataclass(frozen=True)
class MultiXYData(_Drawn):
    """Several curves; ``x, y = curves`` in EMSES units, a row per curve.

    Parameters
    ----------
    x, y : ndarray, shape (n, most points)
        Values in EMSES units.
    last_indexes : ndarray of int, shape (n,)
        Number of points of each.
    x_quantity, y_quantity : Quantity
        Names and units.
    probabilities : ndarray, shape (n,), optional
        For ``alpha="probability"``.
    """

    x: Array
    y: Array
    last_indexes: Array
    x_quantity: Quantity
    y_quantity: Quantity
    probabilities: Array | None = None

    def __iter__(self) -> Iterator[Array]:
        return iter((self.x, self.y))

    @execution.recordable
    def plot(
        self,
        ax: Axes | None = None,
        use_si: bool = True,
        gap: float | None = None,
        offsets: tuple[Any, Any] | None = None,
        **options: Any,
    ) -> Axes:
        """Draw all curves, as `XYData.plot` does.

        ``alpha`` may hold one value per curve, or be ``"probability"`` for the share of the
        highest one.
        """
        return self.draw(ax, use_si, gap, offsets, options)

    def draw(
        self,
        ax: Axes | None,
        use_si: bool,
        gap: float | None,
        offsets: tuple[Any, Any] | None,
        options: dict[str, Any],
    ) -> Axes:
        """Draw without asking whether a figure is recorded."""
        ax = _current(ax)
        alphas = self._alphas(options.pop("alpha", None))
        shift = offsets or (None, None)
        for number, count in enumerate(self.last_indexes):
            x = self.x_quantity.values(self.x[number, :count], use_si, shift[0])
            y = self.y_quantity.values(self.y[number, :count], use_si, shift[1])
            faces = (self.x_quantity.period, self.y_quantity.period)
            traced = (self.x[number, :count], self.y[number, :count])
            x, y = periodic_curves.interrupted(traced, (x, y), faces)
            if gap is not None:
                x, y = _interrupted(x, y, gap)
            ax.plot(x, y, alpha=alphas[number], **options)
        self._label(ax, use_si)
        return ax

    def _alphas(self, alpha: Any) -> list[float | None]:
        total = len(self.last_indexes)
        if alpha is None or isinstance(alpha, (int, float)):
            return [alpha] * total
        if isinstance(alpha, str):
            if alpha != "probability" or self.probabilities is None:
                raise SpecError(f"alpha={alpha!r}: write numbers, or 'probability'.", "alpha")
            highest = np.nan_to_num(self.probabilities).max(initial=0) or 1.0
            alpha = np.clip(self.probabilities / highest, FAINTEST, 1.0)
        if np.ndim(alpha) == 0:
            return [float(alpha)] * total
        if len(alpha) != total:
            raise SpecError(f"alpha has {len(alpha)} values for {total} curves.", "alpha")
        # An orbit whose density is not known is not seen.
        return [float(value) for value in np.nan_to_num(alpha)]

    def __repr__(self) -> str:
        return f"<MultiXYData {self.title}: {len(self.x)} curves>"


@dataclass(frozen=True)
class HeatmapData(_Drawn):
    """A map over two axes of phase space.

    Parameters
    ----------
    X, Y, Z : ndarray, shape (ny, nx)
        Coordinates and values, in EMSES units; what is not known is NaN, and not drawn.
    x_quantity, y_quantity : Quantity
        Names and units.
    label : str
        What the values are.
    """

    X: Array
    Y: Array
    Z: Array
    x_quantity: Quantity
    y_quantity: Quantity
    label: str = "probability density"

    @execution.recordable
    def plot(
        self,
        ax: Axes | None = None,
        cmap: str = "viridis",
        use_si: bool = True,
        offsets: tuple[Any, Any] | None = None,
        colorbar: bool = True,
        **options: Any,
    ) -> Axes:
        """Draw the map; options as for `XYData.plot`, others for `Axes.pcolormesh`.

        Colours reach half-way to the next value of an axis. A single value has a cell of its own.
        """
        ax = _current(ax)
        shift = offsets or (None, None)
        x = self.x_quantity.values(self.X[0], use_si, shift[0])
        y = self.y_quantity.values(self.Y[:, 0], use_si, shift[1])
        values = np.ma.masked_invalid(self.Z)
        if "shading" not in options:
            x, y, options = spacing.edges(x), spacing.edges(y), {"shading": "flat", **options}
        mesh = ax.pcolormesh(x, y, values, cmap=cmap, **options)
        if colorbar:
            drawing.colorbars.add_colorbar(mesh, ax, self.label)
        self._label(ax, use_si)
        return ax

    def __repr__(self) -> str:
        return f"<HeatmapData {self.title}: {self.Z.shape[1]} x {self.Z.shape[0]}>"


def _current(ax: Axes | None) -> Axes:
    if ax is not None:
        return ax
    import matplotlib.pyplot as plt  # noqa: PLC0415 - results travel without matplotlib

    return plt.gca()


def _shifted(values: Array, offset: float | str) -> Array:
    if isinstance(offset, str):
        last = len(values) - 1
        places = {"left": [0], "center": [last // 2, (last + 1) // 2], "right": [last]}
        if offset not in places:
            raise SpecError(f"offsets: {offset!r} is neither a number nor left, center, right.")
        return values - (values[places[offset]].mean() if len(values) else 0.0)
    return values + offset


def _interrupted(x: Array, y: Array, gap: float) -> tuple[Array, Array]:
    """Put NaN between points that are farther apart than `gap`."""
    jumps = np.flatnonzero(np.hypot(np.diff(x), np.diff(y)) > gap) + 1
    return np.insert(x, jumps, np.nan), np.insert(y, jumps, np.nan)
