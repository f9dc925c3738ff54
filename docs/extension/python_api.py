"""The public names of a package, from their docstrings."""

from __future__ import annotations

import importlib
import inspect
from collections.abc import Iterator
from types import GenericAlias, ModuleType
from typing import Any

import emout_lab

OWN_NAMES = {"emout_lab.remote": ["call", "put"]}


def make(package: str, *kinds: str) -> str:
    """Return directives for the classes, functions, errors or objects of a package."""
    return "\n".join(_directives(package, kinds))


def _directives(package: str, kinds: tuple[str, ...]) -> Iterator[str]:
    module = importlib.import_module(package)
    names = OWN_NAMES.get(package) or module.__all__
    for name in sorted(names, key=str.lower):
        found = getattr(module, name)
        kind = _kind(found)
        if kind not in kinds or (package != "emout_lab" and _has_place_above(name, found)):
            continue
        yield f"## `{name}`\n"
        if kind in ("classes", "errors") and found.__name__ != name:
            yield f"Another name of `{found.__name__}`.\n"
            continue
        yield "```{eval-rst}"
        yield f".. {_directive(kind)}:: {package}.{name}"
        if kind == "classes":
            yield f"   :members:\n   :inherited-members: {_foreign_bases(found)}"
        yield "```\n"


def _has_place_above(name: str, found: Any) -> bool:
    """Whether people import it from the package itself."""
    return name in emout_lab.__all__ and getattr(emout_lab, name) is found


def _kind(found: Any) -> str:
    if isinstance(found, GenericAlias):
        return "objects"
    if isinstance(found, ModuleType):
        return "modules"
    if inspect.isclass(found):
        return "errors" if issubclass(found, BaseException) else "classes"
    return "functions" if callable(found) else "objects"


def _foreign_bases(found: type) -> str:
    """Return the classes of others that a class comes from: their members are told elsewhere."""
    bases = [each for each in found.__mro__ if not each.__module__.startswith("emout_lab")]
    return ", ".join(dict.fromkeys(each.__name__ for each in bases))


def _directive(kind: str) -> str:
    return {
        "classes": "autoclass",
        "errors": "autoexception",
        "functions": "autofunction",
        "objects": "autodata",
    }[kind]
