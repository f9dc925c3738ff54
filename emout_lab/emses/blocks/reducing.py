"""Reductions of arrays that are larger than memory: a state for each task, merged to the result.

A reduction is three steps. ``start`` makes the state of no values, ``of_block`` that of a block,
``merge`` one state of two; ``finish`` makes the result of the last one. A state is a tuple of
arrays that have the axes which the result keeps.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeAlias

import numpy as np

from emout_lab.emses.blocks import moments
from emout_lab.emses.blocks.nodes import Node
from emout_lab.emses.blocks.partition import Region
from emout_lab.emses.blocks.tasks import Part, run, within

Array = np.ndarray[Any, Any]
State: TypeAlias = "tuple[Array, ...]"


@dataclass(frozen=True)
class Block:
    """Values of one block and where they are.

    Parameters
    ----------
    values : ndarray
    axes : tuple of int
        Axes to be reduced.
    region : Region
        Where the block lies in the whole array.
    shape : tuple of int
        Shape of the whole array.
    """

    values: Array
    axes: tuple[int, ...]
    region: Region
    shape: tuple[int, ...]


@dataclass(frozen=True)
class Reduction:
    """One way to make few values of many, see the module.

    Parameters
    ----------
    start : callable
        ``start(shape, dtype)`` gives the state of no values for each of ``shape``.
    of_block : callable
        ``of_block(block)`` gives its state.
    merge : callable
        ``merge(state, other)`` brings another state into the first, in place; it stands later in
        the array.
    finish : callable
        ``finish(state, options, count)`` gives the result of so many values each.
    options : tuple of str
        Named arguments that are understood beside ``axis`` and ``keepdims``.
    """

    start: Callable[[tuple[int, ...], np.dtype[Any]], State]
    of_block: Callable[[Block], State]
    merge: Callable[[State, State], None]
    finish: Callable[[State, Mapping[str, Any], int], Any]
    options: tuple[str, ...] = ()


def _accumulating(dtype: np.dtype[Any]) -> np.dtype[Any]:
    """Type in which values are added: rounding must not grow with their number."""
    if dtype.kind in "fc":
        return np.result_type(dtype, np.float64)
    exact: np.dtype[Any] = np.sum(np.zeros(1, dtype)).dtype
    return exact


def _floating(dtype: np.dtype[Any]) -> np.dtype[Any]:
    """Type in which the sum of a mean cannot overflow, as NumPy's."""
    return np.result_type(dtype, np.float64)


def _worst(dtype: np.dtype[Any], is_low: bool) -> Any:
    if dtype.kind == "b":
        return not is_low
    if dtype.kind in "iu":
        return np.iinfo(dtype).min if is_low else np.iinfo(dtype).max
    return -np.inf if is_low else np.inf


def _extreme(ufunc: np.ufunc, *, skips_nan: bool) -> Reduction:
    """Find the smallest or largest values."""
    is_max = ufunc in (np.maximum, np.fmax)

    def start(shape: tuple[int, ...], dtype: np.dtype[Any]) -> State:
        is_nan = skips_nan and dtype.kind == "f"
        return (np.full(shape, np.nan if is_nan else _worst(dtype, is_max), dtype),)

    def of_block(block: Block) -> State:
        return (np.asarray(ufunc.reduce(block.values, axis=block.axes)),)

    def merge(state: State, other: State) -> None:
        ufunc(state[0], other[0], out=state[0])

    def finish(state: State, options: Mapping[str, Any], count: int) -> Any:  # noqa: ARG001
        moments.warn_of_nothing(np.isnan(state[0]) if skips_nan else None, "All-NaN slice")
        return state[0]

    return Reduction(start, of_block, merge, finish)


def _added(
    ufunc: np.ufunc,
    prepare: Callable[[Array], Array] | None = None,
    accumulating: Callable[[np.dtype[Any]], np.dtype[Any]] = _accumulating,
) -> Reduction:
    """Add or multiply values, prepared ones."""

    def prepared(dtype: np.dtype[Any]) -> np.dtype[Any]:
        return dtype if prepare is None else prepare(np.zeros(1, dtype)).dtype

    def start(shape: tuple[int, ...], dtype: np.dtype[Any]) -> State:
        return (np.full(shape, ufunc.identity, accumulating(prepared(dtype))),)

    def of_block(block: Block) -> State:
        values = block.values if prepare is None else prepare(block.values)
        exact = accumulating(values.dtype)
        return (np.asarray(ufunc.reduce(values, axis=block.axes, dtype=exact)),)

    def merge(state: State, other: State) -> None:
        ufunc(state[0], other[0], out=state[0])

    return Reduction(start, of_block, merge, lambda state, *_: state[0])


def _into(ufunc: np.ufunc, state: Array, other: Array) -> None:
    ufunc(state, other, out=state)


def _both(low: Callable[..., None], high: Callable[..., None]) -> Callable[[State, State], None]:
    def merge(state: State, other: State) -> None:
        low(state[:1], other[:1])
        high(state[1:], other[1:])

    return merge


def _truth(ufunc: np.ufunc) -> Reduction:
    """Tell whether any or all are true."""
    return Reduction(
        lambda shape, _: (np.full(shape, ufunc.identity, bool),),
        lambda block: (np.asarray(ufunc.reduce(block.values, axis=block.axes, dtype=bool)),),
        lambda state, other: _into(ufunc, state[0], other[0]),
        lambda state, *_: state[0],
    )


def _without_nan(neutral: float) -> Callable[[Array], Array]:
    def prepare(values: Array) -> Array:
        if values.dtype.kind not in "fc":
            return values
        return np.where(np.isnan(values), values.dtype.type(neutral), values)

    return prepare


def _place(name: str) -> Reduction:
    """Find the smallest or largest value's position, the first of several; NaN goes first."""
    is_max, skips_nan = name.endswith("max"), name.startswith("nan")

    def start(shape: tuple[int, ...], dtype: np.dtype[Any]) -> State:
        return np.zeros(shape, dtype), np.full(shape, -1, np.int64)

    def of_block(block: Block) -> State:
        values = block.values
        if skips_nan and values.dtype.kind == "f":
            gone = np.isnan(values)
            values = np.where(gone, values.dtype.type(_worst(values.dtype, is_max)), values)
        find = np.argmax if is_max else np.argmin
        if len(block.axes) == values.ndim:
            flat = int(find(values))
            where = np.unravel_index(flat, values.shape)
            place = [at + start for at, (start, _) in zip(where, block.region, strict=True)]
            index = np.asarray(np.ravel_multi_index(tuple(place), block.shape), np.int64)
            best = np.asarray(values.flat[flat])
            some = None if not skips_nan else np.asarray(not _all_nan(block.values, None))
        else:
            (axis,) = block.axes
            near = np.expand_dims(find(values, axis=axis), axis)
            best = np.take_along_axis(values, near, axis).squeeze(axis)
            index = near.squeeze(axis).astype(np.int64) + block.region[axis][0]
            some = None if not skips_nan else ~_all_nan(block.values, axis)
        return best, index if some is None else np.where(some, index, -1)

    def merge(state: State, other: State) -> None:
        (value, index), (new, place) = state, other
        with np.errstate(invalid="ignore"):
            better = new > value if is_max else new < value
            better |= (new == value) & (place < index)
        if value.dtype.kind == "f" and not skips_nan:
            was, now = np.isnan(value), np.isnan(new)
            better = np.where(was | now, now & (~was | (place < index)), better)
        better = (place >= 0) & ((index < 0) | better)
        np.copyto(value, new, where=better)
        np.copyto(index, place, where=better)

    def finish(state: State, options: Mapping[str, Any], count: int) -> Any:  # noqa: ARG001
        if np.any(state[1] < 0):
            raise ValueError("All-NaN slice encountered")
        return state[1]

    return Reduction(start, of_block, merge, finish)


def _all_nan(values: Array, axis: int | None) -> Any:
    if values.dtype.kind != "f":
        return np.zeros(np.shape(np.any(values, axis=axis)), bool)
    return np.isnan(values).all(axis=axis)


def _moments(power: int, *, skips_nan: bool) -> Reduction:
    """Compute mean (power 1), variance (2) or standard deviation (3)."""

    def of_block(block: Block) -> State:
        return moments.of_values(block.values, block.axes, power > 1, skips_nan)

    def finish(state: State, options: Mapping[str, Any], count: int) -> Any:  # noqa: ARG001
        return moments.result(state, power, float(options.get("ddof") or 0), skips_nan)

    return Reduction(
        lambda shape, dtype: moments.start(shape, dtype, power > 1),
        of_block,
        moments.merge,
        finish,
        ("ddof",) if power > 1 else (),
    )


def _spread() -> Reduction:
    """Subtract the smallest value from the largest."""
    low, high = _extreme(np.minimum, skips_nan=False), _extreme(np.maximum, skips_nan=False)
    return Reduction(
        lambda shape, dtype: low.start(shape, dtype) + high.start(shape, dtype),
        lambda block: low.of_block(block) + high.of_block(block),
        _both(low.merge, high.merge),
        lambda state, *_: state[1] - state[0],
    )


REDUCTIONS: Mapping[str, Reduction] = {
    "min": _extreme(np.minimum, skips_nan=False),
    "max": _extreme(np.maximum, skips_nan=False),
    "nanmin": _extreme(np.fmin, skips_nan=True),
    "nanmax": _extreme(np.fmax, skips_nan=True),
    "ptp": _spread(),
    "sum": _added(np.add),
    "prod": _added(np.multiply),
    "nansum": _added(np.add, _without_nan(0)),
    "nanprod": _added(np.multiply, _without_nan(1)),
    "count_nonzero": _added(np.add, lambda values: values != 0),
    "any": _truth(np.logical_or),
    "all": _truth(np.logical_and),
    "argmin": _place("argmin"),
    "argmax": _place("argmax"),
    "nanargmin": _place("nanargmin"),
    "nanargmax": _place("nanargmax"),
    "mean": replace(_added(np.add, accumulating=_floating), finish=moments.mean_of_sums),
    "nanmean": _moments(1, skips_nan=True),
    "var": _moments(2, skips_nan=False),
    "nanvar": _moments(2, skips_nan=True),
    "std": _moments(3, skips_nan=False),
    "nanstd": _moments(3, skips_nan=True),
}


def can_reduce(how: str, dtype: np.dtype[Any], options: Mapping[str, Any]) -> bool:
    """Tell whether a reduction is known by blocks, for a type and with its options."""
    known = REDUCTIONS.get(how)
    if known is None or set(options) - {*known.options, "keepdims"}:
        return False
    return dtype.kind in ("biuf" if known not in _COMPLEX else "biufc")


_COMPLEX = [REDUCTIONS[name] for name in ("sum", "prod", "any", "all", "count_nonzero")]


def reduce(
    node: Node, how: str, axes: Sequence[int], options: Mapping[str, Any], label: str
) -> Any:
    """Reduce an array over axes.

    Parameters
    ----------
    node : Node
    how : str
        Name in `REDUCTIONS`, which are those of NumPy.
    axes : sequence of int
        From 0 on.
    options : mapping
        ``ddof``, ``keepdims``.
    label : str
        What is computed, for people.

    Returns
    -------
    ndarray or number
        Of NumPy's shape and type; sums and means are added up in 64 bits.
    """
    if node.dtype.kind in "biu":
        how = how.removeprefix("nan")
    kind, axes = REDUCTIONS[how], tuple(sorted(axes))
    kept = [axis for axis in range(node.ndim) if axis not in axes]
    shape = tuple(node.shape[axis] for axis in kept)
    _require_values(node, how, axes)
    args = (how, axes, node.shape, dict(options))
    parts = run(node, _task_part, args, kept, label)
    if all(is_finished for _, (is_finished, _) in parts):
        result = np.empty(shape, _type_of_result(how, node.dtype))
        for region, (_, part) in parts:
            result[_along_kept(region, kept)] = part
    else:
        state = kind.start(shape, node.dtype)
        for region, (_, part) in parts:
            kind.merge(_parts(state, _along_kept(region, kept)), part)
        result = _finished(state, node.dtype, *args)
    if options.get("keepdims"):
        return result.reshape([1 if n in axes else size for n, size in enumerate(node.shape)])
    return result if shape else result[()]


def _along_kept(region: Region, kept: Sequence[int]) -> Any:
    return (*(slice(*region[axis]) for axis in kept), ...)


def _finished(
    state: State,
    dtype: np.dtype[Any],
    how: str,
    axes: tuple[int, ...],
    shape: tuple[int, ...],
    options: Mapping[str, Any],
) -> Array:
    """Return the result of a state of all values that it is made of."""
    count = math.prod(shape[axis] for axis in axes)
    with np.errstate(invalid="ignore", divide="ignore", over="ignore"):
        result = np.asarray(REDUCTIONS[how].finish(state, options, count))
    return result.astype(_type_of_result(how, dtype), copy=False)


def _task_part(
    part: Part,
    how: str,
    axes: tuple[int, ...],
    shape: tuple[int, ...],
    options: Mapping[str, Any],
) -> tuple[bool, Any]:
    """Return whether a part is finished, as a smaller result, and that or its state."""
    state = _task_state(part, how, axes, shape)
    is_whole = all(part.region[axis] == (0, shape[axis]) for axis in axes)
    # What NumPy warns of is said where somebody listens.
    if how.startswith("nan") or options.get("ddof") or not is_whole or len(axes) == len(shape):
        return False, state
    return True, _finished(state, part.node.dtype, how, axes, shape, options)


def _task_state(part: Part, how: str, axes: tuple[int, ...], shape: tuple[int, ...]) -> State:
    """Return the state of a task's part."""
    kind, node = REDUCTIONS[how], part.node
    kept = [axis for axis in range(node.ndim) if axis not in axes]
    state = kind.start(tuple(node.shape[axis] for axis in kept), node.dtype)
    for block, (values,) in part.blocks(how):
        index = within(block, part.region, kept)
        with np.errstate(all="ignore"):
            own = kind.of_block(Block(values, axes, block, shape))
            kind.merge(_parts(state, index), own)
    return state


def _parts(state: State, index: Any) -> State:
    # With the dots a state of one value stays an array, which can be changed.
    key: Any = index if Ellipsis in index else (*index, ...)
    return tuple(item[key] for item in state)


def _require_values(node: Node, how: str, axes: tuple[int, ...]) -> None:
    has_identity = how.removeprefix("nan") in ("sum", "prod", "any", "all", "count_nonzero")
    if math.prod(node.shape[axis] for axis in axes) or has_identity:
        return
    if how.removeprefix("nan") in ("mean", "var", "std"):
        return
    raise ValueError(f"{how} of no values: the shape is {node.shape}, the axes are {axes}.")


def _type_of_result(how: str, dtype: np.dtype[Any]) -> np.dtype[Any]:
    if how == "count_nonzero":
        return np.dtype(np.intp)
    return np.asarray(getattr(np, how)(np.ones(1, dtype))).dtype
