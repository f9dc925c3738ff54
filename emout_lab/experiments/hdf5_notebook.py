"""A lab notebook in an HDF5 file, in epyc's form: a group per result set, a table in each."""

from __future__ import annotations

import contextlib
import io
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, ClassVar, Final
from urllib.parse import quote

import h5py
import numpy as np

from emout_lab.engine.sweeps import results as names
from emout_lab.experiments.columns import Table
from emout_lab.experiments.errors import NotebookError, NotebookVersionException
from emout_lab.experiments.foreign_files import foreign
from emout_lab.experiments.hdf5_attributes import (
    ATTRIBUTES,
    DESCRIPTION,
    read_attributes,
    read_description,
    text_of,
    write_attributes,
    write_description,
)
from emout_lab.experiments.hdf5_columns import (
    block_rows,
    blocks_of,
    chunk_rows,
    is_outgrown,
    members_of,
    missing_places,
    read_block,
)
from emout_lab.experiments.result_set import PARTS, ResultSet
from emout_lab.experiments.stored_notebook import StoredNotebook

#: The version of what we add to epyc's form.
OWN_VERSION: Final = 1
STATE, PREVIOUS = "emout_lab.state", "emout_lab.previous"
MISSING_PLACES: Final = "emout_lab.missing"
#: Names of groups that have a table; of so many, since attributes are short.
TABLES, MOST_TABLES = "emout_lab.tables", 1000
PENDING_PLACES: Final = "emout_lab.missing-pending"
#: Attributes that are not the user's: the tag of a group, where it cannot be its name.
TAG: Final = "emout_lab.tag"
OWN: Final = frozenset({"description", "locked", TAG})

_BROKEN: Final = (
    KeyError,
    TypeError,
    ValueError,
    AttributeError,
    IndexError,
    OverflowError,
    RuntimeError,
    OSError,
)


class HDF5LabNotebook(StoredNotebook):
    """A lab notebook in an HDF5 file.

    Each result set is a group with one table ``results`` (a compound dataset, extensible and
    compressed), whose attributes name metadata, parameters and results; arrays are members of
    their shape. See `StoredNotebook` for the parameters and errors.

    Examples
    --------
    >>> import os, tempfile
    >>> name = os.path.join(tempfile.mkdtemp(), "a.h5")
    >>> with HDF5LabNotebook(name, create=True) as notebook:
    ...     notebook.addResult({"parameters": {"k": 1}, "metadata": {}, "results": {"y": 2.5}})
    >>> HDF5LabNotebook(name, read_only=True).results()[0]["results"]
    {'y': 2.5}
    """

    Version: ClassVar = "1"
    VERSION: ClassVar = "version"
    CREATOR: ClassVar = "creator"
    DESCRIPTION: ClassVar = "description"
    CURRENT: ClassVar = "current-resultset"
    LOCKED: ClassVar = "locked"
    RESULTS_DATASET: ClassVar = "results"
    PENDINGRESULTS_DATASET: ClassVar = "pending"

    def recognise(self, path: Path) -> None:
        """Make sure that a file is a notebook of this kind, ``ForeignNotebook`` otherwise."""
        with _opened(path):
            pass

    def read(self, path: Path) -> None:
        """Read the file into this notebook; ``ForeignNotebook`` where it is none."""
        with _opened(path) as file:
            try:
                told = file.attrs
                self._description = read_description(file)
                self._is_locked = bool(told.get("locked", False))
                self._current = text_of(told["current-resultset"])
                _require_whole(file, self._current)
                for group in file.values():
                    if isinstance(group, h5py.Group):
                        self._sets[_tag_of(group)] = self._read_set(group)
                self.state = text_of(told.get(STATE, ""))
                self.previous = text_of(told.get(PREVIOUS, ""))
            except _BROKEN as error:
                raise foreign(path, f"it is damaged: {error!r}", error) from error

    def _read_set(self, group: Any) -> ResultSet:
        found = self.new_set()
        if self.RESULTS_DATASET in group:
            data = group[self.RESULTS_DATASET]
            parts = {text_of(name): part for part in PARTS for name in data.attrs.get(part, [])}
            if lost := set(data.dtype.names) - parts.keys():
                raise ValueError(f"it does not tell what its column {min(lost)!r} is")
            missing = _Missing(group, parts)
            size = block_rows(data.dtype)
            for start in range(0, len(data), size):
                whole = data[start : start + size]
                columns = {
                    name: read_block(name, whole[name], missing.has(name, start, whole))
                    for name in data.dtype.names
                }
                found.extend(columns, len(whole), parts)
            if not len(data):
                found.extend({}, 0, parts)
        if self.PENDINGRESULTS_DATASET in group:
            self._read_pending(group, found)
        attributes = read_attributes(group, OWN)
        found.restore(read_description(group), attributes, bool(group.attrs.get("locked", False)))
        return found

    def _read_pending(self, group: Any, found: ResultSet) -> None:
        data, missing = group[self.PENDINGRESULTS_DATASET], _Missing(group, {}, PENDING_PLACES)
        size = block_rows(data.dtype)
        for start in range(0, len(data), size):
            whole = data[start : start + size]
            columns = {
                name: read_block(name, whole[name], missing.has(name, start, whole))
                for name in data.dtype.names
            }
            found.pending.extend(columns, list(map(str, columns.pop(ResultSet.JOBID).values)))

    def write(self, path: Path) -> None:
        """Write a new file."""
        # In memory first: on a full disk HDF5 breaks the process that writes.
        image = io.BytesIO()
        with h5py.File(image, "w") as file:
            self._write_head(file)
            for tag, each in self._sets.items():
                self._write_set(file, tag, each)
        path.write_bytes(image.getbuffer())

    def _write_set(self, file: Any, tag: str, each: ResultSet) -> None:
        group = file.create_group(_group_name(tag))
        if _tag_of(group) != tag:
            group.attrs[TAG] = tag
        self._write_told(group, each)
        if each.table.columns:
            self._write_results(group, each)
        self._write_pending(group, each)

    def extend(self, path: Path, part: Path) -> bool:
        """Write a copy of the file with what was added since, where nothing else has changed."""
        with _opened(path) as file:
            groups = {_tag_of(each): each for each in file.values() if isinstance(each, h5py.Group)}
            if text_of(file.attrs.get(STATE, "")) != self.previous:
                return False
            begins = {tag: _rows_in(each, self.RESULTS_DATASET) for tag, each in groups.items()}
            group_names = {tag: each.name for tag, each in groups.items()}
        image = io.BytesIO(path.read_bytes())
        with h5py.File(image, "r+") as file:
            if DESCRIPTION in file:
                del file[DESCRIPTION]
            self._write_head(file)
            for tag, each in self._sets.items():
                if tag not in begins:
                    self._write_set(file, tag, each)
                elif not self._extend_set(file[group_names[tag]], each, begins[tag]):
                    return False
        part.write_bytes(image.getbuffer())
        return True

    def _extend_set(self, group: Any, each: ResultSet, start: int) -> bool:
        """Add rows to a table; return whether they fit."""
        for name in [name for name in group.attrs if name != TAG]:
            del group.attrs[name]
        for name in (ATTRIBUTES, DESCRIPTION, self.PENDINGRESULTS_DATASET, PENDING_PLACES):
            if name in group:
                del group[name]
        self._write_told(group, each)
        self._write_pending(group, each)
        if len(each) == start:
            return True
        if self.RESULTS_DATASET not in group and MISSING_PLACES not in group:
            self._write_results(group, each)
            return True
        if self.RESULTS_DATASET not in group:
            return False
        data = group[self.RESULTS_DATASET]
        is_same = MISSING_PLACES in group and data.dtype.names == tuple(_order(each))
        if not is_same or is_outgrown(data.dtype, start, len(each)):
            return False
        return _fill(data, group[MISSING_PLACES], each.table, start)

    def _write_head(self, file: Any) -> None:
        file.attrs[self.CREATOR] = self.WRITER
        file.attrs[self.VERSION] = self.Version
        file.attrs[self.CURRENT] = self._current
        file.attrs[self.LOCKED] = self._is_locked
        file.attrs["emout_lab.version"] = OWN_VERSION
        file.attrs[STATE], file.attrs[PREVIOUS] = self.state, self.previous
        tables = [_group_name(tag) for tag, each in self._sets.items() if each.table.columns]
        file.attrs[TABLES] = np.asarray(tables[:MOST_TABLES], h5py.string_dtype())
        write_description(file, self._description)

    def _write_told(self, group: Any, each: ResultSet) -> None:
        write_description(group, each.description())
        group.attrs["locked"] = each.isLocked()
        write_attributes(group, {name: each[name] for name in sorted(each.keys())}, OWN)

    def _write_results(self, group: Any, each: ResultSet) -> None:
        data = _new_table(group, self.RESULTS_DATASET, each.table, _order(each))
        missing = _new_places(group, MISSING_PLACES, each.table)
        for part, part_names in each.names().items():
            data.attrs[part] = np.asarray(part_names, dtype=h5py.string_dtype())
        _fill(data, missing, each.table, 0)

    def _write_pending(self, group: Any, each: ResultSet) -> None:
        if len(each.pending):
            table = each.pending.table()
            order = [*sorted(table.columns.keys() - {ResultSet.JOBID}), ResultSet.JOBID]
            places = _new_places(group, PENDING_PLACES, table)
            _fill(_new_table(group, self.PENDINGRESULTS_DATASET, table, order), places, table, 0)


class _Missing:
    """Which values of a table are missing."""

    def __init__(self, group: Any, parts: dict[str, str], name: str = MISSING_PLACES) -> None:
        self._known = 0
        self._places: dict[str, Any] = {}
        self._results = {name for name, part in parts.items() if part == names.RESULTS}
        if name in group:
            places = group[name]
            self._known = int(places.attrs.get("rows", 0))
            whole = places[...]
            for number, column in enumerate(places.attrs["columns"]):
                self._places[text_of(column)] = np.sort(whole[whole[:, 1] == number, 0])

    def has(self, name: str, start: int, whole: Any) -> Any:
        """Return where a block of rows has values of a column.

        Where nobody says, as epyc, zeros stand for the results of experiments that failed.
        """
        has = np.ones(len(whole), bool)
        # Columns that epyc has added to ours are not known.
        known_rows = self._known if name in self._places else 0
        known = min(max(known_rows - start, 0), len(whole))
        places: Any = self._places.get(name, [])
        inside = slice(*np.searchsorted(places, [start, start + known]))
        has[np.asarray(places, np.intp)[inside] - start] = False
        if name in self._results and names.STATUS in whole.dtype.names:
            has[known:] = whole[names.STATUS][known:].astype(bool)
        return has


@contextlib.contextmanager
def _opened(path: Path) -> Iterator[Any]:
    """Open a file for reading that is a notebook."""
    with contextlib.ExitStack() as stack:
        # By Python's own file: HDF5 would lock it, which fails where others read it, or nobody can.
        raw = stack.enter_context(path.open("rb"))
        try:
            file = stack.enter_context(h5py.File(raw, "r"))
        except (OSError, RuntimeError, ValueError, OverflowError) as error:
            raise foreign(path, f"no HDF5: {error}", error) from error
        try:
            version = text_of(file.attrs.get("version", ""))
            creator = text_of(file.attrs.get("creator", "its program"))
            own = int(file.attrs.get("emout_lab.version", 0))
            is_notebook = "current-resultset" in file.attrs and bool(version)
        except _BROKEN as error:
            raise foreign(path, f"it is damaged: {error!r}", error) from error
        if not is_notebook:
            raise foreign(path, "an HDF5 file without the attributes of a notebook")
        if version != HDF5LabNotebook.Version or own > OWN_VERSION:
            raise NotebookVersionException(
                f"the notebook {str(path)!r} is of version {version} ({own}), and this reads "
                f"{HDF5LabNotebook.Version} (up to {OWN_VERSION}); it was left as it is. Open it "
                f"with the version of {creator:.80} that wrote it"
            )
        yield file


def _require_whole(file: Any, current: str) -> None:
    """Make sure that no table is gone from a file: one that is damaged may look like an empty one.

    Raises
    ------
    ValueError
        When one is gone.
    """
    groups = {name: each for name, each in file.items() if isinstance(each, h5py.Group)}
    if TABLES in file.attrs and current not in map(_tag_of, groups.values()):
        raise ValueError(f"its result set {current!r} is gone")
    for name in map(text_of, file.attrs.get(TABLES, [])):
        # Another program may have removed a result set, but not its table alone.
        if name in groups and HDF5LabNotebook.RESULTS_DATASET not in groups[name]:
            raise ValueError(f"the results of {name!r} are gone")
    for name, group in groups.items():
        if MISSING_PLACES in group:
            written = int(group[MISSING_PLACES].attrs.get("rows", 0))
            if (there := _rows_in(group, HDF5LabNotebook.RESULTS_DATASET)) < written:
                raise ValueError(f"of {written} results of {name!r} {there} are there")


def _group_name(tag: str) -> str:
    """Return the name of a group for a tag, which may be what is none."""
    if "/" in tag or "%" in tag:
        return quote(tag, safe="")
    is_name = bool(tag.strip(".")) and tag != DESCRIPTION
    return tag if is_name else f"%{tag}"


def _tag_of(group: Any) -> str:
    return text_of(group.attrs.get(TAG, group.name[1:]))


def _order(each: ResultSet) -> list[str]:
    """Return the columns in the order in which epyc reads them: by place, not by name."""
    return [name for part in PARTS for name in each.names()[part]]


def _new_table(group: Any, name: str, table: Table, order: Iterable[str]) -> Any:
    kind = members_of(table, order)
    try:
        return group.create_dataset(
            name,
            (0,),
            kind,
            maxshape=(None,),
            chunks=(chunk_rows(kind),),
            compression="gzip",
            shuffle=True,
        )
    except (ValueError, OSError, RuntimeError) as error:
        if "too large" not in str(error):
            raise
        raise NotebookError(
            f"a table of HDF5 cannot have {len(table.columns):,} columns, or so long names of them "
            "(64 KiB for all of them): put results of one kind into arrays, or use a "
            "JSONLabNotebook. Nothing was written; the results are still here"
        ) from error


def _new_places(group: Any, name: str, table: Table) -> Any:
    found = group.create_dataset(
        name, (0, 2), np.int64, maxshape=(None, 2), chunks=(1024, 2), compression=4
    )
    found.attrs["columns"] = np.asarray(list(table.columns), h5py.string_dtype())
    return found


def _fill(data: Any, missing: Any, table: Table, start: int) -> bool:
    """Add the rows of a table from one on; return whether they fit."""
    for block in blocks_of(table, data.dtype, start):
        if block is None:
            return False
        begin, rows = block
        data.resize((begin + len(rows),))
        data[begin:] = rows
    if missing is not None:
        places = missing_places(table, start)
        before = len(missing)
        missing.resize((before + len(places), 2))
        missing[before:] = places
        missing.attrs["rows"] = len(table)
    return True


def _rows_in(group: Any, name: str) -> int:
    return len(group[name]) if name in group else 0
