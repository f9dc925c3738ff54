"""NumPy's ufuncs and functions of arrays that are larger than memory."""

from __future__ import annotations

import inspect
import math
import operator
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache, partial
from typing import Any

import numpy as np
import xarray as xr

from emout_lab.emses import observation
from emout_lab.emses.blocks import histograms, naming, order, reducing, tasks
from emout_lab.emses.blocks.along import Along
from emout_lab.emses.blocks.axes import Expanded, Transposed
from emout_lab.emses.blocks.nodes import Elementwise, Node
from emout_lab.emses.blocks.stored import Stored
from emout_lab.format import format_bytes

Array = np.ndarray[Any, Any]

#: Functions that work place by place.
_ELEMENTWISE = {
    getattr(np, name)
    for name in (
        "where clip isclose nan_to_num real imag angle round around isposinf isneginf iscomplex "
        "isreal sinc i0 fix real_if_close heaviside interp"
    ).split()
    if hasattr(np, name)
}
#: Functions that need all values along one axis, and where it is if nobody says.
_ALONG: Mapping[Any, int | None] = {
    getattr(np, name): axis
    for name, axis in {
        "cumsum": None,
        "cumprod": None,
        "nancumsum": None,
        "nancumprod": None,
        "diff": -1,
        "flip": None,
        "roll": None,
        "sort": -1,
    }.items()
}
#: How the ``reduce`` of ufuncs is called.
_UFUNC_REDUCTIONS = {
    np.add: "sum",
    np.multiply: "prod",
    np.maximum: "max",
    np.minimum: "min",
    np.fmax: "nanmax",
    np.fmin: "nanmin",
    np.logical_or: "any",
    np.logical_and: "all",
}
_NAMES: Mapping[Any, str] = {
    getattr(np, name): name for name in (*reducing.REDUCTIONS, *order.ORDERED)
} | {np.amax: "max", np.amin: "min"}
#: Methods that arrays have.
METHODS = frozenset(
    "max min mean std var sum prod any all argmax argmin ptp cumsum cumprod clip round".split()
)


def apply_ufunc(
    ufunc: np.ufunc, method: str, inputs: tuple[Any, ...], kwargs: dict[str, Any]
) -> Any:
    """Apply a ufunc, or its ``reduce`` or ``accumulate``."""
    if kwargs.get("out") is not None and any(_is_blocks(item) for item in kwargs["out"]):
        return NotImplemented
    is_plain = kwargs.get("out") is None and kwargs.get("where", True) is True
    options = {name: value for name, value in kwargs.items() if name not in ("out", "where")}
    if method == "__call__" and is_plain and ufunc.signature is None:
        # Arrays square and take roots ten times as fast as the ufunc of powers does.
        is_power = ufunc is np.power and np.ndim(inputs[1]) == 0 and not options
        return _elementwise(operator.pow if is_power else ufunc, inputs, options)
    if method == "reduce" and is_plain and ufunc in _UFUNC_REDUCTIONS:
        axis = options.pop("axis", 0)
        known = {n: v for n, v in options.items() if v is not None and v is not False}
        found = _reduced(_UFUNC_REDUCTIONS[ufunc], inputs[0], axis, known)
        if found is not NotImplemented:
            return found
    if method == "accumulate" and is_plain and not options.get("dtype"):
        axis = options.get("axis", inputs[1] if len(inputs) > 1 else 0)
        return _along(ufunc.accumulate, inputs[0], axis, {})
    return getattr(ufunc, method)(*(_whole(item) for item in inputs), **kwargs)


def apply_function(function: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """Apply a NumPy function; those that are not known here get all values in memory."""
    found = _applied(function, args, kwargs)
    if found is NotImplemented:
        return function(*_whole(list(args)), **_whole(kwargs))
    return found


def node_of(value: Any) -> Any:
    """Return the node of an array, or the value itself where it has no shape."""
    if _is_blocks(value):
        return value.node
    if isinstance(value, xr.DataArray):
        value = value.data
        return node_of(value)
    if isinstance(value, (list, tuple, np.ndarray)) and np.ndim(value):
        array = np.asarray(value)
        return Stored(xr.Variable([f"dim_{n}" for n in range(array.ndim)], array))
    return value


def _is_blocks(value: Any) -> bool:
    return isinstance(getattr(value, "node", None), Node)


def _whole(value: Any) -> Any:
    """Replace arrays of blocks by their values."""
    if _is_blocks(value):
        return np.asarray(value)
    if isinstance(value, (list, tuple)):
        return type(value)([_whole(item) for item in value])
    if isinstance(value, dict):
        return {name: _whole(item) for name, item in value.items()}
    return value


def _first(values: Sequence[Any]) -> Any:
    return next(item for item in values if _is_blocks(item))


def _elementwise(
    function: Callable[..., Any], args: Sequence[Any], options: Mapping[str, Any]
) -> Any:
    like = _first([*args, *options.values()])
    name = f"{getattr(function, '__name__', 'function')} of {like.name}"
    name = like.name if name.count(" of ") > 2 else name
    nodes = [node_of(item) for item in args]
    outputs = getattr(function, "nout", 1)
    if outputs > 1:
        return tuple(
            like.made(Elementwise(partial(_output, function, n), nodes, options), name)
            for n in range(outputs)
        )
    return like.made(Elementwise(function, nodes, options), name)


def _output(function: Callable[..., Any], number: int, *args: Any, **options: Any) -> Any:
    return function(*args, **options)[number]


def _along(function: Callable[..., Any], array: Any, axis: int, options: Mapping[str, Any]) -> Any:
    if not -array.ndim <= axis < array.ndim:
        raise IndexError(f"axis {axis} is out of bounds for {array.ndim} dimensions.")
    return array.made(Along(function, array.node, axis % array.ndim, options))


@lru_cache
def _signature(function: Any) -> inspect.Signature:
    return inspect.signature(function)


def _applied(function: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    if function in _ELEMENTWISE:
        return _applied_elementwise(function, args, kwargs)
    try:
        given = dict(_signature(function).bind(*args, **kwargs).arguments)
    except (TypeError, ValueError):
        return NotImplemented
    given.update(given.pop("kwargs", {}))
    if function in (np.histogram, np.histogram2d):
        return _histogram(function, given)
    array = next(iter(given.values()), None)
    if not _is_blocks(array):
        return NotImplemented
    del given[next(iter(given))]
    if function in _NAMES:
        options = {n: v for n, v in given.items() if v is not None}
        if options.pop("overwrite_input", False):
            return NotImplemented
        return _reduced(_NAMES[function], array, options.pop("axis", None), options)
    if function in _ALONG:
        return _applied_along(function, array, given)
    return _moved(function, array, given)


def _applied_elementwise(function: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    if kwargs.get("out") is not None or (function is np.where and len(args) != 3):
        return NotImplemented
    if function is np.interp and _is_blocks(args[0]):
        # The tables stay as they are: they do not lie at the places of the array.
        tables = partial(_interpolated, xp=np.asarray(args[1]), fp=np.asarray(args[2]))
        return _elementwise(tables, args[:1], kwargs)
    names = [name for name, value in kwargs.items() if _is_blocks(value) or np.ndim(value)]
    if names:
        given = _signature(function).bind(*args, **kwargs).arguments
        args, kwargs = tuple(given.values()), {}
    return _elementwise(function, args, kwargs)


def _interpolated(values: Array, xp: Array, fp: Array, **options: Any) -> Any:
    return np.interp(values, xp, fp, **options)


def _applied_along(function: Any, array: Any, given: dict[str, Any]) -> Any:
    if given.pop("out", None) is not None:
        return NotImplemented
    axis = given.pop("axis", _ALONG[function])
    if not isinstance(axis, (int, np.integer)):
        return NotImplemented
    if any(np.ndim(value) for value in given.values()):
        return NotImplemented
    return _along(function, array, int(axis), given)


def _reduced(how: str, array: Any, axis: Any, options: dict[str, Any]) -> Any:
    """Return a reduction, or NotImplemented."""
    dtype = options.pop("dtype", None)
    if dtype is not None:
        is_sum = how.endswith(("sum", "prod")) and np.dtype(dtype).itemsize == 8
        if np.dtype(dtype).kind not in "fc" and not is_sum:  # narrow integers wrap around
            return NotImplemented
        array = array.astype(dtype)
    axes = _axes(axis, array.ndim)
    if how.endswith(("argmin", "argmax")) and len(axes) not in (1, array.ndim):
        return NotImplemented
    label = (
        f"{how} of {array.name} ({format_bytes(tasks.bytes_per_value(array.node) * array.size)})"
    )
    if reducing.can_reduce(how, array.dtype, options):
        compute = reducing.reduce
    elif order.can_order(how, array.dtype, options):
        compute = order.ordered
    else:
        return NotImplemented
    plain = {name: np.asarray(value).tolist() for name, value in options.items()}
    return naming.computed(
        array.node,
        how,
        {**plain, "axes": list(axes)},
        partial(compute, array.node, how, axes, options, label),
    )


def _axes(axis: Any, ndim: int) -> tuple[int, ...]:
    given = range(ndim) if axis is None else axis if isinstance(axis, (tuple, list)) else [axis]
    for each in given:
        if not -ndim <= each < ndim:
            raise (
                np.exceptions.AxisError(each, ndim)
                if hasattr(np, "exceptions")
                else IndexError(f"axis {each} is out of bounds for an array of dimension {ndim}")
            )
    axes = tuple(int(each) % ndim for each in given)
    if len(set(axes)) < len(axes):
        raise ValueError(f"axis {axis} names an axis twice.")
    return axes


def _histogram(function: Any, given: dict[str, Any]) -> Any:
    if given.get("weights") is not None:
        return NotImplemented
    two = function is np.histogram2d
    arrays = [given["x"], given["y"]] if two else [given["a"]]
    bins, ends = given.get("bins", 10), given.get("range")
    like = _first(arrays)
    if two:
        is_pair = hasattr(bins, "__len__") and len(bins) == 2
        bins = list(bins) if is_pair else [bins, bins]
    else:
        bins = [bins]
    ranges = [None] * len(arrays) if ends is None else list(ends) if two else [ends]
    counts, edges = _counted([node_of(item) for item in arrays], bins, ranges, like.name)
    if given.get("density"):
        sizes = math.prod(np.meshgrid(*map(np.diff, edges), indexing="ij"))
        counts = counts / (counts.sum() * sizes)
    elif not two:
        counts = counts.astype(np.int64)
    return (counts, *edges)


def _counted(
    nodes: list[Node], bins: list[Any], ranges: list[Any], name: str
) -> tuple[Array, list[Array]]:
    """Return counts and edges; for an article as the one array that it can keep."""

    def count() -> tuple[Array, list[Array]]:
        return histograms.histogram(nodes, bins, ranges, f"histogram of {name}")

    if not observation.is_observed() or any(isinstance(each, str) for each in bins):
        return count()

    kinds: list[Any] = [np.float64] * len(nodes)

    def together() -> Array:
        counts, edges = count()
        kinds[:] = [each.dtype for each in edges]
        return np.concatenate([counts.ravel(), *edges])

    joint = nodes[0] if len(nodes) == 1 else Elementwise(histograms.first, nodes)
    options = {"bins": [np.asarray(each).tolist() for each in bins], "ranges": repr(ranges)}
    sizes = [int(each) if np.ndim(each) == 0 else len(each) - 1 for each in bins]
    found = np.asarray(naming.computed(joint, "histogram", options, together))
    places = math.prod(sizes)
    edges = np.split(found[places:], np.cumsum([size + 1 for size in sizes])[:-1])
    own = [each.astype(kind) for each, kind in zip(edges, kinds, strict=True)]
    return found[:places].reshape(sizes), own


def _moved(function: Any, array: Any, given: dict[str, Any]) -> Any:
    """Return the same values in another order of axes, or NotImplemented."""
    if function is np.transpose:
        axes = given.get("axes")
        order = tuple(reversed(range(array.ndim))) if axes is None else _axes(axes, array.ndim)
    elif function in (np.moveaxis, np.swapaxes):
        # What NumPy makes of the numbers of the axes.
        sample = function(np.empty(range(array.ndim)), **given) if array.ndim else None
        order = () if sample is None else sample.shape
    elif function is np.expand_dims and np.ndim(given["axis"]) == 0:
        return array.made(Expanded(array.node, int(given["axis"]) % (array.ndim + 1)))
    elif function in (np.copy, np.array, np.asarray):
        return array
    elif function is np.ndim:
        return array.ndim
    elif function is np.shape:
        return array.shape
    elif function is np.size:
        return (
            array.size
            if given.get("a") is None and given.get("axis") is None
            else (array.shape[given["axis"]])
        )
    elif function is np.average and not given:
        return _reduced("mean", array, None, {})
    else:
        return NotImplemented
    return array.made(Transposed(array.node, order))
