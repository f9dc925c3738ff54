"""Points whose results are still to come, by the ids of their jobs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import chain, takewhile
from typing import Any, Final

import numpy as np

from emout_lab.experiments.column_values import MISSING, ColumnValues, column_values
from emout_lab.experiments.columns import Table
from emout_lab.experiments.errors import UnknownResult
from emout_lab.experiments.same_values import hashable

#: Under this name the id of a job stands beside its point.
JOBID: Final = "epyc.resultset.pending-jobid"


class PendingResults:
    """Ids of jobs with their points, as columns; and which have changed since `mark`."""

    def __init__(self) -> None:
        self._table = Table()
        self._rows: dict[str, int] = {}
        self._marked = 0
        self._over: dict[str, None] = {}
        #: How often points were added.
        self.additions = 0

    def __len__(self) -> int:
        return len(self._rows)

    def __contains__(self, jobid: object) -> bool:
        return jobid in self._rows

    def ids(self) -> list[str]:
        """Return the ids, in the order in which they came."""
        return list(self._rows)

    def names(self) -> set[str]:
        """Return the names of the parameters."""
        return set(self._table.columns)

    def add(self, points: Sequence[Mapping[str, Any]], jobids: Sequence[str]) -> None:
        """Add points.

        Raises
        ------
        ValueError
            When there are not as many ids, or one of them is there already; nothing is added then.
        """
        if len(points) != len(jobids):
            raise ValueError(f"{len(points)} points cannot have {len(jobids)} ids of jobs")
        names = dict.fromkeys(chain.from_iterable(points))
        self.extend(
            {n: column_values([each.get(n, MISSING) for each in points]) for n in names}, jobids
        )

    def extend(self, columns: Mapping[str, ColumnValues], jobids: Sequence[str]) -> None:
        """Add points by columns, as files bring them; ``ValueError`` as with `add`."""
        twice = next((each for each in jobids if each in self._rows), None)
        if twice is None and len(set(jobids)) != len(jobids):
            twice = next(each for each in jobids if list(jobids).count(each) > 1)
        if twice is not None:
            raise ValueError(f"a result of job {twice!r} is pending already")
        self.additions += 1
        start = len(self._table)
        self._table.extend(columns, len(jobids))
        self._rows.update(zip(jobids, range(start, start + len(jobids)), strict=True))

    def remove(self, jobids: Iterable[str]) -> None:
        """Forget jobs; of those that are not here nothing is said."""
        for jobid in jobids:
            row = self._rows.get(jobid)
            if row is not None and row < self._marked:
                self._over[jobid] = None
            self._rows.pop(jobid, None)
        if not self._rows and not self._marked:
            self._table = Table()

    def require(self, jobids: Iterable[str]) -> None:
        """Make sure that jobs are here.

        Raises
        ------
        UnknownResult
            When one is not.
        """
        for jobid in jobids:
            if jobid not in self._rows:
                raise UnknownResult(
                    f"no result of a job {jobid!r} is pending here: it has come already, was "
                    "cancelled, or was never noted"
                )

    def point(self, jobid: str) -> dict[str, Any]:
        """Return the point of a job; `UnknownResult` where it is not here."""
        self.require([jobid])
        return self._table.row(self._rows[jobid])

    def find(self, params: Mapping[str, Any]) -> list[str]:
        """Return the ids of the jobs at a point; parameters that are not named may be anything."""
        wanted = {name: hashable(value) for name, value in params.items()}
        columns = self._table.columns
        if not wanted.keys() <= columns.keys():
            return []
        return [
            jobid
            for jobid, row in self._rows.items()
            if all(hashable(columns[name][row]) == value for name, value in wanted.items())
        ]

    def table(self) -> Table:
        """Return the points as a table, with the ids beside them."""
        found = Table()
        jobids = self.ids()
        columns = {
            # In the smallest form that holds what is left.
            name: given if given.kind != "O" else column_values(_objects(given))
            for name, given in self.columns(jobids).items()
        }
        found.extend({**columns, JOBID: column_values(jobids)}, len(jobids))
        return found

    def columns(self, jobids: Sequence[str]) -> dict[str, ColumnValues]:
        """Return the points of jobs by columns."""
        rows = np.fromiter(map(self._rows.__getitem__, jobids), np.intp, len(jobids))
        return {name: column.at(rows) for name, column in self._table.columns.items()}

    def mark(self) -> None:
        """Forget what has changed: it is on disk."""
        self._over.clear()
        if not self._rows:
            self._table = Table()
        self._marked = len(self._table)

    def begun(self) -> list[str]:
        """Return the ids that are new since `mark`."""
        marked = self._marked
        if next(iter(self._rows.values()), -1) >= marked:
            return self.ids()
        new = takewhile(lambda item: item[1] >= marked, reversed(self._rows.items()))
        return [jobid for jobid, _ in new][::-1]

    def over(self) -> list[str]:
        """Return the ids that were there at `mark` and are not any more."""
        return list(self._over)


def _objects(given: ColumnValues) -> list[Any]:
    if given.has is None:
        return list(given.values)
    return [each if has else MISSING for each, has in zip(given.values, given.has, strict=True)]
