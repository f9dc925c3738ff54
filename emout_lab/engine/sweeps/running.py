"""Runs the points of sweeps on a worker, in its own threads, and writes down what came of them."""

from __future__ import annotations

import contextlib
import pickle
import sys
import threading
import time
from collections import OrderedDict, deque
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final, NamedTuple

from emout_lab.engine.interrupts import Interruptible
from emout_lab.engine.output.stream import OutputStream
from emout_lab.engine.process.forks import exit_in_children
from emout_lab.engine.process.memory import PeakMemory
from emout_lab.engine.process.thread_directory import thread_directory
from emout_lab.engine.process_state import PROCESS
from emout_lab.engine.serialization import unpack
from emout_lab.engine.sweeps import results as names
from emout_lab.engine.sweeps.folder import SweepFolder
from emout_lab.engine.sweeps.point_results import PointRun, failed_point, text_of
from emout_lab.engine.sweeps.records import PointRecord, RecordWriter
from emout_lab.errors import EngineError

#: A worker has so many sweeps loaded.
MOST_SWEEPS: Final = 4
#: So many bundles are remembered that were taken back.
MANY: Final = 10_000


class BundleOutcome(NamedTuple):
    """What came of points that travelled together; those that are not named were not begun.

    Attributes
    ----------
    done, failed, cancelled : tuple of int
        Points that are over, those of them that failed, and those that were given up.
    first_error : str
        What went wrong first.
    seconds : float
        How long it took.
    """

    done: tuple[int, ...] = ()
    failed: tuple[int, ...] = ()
    cancelled: tuple[int, ...] = ()
    first_error: str = ""
    seconds: float = 0.0


class PointBundle:
    """Points of a sweep for one worker, in one Dask task.

    It begins no more of them when ``seconds`` have passed, or when they are given up.

    Parameters
    ----------
    sweep, name : str
        Id and name of the sweep.
    key : str
        Of the bundle, for `take_back`.
    numbers : iterable of int
        The points.
    seconds : float [s]
        How long it may take.
    rounds : mapping
        How often points have been asked for again, where they have.
    """

    def __init__(
        self,
        sweep: str,
        name: str,
        key: str,
        numbers: Iterable[int],
        seconds: float,
        rounds: Mapping[int, int],
    ) -> None:
        self.__qualname__ = f"sweep {name}" if name else "a sweep"
        self.sweep, self.key, self.seconds = sweep, key, seconds
        self.numbers, self.rounds = tuple(numbers), dict(rounds)

    def __call__(self) -> BundleOutcome:
        """Run them in this thread (called by a worker)."""
        if PROCESS.bundles is None:
            raise EngineError("this worker has no engine: stop the session and start it again")
        return RUNS.run(self)


class SweepRuns:
    """The sweeps that this process has loaded, and the bundles that run."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._loaded: OrderedDict[str, _SweepRun] = OrderedDict()
        self._waiting: dict[str, deque[int]] = {}
        # Bundles that are over (False), or are not to begin (True).
        self._taken_back: OrderedDict[str, bool] = OrderedDict()

    def run(self, bundle: PointBundle) -> BundleOutcome:
        """Run a bundle in this thread."""
        with self._lock:
            if self._taken_back.get(bundle.key):
                return BundleOutcome()
            waiting = self._waiting[bundle.key] = deque(bundle.numbers)
        try:
            with self._taken(bundle.sweep) as run:
                return run.run(waiting, bundle.rounds, bundle.seconds)
        finally:
            with self._lock:
                del self._waiting[bundle.key]
                self._note(bundle.key, is_taken_back=False)

    def take_back(self, keys: Iterable[str]) -> dict[str, list[int] | None]:
        """Return the points of bundles that will not be begun here any more; None means all."""
        found: dict[str, list[int] | None] = {}
        with self._lock:
            for key in keys:
                if (waiting := self._waiting.get(key)) is not None:
                    found[key] = list(_emptied(waiting))
                elif self._taken_back.get(key) is False:
                    found[key] = []
                else:
                    found[key] = None
                    self._note(key, is_taken_back=True)
        return found

    def _note(self, key: str, *, is_taken_back: bool) -> None:
        self._taken_back[key] = is_taken_back
        while len(self._taken_back) > MANY:
            self._taken_back.popitem(last=False)

    def cancel(self, sweep: str, points: Iterable[int] | None) -> None:
        """Interrupt what runs of a sweep, or some of its points."""
        with self._lock:
            run = self._loaded.get(sweep)
        if run is not None:
            run.cancel(points)

    @contextlib.contextmanager
    def _taken(self, sweep: str) -> Iterator[_SweepRun]:
        """Give a sweep to run points of."""
        with self._lock:
            run = self._loaded.get(sweep)
            if run is None:
                run = self._loaded[sweep] = _SweepRun(sweep)
            self._loaded.move_to_end(sweep)
            run.users += 1
        try:
            run.load()
            yield run
        finally:
            with self._lock:
                run.users -= 1
                idle = [each for each in self._loaded.values() if not each.users]
                for each in idle[: max(0, len(self._loaded) - MOST_SWEEPS)]:
                    del self._loaded[each.id]
                    each.close()


RUNS: Final = SweepRuns()


def cancel_points(
    sweep: str, keys: Iterable[str], points: Iterable[int] | None = None
) -> dict[str, list[int] | None]:
    """Begin no more points of bundles, and interrupt those that run (called on a worker).

    Returns
    -------
    dict
        As `SweepRuns.take_back`.
    """
    found = RUNS.take_back(keys)
    RUNS.cancel(sweep, points)
    return found


def take_back(keys: Iterable[str]) -> dict[str, list[int] | None]:
    """Begin no more points of bundles (called on a worker); see `SweepRuns.take_back`."""
    return RUNS.take_back(keys)


class _SweepRun:
    """One sweep, as a worker has loaded it."""

    def __init__(self, sweep: str) -> None:
        self.id = sweep
        self.users = 0
        self._folder = SweepFolder(sweep)
        self._lock = threading.Lock()
        self._is_loaded = False
        self._writers: list[RecordWriter] = []
        self._now: dict[int, Interruptible] = {}
        self._cancelled: set[Interruptible] = set()

    def load(self) -> None:
        """Read what is to be done, once."""
        with self._lock:
            if not self._is_loaded:
                self._info = self._folder.info()
                self._points = self._folder.points()
                self._packed = self._folder.experiment()
                self._is_loaded = True

    def run(self, waiting: deque[int], rounds: Mapping[int, int], seconds: float) -> BundleOutcome:
        """Run points, at least the first, until the time is over."""
        began = time.monotonic()
        done: list[int] = []
        failed: list[int] = []
        cancelled: list[int] = []
        first_error = ""
        with self._writer() as writer:
            while not done or time.monotonic() - began <= seconds:
                # At once with its name, so that it is interrupted or was never begun.
                with self._lock:
                    try:
                        number = waiting.popleft()  # others may empty it
                    except IndexError:
                        break
                    work = self._now[number] = Interruptible()
                record = self._record(number, rounds.get(number, 0), work, writer)
                if record is None:
                    cancelled.append(number)
                    continue
                writer.add(record)
                done.append(number)
                if not record.is_ok:
                    failed.append(number)
                    first_error = first_error or str(record.told.get("error"))
            writer.sync()
        took = time.monotonic() - began
        return BundleOutcome(tuple(done), tuple(failed), tuple(cancelled), first_error, took)

    def cancel(self, points: Iterable[int] | None) -> None:
        """Interrupt points that run, by default all."""
        with self._lock:
            now = [self._now.get(each) for each in self._now if points is None or each in points]
            for work in now:
                if work is not None:
                    self._cancelled.add(work)
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
        except BaseException:
            # Whatever is at its end: the next begins a file of its own.
            writer.close()
            raise
        with self._lock:
            self._writers.append(writer)

    def _record(
        self, number: int, round: int, work: Interruptible, writer: RecordWriter
    ) -> PointRecord | None:
        """Run a point and return what came of it; None where it was cancelled."""
        point = self._points[number]
        output, peak = OutputStream(), PeakMemory()
        start, began = time.perf_counter(), time.time()
        is_cancelled = False
        try:
            writer.add(PointRecord(number, is_begun=True, round=round))
        except OSError:
            self._forget(number, work)
            raise
        try:
            # Where a point goes to, the next does not begin. A child that was forked is not to go
            # on with the next point.
            with (
                thread_directory(self._info.directory),
                _same_limits(),
                PROCESS.bundles.captured(output),
                exit_in_children(),
            ):
                found = work.run(lambda: self._found(point))
        except BaseException as error:  # noqa: BLE001  # whatever a point raises is its result
            is_cancelled = self._is_cancelled(work)
            found = None if is_cancelled else failed_point(point, error)
        finally:
            self._forget(number, work)
        if is_cancelled:
            return None
        took = time.perf_counter() - start
        told = {names.ENGINE: str(PROCESS.worker.name), names.PEAK_MEMORY: peak.found()}
        if text := text_of(output):
            told[names.OUTPUT] = text
        return PointRun(number, round, point, told, began, took).record(found)

    def _forget(self, number: int, work: Interruptible) -> None:
        with self._lock:
            self._now.pop(number, None)
            self._cancelled.discard(work)

    def _is_cancelled(self, work: Interruptible) -> bool:
        with self._lock:
            return work in self._cancelled

    def _found(self, point: dict[str, Any]) -> Any:
        experiment = unpack(pickle.loads(self._packed))
        # epyc's own set() gives the experiment back, as its documentation has it.
        experiment.set(dict(point))
        return experiment.run()


@contextlib.contextmanager
def _same_limits() -> Iterator[None]:
    """Let a point that lowers how deep calls may go not end what this process does otherwise."""
    before = sys.getrecursionlimit()
    try:
        yield
    finally:
        if sys.getrecursionlimit() < before:
            sys.setrecursionlimit(before)


def _emptied(waiting: deque[int]) -> Iterator[int]:
    with contextlib.suppress(IndexError):
        while True:
            yield waiting.popleft()
