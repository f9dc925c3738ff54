"""Results as tables of pandas."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from emout_lab.engine.sweeps import results as names
from emout_lab.experiments.column_values import FORMS
from emout_lab.experiments.columns import Column, Table, is_exact

if TYPE_CHECKING:
    import pandas as pd


def dataframe_of(
    table: Table, columns: Sequence[str], only_successful: bool, rows: Sequence[int] | None = None
) -> pd.DataFrame:
    """Return rows of a table as a table of pandas.

    Parameters
    ----------
    columns : sequence of str
        Which, and in which order.
    only_successful : bool
        Leave out experiments that failed.
    rows : sequence of int, optional
        Which rows; all by default.
    """
    # Loaded late: it takes half a second.
    import pandas as pd  # noqa: PLC0415

    chosen = np.arange(len(table)) if rows is None else np.asarray(rows, np.intp)
    if only_successful:
        chosen = chosen[np.isin(chosen, successful(table))]
    found = {name: _series(table.columns[name], chosen) for name in columns}
    made: pd.DataFrame = pd.DataFrame(found, index=pd.RangeIndex(len(chosen)))
    return made


def successful(table: Table) -> np.ndarray[Any, np.dtype[np.intp]]:
    """Return the rows of experiments that succeeded."""
    status = table.columns.get(names.STATUS)
    if status is None:
        return np.zeros(0, np.intp)
    values, has = status.filled()
    return np.flatnonzero(np.asarray(has & np.asarray(values, bool)))


def dtype_of(table: Table, columns: Iterable[str]) -> np.dtype[Any]:
    """Return the type of a row."""
    return np.dtype([(name, FORMS.get(table.columns[name].kind, object)) for name in columns])


def _series(column: Column, chosen: Any) -> Any:
    values, has = column.filled()
    if column.kind == "O":
        return [values[row] for row in chosen]
    if has[chosen].all():
        return values[chosen]
    if column.kind == "f" or (column.kind == "i" and is_exact(values[chosen])):
        return np.where(has[chosen], values[chosen], np.nan)
    there = values[chosen].astype(object)
    there[~has[chosen]] = None
    return there
