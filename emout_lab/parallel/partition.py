"""Partition: how a sequence is divided among engines, and how its parts are joined again."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Sequence
from itertools import chain, islice, zip_longest
from typing import Any, Final

import numpy as np

#: Blocks, or items in turn.
DISTS: Final = ("b", "r")
_MISSING: Final = object()


def parts_of(seq: Any, count: int, dist: str = "b") -> list[Any]:
    """Divide a sequence into parts of its own kind, whose lengths differ by one at most.

    Parameters
    ----------
    seq : sequence
        A list, tuple, text, range, numpy array (along its first axis), pandas object (its rows);
        of other collections the parts are lists.
    count : int
        How many parts.
    dist : {"b", "r"}
        Blocks one after the other, or every ``count``-th item.

    Raises
    ------
    TypeError
        For what has no length.
    KeyError
        For an unknown ``dist``.

    Examples
    --------
    >>> parts_of([1, 2, 3, 4, 5], 2), parts_of("abcde", 2, "r"), parts_of(range(1), 2)
    ([[1, 2, 3], [4, 5]], ['ace', 'bd'], [range(0, 1), range(1, 1)])
    """
    check_dist(dist)
    try:
        total = len(seq)
    except TypeError as error:
        raise TypeError(
            f"{type(seq).__name__} cannot be divided: {error}. Give a list, a tuple, a range or an "
            "array."
        ) from None
    if not count:
        return []
    rows = getattr(seq, "iloc", seq) if _is_pandas(seq) else seq
    if not _has_slices(rows):
        rows = list(seq)
    if dist == "r":
        return [rows[number:total:count] for number in range(count)]
    size, more = divmod(total, count)
    starts = [number * size + min(number, more) for number in range(count + 1)]
    return [rows[starts[n] : starts[n + 1]] for n in range(count)]


def joined(parts: Sequence[Any], dist: str = "b") -> Any:
    """Join parts: arrays along their first axis, lists, tuples and ranges to a list.

    What is no sequence of these kinds is an item of its own, and empty parts give none.

    Examples
    --------
    >>> joined([[1, 2], [3]]), joined([[1, 3], [2]], "r"), joined([7, 8, []]), joined(["ab", "c"])
    ([1, 2, 3], [1, 2, 3], [7, 8], ['ab', 'c'])
    >>> joined([np.ones((2, 3)), np.ones((1, 3))]).shape
    (3, 3)
    """
    if parts and all(_is_array(part) for part in parts):
        return _joined_arrays(parts, dist)
    if parts and all(_is_pandas(part) for part in parts):
        return _joined_tables(parts, dist)
    if all(isinstance(part, (list, tuple, range)) for part in parts):
        if dist == "b":
            return list(chain.from_iterable(parts))
        return _in_turn(parts)
    return [part for part in parts if not _is_empty(part)]


def equally_long(sequences: Iterable[Any]) -> list[Any]:
    """Return sequences, and lists of what iterators give.

    Raises
    ------
    ValueError
        Where they differ in length.
    """
    items = taken(sequences, lambda each: each)
    lengths = [len(each) for each in items]
    if len(set(lengths)) > 1:
        raise ValueError(f"sequences of equal length are needed, these have {lengths}")
    return items


def taken(sequences: Iterable[Any], sized: Callable[[Any], Any] = list) -> list[Any]:
    """Return sequences, and lists of what iterators give.

    An iterator is taken as far as the others reach, it need not end (``itertools.repeat(1)``).

    Parameters
    ----------
    sequences : iterable
        What has a length, or can be iterated.
    sized : callable
        What becomes of those that have a length.

    Examples
    --------
    >>> from itertools import count
    >>> taken([[5, 6, 7], count(), range(2)])
    [[5, 6, 7], [0, 1], [0, 1]]
    """
    each = list(sequences)
    items = {n: sized(one) for n, one in enumerate(each) if hasattr(one, "__len__")}
    loose = [n for n in range(len(each)) if n not in items]
    if not items:
        rows = list(zip(*each, strict=False))
        return [[row[n] for row in rows] for n in loose]
    least = min(len(one) for one in items.values())
    items |= {n: list(islice(each[n], least)) for n in loose}
    return [items[n] for n in range(len(each))]


def check_dist(dist: str) -> None:
    """Raise KeyError for an unknown way to divide."""
    if dist not in DISTS:
        raise KeyError(f"dist={dist!r}: 'b' divides into blocks, 'r' in turn")


def _in_turn(parts: Iterable[Iterable[Any]]) -> list[Any]:
    rows = zip_longest(*parts, fillvalue=_MISSING)
    return [item for row in rows for item in row if item is not _MISSING]


def _order(lengths: Sequence[int]) -> list[int]:
    """Return where in all parts one after the other the items stand that come in turn."""
    starts = [sum(lengths[:number]) for number in range(len(lengths))]
    return _in_turn([range(s, s + n) for s, n in zip(starts, lengths, strict=True)])


def _joined_arrays(parts: Sequence[Any], dist: str) -> Any:
    is_masked = any(isinstance(part, np.ma.MaskedArray) for part in parts)
    try:
        whole = (np.ma if is_masked else np).concatenate(parts)
    except (ValueError, TypeError) as error:
        kinds = ", ".join(sorted({f"{part.dtype} {part.shape}" for part in parts}))
        raise type(error)(
            f"the arrays of the engines cannot be joined along their first axis: {kinds}. Pull "
            "them, which gives a list"
        ) from None
    return whole if dist == "b" else whole[_order([len(part) for part in parts])]


def _joined_tables(parts: Sequence[Any], dist: str) -> Any:
    pandas = sys.modules["pandas"]
    if isinstance(parts[0], pandas.Index):
        index = parts[0].append(list(parts[1:]))
        return index if dist == "b" else index[_order([len(part) for part in parts])]
    whole = pandas.concat(parts)
    return whole if dist == "b" else whole.iloc[_order([len(part) for part in parts])]


def _is_array(value: Any) -> bool:
    return isinstance(value, np.ndarray) and value.ndim > 0


def _is_pandas(value: Any) -> bool:
    pandas = sys.modules.get("pandas")
    if pandas is None:
        return False
    return isinstance(value, (pandas.DataFrame, pandas.Series, pandas.Index))


def _has_slices(rows: Any) -> bool:
    if isinstance(rows, (dict, set, frozenset)):
        return False
    try:
        rows[0:0]
    except (TypeError, KeyError, NotImplementedError):
        return False
    return True


def _is_empty(part: Any) -> bool:
    is_sequence = _is_array(part) or _is_pandas(part) or isinstance(part, (list, tuple, range))
    return is_sequence and len(part) == 0
