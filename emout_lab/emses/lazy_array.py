"""Lazy arrays of fields: a slice reads its hyperslab and nothing else."""

from __future__ import annotations

import os
from typing import Any

import numpy as np
import xarray as xr
from xarray.backends import BackendArray, CachingFileManager
from xarray.core import indexing

from emout_lab.emses import execution
from emout_lab.emses.field_sources import DIMS, FieldSource
from emout_lab.emses.hdf5 import open_hdf5
from emout_lab.emses.reading import Read, slab_shape
from emout_lab.emses.relocation import relocated
from emout_lab.errors import BadFile

Array = np.ndarray[Any, Any]


class EmsesArray(BackendArray):  # type: ignore[misc, unused-ignore]  # untyped in some xarrays
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
        self._files: dict[str, CachingFileManager[Any]] = {}

    def __reduce__(self) -> tuple[type[EmsesArray], tuple[FieldSource]]:
        return EmsesArray, (self.source,)

    def __getitem__(self, key: indexing.ExplicitIndexer) -> Any:
        return indexing.explicit_indexing_adapter(
            key, self.shape, indexing.IndexingSupport.OUTER_1VECTOR, self._read
        )

    def _read(self, key: tuple[Any, ...]) -> Array:
        part = Read(
            read_slab,
            (self.source, key),
            path=self.source.path,
            name=self.source.name,
            shape=slab_shape(key, self.shape),
            itemsize=self.dtype.itemsize,
            own_policy=self.source.policy,
            is_granted=self.source.is_granted,
        )
        values = execution.current().read(part)
        return self.read_here(key) if values is None else values

    def read_here(self, key: tuple[Any, ...]) -> Array:
        """Read a hyperslab in this process.

        Parameters
        ----------
        key : tuple of int, slice or ndarray
            One part per dimension.

        Raises
        ------
        BadFile
            When a file is damaged, or its steps have different shapes.
        """
        values = relocated(self._read_stored, key, self.shape, self.source.shifts)
        if self.source.unit is not None:
            values = values * values.dtype.type(self.source.unit.factor)
        return values

    def _read_stored(self, key: tuple[Any, ...]) -> Array:
        """Read values as they are in the files."""
        time, space = key[0], key[1:]
        if isinstance(time, (int, np.integer)):
            return self._read_step(int(time), space)
        steps = range(*time.indices(self.shape[0])) if isinstance(time, slice) else time
        slabs = [self._read_step(int(step), space) for step in steps]
        if slabs:
            return np.stack(slabs)
        empty = np.empty((1, *self.shape[1:]), dtype=self.dtype)[(0,) + space]
        return np.empty((0, *empty.shape), dtype=self.dtype)

    def _read_step(self, position: int, space: tuple[Any, ...]) -> Array:
        segment, name = self.source.locate(position)
        try:
            dataset = self._file(segment.path)[f"{segment.group}/{name}"]
            if dataset.shape != self.source.grid:
                raise BadFile(
                    f"Output step {name} of {segment.path} has shape {dataset.shape}, the first "
                    f"one {self.source.grid}: files of two runs were mixed, or the file is "
                    "damaged. Take a slice of t that leaves it out."
                )
            return np.asarray(dataset[space])
        except BadFile:
            raise
        except (OSError, KeyError) as error:
            raise BadFile(
                f"Reading {self.source.name} from {segment.path} failed: {error}. "
                "The file is damaged, or the simulation is writing it anew."
            ) from error

    def _file(self, path: str) -> Any:
        if path not in self._files:
            self._files[path] = CachingFileManager(open_hdf5, path)
        return self._files[path].acquire()


def read_slab(source: FieldSource, key: tuple[Any, ...]) -> Array | None:
    """Read a hyperslab in this process; None where a file cannot be seen from here."""
    is_seen = all(os.path.exists(segment.path) for segment in source.segments)
    return EmsesArray(source).read_here(key) if is_seen else None


def variable(source: FieldSource) -> xr.Variable:
    """Return the lazy variable of a field, opening nothing yet."""
    array = indexing.LazilyIndexedArray(EmsesArray(source))
    # One step is one dataset: ``chunks={}`` makes Dask follow that.
    chunks = dict(zip(DIMS, (1, *source.grid), strict=True))
    encoding = {"source": source.path, "preferred_chunks": chunks}
    return xr.Variable(DIMS, array, source.attributes(), encoding)


def data_array(source: FieldSource) -> xr.DataArray:
    """Return the lazy array of a field with its coordinates, opening nothing yet."""
    return xr.DataArray(variable(source), coords=source.coordinates(), name=source.name)
