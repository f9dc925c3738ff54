"""Sharing out: independent tasks over all workers of a session, for who waits for all of them.

What stands behind the data layer's door. Animation frames and orbits come here; what is one step
at a time is a program on one engine instead.
"""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Callable, Iterator
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING, Any

from emout_lab.client.progress_line import LINE
from emout_lab.engine import progress
from emout_lab.engine.process_role import PLACE, is_task, is_worker

if TYPE_CHECKING:
    from emout_lab.sessions.client import SessionClient

Task = tuple[Any, ...]
Report = Callable[[int, int, str], None]

#: How often a waiting thread looks whether it was interrupted [s].
POLL_S = 0.2


def share_out(
    function: Callable[..., Any], tasks: list[Task], *, label: str, uses_threads: bool = False
) -> list[Any] | None:
    """Call ``function(*task)`` for each task on the workers of the session in use.

    Parameters
    ----------
    function : callable
        Long ones call `report` now and then: it raises where nobody waits for them any more.
    tasks : list of tuple
        Arguments of each call.
    label : str
        What is computed, for whoever watches the progress, and for errors.
    uses_threads : bool
        Whether tasks of one process can really run at once: they release the GIL.

    Returns
    -------
    list or None
        Results in the order of the tasks; None where this process should compute by itself: there
        is no session, this is such a task, or its engine would do no more at once.

    Raises
    ------
    SessionDead
        When the session ended meanwhile.
    EngineLost
        When the workers died of a task, or none is left.
    NoEngine
        When the session's jobs wait in the queue.
    """
    with _client(len(tasks) > 1, uses_threads) as (client, session):
        if client is None:
            return None
        try:
            return _results(client, session, function, tasks, label)
        except FileNotFoundError:
            if is_worker():
                raise
            # The workers do not see the files; this process may.
            return None


def report(done: int, total: int, label: str) -> None:
    """Tell whoever watches that ``done`` of ``total`` parts are done.

    Raises
    ------
    NotWanted
        In a task that was cancelled.
    """
    if is_task():
        from emout_lab.engine import task_state  # noqa: PLC0415 - this module is loaded without Dask

        task_state.require_wanted(label)
    elif is_worker():
        progress.report(done, total, label)
    else:
        LINE.show(done, total, label)


@contextlib.contextmanager
def _client(
    are_several: bool, uses_threads: bool
) -> Iterator[tuple[SessionClient | None, str | None]]:
    """Give the client of the session in use and its name; no client where nothing is shared out."""
    if is_task():
        yield None, None
    elif not is_worker():
        from emout_lab.remote.transfer import session_in_use  # noqa: PLC0415 - loads sessions

        session = session_in_use()
        yield (None, None) if session is None else (session.client, session.name)
    elif are_several and PLACE.worker is not None:
        from emout_lab.client.tasks import engines_own_client  # noqa: PLC0415 - loads Dask

        with engines_own_client(PLACE.worker) as client:
            threads = client.nthreads()
            at_once = sum(threads.values()) if uses_threads else len(threads)
            yield (client if at_once > 1 else None), None
    else:
        yield None, None


def _results(
    client: SessionClient,
    session: str | None,
    function: Callable[..., Any],
    calls: list[Task],
    label: str,
) -> list[Any]:
    """Run the tasks, tell how far they are, and return what they give."""
    from emout_lab.client import tasks  # noqa: PLC0415 - this module is loaded without Dask

    notes: SimpleQueue[str] = SimpleQueue()
    note = None if is_worker() else notes.put
    with _interrupts(label):
        try:
            work = tasks.map(client, function, calls, label=label, session=session, note=note)
            try:
                while not work.wait(POLL_S):
                    _show(notes, label)
                    report(work.done, work.total, label)
                results = work.results()
                report(work.total, work.total, label)
            finally:
                # After an interrupt what has not begun never will, and what runs will see it.
                work.cancel()
        except BaseException:
            LINE.end()
            raise
    return results


@contextlib.contextmanager
def _interrupts(label: str) -> Iterator[None]:
    try:
        yield
    except KeyboardInterrupt:
        if is_worker():
            raise
        from emout_lab.remote.waiting import interrupted  # noqa: PLC0415 - loads Dask

        raise interrupted(f"{label} was interrupted") from None


def _show(notes: SimpleQueue[str], label: str) -> None:
    """Show what keeps the tasks waiting."""
    with contextlib.suppress(Empty):
        while True:
            line = notes.get_nowait()
            LINE.end()
            sys.stderr.write(f"{label}: {line}\n")
