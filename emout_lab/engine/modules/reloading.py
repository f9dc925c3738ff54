"""Reloading a module as the notebook has reloaded it: with new objects, or new code in the old."""

from __future__ import annotations

import contextlib
from collections.abc import MutableMapping
from enum import EnumMeta
from types import FunctionType, ModuleType
from typing import Any

from emout_lab.engine.modules.loader import code_of, source_spec
from emout_lab.engine.modules.sources import ModuleSource

#: Parts of a function that make it do something else.
PARTS = ("__code__", "__defaults__", "__kwdefaults__", "__doc__", "__annotations__")
#: What a class has of its own making.
KEPT = frozenset(("__dict__", "__weakref__", "__module__", "__qualname__"))


def reload(
    module: ModuleType,
    source: ModuleSource,
    loaded: MutableMapping[str, int],
    *,
    keeps_objects: bool,
) -> None:
    """Run a module's new text in the module as it is, as ``importlib.reload`` does.

    Parameters
    ----------
    module : module
        Names that the new text does not define stay.
    source : ModuleSource
        The new text.
    loaded : mapping of str to int
        Gets the version that was loaded.
    keeps_objects : bool
        Whether functions and classes stay the same objects and get the new code, so that whoever
        has imported or made something of them has the new, too.
    """
    names = vars(module)
    before = dict(names)
    spec: Any = source_spec(source, loaded)
    module.__spec__, module.__loader__ = spec, spec.loader
    if source.locations is not None:
        module.__path__ = list(source.locations)
    if source.filename is not None:
        exec(code_of(source), names)
    if keeps_objects:
        for name, new in list(names.items()):
            names[name] = _merged(before.get(name), new, source.name)
    loaded[source.name] = source.version


def _merged(old: Any, new: Any, module: str) -> Any:
    """Return the old object with what the new one does; the new one where that is not possible."""
    if old is new or getattr(new, "__module__", None) != module:
        return new
    if isinstance(old, FunctionType) and isinstance(new, FunctionType):
        return _merged_function(old, new)
    if type(old) is type(new) and isinstance(old, type) and not isinstance(old, EnumMeta):
        with contextlib.suppress(TypeError, AttributeError):
            return _merged_class(old, new)
    return new


def _merged_function(old: FunctionType, new: FunctionType) -> FunctionType:
    if old.__code__.co_freevars != new.__code__.co_freevars:
        return new
    for part in PARTS:
        setattr(old, part, getattr(new, part))
    old.__dict__.update(new.__dict__)
    return old


def _merged_class(old: Any, new: Any) -> Any:
    if old.__bases__ != new.__bases__:
        old.__bases__ = new.__bases__
    for name, value in list(vars(new).items()):
        if name in KEPT:
            continue
        _let_super_find(value, old)
        there = vars(old).get(name)
        is_both = isinstance(there, FunctionType) and isinstance(value, FunctionType)
        setattr(old, name, _merged_function(there, value) if is_both else value)
    for name in vars(old).keys() - vars(new).keys() - KEPT:
        delattr(old, name)
    return old


def _let_super_find(value: Any, owner: type) -> None:
    """Let ``super()`` in a new method mean the class that it is put into."""
    function = getattr(value, "__func__", getattr(value, "fget", value))
    if isinstance(function, FunctionType) and function.__closure__:
        for name, cell in zip(function.__code__.co_freevars, function.__closure__, strict=True):
            if name == "__class__":
                cell.cell_contents = owner
