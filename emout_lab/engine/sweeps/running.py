"""Runs points of a sweep on a worker, several in one task, and writes down what comes of each."""

from __future__ import annotations

import contextlib
import pickle
import threading
import time
from collections import OrderedDict
from collections.abc import Iterable, Iterator
from typing import Any, Final, NamedTuple

import cloudpickle

from emout_lab.engine.error_reports import failure_of, message_of
from emout_lab.engine.interrupts import Interruptible
from emout_lab.engine.output.stream import OutputStream
from emout_lab.engine.process.memory import PeakMemory
from emout_lab.engine.process.thread_directory import thread_directory
from emout_lab.engine.process_state import PROCESS
from emout_lab.engine.serialization import unpack
from emout_lab.engine.sweeps import results as names
from emout_lab.engine.sweeps.folder import SweepFolder
from emout_lab.engine.sweeps.records import PointRecord, RecordWriter, shown_values
from emout_lab.errors import EngineError, RemoteError

#: Of what a point writes, so much is kept, the last of it.
OUTPUT_CHARACTERS: Final = 2000
#: A worker has so many sweeps loaded.
MOST_SWEEPS: Final = 4
#: So many ids of cancelled sweeps are kept.
MANY: Final = 1000


class BundleOutcome(NamedTuple):
    """What came of points that travelled together.

    Attributes
    ----------
    done, failed : tuple of int
        Points that are over, and those of them that failed.
    first_error : str
        What went wrong first.
    rest : tuple of int
        Points that were not begun.
    seconds : float
        How long it took.
    """

    done: tuple[int, ...]
    failed: tuple[int, ...]
    first_error: str
    rest: tuple[int, ...]
    seconds: float


class PointBundle:
    """Points of a sweep for one worker, in one Dask task.

    It begins no more of them when ``seconds`` have passed, or when the sweep is cancelled.
    """

    def __init__(self, sweep: str, name: str, numbers: Iterable[int], seconds: float) -> None:
        self.__qualname__ = f"sweep {name}" if name else "a sweep"
        self.sweep, self.numbers, self.seconds = sweep, tuple(numbers), seconds

    def __call__(self) -> BundleOutcome:
        """Run them in this thread (called by a worker)."""
        if PROCESS.bundles is None:
            raise EngineError("this worker has no engine: stop the session and start it again")
        with RUNS.taken(self.sweep) as run:
            return run.run(self.numbers, self.seconds)


class SweepRuns:
    """The sweeps that this process has loaded."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._loaded: OrderedDict[str, _SweepRun] = OrderedDict()
        self._cancelled: OrderedDict[str, None] = OrderedDict()

    @contextlib.contextmanager
    def taken(self, sweep: str) -> Iterator[_SweepRun]:
        """Give a sweep to run points of."""
        with self._lock:
            self._cancelled.pop(sweep, None)
            run = self._loaded.pop(sweep, None) or _SweepRun(sweep)
            self._loaded[sweep] = run
            run.users += 1
        try:
            yield run
        finally:
            with self._lock:
                run.users -= 1
                idle = [each for each in self._loaded.values() if not each.users]
                for each in idle[: max(0, len(self._loaded) - MOST_SWEEPS)]:
                    del self._loaded[each.id]
                    each.close()

    def cancel(self, sweep: str) -> None:
        """Interrupt what runs of a sweep, and let no more begin."""
        with self._lock:
            run = self._loaded.get(sweep)
        if run is not None:
            run.cancel()


RUNS: Final = SweepRuns()


def cancel_sweep(sweep: str) -> None:
    """Interrupt what runs of a sweep in this process (called on a worker)."""
    RUNS.cancel(sweep)


class _SweepRun:
    """One sweep, as a worker has loaded it."""

    def __init__(self, sweep: str) -> None:
        self.id = sweep
        self.users = 0
        self._folder = SweepFolder(sweep)
        self._info = self._folder.info()
        self._points = self._folder.points()
        self._packed = self._folder.experiment()
        self._lock = threading.Lock()
        self._writers: list[RecordWriter] = []
        self._now: set[Interruptible] = set()
        self._cancels = 0

    def run(self, numbers: tuple[int, ...], seconds: float) -> BundleOutcome:
        """Run points, at least the first, until the time is over."""
        began = time.monotonic()
        cancels = self._cancels
        done: list[int] = []
        failed: list[int] = []
        first_error = ""
        with self._writer() as writer, thread_directory(self._info.directory):
            for number in numbers:
                if cancels != self._cancels or (done and time.monotonic() - began > seconds):
                    break
                record = self._record(number, writer)
                if record is None:
                    break
                writer.add(record)
                done.append(number)
                if not record.is_ok:
                    failed.append(number)
                    first_error = first_error or str(record.told.get("error"))
            writer.sync()
        rest = numbers[len(done) :]
        took = time.monotonic() - began
        return BundleOutcome(tuple(done), tuple(failed), first_error, rest, took)

    def cancel(self) -> None:
        """Interrupt the points that run."""
        with self._lock:
            self._cancels += 1
            now = list(self._now)
        for work in now:
            work.interrupt()

    def close(self) -> None:
        """Close its files."""
        for each in self._writers:
            each.close()

    @contextlib.contextmanager
    def _writer(self) -> Iterator[RecordWriter]:
        with self._lock:
            writer = self._writers.pop() if self._writers else None
        if writer is None:
            writer = RecordWriter(self._folder.records, str(PROCESS.worker.name))
        try:
            yield writer
        finally:
            with self._lock:
                self._writers.append(writer)

    def _record(self, number: int, writer: RecordWriter) -> PointRecord | None:
        """Run a point and return what came of it; None where it was cancelled."""
        writer.add(PointRecord(number, is_begun=True))
        point = self._points[number]
        output, work, peak = OutputStream(), Interruptible(), PeakMemory()
        start, began = time.perf_counter(), time.time()
        with self._lock:
            self._now.add(work)
        try:
            with PROCESS.bundles.captured(output):
                found = work.run(lambda: self._found(point))
        except BaseException as error:  # noqa: BLE001  # whatever a point raises is its result
            if isinstance(error, KeyboardInterrupt) and self._cancels:
                return None
            found = _failed(point, error)
        finally:
            with self._lock:
                self._now.discard(work)
        told = {names.ENGINE: str(PROCESS.worker.name), names.PEAK_MEMORY: peak.found()}
        if text := _text_of(output):
            told[names.OUTPUT] = text
        return _record(number, point, found, told, began, time.perf_counter() - start)

    def _found(self, point: dict[str, Any]) -> Any:
        found = unpack(pickle.loads(self._packed)).set(dict(point)).run()
        names.flattened(found)
        return found


def _record(
    number: int, point: dict[str, Any], found: Any, told: dict[str, Any], began: float, took: float
) -> PointRecord:
    rows = names.flattened(found)
    for row in rows:
        row[names.METADATA] = {**row[names.METADATA], **told}
        _let_travel(row[names.METADATA])
    try:
        packed = _packed(found)
    except Exception as error:  # noqa: BLE001  # of classes of the user's
        found = _failed(point, _unsendable(error))
        rows = [found]
        found[names.METADATA].update(told)
        packed = _packed(found)
    bad = next((row for row in rows if not names.is_successful(row)), None)
    brief = {
        "ok": bad is None,
        "seconds": took,
        "began": began,
        "engine": told[names.ENGINE],
        "peak_memory": told[names.PEAK_MEMORY],
        "parameters": shown_values(point),
        "results": shown_values(names.means(rows)),
    }
    if len(rows) > 1:
        brief["runs"] = len(rows)
    if bad is not None:
        brief["error"] = message_of_failure(bad[names.METADATA])
    return PointRecord(number, False, brief, packed)


def message_of_failure(metadata: dict[str, Any]) -> str:
    """Return in one line what went wrong."""
    error = metadata.get(names.EXCEPTION)
    if isinstance(error, BaseException):
        kind = getattr(error, "kind", None) or type(error).__name__
        return f"{str(kind).rpartition(':')[2]}: {message_of(error, 400)}"
    return str(error)[:400]


def _failed(point: dict[str, Any], error: BaseException) -> names.ResultsDict:
    """Return the results dictionary of a point whose experiment could not even tell so."""
    failure = failure_of(None, error)
    kind = failure.kind.rpartition(":")[2]
    named = RemoteError(failure.message, kind=kind, remote_traceback=failure.traceback)
    return names.failure(point, named, failure.traceback)


def _unsendable(error: Exception) -> TypeError:
    return TypeError(
        f"the results cannot be pickled ({message_of(error, 200)}): give numbers, texts and arrays"
    )


def _let_travel(metadata: dict[str, Any]) -> None:
    """Put a text in place of an exception that does not come back as itself."""
    error = metadata.get(names.EXCEPTION)
    if isinstance(error, BaseException):
        try:
            same = pickle.loads(pickle.dumps(error))
        except Exception:  # noqa: BLE001  # its own code
            same = None
        if type(same) is not type(error):
            kind = type(error).__name__
            metadata[names.EXCEPTION] = RemoteError(message_of(error, 2000), kind=kind)


def _packed(found: Any) -> bytes:
    try:
        return pickle.dumps(found, protocol=5)
    except Exception:  # noqa: BLE001  # of a class that is not found by its name
        return bytes(cloudpickle.dumps(found, protocol=5))


def _text_of(output: OutputStream) -> str:
    output.cut()
    text = "".join(text for piece in output.pieces() for _, text in piece)
    return text[-OUTPUT_CHARACTERS:]
