"""Tables of results as compound datasets of HDF5."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Final

import h5py
import numpy as np

from emout_lab.engine.sweeps.results import TIMES
from emout_lab.experiments.columns import MISSING, Column, Table, kind_of
from emout_lab.experiments.values import decoded, encoded

#: In tables of so many rows, texts up to this length are stored in place, where they are compressed
#: with all others [B]; elsewhere each is stored apart, as epyc expects it.
MANY_ROWS, SHORT_TEXT = 10_000, 64
#: Rows that are compressed together.
CHUNK_ROWS: Final = 1024
#: A text that begins so holds what HDF5 has no form for.
JSON_MARK: Final = "json:"


def stored_columns(table: Table) -> dict[str, tuple[np.dtype[Any], Any, Any]]:
    """Return for each column the type of its member, its values, and in which rows there are some."""
    return {name: _stored(column) for name, column in table.columns.items()}


def write_table(
    group: Any, name: str, stored: Mapping[str, tuple[np.dtype[Any], Any, Any]], count: int
) -> tuple[Any, Any]:
    """Write a table; return its dataset, and the (row, column) of values that are missing."""
    kind = np.dtype([(each, member) for each, (member, _, _) in stored.items()])
    chunks = (max(1, min(CHUNK_ROWS, count)),)
    data = group.create_dataset(
        name, (count,), kind, maxshape=(None,), chunks=chunks, compression="gzip"
    )
    for start in range(0, count, 100 * CHUNK_ROWS):
        part = slice(start, min(count, start + 100 * CHUNK_ROWS))
        rows = np.empty(part.stop - part.start, kind)
        for each, (_, values, _) in stored.items():
            rows[each] = values[part]
        data[part] = rows
    lost = [
        np.column_stack([rows := np.flatnonzero(~has), np.full(len(rows), number)])
        for number, (_, _, has) in enumerate(stored.values())
        if not has.all()
    ]
    return data, np.concatenate(lost) if lost else np.zeros((0, 2), np.int64)


def read_table(
    data: Any, lost: Any, failed: Any, of_results: set[str]
) -> dict[str, tuple[Any, str]]:
    """Return the columns of a table, each as values and their kind.

    Parameters
    ----------
    data : h5py.Dataset
        A compound dataset.
    lost : array of shape (n, 2) or None
        The (row, column) of values that are missing.
    failed : array of bool or None
        Rows whose results are missing, where ``lost`` is not known.
    of_results : set of str
        The columns that are results.
    """
    whole = data[...]
    found: dict[str, tuple[Any, str]] = {}
    for number, name in enumerate(data.dtype.names):
        values, kind = _read(whole[name])
        if name in TIMES and kind == "O" and all(isinstance(each, str) for each in values):
            values, kind = np.asarray([each or "NaT" for each in values], "M8[us]"), "M"
        gone = np.zeros(len(whole), bool)
        if lost is not None and len(lost):
            gone[lost[lost[:, 1] == number, 0]] = True
        elif failed is not None and name in of_results:
            gone = failed
        if gone.any():
            objects = values.tolist() if kind != "O" else list(values)
            values = [MISSING if g else v for v, g in zip(objects, gone, strict=True)]
            kind = "O"
        found[name] = values, kind
    return found


def _stored(column: Column) -> tuple[np.dtype[Any], Any, Any]:
    values, has = column.filled()
    if column.kind == "M":
        values, has = np.datetime_as_string(values), has
        return _texts([str(each) if h else "" for each, h in zip(values, has, strict=True)], has)
    if column.kind != "O":
        kind = {"b": np.bool_, "i": np.int64}.get(column.kind, np.float64)
        return np.dtype(kind), values, has
    return _objects(values, np.asarray(has))


def _objects(values: list[Any], has: Any) -> tuple[np.dtype[Any], Any, Any]:
    there = [value for value, h in zip(values, has, strict=True) if h]
    if all(isinstance(each, str) for each in there):
        return _texts([v if h else "" for v, h in zip(values, has, strict=True)], has)
    arrays = [each if isinstance(each, np.ndarray) else None for each in there]
    shapes = {None if each is None else (each.shape, each.dtype.str) for each in arrays}
    if len(shapes) == 1 and (only := shapes.pop()) is not None:
        shape, code = only
        if np.dtype(code).kind in "biufc" and 0 not in shape and shape:
            whole = np.zeros((len(values), *shape), code)
            for row, value in enumerate(values):
                if has[row]:
                    whole[row] = value
            return np.dtype((code, shape)), whole, has
    texts = [
        JSON_MARK + json.dumps(encoded(v)) if h and not isinstance(v, str) else _marked(v, h)
        for v, h in zip(values, has, strict=True)
    ]
    return _texts(texts, has)


def _marked(value: Any, has: bool) -> str:
    """Return a text that cannot be taken for something else."""
    if not has:
        return ""
    return JSON_MARK + json.dumps(value) if value.startswith(JSON_MARK) else value


def _texts(texts: list[str], has: Any) -> tuple[np.dtype[Any], Any, Any]:
    has = np.asarray(has)
    if any("\0" in each for each in texts):
        texts = [JSON_MARK + json.dumps(each) if "\0" in each else each for each in texts]
    longest = max((len(each.encode()) for each in texts), default=1)
    if longest <= SHORT_TEXT and len(texts) >= MANY_ROWS:
        kind = h5py.string_dtype("utf-8", max(1, longest))
        return kind, np.asarray([each.encode() for each in texts], f"S{max(1, longest)}"), has
    whole = np.empty(len(texts), object)
    whole[:] = texts
    return h5py.string_dtype(), whole, has


def _read(values: Any) -> tuple[Any, str]:
    """Return values of a member and their kind."""
    if values.ndim > 1:
        return [np.array(each) for each in values], "O"
    if values.dtype.kind in "SO":
        return [_text(each) for each in values], "O"
    if values.dtype.kind in "bif" and values.dtype.itemsize <= 8:
        return values, values.dtype.kind
    if values.dtype.kind == "u" and values.dtype.itemsize < 8:
        return values.astype(np.int64), "i"
    listed = values.tolist()
    kinds = {kind_of(each) for each in listed}
    return (
        (np.asarray(listed), kinds.pop()) if len(kinds) == 1 and "O" not in kinds else (listed, "O")
    )


def _text(value: Any) -> Any:
    text = value.decode() if isinstance(value, bytes) else value
    if isinstance(text, str) and text.startswith(JSON_MARK):
        return decoded(json.loads(text[len(JSON_MARK) :]))
    return text
