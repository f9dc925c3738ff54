"""Recipe of a species' particles: what has to be known to read them, and nothing of their data.

Each column of a species is one HDF5 file per directory, which holds one group with one dataset per
output step. The number of particles differs from step to step.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import chain
from typing import Any

import numpy as np

from emout_lab.emses.hdf5 import open_hdf5
from emout_lab.emses.units import EMSES_UNIT, GRID_UNIT, Unit, Units
from emout_lab.errors import BadFile, UnknownField

Array = np.ndarray[Any, Any]

#: Columns of a table, in this order: positions, velocities, the number by which one is traced.
COLUMNS = ("x", "y", "z", "vx", "vy", "vz", "tid")
POSITIONS = COLUMNS[:3]
VELOCITIES = COLUMNS[3:6]


@dataclass(frozen=True)
class ColumnFile:
    """The file of one column.

    Parameters
    ----------
    path : str
        HDF5 file.
    group : str
        Group of the datasets in the file.
    prefix : str
        What stands before the number in the name of a dataset.
    dtype : str
        Data type of the datasets.
    """

    path: str
    group: str
    prefix: str
    dtype: str

    def dataset(self, number: int) -> str:
        """Name of the dataset of an output step."""
        return f"{self.group.rstrip('/')}/{self.prefix}{number:04d}"


@dataclass(frozen=True)
class Segment:
    """The output steps that one set of files holds, a file per column.

    Parameters
    ----------
    files : tuple of ColumnFile
        In the order of the columns of the source.
    steps : sequence of int
        Number of each output step.
    start : float
        Time of step 0 in EMSES units.
    interval : float
        Time from one output step to the next in EMSES units, or 1 where it is not known.
    """

    files: tuple[ColumnFile, ...]
    steps: Sequence[int]
    start: float = 0.0
    interval: float = 1.0

    def time(self, number: int) -> float:
        """Time of an output step in EMSES units."""
        return self.start + number * self.interval


@dataclass(frozen=True)
class StepColumn:
    """One column of one output step: where it is, and what it is in.

    Parameters
    ----------
    label : str
        What the code calls it, such as ``"p1[3].vx"``.
    name : str
        Name of the column.
    number : int
        Number of the output step.
    path, dataset : str
        Where it is.
    count : int
        Number of particles.
    dtype : str
        Data type in the file, which it keeps.
    unit : Unit or None
        To convert it to; None leaves it as it is.
    """

    label: str
    name: str
    number: int
    path: str
    dataset: str
    count: int
    dtype: str
    unit: Unit | None


@dataclass(frozen=True)
class ParticleSource:
    """All that is needed to read the particles of one species; this is what its tables pickle as.

    Parameters
    ----------
    species : int
        Counted from 1.
    directory : str
        Of the first files.
    columns : tuple of str
        Those that have files, in the order of `COLUMNS`.
    segments : tuple of Segment
        Where the steps are, in the order of time.
    has_times : bool
        Whether the parameters say at which time a step is; otherwise steps are counted.
    units : Units or None
        None without a conversion key.
    is_si : bool
        Whether values are converted to SI.
    charge_to_mass : float or None
        Of the species in EMSES units, for energies.
    policy : str or None
        The run's own local-data policy.
    is_granted : bool
        Whether it was taken where a block let this process read it.
    """

    species: int
    directory: str
    columns: tuple[str, ...]
    segments: tuple[Segment, ...]
    has_times: bool = False
    units: Units | None = None
    is_si: bool = True
    charge_to_mass: float | None = None
    policy: str | None = field(default=None, compare=False)
    is_granted: bool = field(default=False, compare=False)

    @property
    def name(self) -> str:
        """What the code calls it."""
        return f"p{self.species}"

    @property
    def steps(self) -> int:
        """Number of output steps."""
        return sum(len(segment.steps) for segment in self.segments)

    @property
    def is_converted(self) -> bool:
        """Whether values really come in SI."""
        return self.is_si and self.units is not None

    def in_units(self, *, use_si: bool) -> ParticleSource:
        """Return the same particles in SI or in EMSES units."""
        return self if use_si == self.is_si else replace(self, is_si=use_si)

    def locate(self, position: int) -> tuple[Segment, int]:
        """Return the segment that holds a step, and the step's number in it."""
        for segment in self.segments:
            if position < len(segment.steps):
                return segment, segment.steps[position]
            position -= len(segment.steps)
        raise IndexError(f"{self.name} has no output step {position}.")

    @cached_property
    def numbers(self) -> Array:
        """Number of each output step in its file."""
        return np.fromiter(chain.from_iterable(s.steps for s in self.segments), dtype=np.int64)

    def times(self) -> Array:
        """Time of each output step: in SI or EMSES units, or its number where it is not known."""
        found = np.array([s.time(number) for s in self.segments for number in s.steps], float)
        if self.units is None or not (self.has_times and self.is_si):
            return found
        return found * self.units.t.factor

    @property
    def time_unit(self) -> str:
        """Unit of the times."""
        if not self.has_times:
            return "step"
        return "s" if self.is_converted else EMSES_UNIT

    def unit(self, column: str) -> Unit | None:
        """Return the unit of a column with its conversion; None where it has none."""
        if self.units is None or column not in POSITIONS + VELOCITIES:
            return None
        return self.units.length if column in POSITIONS else self.units.v

    def unit_text(self, column: str) -> str:
        """Return the unit that the values of a column come in; empty for a number."""
        unit = self.unit(column)
        if unit is not None and self.is_si:
            return unit.unit
        return {**dict.fromkeys(POSITIONS, GRID_UNIT), "tid": ""}.get(column, EMSES_UNIT)

    def dtype(self, column: str) -> np.dtype[Any]:
        """Return the data type of a column."""
        return np.dtype(self.segments[0].files[self._index(column)].dtype)

    def column(self, position: int, column: str) -> StepColumn:
        """Return one column of one step; reads the length of it."""
        (count,) = self.lengths(column, [position])
        segment, number = self.locate(position)
        file = segment.files[self._index(column)]
        return StepColumn(
            label=f"{self.name}[{position}].{column}",
            name=column,
            number=number,
            path=file.path,
            dataset=file.dataset(number),
            count=count,
            dtype=file.dtype,
            unit=self.unit(column) if self.is_si else None,
        )

    def counts(self, positions: Sequence[int], columns: Sequence[str] | None = None) -> list[int]:
        """Return how many particles each step has; all columns have to agree.

        Raises
        ------
        BadFile
            When one column of a step is longer than another.
        """
        names = tuple(columns or self.columns)
        first = self.lengths(names[0], positions)
        for name in names[1:]:
            found = self.lengths(name, positions)
            for position, one, other in zip(positions, first, found, strict=True):
                if one != other:
                    self._refuse_lengths(position)
        return first

    def lengths(self, column: str, positions: Sequence[int]) -> list[int]:
        """Return the length of a column in each step, from the headers; each is read once.

        Raises
        ------
        BadFile
            When a step of it is damaged or no column.
        """
        index = self._index(column)
        missing: dict[str, list[tuple[int, str]]] = {}
        for position in positions:
            if (column, position) not in self._known:
                segment, number = self.locate(position)
                file = segment.files[index]
                missing.setdefault(file.path, []).append((position, file.dataset(number)))
        for path, wanted in missing.items():
            for position, length in _lengths_in(path, wanted, column):
                self._known[column, position] = length
        return [self._known[column, position] for position in positions]

    @cached_property
    def _known(self) -> dict[tuple[str, int], int]:
        return {}

    def __getstate__(self) -> dict[str, Any]:
        # Lengths are read again where it arrives: of a file that grows they may be others.
        return {name: value for name, value in self.__dict__.items() if name != "_known"}

    def _index(self, column: str) -> int:
        if column not in self.columns:
            raise UnknownField(
                f"Species {self.species} has no column {column!r}: there is no file "
                f"{self.name}{column}e*.h5 in {self.directory}. It has {', '.join(self.columns)}."
            )
        return self.columns.index(column)

    def _refuse_lengths(self, position: int) -> None:
        """Name the column that is unlike the others."""
        lengths = {name: self.lengths(name, [position])[0] for name in self.columns}
        (usual, _), *_ = Counter(lengths.values()).most_common()
        odd = next(name for name, length in lengths.items() if length != usual)
        segment, number = self.locate(position)
        raise BadFile(
            f"Column {odd} of output step {number:04d} of species {self.species} has "
            f"{lengths[odd]:,} particles in {segment.files[self._index(odd)].path}, and other "
            f"columns have {usual:,}: the file is damaged, or is being written. Leave the step "
            f"out, such as data.{self.name}[:{position}], or the column."
        )


def _lengths_in(
    path: str, wanted: Sequence[tuple[int, str]], column: str
) -> Iterator[tuple[int, int]]:
    with open_hdf5(path) as file:
        for position, name in wanted:
            try:
                shape = file[name].shape
            except (OSError, KeyError, RuntimeError, AttributeError) as error:
                raise BadFile(
                    f"Output step {name.rpartition('/')[2]} of column {column} in {path} cannot be "
                    f"read: {error}. The file is damaged, or the simulation is writing it anew."
                ) from error
            if len(shape) != 1:
                raise BadFile(
                    f"Output step {name.rpartition('/')[2]} of column {column} in {path} has shape "
                    f"{shape}, a column of particles has one dimension: it is another file."
                )
            yield position, int(shape[0])
