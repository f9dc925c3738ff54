"""Writing large arrays to files, block by block, by all workers at once."""

from __future__ import annotations

import itertools
import math
import os
import shutil
import uuid
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import xarray as xr

from emout_lab.emses.blocks.nodes import Array, Node
from emout_lab.emses.blocks.partition import BLOCK_BYTES, Region, blocks_of, slices
from emout_lab.emses.blocks.sending import with_sent
from emout_lab.emses.blocks.tasks import (
    Part,
    bytes_per_value,
    call_all,
    executor_of,
    run,
    task,
)
from emout_lab.errors import BadOption, DataError, MissingExtra

#: Files of a zarr array, unless they would be too large.
MOST_CHUNKS = 4000
HDF5_SUFFIXES, ZARR_SUFFIX = (".h5", ".hdf5", ".nc"), ".zarr"


def save(array: xr.DataArray, node: Node, path: str | os.PathLike[str], overwrite: bool) -> Path:
    """Write an array with its coordinates and attributes.

    Parameters
    ----------
    array : xarray.DataArray
        Name, dimensions, coordinates and attributes.
    node : Node
        Its values.
    path : path
        Ends in ``.h5`` (read by h5py, and by xarray as netCDF) or ``.zarr``.
    overwrite : bool
        Whether a file that is there is replaced, once the new one is whole.

    Raises
    ------
    BadOption
        When the path has another ending.
    FileExistsError
        When there is a file of this name, and it is not to be replaced.
    MissingExtra
        When zarr is needed and not installed.
    """
    target = Path(os.path.abspath(os.path.expanduser(path)))
    if target.suffix not in (*HDF5_SUFFIXES, ZARR_SUFFIX):
        raise BadOption(
            f"save({str(path)!r}): the name must end in {', '.join(HDF5_SUFFIXES)} or "
            f"{ZARR_SUFFIX}, which says how it is written.",
            "path",
        )
    if not target.parent.is_dir():
        raise FileNotFoundError(f"save({str(path)!r}): there is no folder {target.parent}.")
    if target.exists() and not overwrite:
        raise FileExistsError(
            f"save({str(path)!r}): {target} is there already; choose another name, or replace it "
            "with overwrite=True."
        )
    name = str(array.name or "values")
    label = f"saving {name}"
    with _whole_or_nothing(target) as unfinished:
        if target.suffix == ZARR_SUFFIX:
            _save_zarr(array, node, unfinished, name, label)
        else:
            _save_hdf5(array, node, unfinished, name, label)
    return target


@contextmanager
def _whole_or_nothing(target: Path) -> Iterator[Path]:
    """Give a name beside the target, which takes its place when all is written."""
    unfinished = target.with_name(f".{target.stem}-{uuid.uuid4().hex[:8]}{target.suffix}")
    try:
        yield unfinished
        if target.is_dir() and not target.is_symlink():
            shutil.rmtree(target)
        os.replace(unfinished, target)
    finally:
        if unfinished.is_dir():
            shutil.rmtree(unfinished, ignore_errors=True)
        else:
            unfinished.unlink(missing_ok=True)


def _save_hdf5(array: xr.DataArray, node: Node, path: Path, name: str, label: str) -> None:
    free = shutil.disk_usage(path.parent).free
    size = math.prod(node.shape) * node.dtype.itemsize
    if size > free:
        raise DataError(
            f"{label}: it takes {size:,} bytes, and {free:,} are free in {path.parent}. Save a "
            "part, or choose another folder."
        )
    dtype = np.dtype("i1") if node.dtype == bool else node.dtype
    with h5py.File(path, "w") as file:
        # Storage is given out now, so that workers know where their bytes belong.
        early = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
        early.set_alloc_time(h5py.h5d.ALLOC_TIME_EARLY)
        early.set_fill_time(h5py.h5d.FILL_TIME_NEVER)
        space = h5py.h5s.create_simple(node.shape)
        kind = h5py.h5t.py_create(dtype)
        made = h5py.h5d.create(file.id, name.encode(), kind, space, early)
        dataset = h5py.Dataset(made)
        _describe_hdf5(file, dataset, array)
        if node.dtype == bool:
            dataset.attrs["dtype"] = "bool"  # what xarray writes and reads for it
        offset = made.get_offset()
    if offset is None:  # nothing was given out: there are no values
        return
    run(node, _write_part, (str(path), offset, node.shape, dtype.str), range(node.ndim), label)


def _describe_hdf5(file: Any, dataset: Any, array: xr.DataArray) -> None:
    for key, value in array.attrs.items():
        dataset.attrs[str(key)] = value
    for axis, dim in enumerate(array.dims):
        scale = str(dim)
        if scale in file:
            continue
        known = array.coords.get(dim)
        values = np.arange(array.sizes[dim]) if known is None else np.asarray(known.values)
        coordinate = file.create_dataset(scale, data=values)
        coordinate.make_scale(scale)
        dataset.dims[axis].attach_scale(coordinate)
        for key, value in ({} if known is None else known.attrs).items():
            coordinate.attrs[str(key)] = value
    for other, value in array.coords.items():
        if not value.dims and str(other) not in file:
            dataset.attrs[f"at_{other}"] = value.values
    file.attrs["Conventions"] = "CF-1.10"


def _write_part(part: Part, path: str, offset: int, shape: tuple[int, ...], dtype: str) -> None:
    """Write a part's blocks into their places of a contiguous dataset."""
    file = os.open(path, os.O_WRONLY)
    try:
        for block, (values,) in part.blocks("saving"):
            for start, run_ in _runs(block, shape, np.ascontiguousarray(values, dtype)):
                _write(file, run_, offset + start * np.dtype(dtype).itemsize)
        os.fsync(file)  # what another node reads, and whether there was room
    finally:
        os.close(file)


def _write(file: int, values: Array, offset: int) -> None:
    left = memoryview(values.data).cast("B")
    while left:
        written = os.pwrite(file, left, offset)
        left, offset = left[written:], offset + written


def _runs(block: Region, shape: Sequence[int], values: Array) -> Iterator[tuple[int, Array]]:
    """Yield where each piece of a block begins among all values, and the piece."""
    whole = len(shape)
    while whole and block[whole - 1] == (0, shape[whole - 1]):
        whole -= 1
    outer = max(whole - 1, 0)
    for place in itertools.product(*(range(stop - start) for start, stop in block[:outer])):
        first = [start + at for (start, _), at in zip(block, place, strict=False)]
        first += [start for start, _ in block[outer:]]
        yield int(np.ravel_multi_index(first, tuple(shape))) if shape else 0, values[place].ravel()


def _save_zarr(array: xr.DataArray, node: Node, path: Path, name: str, label: str) -> None:
    try:
        import zarr  # noqa: PLC0415 - an extra
    except ImportError as error:
        raise MissingExtra("Writing .zarr", "zarr", "zarr") from error
    import dask.array  # noqa: PLC0415 - only zarr's template needs it

    whole: Region = tuple((0, size) for size in node.shape)
    # Not too many files, and no chunk that takes much of a worker.
    size = math.prod(node.shape) * node.dtype.itemsize
    most = min(max(BLOCK_BYTES, size // MOST_CHUNKS), 8 * BLOCK_BYTES)
    regions = list(blocks_of(whole, node.dtype.itemsize, node.whole_axes, most))
    chunks = tuple(stop - start for start, stop in regions[0]) if regions else node.shape
    empty = dask.array.zeros(node.shape, dtype=node.dtype, chunks=chunks or -1)
    places: Mapping[Any, Any] = {key: at for key, at in array.coords.items()}
    template = xr.DataArray(empty, coords=places, dims=array.dims, name=name, attrs=array.attrs)
    # The second format: the third has no summary of its metadata yet, and warns of that.
    format_ = {"zarr_format": 2} if int(zarr.__version__.split(".")[0]) > 2 else {}
    encoding = {name: {"chunks": chunks}} if chunks else None
    options: dict[str, Any] = {"compute": False, "encoding": encoding, **format_}
    template.to_dataset().to_zarr(str(path), **options)
    itemsize = bytes_per_value(node)
    executor = executor_of(node)
    node = with_sent(node, executor) if len(regions) > 1 else node
    tasks = [task(_write_chunk, node, region, itemsize, (str(path), name)) for region in regions]
    call_all(tasks, label, size, executor)


def _write_chunk(part: Part, path: str, name: str) -> None:
    import zarr  # noqa: PLC0415 - as above

    group: Any = zarr.open_group(path, mode="r+")
    group[name][slices(part.region) or ...] = part.node.values(part.kept)
