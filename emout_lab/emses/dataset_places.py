"""Where in its file a dataset lies, asked once: it stays there as long as the file is the same."""

from __future__ import annotations

import math
import threading
import time
from collections import OrderedDict
from typing import Any, NamedTuple

import numpy as np
from h5py import h5d, h5o, h5t

from emout_lab.emses.bad_steps import StepError
from emout_lab.emses.open_files import Identity

#: Places of no more steps are remembered, of all files together.
MAX_REMEMBERED = 200_000
#: Of a file that was changed so lately [s] nothing is remembered: it may change again unnoticed.
SETTLED_AFTER = 2.0
#: What HDF5 and h5py raise about a damaged dataset.
READ_ERRORS = (OSError, KeyError, RuntimeError, ValueError, TypeError)


class Place(NamedTuple):
    """Where the values of a step begin; None where HDF5 has to read them. And their byte order."""

    offset: int | None
    is_swapped: bool = False


IN_HDF5 = Place(None)


def place(
    dataset: Any, grid: tuple[int, ...], dtype: np.dtype[Any], file_number: int | None = None
) -> Place:
    """Return the place of a dataset, which has to be one of the field's steps.

    Parameters
    ----------
    dataset : h5py.h5d.DatasetID
        The dataset.
    grid : tuple of int
        Shape that it has to have.
    dtype : numpy.dtype
        Type that its values are read as, in the byte order of the machine.
    file_number : int, optional
        HDF5's number of the file; a dataset of another file, to which a link leads, has no place in
        it. None means that HDF5 shall read it in any case.

    Raises
    ------
    StepError
        When it has another shape, a type that does not go into `dtype`, or no values yet.
    """
    if dataset.shape != grid:
        raise StepError(
            f"has shape {dataset.shape}, the first one {grid}: files of two runs were mixed, or "
            "the file is damaged."
        )
    own = dataset.dtype
    native = own.newbyteorder("=")
    if native != dtype and not np.can_cast(native, dtype, "same_kind"):
        raise StepError(
            f"has values of type {native}, the first one {dtype}: files of two runs were mixed."
        )
    offset = dataset.get_offset()
    if offset is None:
        _check_written(dataset, grid)
        return IN_HDF5
    if file_number is None or h5o.get_info(dataset).fileno != file_number:
        return IN_HDF5
    is_plain = native == dtype and own.kind in "fiu"
    # A type of fewer bits than it is wide looks like any other in numpy.
    if not is_plain or not dataset.get_type().equal(h5t.py_create(own)):
        return IN_HDF5
    return Place(offset, is_swapped=not own.isnative)


def _check_written(dataset: Any, grid: tuple[int, ...]) -> None:
    """Refuse what was created and never written: it reads as zeros, which would pass for data."""
    if not math.prod(grid) or dataset.get_storage_size():
        return
    plan = dataset.get_create_plist()
    is_virtual = plan.get_layout() == h5d.VIRTUAL
    if is_virtual or plan.get_external_count() or plan.fill_value_defined() == _OWN_FILL_VALUE:
        return
    raise StepError(
        "holds no values: it was created and never written. The run was killed meanwhile, or "
        "writes it just now."
    )


_OWN_FILL_VALUE = h5d.FILL_VALUE_USER_DEFINED


class _Remembered:
    """Places of steps, by file and group; forgotten when the file changes."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._files: OrderedDict[Any, tuple[Identity, dict[str, Place]]] = OrderedDict()

    def places(self, key: Any, identity: Identity) -> dict[str, Place]:
        """Return the known places of a file's steps by name; not to be changed."""
        with self._lock:
            known = self._files.get(key)
            if known is None or known[0] != identity:
                return {}
            self._files.move_to_end(key)
            return known[1]

    def add(self, key: Any, identity: Identity, places: dict[str, Place]) -> None:
        """Remember places, and forget those of the files used longest ago."""
        if not places or time.time() - identity.modified / 1e9 < SETTLED_AFTER:
            return
        with self._lock:
            known = self._files.pop(key, None)
            if known is not None and known[0] == identity:
                places = {**known[1], **places}
            self._files[key] = (identity, places)
            while len(self._files) > 1 and self._count() > MAX_REMEMBERED:
                self._files.popitem(last=False)

    def _count(self) -> int:
        return sum(len(places) for _, places in self._files.values())

    def clear(self) -> None:
        """Forget everything."""
        with self._lock:
            self._files.clear()


REMEMBERED = _Remembered()
