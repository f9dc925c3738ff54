"""The wire form of a notebook's own modules, and how they differ from installed ones."""

from __future__ import annotations

import importlib.util
import os
import site
import sysconfig
from dataclasses import dataclass, field
from functools import lru_cache
from importlib.machinery import ModuleSpec
from pathlib import Path
from types import ModuleType
from typing import Any

PACKAGE = str(Path(__file__).parents[2])
#: Folders of this name hold installed packages, wherever they lie.
INSTALLED_NAMES = ("site-packages", "dist-packages")
#: Modules of Python itself that lie in no file.
BUILT_IN = ("built-in", "frozen")

#: Time of change [ns] and size of a file.
Stamp = tuple[int, int]


@dataclass(frozen=True, slots=True)
class ModuleSource:
    """One module as the notebook's process has loaded it.

    Parameters
    ----------
    name : str
        Its full name.
    filename : str or None
        What tracebacks and ``__file__`` show; None for a package without a file.
    content : str or bytes
        Its text; where the file has changed since it was loaded, its marshalled code.
    locations : tuple of str, optional
        Folders of a package.
    version : int
        State of the notebook's modules in which it became this.
    born : int
        State in which it was imported; later changes are reloads.
    keeps_objects : bool
        Whether a reload has changed functions and classes themselves, as ``%autoreload`` does.
    """

    name: str
    filename: str | None
    content: str | bytes
    locations: tuple[str, ...] | None
    version: int
    born: int
    keeps_objects: bool = False


@dataclass(frozen=True, slots=True)
class CodeUpdate:
    """What has changed of a notebook's own code since an engine last received a change.

    Parameters
    ----------
    base, version : int
        State that the engine must have, and the one that it has with these changes; 0 is nothing.
    path : tuple of tuple of str, optional
        Entries of the notebook's ``sys.path`` before and after those of installed packages. An
        empty one means the working directory. None where they are as they were.
    changed : tuple of ModuleSource
        Modules that were imported or reloaded.
    gone : tuple of str
        Modules that are no longer imported.
    values : dict
        By module: plain values that the notebook has set, in place of what its text says.
    """

    base: int
    version: int
    path: tuple[tuple[str, ...], tuple[str, ...]] | None = None
    changed: tuple[ModuleSource, ...] = ()
    gone: tuple[str, ...] = ()
    values: dict[str, dict[str, Any]] = field(default_factory=dict)


@lru_cache(maxsize=1)
def _libraries() -> tuple[str, ...]:
    names = ("stdlib", "platstdlib", "purelib", "platlib")
    folders = [sysconfig.get_path(name) for name in names]
    if site.ENABLE_USER_SITE:
        folders.append(site.getusersitepackages())
    folders.append(PACKAGE)
    both = {f for folder in folders if folder for f in (folder, os.path.realpath(folder))}
    return tuple(folder.rstrip(os.sep) + os.sep for folder in both)


@lru_cache(maxsize=8192)
def is_library(path: str) -> bool:
    """Return whether a file or folder belongs to Python or an installed package.

    Examples
    --------
    >>> is_library(os.__file__), is_library("/home/me/run/tools.py")
    (True, False)
    """
    if (path + os.sep).startswith(_libraries()):
        return True
    parts = path.split(os.sep)
    return any(name in parts for name in INSTALLED_NAMES)


def is_own(name: str, module: Any) -> bool:
    """Return whether an imported module is the user's own: in a file, but not an installed one.

    Examples
    --------
    >>> import json
    >>> is_own("json", json), is_own("library of C", object()), is_own("none", None)
    (False, False, False)
    """
    spec = spec_of(module)
    if spec is None or name in ("__main__", "__mp_main__"):
        return False
    return is_own_spec(spec) and spec.name == name


def spec_of(module: Any) -> ModuleSpec | None:
    """Return how a module was found; None for whatever else stands among the modules.

    Some are no modules but claim to be (libraries of cffi), or are not loaded before they are used,
    which a look must not do.

    Examples
    --------
    >>> class Library:
    ...     __class__ = property(lambda self: ModuleType)
    >>> isinstance(Library(), ModuleType), spec_of(Library()), spec_of(os).name
    (True, None, 'os')
    """
    if not issubclass(type(module), ModuleType):
        return None
    spec = ModuleType.__getattribute__(module, "__dict__").get("__spec__")
    return spec if isinstance(spec, ModuleSpec) else None


def import_state(modules: dict[str, ModuleType]) -> tuple[int, str | None]:
    """Return what changes when something is imported, without going through all modules."""
    try:
        return len(modules), next(reversed(modules), None)
    except RuntimeError:  # another thread imports something now
        return -1, None


def is_own_spec(spec: Any) -> bool:
    """Return the same for what was found for a name."""
    if not isinstance(spec, ModuleSpec) or spec.origin in BUILT_IN:
        return False
    if spec.has_location and spec.origin:
        return not is_library(spec.origin)
    places = list(spec.submodule_search_locations or ())
    return bool(places) and not any(is_library(place) for place in places)


def file_stamp(filename: str | None) -> Stamp | None:
    """Return time of change and size of a file, by which changes are noticed; None without one."""
    if filename is None:
        return None
    try:
        found = os.stat(filename)
    except OSError:
        return None
    return found.st_mtime_ns, found.st_size


def text_of(filename: str | None) -> str | None:
    """Return the text of a Python file as it is now; None where it cannot be read."""
    if not filename or not filename.endswith((".py", ".pyw")):
        return None
    try:
        with open(filename, "rb") as file:
            return importlib.util.decode_source(file.read())
    except (OSError, SyntaxError, UnicodeDecodeError):
        return None
