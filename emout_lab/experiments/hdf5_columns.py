"""Tables of results as compound datasets of HDF5, whose rows are added in blocks.

Each column is a member: numbers and truth values as they are, arrays of one shape as arrays, texts
in place where they are short. What HDF5 has no form for is a text that begins with a mark.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any, Final

import h5py
import numpy as np

from emout_lab.engine.sweeps.results import TIMES
from emout_lab.experiments.column_values import EXACT, FORMS, MISSING, ColumnValues, column_values
from emout_lab.experiments.columns import Column, Table
from emout_lab.experiments.values import decoded, encoded

#: From so many rows on, short texts are stored in place, where they are compressed with the others;
#: in smaller tables none is, since epyc does not read them so.
MANY_ROWS: Final = 5_000
#: How much room such texts have; longer ones lie beside the table [B].
TEXT_SIZES: Final = (8, 16, 32, 64)
#: Rows that are compressed together, and so much of them at most [B].
CHUNK_ROWS: Final = 1024
CHUNK_BYTES: Final = 1_000_000
#: Rows that are handled at a time, and so much of them at most [B].
BLOCK_ROWS: Final = 50 * CHUNK_ROWS
BLOCK_BYTES: Final = 64_000_000
#: Larger arrays are no members of a table, whose rows have a limited size [B].
MOST_ARRAY_BYTES: Final = 64_000_000
#: How long a time is, as a text without a time zone.
TIME_LENGTH: Final = len("2026-01-02T03:04:05.000006")
#: A text that begins so holds what HDF5 has no form for.
JSON_MARK: Final = "json:"


def is_outgrown(kind: np.dtype[Any], before: int, after: int) -> bool:
    """Return whether a table has become so long that its texts may be stored in a better way."""
    has_texts = any(kind[name].kind == "O" for name in kind.names or ())
    return has_texts and before < MANY_ROWS <= after


def members_of(table: Table, order: Iterable[str]) -> np.dtype[Any]:
    """Return the type of a row of a table, with its columns in an order."""
    return np.dtype([(name, _member(name, table.columns[name])) for name in order])


def chunk_rows(kind: np.dtype[Any]) -> int:
    """Return how many rows are compressed together."""
    return max(1, min(CHUNK_ROWS, CHUNK_BYTES // kind.itemsize))


def block_rows(kind: np.dtype[Any]) -> int:
    """Return how many rows are handled at a time."""
    return max(1, min(BLOCK_ROWS, BLOCK_BYTES // kind.itemsize))


def blocks_of(table: Table, kind: np.dtype[Any], start: int) -> Iterator[tuple[int, Any] | None]:
    """Return the rows from one on, by blocks: where it begins, and an array.

    None comes where a value does not fit into the type, and nothing after it.
    """
    size = block_rows(kind)
    for begin in range(start, len(table), size):
        end = min(begin + size, len(table))
        rows = np.zeros(end - begin, kind)
        for name, column in table.columns.items():
            values = _fitted(name, column.part(begin, end), kind[name], end - begin)
            if values is None:
                yield None
                return
            rows[name] = values
        yield begin, rows


def missing_places(table: Table, start: int) -> Any:
    """Return the (row, column) of values that are missing, from a row on."""
    found = []
    for number, column in enumerate(table.columns.values()):
        has = column.filled()[1][start:]
        if not has.all():
            rows = np.flatnonzero(~has) + start
            found.append(np.column_stack([rows, np.full(len(rows), number)]))
    return np.concatenate(found) if found else np.zeros((0, 2), np.int64)


def read_block(name: str, values: Any, has: Any) -> ColumnValues:
    """Return the values of a member as a column takes them.

    Parameters
    ----------
    has : array of bool
        Which rows have a value.
    """
    if values.ndim > 1:
        return _masked(list(values), has)
    if values.dtype.kind == "O" and any(isinstance(each, np.ndarray) for each in values):
        return _masked([_list(each) for each in values], has)
    if name in TIMES and values.dtype.kind == "S" and (times := _times(values)) is not None:
        has = has & ~np.isnat(times)
        return ColumnValues(times, None if has.all() else has, "M")
    if values.dtype.kind in "SO":
        known: dict[Any, Any] = {}
        return _masked([_text(name, each, known) for each in values.tolist()], has)
    if values.dtype.kind in FORMS and values.dtype.itemsize <= 8:
        whole = values.astype(FORMS[values.dtype.kind])
        return ColumnValues(whole, None if has.all() else has, values.dtype.kind)
    is_long = values.dtype.kind == "f" and values.dtype.itemsize > 8
    return _masked(list(values) if is_long else values.tolist(), has)


def _times(values: Any) -> Any:
    """Return texts as times; None where one of them may be something else."""
    lengths = np.char.str_len(values)
    if not np.isin(lengths, (0, TIME_LENGTH)).all():
        return None
    try:
        return values.astype(FORMS["M"])
    except ValueError:
        return None


def _list(value: Any) -> Any:
    """Return what epyc has stored of a list: an array, or texts."""
    if isinstance(value, np.ndarray) and value.dtype.kind == "O":
        return [each.decode() if isinstance(each, bytes) else each for each in value]
    return value


def _masked(values: list[Any], has: Any) -> ColumnValues:
    if has.all():
        return column_values(values)
    return column_values([value if h else MISSING for value, h in zip(values, has, strict=True)])


def _text(name: str, value: Any, known: dict[Any, Any]) -> Any:
    """Return what a text stands for; equal ones once."""
    if value in known:
        return known[value]
    text = value.decode() if isinstance(value, bytes) else value
    found: Any = text
    if isinstance(text, str) and text.startswith(JSON_MARK):
        # Not kept: whoever has it may change it.
        return decoded(json.loads(text[len(JSON_MARK) :]))
    if name in TIMES and isinstance(text, str):
        found = _time(text)
    known[value] = found
    return found


def _time(text: str) -> Any:
    if not text:
        return MISSING
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        return text


def _member(name: str, column: Column) -> np.dtype[Any]:
    """Return the type that holds all values of a column."""
    if column.kind in ("b", "i", "f"):
        return _dtype(FORMS[column.kind])
    if (array := _array_type(column)) is not None:
        return array
    if len(column) >= MANY_ROWS and column.kind == "M" and name in TIMES:
        return _dtype(h5py.string_dtype("utf-8", TEXT_SIZES[-2]))
    if len(column) < MANY_ROWS:
        return _dtype(h5py.string_dtype())
    longest = 0
    for start in range(0, len(column), BLOCK_ROWS):
        texts = _texts(name, column.part(start, start + BLOCK_ROWS))
        longest = max(longest, max(map(len, texts), default=0))
    size = next((each for each in TEXT_SIZES if longest <= each), 0)
    kind = h5py.string_dtype("utf-8", size) if size else h5py.string_dtype()
    return _dtype(kind)


def _dtype(kind: Any) -> np.dtype[Any]:
    found: np.dtype[Any] = np.dtype(kind)
    return found


def _array_type(column: Column) -> np.dtype[Any] | None:
    """Return the type of arrays of one shape and type; None where there are others."""
    values, has = column.filled()
    if column.kind != "O" or not has.any():
        return None
    found: np.dtype[Any] | None = None
    for row in np.flatnonzero(has):
        value = values[row]
        if type(value) is not np.ndarray or not value.shape or 0 in value.shape:
            return None
        if value.dtype.kind not in "biufc" or value.nbytes > MOST_ARRAY_BYTES:
            return None
        kind = _dtype((value.dtype, value.shape))
        if found is not None and kind != found:
            return None
        found = kind
    return found


def _fitted(name: str, given: ColumnValues, member: np.dtype[Any], count: int) -> Any:
    """Return values as a member holds them; None where it does not."""
    values, has, kind = given
    if not kind:
        return np.full(count, b"", object) if member.kind == "O" else np.zeros(count, member)
    if member.subdtype is not None:
        return _arrays(values, has, member, count)
    if member.kind in "bif":
        if kind == member.kind:
            return values if has is None else np.where(has, values, np.zeros(1, member))
        is_exact = (kind, member.kind) == ("i", "f") and bool(np.all(np.abs(values) <= EXACT))
        return values.astype(member) if is_exact else None
    if member.kind not in "SO":
        return None
    if kind == "M" and name in TIMES and member.itemsize >= TIME_LENGTH and member.kind == "S":
        told = np.datetime_as_string(values, unit="us").astype(member)
        return told if has is None else np.where(has, told, np.zeros(1, member))
    texts = _texts(name, given)
    if member.kind == "S":
        is_short = max(map(len, texts), default=0) <= member.itemsize
        return np.array(texts, member) if is_short else None
    whole = np.empty(count, object)
    whole[:] = texts
    return whole


def _arrays(values: Any, has: Any, member: np.dtype[Any], count: int) -> Any:
    base, shape = member.subdtype  # type: ignore[misc]  # it has one, as the caller knows
    whole = np.zeros((count, *shape), base)
    for row in range(count) if has is None else np.flatnonzero(has):
        value = values[row]
        if type(value) is not np.ndarray or value.dtype != base or value.shape != shape:
            return None
        whole[row] = value
    return whole


def _texts(name: str, given: ColumnValues) -> list[bytes]:
    """Return values as texts; nothing where one is missing."""
    values, has, kind = given
    listed = values.tolist() if kind not in ("O", "") else values
    known: dict[Any, bytes] = {}
    found = []
    for row, value in enumerate(listed):
        if has is not None and not has[row]:
            found.append(b"")
        elif type(value) is str:
            if (text := known.get(value)) is None:
                text = known[value] = _bytes(name, value)
            found.append(text)
        else:
            found.append(_bytes(name, value))
    return found


def _bytes(name: str, value: Any) -> bytes:
    if type(value) is str:
        # What ends with zeros would be cut off, and a mark would be taken for one.
        is_plain = "\0" not in value and not value.startswith(JSON_MARK)
        try:
            if is_plain and not (name in TIMES and _time(value) != value):
                return value.encode()
        except UnicodeEncodeError:
            pass
    elif name in TIMES and isinstance(value, datetime):
        text = value.isoformat()
        if _time(text) == value and type(value) is datetime:
            return text.encode()
    told = encoded(value)
    if isinstance(value, BaseException):
        return _bytes(name, told)
    return (JSON_MARK + json.dumps(told)).encode()
