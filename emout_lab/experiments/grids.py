"""Results on a grid: as datasets of xarray, whose dimensions are the parameters."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from emout_lab.errors import TooLarge
from emout_lab.experiments.column_values import MISSING
from emout_lab.experiments.columns import Column, Table, is_exact
from emout_lab.experiments.frames import successful
from emout_lab.experiments.same_values import hashable, in_order

if TYPE_CHECKING:
    import xarray as xr

REPETITION: Final = "repetition"
#: A grid may have so many cells, and more only when this part of them has results.
MOST_CELLS: Final = 10_000_000
LEAST_FILLED: Final = 0.01

Axis = tuple[Any, Any]


def xarray_of(
    table: Table,
    parameters: Sequence[str],
    results: Sequence[str],
    dimensions: Sequence[str] | None = None,
) -> xr.Dataset:
    """Return the results that succeeded, with the parameters as dimensions.

    Parameters
    ----------
    parameters, results : sequence of str
        Names of columns of the table.
    dimensions : sequence of str, optional
        Those of the parameters that are dimensions; the others are coordinates along these.

    Raises
    ------
    KeyError
        When one of them is no parameter.
    TooLarge
        When the points lie on no grid.
    """
    # Loaded late: it takes half a second.
    import xarray as xr  # noqa: PLC0415

    rows = successful(table)
    others: list[str] = []
    if dimensions is not None:
        chosen = _chosen(dimensions, parameters)
        others = [name for name in parameters if name not in chosen]
        parameters = chosen
    axes = {name: _axis(table.columns[name], rows) for name in parameters}
    shape = [len(values) for values, _ in axes.values()]
    index = [places for _, places in axes.values()]
    turns = _turns(index, shape, len(rows))
    dims = list(parameters)
    if len(turns) and turns.max() > 0:
        dims, shape, index = _with(dims), [*shape, int(turns.max()) + 1], [*index, turns]
    _require_grid(axes, shape, len(rows))
    is_lone = not dims
    if is_lone:
        # Along a dimension of one, which is taken away again.
        dims, shape, index = [REPETITION], [1], [np.zeros(len(rows), np.intp)]
    variables = {
        name: _variable(name, table.columns[name], rows, dims, shape, index)
        for name in [*results, *others]
    }
    if is_lone:
        variables = {name: (dims[1:], whole[0]) for name, (dims, whole) in variables.items()}
    coords = {name: values for name, (values, _) in axes.items()}
    coords.update({name: variables.pop(name) for name in others})
    return xr.Dataset(variables, coords=coords)


def _chosen(dimensions: Sequence[str], parameters: Sequence[str]) -> list[str]:
    named = [dimensions] if isinstance(dimensions, str) else list(dict.fromkeys(dimensions))
    for name in named:
        if name not in parameters:
            raise KeyError(
                f"no result has a parameter {name!r} that could be a dimension; there are "
                f"{list(parameters)}"
            )
    return named


def _axis(column: Column, rows: Any) -> Axis:
    """Return the values of a parameter in order, and the place of each row among them."""
    values, has = column.filled()
    if column.kind != "O" and has[rows].all():
        found, places = np.unique(values[rows], return_inverse=True)
        # Times of xarray are in nanoseconds or microseconds, by its version.
        return found, places.reshape(-1)
    there = [None if column[row] is MISSING else column[row] for row in rows]
    keys = [hashable(each) for each in there]
    ordered = in_order(set(keys))
    number = {value: place for place, value in enumerate(ordered)}
    texts = {
        key: repr(each) for key, each in zip(keys, there, strict=True) if isinstance(each, dict)
    }
    labels = _labels([texts.get(key, key) for key in ordered])
    return labels, np.array([number[key] for key in keys], np.intp)


def _labels(values: list[Any]) -> Any:
    if all(isinstance(each, str) for each in values):
        return np.asarray(values)
    if all(isinstance(each, int | float) for each in values):
        return np.asarray(values)
    whole = np.empty(len(values), object)
    whole[:] = [repr(each) if isinstance(each, tuple) else each for each in values]
    return whole


def _turns(index: Sequence[Any], shape: Sequence[int], count: int) -> Any:
    """Return for each row how many rows of the same point come before it."""
    points = np.zeros(count, np.intp)
    for places, size in zip(index, shape, strict=True):
        # Numbered anew each time, so that no product of sizes can be too large for a number.
        _, points = np.unique(points * max(size, 1) + places, return_inverse=True)
        points = points.reshape(-1)
    order = np.argsort(points, kind="stable")
    ordered = points[order]
    begins: Any = np.flatnonzero(np.r_[True, ordered[1:] != ordered[:-1]]) if count else []
    turns = np.empty(count, np.intp)
    runs = np.diff(np.r_[begins, count]).astype(np.intp) if count else []
    turns[order] = np.arange(count) - np.repeat(begins, runs)
    return turns


def _with(dims: list[str]) -> list[str]:
    name = REPETITION
    while name in dims:
        name += "_"
    return [*dims, name]


def _require_grid(axes: dict[str, Axis], shape: Sequence[int], count: int) -> None:
    cells = math.prod(shape)
    if cells > MOST_CELLS and count < LEAST_FILLED * cells:
        sizes = ", ".join(f"{len(values):,} of {name!r}" for name, (values, _) in axes.items())
        raise TooLarge(
            f"{count:,} results would lie in a grid of {cells:,} cells ({sizes}): the points are "
            "on no grid. to_xarray(dimensions=[...]) has only the parameters that are named as "
            f"dimensions, for example [{next(iter(axes))!r}]; dataframe() has the results as rows"
        )


def _variable(
    name: str, column: Column, rows: Any, dims: list[str], shape: list[int], index: list[Any]
) -> tuple[list[str], Any]:
    """Return a result on the grid, with dimensions of its own where it is an array."""
    values, has = column.filled()
    has = has[rows]
    is_full = bool(has.all()) and len(rows) == math.prod(shape)
    place = tuple(each[has] for each in index)
    there: Any = values[rows[has]] if column.kind != "O" else [values[row] for row in rows[has]]
    # What would be another number as a float stays what it is, beside None.
    if column.kind != "O" and (is_full or column.kind != "i" or is_exact(there)):
        whole = _empty(shape, there.dtype, is_full)
        whole[place] = there
        return dims, whole
    inner = _inner(there) if column.kind == "O" else None
    if inner is None:
        whole = np.full(shape, None, object)
        objects = np.empty(len(there), object)
        objects[:] = there
        whole[place] = objects
        return dims, whole
    extra, kind = inner
    whole = _empty([*shape, *extra], kind, is_full)
    whole[place] = np.asarray(there, kind)
    return [*dims, *(f"{name}_{axis}" for axis in range(len(extra)))], whole


def _inner(values: Sequence[Any]) -> tuple[tuple[int, ...], np.dtype[Any]] | None:
    """Return shape and type of values that are numbers or arrays of one shape; else None."""
    number = bool | int | float | complex | np.number | np.bool_
    for each in values:
        if not isinstance(each, number | np.ndarray | list):
            return None
    try:
        arrays = [np.asarray(each) for each in values]
    except ValueError:
        return None
    kinds = {each.dtype for each in arrays}
    if len({each.shape for each in arrays}) != 1 or any(each.kind not in "biufc" for each in kinds):
        return None
    common = np.result_type(*kinds)
    if common.kind in "fc" and not all(
        is_exact(each) for each in arrays if each.dtype.kind in "iu"
    ):
        return None
    return arrays[0].shape, common


def _empty(shape: Sequence[int], kind: np.dtype[Any], is_full: bool) -> Any:
    """Return a grid of nothing: NaN, or what says that in other types."""
    if is_full:
        return np.zeros(shape, kind)
    if kind.kind == "M":
        return np.full(shape, np.datetime64("NaT"), kind)
    if kind.kind in "fc":
        return np.full(shape, np.nan, kind)
    return np.full(shape, np.nan)
