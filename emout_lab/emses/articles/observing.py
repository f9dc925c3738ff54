"""Sees each read of this process: records it, or answers it from an article.

Importing this module makes `execution.current` pass through here.
"""

from __future__ import annotations

import contextlib
import copyreg
import functools
import json
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import Any, cast
from weakref import WeakSet

import numpy as np

from emout_lab.emses import observation
from emout_lab.emses.articles import regions, storage
from emout_lab.emses.articles.content import PartKey
from emout_lab.emses.articles.recorded_runs import RecordedSegment
from emout_lab.emses.articles.recorder import Recorder, run_key
from emout_lab.emses.blocks.naming import NamedExpression
from emout_lab.emses.execution import HERE
from emout_lab.emses.executor import Executor
from emout_lab.emses.field_base import FieldBase
from emout_lab.emses.field_sources import DIMS, FieldSource
from emout_lab.emses.observation import Text
from emout_lab.emses.reading import Read

Array = np.ndarray[Any, Any]


class _Thread(threading.local):
    """The recorders that a thread has opened, the innermost last."""

    def __init__(self) -> None:
        self.recorders: list[Recorder] = []
        self.is_suspended = False


class Recorders:
    """Who records what is read.

    What a thread reads goes to the recorders that it has opened. A thread that has opened none may
    work for any of the others (a pool of Dask, of NumPy users): what it reads goes to all.
    """

    def __init__(self) -> None:
        self._thread = _Thread()
        self._open: list[Recorder] = []
        self._of_process: list[Recorder] = []
        #: Of an engine: held by the objects of those who record.
        self.of_engine: WeakSet[Recorder] = WeakSet()

    def begin(self, recorder: Recorder, *, is_of_process: bool = False) -> list[Recorder]:
        """Open a recorder in this thread, or in all; return the list of which `end` removes it."""
        if is_of_process:
            self._of_process.append(recorder)
            return self._of_process
        self._thread.recorders.append(recorder)
        self._open.append(recorder)
        return self._thread.recorders

    def end(self, recorder: Recorder, recorders: list[Recorder]) -> None:
        """Close a recorder."""
        recorders.remove(recorder)
        if recorders is not self._of_process:
            self._open.remove(recorder)

    @property
    def is_any_open(self) -> bool:
        """Whether anything is recorded in this process."""
        return bool(self._open or self._of_process or self.of_engine)

    def active(self) -> list[Recorder]:
        """Return who records what this thread reads now."""
        return [] if self._thread.is_suspended else self.noting()

    def noting(self) -> list[Recorder]:
        """Return who takes notice of the runs that this thread uses now."""
        if not self.is_any_open:
            return []
        found = self._thread.recorders or self._open
        return [each for each in [*found, *self._of_process, *self.of_engine] if each.accepts()]

    @contextlib.contextmanager
    def suspended(self) -> Iterator[None]:
        """Record nothing of what this thread reads in the block."""
        before, self._thread.is_suspended = self._thread.is_suspended, True
        try:
            yield
        finally:
            self._thread.is_suspended = before


RECORDERS = Recorders()


class ObservedExecutor:
    """Passes on to another executor what no article has to do with.

    Parameters
    ----------
    inner : Executor
        The other one.
    """

    def __init__(self, inner: Executor) -> None:
        self.inner = inner

    def __getattr__(self, name: str) -> Any:
        return getattr(self.inner, name)

    def read(self, read: Read) -> Array | None:
        """Read a part; record it, or take it out of an article.

        Raises
        ------
        NotRecorded
            When the article does not hold it.
        ArticleTooLarge
            When a recording would hold too much.
        """

        def fully() -> Array | None:
            values = self.inner.read(_unrecorded(read))
            return read.function(*read.args) if values is None else values

        return cast("Array | None", _observed(read, fully, lambda: self.inner.read(read)))

    def read_once(self, owner: Any, read: Callable[[], Array]) -> Array:
        """Read each time while it is recorded: what is kept was perhaps read before."""
        return read() if RECORDERS.active() else self.inner.read_once(owner, read)

    def map(
        self,
        function: Callable[..., Any],
        tasks: Sequence[tuple[Any, ...]],
        *,
        alone: Sequence[tuple[Any, ...]] | None = None,
        **options: Any,
    ) -> list[Any]:
        """Compute here while it is recorded: what other processes read would not be seen."""
        executor = HERE if RECORDERS.active() else self.inner
        return executor.map(function, tasks, alone=alone, **options)

    def send(self, values: Sequence[Array], *, lasting: bool = False) -> list[Any]:
        """Leave the values here while it is recorded, as in `map`."""
        executor = HERE if RECORDERS.active() else self.inner
        return executor.send(values, lasting=lasting)

    def keep(
        self, function: Callable[..., Any], tasks: Sequence[tuple[Any, ...]], **options: Any
    ) -> tuple[list[Any], dict[str, int]]:
        """Compute and keep here while it is recorded, as in `map`."""
        executor = HERE if RECORDERS.active() else self.inner
        return executor.keep(function, tasks, **options)


def _observed(read: Read, compute: Callable[[], Any], otherwise: Callable[[], Any]) -> Any:
    """Take something out of an article, or record what `compute` gives; else leave it."""
    source, recorders = _source_of(read), RECORDERS.active()
    segment = None if source is None else source.segments[0]
    is_recorded = isinstance(segment, RecordedSegment)
    key = _key_of(read) if is_recorded or recorders else None
    if source is None or key is None:
        return otherwise()
    for recorder in recorders:
        recorder.check_room(key, read.nbytes)
    if isinstance(segment, RecordedSegment):
        values = segment.values(key)
    else:
        with RECORDERS.suspended():
            values = compute()
    if values is not None:
        for recorder in recorders:
            recorder.add(source, key, values)
    return values


def _unrecorded(read: Read) -> Read:
    """Return a read that is not recorded on the engine, where it is on its way here."""
    return replace(read, function=read_unrecorded, args=(read.function, *read.args))


def read_unrecorded(function: Callable[..., Any], *args: Any) -> Any:
    """Call a function of which nothing is recorded in this process."""
    with RECORDERS.suspended():
        return function(*args)


def _source_of(read: Read) -> FieldSource | None:
    """Return the field that is read; None where it is something else."""
    first = read.args[0] if read.args else None
    if isinstance(first, FieldSource):
        return first
    recipe = first._recipe if isinstance(first, (FieldBase, NamedExpression)) else None
    return None if recipe is None else recipe[0]


def _key_of(read: Read) -> PartKey | None:
    """Return which part of a field is read, or what of it; None where that has no name."""
    first = read.args[0]
    if isinstance(first, FieldSource):
        return _key(first, [read.args[1]], "") if len(read.args) == 2 else None
    if len(read.args) != 4:
        return None
    _, how, places, options = read.args
    described = _described(how, [first.dims[place] for place in places], options)
    source, keys = first._recipe
    return None if described is None else _key(source, keys, described)


def _key(source: FieldSource, keys: Sequence[tuple[Any, ...]], how: str) -> PartKey:
    factor = None if source.unit is None else float(source.unit.factor)
    region = regions.written(regions.positions_of(keys, source.shape))
    return PartKey(run_key(source), source.name, factor, region, how)


def _described(how: str, over: list[str], options: dict[str, Any]) -> str | None:
    """Return a reduction as text; None where its options are no plain values."""
    try:
        text = json.dumps(options, sort_keys=True)
    except TypeError:
        return None
    dims = ",".join(dim for dim in DIMS if dim in over)
    return f"{how}({dims})" if not options else f"{how}({dims}; {text})"


# One for each, so that `execution.current` gives the same as before.
_observing: Callable[[Any], ObservedExecutor] = functools.lru_cache(maxsize=8)(ObservedExecutor)


class _Observer:
    """Puts itself between the data layer and whoever reads for it."""

    def of(self, executor: Executor) -> Executor:
        """Return an executor that sees what is read, where anything may concern an article."""
        is_idle = not (storage.is_needed() or RECORDERS.is_any_open)
        return executor if is_idle else cast("Executor", _observing(executor))

    def computed(self, read: Read, compute: Callable[[], Any]) -> Any:
        """Return what is computed, and record it; or what an article holds."""
        found = _observed(read, compute, compute)
        return compute() if found is None else found

    @property
    def is_recording(self) -> bool:
        """Whether what this thread reads is recorded."""
        return bool(RECORDERS.active())

    def note(self, files: Any, source: Any = None, text: Text = None) -> None:
        """Let recorders keep what of a run is used."""
        for recorder in RECORDERS.noting():
            recorder.note_run(files, () if text is None else (text,))
            if source is not None:
                recorder.note_source(files, source)


def _reduced(segment: RecordedSegment) -> tuple[Any, ...]:
    own = segment.path, segment.group, segment.steps, segment.start, segment.interval
    return made_again, (*own, segment.article, segment.run_key)


def made_again(*parts: Any) -> RecordedSegment:
    """Make a segment from its parts, in any process: there its reads are answered from now on."""
    storage.expect()
    return RecordedSegment(*parts)


observation.observe_by(_Observer())
# Who makes one again has then loaded this module.
copyreg.pickle(RecordedSegment, _reduced)
