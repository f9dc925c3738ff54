"""A lab notebook in an HDF5 file, in epyc's form: a group per result set, a table in each."""

from __future__ import annotations

from pathlib import Path
from typing import Any, ClassVar, Final

import h5py
import numpy as np

from emout_lab.engine.sweeps import results as names
from emout_lab.experiments.columns import Table
from emout_lab.experiments.errors import NotStorable
from emout_lab.experiments.hdf5_columns import read_table, stored_columns, write_table
from emout_lab.experiments.result_set import PARTS, ResultSet
from emout_lab.experiments.stored_notebook import StoredNotebook, foreign
from emout_lab.experiments.values import encoded

CREATOR: Final = "emout_lab"
STATE: Final = "emout_lab.state"
MISSING_PLACES: Final = "emout_lab.missing"
#: Attributes of a group that are not the user's.
OWN: Final = frozenset({"description", "locked"})


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
    >>> HDF5LabNotebook(name).results()[0]["results"]
    {'y': 2.5}
    """

    Version: ClassVar = "1"
    RESULTS_DATASET: ClassVar = "results"
    PENDINGRESULTS_DATASET: ClassVar = "pending"

    def check_value(self, name: str, value: Any) -> None:
        """Make sure that the file can hold a value; ``NotStorable`` where it cannot."""
        if isinstance(value, dict):
            raise NotStorable(
                f"{name} is a dictionary, which a table cannot hold: give its values by names of "
                "their own, or use a JSONLabNotebook"
            )
        encoded(value, name)

    def read(self, path: Path) -> str:
        """Read the file into this notebook; return the name of its state."""
        try:
            file = h5py.File(path, "r")
        except OSError as error:
            raise foreign(path, f"no HDF5: {error}", error) from error
        with file:
            version = _text(file.attrs.get("version", ""))
            if "current-resultset" not in file.attrs or not version:
                raise foreign(path, "an HDF5 file without the attributes of a notebook")
            if version != self.Version:
                raise foreign(path, f"its version is {version}, and this reads {self.Version}")
            try:
                self._description = _text(file.attrs.get("description", ""))
                self._is_locked = bool(file.attrs.get("locked", False))
                self._current = _text(file.attrs["current-resultset"])
                self._sets = {tag: self._read_set(file[tag]) for tag in file}
            except (KeyError, TypeError, ValueError, OSError, AttributeError) as error:
                raise foreign(path, f"it is damaged: {error}", error) from error
            return _text(file.attrs.get(STATE, ""))

    def _read_set(self, group: Any) -> ResultSet:
        found = ResultSet()
        if self.RESULTS_DATASET in group:
            data = group[self.RESULTS_DATASET]
            parts = {_text(name): part for part in PARTS for name in data.attrs.get(part, [])}
            lost = group[MISSING_PLACES][...] if MISSING_PLACES in group else None
            failed = _failed(data) if lost is None else None
            of_results = {name for name, part in parts.items() if part == names.RESULTS}
            columns = read_table(data, lost, failed, of_results)
            found.extend(columns, len(data), parts)
        if self.PENDINGRESULTS_DATASET in group:
            self._read_pending(group[self.PENDINGRESULTS_DATASET], found)
        attributes = {k: _own(v) for k, v in group.attrs.items() if k not in OWN}
        description = _text(group.attrs.get("description", ""))
        found.restore(description, attributes, bool(group.attrs.get("locked", False)))
        return found

    def _read_pending(self, data: Any, found: ResultSet) -> None:
        table = Table()
        table.extend(read_table(data, None, None, set()), len(data))
        points = list(table.rows())
        jobs = [str(point.pop(ResultSet.JOBID)) for point in points]
        found.addPendingResults(points, jobs)

    def write(self, path: Path, state: str) -> None:
        """Write a new file."""
        with h5py.File(path, "w") as file:
            file.attrs["creator"] = CREATOR
            file.attrs["version"] = self.Version
            file.attrs["description"] = self._description
            file.attrs["current-resultset"] = self._current
            file.attrs["locked"] = self._is_locked
            file.attrs[STATE] = state
            for tag, each in self._sets.items():
                self._write_set(file.create_group(tag), each)

    def _write_set(self, group: Any, each: ResultSet) -> None:
        group.attrs["description"] = each.description()
        group.attrs["locked"] = each.isLocked()
        for name in each.keys():
            group.attrs[name] = _attribute(each[name])
        if each.table.columns:
            stored = stored_columns(each.table)
            data, lost = write_table(group, self.RESULTS_DATASET, stored, len(each))
            for part, part_names in each.names().items():
                data.attrs[part] = np.asarray(part_names, dtype=h5py.string_dtype())
            group.create_dataset(
                MISSING_PLACES, data=lost, compression="gzip" if len(lost) else None
            )
        if jobs := each.pendingResults():
            table = Table()
            for job in jobs:
                table.append({**each.pendingResultParameters(job), ResultSet.JOBID: job})
            write_table(group, self.PENDINGRESULTS_DATASET, stored_columns(table), len(jobs))


def _failed(data: Any) -> Any:
    """Return in which rows of a table of epyc's nothing but zeros stands for the results."""
    return None if names.STATUS not in data.dtype.names else ~data[names.STATUS].astype(bool)


def _text(value: Any) -> str:
    return value.decode() if isinstance(value, bytes) else str(value)


def _own(value: Any) -> Any:
    if isinstance(value, bytes):
        return value.decode()
    return value.item() if isinstance(value, np.generic) else value


def _attribute(value: Any) -> Any:
    return value if isinstance(value, str | bool | int | float | np.ndarray) else str(value)
