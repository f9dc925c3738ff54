"""Results of one kind, with the points whose results are still to come."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from emout_lab.engine.sweeps import results as names
from emout_lab.engine.sweeps.results import ResultsDict, flattened
from emout_lab.experiments.columns import MISSING, Table
from emout_lab.experiments.errors import NotebookLocked, UnknownResult
from emout_lab.experiments.frames import dataframe_of, xarray_of
from emout_lab.experiments.same_values import hashable, same

if TYPE_CHECKING:
    import pandas as pd
    import xarray as xr

PARTS = (names.METADATA, names.PARAMETERS, names.RESULTS)


class ResultSet:
    """Results with the same parameters, kept as columns.

    Parameters
    ----------
    description : str, optional
        What it is, for people.
    """

    JOBID: ClassVar = "epyc.resultset.pending-jobid"

    def __init__(self, description: str | None = None) -> None:
        self._description = description or f"Results collected on {datetime.now():%Y-%m-%d %H:%M}"  # noqa: DTZ005
        self._attributes: dict[str, Any] = {}
        self._is_locked = False
        self._table = Table()
        self._parts: dict[str, str] = {}
        self._pending_table = Table()
        self._pending: dict[str, int] = {}
        #: How often anything but the rows has changed.
        self.changes = 0

    def __len__(self) -> int:
        return len(self._table)

    def __repr__(self) -> str:
        return f"<ResultSet: {len(self)} results, {len(self._pending)} pending>"

    @property
    def table(self) -> Table:
        """The rows of results."""
        return self._table

    # What people say of it.

    def description(self) -> str:
        """Return what it is, for people."""
        return self._description

    def setDescription(self, d: str) -> None:
        """Say what it is."""
        self.assertUnlocked()
        self._description = str(d)
        self._note_change()

    def getAttribute(self, k: str) -> Any:
        """Return an attribute; ``KeyError`` where there is none of this name."""
        return self._attributes[k]

    def setAttribute(self, k: str, v: Any) -> None:
        """Set an attribute."""
        self.assertUnlocked()
        self._attributes[str(k)] = v
        self._note_change()

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
        NotebookLocked
            When it was finished.
        """
        if self._is_locked:
            raise NotebookLocked(
                "the result set was finished and takes no more results; add another one, "
                "notebook.addResultSet(tag)"
            )

    def finish(self) -> None:
        """Cancel what is pending and take no more results."""
        self.cancelPendingResults(list(self._pending))
        self._is_locked = True
        self._note_change()

    def restore(self, description: str, attributes: dict[str, Any], is_locked: bool) -> None:
        """Take what a file says of it."""
        self._description, self._attributes, self._is_locked = description, attributes, is_locked

    def _note_change(self) -> None:
        self.changes += 1

    # Results.

    def addSingleResult(self, rc: ResultsDict) -> None:
        """Add one results dictionary."""
        self.addResults([rc])

    def addResults(self, found: Iterable[Any]) -> int:
        """Add results dictionaries, or lists of them; return how many there were.

        Raises
        ------
        TypeError
            When something is no results dictionary; nothing is added then.
        ValueError
            When a name is a parameter in one and a result in another; nothing is added then.
        NotebookLocked
            When it was finished.
        """
        self.assertUnlocked()
        rows = [each for one in found for each in flattened(one)]
        parts = dict(self._parts)
        for row in rows:
            for part in PARTS:
                for name in row[part]:
                    if parts.setdefault(name, part) != part:
                        raise ValueError(
                            f"{name!r} is one of the {part} here, and of the {parts[name]} in "
                            "other results; give it another name, or add a result set"
                        )
        self._parts = parts
        for row in rows:
            self._table.append({**row[PARTS[0]], **row[PARTS[1]], **row[PARTS[2]]})
        return len(rows)

    def extend(
        self, columns: Mapping[str, tuple[Any, str]], count: int, parts: Mapping[str, str]
    ) -> None:
        """Add rows by columns, as files bring them."""
        self._parts.update(parts)
        self._table.extend(columns, count)

    def numberOfResults(self) -> int:
        """Return how many results there are."""
        return len(self)

    def names(self) -> dict[str, list[str]]:
        """Return the names of metadata, parameters and results."""
        return {part: self._of(part) for part in PARTS}

    def metadataNames(self) -> list[str]:
        """Return the names of what is told of the results."""
        return self._of(names.METADATA)

    def parameterNames(self) -> list[str]:
        """Return the names of the parameters, those of pending results among them."""
        found = self._of(names.PARAMETERS)
        pending = (name for name in self._pending_table.columns if name != self.JOBID)
        return sorted({*found, *pending})

    def resultNames(self) -> list[str]:
        """Return the names of the results."""
        return self._of(names.RESULTS)

    def _of(self, part: str) -> list[str]:
        return sorted(name for name, each in self._parts.items() if each == part)

    def result(self, row: int) -> ResultsDict:
        """Return one results dictionary."""
        found = names_empty()
        for name, value in self._table.row(row).items():
            found[self._parts[name]][name] = value
        return found

    def results(self) -> list[ResultsDict]:
        """Return the results dictionaries, in the order in which they came."""
        return [self.result(row) for row in range(len(self))]

    def resultsFor(self, params: Mapping[str, Any]) -> list[ResultsDict]:
        """Return the results at a point; parameters that are not named may be anything."""
        return [self.result(row) for row in self._rows_for(params)]

    def _rows_for(self, params: Mapping[str, Any]) -> list[int]:
        chosen = np.ones(len(self), bool)
        for name, wanted in params.items():
            column = self._table.columns.get(name)
            if column is None or self._parts[name] != names.PARAMETERS:
                return []
            chosen &= same(column, wanted)
        return [int(row) for row in np.flatnonzero(chosen)]

    def parameterRange(self, param: str) -> set[Any]:
        """Return the values that a parameter has in the results.

        Raises
        ------
        KeyError
            When no result has such a parameter.
        """
        if self._parts.get(param) != names.PARAMETERS:
            raise KeyError(
                f"no result has a parameter {param!r}; there are {self.parameterNames()}"
            )
        column = self._table.columns[param]
        values, has = column.filled()
        if column.kind != "O":
            return set(np.unique(values[has]).tolist())
        return {hashable(v) for v, h in zip(values, has, strict=True) if h}

    def parameterSpace(self) -> dict[str, list[Any]]:
        """Return the values of each parameter in the results, in order."""
        found: dict[str, list[Any]] = {}
        for name in self._of(names.PARAMETERS):
            values = self.parameterRange(name)
            try:
                found[name] = sorted(values)
            except TypeError:
                found[name] = sorted(values, key=repr)
        return found

    def parameterCombinations(self) -> list[dict[str, Any]]:
        """Return the points that have results, each once."""
        seen: dict[Any, dict[str, Any]] = {}
        columns = {name: self._table.columns[name] for name in self._of(names.PARAMETERS)}
        for row in range(len(self)):
            point = {n: c[row] for n, c in columns.items() if c[row] is not MISSING}
            seen.setdefault(tuple((n, hashable(v)) for n, v in point.items()), point)
        return list(seen.values())

    def dataframe(self, only_successful: bool = False) -> pd.DataFrame:
        """Return the results as a table of pandas, a row each."""
        return dataframe_of(self._table, only_successful)

    def dataframeFor(
        self, params: Mapping[str, Any], only_successful: bool = False
    ) -> pd.DataFrame:
        """Return the results at a point as a table of pandas; see `resultsFor`."""
        return dataframe_of(self._table, only_successful, self._rows_for(params))

    def to_xarray(self) -> xr.Dataset:
        """Return the results that succeeded, with the parameters as dimensions.

        Several results at a point lie along a dimension ``repetition``; where there is none, there
        is NaN.
        """
        return xarray_of(self._table, self._of(names.PARAMETERS), self._of(names.RESULTS))

    # Results that are to come.

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
        twice = [each for each in jobids if each in self._pending]
        if twice or len(set(jobids)) != len(jobids):
            raise ValueError(f"job {twice[0] if twice else 'an id'!r} is pending already")
        for point, jobid in zip(params, jobids, strict=True):
            self._pending[str(jobid)] = len(self._pending_table)
            self._pending_table.append({**point, self.JOBID: str(jobid)})

    def pendingResults(self) -> list[str]:
        """Return the ids of the jobs whose results are to come."""
        return list(self._pending)

    def is_pending(self, jobid: str) -> bool:
        """Return whether the result of a job is to come."""
        return jobid in self._pending

    def numberOfPendingResults(self) -> int:
        """Return how many results are to come."""
        return len(self._pending)

    def pendingResultParameters(self, jobid: str) -> dict[str, Any]:
        """Return the point of a job whose result is to come.

        Raises
        ------
        UnknownResult
            When none is pending.
        """
        if jobid not in self._pending:
            raise UnknownResult(f"no result of a job {jobid!r} is pending here")
        found = self._pending_table.row(self._pending[jobid])
        del found[self.JOBID]
        return found

    def pendingResultsFor(self, params: Mapping[str, Any]) -> list[str]:
        """Return the jobs whose results are to come for a point."""
        wanted = {name: hashable(value) for name, value in params.items()}
        return [
            jobid
            for jobid in self._pending
            if wanted.items()
            <= {n: hashable(v) for n, v in self.pendingResultParameters(jobid).items()}.items()
        ]

    def resolveSinglePendingResult(self, jobid: str) -> None:
        """Note that the result of a job has come."""
        self.cancelPendingResults([jobid])

    def cancelSinglePendingResult(self, jobid: str) -> None:
        """Note that the result of a job will not come."""
        self.cancelPendingResults([jobid])

    def cancelPendingResults(self, jobids: Sequence[str]) -> None:
        """Note that the results of jobs are waited for no more.

        Raises
        ------
        UnknownResult
            When one is not pending; nothing changes then.
        """
        self.assertUnlocked()
        for jobid in jobids:
            if jobid not in self._pending:
                raise UnknownResult(f"no result of a job {jobid!r} is pending here")
        for jobid in jobids:
            del self._pending[jobid]
        if not self._pending:
            self._pending_table = Table()

    def ready(self) -> bool:
        """Return whether nothing is pending."""
        return not self._pending


def names_empty() -> ResultsDict:
    """Return a results dictionary that says nothing yet."""
    return {part: {} for part in (names.PARAMETERS, names.METADATA, names.RESULTS)}
