"""Functions that calls name beside Python's operators: what a ref does that is no operator."""

from __future__ import annotations

import ast
import importlib
import linecache
import pkgutil
import sys
from typing import Any

from emout_lab.errors import TooLarge
from emout_lab.format import format_bytes


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


def run_source(namespace: dict[str, Any], source: str, filename: str) -> None:
    """Run a cell in the engine's namespace; the value of a last expression is printed."""
    linecache.cache[filename] = (len(source), None, source.splitlines(True), filename)
    body = ast.parse(source, filename).body
    last = body[-1] if body and isinstance(body[-1], ast.Expr) else None
    body = body if last is None else body[:-1]
    exec(compile(ast.Module(body, []), filename, "exec"), namespace)
    if last is not None:
        value = eval(compile(ast.Expression(last.value), filename, "eval"), namespace)
        if value is not None:
            sys.stdout.write(f"{value!r}\n")


def name_value(namespace: dict[str, Any], name: str) -> Any:
    """Return what a name stands for in the engine's namespace.

    Raises
    ------
    NameError
        If it was never assigned there.
    """
    try:
        return namespace[name]
    except KeyError:
        raise NameError(
            f"name {name!r} is not defined in the engine; assign it in a %%remote cell"
        ) from None


def assign(namespace: dict[str, Any], name: str, value: Any) -> None:
    """Assign a name in the engine's namespace."""
    namespace[name] = value


def same(value: Any) -> Any:
    """Return the value itself: puts an object into the engine."""
    return value


def contains(container: Any, item: Any) -> bool:
    """Return ``item in container``."""
    return item in container


def names(value: Any) -> list[str]:
    """Return the public attribute names of a value, for completion."""
    return [name for name in dir(value) if not name.startswith("_")]
