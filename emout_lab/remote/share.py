"""Sharing out: independent tasks over all workers of a session, with progress and cancel.

Animation frames and orbits come here; what is one step at a time is a program on one engine.
"""

from __future__ import annotations

import contextlib
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import CancelledError
from typing import TYPE_CHECKING, Any

from emout_lab import sessions
from emout_lab.engine.error_reports import run_task
from emout_lab.errors import EmoutLabError, EngineLost, NoEngine, SessionDead, SessionError

if TYPE_CHECKING:
    from distributed import Client

Task = tuple[Any, ...]
Report = Callable[[int, int, str], None]

#: How often a waiting thread looks whether it was interrupted [s].
POLL_S = 0.2
#: How often it asks whether there are workers, and how long it hopes for them [s].
WORKER_CHECK_S, RETURN_TIMEOUT_S = 2.0, 30.0
#: When silent engines are looked for, and after which time that is said again [s].
NOTICE_AFTER_S, QUIET_S = 1.0, 30.0
#: Shorter computations need no line of progress, and nobody works who is silent for so long [s].
PATIENCE_S, SILENCE_S = 1.0, 5.0


def share_out(
    client: Client,
    function: Callable[..., Any],
    tasks: Sequence[Task],
    *,
    label: str,
    report: Report,
    session: str | None = None,
) -> list[Any]:
    """Call ``function(*task)`` for each task on the workers of a session.

    Parameters
    ----------
    client : distributed.Client
        The session's.
    function : callable
        What is called; long ones tell of their progress now and then, which raises where nobody
        waits for them any more.
    tasks : sequence of tuple
        Arguments of each call.
    label : str
        What is computed, for whoever watches the progress, and for errors.
    report : callable
        Is told how many tasks are done, of how many, and the label.
    session : str, optional
        Name of the session, for errors; None where an engine shares its work with the others.

    Returns
    -------
    list
        Results in the order of the tasks.

    Raises
    ------
    SessionDead
        When the session ended meanwhile.
    EngineLost
        When the workers died of a task, or none is left.
    NoEngine
        When the session's jobs wait in the queue.
    """
    return _Work(client, session, label, report).results(function, tasks)


class NotWanted(EmoutLabError):
    """Nobody waits for what a task computes: it was cancelled, or who asked for it is gone."""


def check_wanted(label: str) -> None:
    """Raise `NotWanted` in a task that was cancelled."""
    from distributed import get_worker  # noqa: PLC0415 - this module is loaded without Dask

    worker = get_worker()
    # The one place where Dask tells a running task that it was cancelled.
    state = worker.state.tasks.get(worker.get_current_task())
    if state is None or state.state == "cancelled":
        raise NotWanted(f"{label}: nobody waits for it any more")


class ProgressLine:
    """A line on stderr that is written over as the work goes on."""

    def __init__(self) -> None:
        self._start = self._last = 0.0
        self._label = ""
        self._shown = ""

    def show(self, done: int, total: int, label: str) -> None:
        """Show how far it is; nothing for what was done at once."""
        now = time.monotonic()
        if label != self._label or now - self._last > SILENCE_S:
            self.end()
            self._start, self._label = now, label
        self._last = now
        line = f"\r{label}: {100 * done // max(total, 1)} %"
        if now - self._start >= PATIENCE_S and line != self._shown:
            sys.stderr.write(line)
            sys.stderr.flush()
            self._shown = line
        if done >= total:
            self.end()

    def end(self) -> None:
        """Leave the line as it is: what comes next is other work."""
        if self._shown:
            sys.stderr.write("\n")
        self._shown = self._label = ""


LINE = ProgressLine()


def _calls(function: Callable[..., Any], tasks: Sequence[Task]) -> Iterator[Task]:
    """Yield what workers are to call: with the user's own code, where there is some."""
    from emout_lab.engine import user_objects  # noqa: PLC0415 - loads cloudpickle

    with user_objects.by_value() as has_own:
        for task in tasks:
            yield (user_objects.Task(function, task),) if has_own else (function, *task)


class _Work:
    """Tasks on their way."""

    def __init__(self, client: Client, session: str | None, label: str, report: Report) -> None:
        self._client = client
        self._session = session
        self._label = label
        self._report = report
        self._workers_seen = self._went_on = time.monotonic()
        self._look: Any = None

    def results(self, function: Callable[..., Any], tasks: Sequence[Task]) -> list[Any]:
        """Run the tasks and return what they give."""
        from emout_lab.sessions.client import quiet_dask  # noqa: PLC0415 - loads Dask

        futures: list[Any] = []
        try:
            for call in _calls(function, tasks):
                futures.append(self._client.submit(run_task, *call, pure=False))
            self._await(futures)
            with quiet_dask():  # what was on a worker that died is computed again, without a word
                results: list[Any] = self._client.gather(futures, direct=True)
        except BaseException as error:
            # Also an interrupt: what has not begun never will, and what runs will see it.
            with contextlib.suppress(Exception):
                self._client.cancel(futures)
            LINE.end()
            if isinstance(error, KeyboardInterrupt) and self._session is not None:
                from emout_lab.remote.waiting import interrupted  # noqa: PLC0415 - loads Dask

                raise interrupted(f"{self._label} was interrupted") from None
            loss = self._loss(error)
            if loss is None:
                raise
            raise loss from error
        return results

    def _await(self, futures: list[Any]) -> None:
        changed = threading.Event()
        for future in futures:
            future.add_done_callback(lambda _: changed.set())
        done = 0
        while done < len(futures):
            changed.wait(POLL_S)
            changed.clear()
            before, done = done, sum(future.done() for future in futures)
            if done > before:
                self._went_on = time.monotonic()
            if any(future.status in ("error", "cancelled", "lost") for future in futures):
                return
            self._check_workers()
            self._note_silence()
            self._report(done, len(futures), self._label)

    def _check_workers(self) -> None:
        """Give up when no worker has come for some time."""
        now = time.monotonic()
        if now - self._workers_seen < WORKER_CHECK_S:
            return
        if self._client.nthreads():
            self._workers_seen = now
        elif now - self._workers_seen > RETURN_TIMEOUT_S:
            name, status = repr(self._session), self._status()
            if status is not None and status.state is sessions.SessionState.QUEUED:
                raise NoEngine(
                    f"{self._label} needs an engine, and session {name} has none: "
                    f"{status.reason}. Try again when `emout-lab server status` shows it running."
                )
            raise EngineLost(
                f"{self._label} was given up: the workers of session {name} are gone (killed, or "
                f"their jobs ended), and none came back within {RETURN_TIMEOUT_S:.0f} s. See "
                "`emout-lab server logs`, then stop the session and start it again."
            )

    def _note_silence(self) -> None:
        """Say which engines do not answer, where nothing goes on."""
        if self._session is None or time.monotonic() - self._went_on < NOTICE_AFTER_S:
            return
        from emout_lab.remote.waiting import silence_of  # noqa: PLC0415 - loads Dask

        if self._look is None:
            self._look = silence_of(self._client)
        elif self._look.done():
            for line in self._look.result():
                LINE.end()
                sys.stderr.write(f"{self._label}: {line}\n")
            self._look, self._went_on = None, time.monotonic() + QUIET_S

    def _loss(self, error: BaseException) -> EmoutLabError | None:
        """Return what stands behind Dask's error, or None where it is no error of Dask."""
        from distributed import KilledWorker  # noqa: PLC0415 - loaded without Dask

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
