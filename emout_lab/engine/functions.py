"""Functions that calls name beside Python's operators: what a ref does that is no operator."""

from __future__ import annotations

import importlib
import pkgutil
from typing import Any


def call(function: Any, /, *args: Any, **kwargs: Any) -> Any:
    """Call an object: ``f(...)`` where ``f`` lives in the engine."""
    return function(*args, **kwargs)


def call_method(owner: Any, name: str, /, *args: Any, **kwargs: Any) -> Any:
    """Call a method: ``owner.name(...)``."""
    return getattr(owner, name)(*args, **kwargs)


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
    return getattr(importlib.import_module("matplotlib.pyplot"), name)(*args, **kwargs)


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


def in_memory(value: Any) -> Any:
    """Return ``value`` with its data read, as it is to be sent to the user.

    A lazy array would otherwise travel as a recipe and read its file on the login node.
    """
    compute = getattr(value, "compute", None)
    return compute() if callable(compute) and not isinstance(value, type) else value


def array_function(function: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """Call a numpy function whose arguments were refs."""
    return function(*args, **kwargs)


def contains(container: Any, item: Any) -> bool:
    """Return ``item in container``."""
    return item in container


def names(value: Any) -> list[str]:
    """Return the public attribute names of a value, for completion."""
    return [name for name in dir(value) if not name.startswith("_")]
