"""Plain values of the user's modules that the notebook has set: they hold on engines as well."""

from __future__ import annotations

import ast
import contextlib
from collections import Counter
from collections.abc import Iterable, Iterator
from types import ModuleType
from typing import Any

PLAIN = (type(None), bool, int, float, complex, str, bytes)


class Constants:
    """The plain values of one module, and which of them are not what its text says.

    A name that the module's own functions assign (``global``) is its state, which each process has
    for itself.

    Parameters
    ----------
    module : module
        As it is now.
    text : str or bytes
        What it was loaded from.
    """

    def __init__(self, module: ModuleType, text: str | bytes) -> None:
        self.changed: dict[str, Any] = {}
        self._names = vars(module)
        tree = _parsed(text)
        has_state = isinstance(text, str) and "global" in text
        self._state = _state_of(tree) if has_state else frozenset()
        for name, value in _literals(tree).items():
            now = self._names.get(name, value)
            if name not in self._state and is_plain(now) and not _is_same(now, value):
                self.changed[name] = now
        self._seen = self._plain()
        self._count = len(self._names)

    def look(self) -> bool:
        """Take notice of what was set since the last look; tell whether anything was."""
        names = self._names
        if len(names) == self._count and all(names.get(k) is v for k, v in self._seen.items()):
            return False
        before, self._seen, self._count = self._seen, self._plain(), len(names)
        set_now = {
            name: value
            for name, value in self._seen.items()
            if name not in before or not _is_same(before[name], value)
        }
        self.changed.update(set_now)
        return bool(set_now)

    def _plain(self) -> dict[str, Any]:
        return {
            name: value
            for name, value in list(self._names.items())
            if is_plain(value) and name not in self._state and not name.startswith("__")
        }


def is_plain(value: Any) -> bool:
    """Tell whether a value cannot change, and means the same everywhere.

    Examples
    --------
    >>> is_plain(3.0), is_plain((1, "a")), is_plain([1])
    (True, True, False)
    """
    if type(value) is tuple:
        return len(value) < 100 and all(is_plain(item) for item in value)
    return type(value) in PLAIN


def _parsed(text: str | bytes) -> ast.Module:
    if isinstance(text, str):
        with contextlib.suppress(SyntaxError, ValueError, RecursionError):
            return ast.parse(text)
    return ast.Module([], [])


def _literals(tree: ast.Module) -> dict[str, Any]:
    """Return the names that a text gives a plain value once, at its top."""
    found: dict[str, Any] = {}
    for statement in tree.body:
        if isinstance(statement, ast.Assign) and isinstance(statement.targets[0], ast.Name):
            with contextlib.suppress(ValueError):
                found[statement.targets[0].id] = ast.literal_eval(statement.value)
    stored = Counter(_stored(tree.body)) if found else {}
    return {name: value for name, value in found.items() if stored[name] == 1}


def _state_of(tree: ast.Module) -> frozenset[str]:
    declared = (node.names for node in ast.walk(tree) if isinstance(node, ast.Global))
    return frozenset(name for names in declared for name in names)


def _stored(nodes: Iterable[ast.AST]) -> Iterator[str]:
    """Yield each name as often as it is assigned, not those inside of functions and classes."""
    for node in nodes:
        if isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load):
            yield node.id
        elif not isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            yield from _stored(ast.iter_child_nodes(node))


def _is_same(one: Any, other: Any) -> bool:
    return type(one) is type(other) and bool(one == other or (one != one and other != other))
