"""numpy's functions on refs: what they write into, and arrays whose items stay in an engine."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np

from emout_lab.engine.serialization import Reference

#: Functions that change their first argument instead of returning something.
CHANGING = frozenset({np.copyto, np.put, np.place, np.putmask, np.fill_diagonal, np.put_along_axis})
#: Functions about types, of which those who call them need to know the answer.
OF_DTYPES = frozenset({np.can_cast, np.common_type, np.min_scalar_type, np.result_type})
#: Functions that write a file.
WRITING = frozenset({np.save, np.savetxt, np.savez, np.savez_compressed})


def target(function: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """Return what a call of a numpy function writes into; None where it only returns something."""
    if function in CHANGING:
        return args[0] if args else next(iter(kwargs.values()))
    position = _position_of_out(function)
    if position is not None and len(args) > position:
        return args[position]
    return kwargs.get("out")


def ufunc_target(method: str, inputs: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """Return what a call of a ufunc writes into; None where it only returns something."""
    if method == "at":
        return inputs[0]
    return next((out for out in kwargs.get("out", ()) if out is not None), None)


def is_target_remote(name: str, into: Any) -> bool:
    """Tell whether a call writes into a remote object.

    Raises
    ------
    TypeError
        If it would write into a local one: the engine would fill a copy of it.
    """
    if into is not None and not isinstance(into, Reference):
        raise TypeError(
            f"{name} cannot write a remote result into a local {type(into).__name__}, as `out=` "
            "and `x += ref` ask for. Take the result as it is returned, or fetch() the operands."
        )
    return into is not None


def of_refs(ref: Any, shape: tuple[int, ...]) -> np.ndarray[Any, Any]:
    """Return an array of refs to the items of an array of objects.

    Axes and other objects would be copied on their way here, and a copy is no part of the figure.
    """
    found = np.empty(shape, dtype=object)
    if not shape:
        found[()] = ref
    for index in np.ndindex(*shape) if shape else ():
        found[index] = ref[index[0] if len(index) == 1 else index]
    return found


@cache
def _position_of_out(function: Callable[..., Any]) -> int | None:
    try:
        names = list(inspect.signature(function).parameters)
    except (TypeError, ValueError):
        return None
    return names.index("out") if "out" in names else None
