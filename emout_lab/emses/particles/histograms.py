"""Histograms of particles: counts, edges, units, and how they are drawn."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from emout_lab.emses import execution
from emout_lab.emses.particles.quantities import Quantity
from emout_lab.errors import BadOption

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

Array = np.ndarray[Any, Any]


class _Result:
    """A result can be fetched and dropped like a ref to it."""

    def fetch(self) -> Any:
        """Return the object itself: what ``ref.fetch()`` brings here, where it is here already."""
        return self

    def drop(self) -> None:
        """Do nothing: ``ref.drop()`` frees what lies on an engine."""


@dataclass(frozen=True)
class Histogram(_Result):
    """Particles counted by one quantity; ``counts, edges = histogram``, as NumPy returns them.

    Parameters
    ----------
    counts : ndarray, shape (n,)
        Particles in each bin, or the sums of their weights.
    edges : ndarray, shape (n + 1,)
        Edges of the bins.
    axis : Quantity
        What was counted by.
    title : str
        Which particles.
    weighted_by : str
        What each particle counts; empty where it counts 1.
    """

    counts: Array
    edges: Array
    axis: Quantity
    title: str = ""
    weighted_by: str = ""

    @property
    def name(self) -> str:
        """What was counted by."""
        return self.axis.name

    @property
    def units(self) -> str:
        """Unit of the edges."""
        return self.axis.unit

    @property
    def centers(self) -> Array:
        """Middle of each bin."""
        return np.asarray((self.edges[:-1] + self.edges[1:]) / 2)

    @property
    def density(self) -> Array:
        """Counts as a density: its integral over the bins is 1; NaN where nothing was counted."""
        widths = np.diff(self.edges).astype(float)
        with np.errstate(invalid="ignore", divide="ignore"):
            return np.asarray(self.counts / (self.counts.sum() * widths))

    @property
    def nbytes(self) -> int:
        """Bytes of the arrays."""
        return int(self.counts.nbytes + self.edges.nbytes)

    def __iter__(self) -> Iterator[Array]:
        return iter((self.counts, self.edges))

    def to_series(self) -> pd.Series[Any]:
        """Return the counts as a `pandas.Series` over the middles of the bins."""
        import pandas as pd  # noqa: PLC0415 - results travel without pandas

        return pd.Series(self.counts, index=pd.Index(self.centers, name=self.name), name="counts")

    @execution.recordable
    def plot(self, *, log: bool = False, density: bool = False, **options: Any) -> Axes:
        """Draw the counts as steps.

        Parameters
        ----------
        log : bool
            Whether their axis is logarithmic.
        density : bool
            Draw `density` in place of the counts.
        **options
            ``ax``, ``figsize``, ``title``, ``xlabel``, ``ylabel``, ``savefilename``, ``show``; the
            rest goes to `matplotlib.axes.Axes.stairs` (``color``, ``fill``, ``label``, …).
        """
        from emout_lab.emses.particles import drawing  # noqa: PLC0415 - loads matplotlib

        words = "density" if density else self.weighted_by or "particles"
        values = self.density if density else self.counts
        return drawing.draw_steps(
            values, self.edges, (self.axis.label, words), self.title, log, options
        )

    def __repr__(self) -> str:
        return f"<Histogram of {self.title}: {_counted(self)} in {len(self.counts)} bins of " + (
            f"{self.axis.label}, {self.edges[0]:.4g} to {self.edges[-1]:.4g}>"
        )


@dataclass(frozen=True)
class Histogram2D(_Result):
    """Particles counted by two quantities; ``counts, x_edges, y_edges = histogram``, as in NumPy.

    Parameters
    ----------
    counts : ndarray, shape (nx, ny)
        Particles in each bin, or the sums of their weights.
    x_edges, y_edges : ndarray
        Edges of the bins.
    x_axis, y_axis : Quantity
        What was counted by.
    title : str
        Which particles.
    weighted_by : str
        What each particle counts; empty where it counts 1.
    """

    counts: Array
    x_edges: Array
    y_edges: Array
    x_axis: Quantity
    y_axis: Quantity
    title: str = ""
    weighted_by: str = ""

    @property
    def name(self) -> str:
        """What was counted by."""
        return f"{self.x_axis.name}-{self.y_axis.name}"

    @property
    def units(self) -> tuple[str, str]:
        """Units of both axes."""
        return self.x_axis.unit, self.y_axis.unit

    @property
    def nbytes(self) -> int:
        """Bytes of the arrays."""
        return int(self.counts.nbytes + self.x_edges.nbytes + self.y_edges.nbytes)

    def __iter__(self) -> Iterator[Array]:
        return iter((self.counts, self.x_edges, self.y_edges))

    def along(self, name: str) -> Histogram:
        """Return the histogram by one of the two quantities, of the particles in the map."""
        for axis, edges, other in (
            (self.x_axis, self.x_edges, 1),
            (self.y_axis, self.y_edges, 0),
        ):
            if axis.name == name:
                counts = self.counts.sum(axis=other)
                return Histogram(counts, edges, axis, self.title, self.weighted_by)
        raise BadOption(f"along({name!r}): the map has {self.x_axis.name} and {self.y_axis.name}.")

    @execution.recordable
    def plot(
        self,
        *,
        log: bool = False,
        vmin: float | None = None,
        vmax: float | None = None,
        colorbar: bool = True,
        **options: Any,
    ) -> Axes:
        """Draw the counts as colours; bins without particles stay empty.

        Parameters
        ----------
        log : bool
            Whether colours are logarithmic in the counts.
        vmin, vmax : float, optional
            Range of the colours.
        colorbar : bool
            False leaves the colour bar out.
        **options
            ``ax``, ``figsize``, ``title``, ``xlabel``, ``ylabel``, ``savefilename``, ``show``; the
            rest goes to `matplotlib.axes.Axes.pcolormesh` (``cmap``, ``norm``, …).
        """
        from emout_lab.emses.particles import drawing  # noqa: PLC0415 - loads matplotlib

        cells = drawing.Cells(
            self.counts.T,
            (self.x_edges, self.y_edges),
            (self.x_axis, self.y_axis),
            self.weighted_by or "particles",
            self.title,
        )
        scale = {"norm": "log"} if log else {}
        return drawing.draw_map(cells, vmin, vmax, colorbar, {**scale, **options})

    def __repr__(self) -> str:
        sizes = " x ".join(map(str, self.counts.shape))
        labels = f"{self.x_axis.label} and {self.y_axis.label}"
        return f"<Histogram2D of {self.title}: {_counted(self)} in {sizes} bins of {labels}>"


def _counted(result: Histogram | Histogram2D) -> str:
    total = result.counts.sum()
    if result.weighted_by:
        return f"{result.weighted_by} {total:.4g}"
    return f"{int(total):,} particles"
