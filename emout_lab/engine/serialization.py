"""Pickling of what travels in calls: the one encoder and decoder.

References to objects in an engine may stand anywhere in an argument: in a list, a slice, an
attribute of an object or the closure of a function. They are pickled as persistent ids, so no
container has to be walked by hand. The memory of large arrays stays beside the pickle (`Packed`),
so that it travels without a copy.
"""

from __future__ import annotations

import copyreg
import io
import pickle
from collections import ChainMap
from collections.abc import Callable, MutableMapping
from dataclasses import dataclass
from functools import cached_property, singledispatchmethod
from types import CodeType, GeneratorType
from typing import Any

import cloudpickle

from emout_lab.engine import pickle_reducers
from emout_lab.pickle_buffers import Buffer, BufferList, copied, inside, size_of, straight


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

    def __init__(
        self,
        file: io.BytesIO,
        on_reference: Callable[[Any], str],
        on_buffer: Callable[[pickle.PickleBuffer], bool] | None = None,
    ) -> None:
        super().__init__(file, protocol=pickle.HIGHEST_PROTOCOL, buffer_callback=on_buffer)
        self._on_reference = on_reference

    def reducer_override(self, obj: Any) -> Any:
        """Return how an object travels that has no way of its own (part of Python's pickling)."""
        return pickle_reducers.reduced(obj, super().reducer_override)

    def persistent_id(self, obj: Any) -> str | None:
        """Return the name of a reference (part of Python's pickling)."""
        if isinstance(obj, (EngineNamespace, NamespaceValue)):
            return obj._id
        return self._on_reference(obj) if isinstance(obj, Reference) else None


@dataclass(frozen=True, slots=True)
class Packed:
    """A packed value with large arrays: its pickle, and beside it the memory of the arrays.

    Parameters
    ----------
    data : bytes
        The pickle (protocol 5).
    buffers : tuple of buffers
        Contiguous memory of at least `BUFFER_BYTES` each, in the order of the pickle.
    """

    data: bytes
    buffers: tuple[Buffer, ...]

    def __len__(self) -> int:
        return len(self.data) + sum(size_of(each) for each in self.buffers)

    def __reduce_ex__(self, protocol: Any) -> tuple[Any, ...]:
        # Dask pickles with protocol 4 where it does not know what the other end can read.
        kept = pickle.PickleBuffer if protocol >= 5 else inside
        return Packed, (self.data, tuple(map(kept, self.buffers)))

    def copied(self) -> Packed:
        """Return the same with memory of its own, which nobody changes any more."""
        return Packed(self.data, tuple(map(copied, self.buffers)))


class _Unpacker(pickle.Unpickler):
    def __init__(
        self, file: io.BytesIO, resolve: Callable[[str], Any], buffers: tuple[Buffer, ...]
    ) -> None:
        super().__init__(file, buffers=buffers)
        self.persistent_load = resolve  # type: ignore[method-assign]  # faster than a method of ours


def pack(
    value: Any,
    on_reference: Callable[[Any], str] | None = None,
    packer: type[UserPacker] = UserPacker,
    *,
    is_copied: bool = False,
) -> bytes | Packed:
    """Pickle a value; ``on_reference`` gives the name of every reference inside it.

    Parameters
    ----------
    value : Any
        What is packed.
    on_reference : callable, optional
        Gives the name of each reference inside.
    packer : type of UserPacker
        Pickles it.
    is_copied : bool
        Whether large arrays are copied now. Otherwise the memory is the value's own: what is
        changed in it before it was sent (a program's reply has come) may be seen at the other end.

    Returns
    -------
    bytes or Packed
        A `Packed` where large arrays are inside.

    Examples
    --------
    >>> unpack(pack({"a": (1, slice(None, 3))}))
    {'a': (1, slice(None, 3, None))}
    >>> import numpy as np
    >>> packed = pack(np.ones(1_000_000))
    >>> len(packed.buffers), len(packed) > 8_000_000
    (1, True)
    >>> int(unpack(packed).sum())
    1000000
    """
    file, buffers = io.BytesIO(), BufferList()
    packer(file, on_reference or _no_references, buffers.add).dump(value)
    if not buffers.found:
        return file.getvalue()
    packed = Packed(file.getvalue(), tuple(buffers.found))
    return packed.copied() if is_copied else packed


def unpack(data: bytes | Packed, resolve: Callable[[str], Any] | None = None) -> Any:
    """Unpickle a value; ``resolve`` gives the object for the name of a reference.

    Arrays of a `Packed` use its memory, which no other may use then.
    """
    buffers: tuple[Buffer, ...] = ()
    if isinstance(data, Packed):
        buffers = tuple(map(straight, data.buffers))
        data = data.data
    return _Unpacker(io.BytesIO(data), resolve or _no_names, buffers).load()


def _no_references(obj: Any) -> str:
    raise TypeError(f"{obj!r} refers to an object in an engine and cannot be sent back")


def _no_names(name: str) -> Any:
    raise LookupError(f"no objects here that {name!r} could name")
