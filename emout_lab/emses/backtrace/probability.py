"""The phase-space density on a grid, its integrals and its energy spectrum.

Without collisions the density f is constant along orbits (Liouville's theorem), so that its value
at a point of phase space is the one at the source that the orbit through the point came from::

    f(x, v, t) = f_source(x_0, v_0),   (x_0, v_0) traced back from (x, v)

One orbit for each point of the grid gives f there, without the noise of particles that are counted.
Integrals over the grid are sums by the trapezoidal rule::

    density        n = n_source * integral of f dv
    energy flux    n_source * integral of f |v| E dv,   E = m v**2 / 2, in bins of E

The fields are those of one output step: orbits see them as they were at that time.

References
----------
R. Marchand, "Test-particle simulation of space plasmas", *Communications in Computational Physics*
8, 471-483 (2010), who has four ways to use test particles, this one among them. G. Voitcu, M. Echim
and R. Marchand, "Comparative study of forward and backward test-kinetic simulation approaches",
*Computer Physics Communications* 183, 2561-2569 (2012), doi:10.1016/j.cpc.2012.07.005.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from emout_lab.emses import execution
from emout_lab.emses.backtrace import parameters
from emout_lab.emses.backtrace.curves import HeatmapData
from emout_lab.emses.backtrace.particles import Particles
from emout_lab.emses.backtrace.phase_grid import AXES, PhaseGrid
from emout_lab.emses.backtrace.results import quantity, split_pair
from emout_lab.emses.backtrace.sources import reference_density
from emout_lab.emses.plot.axes_labels import write_labels
from emout_lab.emses.units import ELECTRON_MASS, ELEMENTARY_CHARGE
from emout_lab.errors import DataError, SpecError

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from emout_lab.emses.run import Run
    from emout_lab.emses.units import Units

Array = np.ndarray[Any, Any]

DEFAULT_BINS = 30
#: Decades of energy that a spectrum with logarithmic axes shows.
LOG_DECADES = 2.5


@dataclass(frozen=True)
class ProbabilityResult:
    """The density of one species on a grid of phase space.

    It is normalised: its integral over all velocities in an undisturbed source is 1, and elsewhere
    the density relative to the source's. ``phases, probabilities, ends = result`` are flat arrays.

    Parameters
    ----------
    grid : PhaseGrid
        The axes.
    probabilities : ndarray, shape (n,)
        The density, in EMSES units of 1/velocity^3; NaN where an orbit did not end.
    ends : ndarray, shape (n, 6)
        Where the orbits end: position and velocity.
    ispec : int
        Species.
    charge_to_mass : float
        Of the species, in EMSES units.
    reference : float or None
        Density of the source [m^-3]; None where the parameters do not give it.
    unit : Units or None
        For SI labels.
    """

    grid: PhaseGrid
    probabilities: Array
    ends: Array
    ispec: int
    charge_to_mass: float
    reference: float | None = None
    unit: Units | None = None

    @classmethod
    def of(
        cls, grid: PhaseGrid, density: Array, ends: Array, ispec: int, run: Run
    ) -> ProbabilityResult:
        """Make the result of a run's species."""
        charge_to_mass = parameters.of_species(run.inp, "qm", ispec)
        reference = reference_density(run.inp, ispec)
        return cls(grid, density, ends, ispec, charge_to_mass, reference, run.unit)

    @property
    def dims(self) -> tuple[int, ...]:
        """Number of values along x, y, z, vx, vy, vz."""
        return self.grid.shape

    @property
    def phases(self) -> Array:
        """All points, shape (n, 6)."""
        return self.grid.points()

    @property
    def particles(self) -> Particles:
        """All points as particles, for ``get_backtraces_from_particles``."""
        return Particles(self.phases)

    @property
    def ret_particles(self) -> Particles:
        """Where the orbits end, as particles."""
        return Particles(self.ends)

    @property
    def values(self) -> Array:
        """The density with one dimension per axis; NaN where it is not known."""
        return self.probabilities.reshape(self.dims)

    @property
    def nbytes(self) -> int:
        """Bytes of the arrays."""
        return int(self.probabilities.nbytes + self.ends.nbytes)

    def __iter__(self) -> Iterator[Any]:
        return iter((self.phases, self.probabilities, self.ends))

    def pair(self, var1: str, var2: str) -> HeatmapData:
        """Return a map over two axes; the others are integrated by the trapezoidal rule.

        An axis of one value is not integrated. A point of the map is NaN, and not drawn, where a
        density that belongs to it is not known; ``result.assuming(0.0).pair(…)`` takes zero for it.
        ``.vxvz`` is ``pair("vx", "vz")``.
        """
        for name in (var1, var2):
            if name not in AXES:
                raise KeyError(f"There is no axis {name!r}; there are {', '.join(AXES)}.")
        if var1 == var2:
            raise SpecError(f"A map needs two different axes, not {var1!r} twice.")
        first, second = AXES.index(var1), AXES.index(var2)
        values = self._integrated({first, second})
        x, y = np.meshgrid(self.grid.axes[first], self.grid.axes[second])
        return HeatmapData(
            x,
            y,
            values.T if first < second else values,
            quantity(var1, self.unit),
            quantity(var2, self.unit),
        )

    def density(self) -> Array:
        """Integrate over the velocities: the density relative to the source's, shape (x, y, z).

        What is not known counts as zero; `assuming` takes another density for it.
        """
        return self.assuming(0.0)._integrated({0, 1, 2})

    def assuming(self, density: float = 0.0) -> ProbabilityResult:
        """Return the same result with a density in place of those that are not known.

        Parameters
        ----------
        density : float
            Zero, for example, where orbits that did not end are taken for trapped.

        Examples
        --------
        >>> grid = PhaseGrid.of(0.0, 0.0, 0.0, (0, 1, 2), 0.0, 0.0)
        >>> result = ProbabilityResult(grid, np.array([np.nan, 2.0]), np.zeros((2, 6)), 0, -1.0)
        >>> result.pair("x", "vx").Z.ravel(), result.assuming(0.0).pair("x", "vx").Z.ravel()
        (array([nan,  2.]), array([0., 2.]))
        """
        known = np.where(np.isnan(self.probabilities), density, self.probabilities)
        return replace(self, probabilities=known)

    def source_density(self) -> float:
        """Return the density that a density of 1 means [m^-3].

        That of the species' plasma frequency (``wp``); of photoelectrons the one right at a surface
        whose current is ``curf``.

        Raises
        ------
        DataError
            When the run lacks the conversion key, or what the density follows from.
        """
        if self.unit is None or self.reference is None:
            number = self.ispec + 1
            lacking = "conversion key" if self.unit is None else f"wp({number}) or curf({number})"
            raise DataError(
                f"The source's density in m^-3 is not known: the parameters have no {lacking}. Add "
                "it to the parameter file, or use .pair(...) and .density(), which are relative."
            )
        return self.reference

    def energy_spectrum(self, energy_bins: Any = None) -> tuple[Array, Array]:
        """Return the energy flux by energy.

        Parameters
        ----------
        energy_bins : int or array_like, optional
            Number of bins, or their edges [eV].

        Returns
        -------
        flux : ndarray
            Energy flux of the particles in each bin [eV m^-2 s^-1], averaged over the positions of
            the grid: the sum of density, speed and energy over the velocity space that they fill.
            What is not known counts as zero.
        edges : ndarray
            Edges of the bins [eV].

        Raises
        ------
        DataError
            When the source's density is not known, see `source_density`.
        """
        density = self.source_density()
        speed, energy = self._speed_and_energy()
        weight = _weights(self.grid.axes[3:])
        flux = density * self._mean_over_space() * weight * speed * energy
        bins = DEFAULT_BINS if energy_bins is None else energy_bins
        return np.histogram(energy.ravel(), bins=bins, weights=flux.ravel())

    @execution.recordable
    def plot_energy_spectrum(
        self, energy_bins: Any = None, scale: str = "log", ax: Axes | None = None
    ) -> Axes:
        """Draw the energy spectrum with axes of a scale (``"log"`` or ``"linear"``)."""
        import matplotlib.pyplot as plt  # noqa: PLC0415 - results travel without matplotlib

        if energy_bins is None and scale == "log":
            energy_bins = self._alike_bins()
        flux, edges = self.energy_spectrum(energy_bins)
        ax = plt.gca() if ax is None else ax
        ax.stairs(flux, edges, color="black")
        ax.set_xscale(scale)
        ax.set_yscale(scale)
        write_labels(ax, x="energy [eV]", y="energy flux [eV m$^{-2}$ s$^{-1}$]")
        return ax

    def fetch(self) -> ProbabilityResult:
        """Return the object itself: what ``ref.fetch()`` brings here, where it is here already."""
        return self

    def drop(self) -> None:
        """Do nothing: ``ref.drop()`` frees what lies on an engine."""

    def __getattr__(self, name: str) -> HeatmapData:
        axes = None if name.startswith("_") else split_pair(name, AXES)
        if axes is None:
            raise AttributeError(
                f"'ProbabilityResult' object has no attribute {name!r}; maps are two of "
                f"{', '.join(AXES)}, such as .vxvz"
            )
        return self.pair(*axes)

    def __dir__(self) -> list[str]:
        return sorted([*super().__dir__(), *(a + b for a in AXES for b in AXES if a != b)])

    def __repr__(self) -> str:
        sizes = " x ".join(map(str, self.dims))
        return f"<ProbabilityResult: {sizes} points of species {self.ispec}>"

    def _alike_bins(self) -> Array:
        """Return edges of bins [eV] that look alike on a logarithmic axis, over the upper decades.

        Where that would be finer than the grid, bins are as wide as its steps: none is empty only
        because no point falls into it.
        """
        axes = self.grid.axes[3:]
        coarsest = max((float(np.abs(np.diff(a)).max()) for a in axes if len(a) > 1), default=0.0)
        shrinking = 1 - 10 ** (-LOG_DECADES / (2 * DEFAULT_BINS))
        speeds = [float(self._speeds().max()) or 1.0]
        while len(speeds) <= DEFAULT_BINS:
            lower = speeds[-1] - max(coarsest, shrinking * speeds[-1])
            if lower <= 0:
                break
            speeds.append(lower)
        edges = self._energy(np.array(speeds[::-1]))
        return edges if len(edges) > 1 else np.array([0.0, *edges])

    def _speed_and_energy(self) -> tuple[Array, Array]:
        """Return speed [m/s] and energy [eV] on the axes of velocity."""
        speeds = self._speeds()
        return self._velocity_factor() * speeds, self._energy(speeds)

    def _speeds(self) -> Array:
        vx, vy, vz = np.meshgrid(*self.grid.axes[3:], indexing="ij")
        return np.asarray(np.sqrt(vx**2 + vy**2 + vz**2))

    def _velocity_factor(self) -> float:
        return 1.0 if self.unit is None else self.unit.v.factor

    def _energy(self, speed: Array) -> Array:
        """Return energies [eV] of speeds in EMSES units."""
        mass = ELECTRON_MASS / abs(self.charge_to_mass)
        return 0.5 * mass * (self._velocity_factor() * speed) ** 2 / ELEMENTARY_CHARGE

    def _integrated(self, kept: set[int]) -> Array:
        values = self.values
        for axis in sorted(set(range(len(AXES))) - kept, reverse=True):
            weights = _line_weights(self.grid.axes[axis])
            values = np.tensordot(values, weights, axes=(axis, 0))
        return np.asarray(values)

    def _mean_over_space(self) -> Array:
        weights = _weights(self.grid.axes[:3])
        values = self.assuming(0.0).values
        return np.asarray(np.tensordot(weights / weights.sum(), values, axes=3))


def _line_weights(axis: Array) -> Array:
    """Return the weights of the trapezoidal rule; 1 for a single value."""
    if len(axis) == 1:
        return np.ones(1)
    steps = np.abs(np.diff(axis))
    return np.concatenate([[0.0], steps]) / 2 + np.concatenate([steps, [0.0]]) / 2


def _weights(axes: tuple[Array, ...]) -> Array:
    x, y, z = (_line_weights(axis) for axis in axes)
    return np.asarray(x[:, None, None] * y[None, :, None] * z[None, None, :])
