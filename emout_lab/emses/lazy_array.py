"""Lazy arrays of fields: a slice reads its hyperslab and nothing else."""

from __future__ import annotations

import os
from functools import partial
from typing import Any

import numpy as np
import xarray as xr
from xarray.backends import BackendArray
from xarray.core import indexing

from emout_lab.emses import execution
from emout_lab.emses.bad_steps import BadSteps
from emout_lab.emses.blocks.nodes import plain_slice
from emout_lab.emses.field_sources import DIMS, FieldSource, step_name
from emout_lab.emses.open_files import shared
from emout_lab.emses.reading import Read, slab_shape
from emout_lab.emses.relocation import relocated
from emout_lab.emses.slab_plan import SlabPlan, positions_of
from emout_lab.emses.stored_steps import StoredSteps

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
        self._stored: dict[int, StoredSteps] = {}

    def __reduce__(self) -> tuple[type[EmsesArray], tuple[FieldSource]]:
        return EmsesArray, (self.source,)

    def __getitem__(self, key: indexing.ExplicitIndexer) -> Any:
        parts = zip(key.tuple, self.shape, strict=False)
        # xarray makes of a part of a part going down, if it is empty, what it cannot read itself.
        plain = tuple(plain_slice(p, size) if isinstance(p, slice) else p for p, size in parts)
        return indexing.explicit_indexing_adapter(
            type(key)(plain), self.shape, indexing.IndexingSupport.OUTER, self._read
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
        """Read a hyperslab in this process; threads may do so at once.

        Parameters
        ----------
        key : tuple of int, slice or ndarray
            One part per dimension.

        Raises
        ------
        BadFile
            When a step is damaged or has another shape than the first, and the source does not say
            that such steps are skipped.

        Warns
        -----
        UserWarning
            When steps were skipped; it names them.
        """
        source = self.source
        bad = BadSteps(source.name, source.bad_steps, self.dtype)
        read = partial(self._read_stored, bad)
        values = relocated(read, key, self.shape, source.shifts)
        bad.warn()
        if source.unit is not None:
            values *= values.dtype.type(source.unit.factor)
        return values

    def _read_stored(self, bad: BadSteps, key: tuple[Any, ...]) -> Array:
        """Read values as they are in the files, in the order of the files."""
        times = positions_of(key[0], self.shape[0])
        plan = SlabPlan(self.source.grid, key[1:], self.dtype)
        values = np.empty((len(times), *plan.shape), self.dtype)
        if values.size:
            for position, (rows, names) in self._by_segment(times).items():
                self._steps(position).read(names, rows, plan, values, bad)
        is_one = isinstance(key[0], (int, np.integer))
        return values.reshape(plan.shape) if is_one else values

    def _by_segment(self, times: Array) -> dict[int, tuple[list[int], list[str]]]:
        """Rows of the result and names of datasets, for each segment that is needed."""
        ends = np.cumsum([len(segment.steps) for segment in self.source.segments])
        places = np.searchsorted(ends, times, side="right")
        found = {}
        for position in np.unique(places).tolist():
            rows = np.flatnonzero(places == position)
            segment = self.source.segments[position]
            start = ends[position] - len(segment.steps)
            steps = [segment.steps[time] for time in (times[rows] - start).tolist()]
            found[position] = (rows.tolist(), [step_name(step) for step in steps])
        return found

    def _steps(self, position: int) -> StoredSteps:
        """Return the steps of a segment; its file stays open with this array."""
        if position not in self._stored:
            segment = self.source.segments[position]
            self._stored[position] = StoredSteps(
                shared(segment.path), segment.group, self.source.grid, self.dtype
            )
        return self._stored[position]


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
