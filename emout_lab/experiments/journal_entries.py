"""What has changed in a result set, as entries of a journal, by columns."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Final

import numpy as np

from emout_lab.experiments.column_values import FORMS, MISSING, ColumnValues, column_values
from emout_lab.experiments.result_set import ResultSet
from emout_lab.experiments.values import decoded, encoded

#: So many rows or jobs are in one entry.
ENTRY_ROWS: Final = 5_000


def entries_of(tag: str, each: ResultSet, rows: int, *, is_new: bool) -> Iterator[Any]:
    """Return what has changed since there were so many rows.

    Parameters
    ----------
    is_new : bool
        Nothing of the result set has been written yet.
    """
    if is_new or each.changes != each.written_changes:
        attributes = {name: encoded(each[name], name) for name in each.keys()}
        yield {"tag": tag, "set": [each.description(), attributes, each.isLocked()]}
    for gone in [] if is_new else each.removed:
        yield {"tag": tag, "gone": gone}
    for start in range(rows, len(each), ENTRY_ROWS):
        stop = min(start + ENTRY_ROWS, len(each))
        columns = {
            name: [each.part_of(name), *_told(column.part(start, stop))]
            for name, column in each.table.columns.items()
        }
        yield {"tag": tag, "rows": stop - start, "columns": columns}
    begun = each.pending.ids() if is_new else each.pending.begun()
    for start in range(0, len(begun), ENTRY_ROWS):
        jobs = begun[start : start + ENTRY_ROWS]
        points = {name: _told(given) for name, given in each.pending.columns(jobs).items()}
        yield {"tag": tag, "pending": told_jobs(jobs), "points": points}
    if over := [] if is_new else each.pending.over():
        yield {"tag": tag, "over": over}


def replay(target: ResultSet, entry: dict[str, Any]) -> None:
    """Do again what an entry tells."""
    if "columns" in entry:
        columns = {name: _values_of(*told) for name, (_, *told) in entry["columns"].items()}
        parts = {name: told[0] for name, told in entry["columns"].items() if told[0]}
        target.extend(columns, entry["rows"], parts)
    elif "pending" in entry:
        points = {name: _values_of(*told) for name, told in entry["points"].items()}
        target.pending.extend(points, jobs_of(entry["pending"]))
    elif "jobs" in entry:
        # As journals of version 1 have it.
        target.pending.add([decoded(each) for each in entry["points"]], entry["jobs"])
    elif "gone" in entry:
        target.take_out(entry["gone"])
    elif "over" in entry:
        target.pending.remove(entry["over"])
    elif "set" in entry:
        description, attributes, is_locked = entry["set"]
        target.restore(
            description, {name: decoded(each) for name, each in attributes.items()}, is_locked
        )


def told_jobs(jobs: Sequence[str]) -> list[Any]:
    """Return ids of jobs, short: what all begin with, and numbers, of which many are a range.

    Examples
    --------
    >>> told_jobs(["a:3", "a:4", "a:5"]), told_jobs(["a:3", "a:5"]), told_jobs(["x", "a:03"])
    (['a:', 3, 3], ['a:', [3, 5]], [None, ['x', 'a:03']])
    >>> jobs_of(told_jobs(["a:3", "a:4", "a:5"]))
    ['a:3', 'a:4', 'a:5']
    """
    head, mark, number = jobs[0].rpartition(":")
    begin = head + mark
    if number.isascii() and number.isdecimal():
        in_turn: list[Any] = [begin, int(number), len(jobs)]
        if jobs_of(in_turn) == jobs:
            return in_turn
        tails = [each[len(begin) :] for each in jobs]
        if all(each.isascii() and each.isdecimal() for each in tails):
            numbered: list[Any] = [begin, list(map(int, tails))]
            if jobs_of(numbered) == jobs:
                return numbered
    return [None, jobs]


def jobs_of(told: Sequence[Any]) -> list[str]:
    """Return the ids that `told_jobs` was given."""
    begin, first, *count = told
    if begin is None:
        return list(first)
    return [f"{begin}{each}" for each in (range(first, first + count[0]) if count else first)]


def _told(given: ColumnValues) -> list[Any]:
    """Return kind, values and the rows without one."""
    values, has, kind = given
    gone = [] if has is None else np.flatnonzero(~has).tolist()
    if kind == "M":
        return [kind, values.astype(np.int64).tolist(), gone]
    if kind == "O":
        return [kind, [encoded(each) for each in values], gone]
    return [kind, values.tolist() if kind else [], gone]


def _values_of(kind: str, values: list[Any], gone: list[int]) -> ColumnValues:
    if kind == "O":
        objects = [decoded(each) for each in values]
        for row in gone:
            objects[row] = MISSING
        return column_values(objects)
    has = None
    if gone:
        has = np.ones(len(values) if kind else len(gone), bool)
        has[gone] = False
    if not kind:
        return ColumnValues([], has, "")
    whole = np.array(values, np.int64 if kind == "M" else FORMS[kind])
    return ColumnValues(whole.astype(FORMS["M"]) if kind == "M" else whole, has, kind)
