"""Pickling of objects of the user's own classes for another engine, and for tasks of any worker."""

from __future__ import annotations

import io
import pickle
import pkgutil
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from types import FunctionType, ModuleType
from typing import Any

import cloudpickle

from emout_lab.engine.modules.sources import is_own
from emout_lab.engine.pickle_reducers import CACHED
from emout_lab.engine.protocol import Description
from emout_lab.engine.serialization import UserPacker, pack, unpack

_REGISTRY = threading.Lock()


@dataclass(frozen=True, slots=True)
class PackedObject:
    """An object that refers to modules of its client by name.

    It is unpacked in the first program that uses it, which finds that client's modules.
    """

    data: bytes
    description: Description


class _NamingPacker(UserPacker):
    """Writes names for what stands in the client's modules, wherever these are now."""

    def __init__(self, file: io.BytesIO, own: Mapping[str, ModuleType]) -> None:
        super().__init__(file, _refuse)
        self._own = own
        self.has_names = False

    def reducer_override(self, obj: Any) -> Any:
        if isinstance(obj, (type, FunctionType, CACHED)) and obj.__module__ in self._own:
            found: Any = self._own[obj.__module__]
            for part in obj.__qualname__.split("."):
                found = getattr(found, part, None)
            if found is obj:
                self.has_names = True
                return pkgutil.resolve_name, (f"{obj.__module__}:{obj.__qualname__}",)
        return super().reducer_override(obj)


def packed_object(value: Any, description: Description, own: Mapping[str, ModuleType]) -> Any:
    """Return what is sent of an object: itself, where it has nothing of its client's modules."""
    if not own or type(value).__module__.partition(".")[0] in ("numpy", "xarray", "pandas"):
        return value
    file = io.BytesIO()
    packer = _NamingPacker(file, own)
    try:
        packer.dump(value)
    except (pickle.PicklingError, TypeError, AttributeError):
        return value
    return PackedObject(file.getvalue(), description) if packer.has_names else value


class Task:
    """A call for any worker, which takes the user's own code along.

    Tasks of several clients run at the same time in one process, so that no module of theirs can be
    found by its name.
    """

    def __init__(self, function: Callable[..., Any], args: tuple[Any, ...]) -> None:
        self.__qualname__ = str(getattr(function, "__qualname__", function))
        self._data = pack((function, args), is_copied=True)

    def __call__(self, *more: Any) -> Any:
        """Call the function, with more arguments behind its own."""
        function, args = unpack(self._data)
        return function(*args, *more)


@contextmanager
def by_value() -> Iterator[bool]:
    """Let pickles made meanwhile hold the code of the user's own modules; tell if there are any."""
    with _REGISTRY:
        known = cloudpickle.list_registry_pickle_by_value()
        modules = [
            module
            for name, module in list(sys.modules.items())
            if isinstance(module, ModuleType) and name not in known and is_own(name, module)
        ]
        for module in modules:
            cloudpickle.register_pickle_by_value(module)
        try:
            yield bool(modules)
        finally:
            for module in modules:
                cloudpickle.unregister_pickle_by_value(module)


def _refuse(obj: Any) -> str:
    raise TypeError(f"{obj!r} refers to an object in an engine")
