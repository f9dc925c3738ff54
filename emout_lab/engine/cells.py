"""Cells that run on an engine: how they run, and names for them that no other cell has.

Notebooks count their cells alike, and functions outlive their cells.
"""

from __future__ import annotations

import ast
import asyncio
import hashlib
import inspect
import linecache
import re
import sys
from collections import deque
from types import CodeType
from typing import Any

#: So many cells are remembered with their text.
MOST_CELLS = 1000
_MARK = re.compile(r" #[0-9a-f]{12}>")
_REMEMBERED: deque[str] = deque()


def unique_name(name: str, source: str) -> str:
    """Return a name for a cell that no other text has, in this notebook or another one.

    Examples
    --------
    >>> unique_name("<remote cell In[3]>", "x = 1")
    '<remote cell In[3] #8ff436def145>'
    """
    digest = hashlib.sha256(source.encode(errors="surrogatepass")).hexdigest()[:12]
    return f"{name.removesuffix('>')} #{digest}>"


def shown_names(text: str) -> str:
    """Return a text in which cells have the names that people know.

    Examples
    --------
    >>> shown_names('File "<remote cell In[3] #8ff436def145>", line 1')
    'File "<remote cell In[3]>", line 1'
    """
    return _MARK.sub(">", text)


def cache_source(filename: str, source: str) -> None:
    """Let tracebacks show the lines of a cell."""
    if filename not in linecache.cache:
        _REMEMBERED.append(filename)
    linecache.cache[filename] = (len(source), None, source.splitlines(True), filename)
    while len(_REMEMBERED) > MOST_CELLS:
        linecache.cache.pop(_REMEMBERED.popleft(), None)


def run_source(
    namespace: dict[str, Any], source: str, filename: str, *, is_quiet: bool = False
) -> None:
    """Run a cell in the engine's namespace; the value of a last expression is printed."""
    cache_source(filename, source)
    body = ast.parse(source, filename).body
    last = body[-1] if body and isinstance(body[-1], ast.Expr) else None
    _execute(ast.Module(body if last is None else body[:-1], []), filename, namespace)
    if last is not None:
        value = _execute(ast.Expression(last.value), filename, namespace)
        if value is not None and not is_quiet:
            sys.stdout.write(f"{value!r}\n")


def _execute(tree: ast.Module | ast.Expression, filename: str, namespace: dict[str, Any]) -> Any:
    mode = "eval" if isinstance(tree, ast.Expression) else "exec"
    code = compile(tree, filename, mode, ast.PyCF_ALLOW_TOP_LEVEL_AWAIT, dont_inherit=True)
    return run_code(code, filename, namespace)


def run_code(code: CodeType, filename: str, namespace: dict[str, Any]) -> Any:  # noqa: ARG001
    """Run the code of a cell, also where it awaits something, and return its value.

    Its frame tells error reports which of the frames below it are the cell's: those of
    ``filename``.
    """
    value = eval(code, namespace)
    return asyncio.run(value) if code.co_flags & inspect.CO_COROUTINE else value


def is_cell(filename: str | None) -> bool:
    """Return whether a cell that ran here has this name."""
    return filename in _REMEMBERED


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


def value_of(namespace: dict[str, Any], expression: str) -> Any:
    """Return what an expression gives in the engine's namespace: ``a``, ``a.b``, ``a[0]``.

    Raises
    ------
    NameError
        If a name in it was never assigned there.
    """
    if expression in namespace:
        return namespace[expression]
    try:
        return eval(compile(expression, f"<{expression}>", "eval", dont_inherit=True), namespace)
    except NameError as error:
        raise NameError(f"{error} on the engine; assign it there first", name=error.name) from None


def assign(namespace: dict[str, Any], name: str, value: Any) -> None:
    """Assign a name in the engine's namespace."""
    namespace[name] = value
