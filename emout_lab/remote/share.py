"""Sharing out: independent tasks over all workers of a session, for who waits for all of them.

Animation frames and orbits come here; what is one step at a time is a program on one engine.
"""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Callable, Iterator, Sequence
from queue import Empty, SimpleQueue
from typing import Any

from emout_lab.client.progress_line import LINE

Task = tuple[Any, ...]
Report = Callable[[int, int, str], None]

#: How often a waiting thread looks whether it was interrupted [s].
POLL_S = 0.2


def share_out(
    client: Any,
    function: Callable[..., Any],
    calls: Sequence[Task],
    *,
    label: str,
    report: Report,
    session: str | None = None,
) -> list[Any]:
    """Call ``function(*args)`` for each tuple of arguments on the workers of a session.

    Parameters
    ----------
    client : distributed.Client
        The session's.
    function : callable
        What is called; long ones tell of their progress now and then, which raises where nobody
        waits for them any more.
    calls : sequence of tuple
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
    from emout_lab.client import tasks  # noqa: PLC0415 - this module is loaded without Dask

    notes: SimpleQueue[str] = SimpleQueue()
    note = None if session is None else notes.put
    with _interrupts(label, is_here=session is not None):
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
def _interrupts(label: str, *, is_here: bool) -> Iterator[None]:
    """Name the user's line when Ctrl-C ends it in a notebook; an engine does so by itself."""
    try:
        yield
    except KeyboardInterrupt:
        if not is_here:
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
