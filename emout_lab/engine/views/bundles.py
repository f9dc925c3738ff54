"""Load-balanced tasks on an engine: several travel as one Dask task, each has its own outcome."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict, deque
from collections.abc import Callable, Iterable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any, NamedTuple, Protocol

from emout_lab.engine import cells
from emout_lab.engine.error_reports import failure_of
from emout_lab.engine.interrupts import Interruptible
from emout_lab.engine.output.stream import OutputStream
from emout_lab.engine.process.thread_directory import thread_directory
from emout_lab.engine.process_state import PROCESS
from emout_lab.engine.program_outcome import ProgramOutcome
from emout_lab.engine.protocol import Call, Display, Failure, Figure, Origin, Piece
from emout_lab.engine.send_errors import packed_value
from emout_lab.engine.serialization import NAMESPACE, Packed, unpack
from emout_lab.engine.views.displays import displaying
from emout_lab.errors import EngineError, UnmetDependency

#: So many ids are kept of tasks that were cancelled before they came.
MANY = 10_000


class TaskItem(NamedTuple):  # which pickles faster than a dataclass: there may be many
    """One call: its function and its arguments, packed; ``label`` as a person would write it."""

    id: str
    function: bytes | Packed
    arguments: bytes | Packed
    label: str
    origin: Origin | None = None


class TaskOutcome(NamedTuple):
    """What came of one call: a packed value, or a failure; when it began [s], how long it took.

    ``is_unmet`` tells that the engine does not have what the call needs.
    """

    id: str
    value: bytes | Packed | None
    failure: Failure | None
    is_unmet: bool
    started: float
    seconds: float
    printed: tuple[Piece, ...] = ()
    displays: tuple[Display, ...] = ()


@dataclass(frozen=True, slots=True)
class BundleReply:
    """What came of a bundle at an engine; ``rest`` are the ids of those that it did not begin."""

    address: str
    outcomes: tuple[TaskOutcome, ...]
    rest: tuple[str, ...] = ()


class TaskExecutor(Protocol):
    """What an engine's executor does for tasks in other threads."""

    @property
    def objects(self) -> Any:
        """The objects and names that it keeps."""

    @property
    def figures(self) -> Any:
        """Its figures."""

    def captured(self, output: OutputStream) -> AbstractContextManager[None]:
        """Collect what this thread writes."""


class TaskHost(Protocol):
    """The engine that tasks run on."""

    @property
    def address(self) -> str:
        """Address of the worker."""

    def warm_executor(self) -> TaskExecutor:
        """Return the executor of the engine, when that is ready."""


class Bundle:
    """Calls for any engine, in one Dask task.

    It begins no more of them when ``seconds`` have passed: others may have nothing to do.
    """

    def __init__(
        self,
        id: str,
        client: str,
        items: Sequence[TaskItem],
        seconds: float,
        directory: str | None,
    ) -> None:
        self.__qualname__ = items[0].label
        self.id, self.client, self.seconds = id, client, seconds
        self.items, self.directory = tuple(items), directory

    def __call__(self) -> BundleReply:
        """Run them on the engine of this process (called by a worker)."""
        if PROCESS.bundles is None:
            raise EngineError(
                "this worker has no engine: the session was started by another version of "
                "emout_lab. Stop it and start it again."
            )
        reply: BundleReply = PROCESS.bundles.run(self)
        return reply


class BundleRuns:
    """The bundles that run in the threads of a worker.

    Parameters
    ----------
    host : TaskHost
        Their engine.
    """

    def __init__(self, host: TaskHost) -> None:
        self._host = host
        self._lock = threading.Lock()
        self._runs: dict[str, _BundleRun] = {}
        self._cancelled: OrderedDict[str, None] = OrderedDict()

    def run(self, bundle: Bundle) -> BundleReply:
        """Run a bundle in this thread."""
        names = self._host.warm_executor().objects.names.of(bundle.client)
        run = _BundleRun(bundle, names, self.captured, self._is_cancelled)
        with self._lock:
            self._runs[bundle.id] = run
        try:
            run.run_items()
        finally:
            with self._lock:
                self._runs.pop(bundle.id, None)
        return BundleReply(self._host.address, *run.taken())

    def captured(self, output: OutputStream) -> AbstractContextManager[None]:
        """Collect what this thread writes."""
        return self._host.warm_executor().captured(output)

    def publish(self, figure: Figure, notebook: str | None) -> None:
        """Keep a picture of a task for who asks for it later, and announce it."""
        self._host.warm_executor().figures.publish(figure, notebook)

    def cancel(self, ids: Iterable[str]) -> None:
        """Interrupt calls; those yet to come will not begin."""
        with self._lock:
            for each in ids:
                self._cancelled[each] = None
            while len(self._cancelled) > MANY:
                self._cancelled.popitem(last=False)
            runs = list(self._runs.values())
        for run in runs:
            run.cancel(self._is_cancelled)

    def take_back(self, bundles: Iterable[str]) -> dict[str, BundleReply]:
        """Return what came so far of bundles that run, and let them begin no more."""
        with self._lock:
            runs = {each: self._runs[each] for each in bundles if each in self._runs}
        return {each: BundleReply(self._host.address, *run.taken()) for each, run in runs.items()}

    def _is_cancelled(self, id: str) -> bool:
        return id in self._cancelled


class _BundleRun:
    """One bundle as it runs."""

    def __init__(
        self,
        bundle: Bundle,
        names: dict[str, Any],
        captured: Callable[[OutputStream], AbstractContextManager[None]],
        is_cancelled: Callable[[str], bool],
    ) -> None:
        self._names, self._captured, self._is_cancelled = names, captured, is_cancelled
        self._directory = bundle.directory
        self._ends = time.monotonic() + bundle.seconds
        self._lock = threading.Lock()
        self._waiting = deque(bundle.items)
        self._outcomes: list[TaskOutcome] = []
        self._now: tuple[str, Interruptible] | None = None
        self._function: tuple[bytes | Packed, Any] | None = None

    def run_items(self) -> None:
        """Run its calls, at least the first, until its time is over."""
        with thread_directory(self._directory):
            is_first = True
            while is_first or time.monotonic() < self._ends:
                is_first = False
                work = Interruptible()
                with self._lock:
                    if not self._waiting:
                        return
                    item = self._waiting.popleft()
                    self._now = item.id, work
                    if self._is_cancelled(item.id):
                        work.interrupt()
                outcome = self._outcome(item, work)
                with self._lock:
                    self._now = None
                    self._outcomes.append(outcome)

    def taken(self) -> tuple[tuple[TaskOutcome, ...], tuple[str, ...]]:
        """Return outcomes that nobody has, and the calls that will not begin here any more."""
        with self._lock:
            outcomes, rest = tuple(self._outcomes), tuple(each.id for each in self._waiting)
            self._outcomes.clear()
            self._waiting.clear()
        return outcomes, rest

    def cancel(self, is_cancelled: Callable[[str], bool]) -> None:
        """Interrupt what runs if that was cancelled."""
        with self._lock:
            if self._now is not None and is_cancelled(self._now[0]):
                self._now[1].interrupt()

    def _outcome(self, item: TaskItem, work: Interruptible) -> TaskOutcome:
        output = OutputStream()
        shown = ProgramOutcome(output)
        value = failure = None
        is_unmet = False
        started, start = time.time(), time.perf_counter()
        try:
            with self._captured(output), displaying(shown.display, lambda: self._names):
                value = work.run(lambda: self._value(item))
        except BaseException as error:  # noqa: BLE001  # the edge: errors travel
            is_unmet = isinstance(error, UnmetDependency)
            call = Call(item.id, b"", item.label, item.origin, keep=False)
            failure = failure_of(call, error)
        seconds = time.perf_counter() - start
        told = output.pieces(), output.displays()
        return TaskOutcome(item.id, value, failure, is_unmet, started, seconds, *told)

    def _value(self, item: TaskItem) -> bytes | Packed:
        if self._function is None or self._function[0] != item.function:
            self._function = item.function, unpack(item.function, self._resolved)
        args, kwargs = unpack(item.arguments, self._resolved)
        return packed_value(self._function[1](*args, **kwargs))

    def _resolved(self, name: str) -> Any:
        expression = name[len(NAMESPACE) + 1 :]
        return cells.value_of(self._names, expression) if expression else self._names
