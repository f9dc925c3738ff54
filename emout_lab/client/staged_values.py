"""Values that an engine has put aside: each is taken, or freed there when nobody wants it."""

from __future__ import annotations

import weakref
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from emout_lab.engine.protocol import Reply


class _StagedName(str):
    """The name of a value that an engine has staged for whoever holds this."""

    __slots__ = ("__weakref__",)

    def __reduce__(self) -> tuple[Any, ...]:
        return str, (str(self),)  # engines know no such class


class StagedValues:
    """The staged values of one engine.

    Parameters
    ----------
    free : callable
        Has objects dropped by their names, without waiting for it.
    """

    def __init__(self, free: Callable[[list[str]], object]) -> None:
        self._free = free
        self._finalizers: dict[str, weakref.finalize[Any, Any]] = {}

    def noted(self, reply: Reply) -> Reply:
        """Return a reply whose value is freed in the engine if nobody ever takes it."""
        if reply.staged is None:
            return reply
        name = _StagedName(reply.staged)
        self._finalizers[name] = finalizer = weakref.finalize(name, self._drop, reply.staged)
        finalizer.atexit = False
        return replace(reply, staged=name)

    def note_taken(self, name: str) -> None:
        """Take notice that a value was brought, which frees it."""
        if (finalizer := self._finalizers.pop(name, None)) is not None:
            finalizer.detach()

    def _drop(self, name: str) -> None:
        self._finalizers.pop(name, None)
        self._free([name])
