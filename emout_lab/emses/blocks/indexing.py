"""Parts of large arrays by every kind of index that NumPy has."""

from __future__ import annotations

from typing import Any

import numpy as np

from emout_lab.emses import execution
from emout_lab.emses.blocks import naming, reducing, tasks
from emout_lab.emses.blocks.axes import Expanded, Transposed
from emout_lab.emses.blocks.functions import node_of
from emout_lab.emses.blocks.nodes import ALL, Elementwise, Node, is_number, plain_slice
from emout_lab.errors import BadIndex, TooLarge
from emout_lab.format import format_bytes

Array = np.ndarray[Any, Any]

#: Bytes that are read for single points: all between their positions.
MOST_AROUND_POINTS = 128_000_000


def part_of(array: Any, key: Any) -> Any:
    """Return a part: lazy by integers, slices, new axes and one list, else its values.

    Raises
    ------
    BadIndex
        When it is of another kind, or names too many points.
    IndexError
        When a position is not there.
    """
    if is_mask(key, array.shape):
        return selected(array, key)
    parts = _completed(key, array.shape)
    own = [part for part in parts if part is not None]
    index = [_checked(part, size, key) for part, size in zip(own, array.shape, strict=True)]
    lists = [part for part in index if isinstance(part, np.ndarray)]
    is_one = len(lists) == 1 and lists[0].ndim == 1
    if lists and not is_one and not (len(lists) > 1 and _is_outer(lists)):
        if len(own) < len(parts):
            raise BadIndex(f"{array.name}: new axes and several lists cannot be in one index.")
        return _points(array, index)
    node = array.node.take(tuple(p.ravel() if isinstance(p, np.ndarray) else p for p in index))
    axis = 0
    for part in parts:
        if part is None:
            node = Expanded(node, axis)
        axis += not is_number(part)
    return array.made(_with_list_first(node, parts) if is_one else node)


def _with_list_first(node: Node, parts: list[Any]) -> Node:
    """Put a list's axis where NumPy has it: first, if a slice parts the list from a number."""
    chosen = [n for n, part in enumerate(parts) if part is not None and not isinstance(part, slice)]
    if chosen[-1] - chosen[0] < len(chosen):
        return node
    (place,) = (n for n in chosen if np.ndim(parts[n]))
    axis = sum(not is_number(part) for part in parts[:place])
    return Transposed(node, (axis, *(n for n in range(node.ndim) if n != axis)))


def _completed(key: Any, shape: tuple[int, ...]) -> list[Any]:
    """Return an index with a part for each axis; None stands for a new one."""
    parts = list(key) if isinstance(key, tuple) else [key]
    dots = [n for n, part in enumerate(parts) if part is Ellipsis]
    missing = len(shape) - sum(part is not None for part in parts) + len(dots)
    if missing < 0 or len(dots) > 1:
        raise IndexError(f"{key!r} is no index of an array with the shape {shape}.")
    place = dots[0] if dots else len(parts)
    parts[place : place + len(dots)] = [ALL] * missing
    return parts


def _checked(part: Any, size: int, key: Any) -> Any:
    """Return a slice, a position from 0 on, or an array of them."""
    if isinstance(part, slice):
        return plain_slice(part, size)
    numbers = np.asarray(part)
    if numbers.dtype == bool and numbers.shape == (size,):
        numbers = np.flatnonzero(numbers)
    if numbers.dtype.kind not in "iu" and (numbers.size or numbers.dtype == bool):
        raise BadIndex(
            f"{_shown(key)} is no index: use integers, slices, lists of integers, or a mask of the "
            "shape of the array."
        )
    numbers = numbers.astype(np.intp)
    if numbers.size and (numbers.min() < -size or numbers.max() >= size):
        raise IndexError(f"index {part!r} is out of bounds for an axis of {size}.")
    numbers = np.where(numbers < 0, numbers + size, numbers)
    return numbers if numbers.ndim else int(numbers)


def _is_outer(lists: list[Array]) -> bool:
    """Tell whether arrays are what `numpy.ix_` makes: each along an axis of its own."""
    axes = [np.flatnonzero(np.array(each.shape) > 1) for each in lists]
    is_one = all(
        len(each) <= 1 and item.ndim == len(lists) for each, item in zip(axes, lists, strict=True)
    )
    along = [int(each[0]) for each in axes if len(each)]
    return is_one and along == sorted(set(along))


def _points(array: Any, index: list[Any]) -> Array:
    """Return the values at single points, out of what lies between them."""
    around: list[Any] = []
    inside: list[Any] = []
    for part in index:
        if isinstance(part, slice):
            around.append(part)
            inside.append(ALL)
            continue
        places, inverse = np.unique(part, return_inverse=True)
        around.append(places)
        inside.append(inverse.reshape(np.shape(part)))
    found = array.made(array.node.take(tuple(around)))
    if found.nbytes > MOST_AROUND_POINTS:
        raise BadIndex(
            f"{array.name}: these points span {format_bytes(found.nbytes)} of values, which would "
            "be read for them. Take fewer points at a time, or a slice around them first."
        )
    return np.asarray(np.asarray(found)[tuple(inside)])


def _shown(key: Any) -> str:
    parts = key if isinstance(key, tuple) else (key,)
    kinds = (f"{type(part).__name__} {np.shape(part) or ''}".strip() for part in parts)
    return f"[{', '.join(kinds)}]"


def is_mask(key: Any, shape: tuple[int, ...]) -> bool:
    """Tell whether an index is true or false for each value."""
    is_bool = str(getattr(key, "dtype", "")) == "bool"
    return is_bool and getattr(key, "shape", None) == shape and len(shape) > 0


def selected(array: Any, mask: Any) -> Array:
    """Return the values where a mask is true, one after another, in memory.

    Raises
    ------
    TooLarge
        When they do not fit into what this process has left.
    """
    mask = node_of(mask)
    if array.node.whole_axes or mask.whole_axes:  # its parts are not in the order of the values
        return np.asarray(np.asarray(array)[mask.values()])
    label = f"values of {array.name} under a mask"
    pair = Elementwise(_of_pair, [array.node, mask])
    count = int(
        naming.computed(
            mask, "count", {}, lambda: reducing.reduce(mask, "sum", range(mask.ndim), {}, label)
        )
    )
    left, needed = execution.current().memory_left(), count * array.dtype.itemsize
    if left is not None and 2 * needed > left:
        raise TooLarge(
            f"{label} are {count:,} ({format_bytes(needed)}), and {format_bytes(left)} of memory "
            "are left. Reduce them: np.where(mask, array, np.nan) and nanmean, nanmax, ..."
        )

    def compute() -> Array:
        parts = [part for _, part in tasks.run(pair, _selected_part, (), (), label)]
        found = np.concatenate([np.empty(0, array.dtype), *parts])
        return found.astype(array.dtype, copy=False)

    return np.asarray(naming.computed(pair, "selected", {}, compute))


def _of_pair(values: Array, mask: Array) -> Array:  # noqa: ARG001 - both are computed together
    return values


def _selected_part(part: tasks.Part) -> Array:
    found = [values[mask] for _, (values, mask) in part.blocks("a mask", nodes=part.node.operands)]
    return np.concatenate([np.empty(0, part.node.dtype), *found])
