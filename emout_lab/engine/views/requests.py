"""What a view asks of an engine beside the user's own functions: names, and parts of a map."""

from __future__ import annotations

import ast
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

from emout_lab.engine.cells import value_of
from emout_lab.engine.error_reports import failure_of
from emout_lab.engine.namespaces import SHELL
from emout_lab.engine.protocol import Failure

#: What IPython puts among the user's names.
OF_IPYTHON = frozenset({"In", "Out", "display", "exit", "get_ipython", "open", "quit"})
_VALUE = "__emout_lab_value__"


def push(namespace: dict[str, Any], names: Mapping[str, Any]) -> None:
    """Assign names; ``a.b`` and ``a[0]`` are assigned as Python would."""
    for name, value in names.items():
        if name.isidentifier():
            namespace[unicodedata.normalize("NFKC", name)] = value  # as Python reads it
        else:
            code = compile(f"{name} = {_VALUE}", f"<{name}>", "exec", dont_inherit=True)
            exec(code, namespace, {_VALUE: value})


def check_target(name: Any) -> None:
    """Look whether a name can be assigned: ``a``, ``a.b``, ``a[0]``.

    Raises
    ------
    TypeError
        For what is no text.
    SyntaxError
        For what Python cannot assign.

    Examples
    --------
    >>> check_target("a[0].b")
    >>> check_target("a b")
    Traceback (most recent call last):
        ...
    SyntaxError: 'a b' cannot be assigned on engines: use a name, or a.b or a[0]
    """
    if not isinstance(name, str):
        raise TypeError(f"names are of type str, not {type(name).__name__}: {name!r}")
    try:
        statement = ast.parse(f"{name} = 0").body[0]
        compile(f"{name} = 0", "<name>", "exec")
    except (SyntaxError, ValueError):
        statement = ast.Pass()
    targets = statement.targets if isinstance(statement, ast.Assign) else []
    if len(targets) != 1 or not isinstance(targets[0], (ast.Name, ast.Attribute, ast.Subscript)):
        raise SyntaxError(f"{name!r} cannot be assigned on engines: use a name, or a.b or a[0]")


def check_expression(name: Any) -> None:
    """Look whether a text is an expression: ``a``, ``a.b``, ``a[0]``, ``a + 1``.

    Raises
    ------
    TypeError
        For what is no text.
    SyntaxError
        For what is no expression.

    Examples
    --------
    >>> check_expression("a b")
    Traceback (most recent call last):
        ...
    SyntaxError: 'a b' is no name of an engine, nor an expression of names
    """
    if not isinstance(name, str):
        raise TypeError(f"names are of type str, not {type(name).__name__}: {name!r}")
    try:
        compile(name, "<name>", "eval", dont_inherit=True)
    except (SyntaxError, ValueError):
        raise SyntaxError(f"{name!r} is no name of an engine, nor an expression of names") from None


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
    """Return the names, without those that begin with an underscore, and IPython's own."""
    return [name for name in list(namespace) if _is_users(name, namespace)]


def clear(namespace: dict[str, Any]) -> None:
    """Forget all names, as a new engine knows none."""
    kept = {"__name__": namespace["__name__"]}
    namespace.clear()
    namespace.update(kept)


def nothing() -> None:
    """Answer that the engine is there."""


def run_import(namespace: dict[str, Any], statement: str) -> None:
    """Run an import among the names."""
    exec(compile(statement, f"<{statement}>", "exec", dont_inherit=True), namespace)


def map_part(function: Callable[..., Any], *parts: Sequence[Any]) -> list[Any]:
    """Return what a function gives for each item of its part of the sequences."""
    return list(map(function, *parts))


def map_part_with_failures(function: Callable[..., Any], *parts: Sequence[Any]) -> list[Any]:
    """Do what `map_part` does, with a failure in the place of each item that failed."""
    return list(_tried(function, zip(*parts, strict=False)))


def _tried(
    function: Callable[..., Any], items: Iterable[tuple[Any, ...]]
) -> Iterator[Any | Failure]:
    for item in items:
        try:
            yield function(*item)
        except Exception as error:  # noqa: BLE001  # the user's own code; the result tells
            yield failure_of(None, error)


def _is_users(name: Any, namespace: Mapping[str, Any]) -> bool:
    if not isinstance(name, str) or name.startswith("_"):
        return False
    return name not in OF_IPYTHON or SHELL not in namespace
