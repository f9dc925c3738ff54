"""Results as tables of pandas and as datasets of xarray."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from emout_lab.engine.sweeps import results as names
from emout_lab.experiments.columns import Table
from emout_lab.experiments.same_values import hashable

if TYPE_CHECKING:
    import pandas as pd
    import xarray as xr

REPETITION = "repetition"


def dataframe_of(
    table: Table, only_successful: bool, rows: Sequence[int] | None = None
) -> pd.DataFrame:
    """Return rows of a table as a table of pandas.

    Parameters
    ----------
    only_successful : bool
        Leave out experiments that failed.
    rows : sequence of int, optional
        Which rows; all by default.
    """
    import pandas as pd

    chosen = np.arange(len(table)) if rows is None else np.asarray(rows, int)
    if only_successful:
        chosen = chosen[_good(table)[chosen]]
    found: dict[str, Any] = {}
    for name, column in table.columns.items():
        values, has = column.filled()
        if column.kind == "O":
            found[name] = [values[row] for row in chosen]
        elif has[chosen].all():
            found[name] = values[chosen]
        elif column.kind in "if":
            found[name] = np.where(has[chosen], values[chosen], np.nan)
        else:
            found[name] = pd.array(np.where(has[chosen], values[chosen].astype(object), None))
    return pd.DataFrame(found, index=pd.RangeIndex(len(chosen)))


def xarray_of(table: Table, parameters: Sequence[str], results: Sequence[str]) -> xr.Dataset:
    """Return the results that succeeded, with the parameters as dimensions."""
    import xarray as xr

    rows = np.flatnonzero(_good(table))
    places, coordinates = [], {}
    for name in parameters:
        keys = [hashable(table.columns[name][row]) for row in rows]
        values = _ordered(set(keys))
        number = {value: place for place, value in enumerate(values)}
        places.append([number[key] for key in keys])
        coordinates[name] = _as_array(values)
    points = list(zip(*places, strict=True)) if places else [()] * len(rows)
    count: dict[Any, int] = {}
    turns = []
    for point in points:
        turns.append(count.get(point, 0))
        count[point] = turns[-1] + 1
    most = max(count.values(), default=1)
    shape = [len(coordinates[name]) for name in parameters]
    dims = list(parameters)
    index: list[Any] = [np.asarray(place, int) for place in places]
    if most > 1:
        shape, dims, index = [*shape, most], [*dims, REPETITION], [*index, np.asarray(turns, int)]
    variables = {}
    for name in results:
        values = [table.columns[name][row] for row in rows]
        extra = _common_shape(values)
        whole = _empty([*shape, *extra], values)
        more = [f"{name}_{axis}" for axis in range(len(extra))]
        for number, value in enumerate(values):
            if value is not None and value.__class__.__name__ != "_Missing":
                whole[tuple(each[number] for each in index)] = value
        variables[name] = ([*dims, *more], whole)
    return xr.Dataset(variables, coords=coordinates)


def _good(table: Table) -> np.ndarray[Any, np.dtype[np.bool_]]:
    status = table.columns.get(names.STATUS)
    if status is None:
        return np.zeros(len(table), bool)
    values, has = status.filled()
    return np.asarray(has & np.asarray(values, bool))


def _ordered(values: set[Any]) -> list[Any]:
    try:
        return sorted(values)
    except TypeError:
        return sorted(values, key=repr)


def _as_array(values: list[Any]) -> Any:
    if any(isinstance(each, tuple) for each in values):
        whole = np.empty(len(values), object)
        whole[:] = [repr(each) for each in values]
        return whole
    return np.asarray(values)


def _common_shape(values: Sequence[Any]) -> tuple[int, ...]:
    shapes = {np.shape(each) for each in values if isinstance(each, np.ndarray)}
    return shapes.pop() if len(shapes) == 1 else ()


def _empty(shape: Sequence[int], values: Sequence[Any]) -> Any:
    numbers = [
        each
        for each in values
        if isinstance(each, bool | int | float | complex | np.generic | np.ndarray)
    ]
    if len(numbers) == len(values) and len({np.shape(each) for each in numbers}) <= 1:
        kind = np.result_type(*(np.asarray(each) for each in numbers)) if numbers else float
        if np.dtype(kind).kind == "c":
            return np.full(shape, np.nan, complex)
        if np.dtype(kind).kind in "bif":
            return np.full(shape, np.nan)
    return np.full(shape, None, object)
