"""What people say of a result set: its description, attributes, and that it is finished."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any

from emout_lab.experiments.errors import ResultSetLockedException


class Described:
    """Has a description and attributes, which change until it is locked.

    Parameters
    ----------
    description : str, optional
        What it is, for people.
    check : callable, optional
        Called with the name and values of what is not a plain number or text; raises where its
        notebook cannot hold one of them.
    """

    def __init__(
        self,
        description: str | None = None,
        check: Callable[[str, Iterable[Any]], None] | None = None,
    ) -> None:
        now = datetime.now()  # noqa: DTZ005  # for people who are here
        self._description = description or f"Results collected on {now:%Y-%m-%d %H:%M}"
        self._attributes: dict[str, Any] = {}
        self._is_locked = False
        self._check = check
        #: How often description, attributes or lock have changed; and had, when it was written.
        self.changes = 0
        self.written_changes = 0

    def description(self) -> str:
        """Return what it is, for people."""
        return self._description

    def setDescription(self, d: str) -> None:
        """Say what it is."""
        self.assertUnlocked()
        self._description = str(d)
        self.changes += 1

    def getAttribute(self, k: str) -> Any:
        """Return an attribute; ``KeyError`` where there is none of this name."""
        return self._attributes[k]

    def setAttribute(self, k: str, v: Any) -> None:
        """Set an attribute.

        Raises
        ------
        NotStorable
            When the notebook cannot hold the value.
        """
        self.assertUnlocked()
        if self._check is not None:
            self._check(f"attribute {k!r}", [v])
        self._attributes[str(k)] = v
        self.changes += 1

    def keys(self) -> set[str]:
        """Return the names of the attributes."""
        return set(self._attributes)

    def __getitem__(self, k: str) -> Any:
        return self.getAttribute(k)

    def __setitem__(self, k: str, v: Any) -> None:
        self.setAttribute(k, v)

    def __contains__(self, k: str) -> bool:
        return k in self._attributes

    def isLocked(self) -> bool:
        """Return whether it takes no more results."""
        return self._is_locked

    def assertUnlocked(self) -> None:
        """Make sure that it takes results.

        Raises
        ------
        ResultSetLockedException
            When it was finished.
        """
        if self._is_locked:
            raise ResultSetLockedException(
                f"the result set {self._description!r} was finished and takes no more results; add "
                "another one: notebook.addResultSet(tag)"
            )

    def restore(self, description: str, attributes: dict[str, Any], is_locked: bool) -> None:
        """Take what a file says of it."""
        self._description, self._attributes, self._is_locked = description, attributes, is_locked
