"""A lab notebook: result sets by their tags, in memory; see its subclasses for those on disk."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from emout_lab.engine.sweeps import results as names
from emout_lab.engine.sweeps.results import ResultsDict
from emout_lab.experiments.errors import UnknownResult
from emout_lab.experiments.notebook_sets import ResultSets
from emout_lab.experiments.same_values import hashable

if TYPE_CHECKING:
    import pandas as pd
    import xarray as xr
    from typing_extensions import Self


class LabNotebook(ResultSets):
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

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    # The notebook.

    def isPersistent(self) -> bool:
        """Return whether it is on disk."""
        return False

    @contextlib.contextmanager
    def open(self) -> Iterator[Self]:
        """Give the notebook to a ``with`` block, and commit it at its end.

        It stays open; leaving ``with notebook:`` closes it as well.
        """
        try:
            yield self
        finally:
            self.commit()

    def close(self) -> None:
        """Write what is to be written and give the file free."""
        self.commit()

    def commit(self) -> None:
        """Write what has changed, where it is on disk: after that nothing of it can be lost."""

    def finish(self, commit: bool = True) -> None:
        """Cancel what is pending and take no more results, in any result set.

        Parameters
        ----------
        commit : bool
            Whether the file, where there is one, says so as well.
        """
        if not self._is_locked:
            self.assertUnlocked()
            for each in self._sets.values():
                each.finish()
            self._is_locked = True
        if commit:
            self.commit()

    # Results.

    def addResult(self, results: Any, tag: str | None = None) -> None:
        """Add a results dictionary, or a list of them, to the current or another result set.

        Raises
        ------
        ResultsStructureException
            When something is no results dictionary. Nothing is added then, nor after any other
            error; see `ResultSet.addResults`.
        """
        self.addResults([results], tag)

    def addResults(self, found: Iterable[Any], tag: str | None = None) -> int:
        """Add results dictionaries, or lists of them, all or none; return how many there were."""
        self.assertUnlocked()
        return self._of(tag).addResults(found)

    def check(self, results: Any) -> None:
        """Make sure that results can be added to some result set.

        Raises
        ------
        ResultsStructureException
            When they are no results dictionaries.
        NotStorable
            When they hold what the notebook's file cannot.
        ValueError
            When a name is no text.
        """
        check = self.new_set().check_value
        for found in names.flattened(results):
            for part in found.values():
                for name, value in part.items():
                    check(name, value)

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

    def to_xarray(
        self, tag: str | None = None, dimensions: Sequence[str] | None = None
    ) -> xr.Dataset:
        """Return the results of a result set with parameters as dimensions, by default all."""
        return self._of(tag).to_xarray(dimensions)

    # Results that are to come.

    def addPendingResult(
        self, params: Mapping[str, Any], jobid: str, tag: str | None = None
    ) -> None:
        """Note that a result is to come."""
        self.addPendingResults([params], [jobid], tag)

    def addPendingResults(
        self, params: Sequence[Mapping[str, Any]], jobids: Sequence[str], tag: str | None = None
    ) -> None:
        """Note that results are to come, each by the id of its job.

        Raises
        ------
        ValueError
            When an id is pending already, in any result set; nothing is noted then.
        """
        self.assertUnlocked()
        jobids = [str(each) for each in jobids]
        for there, each in self._sets.items():
            twice = next((jobid for jobid in jobids if jobid in each.pending), None)
            if twice is not None:
                raise ValueError(f"a result of job {twice!r} is pending already, in {there!r}")
        self._of(tag).addPendingResults(params, jobids)

    def resolvePendingResult(self, rc: Any, jobid: str) -> None:
        """Add a result that was pending, to the result set that waits for it.

        Raises
        ------
        UnknownResult
            When no result of this job is pending.
        ValueError
            When it is the result of another point; nothing changes then.
        """
        waiting = self._sets[self._tag_of(jobid)]
        point = waiting.pendingResultParameters(jobid)
        for each in names.flattened(rc):
            for name, value in each[names.PARAMETERS].items():
                if name in point and hashable(point[name]) != hashable(value):
                    raise ValueError(
                        f"the result of job {jobid!r} is to be for {name} = {point[name]!r}, and "
                        f"this one is for {value!r}; use the id of its own job, or addResult"
                    )
        waiting.resolve({jobid: rc}, strictly=True)

    def resolvePendingResults(
        self, pairs: Iterable[tuple[Any, str]], tag: str | None = None
    ) -> int:
        """Add many results that were pending, each with the id of its job.

        What the notebook cannot take (a value that its file cannot hold, a result with the name of
        a parameter) is recorded as a failure of its point, with the reason, so that all others
        come in.

        Parameters
        ----------
        pairs : iterable of (results, jobid)
            Results dictionaries, or lists of them.
        tag : str, optional
            The result set that waits for them; found by the jobs by default.

        Returns
        -------
        int
            How many jobs there were.

        Raises
        ------
        UnknownResult
            When no result of a job is pending (there); nothing is added then.
        """
        self.assertUnlocked()
        by_tag: dict[str, dict[str, Any]] = {}
        for found, jobid in pairs:
            there = self._tag_of(jobid)
            if tag is not None and there != tag:
                raise UnknownResult(f"job {jobid!r} is pending in {there!r}, not in {tag!r}")
            # What came first counts.
            by_tag.setdefault(there, {}).setdefault(jobid, found)
        for there, results in by_tag.items():
            self._sets[there].resolve(results)
        return sum(map(len, by_tag.values()))

    def cancelPendingResult(self, jobid: str) -> None:
        """Note that a result will not come: its point has failed, as cancelled."""
        self.cancelPendingResults([jobid])

    def cancelPendingResults(self, jobids: Sequence[str]) -> None:
        """Note that results will not come: their points have failed, as cancelled.

        Raises
        ------
        UnknownResult
            When no result of a job is pending; nothing changes then.
        """
        self.assertUnlocked()
        by_tag: dict[str, list[str]] = {}
        for jobid in jobids:
            by_tag.setdefault(self._tag_of(jobid), []).append(jobid)
        for tag, each in by_tag.items():
            self._sets[tag].cancelPendingResults(each)

    def _tag_of(self, jobid: str) -> str:
        for tag, each in self._sets.items():
            if jobid in each.pending:
                return tag
        raise UnknownResult(
            f"no result of a job {jobid!r} is pending in notebook {self._name!r}: it has come "
            "already, was cancelled, or was never noted"
        )

    def is_pending(self, jobid: str) -> bool:
        """Return whether the result of a job is to come."""
        return any(jobid in each.pending for each in self._sets.values())

    def pendingResults(self, tag: str | None = None) -> list[str]:
        """Return the jobs whose results are to come, of a result set."""
        return self._of(tag).pendingResults()

    def allPendingResults(self) -> set[str]:
        """Return the jobs whose results are to come, of all result sets."""
        return {job for each in self._sets.values() for job in each.pending.ids()}

    def numberOfPendingResults(self, tag: str | None = None) -> int:
        """Return how many results of a result set are to come."""
        return self._of(tag).numberOfPendingResults()

    def numberOfAllPendingResults(self) -> int:
        """Return how many results are to come."""
        return sum(len(each.pending) for each in self._sets.values())

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
