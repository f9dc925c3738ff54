"""What one expression has read from files: no part is read twice in it.

``(abs(plane * 2) + plane).max()`` names the same slice twice. Its values are kept from one call of
the program to the next, as long as these only compute; whatever may write a file ends that.
"""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any

import numpy as np

from emout_lab.engine import operations
from emout_lab.engine.size_limits import ELEMENTWISE

#: What is kept altogether; larger parts are read each time.
MAX_BYTES = 4_000_000
LOOKING = frozenset({operator.getitem, operations.attribute})

Array = np.ndarray[Any, Any]


class ReadCache:
    """Values of lazy objects, for a short time."""

    def __init__(self) -> None:
        self._values: dict[int, tuple[Any, Array]] = {}
        self._room = MAX_BYTES

    def once(self, owner: Any, read: Callable[[], Array]) -> Array:
        """Return what ``read()`` gives for an object, asking once."""
        found = self._values.get(id(owner))
        if found is not None:
            return found[1]
        values = read()
        if values.nbytes <= self._room:
            # With its owner, whose id could be given to another object otherwise.
            self._values[id(owner)] = owner, values
            self._room -= values.nbytes
        return values

    def forget(self) -> None:
        """Read everything anew from now on."""
        self._values.clear()
        self._room = MAX_BYTES


def only_computes(function: Callable[..., Any], args: tuple[Any, ...]) -> bool:
    """Return whether a call changes neither files nor values.

    Examples
    --------
    >>> only_computes(operator.add, (1, 2)), only_computes(operations.call, (print, "a"))
    (True, False)
    >>> only_computes(operations.call, (np.arange(3).max,))
    True
    """
    if function is operations.call and args:
        owner = getattr(args[0], "__self__", None)
        is_array = hasattr(type(owner), "__array_ufunc__")
        return is_array and args[0].__name__ in operations.COMPUTING
    return function in ELEMENTWISE or function in LOOKING or isinstance(function, np.ufunc)


def bytes_read() -> int:
    """Return the bytes that this process has read from files; 0 where the system does not tell."""
    try:
        with open("/proc/self/io", "rb") as file:
            return int(file.readline().split()[1])
    except OSError:
        return 0
