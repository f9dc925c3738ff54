"""What an imported module was loaded from, which its file may not be any more."""

from __future__ import annotations

import ast
import contextlib
import importlib.util
import marshal
import warnings
from collections.abc import Iterator
from importlib.machinery import SourceFileLoader
from types import CodeType, FunctionType, ModuleType
from typing import Any
from weakref import ref

from emout_lab.engine.modules.sources import file_stamp, text_of

#: Head of a file of compiled code: magic number, flags, time of change, size (4 bytes each).
PYC_HEAD = 16


def content(name: str, module: ModuleType) -> str | bytes | None:
    """Return the text that a module was loaded from, or else its marshalled code; None for neither.

    Python notes in a file of compiled code from which state of the text it was made: where the text
    has changed since, that code is what was loaded.
    """
    if getattr(module, "__file__", None) is None and getattr(module, "__path__", None) is not None:
        return ""  # a package that is only its folders
    now = text_of(getattr(module, "__file__", None))
    if now is None:
        return _code_of_loader(name, module)
    if type(module.__spec__ and module.__spec__.loader) is not SourceFileLoader:
        return now  # one that makes code of its own from the text
    compiled = _compiled(module)
    if compiled is None:
        _warn_if_changed(now, name, module)
        return now
    code, is_of_now = compiled
    if is_of_now or is_loaded(now, name, module, instead_of=code):
        return now
    return code


def functions(name: str, module: ModuleType) -> dict[str, ref[FunctionType]]:
    """Return the functions that a module defines, without keeping them alive."""
    return {
        key: ref(value)
        for key, value in list(vars(module).items())
        if isinstance(value, FunctionType) and value.__module__ == name
    }


def held(name: str, module: ModuleType) -> tuple[Any, ...]:
    """Return what differs as soon as a module holds other objects, or its functions other code."""
    names = dict(vars(module))
    codes = tuple(code for _, code in _codes_of(name, names))
    return tuple(names), tuple(map(id, names.values())), codes


def is_loaded(new: str, name: str, module: ModuleType, instead_of: str | bytes) -> bool:
    """Tell whether what a module holds fits a new text rather than what it had before."""
    fits_new, fits_old = _fit(new, name, module), _fit(instead_of, name, module)
    return fits_new is not None and (fits_old is None or fits_new > fits_old)


def _code_of_loader(name: str, module: ModuleType) -> bytes | None:
    """Return the code of a module that lies in no plain file, as in an archive."""
    spec: Any = module.__spec__
    with contextlib.suppress(Exception):  # a loader of the user's own
        code = spec.loader.get_code(name)
        return None if code is None else marshal.dumps(code)
    return None


def _compiled(module: ModuleType) -> tuple[bytes, bool] | None:
    """Return a module's compiled code, and whether it is of the text as it is now."""
    cached = getattr(module.__spec__, "cached", None)
    now = file_stamp(module.__file__)
    if not cached or now is None:
        return None
    try:
        with open(cached, "rb") as file:
            data = file.read()
    except OSError:
        return None
    if data[:4] != importlib.util.MAGIC_NUMBER or data[4:8] != bytes(4):
        return None
    of = int.from_bytes(data[8:12], "little"), int.from_bytes(data[12:16], "little")
    return data[PYC_HEAD:], of == (now[0] // 10**9 & 0xFFFFFFFF, now[1] & 0xFFFFFFFF)


def _warn_if_changed(now: str, name: str, module: ModuleType) -> None:
    there = dict(_codes_in(_code(now) or _code("")))
    found = _codes_of(name, vars(module))
    if any(key in there and not _are_alike(code, there[key]) for key, code in found):
        warnings.warn(
            f"{module.__file__} has changed since {name} was imported here, and what it was is "
            f"nowhere to be found: engines run it as it is now. Reload {name} (importlib.reload) "
            "so that it is the same here.",
            stacklevel=2,
        )


def _fit(source: str | bytes, name: str, module: ModuleType) -> int | None:
    """Return how well a text fits what a module holds: what agrees less what does not."""
    code = _code(source)
    if code is None:
        return None
    there = dict(_codes_in(code))
    fit = 0
    for key, found in _codes_of(name, vars(module)):
        other = there.pop(key, None)
        fit += 1 if other is not None and _are_alike(found, other) else -1
    fit -= len(there)
    if isinstance(source, str):
        for key, value in _literals(source):
            fit += 1 if _is_same(vars(module).get(key), value) else -1
    return fit


def _code(source: str | bytes) -> CodeType | None:
    """Return the code of a module; None where it cannot be read."""
    try:
        if isinstance(source, str):
            return compile(source, "", "exec", dont_inherit=True)
        found: CodeType = marshal.loads(source)
        return found
    except (SyntaxError, ValueError, EOFError, TypeError):
        return None


def _codes_in(code: Any, prefix: str = "") -> Iterator[tuple[str, CodeType]]:
    """Yield the functions that a module's code defines: its own, and those of its classes."""
    for item in code.co_consts:
        if isinstance(item, CodeType) and not item.co_name.startswith("<"):
            if item.co_flags & 0x2:  # CO_NEWLOCALS: a function, not the body of a class
                yield prefix + item.co_name, item
            else:
                yield from _codes_in(item, f"{prefix}{item.co_name}.")


def _codes_of(name: str, namespace: Any, prefix: str = "") -> Iterator[tuple[str, CodeType]]:
    for key, value in list(namespace.items()):
        inner = getattr(value, "__func__", value)
        inner = inner.fget if isinstance(inner, property) else getattr(inner, "__wrapped__", inner)
        if isinstance(inner, FunctionType) and inner.__module__ == name:
            if inner.__code__.co_name == key:
                yield prefix + key, inner.__code__
        elif isinstance(inner, type) and inner.__module__ == name and not prefix:
            yield from _codes_of(name, vars(inner), f"{key}.")


def _are_alike(one: CodeType, other: CodeType) -> bool:
    """Tell whether two codes do the same, wherever they stand in their file."""
    if (one.co_code, one.co_names, one.co_varnames) != (
        other.co_code,
        other.co_names,
        other.co_varnames,
    ) or len(one.co_consts) != len(other.co_consts):
        return False
    return all(
        _are_alike(a, b)
        if isinstance(a, CodeType) and isinstance(b, CodeType)
        else type(a) is type(b) and a == b
        for a, b in zip(one.co_consts, other.co_consts, strict=True)
    )


def _literals(source: str) -> Iterator[tuple[str, Any]]:
    """Yield the names that a text gives plain values at its top."""
    for statement in ast.parse(source).body:
        if isinstance(statement, ast.Assign) and isinstance(statement.targets[0], ast.Name):
            with contextlib.suppress(ValueError):
                yield statement.targets[0].id, ast.literal_eval(statement.value)


def _is_same(one: Any, other: Any) -> bool:
    try:
        return type(one) is type(other) and bool(one == other)
    except Exception:  # noqa: BLE001  # comparing runs the user's code
        return False
