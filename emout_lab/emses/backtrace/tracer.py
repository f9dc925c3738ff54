"""The orbit kernel: the exact inverse of the Boris step, particle after particle.

The simulation updates the velocity with the field where the particle is, then drifts. Backward in
time that is: drift back with the current velocity, then undo the velocity update with the field
there. Undoing it is the same update with a negative time step, since the rotation by -t is the
inverse of the rotation by t.

The kernel releases the GIL and knows nothing of threads: `run` hands parts of the particles to a
pool, so no particle depends on how many threads or tasks there are.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numba import njit

if TYPE_CHECKING:
    from emout_lab.emses.backtrace.world import World

Array = np.ndarray[Any, Any]
Progress = Callable[[int, int], None]

#: How an orbit ended: not within the steps allowed, through an open face, at an absorbing face, on
#: a body, or on values that are no numbers.
RUNNING, OPEN, ABSORBED, BODY, BROKEN = range(5)

#: Kinds of outer faces, as ``npbnd`` has them.
PERIODIC, REFLECTING, OPEN_FACE, ABSORBING = range(4)

#: Kinds of bodies in a table of them.
SPHERE, BOX, CYLINDER = range(3)

#: Farthest that bodies are looked for apart along a step [cells].
PROBE_CELLS = 0.25
#: A step farther than this is a number gone wrong [cells].
FARTHEST = 1e6
#: With an adaptive step: farthest move [cells], widest turn [rad], longest step [times dt].
ADAPTIVE_CELLS, ADAPTIVE_TURN, ADAPTIVE_GROWTH = 0.5, 0.1, 100.0

#: Particles of one piece of work: enough to forget its overhead, few enough to be cancelled soon.
PIECE = 512
#: How often a waiting thread looks whether it was interrupted [s].
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
        How each ended: `OPEN`, `ABSORBED`, …
    steps : ndarray of int, shape (n,)
        Steps that each took.
    times : ndarray, shape (n,)
        Time from the start, counted backward.
    """

    phases: Array
    status: Array
    steps: Array
    times: Array


@njit(cache=True, nogil=True, inline="always")  # type: ignore[untyped-decorator, unused-ignore]
def _gather(field, x, y, z):  # type: ignore[no-untyped-def]
    """Interpolate a vector field linearly between its eight neighbours."""
    nz, ny, nx = field.shape[0] - 1, field.shape[1] - 1, field.shape[2] - 1
    if nx == 0:
        return float(field[0, 0, 0, 0]), float(field[0, 0, 0, 1]), float(field[0, 0, 0, 2])
    i = min(max(int(x), 0), nx - 1)
    j = min(max(int(y), 0), ny - 1)
    k = min(max(int(z), 0), nz - 1)
    a, b, c = x - i, y - j, z - k
    fx, fy, fz = 0.0, 0.0, 0.0
    for dk in range(2):
        wk = c if dk else 1.0 - c
        for dj in range(2):
            wj = wk * (b if dj else 1.0 - b)
            for di in range(2):
                w = wj * (a if di else 1.0 - a)
                point = field[k + dk, j + dj, i + di]
                fx += w * point[0]
                fy += w * point[1]
                fz += w * point[2]
    return fx, fy, fz


@njit(cache=True, nogil=True, inline="always")  # type: ignore[untyped-decorator, unused-ignore]
def _kick(vx, vy, vz, qm, dt, e, b):  # type: ignore[no-untyped-def]
    """Update a velocity as Boris does: half the electric force, the rotation, the other half."""
    h = 0.5 * qm * dt
    vx, vy, vz = vx + h * e[0], vy + h * e[1], vz + h * e[2]
    tx, ty, tz = h * b[0], h * b[1], h * b[2]
    s = 2.0 / (1.0 + tx * tx + ty * ty + tz * tz)
    ux = vx + vy * tz - vz * ty
    uy = vy + vz * tx - vx * tz
    uz = vz + vx * ty - vy * tx
    vx += s * (uy * tz - uz * ty)
    vy += s * (uz * tx - ux * tz)
    vz += s * (ux * ty - uy * tx)
    return vx + h * e[0], vy + h * e[1], vz + h * e[2]


@njit(cache=True, nogil=True)  # type: ignore[untyped-decorator, unused-ignore]
def _in_body(x, y, z, bodies, mask, refinement):  # type: ignore[no-untyped-def]
    """Tell whether a point lies in a body; the later row of the table counts (holes are rows)."""
    is_inside = False
    for row in range(bodies.shape[0]):
        body = bodies[row]
        dx, dy, dz = x - body[2], y - body[3], z - body[4]
        if body[0] == SPHERE:
            is_here = dx * dx + dy * dy + dz * dz <= body[5] * body[5]
        elif body[0] == BOX:
            is_here = abs(dx) <= body[5] and abs(dy) <= body[6] and abs(dz) <= body[7]
        else:
            # Radius, half height, axis.
            if body[7] == 0:
                along, across = dx, dy * dy + dz * dz
            elif body[7] == 1:
                along, across = dy, dx * dx + dz * dz
            else:
                along, across = dz, dx * dx + dy * dy
            is_here = abs(along) <= body[6] and across <= body[5] * body[5]
        if is_here:
            is_inside = body[1] > 0
    if is_inside or mask.size == 0:
        return is_inside
    k, j, i = int(z * refinement), int(y * refinement), int(x * refinement)
    if not (0 <= k < mask.shape[0] and 0 <= j < mask.shape[1] and 0 <= i < mask.shape[2]):
        return False
    return mask[k, j, i]


@njit(cache=True, nogil=True)  # type: ignore[untyped-decorator, unused-ignore]
def _step_length(qm, dt, vx, vy, vz, e, b):  # type: ignore[no-untyped-def]
    """Choose a time step by speed, acceleration and gyration."""
    step = ADAPTIVE_GROWTH * abs(dt)
    speed = np.sqrt(vx * vx + vy * vy + vz * vz)
    pull = abs(qm) * np.sqrt(e[0] * e[0] + e[1] * e[1] + e[2] * e[2])
    turn = abs(qm) * np.sqrt(b[0] * b[0] + b[1] * b[1] + b[2] * b[2])
    if speed * step > ADAPTIVE_CELLS:
        step = ADAPTIVE_CELLS / speed
    if pull * step * step > ADAPTIVE_CELLS:
        step = np.sqrt(ADAPTIVE_CELLS / pull)
    if turn * step > ADAPTIVE_TURN:
        step = ADAPTIVE_TURN / turn
    return step


@njit(cache=True, nogil=True)  # type: ignore[untyped-decorator, unused-ignore]
def _leave(p, dt, box, faces):  # type: ignore[no-untyped-def]
    """Return whether a step leads out of the box for good, and the share of it until there."""
    share, status = 1.0, RUNNING
    for axis in range(3):
        there = p[axis] + p[axis + 3] * dt
        if faces[axis] >= OPEN_FACE and not 0.0 <= there <= box[axis]:
            wall = 0.0 if there < 0.0 else box[axis]
            part = (wall - p[axis]) / (there - p[axis])
            if part < share or status == RUNNING:
                share = part
                status = OPEN if faces[axis] == OPEN_FACE else ABSORBED
    return status, share


@njit(cache=True, nogil=True)  # type: ignore[untyped-decorator, unused-ignore]
def _hit(p, dt, bodies, mask, refinement):  # type: ignore[no-untyped-def]
    """Return the share of a step until a body, 2 if there is none."""
    length = abs(dt) * np.sqrt(p[3] * p[3] + p[4] * p[4] + p[5] * p[5])
    if not length < FARTHEST:
        return 2.0
    probes = int(np.ceil(length / PROBE_CELLS))
    for probe in range(1, probes + 1):
        s = probe / probes * dt
        x, y, z = p[0] + p[3] * s, p[1] + p[4] * s, p[2] + p[5] * s
        if _in_body(x, y, z, bodies, mask, refinement):
            return probe / probes
    return 2.0


@njit(cache=True, nogil=True)  # type: ignore[untyped-decorator, unused-ignore]
def _move(p, axis, length, size, face):  # type: ignore[no-untyped-def]
    """Move a particle along an axis, through a periodic face or back from a reflecting one."""
    there = p[axis] + p[axis + 3] * length
    if not abs(there) < FARTHEST:
        return False
    if face == PERIODIC:
        there -= np.floor(there / size) * size
    elif face == REFLECTING:
        while not 0.0 <= there <= size:
            there = -there if there < 0.0 else 2.0 * size - there
            p[axis + 3] = -p[axis + 3]
    else:
        there = min(max(there, 0.0), size)
    p[axis] = there
    return True


@njit(cache=True, nogil=True)  # type: ignore[untyped-decorator, unused-ignore]
def _drift(p, dt, box, faces, bodies, mask, refinement):  # type: ignore[no-untyped-def]
    """Move a particle by a step or as far as it comes; return how it went and the share done."""
    status, share = _leave(p, dt, box, faces)
    if bodies.shape[0] or mask.size:
        until = _hit(p, share * dt, bodies, mask, refinement)
        if until <= 1.0:
            share, status = share * until, BODY
    for axis in range(3):
        if not _move(p, axis, share * dt, box[axis], faces[axis]):
            status = BROKEN
    return status, share


@njit(cache=True, nogil=True)  # type: ignore[untyped-decorator, unused-ignore]
def _trace(  # type: ignore[no-untyped-def]  # noqa: C901 - one loop, kept together for the compiler
    phases, dt, most, every, is_adaptive, qm, e, b, box, faces, bodies, mask, refinement,
    status, steps, times, path, counts, stop,
):  # fmt: skip
    """Trace every particle of `phases` in place; with room in `path`, record points on the way."""
    room = path.shape[1]
    for n in range(phases.shape[0]):
        if stop[0]:
            return
        p = phases[n]
        elapsed, count, step, how = 0.0, 0, 0, RUNNING
        if _in_body(p[0], p[1], p[2], bodies, mask, refinement):
            how = BODY
        while True:
            if room and (step % every == 0 or step == most or how != RUNNING) and count < room:
                path[n, count, 0] = elapsed
                path[n, count, 1:] = p
                count += 1
            if how != RUNNING or step == most:
                break
            h = dt
            if is_adaptive:
                here = _gather(e, p[0], p[1], p[2])
                turn = _gather(b, p[0], p[1], p[2])
                h = np.copysign(_step_length(qm, dt, p[3], p[4], p[5], here, turn), dt)
            if h < 0.0:
                # Forward in time, in the order of the simulation: velocity, then drift.
                here = _gather(e, p[0], p[1], p[2])
                turn = _gather(b, p[0], p[1], p[2])
                p[3], p[4], p[5] = _kick(p[3], p[4], p[5], qm, -h, here, turn)
            how, share = _drift(p, -h, box, faces, bodies, mask, refinement)
            if h > 0.0 and how == RUNNING:
                here = _gather(e, p[0], p[1], p[2])
                turn = _gather(b, p[0], p[1], p[2])
                p[3], p[4], p[5] = _kick(p[3], p[4], p[5], qm, -h, here, turn)
            elapsed += share * h
            step += 1
        status[n], steps[n], times[n], counts[n] = how, step, elapsed, count


def trace_ends(
    phases: Array,
    steps: Steps,
    world: World,
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
    world : World
        Fields, box and bodies.
    threads : int, optional
        All cores of this process by default.
    progress : callable, optional
        Told now and then how many of how many orbits are done.
    """
    ends, _, _ = _run(phases, steps, world, np.empty((len(phases), 0, 7)), threads, progress)
    return ends


def trace_paths(
    phases: Array,
    steps: Steps,
    world: World,
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
    longest = int(trace_ends(phases, steps, world, threads).steps.max(initial=0))
    room = longest // steps.every + 2
    return _run(phases, steps, world, np.zeros((len(phases), room, 7)), threads, progress)


def _run(
    phases: Array,
    steps: Steps,
    world: World,
    path: Array,
    threads: int | None,
    progress: Progress | None,
) -> tuple[Ends, Array, Array]:
    phases = np.array(phases, dtype=np.float64, order="C")
    total = len(phases)
    status, taken, counts = (np.zeros(total, np.int64) for _ in range(3))
    times = np.zeros(total)
    stop = np.zeros(1, np.uint8)

    def work(start: int) -> int:
        part = slice(start, min(start + PIECE, total))
        _trace(
            phases[part], float(steps.dt), int(steps.most), int(steps.every),
            bool(steps.is_adaptive), *world.arguments(),
            status[part], taken[part], times[part], path[part], counts[part], stop,
        )  # fmt: skip
        return part.stop - part.start

    threads = threads or _cores()
    with ThreadPoolExecutor(threads, thread_name_prefix="backtrace") as pool:
        pending = {pool.submit(work, start) for start in range(0, total, PIECE)}
        try:
            _await(pending, total, progress)
        except BaseException:
            # Also an interrupt: threads look at `stop` before each particle.
            stop[0] = 1
            pool.shutdown(wait=True, cancel_futures=True)
            raise
    used = int(counts.max(initial=0))
    return Ends(phases, status, taken, times), path[:, :used], counts


def _await(pending: set[Future[int]], total: int, progress: Progress | None) -> None:
    done = 0
    while pending:
        # With a timeout, so that an interrupt is noticed.
        finished, pending = wait(pending, POLL_S, FIRST_COMPLETED)
        done += sum(future.result() for future in finished)
        if progress is not None and finished:
            progress(done, total)


def _cores() -> int:
    """Return the cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
