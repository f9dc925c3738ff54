"""What a view asks of an engine beside the user's own functions: names, and parts of a map."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from emout_lab.engine.cells import value_of


def push(namespace: dict[str, Any], names: Mapping[str, Any]) -> None:
    """Assign names; ``a.b`` and ``a[0]`` are assigned as Python would."""
    for name, value in names.items():
        if name.isidentifier():
            namespace[name] = value
        else:
            code = compile(f"{name} = _value", f"<{name}>", "exec", dont_inherit=True)
            exec(code, namespace, {"_value": value})


def pull(namespace: dict[str, Any], expression: str) -> Any:
    """Return what an expression gives; NameError where nothing is known of a name in it."""
    return value_of(namespace, expression)


def pull_all(namespace: dict[str, Any], expressions: Sequence[str]) -> list[Any]:
    """Return what several expressions give."""
    return [value_of(namespace, each) for each in expressions]


def delete(namespace: dict[str, Any], expression: str) -> None:
    """Delete a name, an attribute or an item."""
    exec(compile(f"del {expression}", f"<{expression}>", "exec", dont_inherit=True), namespace)


def contains(namespace: dict[str, Any], name: str) -> bool:
    """Return whether a name is known."""
    return name in namespace


def keys(namespace: dict[str, Any]) -> list[str]:
    """Return the names, without those that begin with an underscore."""
    return [name for name in namespace if isinstance(name, str) and not name.startswith("_")]


def clear(namespace: dict[str, Any]) -> None:
    """Forget all names, as a new engine knows none."""
    kept = {"__name__": namespace["__name__"]}
    namespace.clear()
    namespace.update(kept)


def map_part(function: Callable[..., Any], *parts: Sequence[Any]) -> list[Any]:
    """Return what a function gives for each item of its part of the sequences."""
    return [function(*items) for items in zip(*parts, strict=True)]
