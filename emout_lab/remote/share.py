"""Sharing out: independent tasks over all workers of a session, with progress and cancel.

What stands behind the data layer's door. Animation frames and orbits come here; what is one step
at a time is a program on one engine instead.
"""

from __future__ import annotations

import contextlib
import sys
import threading
import time
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

from emout_lab.engine import progress
from emout_lab.engine.place import PLACE, is_task, is_worker

if TYPE_CHECKING:
    from distributed import Client

Task = tuple[Any, ...]
Report = Callable[[int, int, str], None]

#: How often a waiting thread looks whether it was interrupted [s].
POLL_S = 0.2
#: Shorter computations need no line of progress [s].
PATIENCE_S = 1.0


def share_out(function: Callable[..., Any], tasks: list[Task], *, label: str) -> list[Any] | None:
    """Call ``function(*task)`` for each task on the workers of the session in use.

    Returns
    -------
    list or None
        Results in the order of the tasks; None where this process should compute by itself: there
        is no session, this is such a task, or its engine is the only one.
    """
    with _client() as client:
        if client is None:
            return None
        try:
            return _run(client, function, tasks, label)
        except FileNotFoundError:
            if is_worker():
                raise
            # The workers do not see the files; this process may.
            return None


def report(done: int, total: int, label: str) -> None:
    """Tell whoever watches that ``done`` of ``total`` parts are done."""
    if is_task():
        return
    if is_worker():
        progress.report(done, total, label)
    else:
        LINE.show(done, total, label)


class ProgressLine:
    """A line on stderr that is written over as the work goes on."""

    def __init__(self) -> None:
        self._start = 0.0
        self._label = ""

    def show(self, done: int, total: int, label: str) -> None:
        """Show how far it is; nothing for what was done at once."""
        now = time.monotonic()
        if label != self._label:
            self._start, self._label = now, label
        is_over = done >= total
        if now - self._start >= PATIENCE_S:
            sys.stderr.write(f"\r{label}: {100 * done // max(total, 1)} %" + "\n" * is_over)
            sys.stderr.flush()
        if is_over:
            self._label = ""


LINE = ProgressLine()


@contextlib.contextmanager
def _client() -> Iterator[Client | None]:
    """Give the client of the session in use, or None where nothing is to be shared out."""
    if is_task():
        yield None
    elif is_worker():
        with _engines_own_client() as client:
            yield client
    else:
        from emout_lab.remote.transfer import session_in_use  # noqa: PLC0415 - loads sessions

        session = session_in_use()
        yield None if session is None else session.client


@contextlib.contextmanager
def _engines_own_client() -> Iterator[Client | None]:
    """Connect from an engine's thread; None where its worker is alone."""
    from distributed import Client  # noqa: PLC0415 - this module is loaded without Dask

    worker = PLACE.worker
    if worker is None:
        yield None
        return
    with Client(
        worker.scheduler.address,
        security=worker.security,
        set_as_default=False,
        name="emout-lab-engine",
    ) as client:
        yield client if len(client.nthreads()) > 1 else None


def _run(client: Client, function: Callable[..., Any], tasks: list[Task], label: str) -> list[Any]:
    futures = [client.submit(function, *task, pure=False) for task in tasks]
    try:
        _await(futures, label)
        results: list[Any] = client.gather(futures, direct=True)
    except BaseException:
        # Also an interrupt: what has not begun never will.
        client.cancel(futures)
        raise
    return results


def _await(futures: list[Any], label: str) -> None:
    changed = threading.Event()
    for future in futures:
        future.add_done_callback(lambda _: changed.set())
    done = 0
    while done < len(futures):
        changed.wait(POLL_S)
        changed.clear()
        done = sum(future.done() for future in futures)
        if any(future.status in ("error", "cancelled") for future in futures):
            return
        report(done, len(futures), label)
