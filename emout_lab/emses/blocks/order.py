"""Medians and quantiles of arrays that are larger than memory, exactly.

Where each result is made of values that fit into a block, NumPy computes it. Otherwise the ordered
values that a quantile stands between are found digit by digit: numbers are counted by the leading
sixteen bits of what they are in order, then by the next sixteen of those that are left.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from emout_lab.emses import execution
from emout_lab.emses.blocks.nodes import Node
from emout_lab.emses.blocks.tasks import Part, bytes_per_value, run, within
from emout_lab.errors import TooLarge
from emout_lab.format import format_bytes

Array = np.ndarray[Any, Any]

#: NumPy's functions that are computed here, and those that take positions of quantiles.
ORDERED = ("median", "nanmedian", "percentile", "nanpercentile", "quantile", "nanquantile")
#: Bytes that are ordered in memory at once, and their share of what is left: it is copied twice.
SORTED_BYTES, SORTED_SHARE = 100_000_000, 0.1
#: Results that are found digit by digit, with two to four readings of their values each.
MOST_SEARCHES = 4096
_DIGIT_BITS = 16


def can_order(how: str, dtype: np.dtype[Any], options: Mapping[str, Any]) -> bool:
    """Tell whether `ordered` understands a function with its options."""
    known = {"keepdims", "q", "method"}
    return how in ORDERED and dtype.kind in "iuf" and not set(options) - known


def ordered(
    node: Node, how: str, axes: Sequence[int], options: Mapping[str, Any], label: str
) -> Any:
    """Return a median or quantiles over axes, as NumPy does.

    Raises
    ------
    TooLarge
        When there are many results, each of more values than memory.
    """
    axes, options = tuple(sorted(axes)), dict(options)
    keepdims = bool(options.pop("keepdims", False))
    kept = [axis for axis in range(node.ndim) if axis not in axes]
    if not math.prod(node.shape):  # NumPy knows what the median of nothing is
        nothing = np.empty(node.shape, node.dtype)
        return getattr(np, how)(nothing, axis=axes, keepdims=keepdims, **_plain(options))
    count = math.prod(node.shape[axis] for axis in kept)
    each = bytes_per_value(node) * math.prod(node.shape[axis] for axis in axes)
    left = execution.current().memory_left()
    if each <= min(SORTED_BYTES, math.inf if left is None else SORTED_SHARE * left):
        result = _by_numpy(node, how, axes, kept, options, label)
    else:
        if count > MOST_SEARCHES:
            raise TooLarge(
                f"{how} over {axes} needs {count} times the ordered values of "
                f"{format_bytes(each)}, more than is held at once. Take a slice first, or fewer "
                "axes at a time."
            )
        result = _by_search(node, how, kept, options, label)
    if keepdims:
        sizes = [1 if n in axes else size for n, size in enumerate(node.shape)]
        result = np.reshape(result, (*np.shape(options.get("q", 0.5)), *sizes))
    return result if np.ndim(result) else result[()]


def _by_numpy(
    node: Node,
    how: str,
    axes: tuple[int, ...],
    kept: list[int],
    options: Mapping[str, Any],
    label: str,
) -> Array:
    quantiles = np.shape(options.get("q", 0.5))
    shape = (*quantiles, *(node.shape[axis] for axis in kept))
    sample = getattr(np, how)(np.zeros((1,), node.dtype), **_plain(options))
    result = np.empty(shape, np.asarray(sample).dtype)
    parts = run(node, _ordered_part, (how, axes, dict(options)), kept, label, only_kept=True)
    for region, part in parts:
        index = tuple(slice(*region[axis]) for axis in kept)
        result[_last(index)] = part
    return result


def _ordered_part(part: Part, how: str, axes: tuple[int, ...], options: Mapping[str, Any]) -> Array:
    node = part.node
    kept = [axis for axis in range(node.ndim) if axis not in axes]
    shape = (*np.shape(options.get("q", 0.5)), *(node.shape[axis] for axis in kept))
    result: Array | None = None
    for block, (values,) in part.blocks(how, frozenset(axes)):
        found = np.asarray(getattr(np, how)(values, axis=axes, **_plain(options)))
        if result is None:
            result = np.empty(shape, found.dtype)
        index = within(block, part.region, kept)
        result[_last(index)] = found
    return np.empty(shape) if result is None else result


def _last(index: tuple[slice, ...]) -> Any:
    """Return an index of the last axes; those before, of several quantiles, are whole."""
    return (Ellipsis, *index)


def _plain(options: Mapping[str, Any]) -> dict[str, Any]:
    # An old NumPy does not know the name of a method that nobody chose.
    return {name: value for name, value in options.items() if name != "method" or value != "linear"}


def _by_search(
    node: Node,
    how: str,
    kept: list[int],
    options: Mapping[str, Any],
    label: str,
) -> Array:
    quantiles = np.asarray(options.get("q", 0.5), dtype=float)
    if "percentile" in how:
        quantiles = quantiles / 100
    if np.any((quantiles < 0) | (quantiles > 1)) or np.isnan(quantiles).any():
        raise ValueError("Percentiles must be in the range [0, 100] and quantiles in [0, 1].")
    sizes = [range(node.shape[axis]) for axis in kept]
    found = []
    for place in itertools.product(*sizes):
        one: list[Any] = [slice(None)] * node.ndim
        for axis, position in zip(kept, place, strict=True):
            one[axis] = position
        part = node.take(tuple(one))
        found.append(_search(part, how, quantiles, str(options.get("method", "linear")), label))
    stacked = np.stack(found, axis=-1)
    result = stacked.reshape((*quantiles.shape, *(len(size) for size in sizes)))
    sample = getattr(np, how)(np.zeros((1,), node.dtype), **_plain({**options}))
    return np.asarray(result.astype(np.asarray(sample).dtype))


def _search(node: Node, how: str, quantiles: Array, method: str, label: str) -> Array:
    """Find quantiles of all values of a node."""
    skips_nan = how.startswith("nan")
    counts, gone = _counted(node, [()], label)
    total = sum(int(each.sum()) for each in counts.values())
    if (gone and not skips_nan) or not total:
        return np.full(quantiles.shape, np.nan)
    # A quantile lies between two of the ordered values.
    place = quantiles * (total - 1)
    low = np.floor(place).astype(np.int64)
    high = np.minimum(low + 1, total - 1)
    ranks = sorted({int(n) for n in (*low.flat, *high.flat)})
    values = _ranked(node, ranks, counts, label)
    lower = np.array([values[int(n)] for n in low.flat]).reshape(low.shape)
    upper = np.array([values[int(n)] for n in high.flat]).reshape(low.shape)
    share = place - low
    between = np.where(share > 0, lower / 2 + upper / 2, lower)
    if how.endswith("median"):  # an infinite neighbour counts only where it is one of the two
        return np.asarray(between)
    with np.errstate(invalid="ignore"):  # as NumPy: next to an infinite value
        linear = np.where(lower == upper, lower, lower * (1 - share) + upper * share)
    picks = {
        "lower": lower,
        "higher": np.where(share > 0, upper, lower),
        "nearest": np.where((share > 0.5) | ((share == 0.5) & (low % 2 == 1)), upper, lower),
        "midpoint": between,
        "linear": linear,
    }
    if method not in picks:
        raise TooLarge(
            f"{how}(method={method!r}) orders all values in memory, and they are too many. Use one "
            f"of {', '.join(picks)}, or take a slice first."
        )
    return np.asarray(picks[method])


def _ranked(
    node: Node, ranks: list[int], counts: dict[tuple[int, ...], Array], label: str
) -> dict[int, Any]:
    """Find the values with some ranks among all."""
    # Of each rank: the digits known so far, and its rank among the values that begin with them.
    ahead: dict[int, tuple[tuple[int, ...], int]] = {rank: ((), rank) for rank in ranks}
    digits = _digits(node.dtype)
    for depth in range(digits):
        if depth:
            counts, _ = _counted(node, sorted({start for start, _ in ahead.values()}), label)
        for rank, (begin, left) in ahead.items():
            ends = np.cumsum(counts[begin])
            digit = int(np.searchsorted(ends, left, side="right"))
            before = int(ends[digit - 1]) if digit else 0
            ahead[rank] = ((*begin, digit), left - before)
    return {rank: _value(begin, node.dtype) for rank, (begin, _) in ahead.items()}


def _counted(
    node: Node, begins: list[tuple[int, ...]], label: str
) -> tuple[dict[tuple[int, ...], Array], int]:
    """Count values by the digit that follows some first ones, and those that are no number."""
    sums = {begin: np.zeros(1 << _DIGIT_BITS, np.int64) for begin in begins}
    gone = 0
    for _, (counts, nans) in run(node, _count_part, (begins,), (), label):
        gone += nans
        for begin in begins:
            sums[begin] += counts[begin]
    return sums, gone


def _count_part(
    part: Part, begins: list[tuple[int, ...]]
) -> tuple[dict[tuple[int, ...], Array], int]:
    size = 1 << _DIGIT_BITS
    counts, gone = {begin: np.zeros(size, np.int64) for begin in begins}, 0
    for _, (values,) in part.blocks("quantile"):
        flat = values.ravel()
        if flat.dtype.kind == "f":
            is_number = ~np.isnan(flat)
            if not is_number.all():
                gone += int(flat.size - is_number.sum())
                flat = flat[is_number]
        keys = _keys(flat)
        bits = keys.dtype.itemsize * 8
        for begin in begins:
            chosen = keys
            if begin:
                done = len(begin) * _DIGIT_BITS
                prefix = _joined(begin)
                chosen = keys[(keys >> keys.dtype.type(bits - done)) == prefix]
            shift = keys.dtype.type(max(bits - (len(begin) + 1) * _DIGIT_BITS, 0))
            digit = (chosen >> shift) & keys.dtype.type(size - 1)
            counts[begin] += np.bincount(digit.astype(np.intp), minlength=size)
    return counts, gone


def _digits(dtype: np.dtype[Any]) -> int:
    return int(_keys(np.zeros(1, dtype)).dtype.itemsize) * 8 // _DIGIT_BITS


def _joined(digits: tuple[int, ...]) -> int:
    number = 0
    for digit in digits:
        number = (number << _DIGIT_BITS) | digit
    return number


def _keys(values: Array) -> Array:
    """Return unsigned integers in the order of the values; IEEE numbers nearly are so already."""
    if values.dtype.kind == "f":
        size = 4 if values.dtype.itemsize <= 4 else 8
        bits = np.ascontiguousarray(values, dtype=f"=f{size}").view(f"=u{size}")
        top = bits.dtype.type(1 << (size * 8 - 1))
        return np.where(bits & top, ~bits, bits | top)
    size = max(values.dtype.itemsize, 2)
    if values.dtype.kind == "u":
        return values.astype(f"=u{size}")
    signed = np.ascontiguousarray(values, dtype=f"=i{size}").view(f"=u{size}")
    return np.asarray(signed ^ signed.dtype.type(1 << (size * 8 - 1)))


def _value(digits: tuple[int, ...], dtype: np.dtype[Any]) -> Any:
    """Return the value whose key has these digits."""
    key = np.array([_joined(digits)], _keys(np.zeros(1, dtype)).dtype)
    size = key.dtype.itemsize
    top = key.dtype.type(1 << (size * 8 - 1))
    if dtype.kind == "f":
        return np.where(key & top, key & ~top, ~key).view(f"=f{size}")[0]
    if dtype.kind == "u":
        return key[0]
    return (key ^ top).view(f"=i{size}")[0]
