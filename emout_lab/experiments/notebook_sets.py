"""The result sets of a lab notebook by their tags, one of which is the current one."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from emout_lab.engine.sweeps.results import is_name
from emout_lab.experiments.errors import LabNotebookLockedException, UnknownResult
from emout_lab.experiments.result_set import ResultSet
from emout_lab.format import counted


class ResultSets:
    """Result sets by their tags, with a name and a description.

    Parameters
    ----------
    name : str
        Its name; that of its file, for one on disk.
    description : str, optional
        What it is, for people.
    """

    DEFAULT_RESULTSET: ClassVar = "epyc.resultset.default"

    def __init__(self, name: str = "", description: str | None = None) -> None:
        self._name = name
        self._description = "A notebook" if description is None else str(description)
        self._sets: dict[str, ResultSet] = {}
        self._current = self.DEFAULT_RESULTSET
        self._is_locked = False
        self._begin()

    def _begin(self) -> None:
        """Begin with an empty result set."""
        self._sets[self.DEFAULT_RESULTSET] = self.new_set()

    def new_set(self, description: str | None = None) -> ResultSet:
        """Return an empty result set, which is in no notebook yet."""
        return ResultSet(description)

    def __len__(self) -> int:
        return len(self._sets)

    def __contains__(self, tag: str) -> bool:
        return tag in self._sets

    def __iter__(self) -> Iterator[str]:
        return iter(self._sets)

    def __repr__(self) -> str:
        told = ", finished" if self._is_locked else ""
        sets = counted(len(self._sets), "result set")
        return f"<{type(self).__name__} {self._name!r}: {sets}{told}>"

    def name(self) -> str:
        """Return its name."""
        return self._name

    def description(self) -> str:
        """Return what it is, for people."""
        return self._description

    def setDescription(self, d: str) -> None:
        """Say what it is."""
        self.assertUnlocked()
        self._description = str(d)

    def isLocked(self) -> bool:
        """Return whether it takes no more results."""
        return self._is_locked

    def assertUnlocked(self) -> None:
        """Make sure that it takes results.

        Raises
        ------
        LabNotebookLockedException
            When it was finished.
        """
        if self._is_locked:
            raise LabNotebookLockedException(
                f"notebook {self._name!r} was finished and takes no more results; begin another one"
            )

    def addResultSet(self, tag: str, description: str | None = None) -> ResultSet:
        """Begin a result set and make it the current one.

        Raises
        ------
        ValueError
            When there is one of this tag, or the tag is no text.
        LabNotebookLockedException
            When the notebook was finished.
        """
        self.assertUnlocked()
        if not is_name(tag):
            raise ValueError(f"a result set has a text as its tag, not {tag!r}")
        if tag in self._sets:
            raise ValueError(
                f"notebook {self._name!r} has a result set {tag!r}; select({tag!r}) makes it the "
                f"current one, and deleteResultSet({tag!r}) removes it with its results"
            )
        self._sets[tag] = self.new_set(description)
        self._current = tag
        return self._sets[tag]

    def deleteResultSet(self, rs: str | ResultSet) -> None:
        """Remove a result set with all its results and what is pending.

        Where it is the current one, the default one is it afterwards.

        Raises
        ------
        ValueError
            When it is the default one, which every notebook has.
        UnknownResult
            When there is none of this tag.
        """
        self.assertUnlocked()
        tag = rs if isinstance(rs, str) else self.resultSetTag(rs)
        self.resultSet(tag)
        if tag == self.DEFAULT_RESULTSET:
            raise ValueError(
                "the default result set of a notebook stays; delete others, or begin "
                "another notebook"
            )
        del self._sets[tag]
        if self.DEFAULT_RESULTSET not in self._sets:
            self._begin()
        if self._current == tag:
            self._current = self.DEFAULT_RESULTSET

    def resultSet(self, tag: str) -> ResultSet:
        """Return a result set.

        Raises
        ------
        UnknownResult
            When there is none of this tag.
        """
        if tag not in self._sets:
            raise UnknownResult(
                f"notebook {self._name!r} has no result set {tag!r}; it has "
                f"{', '.join(map(repr, self._sets))}"
            )
        return self._sets[tag]

    def resultSets(self) -> list[str]:
        """Return the tags of the result sets."""
        return list(self._sets)

    def keys(self) -> list[str]:
        """Return the tags of the result sets."""
        return list(self._sets)

    def numberOfResultSets(self) -> int:
        """Return how many result sets there are."""
        return len(self._sets)

    def resultSetTag(self, rs: ResultSet) -> str:
        """Return the tag of a result set."""
        for tag, each in self._sets.items():
            if each is rs:
                return tag
        raise UnknownResult(f"the result set is not in notebook {self._name!r}")

    def current(self) -> ResultSet:
        """Return the current result set, which takes results where no other is named."""
        return self._sets[self._current]

    def currentTag(self) -> str:
        """Return the tag of the current result set."""
        return self._current

    def select(self, tag: str) -> ResultSet:
        """Make a result set the current one."""
        found = self.resultSet(tag)
        self._current = tag
        return found

    def already(self, tag: str, description: str | None = None) -> bool:
        """Make a result set the current one, or begin it; return whether it was there."""
        if tag in self._sets:
            self.select(tag)
            return True
        self.addResultSet(tag, description)
        return False

    def _of(self, tag: str | None) -> ResultSet:
        return self.current() if tag is None else self.resultSet(tag)
