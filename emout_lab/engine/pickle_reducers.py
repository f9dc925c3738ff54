"""How wrappers of the user's functions, and slots of the user's classes, are pickled.

cloudpickle sends functions and classes of a notebook by their code, but of what
`functools.lru_cache` makes only the name, which the other side does not know; of a class it forgets
the slots.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from types import FunctionType
from typing import Any, Final

from emout_lab.engine.class_tokens import tracked

#: The kind of function that `functools.lru_cache` makes.
CACHED: Final[type[Any]] = type(functools.lru_cache(int))
# All functions that choose by the kind of their argument run the same code.
_CHOOSING: Final = functools.singledispatch(lambda _: None).__code__  # type: ignore[attr-defined]  # no type says so


def reduced(obj: Any, by_value: Callable[[Any], Any]) -> Any:
    """Return how an object travels.

    Parameters
    ----------
    obj : object
        Any object.
    by_value : callable
        How cloudpickle lets an object travel; NotImplemented where its name is enough.
    """
    if type(obj) is CACHED and by_value(obj.__wrapped__) is not NotImplemented:
        # The values that it keeps stay: they may be large, or of another time.
        return _cached, (obj.__wrapped__, obj.cache_parameters())
    found = by_value(obj)
    if found is NotImplemented:
        return found
    if type(obj) is FunctionType and obj.__code__ is _CHOOSING:
        return _choosing, (dict(obj.registry),)  # type: ignore[attr-defined]  # of singledispatch
    return tracked(obj, _with_slots(obj, found)) if isinstance(obj, type) else found


def property_reduced(found: functools.cached_property[Any]) -> tuple[Any, ...]:
    """Return how a cached property travels: without its lock, which older Pythons have."""
    return _property, (found.func, found.attrname, found.__doc__)


def method_reduced(found: functools.singledispatchmethod[Any]) -> tuple[Any, ...]:
    """Return how a method that chooses travels: without what it keeps, in newer Pythons."""
    return _choosing_method, (found.func, found.dispatcher)


def _cached(function: Callable[..., Any], options: Mapping[str, Any]) -> Any:
    return functools.lru_cache(**options)(function)


def _choosing(functions: Mapping[type, Callable[..., Any]]) -> Any:
    made: Any = functools.singledispatch(functions[object])
    for kind, function in functions.items():
        made.register(kind, function)
    return made


def _choosing_method(function: Callable[..., Any], dispatcher: Any) -> Any:
    made: Any = functools.singledispatchmethod(function)
    made.dispatcher = dispatcher
    return made


def _property(function: Callable[[Any], Any], name: str | None, doc: str | None) -> Any:
    made = functools.cached_property(function)
    made.attrname, made.__doc__ = name, doc
    return made


def _with_slots(cls: type, found: Any) -> Any:
    """Let a class have its slots from the start, if cloudpickle makes it as expected."""
    slots = vars(cls).get("__slots__", ())
    if not slots or not isinstance(found, tuple) or len(found) < 2 or not found[1]:
        return found
    makes = found[1]
    if makes[0] is not type(cls) or len(makes) < 4 or not isinstance(makes[3], dict):
        return found
    names = slots if isinstance(slots, str) else tuple(slots)
    return found[0], (*makes[:3], {**makes[3], "__slots__": names}, *makes[4:]), *found[2:]
