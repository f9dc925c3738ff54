"""Sharing out: independent tasks over all workers of a session, for who waits for all of them.

Animation frames and orbits come here; what is one step at a time is a program on one engine.
"""

from __future__ import annotations

import contextlib
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from queue import Empty, SimpleQueue
from typing import Any

from emout_lab.client.progress_line import LINE
from emout_lab.format import format_bytes

Task = tuple[Any, ...]
Report = Callable[[int, int, str, str], None]

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
    nbytes: int = 0,
    keeps: bool = False,
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
        Is told how many tasks are done, of how many, the label, and how fast it goes.
    session : str, optional
        Name of the session, for errors; None where an engine shares its work with the others.
    nbytes : int
        Bytes that all tasks read together; 0 where that is not known.
    keeps : bool
        Whether the results stay on the workers.

    Returns
    -------
    list
        Results in the order of the tasks, or Dask's futures of those that stay.

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
    pace = Pace(nbytes)
    with _interrupts(label, is_here=session is not None):
        try:
            work = tasks.map(
                client, function, calls, label=label, session=session, note=note, keeps=keeps
            )
            try:
                while not work.wait(POLL_S):
                    _show(notes, label)
                    report(work.done, work.total, label, pace.text(work.done, work.total))
                results = work.results()
                report(work.total, work.total, label, pace.text(work.total, work.total))
            finally:
                # After an interrupt what has not begun never will, and what runs will see it.
                work.cancel()
        except BaseException:
            LINE.end()
            raise
    return results


def keep_out(
    client: Any,
    function: Callable[..., Any],
    calls: Sequence[Task],
    *,
    label: str,
    report: Report,
    nbytes: int,
    kept_bytes: int,
    session: str | None = None,
) -> tuple[list[Any], dict[str, int]]:
    """Do what `share_out` does, and leave the results on the workers, if they have the memory.

    Returns
    -------
    futures : list of distributed.Future
    places : dict of str to int
        Bytes in each worker, by its name.

    Raises
    ------
    TooLarge
        When the workers have not so much memory.
    """
    from emout_lab.client import kept  # noqa: PLC0415 - as above

    kept.require_memory(client, kept_bytes, label)
    futures = share_out(
        client,
        function,
        calls,
        label=label,
        report=report,
        session=session,
        nbytes=nbytes,
        keeps=True,
    )
    return futures, kept.bytes_by_worker(client, futures)


def one_by_one(
    function: Callable[..., Any], calls: Sequence[Task], label: str, report: Report, nbytes: int = 0
) -> list[Any]:
    """Call ``function(*args)`` for each tuple of arguments in this process."""
    pace, results = Pace(nbytes), []
    for number, call in enumerate(calls):
        if nbytes and number:
            report(number, len(calls), label, pace.text(number, len(calls)))
        results.append(function(*call))
    if nbytes:
        report(len(calls), len(calls), label, pace.text(len(calls), len(calls)))
    return results


class Pace:
    """How fast tasks go that read a known number of bytes.

    Examples
    --------
    >>> Pace(0).text(3, 4)
    ''
    """

    def __init__(self, nbytes: int) -> None:
        self._nbytes = nbytes
        self._start = time.monotonic()

    def text(self, done: int, total: int) -> str:
        """Return how many blocks are done and how many bytes a second; nothing if not known."""
        if not self._nbytes:
            return ""
        seconds = max(time.monotonic() - self._start, 1e-3)
        rate = self._nbytes * done / max(total, 1) / seconds
        return f"{done} of {total} blocks, {format_bytes(int(rate))}/s"


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
