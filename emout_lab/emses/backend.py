"""EMSES output as xarray: ``xarray.open_dataset(directory, engine="emses")``.

Every field is one HDF5 file that holds one group with one dataset per output step. Nothing but the
header of a file is read when it is opened; a slice reads its hyperslab and nothing else. Lazy
arrays pickle as recipes (path, steps, index), so they travel between processes without their data.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, ClassVar

import h5py
import numpy as np
import xarray as xr
from xarray.backends import BackendArray, BackendEntrypoint, CachingFileManager
from xarray.core import indexing

from emout_lab.config import checked_policy
from emout_lab.emses.directory import RunDirectory, find_run
from emout_lab.emses.hdf5 import open_hdf5
from emout_lab.emses.parameters import PARAMETER_FILES, Parameters, read_parameters
from emout_lab.emses.reading import read_elsewhere, slab_shape
from emout_lab.emses.units import EMSES_UNIT, GRID_UNIT, Unit, Units, describe_field, field_unit
from emout_lab.errors import BadFile

#: Dimensions of every grid field.
DIMS = ("t", "z", "y", "x")


@dataclass(frozen=True)
class FieldSource:
    """All that is needed to read one field: the recipe that a lazy array pickles as.

    Parameters
    ----------
    path : str
        HDF5 file.
    name : str
        Field name.
    group : str
        Group of the datasets in the file.
    steps : sequence of int
        Number of each output step; the datasets are named after them ("0000", "0001", …).
    grid : tuple of int
        Shape (nz + 1, ny + 1, nx + 1) of one step.
    dtype : str
        Data type of the datasets.
    interval : float or None
        Time from one output step to the next, in EMSES units; None when it is not known.
    units : Units or None
        Conversion to SI; None leaves everything in EMSES units.
    unit : Unit or None
        Unit of the values; None leaves them as they are in the file.
    policy : str or None
        The run's own local-data policy.
    """

    path: str
    name: str
    group: str
    steps: Sequence[int]
    grid: tuple[int, ...]
    dtype: str
    interval: float | None = None
    units: Units | None = None
    unit: Unit | None = None
    description: str = field(default="", compare=False)
    policy: str | None = field(default=None, compare=False)

    @property
    def shape(self) -> tuple[int, ...]:
        """Shape (t, z, y, x)."""
        return (len(self.steps), *self.grid)

    def to_emses_units(self) -> FieldSource:
        """Return the same field without conversion."""
        return replace(self, units=None, unit=None)

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
        steps = np.asarray(self.steps, dtype=float)
        if self.interval is None:
            coordinates["t"] = xr.Variable(
                ("t",), steps, {"units": "step", "long_name": "output step"}
            )
        else:
            scale = self.units.t.factor if self.units else 1.0
            unit = self.units.t.unit if self.units else EMSES_UNIT
            attributes = {"units": unit, "long_name": "time"}
            coordinates["t"] = xr.Variable(("t",), steps * (self.interval * scale), attributes)
        return coordinates

    def variable(self) -> xr.Variable:
        """Return the lazy variable, opening nothing yet."""
        array = indexing.LazilyIndexedArray(EmsesArray(self))
        # One step is one dataset: ``chunks={}`` makes Dask follow that.
        chunks = dict(zip(DIMS, (1, *self.grid), strict=True))
        encoding = {"source": self.path, "preferred_chunks": chunks}
        return xr.Variable(DIMS, array, self.attributes(), encoding)

    def data_array(self) -> xr.DataArray:
        """Return the lazy array with its coordinates, opening nothing yet."""
        return xr.DataArray(self.variable(), coords=self.coordinates(), name=self.name)


class EmsesArray(BackendArray):  # type: ignore[misc, unused-ignore]
    """The array of one field on disk; reads hyperslabs and converts them on the way.

    Parameters
    ----------
    source : FieldSource
        What to read.
    """

    def __init__(self, source: FieldSource) -> None:
        self.source = source
        self.shape = source.shape
        self.dtype = np.dtype(source.dtype)
        self._files = CachingFileManager(open_hdf5, source.path)

    def __reduce__(self) -> tuple[type[EmsesArray], tuple[FieldSource]]:
        return EmsesArray, (self.source,)

    def __getitem__(self, key: indexing.ExplicitIndexer) -> Any:
        return indexing.explicit_indexing_adapter(
            key, self.shape, indexing.IndexingSupport.OUTER_1VECTOR, self._read
        )

    def _read(self, key: tuple[Any, ...]) -> np.ndarray[Any, Any]:
        values = read_elsewhere(
            read_slab,
            (self.source, key),
            path=self.source.path,
            name=self.source.name,
            shape=slab_shape(key, self.shape),
            itemsize=self.dtype.itemsize,
            own_policy=self.source.policy,
        )
        return self.read_here(key) if values is None else values

    def read_here(self, key: tuple[Any, ...]) -> np.ndarray[Any, Any]:
        """Read a hyperslab in this process.

        Parameters
        ----------
        key : tuple of int, slice or ndarray
            One part per dimension.

        Raises
        ------
        BadFile
            When the file is damaged.
        """
        time, space = key[0], key[1:]
        try:
            group = self._files.acquire()[self.source.group]
            if isinstance(time, (int, np.integer)):
                values = np.asarray(self._dataset(group, int(time))[space])
            else:
                values = self._read_steps(group, time, space)
        except (OSError, KeyError) as error:
            raise BadFile(
                f"Reading {self.source.name} from {self.source.path} failed: {error}. "
                "The file is damaged, or the simulation is writing it anew."
            ) from error
        if self.source.unit is not None:
            values = values * values.dtype.type(self.source.unit.factor)
        return values

    def _read_steps(
        self, group: Any, time: slice | np.ndarray[Any, Any], space: tuple[Any, ...]
    ) -> np.ndarray[Any, Any]:
        steps = range(*time.indices(self.shape[0])) if isinstance(time, slice) else time
        slabs = [self._dataset(group, int(step))[space] for step in steps]
        if slabs:
            return np.stack(slabs)
        empty = np.empty((1, *self.shape[1:]), dtype=self.dtype)[(0,) + space]
        return np.empty((0, *empty.shape), dtype=self.dtype)

    def _dataset(self, group: Any, position: int) -> Any:
        return group[f"{self.source.steps[position]:04d}"]


def read_slab(source: FieldSource, key: tuple[Any, ...]) -> np.ndarray[Any, Any] | None:
    """Read a hyperslab in this process; None where the file cannot be seen from here."""
    return EmsesArray(source).read_here(key) if os.path.exists(source.path) else None


def find_field(
    run: RunDirectory, name: str, parameters: Parameters, policy: str | None = None
) -> FieldSource:
    """Read the header of a field's file.

    Parameters
    ----------
    run : RunDirectory
        Files of the run.
    name : str
        Field name.
    parameters : Parameters
        For the units and the output interval.
    policy : str, optional
        The run's own local-data policy.

    Raises
    ------
    BadFile
        When the file is damaged or holds no output step.
    """
    path = run.field_path(name)
    with open_hdf5(str(path)) as file:
        try:
            group = next((item for item in file.values() if isinstance(item, h5py.Group)), None)
            steps = _steps(group)
            first = group[f"{steps[0]:04d}"] if group is not None and len(steps) else None
        except (OSError, KeyError, RuntimeError) as error:
            raise BadFile(f"{path} is damaged: {error}.") from error
        if group is None or first is None:
            raise BadFile(f"{path} holds no output step yet. Has the run written its first output?")
        if first.ndim != len(DIMS) - 1:
            raise BadFile(
                f"{path} is not a grid field: its steps have shape {first.shape}, not (z, y, x)."
            )
        unit = field_unit(
            name,
            parameters.units,
            plasma_frequency=_first(parameters, "wp"),
            charge_to_mass=_first(parameters, "qm") or -1.0,
        )
        return FieldSource(
            path=str(path),
            name=name,
            group=group.name,
            steps=steps,
            grid=tuple(first.shape),
            dtype=first.dtype.str,
            interval=_interval(name, parameters),
            units=parameters.units,
            # Integers stay as they are; EMSES writes its fields as floating-point numbers.
            unit=unit if first.dtype.kind == "f" else None,
            description=describe_field(name)[1],
            policy=policy,
        )


class EmsesBackend(BackendEntrypoint):
    """The xarray engine ``"emses"``.

    Examples
    --------
    >>> import tempfile, xarray
    >>> from emout_lab.emses.demo import write_demo_data
    >>> run = write_demo_data(tempfile.mkdtemp(), grid=8, steps=2)
    >>> dataset = xarray.open_dataset(run, engine="emses")
    >>> dict(dataset.phisp.sizes)
    {'t': 2, 'z': 9, 'y': 9, 'x': 9}
    >>> dataset.phisp.units
    'V'
    """

    description = "Output directories of the plasma particle simulation code EMSES"
    open_dataset_parameters: ClassVar[Any] = (
        "filename_or_obj",
        "drop_variables",
        "input_path",
        "si",
        "local_data_policy",
    )

    def open_dataset(
        self,
        filename_or_obj: Any,
        *,
        drop_variables: str | Iterable[str] | None = None,
        input_path: str | os.PathLike[str] | None = None,
        si: bool = True,
        local_data_policy: str | None = None,
    ) -> xr.Dataset:
        """Open all grid fields of a run.

        Parameters
        ----------
        filename_or_obj : path
            Output directory, or the parameter file in it.
        drop_variables : str or iterable of str, optional
            Fields that are left out.
        input_path : path, optional
            Parameter file, where it lies elsewhere.
        si : bool
            False keeps EMSES units.
        local_data_policy : str, optional
            The run's own policy, see `emout_lab.local_data_policy`.
        """
        policy = checked_policy(local_data_policy)
        target = Path(os.fspath(filename_or_obj))
        if target.is_file():
            input_path, target = input_path or target, target.parent
        run = find_run(target, input_path, target)
        parameters = read_parameters(run.input_path)
        dropped = {drop_variables} if isinstance(drop_variables, str) else set(drop_variables or ())
        names = [name for name in run.fields if name not in dropped]
        sources = [find_field(run, name, parameters, policy) for name in names]
        return _dataset(sources if si else [source.to_emses_units() for source in sources], run)

    def guess_can_open(self, filename_or_obj: Any) -> bool:
        """Say whether this is a directory with a parameter file of EMSES."""
        try:
            path = Path(os.fspath(filename_or_obj))
        except TypeError:
            return False
        return path.name in PARAMETER_FILES or any(
            (path / name).is_file() for name in PARAMETER_FILES
        )


def open_run(run: RunDirectory, **options: Any) -> xr.Dataset:
    """Open a run as a lazy dataset; `options` are those of `xarray.open_dataset`."""
    return xr.open_dataset(run.output, engine=EmsesBackend, input_path=run.input_path, **options)


def _dataset(sources: list[FieldSource], run: RunDirectory) -> xr.Dataset:
    coordinates: Mapping[str, xr.Variable] = {}
    if sources:
        # A field that is a step behind (being written) decides what all of them have.
        shortest = min((source.steps for source in sources), key=len)
        sources = [replace(source, steps=shortest) for source in sources]
        coordinates = sources[0].coordinates()
    for source in sources:
        if source.grid != sources[0].grid:
            raise BadFile(
                f"{source.path} has a grid of {source.grid}, "
                f"{sources[0].path} one of {sources[0].grid}. "
                f"Leave one of them out: drop_variables=[{source.name!r}]."
            )
    variables = {source.name: source.variable() for source in sources}
    return xr.Dataset(variables, coords=coordinates, attrs={"source": str(run.output)})


def _steps(group: Any) -> Sequence[int]:
    """Numbers of the output steps: a range where none is missing, which travels lighter."""
    if group is None:
        return ()
    numbers = sorted(int(name) for name in group if name.isdigit())
    if numbers == list(range(len(numbers))):
        return range(len(numbers))
    return tuple(numbers)


def _first(parameters: Parameters, name: str) -> float | None:
    """First item of a per-species parameter, or None."""
    value = parameters.get(name)
    item = value[0] if isinstance(value, list) and value else value
    return float(item) if isinstance(item, (int, float)) else None


def _interval(name: str, parameters: Parameters) -> float | None:
    """Time between two output steps in EMSES units, or None when the parameters do not say."""
    steps = None
    if name.startswith("j"):
        steps = _first(parameters, "ijdiag")
    steps = steps or _first(parameters, "ifdiag")
    dt = _first(parameters, "dt")
    return steps * dt if steps and dt else None
