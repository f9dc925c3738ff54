"""The particles of one species over all output steps."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, overload

import numpy as np

from emout_lab.emses import execution
from emout_lab.emses.particles import binning, moments
from emout_lab.emses.particles.blocks import Selection
from emout_lab.emses.particles.columns import ParticleDataSeries
from emout_lab.emses.particles.histograms import Histogram, Histogram2D
from emout_lab.emses.particles.snapshot import ParticleSnapshot
from emout_lab.emses.particles.source import COLUMNS, ParticleSource
from emout_lab.emses.particles.steps import checked_position, require_units, step_title
from emout_lab.errors import UnknownField
from emout_lab.format import format_bytes

if TYPE_CHECKING:
    import pandas as pd

Array = np.ndarray[Any, Any]


class ParticlesSeries:
    """The particles of one species: ``data.p1`` is that of species 1.

    ``data.p1[-1]`` is the table of the last output step, ``data.p1[2:5]`` the species in three
    steps, ``data.p1.vx`` one column of all steps. Values are in SI where the run has a conversion
    key. Nothing is read before it is needed; histograms and moments of all steps are computed in
    blocks, on all workers of the session in use, and never need more memory than a block.

    Parameters
    ----------
    source : ParticleSource
        All that is needed to read them.
    positions : sequence of int, optional
        The output steps; all by default.

    Examples
    --------
    >>> import tempfile
    >>> from emout_lab.emses import Emout
    >>> from emout_lab.emses.demo import write_demo_data
    >>> from emout_lab.emses.demo_particles import write_demo_particles
    >>> run = write_demo_data(tempfile.mkdtemp(), grid=8, steps=3)
    >>> electrons = Emout(write_demo_particles(run, particles=1000)).p1
    >>> len(electrons), electrons.columns
    (3, ('x', 'y', 'z', 'vx', 'vy', 'vz', 'tid'))
    >>> counts, edges = electrons.hist("vx", bins=50)
    >>> int(counts.sum()) == int(electrons.counts.sum())
    True
    """

    def __init__(self, source: ParticleSource, positions: Sequence[int] | None = None) -> None:
        self._source = source
        self._positions = range(source.steps) if positions is None else positions

    @property
    def name(self) -> str:
        """What the code calls it."""
        return self._source.name

    @property
    def source(self) -> ParticleSource:
        """All that is needed to read them."""
        return self._source

    @property
    def species(self) -> int:
        """Number of the species, from 1."""
        return self._source.species

    @property
    def columns(self) -> tuple[str, ...]:
        """Names of the columns that have files."""
        return self._source.columns

    @property
    def steps(self) -> Array:
        """Number of each output step in its file."""
        return np.asarray(self._source.numbers[list(self._positions)])

    @property
    def t(self) -> Array:
        """Time of each output step, or its number where the parameters do not give it."""
        return np.asarray(self._source.times()[list(self._positions)])

    @property
    def counts(self) -> Array:
        """Number of particles in each output step, from the headers of the files.

        Raises
        ------
        BadFile
            When one column of a step is longer than another.
        """
        return np.array(self._source.counts(self._positions), dtype=np.int64)

    @property
    def nbytes(self) -> int:
        """Bytes of all columns of all these steps."""
        row = sum(self._source.dtype(name).itemsize for name in self.columns)
        return int(self.counts.sum()) * row

    @property
    def val_si(self) -> ParticlesSeries:
        """The same particles in SI.

        Raises
        ------
        DataError
            When the run has no conversion key.
        """
        require_units(self._source)
        return ParticlesSeries(self._source.in_units(use_si=True), self._positions)

    @property
    def val_emses(self) -> ParticlesSeries:
        """The same particles in EMSES units."""
        return ParticlesSeries(self._source.in_units(use_si=False), self._positions)

    def available_components(self) -> tuple[str, ...]:
        """Return `columns`."""
        return self.columns

    @execution.recordable
    def hist(
        self,
        name: str,
        bins: Any = binning.DEFAULT_BINS,
        range: Any = None,
        weights: str | None = None,
        where: Mapping[str, Any] | None = None,
        use_si: bool | None = None,
    ) -> Histogram:
        """Count the particles of all these steps by one quantity, block by block.

        Counts and edges are those that `numpy.histogram` gives for all of them at once. Particles
        that are absent (NaN) are not counted.

        Parameters
        ----------
        name : str
            A column, ``"speed"``, or ``"energy"`` (in eV, of one elementary charge).
        bins : int or array_like
            Number of bins, or their edges.
        range : (float, float), optional
            Lowest and highest edge; by default the extent of the particles, which takes a pass
            over them.
        weights : str, optional
            A quantity that each particle counts, in place of 1.
        where : mapping of str to (float, float), optional
            Count only particles within these ranges, ends included: ``{"x": (0.01, 0.02)}``.
        use_si : bool, optional
            False for EMSES units; by default those of the table.

        Returns
        -------
        Histogram
            ``counts, edges = histogram``, ``histogram.plot()``.

        Raises
        ------
        UnknownField
            When there is no such quantity.
        BadOption
            When bins, range, weights or where cannot be used.
        BadFile
            When a file is damaged: it names file, step and column.
        """
        return binning.histogram(
            self._selection(use_si),
            name,
            bins=bins,
            range=range,
            weights=weights,
            where=where,
            title=self._title(),
        )

    @execution.recordable
    def hist2d(
        self,
        x: str,
        y: str,
        bins: Any = binning.DEFAULT_BINS,
        range: Any = None,
        weights: str | None = None,
        where: Mapping[str, Any] | None = None,
        use_si: bool | None = None,
    ) -> Histogram2D:
        """Count the particles of all these steps by two quantities: a map of phase space.

        Parameters
        ----------
        x, y : str
            As ``name`` of `hist`.
        bins : int, array_like or pair of these
            Number of bins, or their edges; a pair has one for each axis.
        range : ((float, float) or None, (float, float) or None), optional
            Of each axis; None takes it from the particles.
        weights, where, use_si
            As for `hist`.

        Returns
        -------
        Histogram2D
            ``counts, x_edges, y_edges = histogram``, ``histogram.plot(log=True)``.
        """
        return binning.histogram2d(
            self._selection(use_si),
            (x, y),
            bins=bins,
            range=range,
            weights=weights,
            where=where,
            title=self._title(),
        )

    def moments(
        self, where: Mapping[str, Any] | None = None, use_si: bool | None = None
    ) -> pd.DataFrame:
        """Return number, mean velocity and temperature in each step, computed in blocks.

        Parameters
        ----------
        where, use_si
            As for `hist`.

        Returns
        -------
        pandas.DataFrame
            One row per output step: ``t``; ``count``; means ``vx``, ``vy``, ``vz``; their standard
            deviations ``std_vx``, …; temperatures ``Tx``, ``Ty``, ``Tz`` along the axes and their
            mean ``T`` [eV], of particles of one elementary charge, where the parameters give the
            mass. ``table.attrs["units"]`` has the units. NaN where a step has no particles.
        """
        return moments.moments(self._selection(use_si), where)

    def close(self) -> None:
        """Do nothing: no file is left open."""

    def __enter__(self) -> ParticlesSeries:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __getattr__(self, name: str) -> ParticleDataSeries:
        # Without its source it is being unpickled.
        if name in COLUMNS and "_source" in self.__dict__:
            return self._column(name)
        raise AttributeError(
            f"'ParticlesSeries' object has no attribute {name!r}; columns are {', '.join(COLUMNS)}."
        )

    def __dir__(self) -> list[str]:
        return sorted([*super().__dir__(), *self.columns])

    @overload
    def __getitem__(self, key: int) -> ParticleSnapshot: ...

    @overload
    def __getitem__(self, key: str) -> ParticleDataSeries: ...

    @overload
    def __getitem__(self, key: slice | Sequence[int]) -> ParticlesSeries: ...

    def __getitem__(self, key: Any) -> Any:
        if isinstance(key, str):
            return self._column(key)
        if isinstance(key, slice):
            return ParticlesSeries(self._source, self._positions[key])
        if isinstance(key, (list, np.ndarray)):
            chosen = tuple(checked_position(self._positions, item, self.name) for item in key)
            return ParticlesSeries(self._source, chosen)
        position = checked_position(self._positions, key, self.name)
        return ParticleSnapshot(self._source, position)

    def __iter__(self) -> Iterator[ParticleSnapshot]:
        return (ParticleSnapshot(self._source, position) for position in self._positions)

    def __len__(self) -> int:
        return len(self._positions)

    def __repr__(self) -> str:
        counts = self.counts
        if not len(counts):
            return f"<ParticlesSeries {self.name}: no steps>"
        fewest, most = counts.min(), counts.max()
        number = f"{fewest:,}" if fewest == most else f"{fewest:,} to {most:,}"
        return (
            f"<ParticlesSeries {self.name}: {len(self)} steps of {number} particles; "
            f"{', '.join(self.columns)}; lazy, {format_bytes(self.nbytes)}>"
        )

    def _column(self, name: str) -> ParticleDataSeries:
        if name not in self.columns:
            raise UnknownField(
                f"Species {self.species} has no column {name!r}: {self._source.directory} has the "
                f"files of {', '.join(self.columns)}."
            )
        return ParticleDataSeries(self._source, name, self._positions)

    def _selection(self, use_si: bool | None) -> Selection:
        source = self._source if use_si is None else self._source.in_units(use_si=use_si)
        return Selection(source, self._positions)

    def _title(self) -> str:
        return step_title(self._source, self._positions)
