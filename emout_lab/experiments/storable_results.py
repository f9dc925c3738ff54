"""What of a point's results a notebook can hold, where it cannot hold them all."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from emout_lab.engine.sweeps import results as names


def storable(check: Callable[[Any], None], found: Any, point: Mapping[str, Any]) -> Any:
    """Return what came of a point; without what the notebook cannot hold, and as failed then.

    Parameters
    ----------
    check : callable
        `LabNotebook.check`: raises where the notebook cannot hold results.
    found : object
        What the experiment gave.
    point : dict
        Its parameters.
    """
    try:
        check(found)
    except (TypeError, ValueError) as error:
        try:
            rows = names.flattened(found)
        except TypeError:
            return names.failure(point, error)
        return [_row(check, row, point) for row in rows]
    return found


def _row(
    check: Callable[[Any], None], row: names.ResultsDict, point: Mapping[str, Any]
) -> names.ResultsDict:
    kept: names.ResultsDict = {}
    first: Exception | None = None
    for part, values in row.items():
        kept[part] = {}
        for name, value in values.items():
            alone: dict[str, Any] = {names.PARAMETERS: {}, names.METADATA: {}, names.RESULTS: {}}
            alone[part] = {name: value}
            try:
                check(alone)
                kept[part][name] = value
            except (TypeError, ValueError) as error:
                first = first or error
    if first is None:
        return row
    kept[names.PARAMETERS] = {**point, **kept[names.PARAMETERS]}
    if names.is_successful(row):
        kept[names.METADATA] |= {names.STATUS: False, names.EXCEPTION: first}
    return kept
