"""Functions that calls name beside Python's operators: what a ref does that is no operator."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from emout_lab.errors import TooLarge
from emout_lab.format import format_bytes

#: Values that cannot change and travel well.
PLAIN = (type(None), bool, int, float, complex, str, bytes, np.number, np.bool_)

#: Attribute of what has time steps, and the artists of matplotlib that can show them.
STEPS = "emout_lab_steps"
MAPS = frozenset({"AxesImage", "QuadMesh"})

#: Methods that arrays have for computing: calling them need not be sent at once.
COMPUTING = frozenset(
    (
        "all any argmax argmin argsort astype clip conj copy cumprod cumsum diagonal dot flatten "
        "max mean min nonzero prod ptp ravel repeat reshape round searchsorted squeeze std sum "
        "swapaxes take trace transpose var view isel sel"
    ).split()
)


def call(function: Any, /, *args: Any, **kwargs: Any) -> Any:
    """Call an object: ``f(...)`` where ``f`` lives in the engine."""
    return _stepping(function(*args, **kwargs), args, kwargs)


def attribute(owner: Any, name: str) -> Any:
    """Look up ``owner.name``.

    Whoever asks a ref for ``to_numpy``, as matplotlib does, finds it: arrays get it, too.
    """
    if name == "to_numpy" and isinstance(owner, (np.ndarray, np.generic)):
        return lambda: np.asarray(owner)
    return getattr(owner, name)


def call_method(owner: Any, name: str, /, *args: Any, **kwargs: Any) -> Any:
    """Call a method: ``owner.name(...)``."""
    return _stepping(getattr(owner, name)(*args, **kwargs), args, kwargs)


def call_with_buffers(call: tuple[Any, Any, Any, list[Any]]) -> tuple[Any, list[Any]]:
    """Call a function; return its result, and content and position of each buffer it wrote to."""
    function, args, kwargs, buffers = call
    before = [(buffer.getvalue(), buffer.tell()) for buffer in buffers]
    result = function(*args, **kwargs)
    after = [None if b.closed else (b.getvalue(), b.tell()) for b in buffers]
    return result, [None if now == then else now for now, then in zip(after, before, strict=True)]


def call_named(name: str, /, *args: Any, **kwargs: Any) -> Any:
    """Call what ``"module:qualname"`` names.

    Examples
    --------
    >>> call_named("math:hypot", 3.0, 4.0)
    5.0
    """
    return pkgutil.resolve_name(name)(*args, **kwargs)


def call_pyplot(name: str, /, *args: Any, **kwargs: Any) -> Any:
    """Call a function of ``matplotlib.pyplot`` by its name."""
    function = getattr(importlib.import_module("matplotlib.pyplot"), name)
    return _stepping(function(*args, **kwargs), args, kwargs)


def _stepping(result: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """Let a map that was drawn of an object with time steps tell these, for live figures."""
    if type(result).__name__ not in MAPS or hasattr(result, STEPS):
        return result
    shape = np.shape(result.get_array())
    for value in (*args, *kwargs.values()):
        if hasattr(type(value), STEPS) and value.shape == shape:
            steps = getattr(value, STEPS)
            if steps is not None:
                setattr(result, STEPS, steps)
    return result


def update_rc(changes: dict[str, Any]) -> None:
    """Apply changes of ``matplotlib.rcParams`` that the user made between two calls."""
    importlib.import_module("matplotlib").rcParams.update(changes)


def items(value: Any, count: int) -> tuple[Any, ...]:
    """Return the items of ``value``, which must be ``count``, as in ``a, b = value``.

    Raises
    ------
    ValueError
        If there are more or fewer.
    """
    found = tuple(value)
    if len(found) < count:
        raise ValueError(f"not enough values to unpack (expected {count}, got {len(found)})")
    if len(found) > count:
        raise ValueError(f"too many values to unpack (expected {count}, got {len(found)})")
    return found


@dataclass(frozen=True)
class Objects:
    """Stands for an array of objects that would be copied, not moved, on their way to the user."""

    shape: tuple[int, ...]


def as_array(value: Any) -> np.ndarray[Any, Any] | Objects:
    """Return ``value`` as an array; only the shape of one with objects such as a figure's axes."""
    array = np.asarray(value)
    if array.dtype == object and not all(isinstance(item, PLAIN) for item in array.flat):
        return Objects(array.shape)
    return array


def in_order(value: Any) -> Any:
    """Return the items of ``value`` so that they can be asked for by number."""
    return value if isinstance(value, np.ndarray) and value.ndim else tuple(value)


def survey(items: Any, start: int, count: int) -> tuple[int, Sequence[Any] | None]:
    """Return how many items there are, and ``count`` values from ``start`` on if they are plain."""
    chunk = items[start : start + count]
    if isinstance(chunk, np.ndarray):
        is_plain = chunk.ndim == 1 and chunk.dtype.kind in "biufcSU"
    else:
        is_plain = all(isinstance(item, PLAIN) for item in chunk)
    return len(items), chunk if is_plain else None


def enter(context: Any) -> Any:
    """Enter a context, as ``with`` does."""
    return context.__enter__()


def leave(context: Any, failure: str | None) -> bool:
    """Leave a context; ``failure`` tells what was raised inside, on the user's side."""
    if failure is None:
        return bool(context.__exit__(None, None, None))
    error = RuntimeError(failure)
    return bool(context.__exit__(RuntimeError, error, None))


def in_memory(value: Any, limit: int | None = None) -> Any:
    """Return ``value`` with its data read, as it is to be sent to the user.

    A lazy array would otherwise travel as a recipe and read its file on the login node.

    Raises
    ------
    TooLarge
        If its data take more than ``limit`` bytes; it is refused before it is read.
    """
    size = getattr(value, "nbytes", None)
    if limit is not None and isinstance(size, int) and size > limit:
        raise TooLarge(too_large_to_send(size, limit))
    compute = getattr(value, "compute", None)
    return compute() if callable(compute) and not isinstance(value, type) else value


def too_large_to_send(size: int, limit: int) -> str:
    """Return the message for a value that is larger than the user wants to receive."""
    return (
        f"this value has {format_bytes(size)}, more than the {format_bytes(limit)} that a notebook "
        "receives without being asked. Draw it there with remote_figure, take a slice, or ask for "
        "all of it with .fetch(limit=None)."
    )


def same(value: Any) -> Any:
    """Return the value itself: puts an object into the engine."""
    return value


def contains(container: Any, item: Any) -> bool:
    """Return ``item in container``."""
    return item in container


def names(value: Any) -> list[str]:
    """Return the public attribute names of a value, for completion."""
    return [name for name in dir(value) if not name.startswith("_")]
