"""Failed results of sweeps in a result set: which points they are of, for when they are redone."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from emout_lab.engine.sweeps import results as names
from emout_lab.engine.sweeps.results import ResultsDict, flattened
from emout_lab.experiments.column_values import MISSING
from emout_lab.experiments.result_set import ResultSet


class FailedPoint(NamedTuple):
    """What a result set has of a point that failed.

    Attributes
    ----------
    round : int
        How often it had been asked for again.
    rows : list of int
        Where its results are.
    """

    round: int
    rows: list[int]


def with_origin(found: Any, job: str, round: int) -> list[ResultsDict]:
    """Return the results of a failed point with what they are the results of.

    Examples
    --------
    >>> one = {"parameters": {"k": 1}, "metadata": {}, "results": {}}
    >>> with_origin(one, "0" * 32 + ":7", 2)[0]["metadata"]
    {'emout_lab.experiment.job': '00000000000000000000000000000000:7:2'}
    """
    origin = f"{job}:{round}"
    return [
        {**each, names.METADATA: {**each[names.METADATA], names.JOB: origin}}
        for each in flattened(found)
    ]


class FailedResults:
    """The failed results of one result set, by the jobs that have brought them.

    Parameters
    ----------
    found : ResultSet
        Where they are.
    """

    def __init__(self, found: ResultSet) -> None:
        self.of = found
        self._read, self._removals = 0, found.removals
        self._by_sweep: dict[str, dict[int, FailedPoint]] = {}

    def look(self) -> Mapping[str, Mapping[int, FailedPoint]]:
        """Return failed points, by the ids of their sweeps and by their numbers."""
        if self._removals != self.of.removals or self._read > len(self.of):
            self._read, self._removals, self._by_sweep = 0, self.of.removals, {}
        start, self._read = self._read, len(self.of)
        column = self.of.table.columns.get(names.JOB)
        if column is not None and start < self._read:
            values, has, kind = column.part(start)
            for row, value in enumerate(values if kind == "O" else (), start):
                if has is None or has[row - start]:
                    self._note(row, value)
        return self._by_sweep

    def _note(self, row: int, origin: object) -> None:
        sweep, number, round_ = _parts(origin)
        points = self._by_sweep.setdefault(sweep, {}) if sweep else {}
        known = points.get(number)
        if known is None or known.round < round_:
            points[number] = FailedPoint(round_, [*(known.rows if known else ()), row])
        else:
            known.rows.append(row)

    def reopen(self, sweep: str, numbers: Iterable[int]) -> None:
        """Wait again for points of a sweep: what they have brought is taken out."""
        failed = self.look().get(sweep, {})
        jobs = {f"{sweep}:{number}": failed[number].rows for number in numbers if number in failed}
        if not jobs:
            return
        self.of.assertUnlocked()
        # Where this is broken off, a point that is waited for already is only taken out.
        new = [job for job in jobs if job not in self.of.pending]
        points = [self._point(jobs[job][0]) for job in new]
        self.of.pending.add(points, new)
        self.of.take_out(sorted(row for rows in jobs.values() for row in rows))

    def _point(self, row: int) -> dict[str, Any]:
        table, part_of = self.of.table, self.of.part_of
        return {
            name: value
            for name, column in table.columns.items()
            if part_of(name) == names.PARAMETERS and (value := column[row]) is not MISSING
        }


def _parts(origin: object) -> tuple[str, int, int]:
    """Return sweep, point and round; no sweep where the text is none of ours."""
    sweep, _, rest = str(origin).partition(":")
    number, _, round_ = rest.partition(":")
    return (sweep, int(number), int(round_)) if (number + round_).isdecimal() else ("", 0, 0)
