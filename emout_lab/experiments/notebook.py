"""A lab notebook: result sets by their tags, in memory; see its subclasses for those on disk."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar

from emout_lab.engine.sweeps.results import ResultsDict, flattened
from emout_lab.experiments.errors import NotebookLocked, UnknownResult
from emout_lab.experiments.result_set import ResultSet

if TYPE_CHECKING:
    import pandas as pd
    import xarray as xr
    from typing_extensions import Self


class LabNotebook:
    """Keeps the results of experiments; this one in memory only.

    Parameters
    ----------
    name : str
        Its name; that of its file, for one on disk.
    description : str, optional
        What it is, for people.

    Examples
    --------
    >>> notebook = LabNotebook("test")
    >>> notebook.addResult({"parameters": {"k": 1}, "metadata": {}, "results": {"y": 2}})
    >>> notebook.resultsFor({"k": 1})[0]["results"]
    {'y': 2}
    """

    DEFAULT_RESULTSET: ClassVar = "epyc.resultset.default"

    def __init__(self, name: str = "", description: str | None = None) -> None:
        self._name = name
        self._description = description or ""
        self._sets: dict[str, ResultSet] = {}
        self._current = self.DEFAULT_RESULTSET
        self._is_locked = False
        self._jobs: dict[str, str] = {}
        #: How often pending results were added.
        self.additions = 0
        self._begin()

    def _begin(self) -> None:
        """Begin with an empty result set."""
        self._sets[self.DEFAULT_RESULTSET] = ResultSet()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __len__(self) -> int:
        return len(self._sets)

    def __contains__(self, tag: str) -> bool:
        return tag in self._sets

    def __iter__(self) -> Iterator[str]:
        return iter(self._sets)

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self._name!r}: {len(self._sets)} result sets>"

    # The notebook.

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

    def isPersistent(self) -> bool:
        """Return whether it is on disk."""
        return False

    def open(self) -> Self:
        """Open it; returns it, for a ``with`` block."""
        return self

    def close(self) -> None:
        """Write what is to be written and give the file free."""
        self.commit()

    def commit(self) -> None:
        """Write what has changed, where it is on disk: after that nothing of it can be lost."""

    def isLocked(self) -> bool:
        """Return whether it takes no more results."""
        return self._is_locked

    def assertUnlocked(self) -> None:
        """Make sure that it takes results.

        Raises
        ------
        NotebookLocked
            When it was finished.
        """
        if self._is_locked:
            raise NotebookLocked(
                f"notebook {self._name!r} was finished and takes no more results; begin another one"
            )

    def finish(self, commit: bool = True) -> None:
        """Cancel what is pending and take no more results, in any result set."""
        self.assertUnlocked()
        for each in self._sets.values():
            if not each.isLocked():
                each.finish()
        self._jobs.clear()
        self._is_locked = True
        if commit:
            self.commit()

    # Result sets.

    def addResultSet(self, tag: str, description: str | None = None) -> ResultSet:
        """Begin a result set and make it the current one.

        Raises
        ------
        ValueError
            When there is one of this tag.
        NotebookLocked
            When the notebook was finished.
        """
        self.assertUnlocked()
        if tag in self._sets:
            raise ValueError(
                f"notebook {self._name!r} has a result set {tag!r}; select({tag!r}) makes it the "
                "current one"
            )
        self._sets[str(tag)] = ResultSet(description)
        self._current = str(tag)
        return self._sets[self._current]

    def deleteResultSet(self, rs: str | ResultSet) -> None:
        """Remove a result set with all its results; the default one is only emptied."""
        self.assertUnlocked()
        tag = rs if isinstance(rs, str) else self.resultSetTag(rs)
        for job in self.resultSet(tag).pendingResults():
            self._jobs.pop(job, None)
        del self._sets[tag]
        if tag == self.DEFAULT_RESULTSET:
            self._sets[tag] = ResultSet()
        if self._current == tag:
            self._current = next(iter(self._sets), self.DEFAULT_RESULTSET)
        if not self._sets:
            self._sets[self.DEFAULT_RESULTSET] = ResultSet()

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
        """Make a result set the current one, begun where there is none; return whether there was."""
        if tag in self._sets:
            self.select(tag)
            return True
        self.addResultSet(tag, description)
        return False

    def _of(self, tag: str | None) -> ResultSet:
        return self.current() if tag is None else self.resultSet(tag)

    # Results.

    def addResult(self, results: Any, tag: str | None = None) -> None:
        """Add a results dictionary, or a list of them, to the current or another result set."""
        self.assertUnlocked()
        self._of(tag).addResults([results])

    def check(self, results: Any) -> None:
        """Make sure that results can be added.

        Raises
        ------
        TypeError
            When they are no results dictionaries, or hold what a file cannot.
        """
        flattened(results)

    def results(self, tag: str | None = None) -> list[ResultsDict]:
        """Return the results dictionaries of a result set."""
        return self._of(tag).results()

    def resultsFor(self, params: Mapping[str, Any], tag: str | None = None) -> list[ResultsDict]:
        """Return the results at a point."""
        return self._of(tag).resultsFor(params)

    def numberOfResults(self, tag: str | None = None) -> int:
        """Return how many results a result set has."""
        return len(self._of(tag))

    def dataframe(self, tag: str | None = None, only_successful: bool = True) -> pd.DataFrame:
        """Return the results of a result set as a table of pandas."""
        return self._of(tag).dataframe(only_successful)

    def dataframeFor(
        self, params: Mapping[str, Any], tag: str | None = None, only_successful: bool = True
    ) -> pd.DataFrame:
        """Return the results at a point as a table of pandas."""
        return self._of(tag).dataframeFor(params, only_successful)

    def to_xarray(self, tag: str | None = None) -> xr.Dataset:
        """Return the results of a result set with the parameters as dimensions."""
        return self._of(tag).to_xarray()

    # Results that are to come.

    def addPendingResult(
        self, params: Mapping[str, Any], jobid: str, tag: str | None = None
    ) -> None:
        """Note that a result is to come."""
        self.addPendingResults([params], [jobid], tag)

    def addPendingResults(
        self, params: Sequence[Mapping[str, Any]], jobids: Sequence[str], tag: str | None = None
    ) -> None:
        """Note that results are to come, each by the id of its job."""
        self.assertUnlocked()
        twice = next((each for each in jobids if each in self._jobs), None)
        if twice is not None:
            raise ValueError(f"job {twice!r} is pending already, in {self._jobs[twice]!r}")
        where = self._current if tag is None else tag
        self._of(tag).addPendingResults(params, jobids)
        self._jobs.update(dict.fromkeys(map(str, jobids), where))
        self.additions += 1

    def resolvePendingResult(self, rc: Any, jobid: str) -> None:
        """Add a result that was pending, to the result set that waits for it."""
        self.resolvePendingResults([(rc, jobid)])

    def resolvePendingResults(self, pairs: Iterable[tuple[Any, str]]) -> int:
        """Add results that were pending, each with the id of its job; return how many jobs.

        Raises
        ------
        UnknownResult
            When no result of a job is pending; nothing is added then.
        """
        self.assertUnlocked()
        by_tag: dict[str, list[tuple[Any, str]]] = {}
        for found, jobid in pairs:
            by_tag.setdefault(self._tag_of(jobid), []).append((found, jobid))
        for tag, each in by_tag.items():
            jobs = [jobid for _, jobid in each]
            self._sets[tag].addResults(found for found, _ in each)
            self._sets[tag].cancelPendingResults(jobs)
            for jobid in jobs:
                del self._jobs[jobid]
        return sum(map(len, by_tag.values()))

    def cancelPendingResult(self, jobid: str) -> None:
        """Note that a result will not come."""
        self.cancelPendingResults([jobid])

    def cancelPendingResults(self, jobids: Sequence[str]) -> None:
        """Note that results will not come."""
        by_tag: dict[str, list[str]] = {}
        for jobid in jobids:
            by_tag.setdefault(self._tag_of(jobid), []).append(jobid)
        for tag, each in by_tag.items():
            self._sets[tag].cancelPendingResults(each)
            for jobid in each:
                del self._jobs[jobid]

    def _tag_of(self, jobid: str) -> str:
        if jobid not in self._jobs:
            raise UnknownResult(f"no result of a job {jobid!r} is pending in {self._name!r}")
        return self._jobs[jobid]

    def is_pending(self, jobid: str) -> bool:
        """Return whether the result of a job is to come."""
        return jobid in self._jobs

    def pendingResults(self, tag: str | None = None) -> list[str]:
        """Return the jobs whose results are to come, of a result set."""
        return self._of(tag).pendingResults()

    def allPendingResults(self) -> set[str]:
        """Return the jobs whose results are to come, of all result sets."""
        return set(self._jobs)

    def numberOfPendingResults(self, tag: str | None = None) -> int:
        """Return how many results of a result set are to come."""
        return self._of(tag).numberOfPendingResults()

    def numberOfAllPendingResults(self) -> int:
        """Return how many results are to come."""
        return len(self._jobs)

    def pendingResultParameters(self, jobid: str) -> dict[str, Any]:
        """Return the point of a job whose result is to come."""
        return self._sets[self._tag_of(jobid)].pendingResultParameters(jobid)

    def ready(self, tag: str | None = None) -> bool:
        """Return whether no result of a result set is to come."""
        return self._of(tag).ready()

    def readyFraction(self, tag: str | None = None) -> float:
        """Return which part of the results of a result set is there; 1.0 where there are none."""
        found = self._of(tag)
        total = len(found) + found.numberOfPendingResults()
        return len(found) / total if total else 1.0
