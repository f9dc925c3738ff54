"""`Recorder`: takes down what is read, up to a limit."""

from __future__ import annotations

import threading
import warnings
from collections.abc import Callable
from copy import deepcopy
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from emout_lab.emses.articles.content import Content, PartKey, RunKey, RunRecord, size_of
from emout_lab.emses.articles.recorded_runs import RecordedDirectory, RecordedSegment
from emout_lab.emses.field_sources import FieldSource, find_field
from emout_lab.emses.parameters import PARAMETER_FILES
from emout_lab.emses.run_directory import RunDirectory, find_run
from emout_lab.errors import ArticleTooLarge
from emout_lab.format import format_bytes


def _always() -> bool:
    return True


def run_key(source: FieldSource) -> RunKey:
    """Return the run that a field is of."""
    segment = source.segments[0]
    if isinstance(segment, RecordedSegment):
        return segment.run_key
    return str(Path(source.path).parent), source.input_path


class Recorder:
    """What has been read since it was made; any thread may add to it.

    Parameters
    ----------
    limit : int or None
        Bytes that it may hold.
    accepts : callable, optional
        Whether what is read now, in this thread, is its concern.
    """

    def __init__(self, limit: int | None, accepts: Callable[[], bool] = _always) -> None:
        self.limit = limit
        self.accepts = accepts
        self.content = Content()
        self._nbytes = 0
        #: The runs that it records, and their names in the article; None for all.
        self.only: dict[RunKey, str] | None = None
        self._lock = threading.RLock()

    def note_run(self, files: RunDirectory, texts: tuple[tuple[str, str | None], ...] = ()) -> None:
        """Keep a run's parameters, and text files of it."""
        if isinstance(files, RecordedDirectory):
            with self._lock:
                self.content.run(deepcopy(files.record))
            return
        with self._lock:
            key = str(files.output), str(files.input_path)
            record = self.content.runs.get(key)
            later = [str(directory.output) for directory in files.continued]
            if not self._wants(key):
                return
            if record is None or len(later) > len(record.later):
                record = self.content.run(_record_of(files, later))
                record.name = (self.only or {}).get(key, "")
            record.texts.update(texts)

    def note_source(self, files: RunDirectory, source: FieldSource) -> None:
        """Keep a field's recipe."""
        with self._lock:
            self.note_run(files)
            key = str(files.output), str(files.input_path)
            if self._wants(key) and not isinstance(files, RecordedDirectory):
                self.content.runs[key].add_source(_native(files, source))

    def check_room(self, key: PartKey, nbytes: int) -> None:
        """Refuse a part that is too large, before it is read.

        Raises
        ------
        ArticleTooLarge
            When all that is read takes more than the limit.
        """
        if not self._wants(key.run):
            return
        with self._lock:
            there = self._nbytes - size_of(self.content.parts.get(key, ""))
        self._check(str(key), nbytes, there)

    def _wants(self, run: RunKey) -> bool:
        return self.only is None or run in self.only

    def _check(self, what: str, nbytes: int, there: int) -> None:
        if self.limit is None or there + nbytes <= self.limit:
            return
        raise ArticleTooLarge(
            f"{what} takes {format_bytes(nbytes)}; with the {format_bytes(there)} recorded before, "
            f"this article would hold more than its limit of {format_bytes(self.limit)}. Nothing "
            "was written. Take a smaller slice or reduce it (.mean(axis=0)) in the figure's code, "
            "keep the result of a computation in place of what it reads (article.keep(name, "
            'function)), or raise the limit: article.record(path, limit="1GB").'
        )

    def add(self, source: FieldSource, key: PartKey, values: Any) -> None:
        """Keep a part; of one that was read twice the latest values."""
        if not self._wants(key.run):
            return
        self.check_room(key, size_of(values))
        with self._lock:
            known = self.content.runs.get(key.run)
            if known is None or source.name not in known.sources:
                self.note_source(_files_of(source), source)
            before = self.content.parts.get(key)
            self._nbytes += size_of(values) - size_of("" if before is None else before)
            self.content.parts[key] = np.array(values) if type(values) is np.ndarray else values
        if before is not None and not _are_same(before, values):
            warnings.warn(
                f"{key} has changed while it was recorded (is the simulation running?): the "
                "article holds what was read last.",
                UserWarning,
                stacklevel=2,
            )

    def keep(self, name: str, value: Any) -> None:
        """Keep a value under a name."""
        with self._lock:
            before = size_of(self.content.kept.get(name, ""))
            self._check(f"{name!r}", size_of(value), self._nbytes - before)
            self._nbytes += size_of(value) - before
            self.content.kept[name] = value

    def take(self) -> Content:
        """Return what it holds, and hold nothing any more."""
        with self._lock:
            content, self.content, self._nbytes = self.content, Content(), 0
        return content

    def merge(self, content: Content) -> None:
        """Take what another recorder holds."""
        with self._lock:
            new = [value for key, value in content.parts.items() if key not in self.content.parts]
            self._check("What was read", sum(map(size_of, new)), self._nbytes)
            self.content.merge(content)
            self._nbytes = self.content.nbytes


def _are_same(before: Any, values: Any) -> bool:
    one, two = np.asarray(before), np.asarray(values)
    return np.array_equal(one, two, equal_nan=one.dtype.kind in "fc" and two.dtype.kind in "fc")


def _record_of(files: RunDirectory, later: list[str]) -> RunRecord:
    """Read a run's parameter file, and the namelist beside a TOML file."""
    path = files.input_path
    names = {path.name, *(PARAMETER_FILES if path.suffix == ".toml" else ())}
    texts: dict[str, str | None] = {
        name: path.with_name(name).read_bytes().decode("utf-8", "surrogateescape")
        for name in sorted(names)
        if path.with_name(name).is_file()
    }
    return RunRecord(
        output=str(files.output),
        input_path=str(path),
        names=sorted([*files.fields, *files.particles]),
        later=later,
        units=files.parameters().units,
        texts=texts,
    )


def _files_of(source: FieldSource) -> RunDirectory:
    """Find the run that a field was read from; its recipe may be all that has come here."""
    segment = source.segments[0]
    if isinstance(segment, RecordedSegment):
        return segment.directory()
    outputs = list(dict.fromkeys(str(Path(segment.path).parent) for segment in source.segments))
    return find_run(outputs[0], source.input_path or None, outputs[0], outputs[1:])


def _native(files: RunDirectory, source: FieldSource) -> FieldSource:
    """Return a field's recipe as this package makes it: with units, without a policy."""
    is_whole = source.unit is not None or source.units is None
    if not (type(source) is FieldSource and is_whole):
        found = find_field(files, source.name, files.parameters(), bad_steps=source.bad_steps)
        source = found.truncated(min(found.shape[0], source.shape[0]))
    return replace(source, policy=None, is_granted=False)
