"""Reading particles: columns of one step, all of them or some rows."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Any, cast

import numpy as np

from emout_lab.emses import execution
from emout_lab.emses.hdf5 import open_hdf5
from emout_lab.emses.particles.rows import Rows
from emout_lab.emses.particles.source import StepColumn
from emout_lab.emses.reading import Read
from emout_lab.errors import BadFile

Array = np.ndarray[Any, Any]

#: What EMSES writes where there is no particle.
ABSENT = -9999
#: Rows that are read at once where only some of them are wanted.
PIECE_ROWS = 2**20


class MissingFile(BadFile, FileNotFoundError):
    """A file that this process does not see."""


def read_columns(columns: Sequence[StepColumn], rows: Rows) -> list[Array] | None:
    """Read columns in this process; None where a file cannot be seen from here.

    Raises
    ------
    BadFile
        When a file is damaged, or a column has another length than expected.
    """
    if not all(os.path.exists(column.path) for column in columns):
        return None
    return [_read(column, rows) for column in columns]


def values_of(
    columns: Sequence[StepColumn],
    rows: Rows,
    name: str,
    *,
    policy: str | None = None,
    is_granted: bool = False,
) -> list[Array]:
    """Read columns of one step wherever that is done.

    Parameters
    ----------
    columns : sequence of StepColumn
        Of one step.
    rows : range or ndarray of int
        Which particles.
    name : str
        What is read, as the code has it.
    policy, is_granted
        See `emout_lab.emses.reading.Read`.

    Raises
    ------
    LocalReadForbidden
        When the policy forbids to read here, and no engine does.
    ReadTooLarge
        When a session is in use, and this is more than the read limit.
    BadFile
        As for `read_columns`.
    """
    largest = max(np.dtype(column.dtype).itemsize for column in columns)
    shape = (len(rows),) if len(columns) == 1 else (len(columns), len(rows))
    read = Read(
        cast("Any", read_columns),
        (tuple(columns), rows),
        path=columns[0].path,
        name=name,
        shape=shape,
        itemsize=largest,
        own_policy=policy,
        is_granted=is_granted,
    )
    found = cast("list[Array] | None", execution.current().read(read))
    if found is None:
        found = read_columns(columns, rows)
    if found is None:
        gone = next(column for column in columns if not os.path.exists(column.path))
        raise MissingFile(
            f"No file {gone.path}, which had column {gone.name} of output step {gone.number:04d}. "
            "Was it moved after the run was opened, or does this node not see it?"
        )
    return found


def _read(column: StepColumn, rows: Rows) -> Array:
    with open_hdf5(column.path) as file:
        try:
            dataset = file[column.dataset]
            if dataset.shape != (column.count,):
                raise BadFile(
                    f"Column {column.name} of output step {column.number:04d} in {column.path} has "
                    f"shape {dataset.shape}, and {column.count:,} particles were expected: the "
                    "simulation is writing it anew, or the file is damaged. Open the run again."
                )
            stored = _taken(dataset, rows)
        except BadFile:
            raise
        except (OSError, KeyError, RuntimeError) as error:
            raise BadFile(
                f"Reading column {column.name} of output step {column.number:04d} from "
                f"{column.path} failed: {error}. The file is damaged, or the simulation is "
                "writing it anew."
            ) from error
    return _converted(stored, column)


def _converted(values: Array, column: StepColumn) -> Array:
    if values.dtype.kind != "f":
        return values
    is_absent = values == ABSENT
    if column.unit is not None:
        values = values * values.dtype.type(column.unit.factor)
    if is_absent.any():
        values[is_absent] = np.nan
    return values


def _taken(dataset: Any, rows: Rows) -> Array:
    """Read rows of a dataset; of scattered ones piece by piece what lies between, which is faster.

    HDF5 looks for each single value of a selection.
    """
    if not len(rows):
        return np.empty(0, dataset.dtype)
    if isinstance(rows, range):
        if rows.step == 1:
            return np.asarray(dataset[rows.start : rows.stop])
        rows = np.arange(rows.start, rows.stop, rows.step)
    values = np.empty(len(rows), dataset.dtype)
    order = np.argsort(rows, kind="stable")
    ordered = rows[order]
    start = 0
    while start < len(ordered):
        first = int(ordered[start])
        stop = int(np.searchsorted(ordered, first + PIECE_ROWS))
        piece = dataset[first : int(ordered[stop - 1]) + 1]
        values[order[start:stop]] = piece[ordered[start:stop] - first]
        start = stop
    return values
