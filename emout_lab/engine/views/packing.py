"""How the functions of a notebook travel: as code, which finds its names on the engine."""

from __future__ import annotations

import builtins
from collections.abc import Callable
from types import CellType, CodeType, FunctionType
from typing import Any

from emout_lab.engine.serialization import EngineNamespace, Packed, UserPacker, pack

#: What is written in a notebook or typed at a prompt has this module.
INTERACTIVE = "__main__"
_NAMESPACE = EngineNamespace()


class RequestPacker(UserPacker):
    """Pickles a call for an engine whose names its functions shall see as their globals.

    A function of the notebook travels without its globals: what it reads and what it assigns with
    ``global`` are names of the engine. Closures and defaults travel along; functions of modules
    are found in their modules.
    """

    def reducer_override(self, obj: Any) -> Any:
        """Return how an object travels (part of Python's pickling)."""
        # Not by its own module: a wrapper has that of the function that it wraps.
        if type(obj) is FunctionType and obj.__globals__.get("__name__") == INTERACTIVE:
            return _reduced(obj)
        return super().reducer_override(obj)


class BringingPacker(UserPacker):
    """Pickles a call whose functions of the notebook bring along what they use.

    What the notebook does not have, such as what was pushed or is required, is a name of the
    engine.
    """

    def reducer_override(self, obj: Any) -> Any:
        """Return how an object travels (part of Python's pickling)."""
        found = super().reducer_override(obj)
        is_code = type(obj) is FunctionType and obj.__globals__.get("__name__") == INTERACTIVE
        if not is_code or not isinstance(found, tuple) or len(found) != 6:
            return found
        make, made, state, _, _, fill = found
        return _bringing, (_NAMESPACE, make, made), (fill, state), None, None, _fill_bringing


def pack_request(
    value: Any, on_reference: Callable[[Any], str], *, brings_names: bool = False
) -> bytes | Packed:
    """Pickle a call, or a part of one, as it is now: it may wait before it is sent.

    Parameters
    ----------
    value : Any
        What is packed.
    on_reference : callable
        Gives the name of each reference to an object.
    brings_names : bool
        As for `packer_for`.
    """
    return pack(value, on_reference, packer_for(brings_names=brings_names), is_copied=True)


def packer_for(*, brings_names: bool) -> type[UserPacker]:
    """Return what pickles calls.

    Parameters
    ----------
    brings_names : bool
        Whether functions of the notebook bring along what they use, instead of using the names of
        the engine.
    """
    return BringingPacker if brings_names else RequestPacker


def _reduced(function: FunctionType) -> tuple[Any, ...]:
    cells = function.__closure__ or ()
    state = {
        "attributes": dict(vars(function)),
        "cells": {n: cell.cell_contents for n, cell in enumerate(cells) if not _is_empty(cell)},
        "__annotations__": _annotations(function),
        "__defaults__": function.__defaults__,
        "__doc__": function.__doc__,
        "__kwdefaults__": function.__kwdefaults__,
        "__module__": function.__module__,
        "__name__": function.__name__,
        "__qualname__": function.__qualname__,
    }
    made = (function.__code__, _NAMESPACE, len(cells))
    # The state comes after the function itself: it may refer to it.
    return _function, made, state, None, None, _fill


def _bringing(namespace: dict[str, Any], make: Callable[..., Any], made: tuple[Any, ...]) -> Any:
    """Make a function that looks in a namespace for what is not among its own globals."""
    found = make(*made)
    if type(found) is not FunctionType:
        return found
    own = found.__globals__
    # Python looks there last, and takes the place of builtins when a function is made.
    own["__builtins__"] = _Fallback(namespace)
    return FunctionType(found.__code__, own, found.__name__, found.__defaults__, found.__closure__)


def _fill_bringing(function: Any, state: tuple[Callable[..., Any], Any]) -> None:
    fill, own = state
    names = function.__globals__["__builtins__"]
    fill(function, own)
    function.__globals__["__builtins__"] = names  # for functions that it makes


class _Fallback(dict[str, Any]):
    """Builtins, behind which are the names of an engine."""

    def __init__(self, namespace: dict[str, Any]) -> None:
        super().__init__(vars(builtins))
        self._namespace = namespace

    def __missing__(self, name: str) -> Any:
        return self._namespace[name]


def _annotations(function: FunctionType) -> dict[str, Any]:
    try:
        return function.__annotations__
    except NameError:  # newer Pythons look names up only now, and this one is the engine's
        return {}


def _is_empty(cell: CellType) -> bool:
    try:
        cell.cell_contents  # noqa: B018  # there is no other way to ask
    except ValueError:
        return True
    return False


def _function(code: CodeType, namespace: dict[str, Any], cells: int) -> FunctionType:
    return FunctionType(code, namespace, closure=tuple(CellType() for _ in range(cells)))


def _fill(function: FunctionType, state: dict[str, Any]) -> None:
    vars(function).update(state.pop("attributes"))
    for number, content in state.pop("cells").items():
        assert function.__closure__ is not None
        function.__closure__[number].cell_contents = content
    for name, value in state.items():
        setattr(function, name, value)
