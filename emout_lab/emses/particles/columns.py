"""One column of particles: of one output step, and of all."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, overload

import numpy as np
from numpy.lib.mixins import NDArrayOperatorsMixin

from emout_lab.emses import execution
from emout_lab.emses.particles import binning
from emout_lab.emses.particles.blocks import Selection
from emout_lab.emses.particles.histograms import Histogram
from emout_lab.emses.particles.reading import values_of
from emout_lab.emses.particles.rows import Rows, chosen, index_of
from emout_lab.emses.particles.source import ParticleSource
from emout_lab.emses.particles.steps import checked_position, require_units, step_title
from emout_lab.emses.units import Unit
from emout_lab.format import format_bytes

if TYPE_CHECKING:
    import pandas as pd

Array = np.ndarray[Any, Any]


class ParticleData(NDArrayOperatorsMixin):
    """One column of one output step, a lazy array with one value per particle.

    Values are in SI where the run has a conversion key, else in EMSES units; NaN where EMSES writes
    that there is no particle (-9999). They are read when they are needed. NumPy takes it as an
    array, and operators give plain arrays: ``step[step.vx > 0]``.

    Parameters
    ----------
    source : ParticleSource
        Of the species.
    position : int
        Of the output step.
    column : str
        Name of the column.
    rows : range or ndarray of int, optional
        Which particles; all by default.
    values : ndarray, optional
        The values, where they are in memory.
    """

    def __init__(
        self,
        source: ParticleSource,
        position: int,
        column: str,
        rows: Rows | None = None,
        values: Array | None = None,
    ) -> None:
        self._source = source
        self._position = position
        self._column = column
        self._given = rows
        self._values = values

    @property
    def name(self) -> str:
        """Name of the column."""
        return self._column

    @property
    def units(self) -> str:
        """Unit of the values as text; empty for a plain number."""
        return self._source.unit_text(self._column)

    @property
    def valunit(self) -> Unit | None:
        """Unit of the values with its conversion (``trans``, ``reverse``), or None."""
        return self._source.unit(self._column)

    @property
    def rows(self) -> Rows:
        """Which particles of the step."""
        if self._given is None:
            return range(self._source.lengths(self._column, [self._position])[0])
        return self._given

    @property
    def shape(self) -> tuple[int]:
        """Number of particles; reads the header."""
        return (len(self.rows),)

    @property
    def size(self) -> int:
        """Number of particles."""
        return len(self.rows)

    ndim = 1

    @property
    def dtype(self) -> np.dtype[Any]:
        """Data type of the values."""
        return self._source.dtype(self._column)

    @property
    def nbytes(self) -> int:
        """Bytes that the values take once they are in memory."""
        return self.size * self.dtype.itemsize

    @property
    def is_lazy(self) -> bool:
        """Whether the values are still in the file."""
        return self._values is None

    @property
    def values(self) -> Array:
        """The values as an array; read now unless in memory."""
        if self._values is not None:
            return self._values
        source = self._source
        column = source.column(self._position, self._column)
        (values,) = values_of(
            [column], self.rows, column.label, policy=source.policy, is_granted=source.is_granted
        )
        return values

    @property
    def val_si(self) -> ParticleData:
        """The column in SI.

        Raises
        ------
        DataError
            When the run has no conversion key.
        """
        require_units(self._source)
        return self._in_units(use_si=True)

    @property
    def val_emses(self) -> ParticleData:
        """The column in EMSES units."""
        return self._in_units(use_si=False)

    def compute(self) -> ParticleData:
        """Return the same column with its values in memory."""
        if not self.is_lazy:
            return self
        return ParticleData(
            self._source, self._position, self._column, self._given, values=self.values
        )

    def to_numpy(self) -> Array:
        """Return `values`."""
        return self.values

    def to_series(self, index: Any = None) -> pd.Series[Any]:
        """Return a `pandas.Series`."""
        import pandas as pd  # noqa: PLC0415 - loaded by few

        return pd.Series(self.values, index=index, name=self.name)

    @execution.recordable
    def hist(
        self, bins: Any = binning.DEFAULT_BINS, range: Any = None, weights: Any = None
    ) -> Histogram:
        """Count the particles by this column; parameters as for `ParticlesSeries.hist`."""
        selection = Selection(self._source, [self._position], self.rows)
        title = step_title(self._source, [self._position])
        return binning.histogram(
            selection, self._column, bins=bins, range=range, weights=weights, title=title
        )

    @execution.recordable
    def plot(self, *args: Any, **kwargs: Any) -> Any:
        """Draw the values with pandas: ``plot(kind="hist")``; options as for `Series.plot`."""
        kwargs.setdefault("ylabel", f"{self.name} [{self.units}]" if self.units else self.name)
        kwargs.setdefault("xlabel", "particle")
        return self.to_series().plot(*args, **kwargs)

    @overload
    def __getitem__(self, key: int) -> Any: ...

    @overload
    def __getitem__(self, key: slice | Sequence[Any] | Array) -> ParticleData: ...

    def __getitem__(self, key: Any) -> Any:
        is_one = isinstance(key, (int, np.integer)) and not isinstance(key, bool)
        label = f"{self._source.name}[{self._position}].{self._column}"
        wanted = index_of([key] if is_one else key)
        rows = chosen(self.rows, wanted, label)
        values = None if self._values is None else self._values[wanted]
        part = ParticleData(self._source, self._position, self._column, rows, values)
        return part.values[0] if is_one else part

    def __len__(self) -> int:
        return self.size

    def __iter__(self) -> Iterator[Any]:
        return iter(self.values)

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> Array:
        values = self.values
        if dtype is not None and values.dtype != dtype:
            return values.astype(dtype)
        return values.copy() if copy and not self.is_lazy else values

    def __array_ufunc__(self, ufunc: Any, method: str, *inputs: Any, **kwargs: Any) -> Any:
        plain = (item.values if isinstance(item, ParticleData) else item for item in inputs)
        return getattr(ufunc, method)(*plain, **kwargs)

    def __repr__(self) -> str:
        unit = f" [{self.units}]" if self.units else ""
        state = f"lazy, {format_bytes(self.nbytes)}" if self.is_lazy else "in memory"
        place = f"{self._source.name}[{self._position}].{self.name}"
        return f"<ParticleData {place}{unit}: {self.size:,} particles, {self.dtype}, {state}>"

    def __sizeof__(self) -> int:
        return object.__sizeof__(self) + (0 if self.is_lazy else self.nbytes)

    def _in_units(self, *, use_si: bool) -> ParticleData:
        source = self._source.in_units(use_si=use_si)
        if source is self._source:
            return self
        values = None
        unit = self.valunit
        if self._values is not None:
            values = self._values
            if unit is not None:
                values = unit.reverse(values) if use_si else unit.trans(values)
        return ParticleData(source, self._position, self._column, self._given, values)


@dataclass(frozen=True)
class ParticleDataSeries:
    """One column of all output steps: ``series[-1]`` is that of the last.

    Parameters
    ----------
    source : ParticleSource
        Of the species.
    column : str
        Name of the column.
    positions : range or tuple of int
        The steps.
    """

    source: ParticleSource
    column: str
    positions: Sequence[int]

    @property
    def name(self) -> str:
        """Name of the column."""
        return self.column

    @property
    def units(self) -> str:
        """Unit of the values as text."""
        return self.source.unit_text(self.column)

    @property
    def valunit(self) -> Unit | None:
        """Unit of the values with its conversion, or None."""
        return self.source.unit(self.column)

    @property
    def counts(self) -> Array:
        """Number of particles in each step; reads the headers."""
        return np.array(self.source.lengths(self.column, self.positions), dtype=np.int64)

    @property
    def val_si(self) -> ParticleDataSeries:
        """The same in SI."""
        require_units(self.source)
        return replace(self, source=self.source.in_units(use_si=True))

    @property
    def val_emses(self) -> ParticleDataSeries:
        """The same in EMSES units."""
        return replace(self, source=self.source.in_units(use_si=False))

    @execution.recordable
    def hist(
        self,
        bins: Any = binning.DEFAULT_BINS,
        range: Any = None,
        weights: str | None = None,
        where: Mapping[str, Any] | None = None,
    ) -> Histogram:
        """Count the particles of all these steps; parameters as for `ParticlesSeries.hist`."""
        return binning.histogram(
            Selection(self.source, self.positions),
            self.column,
            bins=bins,
            range=range,
            weights=weights,
            where=where,
            title=step_title(self.source, self.positions),
        )

    def __len__(self) -> int:
        return len(self.positions)

    @overload
    def __getitem__(self, key: int) -> ParticleData: ...

    @overload
    def __getitem__(self, key: slice | Sequence[int]) -> list[ParticleData]: ...

    def __getitem__(self, key: Any) -> Any:
        if isinstance(key, slice):
            return [self._at(position) for position in self.positions[key]]
        if isinstance(key, (list, np.ndarray)):
            return [self[int(item)] for item in key]
        return self._at(checked_position(self.positions, key, f"{self.source.name}.{self.column}"))

    def __iter__(self) -> Iterator[ParticleData]:
        return map(self._at, self.positions)

    def __repr__(self) -> str:
        unit = f" [{self.units}]" if self.units else ""
        return (
            f"<ParticleDataSeries {self.source.name}.{self.column}{unit}: {len(self)} steps, "
            f"{int(self.counts.sum()):,} particles>"
        )

    def _at(self, position: int) -> ParticleData:
        return ParticleData(self.source, position, self.column)
