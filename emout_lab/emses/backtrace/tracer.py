"""Orbits of many particles: the kernel on several threads, with progress and a way to stop.

Each particle is traced by itself, so no result depends on how many threads or tasks there are.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from emout_lab.config import cores
from emout_lab.emses.backtrace.kernel import trace

if TYPE_CHECKING:
    from emout_lab.emses.backtrace.domain import Domain

Array = np.ndarray[Any, Any]
Progress = Callable[[int, int], None]

#: Particles of one piece of work: enough to forget its overhead, few enough to share out evenly.
PIECE = 512
#: How often a waiting thread tells its progress and looks whether it was interrupted [s].
POLL_S = 0.1


@dataclass(frozen=True)
class Steps:
    """How far and how finely orbits are traced.

    Parameters
    ----------
    dt : float
        Time step; negative traces forward in time.
    most : int
        Most steps of one orbit.
    every : int
        Steps from one recorded point to the next.
    is_adaptive : bool
        Choose the step by field and speed.
    """

    dt: float
    most: int
    every: int = 1
    is_adaptive: bool = False


@dataclass(frozen=True)
class Ends:
    """Where orbits ended.

    Parameters
    ----------
    phases : ndarray, shape (n, 6)
        Position and velocity.
    status : ndarray of int, shape (n,)
        How each ended: `OPEN`, `ABSORBED`, … of `emout_lab.emses.backtrace.kernel`.
    steps : ndarray of int, shape (n,)
        Steps that each took.
    times : ndarray, shape (n,)
        Time from the start, counted backward.
    surfaces : ndarray of int, shape (n,)
        Surface of a body that each ended on, as a row of `Bodies.rows`; -1 for none.
    """

    phases: Array
    status: Array
    steps: Array
    times: Array
    surfaces: Array


def trace_ends(
    phases: Array,
    steps: Steps,
    domain: Domain,
    threads: int | None = None,
    progress: Progress | None = None,
) -> Ends:
    """Trace orbits to their ends.

    Parameters
    ----------
    phases : ndarray, shape (n, 6)
        Position and velocity at the start.
    steps : Steps
        How far and how finely.
    domain : Domain
        Fields, box and bodies.
    threads : int, optional
        All cores of this process by default.
    progress : callable, optional
        Told now and then how many of how many orbits are done. What it raises ends the work.
    """
    ends, _, _ = _run(phases, steps, domain, np.empty((len(phases), 0, 7)), threads, progress)
    return ends


def trace_paths(
    phases: Array,
    steps: Steps,
    domain: Domain,
    threads: int | None = None,
    progress: Progress | None = None,
) -> tuple[Ends, Array, Array]:
    """Trace orbits and record them.

    Orbits are traced twice: once for their lengths, so that the arrays are no larger than needed.

    Returns
    -------
    ends : Ends
        Where they ended.
    path : ndarray, shape (n, most points, 7)
        Time, position and velocity; zeros after an orbit's last point.
    counts : ndarray of int, shape (n,)
        Number of points of each orbit.
    """
    total = 2 * len(phases)

    def first(done: int, _: int) -> None:
        if progress is not None:
            progress(done, total)

    def second(done: int, _: int) -> None:
        if progress is not None:
            progress(len(phases) + done, total)

    longest = int(trace_ends(phases, steps, domain, threads, first).steps.max(initial=0))
    room = longest // steps.every + 2
    return _run(phases, steps, domain, np.zeros((len(phases), room, 7)), threads, second)


def _run(
    phases: Array,
    steps: Steps,
    domain: Domain,
    path: Array,
    threads: int | None,
    progress: Progress | None,
) -> tuple[Ends, Array, Array]:
    phases = np.array(phases, dtype=np.float64, order="C")
    total = len(phases)
    status, taken, surfaces, counts = (np.zeros(total, np.int64) for _ in range(4))
    times = np.zeros(total)
    stop = np.zeros(1, np.uint8)

    def work(start: int) -> int:
        part = slice(start, min(start + PIECE, total))
        trace(
            phases[part], float(steps.dt), int(steps.most), int(steps.every),
            bool(steps.is_adaptive), *domain.arguments(),
            status[part], taken[part], times[part], surfaces[part], path[part], counts[part], stop,
        )  # fmt: skip
        return part.stop - part.start

    threads = threads or cores()
    with ThreadPoolExecutor(threads, thread_name_prefix="backtrace") as pool:
        try:
            pending = {pool.submit(work, start) for start in range(0, total, PIECE)}
            _await(pending, total, progress)
        except BaseException:
            # Also an interrupt: the kernel looks at `stop` every few hundred steps.
            stop[0] = 1
            pool.shutdown(wait=True, cancel_futures=True)
            raise
    used = int(counts.max(initial=0))
    return Ends(phases, status, taken, times, surfaces), path[:, :used], counts


def _await(pending: set[Future[int]], total: int, progress: Progress | None) -> None:
    done = 0
    while pending:
        # With a timeout, so that an interrupt is noticed.
        finished, pending = wait(pending, POLL_S, FIRST_COMPLETED)
        done += sum(future.result() for future in finished)
        if progress is not None:
            progress(done, total)
