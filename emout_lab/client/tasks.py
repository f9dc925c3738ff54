"""Independent calls on all workers of a session, as futures; who wants to block waits for them."""

from __future__ import annotations

import asyncio
import contextlib
import time
import weakref
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_EXCEPTION, CancelledError, Future, InvalidStateError
from concurrent.futures import wait as wait_for_futures
from functools import partial
from typing import TYPE_CHECKING, Any

from distributed import Client, KilledWorker
from distributed import Future as DaskFuture

from emout_lab import sessions
from emout_lab.client.waiting import silence_of
from emout_lab.engine import user_objects
from emout_lab.engine.error_reports import run_task
from emout_lab.engine.process_state import PROCESS
from emout_lab.errors import (
    EmoutLabError,
    EngineLost,
    NoEngine,
    SessionDead,
    SessionError,
)
from emout_lab.sessions.client import quiet_dask

if TYPE_CHECKING:
    from distributed import Worker

#: How often it is looked at least how far tasks are [s].
POLL_S = 0.2
#: How often it is asked whether there are workers, and how long it is hoped for them [s].
WORKER_CHECK_S, RETURN_TIMEOUT_S = 2.0, 30.0
#: When silent engines are looked for, and after which time that is said again [s].
NOTICE_AFTER_S, QUIET_S = 1.0, 30.0
_ENDED = frozenset(("finished", "error", "cancelled", "lost"))


def submit(
    client: Client,
    function: Callable[..., Any],
    *args: Any,
    label: str = "a task",
    session: str | None = None,
) -> Future[Any]:
    """Call ``function(*args)`` on any worker and return the future of what it gives.

    See `map` for the parameters and what the future raises.
    """
    (future,) = map(client, function, [args], label=label, session=session).futures
    return future


def map(
    client: Client,
    function: Callable[..., Any],
    calls: Sequence[tuple[Any, ...]],
    *,
    label: str = "tasks",
    session: str | None = None,
    note: Callable[[str], None] | None = None,
    keeps: bool = False,
) -> Tasks:
    """Call ``function(*args)`` for each tuple of arguments, spread over all workers.

    Parameters
    ----------
    client : distributed.Client
        Client of the session.
    function : callable
        Long ones tell now and then how far they are (`emout_lab.engine.task_state`): that raises
        where nobody waits for them any more.
    calls : sequence of tuple
        Arguments of each call.
    label : str
        What is computed, for errors.
    session : str, optional
        Name of the session, for errors.
    note : callable, optional
        Told which engines do not answer while nothing goes on, in the event loop.
    keeps : bool
        Whether what is computed stays on the workers, and Dask's futures of it are given.

    Examples
    --------
    ::

        tasks = map(session.client, trace, [(orbit,) for orbit in orbits], label="orbits")
        tasks.on_progress(lambda done, total: ...)
        tasks.futures[0].cancel()
        tasks.results()
    """
    return Tasks(client, session, label, note, keeps).start(function, calls)


class Tasks:
    """Calls on their way; the futures of what they give are in the order of the calls.

    Parameters
    ----------
    client, session, label, note, keeps
        As for `map`.

    Attributes
    ----------
    futures : list of concurrent.futures.Future
        Cancelling one ends its task, also in its middle where it tells how far it is. They raise
        what the call raised, `EngineLost` when the workers died of it or none is left, `NoEngine`
        when the session's jobs wait in the queue, `SessionDead` when the session ended meanwhile.
    """

    def __init__(
        self,
        client: Client,
        session: str | None = None,
        label: str = "tasks",
        note: Callable[[str], None] | None = None,
        keeps: bool = False,
    ) -> None:
        self._client = client
        self._keeps = keeps
        self._session = session
        self._label = label
        self._note = note
        # Those that are not over; no more is kept of what somebody has got.
        self._open: dict[Future[Any], DaskFuture] = {}
        self._watchers: list[Callable[[int, int], None]] = []
        self._loop: asyncio.AbstractEventLoop = client.loop.asyncio_loop
        self._changed = asyncio.Event()
        self._workers_seen = self._went_on = time.monotonic()
        self.futures: list[Future[Any]] = []
        self.done = 0

    def start(self, function: Callable[..., Any], calls: Sequence[tuple[Any, ...]]) -> Tasks:
        """Send the tasks."""
        try:
            for call in _with_own_code(function, calls):
                self._take_on(self._client.submit(run_task, *call, pure=False))
        except BaseException:
            self.cancel()
            raise
        asyncio.run_coroutine_threadsafe(self._follow(), self._loop)
        return self

    @property
    def total(self) -> int:
        """How many tasks there are."""
        return len(self.futures)

    def on_progress(self, watcher: Callable[[int, int], None]) -> None:
        """Call ``watcher(done, total)`` in the event loop whenever some of them are computed."""
        self._watchers.append(watcher)

    def wait(self, timeout: float | None = None) -> bool:
        """Wait for all; True when they are over, or one has failed, False after ``timeout`` s."""
        if str(self._client.status) == "closed":
            self._end(CancelledError())  # nobody is left who could
        done, rest = wait_for_futures(self.futures, timeout, FIRST_EXCEPTION)
        return not rest or any(each.cancelled() or each.exception() for each in done)

    def results(self) -> list[Any]:
        """Wait for all and return what they give; the first failure is raised, the others end."""
        try:
            while not self.wait(POLL_S):
                continue
            over = [each for each in self.futures if each.done()]
            failed = [each for each in over if each.cancelled() or each.exception()]
            return [each.result() for each in failed or self.futures]
        except BaseException:
            self.cancel()
            raise

    def cancel(self) -> None:
        """End what goes on: what has not begun never will, and what runs will see it."""
        for future in list(self._open):
            future.cancel()

    def _take_on(self, task: DaskFuture) -> None:
        future: Future[Any] = Future()
        self._open[future] = task
        self.futures.append(future)
        own = weakref.ref(self)  # who keeps one future keeps no other
        future.add_done_callback(partial(_tell_over, own))
        task.add_done_callback(partial(_tell_over, own))

    def note_over(self, future: Any) -> None:
        """Forget a task; one whose future was cancelled ends. Called by any thread."""
        task = self._open.pop(future, None)
        if task is not None and future.cancelled():
            # Who waits for several futures at once is not told before.
            future.set_running_or_notify_cancel()
            with contextlib.suppress(RuntimeError):  # the client is closed, and so is its loop
                self._client.loop.add_callback(_cancel, self._client, task)
        with contextlib.suppress(RuntimeError):
            self._loop.call_soon_threadsafe(self._changed.set)

    async def _follow(self) -> None:
        """Take results as they come, until there is nobody to give them to."""
        looking: asyncio.Future[None] | None = None
        try:
            while self._open:
                with contextlib.suppress(asyncio.TimeoutError):
                    await asyncio.wait_for(self._changed.wait(), POLL_S)
                self._changed.clear()
                self._tell()
                await self._settle()
                if looking is None or looking.done():
                    looking = asyncio.ensure_future(self._note_silence())
                await self._check_workers()
        except Exception as error:  # noqa: BLE001  # who waits raises it
            self._end(error)
        finally:
            if looking is not None:
                looking.cancel()

    def _tell(self) -> None:
        going_on = sum(task.status not in _ENDED for task in list(self._open.values()))
        before, self.done = self.done, self.total - going_on
        if self.done > before:
            self._went_on = time.monotonic()
            for watcher in list(self._watchers):
                watcher(self.done, self.total)

    async def _settle(self) -> None:
        """Bring what has been computed, in one message, and what has failed."""
        ended = {f: t for f, t in list(self._open.items()) if t.status in _ENDED}
        finished = {f: t for f, t in ended.items() if t.status == "finished"}
        with contextlib.suppress(Exception):  # each tells by itself
            values = await self._gathered(list(finished.values())) if finished else []
            for future, value in zip(finished, values, strict=True):
                self._give(future, value)
        for future, task in ended.items():
            if not future.done():
                error = await self._failure(task)
                try:
                    values = [] if error is not None else await self._gathered([task])
                except Exception as lost:  # noqa: BLE001  # who waits raises it
                    error = lost.with_traceback(None)
                if error is None:
                    self._give(future, values[0])
                else:
                    error = await asyncio.to_thread(self.explained, error)
                    self._give(future, error=error)

    async def _failure(self, task: DaskFuture) -> BaseException | None:
        """Return what a task has raised, without raising it: its lines would keep the task."""
        if task.status == "finished":
            return None
        error: BaseException | None = None
        if task.status == "error":
            error = await task.exception()
            traceback = await task.traceback()
        if error is None:
            return CancelledError()
        return error.with_traceback(traceback)

    async def _gathered(self, tasks: list[DaskFuture]) -> list[Any]:
        if self._keeps:
            return tasks
        with quiet_dask():  # what was on a worker that died is computed again, without a word
            values: list[Any] = await self._client.gather(tasks, direct=True)
        return values

    async def _check_workers(self) -> None:
        """Give up when no worker has come for some time."""
        now = time.monotonic()
        if now - self._workers_seen < WORKER_CHECK_S:
            return
        if await self._client.nthreads():
            self._workers_seen = now
        elif now - self._workers_seen > RETURN_TIMEOUT_S:
            raise await asyncio.to_thread(self._without_workers)

    async def _note_silence(self) -> None:
        """Say which engines do not answer, where nothing goes on."""
        if self._note is None or time.monotonic() - self._went_on < NOTICE_AFTER_S:
            return
        for line in await silence_of(self._client):
            self._note(line)
        self._went_on = time.monotonic() + QUIET_S

    def _give(
        self, future: Future[Any], value: Any = None, error: BaseException | None = None
    ) -> None:
        """Fulfil a future or let it fail, unless it is over: it may be cancelled at any moment."""
        with contextlib.suppress(InvalidStateError):
            if error is None:
                future.set_result(value)
            else:
                future.set_exception(error)

    def _end(self, error: BaseException) -> None:
        """Let all fail that are not over."""
        explained, open_ones = self.explained(error), dict(self._open)
        for future in open_ones:
            self._give(future, error=explained)
        with contextlib.suppress(RuntimeError):
            self._client.loop.add_callback(self._client.cancel, list(open_ones.values()))

    def _without_workers(self) -> EmoutLabError:
        name, status = repr(self._session), self._status()
        if status is not None and status.state is sessions.SessionState.QUEUED:
            return NoEngine(
                f"{self._label} needs an engine, and session {name} has none: "
                f"{status.reason}. Try again when `emout-lab server status` shows it running."
            )
        return EngineLost(
            f"{self._label} was given up: the workers of session {name} are gone (killed, or "
            f"their jobs ended), and none came back within {RETURN_TIMEOUT_S:.0f} s. See "
            "`emout-lab server logs`, then stop the session and start it again."
        )

    def explained(self, error: BaseException) -> BaseException:
        """Return what stands behind Dask's error; the error itself where it is none of Dask."""
        found = self._loss(error)
        if found is None:
            return error
        found.__cause__ = error
        return found

    def _loss(self, error: BaseException) -> EmoutLabError | None:
        if not isinstance(error, Exception) or isinstance(error, EmoutLabError):
            return None
        if isinstance(error, KilledWorker):
            return EngineLost(
                f"{self._label} was given up: a part of it ended each worker that computed it, "
                "most likely for lack of memory. Compute fewer points at a time, or start a "
                "session with more memory (--memory). `emout-lab server logs` tells more."
            )
        if str(self._client.status) != "running":
            status = self._status()
            state = "over" if status is None else status.state.value
            reason = f": {status.reason}" if status is not None and status.reason else ""
            return SessionDead(
                f"{self._label} was not finished: session {self._session!r} is {state}{reason}. "
                "Start a new one with `emout-lab server start` or in the sidebar and run this "
                "again; without a session this process computes it."
            )
        if isinstance(error, CancelledError):
            return EngineLost(
                f"{self._label} was cancelled by somebody else, such as a client that restarted "
                "the workers. Run it again."
            )
        return None

    def _status(self) -> sessions.SessionStatus | None:
        try:
            return None if self._session is None else sessions.get(self._session)
        except SessionError:
            return None


def engines_own_client(worker: Worker) -> Client:
    """Return the connection to the session that the threads of an engine share.

    It is made when it is first needed, and closed with the engine.
    """
    with PROCESS.own_client_lock:
        if PROCESS.own_client is None or PROCESS.own_client.status != "running":
            PROCESS.own_client = Client(
                worker.scheduler.address,
                security=worker.security,
                set_as_default=False,
                name="emout-lab-engine",
            )
        found: Client = PROCESS.own_client
        return found


def _with_own_code(
    function: Callable[..., Any], calls: Sequence[tuple[Any, ...]]
) -> Iterator[tuple[Any, ...]]:
    """Yield what workers are to call: with the user's own code, where there is some."""
    with user_objects.by_value() as has_own:
        for args in calls:
            # Dask brings the values of futures that it sees.
            open_ = next(
                (n for n, arg in enumerate(args) if isinstance(arg, DaskFuture)), len(args)
            )
            task = user_objects.Task(function, args[:open_]) if has_own else None
            yield (function, *args) if task is None else (task, *args[open_:])


async def _cancel(client: Client, task: DaskFuture) -> None:
    with contextlib.suppress(Exception):  # the client is closed meanwhile, and its tasks with it
        await client.cancel([task])


def _tell_over(tasks: weakref.ref[Tasks], future: Any) -> None:
    """Tell the tasks, if they are still there, that one of their futures or Dask's is over."""
    if (found := tasks()) is not None:
        found.note_over(future)
