"""The results of a sweep as a table that grows, read piece by piece from what workers write."""

from __future__ import annotations

import math
import re
import secrets
import threading
import time
from array import array
from collections import OrderedDict
from collections.abc import Mapping
from typing import Any, Final, Literal

from emout_lab.engine.sweeps.folder import SweepFolder
from emout_lab.engine.sweeps.records import (
    TEXT_CHARACTERS,
    CountedRounds,
    PointRecord,
    RecordReader,
)
from emout_lab.errors import SpecError
from emout_lab.server.contract.requests import TableRequest
from emout_lab.server.contract.sweeps import SweepColumn, SweepTable, Value
from emout_lab.server.sweep_list import no_sweep

#: Tables that are kept, so that who looks gets what is new and not all of it.
MOST_TABLES: Final = 4
#: A table that nobody has asked for so long is forgotten [s].
KEPT_S: Final = 600.0
#: JavaScript rounds integers beyond it.
EXACT: Final = 2**53

Kind = Literal["parameter", "result", "about"]

_TOKEN: Final = re.compile(r"([0-9a-f]{8}):([0-9]{1,12})")
_CODES: Final[dict[type, str]] = {float: "d", int: "q"}


class GrowingColumn:
    """Values of one column; as bare numbers while they are of one kind."""

    __slots__ = ("_values",)

    def __init__(self, empty: int) -> None:
        self._values: array[Any] | list[Value] = [None] * empty

    def append(self, value: Value) -> None:
        """Add a value.

        Examples
        --------
        >>> column = GrowingColumn(0)
        >>> column.append(1.5), column.append("x")
        (None, None)
        >>> column.piece(0, 2)
        [1.5, 'x']
        """
        code = _CODES.get(type(value))
        if not self._values and code is not None:
            self._values = array(code)
        elif isinstance(self._values, array) and self._values.typecode != code:
            self._values = self._values.tolist()
        self._values.append(value)

    def piece(self, start: int, stop: int) -> list[Value]:
        """Return the values of some rows."""
        return list(self._values[start:stop])


class GrowingTable:
    """What came of the points of one sweep, in the order in which it was read.

    A point has another row where it was tried again: when it succeeded at last, or failed later.

    Parameters
    ----------
    folder : SweepFolder
        Of the sweep. Nothing in it is unpickled.

    Raises
    ------
    StateError
        When it is not there or cannot be read.
    """

    def __init__(self, folder: SweepFolder) -> None:
        info = folder.info()
        self.lock = threading.Lock()
        self.used = time.monotonic()
        self._mark = secrets.token_hex(4)
        self._parameters = info.parameters
        self._reader = RecordReader(folder.records, is_brief=True)
        self._points = array("q")
        self._counted = CountedRounds(info.total)
        self._columns: dict[tuple[Kind, str], GrowingColumn] = {
            ("parameter", name): GrowingColumn(0) for name in info.parameters
        }

    def piece(self, since: str, limit: int) -> SweepTable:
        """Return the rows behind those that somebody has.

        Parameters
        ----------
        since : str
            The ``next`` of the piece before; empty for the first.
        limit : int
            How many at most.

        Raises
        ------
        SpecError
            When ``since`` is no such word.
        """
        start = self._start(since)
        is_restarted = start is None
        start = start or 0
        stop = start + limit
        has_more = self._read(stop)
        stop = min(stop, len(self._points))
        return SweepTable(
            parameters=list(self._parameters),
            points=self._points[start:stop].tolist(),
            columns=[
                SweepColumn(kind, name, column.piece(start, stop))
                for (kind, name), column in self._columns.items()
            ],
            next=f"{self._mark}:{stop}",
            more=has_more,
            restarted=is_restarted,
        )

    def _start(self, since: str) -> int | None:
        """Return the first row that is wanted; None where that has no meaning here."""
        if not since:
            return None
        found = _TOKEN.fullmatch(since)
        if found is None:
            raise SpecError(f"since {since!r:.80} is no 'next' of an earlier answer", field="since")
        row = int(found[2])
        return row if found[1] == self._mark and row <= len(self._points) else None

    def _read(self, rows: int) -> bool:
        """Read until there are so many rows; return whether there may be more."""
        if len(self._points) > rows:
            return True
        for record in self._reader.new():
            self._add(record)
            if len(self._points) > rows:
                return True
        return False

    def _add(self, record: PointRecord) -> None:
        if self._counted.take(record):
            self._append(record.point, _row(record.told))

    def _append(self, point: int, row: dict[tuple[Kind, str], Value]) -> None:
        for key in row:
            if key not in self._columns:
                self._columns[key] = GrowingColumn(len(self._points))
        self._points.append(point)
        for key, column in self._columns.items():
            column.append(row.get(key))


class SweepTables:
    """The tables that somebody looks at; the one that nobody has asked longest is forgotten."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._tables: OrderedDict[str, GrowingTable] = OrderedDict()

    def piece(self, sweep: str, request: TableRequest) -> SweepTable:
        """Return a piece of the table of a sweep (takes its time; not for an event loop).

        Raises
        ------
        NoSweep
            When there is no such sweep (any more).
        StateError
            When it cannot be read.
        SpecError
            When the id or ``since`` cannot be one.
        """
        folder = SweepFolder(sweep)
        if not folder.path.is_dir():
            self.forget(sweep)
            raise no_sweep(sweep)
        table = self._taken(folder)
        with table.lock:
            return table.piece(request.since, request.limit)

    def forget(self, sweep: str) -> None:
        """Forget the table of a sweep that is gone (twice is harmless)."""
        with self._lock:
            self._tables.pop(sweep, None)

    def _taken(self, folder: SweepFolder) -> GrowingTable:
        now = time.monotonic()
        with self._lock:
            table = self._tables.pop(folder.id, None) or GrowingTable(folder)
            self._tables[folder.id] = table
            table.used = now
            old = [key for key, each in self._tables.items() if now - each.used > KEPT_S]
            for key in old or [*self._tables][:-MOST_TABLES]:
                del self._tables[key]
        return table


def _row(told: Mapping[str, Any]) -> dict[tuple[Kind, str], Value]:
    row: dict[tuple[Kind, str], Value] = {}
    kinds: tuple[tuple[Kind, str], ...] = (("parameter", "parameters"), ("result", "results"))
    for kind, part in kinds:
        found = told.get(part)
        if isinstance(found, Mapping):
            row.update({(kind, str(name)): cell(value) for name, value in found.items()})
    row["about", "status"] = "done" if told.get("ok") else "failed"
    row["about", "elapsed"] = cell(told.get("seconds"))
    row["about", "engine"] = cell(told.get("engine"))
    row["about", "peak_memory"] = cell(told.get("peak_memory"))
    row["about", "error"] = cell(told.get("error"))
    if (runs := cell(told.get("runs"))) is not None:
        row["about", "runs"] = runs
    return row


def cell(value: Any) -> Value:
    """Return what stands in a cell for a value.

    Examples
    --------
    >>> cell(1.5), cell(float("nan")), cell(2**60), cell([1])
    (1.5, 'nan', '1152921504606846976', None)
    """
    if isinstance(value, str):
        return value[:TEXT_CHARACTERS]
    if isinstance(value, float):
        return value if math.isfinite(value) else str(value)
    if isinstance(value, int):
        return value if abs(value) <= EXACT else str(value)
    return None
