"""Output steps as they lie in a file: where each begins, and how a slab of many of them is read.

A step that is stored in one piece, uncompressed, is read from its place in the file, past HDF5 and
its lock: threads read at once, and a step costs one look-up for as long as the file stays the same.
Everything else (chunks, filters, external and virtual storage, other types) is read by HDF5.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from h5py import h5d

from emout_lab.emses.bad_steps import BadSteps, StepError
from emout_lab.emses.dataset_places import READ_ERRORS, REMEMBERED, Place, place
from emout_lab.emses.open_files import Identity, OpenFile
from emout_lab.emses.slab_plan import SlabPlan
from emout_lab.errors import BadFile

Array = np.ndarray[Any, Any]

HAS_PREADV = hasattr(os, "preadv")
HAS_ADVICE = hasattr(os, "posix_fadvise")
#: Of small pieces, no more bytes are announced to the kernel before they are read.
MAX_ANNOUNCED = 4 << 20


class StoredSteps:
    """The output steps of one group of a file.

    Parameters
    ----------
    file : OpenFile
        The file.
    group : str
        Group of the datasets.
    grid : tuple of int
        Shape that each of them has to have.
    dtype : numpy.dtype
        Type that the values are read as, in the byte order of the machine.
    """

    def __init__(
        self, file: OpenFile, group: str, grid: tuple[int, ...], dtype: np.dtype[Any]
    ) -> None:
        self._file = file
        self._group = group
        self._grid = grid
        self._dtype = dtype
        self._key = (file.path, group, grid, dtype.str)

    def read(
        self,
        names: Sequence[str],
        rows: Sequence[int],
        plan: SlabPlan,
        result: Array,
        bad: BadSteps,
    ) -> None:
        """Read a slab of several steps, in the order of the file.

        Parameters
        ----------
        names : sequence of str
            Names of the datasets.
        rows : sequence of int
            Where each goes in the result.
        plan : SlabPlan
            The slab.
        result : ndarray
            Shape ``(steps, *plan.shape)``, contiguous.
        bad : BadSteps
            Is told of steps that cannot be read.

        Raises
        ------
        BadFile
            When a step cannot be read, and shall not be skipped.
        """
        with _descriptor(self._file.path) as descriptor:
            places, errors = self._places(names, descriptor)
            starts = [places[name].offset or 0 if name in places else 0 for name in names]
            order = sorted(range(len(names)), key=starts.__getitem__)
            ahead = _ahead(plan, len(names))
            for count, each in enumerate(order):
                if ahead and not count % ahead:
                    _announce(plan, descriptor, [starts[it] for it in order[count : count + ahead]])
                name, target = names[each], result[rows[each] : rows[each] + 1]
                try:
                    if name in errors:
                        raise errors[name]
                    self._read_step(name, places[name], descriptor, plan, target)
                except (StepError, BadFile, EOFError, *READ_ERRORS) as error:
                    bad.add(self._file.path, name, error)
                    target[...] = np.nan

    def _read_step(
        self, name: str, where: Place, descriptor: int | None, plan: SlabPlan, target: Array
    ) -> None:
        if where.offset is None or descriptor is None:
            with self._file.acquired() as file:
                dataset = file[self._group][name]
                # It may have been written anew since it was looked up.
                place(dataset.id, self._grid, self._dtype)
                plan.read_dataset(dataset, target)
            return
        plan.read(descriptor, where.offset, target)
        if where.is_swapped:
            target.byteswap(inplace=True)

    def _places(
        self, names: Sequence[str], descriptor: int | None
    ) -> tuple[dict[str, Place], dict[str, Exception]]:
        """Say where steps are, and which ones cannot be had."""
        if descriptor is None:
            return self._looked_up(names, None)
        identity = Identity.of(os.fstat(descriptor))
        known = REMEMBERED.places(self._key, identity)
        missing = [name for name in dict.fromkeys(names) if name not in known]
        if not missing:
            return known, {}
        found, errors = self._looked_up(missing, identity)
        if not _is_still(self._file.path, identity):
            # Another file has taken its place: HDF5 shall read all of them, from one file.
            return self._looked_up(names, None)
        REMEMBERED.add(self._key, identity, found)
        return {**known, **found}, errors

    def _looked_up(
        self, names: Sequence[str], identity: Identity | None
    ) -> tuple[dict[str, Place], dict[str, Exception]]:
        """Ask HDF5 where steps are."""
        found: dict[str, Place] = {}
        errors: dict[str, Exception] = {}
        try:
            with self._file.acquired() as file:
                number = None if identity is None else self._file.number
                group = file[self._group].id
                for name in names:
                    try:
                        dataset = h5d.open(group, name.encode())
                        found[name] = place(dataset, self._grid, self._dtype, number)
                    except (StepError, *READ_ERRORS) as error:
                        errors[name] = error
        except (BadFile, *READ_ERRORS) as error:
            errors.update((name, error) for name in names if name not in found)
        return found, errors


@contextlib.contextmanager
def _descriptor(path: str) -> Iterator[int | None]:
    """Open a file for reading bytes; None where that cannot be, and HDF5 shall say why."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC) if HAS_PREADV else None
    except OSError:
        descriptor = None
    try:
        yield descriptor
    finally:
        if descriptor is not None:
            os.close(descriptor)


def _is_still(path: str, identity: Identity) -> bool:
    """Whether a path leads to the same file."""
    try:
        now = os.stat(path)
    except OSError:
        return False
    return (now.st_dev, now.st_ino) == (identity.device, identity.inode)


def _announce(plan: SlabPlan, descriptor: int | None, offsets: list[int]) -> None:
    for offset in offsets:
        if descriptor is not None and offset:
            plan.announce(descriptor, offset)


def _ahead(plan: SlabPlan, steps: int) -> int:
    """Of how many steps the kernel is told beforehand; 0 where reads go one after another."""
    is_scattered = plan.nbytes <= MAX_ANNOUNCED and steps * len(plan.pieces) > 1
    return MAX_ANNOUNCED // plan.nbytes if is_scattered and HAS_ADVICE else 0
