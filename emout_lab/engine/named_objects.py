"""What the names of one client stand for on an engine: looked at often, described seldom."""

from __future__ import annotations

import re
import sys
import time
import uuid
import weakref
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import BuiltinFunctionType, FunctionType, MethodType, ModuleType
from typing import Any, Final

import numpy as np

from emout_lab.engine.protocol import Description

#: They are never listed: they take next to nothing, and everybody has many.
UNLISTED: Final = (ModuleType, type, FunctionType, BuiltinFunctionType, MethodType)
#: Their text says all of them, where it is short.
PLAIN: Final = frozenset({bool, int, float, complex, str, type(None)})
MOST_BITS, MOST_CHARACTERS = 200, 60
#: They cannot grow in place.
FIXED: Final = frozenset({np.ndarray, bytes, *PLAIN})
#: Their length tells them from what was at the same place in memory.
SIZED: Final = frozenset({list, dict, tuple, bytes, str})
#: Names that IPython's shell keeps with the user's; of its values ``_3`` are listed.
SHELL_NAMES: Final = re.compile(
    r"In|Out|get_ipython|exit|quit|display|_exit_code|_{1,3}|_(ih|oh|dh|i{1,3}|i\d+)"
)
#: Other names that begin with an underscore are listed from so many bytes on.
HIDDEN_BYTES: Final = 1_000_000
#: What may have grown in place is described again so often at most [s], and in this share of the
#: time.
RECHECK_S: Final = 1.0
RECHECK_SHARE: Final = 0.02


@dataclass(frozen=True, slots=True)
class NamedObject:
    """What a name stood for when it was last looked at; the object is the namespace's alone.

    ``value`` is the text of a number or a short string.
    """

    id: str
    name: str
    owner: str
    notebook: str | None
    identity: int
    description: Description
    created: float
    value: str | None = None

    @property
    def expression(self) -> str:
        """Its text where large objects are told."""
        return f"{self.name} (a name on the engine)"


class NamedObjects:
    """What the names of one client stand for.

    A name that stands for the same object as before costs a comparison of identities. Nothing
    here holds an object, but for numbers and short strings, so that ``del`` frees it at once: a
    weak reference or its length tells it from another one that takes its place in memory.

    Parameters
    ----------
    owner : str
        The client.
    describe : callable
        Tells type, shape and memory of an object.

    Attributes
    ----------
    by_name : dict
        What is listed.
    notebook : str or None
        Where the client writes its code.
    is_behind : bool
        Whether something may have changed since it was looked at.
    """

    def __init__(self, owner: str, describe: Callable[[Any], Description]) -> None:
        self.by_name: dict[str, NamedObject] = {}
        self.notebook: str | None = None
        self.is_behind = False
        self._owner = owner
        self._describe = describe
        self._salt = uuid.uuid4()  # the client has the same names on other engines
        self._names: dict[str, str] = {}
        self._order: list[Any] = []
        self._identities: list[int] = []
        self._lengths: dict[Any, tuple[type, int]] = {}
        self._held: dict[Any, Any] = {}
        self._watched: dict[Any, weakref.ref[Any]] = {}
        self._freed: set[Any] = set()
        self._changeable: set[Any] = set()
        self._due = 0.0
        self._is_changed = False

    def find(self, id: str) -> NamedObject | None:
        """Return what was listed under an id; None where there is none."""
        return self.by_name.get(self._names.get(id, ""))

    def remove(self, name: str) -> None:
        """List a name no more."""
        found = self.by_name.pop(name, None)
        if found is not None:
            self._names.pop(found.id, None)
            self._is_changed = True

    def update(self, namespace: Mapping[Any, Any]) -> bool:
        """Look at a copy of the namespace; return whether what is listed has changed."""
        self._is_changed = False
        changed = self._replaced(namespace)
        for name in changed:
            self._watch(name, namespace[name])
            self._note(name, namespace[name])
        self._check_changeable(namespace, changed)
        return self._is_changed

    def _replaced(self, namespace: Mapping[Any, Any]) -> set[Any]:
        """Return the names that stand for other objects than before, and forget those deleted."""
        names, identities = list(namespace), list(map(id, namespace.values()))
        found: set[Any] = set()
        if names != self._order or identities != self._identities:
            old = dict(zip(self._order, self._identities, strict=True))
            found.update(n for n, i in zip(names, identities, strict=True) if old.get(n) != i)
            for name in old.keys() - namespace.keys():
                self.remove(name)
                self._unwatch(name)
            self._order, self._identities = names, identities
        while self._freed:
            found.add(self._freed.pop())
        found.update(n for n, known in self._lengths.items() if _length(namespace[n]) != known)
        return found & namespace.keys() if found else found

    def _check_changeable(self, namespace: Mapping[Any, Any], changed: set[Any]) -> None:
        """Describe again what may have grown in place, but not all the time."""
        left = self._changeable - changed
        start = time.monotonic()
        self.is_behind = bool(left) and start < self._due
        if left and not self.is_behind:
            for name in left:
                self._note(name, namespace[name])
            now = time.monotonic()
            self._due = now + max(RECHECK_S, (now - start) / RECHECK_SHARE)

    def _note(self, name: Any, value: Any) -> None:
        old, new = self.by_name.get(name), self._described(name, value)
        if new is None:
            self.remove(name)
        elif old is None or (old.identity, old.description, old.value) != (
            new.identity,
            new.description,
            new.value,
        ):
            self.by_name[name] = new
            self._names[new.id] = name
            self._is_changed = True

    def _described(self, name: Any, value: Any) -> NamedObject | None:
        """Return what is listed of a name; None where nothing is."""
        if not is_listed(name, value):
            return None
        text = plain_text(value)
        if type(value) in PLAIN:
            description = Description(type(value).__name__, None, None, sys.getsizeof(value))
        else:
            description = self._describe(value)
        is_hidden = name.startswith("_") and not name[1:].isdecimal()
        if is_hidden and (description.bytes or 0) < HIDDEN_BYTES:
            return None
        id_ = uuid.uuid5(self._salt, name).hex
        now = time.time()
        return NamedObject(id_, name, self._owner, self.notebook, id(value), description, now, text)

    def _watch(self, name: Any, value: Any) -> None:
        """See to it that another object at the same place in memory is told from this one."""
        self._unwatch(name)
        kind = type(value)
        if kind not in FIXED and is_listed(name, value):
            self._changeable.add(name)
        if plain_text(value) is not None:
            self._held[name] = value
        elif kind in SIZED:
            self._lengths[name] = _length(value)
        else:
            freed = self._freed
            try:
                self._watched[name] = weakref.ref(value, lambda _: freed.add(name))
            except TypeError:
                self._lengths[name] = _length(value)

    def _unwatch(self, name: Any) -> None:
        self._changeable.discard(name)
        for known in (self._held, self._lengths, self._watched):
            known.pop(name, None)


def is_listed(name: Any, value: Any) -> bool:
    """Return whether a name may be listed: not code, nor what is Python's and IPython's own.

    Examples
    --------
    >>> is_listed("x", [1, 2]), is_listed("np", np), is_listed("n", 3), is_listed("__n__", 3)
    (True, False, True, False)
    """
    if not isinstance(name, str) or name.startswith("__") or SHELL_NAMES.fullmatch(name):
        return False
    return not issubclass(type(value), UNLISTED)  # its own `__class__` is not asked


def plain_text(value: Any) -> str | None:
    """Return the text of a number or a short string; None for all others.

    Examples
    --------
    >>> plain_text(5), plain_text("five"), plain_text(np.float64(0.5)), plain_text([5])
    ('5', "'five'", '0.5', None)
    """
    kind = type(value)
    if kind in PLAIN:
        is_long = kind is int and value.bit_length() > MOST_BITS
        is_long |= kind is str and len(value) > MOST_CHARACTERS
        return None if is_long else repr(value)
    if issubclass(kind, (np.number, np.bool_)) and kind.__module__ == "numpy":
        return str(value)
    return None


def _length(value: Any) -> tuple[type, int]:
    kind = type(value)
    return kind, len(value) if kind in SIZED else -1
