"""What a result set knows of results that are to come, by the ids of the jobs that make them."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from itertools import chain
from typing import Any

from emout_lab.engine.sweeps import results as names
from emout_lab.engine.sweeps.results import is_name
from emout_lab.experiments.described import Described
from emout_lab.experiments.pending_results import PendingResults


class ResultsToCome(Described):
    """Base of result sets: the jobs whose results are to come, each with its point."""

    pending: PendingResults
    #: What a name stands for: metadata, a parameter or a result.
    _parts: dict[str, str]

    @abstractmethod
    def addResults(self, found: Iterable[Any]) -> int:
        """Add results; all, or none."""

    def addSinglePendingResult(self, params: Mapping[str, Any], jobid: str) -> None:
        """Note that a result is to come."""
        self.addPendingResults([params], [jobid])

    def addPendingResults(self, params: Sequence[Mapping[str, Any]], jobids: Sequence[str]) -> None:
        """Note that results are to come, each by the id of its job.

        Raises
        ------
        ValueError
            When an id is pending already; nothing is noted then.
        """
        self.assertUnlocked()
        for name in dict.fromkeys(chain.from_iterable(params)):
            if not is_name(name) or self._parts.get(name, names.PARAMETERS) != names.PARAMETERS:
                raise ValueError(
                    f"{name!r} cannot be the name of a parameter: it is no text, or results of "
                    "this result set have it. Give it another name, or add a result set"
                )
            if self._check is not None:
                self._check(name, [point[name] for point in params if name in point])
        self.pending.add(params, jobids)

    def pendingResults(self) -> list[str]:
        """Return the ids of the jobs whose results are to come."""
        return self.pending.ids()

    def is_pending(self, jobid: str) -> bool:
        """Return whether the result of a job is to come."""
        return jobid in self.pending

    def numberOfPendingResults(self) -> int:
        """Return how many results are to come."""
        return len(self.pending)

    def pendingResultParameters(self, jobid: str) -> dict[str, Any]:
        """Return the point of a job; ``UnknownResult`` where it is not pending."""
        return self.pending.point(jobid)

    def pendingResultsFor(self, params: Mapping[str, Any]) -> list[str]:
        """Return the jobs whose results are to come for a point."""
        return self.pending.find(params)

    def resolveSinglePendingResult(self, jobid: str) -> None:
        """Note that the result of a job has come; `LabNotebook.resolvePendingResult` adds it."""
        self.assertUnlocked()
        self.pending.require([jobid])
        self.pending.remove([jobid])

    def resolve(self, found: Mapping[str, Any], *, strictly: bool = False) -> None:
        """Add results by the ids of their jobs, which are pending no more.

        Parameters
        ----------
        strictly : bool
            Raise where something cannot be added, as `addResults` does; else it is recorded as a
            failure of its point, with the reason.
        """
        self.assertUnlocked()
        self.pending.require(found)
        try:
            self._resolve(found)
        except (TypeError, ValueError):
            if strictly:
                raise
            for jobid, each in found.items():
                self._resolve_one(jobid, each)

    def _resolve_one(self, jobid: str, found: Any) -> None:
        try:
            self._resolve({jobid: found})
        except (TypeError, ValueError) as error:
            # Its traceback would keep alive what it has seen.
            reason = error.with_traceback(None)
            self._resolve({jobid: names.failure(self.pending.point(jobid), reason)})

    def _resolve(self, found: Mapping[str, Any]) -> None:
        """Add results of jobs and forget the jobs: both, or neither."""
        self.addResults(found.values())
        try:
            self.pending.remove(found)
        except BaseException:
            # Interrupted: so much is done that the rest is done as well.
            self.pending.remove(found)
            raise

    def cancelSinglePendingResult(self, jobid: str) -> None:
        """Note that the result of a job will not come: its point has failed, as cancelled."""
        self.cancelPendingResults([jobid])

    def cancelPendingResults(self, jobids: Sequence[str]) -> None:
        """Note that the results of jobs will not come: their points have failed, as cancelled.

        Raises
        ------
        UnknownResult
            When one is not pending; nothing changes then.
        """
        self.assertUnlocked()
        self.pending.require(jobids)
        self._resolve({each: names.cancelled(self.pending.point(each)) for each in jobids})

    def ready(self) -> bool:
        """Return whether nothing is pending."""
        return not len(self.pending)
