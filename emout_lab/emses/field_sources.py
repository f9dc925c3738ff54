"""Recipes of fields: what has to be known to read one, and nothing of its data.

Every field is one HDF5 file per directory that holds one group with one dataset per output step. A
lazy array pickles as its recipe, so it travels between processes without its data.
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from itertools import chain
from typing import Any

import h5py
import numpy as np
import xarray as xr

from emout_lab.emses.open_files import shared
from emout_lab.emses.parameters import Parameters, read_parameters
from emout_lab.emses.policy import is_granted
from emout_lab.emses.relocation import shifts_of
from emout_lab.emses.run_directory import RunDirectory
from emout_lab.emses.units import EMSES_UNIT, GRID_UNIT, Unit, Units, describe_field, field_unit
from emout_lab.errors import BadFile
from emout_lab.policies import RAISE, SKIP

#: Dimensions of every grid field.
DIMS = ("t", "z", "y", "x")
#: Attributes of a coordinate in a unit of the user's: what one EMSES unit is in it, and that unit.
EMSES_FACTOR, EMSES_TEXT = "emses_factor", "emses_unit"

#: What HDF5 and h5py raise about a damaged object.
DAMAGED = (OSError, KeyError, RuntimeError)


@dataclass(frozen=True)
class Segment:
    """The output steps of a field that lie in one file.

    Parameters
    ----------
    path : str
        HDF5 file.
    group : str
        Group of the datasets in the file.
    steps : sequence of int
        Number of each output step; the datasets are named after them ("0000", "0001", …).
    start : float
        Time of the step 0 of this file in EMSES units.
    interval : float
        Time from one output step to the next in EMSES units, or 1 where it is not known.
    """

    path: str
    group: str
    steps: Sequence[int]
    start: float = 0.0
    interval: float = 1.0

    def time(self, step: int) -> float:
        """Time of an output step in EMSES units."""
        return self.start + step * self.interval


@dataclass(frozen=True)
class FieldSource:
    """All that is needed to read one field: the recipe that a lazy array pickles as.

    Parameters
    ----------
    name : str
        Field name.
    segments : tuple of Segment
        Where the steps are, in the order of time.
    grid : tuple of int
        Shape (nz + 1, ny + 1, nx + 1) of one step.
    dtype : str
        Data type of the datasets.
    has_times : bool
        Whether the parameters say at which time a step is; otherwise steps are counted.
    units : Units or None
        Conversion to SI; None leaves everything in EMSES units.
    unit : Unit or None
        Unit of the values; None leaves them as they are in the file.
    time_unit : Unit or None
        Unit of the times where they are not in SI, see `emout_lab.emses.unit_names`.
    shifts : tuple of (int, str)
        How the values are brought to the grid points, see `emout_lab.emses.relocation`.
    policy : str or None
        The run's own local-data policy.
    is_granted : bool
        Whether it was taken where a block let this process read it.
    bad_steps : {"raise", "skip"}
        Whether a step that cannot be read is an error, or is NaN with a warning.
    """

    name: str
    segments: tuple[Segment, ...]
    grid: tuple[int, ...]
    dtype: str
    has_times: bool = False
    units: Units | None = None
    unit: Unit | None = None
    shifts: tuple[tuple[int, str], ...] = ()
    description: str = field(default="", compare=False)
    policy: str | None = field(default=None, compare=False)
    is_granted: bool = field(default=False, compare=False)
    bad_steps: str = RAISE
    time_unit: Unit | None = None

    @property
    def path(self) -> str:
        """The (first) HDF5 file."""
        return self.segments[0].path

    @property
    def shape(self) -> tuple[int, ...]:
        """Shape (t, z, y, x)."""
        return (sum(len(segment.steps) for segment in self.segments), *self.grid)

    def truncated(self, count: int) -> FieldSource:
        """Return the same field with its first `count` steps only."""
        kept, left = [], count
        for segment in self.segments:
            kept.append(replace(segment, steps=segment.steps[:left]))
            left = max(0, left - len(segment.steps))
        return replace(self, segments=tuple(item for item in kept if len(item.steps)))

    def to_emses_units(self) -> FieldSource:
        """Return the same field without conversion."""
        return replace(self, units=None, unit=None, time_unit=None)

    def attributes(self) -> dict[str, str]:
        """Attributes of the variable: ``units`` and ``long_name``."""
        return {
            "units": self.unit.unit if self.unit else EMSES_UNIT,
            "long_name": self.description or self.name,
        }

    def coordinates(self) -> dict[str, xr.Variable]:
        """Coordinates t, z, y, x in SI, or in EMSES units without a conversion key."""
        spacing = self.units.length.factor if self.units else 1.0
        unit = self.units.length.unit if self.units else GRID_UNIT
        coordinates = {
            dim: xr.Variable((dim,), np.arange(size) * spacing, {"units": unit, "long_name": dim})
            for dim, size in zip(DIMS[1:], self.grid, strict=True)
        }
        times = np.array(
            list(chain.from_iterable(map(item.time, item.steps) for item in self.segments))
        )
        if self.time_unit is not None:
            unit = EMSES_UNIT if self.has_times else "step"
            factor = self.time_unit.factor
            attributes = {"units": self.time_unit.unit, "long_name": self.time_unit.name or "time"}
            own = {**attributes, EMSES_FACTOR: factor, EMSES_TEXT: unit}
            coordinates["t"] = xr.Variable(("t",), times * factor, own)
        elif not self.has_times:
            attributes = {"units": "step", "long_name": "output step"}
            coordinates["t"] = xr.Variable(("t",), times, attributes)
        else:
            scale = self.units.t.factor if self.units else 1.0
            unit = self.units.t.unit if self.units else EMSES_UNIT
            attributes = {"units": unit, "long_name": "time"}
            coordinates["t"] = xr.Variable(("t",), times * scale, attributes)
        return coordinates


def find_field(
    run: RunDirectory,
    name: str,
    parameters: Parameters,
    policy: str | None = None,
    bad_steps: str = RAISE,
) -> FieldSource:
    """Read the headers of a field's files.

    Parameters
    ----------
    run : RunDirectory
        Files of the run; its continuations follow in time.
    name : str
        Field name. ``rex``, ``rby``, … without a file of their own are ``ex``, ``by``, … at the
        grid points.
    parameters : Parameters
        For the units and the output interval.
    policy : str, optional
        The run's own local-data policy.
    bad_steps : {"raise", "skip"}
        What becomes of steps that cannot be read.

    Raises
    ------
    BadFile
        When a file is damaged or holds no output step, or the grid changes along time.
    """
    stored = name
    shifts: tuple[tuple[int, str], ...] = ()
    if not run.field_path(name).exists() and run.relocatable(name):
        stored = name[1:]
        types = parameters.get("mtd_vbnd")
        shifts = shifts_of(stored, types if isinstance(types, list) else None)
    interval = output_interval(stored, parameters)
    path = str(run.field_path(stored))
    segment, grid, dtype = _read_header(path, interval or 1.0, bad_steps)
    unit = field_unit(
        name,
        parameters.units,
        plasma_frequency=first_item(parameters, "wp"),
        charge_to_mass=first_item(parameters, "qm") or -1.0,
    )
    return FieldSource(
        name=name,
        segments=(segment, *_continued(run, stored, parameters, segment, grid, bad_steps)),
        grid=grid,
        dtype=dtype.str,
        has_times=interval is not None,
        units=parameters.units,
        # Integers stay as they are; EMSES writes its fields as floating-point numbers.
        unit=unit if dtype.kind == "f" else None,
        shifts=shifts,
        description=describe_field(name)[1],
        policy=policy,
        is_granted=is_granted(),
        bad_steps=bad_steps,
    )


def _continued(
    run: RunDirectory,
    name: str,
    parameters: Parameters,
    last: Segment,
    grid: tuple[int, ...],
    bad_steps: str,
) -> Iterable[Segment]:
    """Segments of the continuations, up to the first that has not written the field yet."""
    for directory in run.continued:
        path = directory.field_path(name)
        if not path.exists():
            return
        own = parameters
        if directory.input_path != run.input_path:
            own = read_parameters(directory.input_path)
        interval = output_interval(name, own) or last.interval
        segment, its_grid, _ = _read_header(str(path), interval, bad_steps)
        if its_grid != grid:
            raise BadFile(
                f"{path} has a grid of {its_grid}, {last.path} one of {grid}: it does not continue "
                "the run. Open it alone, or leave it out: Emout(..., append_directories=[])."
            )
        numbers, end = segment.steps, last.steps[-1]
        if numbers[0] > end and last.interval == interval:
            # Its numbers go on where those of the run before end.
            start = last.start
        else:
            # Its first step repeats the last one of the run before.
            start = last.time(end) - numbers[0] * interval
            numbers = numbers[1:]
        last = replace(segment, steps=numbers, start=start)
        if not numbers:
            return
        yield last


def _read_header(
    path: str, interval: float, bad_steps: str
) -> tuple[Segment, tuple[int, ...], np.dtype[Any]]:
    """Read which steps a file holds, and their shape and type."""
    with shared(path).acquired() as file:
        try:
            group = next(filter(_holds_steps, file.values()), None)
            steps = _complete_steps(path, group, bad_steps)
            first = _first_step(path, group, steps, bad_steps)
        except BadFile:
            raise
        except DAMAGED as error:
            raise BadFile(f"{path} is damaged: {error}.") from error
        if group is None or first is None:
            raise BadFile(f"{path} holds no output step yet. Has the run written its first output?")
        shape = first.shape if isinstance(first, h5py.Dataset) else ()
        if len(shape) != len(DIMS) - 1:
            raise BadFile(
                f"{path} is not a grid field: its steps have shape {shape}, not (z, y, x)."
            )
        segment = Segment(path, group.name, steps, interval=interval)
        # Whatever the file has, values come in the byte order of the machine.
        return segment, tuple(first.shape), first.dtype.newbyteorder("=")


def _first_step(path: str, group: Any, steps: Sequence[int], bad_steps: str) -> Any:
    """Open the first step, or the first that is not damaged where damaged ones are skipped."""
    found = (_open_step(path, group, number, bad_steps) for number in steps)
    return next((dataset for dataset in found if dataset is not None), None)


def _open_step(path: str, group: Any, number: int, bad_steps: str) -> Any:
    """Open a step; None where it is damaged, and such steps are skipped."""
    try:
        return group[step_name(number)]
    except DAMAGED as error:
        if bad_steps == SKIP:
            return None
        raise BadFile(
            f"Output step {step_name(number)} of {path} is damaged: {error}. Read such steps as "
            'NaN: Emout(..., bad_steps="skip").'
        ) from error


def _complete_steps(path: str, group: Any, bad_steps: str) -> Sequence[int]:
    """Numbers of the steps that are written: a range where none is missing, which is lighter."""
    if group is None:
        return ()
    numbers = sorted(int(name) for name in group if _is_step(name))
    unwritten: list[int] = []
    while numbers and _is_unwritten(_open_step(path, group, numbers[-1], bad_steps)):
        unwritten.insert(0, numbers.pop())
    if unwritten:
        names = ", ".join(map(step_name, unwritten))
        warnings.warn(
            f"{path} is being written: output step {names} is not complete and is left out; "
            f"{len(numbers)} before it can be read.",
            UserWarning,
            stacklevel=2,
        )
    if numbers == list(range(len(numbers))):
        return range(len(numbers))
    return tuple(numbers)


def _is_unwritten(dataset: Any) -> bool:
    # A dataset that was created but has no storage reads as zeros, which would pass for data.
    is_dataset = isinstance(dataset, h5py.Dataset)
    return is_dataset and bool(dataset.size) and not dataset.id.get_storage_size()


def _holds_steps(item: Any) -> bool:
    return isinstance(item, h5py.Group) and any(map(_is_step, item))


def _is_step(name: str) -> bool:
    return name.isascii() and name.isdigit() and name == step_name(int(name))


def step_name(number: int) -> str:
    """Return the name of an output step's dataset.

    Examples
    --------
    >>> step_name(7), step_name(12345)
    ('0007', '12345')
    """
    return f"{number:04d}"


def first_item(parameters: Parameters, name: str) -> float | None:
    """First item of a per-species parameter, or None."""
    value = parameters.get(name)
    item = value[0] if isinstance(value, list) and value else value
    return float(item) if isinstance(item, (int, float)) else None


def output_interval(name: str, parameters: Parameters) -> float | None:
    """Time between two output steps in EMSES units, or None when the parameters do not say."""
    steps = None
    if name.startswith("j"):
        steps = first_item(parameters, "ijdiag")
    steps = steps or first_item(parameters, "ifdiag")
    dt = first_item(parameters, "dt")
    return steps * dt if steps and dt and math.isfinite(steps * dt) else None
