"""Results of one kind, with the points whose results are still to come."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import islice
from typing import TYPE_CHECKING, Any, ClassVar, Final

import numpy as np

from emout_lab.engine.sweeps import results as names
from emout_lab.engine.sweeps.results import ResultsDict, is_name, one_by_one
from emout_lab.experiments.column_values import MISSING, ColumnValues
from emout_lab.experiments.columns import Table
from emout_lab.experiments.frames import dataframe_of, dtype_of
from emout_lab.experiments.grids import xarray_of
from emout_lab.experiments.masked_values import unmasked_column
from emout_lab.experiments.pending_results import JOBID, PendingResults
from emout_lab.experiments.results_to_come import ResultsToCome
from emout_lab.experiments.same_values import hashable, in_order, same
from emout_lab.format import counted

if TYPE_CHECKING:
    import pandas as pd
    import xarray as xr

PARTS = (names.METADATA, names.PARAMETERS, names.RESULTS)
#: So many results become columns at a time.
BLOCK_ROWS: Final = 10_000


class ResultSet(ResultsToCome):
    """Results with the same parameters, kept as columns.

    Parameters
    ----------
    description : str, optional
        What it is, for people.
    check : callable, optional
        Called with the name and values of what is not a plain number or text; raises where its
        notebook cannot hold one of them.
    """

    JOBID: ClassVar = JOBID

    def __init__(
        self,
        description: str | None = None,
        *,
        check: Callable[[str, Iterable[Any]], None] | None = None,
    ) -> None:
        super().__init__(description, check)
        self._table = Table()
        self._parts: dict[str, str] = {}
        #: What is to come.
        self.pending = PendingResults()
        #: So many results are on disk.
        self.written_rows = 0
        #: How often rows were taken out; and those that still are on disk, each time.
        self.removals = 0
        self.removed: list[list[int]] = []

    def __len__(self) -> int:
        return len(self._table)

    def __bool__(self) -> bool:
        return True

    def __repr__(self) -> str:
        told = ", finished" if self.isLocked() else ""
        return f"<ResultSet: {counted(len(self), 'result')}, {len(self.pending)} pending{told}>"

    @property
    def table(self) -> Table:
        """The rows of results."""
        return self._table

    def finish(self) -> None:
        """Cancel what is pending and take no more results. Again it does nothing."""
        if not self._is_locked:
            self.cancelPendingResults(self.pending.ids())
            self._is_locked = True
            self.changes += 1

    def isDirty(self) -> bool:
        """Return whether something has changed since the notebook was committed."""
        is_same = (len(self), self.changes) == (self.written_rows, self.written_changes)
        is_same = is_same and not self.removed
        return not is_same or bool(self.pending.over() or self.pending.begun())

    def note_written(self) -> None:
        """Note that all of it is on disk."""
        self.written_rows, self.written_changes = len(self), self.changes
        self.pending.mark()
        self.removed = []

    # Results.

    def addSingleResult(self, rc: ResultsDict) -> None:
        """Add one results dictionary."""
        self.addResults([rc])

    def addResults(self, found: Iterable[Any]) -> int:
        """Add results dictionaries, or lists of them; return how many there were.

        Raises
        ------
        ResultsStructureException
            When something is no results dictionary; nothing is added then.
        ValueError
            When a name is a parameter in one and a result in another; nothing is added then.
        NotStorable
            When the notebook's file cannot hold a value; nothing is added then.
        ResultSetLockedException
            When it was finished.
        """
        self.assertUnlocked()
        before, parts, columns = len(self), dict(self._parts), set(self._table.columns)
        rows = one_by_one(found)
        try:
            while block := list(islice(rows, BLOCK_ROWS)):
                self._add_block(block)
        except BaseException:
            self._parts = parts
            self._table.truncate(before, columns)
            raise
        return len(self) - before

    def _add_block(self, rows: Sequence[ResultsDict]) -> None:
        found: dict[str, ColumnValues] = {}
        for part in PARTS:
            inner = [row[part] for row in rows]
            for name in dict.fromkeys(name for each in inner for name in each):
                self._note_name(name, part)
                found[name] = unmasked_column([each.get(name, MISSING) for each in inner])
                if self._check is not None and found[name].kind == "O":
                    self._check(name, [each for each in found[name].values if each is not MISSING])
        self._table.extend(found, len(rows))

    def check_value(self, name: object, value: Any) -> None:
        """Make sure that a value of a name can be added, as `addResults` does."""
        if not is_name(name):
            raise ValueError(f"{name!r} cannot be the name of a result: it is no text")
        if self._check is not None:
            self._check(str(name), [value])

    def _note_name(self, name: object, part: str) -> None:
        if not is_name(name):
            raise ValueError(f"{name!r} cannot be the name of one of the {part}: it is no text")
        other = self._parts.setdefault(str(name), part)
        if part != names.PARAMETERS and name in self.pending.names():
            other = names.PARAMETERS
        if other != part:
            raise ValueError(
                f"{name!r} is one of the {part} here and of the {other} in this result set: a "
                "table has it once. Give it another name, or add a result set"
            )

    def extend(
        self, columns: Mapping[str, ColumnValues], count: int, parts: Mapping[str, str]
    ) -> None:
        """Add rows by columns, as files bring them."""
        self._parts.update(parts)
        self._table.extend(columns, count)

    def take_out(self, rows: Sequence[int]) -> None:
        """Remove rows, given in order."""
        written = [row for row in rows if row < self.written_rows]
        removed = [*self.removed, written] if written else self.removed
        self._table.take_out(rows)
        self.removed, self.removals = removed, self.removals + 1
        self.written_rows -= len(written)

    def part_of(self, name: str) -> str:
        """Return what a name belongs to: metadata, parameters or results; "" where nobody says."""
        return self._parts.get(name, "")

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
        return sorted({*self._of(names.PARAMETERS), *self.pending.names()})

    def resultNames(self) -> list[str]:
        """Return the names of the results."""
        return self._of(names.RESULTS)

    def _of(self, part: str) -> list[str]:
        return sorted(name for name, each in self._parts.items() if each == part)

    def _ordered(self) -> list[str]:
        return [name for part in PARTS for name in self._of(part)]

    def dtype(self) -> np.dtype[Any]:
        """Return the type of a row: metadata, parameters, results, each in the order of names."""
        return dtype_of(self._table, self._ordered())

    def pendingdtype(self) -> np.dtype[Any]:
        """Return the type of a point that is pending, with the id of its job."""
        table = self.pending.table()
        return dtype_of(table, [*sorted(table.columns.keys() - {JOBID}), JOBID])

    def result(self, row: int) -> ResultsDict:
        """Return one results dictionary."""
        found: ResultsDict = {names.PARAMETERS: {}, names.METADATA: {}, names.RESULTS: {}}
        for name, value in self._table.row(row).items():
            found[self._parts[name]][name] = value
        return found

    def results(self) -> list[ResultsDict]:
        """Return the results dictionaries, in the order in which they came."""
        return [self.result(row) for row in range(len(self))]

    def resultsFor(self, params: Mapping[str, Any]) -> list[ResultsDict]:
        """Return the results at a point.

        Parameters
        ----------
        params : dict
            Values by name; a list, range or array of values stands for any of them. Parameters
            that are not named may be anything.
        """
        return [self.result(row) for row in self._rows_for(params)]

    def _rows_for(self, params: Mapping[str, Any]) -> list[int]:
        chosen = np.ones(len(self), bool)
        for name, wanted in params.items():
            if self._parts.get(name) != names.PARAMETERS:
                return []
            chosen &= same(self._table.columns[name], wanted)
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
                f"no result has a parameter {param!r}; there are {self._of(names.PARAMETERS)}"
            )
        column = self._table.columns[param]
        values, has = column.filled()
        if column.kind != "O":
            return set(np.unique(values[has]).tolist())
        return {hashable(v) for v, h in zip(values, has, strict=True) if h}

    def parameterSpace(self) -> dict[str, list[Any]]:
        """Return the values of each parameter in the results, in order."""
        return {name: in_order(self.parameterRange(name)) for name in self._of(names.PARAMETERS)}

    def parameterCombinations(self) -> list[dict[str, Any]]:
        """Return the points that have results, each once."""
        seen: dict[Any, dict[str, Any]] = {}
        columns = {name: self._table.columns[name] for name in self._of(names.PARAMETERS)}
        for row in range(len(self)):
            point = {n: v for n, c in columns.items() if (v := c[row]) is not MISSING}
            seen.setdefault(tuple((n, hashable(v)) for n, v in point.items()), point)
        return list(seen.values())

    def dataframe(self, only_successful: bool = False) -> pd.DataFrame:
        """Return the results as a table of pandas, a row each; columns as in `dtype`."""
        return dataframe_of(self._table, self._ordered(), only_successful)

    def dataframeFor(
        self, params: Mapping[str, Any], only_successful: bool = False
    ) -> pd.DataFrame:
        """Return the results at a point as a table of pandas; see `resultsFor`."""
        return dataframe_of(self._table, self._ordered(), only_successful, self._rows_for(params))

    def to_xarray(self, dimensions: Sequence[str] | None = None) -> xr.Dataset:
        """Return the results that succeeded, with the parameters as dimensions.

        Several results at a point lie along a dimension ``repetition``; where there is none, there
        is NaN (None among what is no number).

        Parameters
        ----------
        dimensions : sequence of str, optional
            Which parameters are dimensions; the others are coordinates along these. By default all.

        Raises
        ------
        KeyError
            When no result has a parameter of that name.
        TooLarge
            When the points lie on no grid, so that nearly all of it would be empty.
        """
        space, results = self._of(names.PARAMETERS), self._of(names.RESULTS)
        return xarray_of(self._table, space, results, dimensions)
