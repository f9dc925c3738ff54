"""The file of an article, in HDF5.

=============================== ==================================================================
``/``                           ``format``, ``version``, ``created``, ``versions``
``/index``                      what there is, as JSON: what a program reads
``/parts/0``, …                 ``values`` of a part and its coordinates; for people: ``field``,
                                ``part``, ``unit``, ``run``
``/kept/0``, …                  arrays that were kept under a name
``/texts/0``, …                 parameter files and tables
=============================== ==================================================================
"""

from __future__ import annotations

import functools
import json
import os
import threading
from collections.abc import Callable
from dataclasses import replace
from typing import Any, TypeVar

import h5py
import numpy as np

from emout_lab.emses.articles import regions
from emout_lab.emses.articles.content import Content, PartKey, RunKey, RunRecord
from emout_lab.emses.articles.recipes import record_from_json
from emout_lab.emses.articles.values import decoded
from emout_lab.emses.hdf5 import open_hdf5
from emout_lab.errors import BadFile, NotRecorded

Array = np.ndarray[Any, Any]
T = TypeVar("T")

FORMAT = "emout_lab article"
#: Of the file's form; readers refuse a later one.
VERSION = 1
INDEX = "index"


class Article:
    """The file of an article: its index in memory, its values read when they are needed.

    Parameters
    ----------
    path : str
        The file.

    Raises
    ------
    BadFile
        When it is no article, is damaged, or of a later version.
    """

    def __init__(self, path: str) -> None:
        self.path = path
        with open_hdf5(path) as file:
            self._index = self._checked(lambda: _index(file, path))
            self._records = self._checked(lambda: self._read_runs(file))
        self._trees = self._checked(self._read_parts)
        self._kept = self._checked(self._read_kept)

    @property
    def labels(self) -> list[str]:
        """Names of its runs."""
        return list(self._records)

    @property
    def kept_names(self) -> list[str]:
        """Names under which figures' code has kept values."""
        return list(self._kept)

    @property
    def parts(self) -> list[PartKey]:
        """Which values it holds."""
        return list(self._trees)

    def run(self, label: str) -> RunRecord:
        """Return what it holds of a run."""
        return self._records[label]

    def content(self) -> Content:
        """Read all of it."""
        runs = {record.key: record for record in self._records.values()}
        parts = {key: self._load(*found) for key, found in self._trees.items()}
        return Content(runs, parts, {name: self.kept(name) for name in self._kept})

    def kept(self, name: str) -> Any:
        """Return a value by its name.

        Raises
        ------
        NotRecorded
            When there is none of it.
        """
        if name not in self._kept:
            there = ", ".join(map(repr, self._kept)) or "nothing"
            raise NotRecorded(
                f"The article {self.path} has kept no {name!r}, but {there}. Record it again: "
                f"with article.record({self.path!r}, mode='a'): …"
            )
        return self._load(*self._kept[name])

    def values(self, key: PartKey) -> Any:
        """Return a part, or a reduction; None for one that can be computed from its part.

        Raises
        ------
        NotRecorded
            When it does not hold it.
        """
        if key in self._trees:
            return self._load(*self._trees[key])
        found = self._part(replace(key, how=""))
        if found is None:
            raise NotRecorded(self.missing(str(key), key.run, key.field))
        return None if key.how else found

    def missing(self, what: str, run: RunKey, field: str | None = None) -> str:
        """Return the message of what it does not hold of a run."""
        own = [str(key) for key in self._trees if key.run == run]
        near = [text for text in own if field is None or text.startswith(f"{field}[")] or own
        there = "; ".join(near[:8]) + (f"; and {len(near) - 8} more" if len(near) > 8 else "")
        return (
            f"{what} is not in the article {self.path}: it was not read when the figure was "
            f"recorded. Of the run {run[0]} it holds: {there or 'its parameters only'}. Where the "
            f"run is, record the figure's code again: with article.record({self.path!r}, "
            "mode='a'): …"
        )

    def _part(self, key: PartKey) -> Array | None:
        """Return a part that lies in recorded ones; None where it does not."""
        wanted = regions.parsed(key.region)
        found = self._inside(key, wanted)
        if found is None and not isinstance(wanted[0], int) and len(wanted[0]) > 1:
            steps = [self._inside(key, [int(step), *wanted[1:]]) for step in wanted[0]]
            if all(step is not None for step in steps):
                found = np.stack(steps)  # type: ignore[arg-type]
        if found is None and key.factor is not None:
            # Recorded in EMSES units: converted as a file's values are.
            plain = self._part(replace(key, factor=None))
            found = None if plain is None else plain * plain.dtype.type(key.factor)
        return found

    def _inside(self, key: PartKey, wanted: regions.Positions) -> Array | None:
        """Return a part of one that was recorded."""
        for known, found in self._trees.items():
            if replace(known, region=key.region) != key:
                continue
            index = regions.within(wanted, _parsed(known.region))
            if index is not None:
                return regions.taken(self._load(*found), index)
        return None

    def _load(self, place: str, tree: Any) -> Any:
        with open_hdf5(self.path) as file:
            return self._checked(
                lambda: decoded(tree, lambda number: _array(file, f"{place}/{array_name(number)}"))
            )

    def _read_runs(self, file: Any) -> dict[str, RunRecord]:
        found = {}
        for each in self._index["runs"]:
            texts = {
                str(name): None if number is None else _text(file, f"texts/{number}")
                for name, number in each["texts"]
            }
            found[str(each["label"])] = record_from_json(each, texts)
        return found

    def _read_parts(self) -> dict[PartKey, tuple[str, Any]]:
        return {
            self._key(part): (f"parts/{number}", part["value"])
            for number, part in enumerate(self._index["parts"])
        }

    def _read_kept(self) -> dict[str, tuple[str, Any]]:
        return {
            str(each["name"]): (f"kept/{number}", each["value"])
            for number, each in enumerate(self._index["kept"])
        }

    def _key(self, part: dict[str, Any]) -> PartKey:
        factor = part["factor"]
        regions.parsed(part["region"])
        return PartKey(
            self._records[part["run"]].key,
            str(part["field"]),
            None if factor is None else float(factor),
            str(part["region"]),
            str(part["how"]),
        )

    def _checked(self, read: Callable[[], T]) -> T:
        try:
            return read()
        except BadFile:
            raise
        except (KeyError, TypeError, ValueError, AttributeError, OSError, RuntimeError) as error:
            raise BadFile(
                f"The article {self.path} is damaged, or was changed by hand: {error}. Copy it "
                "again from where it comes from, or record the figure again."
            ) from error


@functools.lru_cache(maxsize=4096)
def _parsed(region: str) -> regions.Positions:
    return regions.parsed(region)


def _index(file: Any, path: str) -> dict[str, Any]:
    if file.attrs.get("format") != FORMAT:
        raise BadFile(
            f"{path} is no article of emout_lab. article.record(path) writes one; a run's own "
            "HDF5 files are opened by their directory."
        )
    version = int(file.attrs["version"])
    if version > VERSION:
        raise BadFile(
            f"The article {path} has version {version} of the format, and this emout_lab reads up "
            f"to {VERSION}. Install a newer emout_lab."
        )
    found: dict[str, Any] = json.loads(_text(file, INDEX))
    return found


def _text(file: Any, place: str) -> str:
    return _array(file, place).tobytes().decode("utf-8", "surrogateescape")


def array_name(number: int) -> str:
    """Return the name of an array in the group of its value."""
    return f"values{number}" if number else "values"


def _array(file: Any, place: str) -> Array:
    """Read a dataset that lies in this very file: what leads elsewhere is not followed."""
    item = file
    for name in place.split("/"):
        if not isinstance(item.get(name, getlink=True), h5py.HardLink):
            raise ValueError(f"{place} is missing, or leads elsewhere")
        item = item[name]
    if not isinstance(item, h5py.Dataset) or item.external or item.is_virtual:
        raise ValueError(f"{place} has its values in another file")
    if item.dtype.hasobject:
        raise ValueError(f"{place} holds values of type {item.dtype}")
    return np.asarray(item[()])


class _Known:
    """The articles that this process has opened, as long as their files stay as they are."""

    def __init__(self) -> None:
        self._found: dict[str, tuple[Any, Article]] = {}
        self._lock = threading.Lock()
        self.is_needed = False

    def article(self, path: str) -> Article:
        """Return the article of a file."""
        self.is_needed = True
        try:
            status = os.stat(path)
        except OSError as error:
            raise BadFile(f"No article {path}: {error.strerror or error}.") from error
        stamp = status.st_mtime_ns, status.st_size, status.st_ino
        with self._lock:
            known = self._found.get(path)
            if known is None or known[0] != stamp:
                known = self._found[path] = (stamp, Article(path))
            return known[1]


_KNOWN = _Known()


def is_needed() -> bool:
    """Say whether this process has to do with a run that an article holds."""
    return _KNOWN.is_needed


def expect() -> None:
    """Take notice that a run of an article has come from another process."""
    _KNOWN.is_needed = True


def article(path: str) -> Article:
    """Return the article of a file, by its absolute path.

    Raises
    ------
    BadFile
        When there is none.
    """
    return _KNOWN.article(path)
