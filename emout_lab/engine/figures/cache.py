"""A bounded collection of what is kept of figures."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Iterable
from typing import Generic, TypeVar

T = TypeVar("T")


class BoundedCache(Generic[T]):
    """Items by name, each of so many bytes; the oldest give way to newer ones.

    Added to by the engine's thread, read and emptied from the worker's event loop as well.

    Parameters
    ----------
    max_items : int
        The most that are kept.
    max_bytes : callable
        Returns the most that all may take together.
    keeps_last : bool
        Whether the newest is kept even if it takes more than that by itself.

    Attributes
    ----------
    bytes : int
        What all take together.
    version : int
        Counts changes.

    Examples
    --------
    >>> cache = BoundedCache[str](2, lambda: 100)
    >>> for name in "abc":
    ...     cache.add(name, name.upper(), 40)
    >>> cache.values(), cache.bytes, cache.get("a")
    (('B', 'C'), 80, None)
    """

    def __init__(
        self, max_items: int, max_bytes: Callable[[], int], *, keeps_last: bool = False
    ) -> None:
        self.max_items = max_items
        self.max_bytes = max_bytes
        self.bytes = self.version = 0
        self._keeps_last = keeps_last
        self._items: OrderedDict[str, tuple[T, int]] = OrderedDict()
        self._lock = threading.Lock()

    def __len__(self) -> int:
        return len(self._items)

    def add(self, name: str, item: T, size: int) -> None:
        """Keep an item, unless it is too large."""
        most = self.max_bytes()
        if size > most and not self._keeps_last:
            return
        with self._lock:
            self._items[name] = item, size
            self.bytes += size
            self.version += 1
            while len(self._items) > 1 and (self.bytes > most or len(self._items) > self.max_items):
                _, (_, oldest) = self._items.popitem(last=False)
                self.bytes -= oldest

    def remove(self, names: Iterable[str]) -> None:
        """Give items up; unknown names are ignored, since a wish may come twice."""
        with self._lock:
            gone = [self._items.pop(name, None) for name in names]
            found = [entry for entry in gone if entry is not None]
            self.bytes -= sum(size for _, size in found)
            self.version += bool(found)

    def get(self, name: str) -> T | None:
        """Return an item; None where it is not kept."""
        found = self._items.get(name)
        return None if found is None else found[0]

    def values(self) -> tuple[T, ...]:
        """Return all items, the oldest first."""
        with self._lock:
            return tuple(item for item, _ in self._items.values())
