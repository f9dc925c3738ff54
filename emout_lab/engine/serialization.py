"""Pickling of what travels in calls: the one encoder and decoder.

References to objects in an engine may stand anywhere in an argument: in a list, a slice, an
attribute of an object or the closure of a function. They are pickled as persistent ids, so no
container has to be walked by hand.
"""

from __future__ import annotations

import copyreg
import io
import pickle
from collections import ChainMap
from collections.abc import Callable, MutableMapping
from functools import cached_property, singledispatchmethod
from types import CodeType, GeneratorType
from typing import Any

import cloudpickle

from emout_lab.engine import pickle_reducers


class Reference:
    """Stands for an object in an engine; ``_id`` is the object's name there.

    Without slots, so that an object of a plain class can become a ref
    (`emout_lab.remote.constructor_hooks`).
    """

    _id: str


#: What cloudpickle writes in place of a file name.
UNNAMED = "<dynamic-code>"
NAMESPACE = "the engine's namespace"


class EngineNamespace(Reference):
    """Stands for the names that a client has on the engine."""

    _id = NAMESPACE


class NamespaceValue(Reference):
    """Stands for what an expression gives there when the call begins, such as ``a`` or ``a[0]``."""

    def __init__(self, expression: str) -> None:
        self._id = f"{NAMESPACE}:{expression}"


def _listed(generator: GeneratorType[Any, Any, Any]) -> tuple[Any, ...]:
    """Let what a generator gives travel: a function that takes one asks for nothing else."""
    return iter, (list(generator),)


def _code(code: CodeType) -> tuple[Any, ...]:
    """Let the user's functions keep the name of their file, by which an error shows the line."""
    make, parts = cloudpickle.CloudPickler.dispatch_table[CodeType](code)
    return make, tuple(code.co_filename if part == UNNAMED else part for part in parts)


_FOUND = getattr(cloudpickle.CloudPickler, "dispatch_table", None)
# Python's own class has something else by this name.
_TABLE = _FOUND if isinstance(_FOUND, MutableMapping) else copyreg.dispatch_table
#: Without cloudpickle's own way for code, functions lose the name of their file.
_OWN: dict[Any, Any] = {
    GeneratorType: _listed,
    cached_property: pickle_reducers.property_reduced,
    singledispatchmethod: pickle_reducers.method_reduced,
    **({CodeType: _code} if CodeType in _TABLE else {}),
}


class UserPacker(cloudpickle.CloudPickler):  # type: ignore[misc]  # cloudpickle is untyped
    """Pickles what is the user's; ``on_reference`` names the references inside."""

    dispatch_table = ChainMap(_OWN, _TABLE)

    def __init__(self, file: io.BytesIO, on_reference: Callable[[Any], str]) -> None:
        super().__init__(file, protocol=pickle.HIGHEST_PROTOCOL)
        self._on_reference = on_reference

    def reducer_override(self, obj: Any) -> Any:
        """Return how an object travels that has no way of its own (part of Python's pickling)."""
        return pickle_reducers.reduced(obj, super().reducer_override)

    def persistent_id(self, obj: Any) -> str | None:
        """Return the name of a reference (part of Python's pickling)."""
        if isinstance(obj, (EngineNamespace, NamespaceValue)):
            return obj._id
        return self._on_reference(obj) if isinstance(obj, Reference) else None


class _Unpacker(pickle.Unpickler):
    def __init__(self, file: io.BytesIO, resolve: Callable[[str], Any]) -> None:
        super().__init__(file)
        self.persistent_load = resolve  # type: ignore[method-assign]  # faster than a method of ours


def pack(
    value: Any,
    on_reference: Callable[[Any], str] | None = None,
    packer: type[UserPacker] = UserPacker,
) -> bytes:
    """Pickle a value; ``on_reference`` gives the name of every reference inside it.

    Examples
    --------
    >>> unpack(pack({"a": (1, slice(None, 3))}))
    {'a': (1, slice(None, 3, None))}
    """
    file = io.BytesIO()
    packer(file, on_reference or _no_references).dump(value)
    return file.getvalue()


def unpack(data: bytes, resolve: Callable[[str], Any] | None = None) -> Any:
    """Unpickle a value; ``resolve`` gives the object for the name of a reference."""
    return _Unpacker(io.BytesIO(data), resolve or _no_names).load()


def _no_references(obj: Any) -> str:
    raise TypeError(f"{obj!r} refers to an object in an engine and cannot be sent back")


def _no_names(name: str) -> Any:
    raise LookupError(f"no objects here that {name!r} could name")
