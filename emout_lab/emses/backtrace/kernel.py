"""The orbit kernel: the exact inverse of the Boris step, particle after particle.

The simulation updates the velocity with the field where the particle is, then drifts. Backward in
time that is: drift back with the current velocity, then undo the velocity update with the field
there. Undoing it is the same update with a negative time step, since the rotation by -t is the
inverse of the rotation by t.

With ``h = (q / m) dt / 2`` and the fields E and B where the particle is, a step is::

    v- = v + h E                                half of the electric force
    t  = h B,  s = 2 t / (1 + t**2)
    v' = v- + v- x t,  v+ = v- + v' x s         rotation about B, which keeps the speed
    v  = v+ + h E                               the other half
    x  = x + v dt

Fields lie at the grid points and are interpolated linearly between the eight neighbours
(cloud-in-cell, the book's chapter 2).

References
----------
J. P. Boris, "Relativistic plasma simulation: optimization of a hybrid code", *Proceedings of the
Fourth Conference on Numerical Simulation of Plasmas*, Naval Research Laboratory, 1970, pp. 3-67.
C. K. Birdsall and A. B. Langdon, *Plasma Physics via Computer Simulation*, McGraw-Hill, 1985,
chapter 4 (the step without relativity, as it stands here). The simulation code, EMSES: Y. Miyake
and H. Usui, *Physics of Plasmas* 16, 062904 (2009), doi:10.1063/1.3147922.

The kernel releases the GIL and knows nothing of threads; it looks at a flag now and then, so that
it can be stopped from outside.
"""

from __future__ import annotations

import numpy as np

from emout_lab.emses.backtrace.crossings import compiled, first_entry, is_inside

#: How an orbit ended: not within the steps allowed, through an open face, at an absorbing face, on
#: a body, or on values that are no numbers.
RUNNING, OPEN, ABSORBED, BODY, BROKEN = range(5)

#: Kinds of outer faces, as ``npbnd`` has them.
PERIODIC, REFLECTING, OPEN_FACE, ABSORBING = range(4)

#: Farthest that a mask of solid parts is looked at apart along a step [cells].
PROBE_CELLS = 0.25
#: A step farther than this is a number gone wrong [cells]: through periodic faces, through others.
FARTHEST, HUGE = 1e6, 1e300
#: With an adaptive step: farthest move [cells], widest turn [rad], longest step [times dt].
ADAPTIVE_CELLS, ADAPTIVE_TURN, ADAPTIVE_GROWTH = 0.5, 0.1, 100.0
#: Steps from one look at the stop flag to the next; a few hundred microseconds.
STEPS_BETWEEN_LOOKS = 1024


@compiled(inline="always")
def _gather(field, x, y, z):
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


@compiled(inline="always")
def _kick(vx, vy, vz, qm, dt, e, b):
    """Update a velocity as Boris (1970) does: half the force of E, rotation about B, other half."""
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


@compiled()
def _is_masked(x, y, z, mask, refinement):
    """Tell whether a point lies in a solid part of the grid."""
    k, j, i = int(z * refinement), int(y * refinement), int(x * refinement)
    if not (0 <= k < mask.shape[0] and 0 <= j < mask.shape[1] and 0 <= i < mask.shape[2]):
        return False
    return mask[k, j, i]


@compiled()
def _is_solid(p, box, rows, groups, mask, refinement):
    """Tell whether a particle stands in a body."""
    if rows.shape[0] and is_inside(rows, groups, p, 2.0 * (box[0] + box[1] + box[2])):
        return True
    return mask.size > 0 and _is_masked(p[0], p[1], p[2], mask, refinement)


@compiled()
def _step_length(qm, dt, vx, vy, vz, e, b):
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


@compiled()
def _next_face(p, dt, box):
    """Return the share of a move until it meets an outer face, its axis, -1 for none, and place."""
    share, met, place = 1.0, -1, 0.0
    for axis in range(3):
        there = p[axis] + p[axis + 3] * dt
        if not 0.0 <= there <= box[axis]:
            wall = 0.0 if there < 0.0 else box[axis]
            part = (wall - p[axis]) / (there - p[axis])
            if part < share or met < 0:
                share, met, place = min(part, 1.0), axis, wall
    return share, met, place


@compiled()
def _is_broken(p, dt, faces):
    """Tell whether a move is no number, or would go through periodic faces without end."""
    for axis in range(3):
        farthest = HUGE if faces[axis] >= OPEN_FACE else FARTHEST
        if not abs(p[axis]) + abs(p[axis + 3] * dt) < farthest:
            return True
    return False


@compiled()
def _masked_share(p, d, mask, refinement):
    """Return the share of a step until a solid part of the grid, 2 if there is none."""
    length = np.sqrt(d[0] * d[0] + d[1] * d[1] + d[2] * d[2])
    probes = int(np.ceil(length / PROBE_CELLS))
    for probe in range(1, probes + 1):
        s = probe / probes
        if _is_masked(p[0] + s * d[0], p[1] + s * d[1], p[2] + s * d[2], mask, refinement):
            return s
    return 2.0


@compiled()
def _hit(p, dt, is_start, rows, groups, mask, refinement):
    """Return the share of a step until a body, 2 if there is none, and the surface."""
    d = (p[3] * dt, p[4] * dt, p[5] * dt)
    if not abs(d[0]) + abs(d[1]) + abs(d[2]) < FARTHEST:
        return 2.0, -1
    share, surface = first_entry(rows, groups, p, d, is_start)
    if mask.size:
        other = _masked_share(p, d, mask, refinement)
        if other < share:
            return other, -1
    return share, surface


@compiled()
def _move(p, dt, box):
    """Move a particle within the box."""
    for axis in range(3):
        p[axis] = min(max(p[axis] + p[axis + 3] * dt, 0.0), box[axis])


@compiled()
def _drift(p, dt, is_start, box, faces, rows, groups, mask, refinement):
    """Move a particle by a step, through periodic faces and back from reflecting ones.

    Returns how it went, the share of the step that it came, and the surface that it met.
    """
    if _is_broken(p, dt, faces):
        return BROKEN, 0.0, -1
    has_bodies = rows.shape[0] > 0 or mask.size > 0
    left = 1.0
    while True:
        share, met, place = _next_face(p, left * dt, box)
        if has_bodies:
            until, surface = _hit(p, share * left * dt, is_start, rows, groups, mask, refinement)
            is_start = False
            if until <= 1.0:
                _move(p, until * share * left * dt, box)
                return BODY, 1.0 - left + until * share * left, surface
        _move(p, share * left * dt, box)
        left -= share * left
        if met < 0:
            return RUNNING, 1.0, -1
        p[met] = place
        if faces[met] == OPEN_FACE:
            return OPEN, 1.0 - left, -1
        if faces[met] == ABSORBING:
            return ABSORBED, 1.0 - left, -1
        if faces[met] == REFLECTING:
            p[met + 3] = -p[met + 3]
        else:
            p[met] = box[met] - place
            # On the other side of the face there may stand a body.
            if has_bodies and _is_solid(p, box, rows, groups, mask, refinement):
                return BODY, 1.0 - left, -1


@compiled()
def trace(  # noqa: C901 - one loop, kept together for the compiler
    phases, dt, most, every, is_adaptive, qm, e, b, box, faces, rows, groups, mask, refinement,
    status, steps, times, surfaces, path, counts, stop,
):  # fmt: skip
    """Trace every particle of `phases` in place; with room in `path`, record points on the way."""
    room = path.shape[1]
    for n in range(phases.shape[0]):
        p = phases[n]
        elapsed, count, step, how, surface = 0.0, 0, 0, RUNNING, -1
        if _is_solid(p, box, rows, groups, mask, refinement):
            how = BODY
        while True:
            if step % STEPS_BETWEEN_LOOKS == 0 and stop[0]:
                return
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
            how, share, surface = _drift(
                p, -h, step == 0, box, faces, rows, groups, mask, refinement
            )
            if h > 0.0 and how == RUNNING:
                here = _gather(e, p[0], p[1], p[2])
                turn = _gather(b, p[0], p[1], p[2])
                p[3], p[4], p[5] = _kick(p[3], p[4], p[5], qm, -h, here, turn)
            elapsed += share * h
            step += 1
        status[n], steps[n], times[n], counts[n] = how, step, elapsed, count
        surfaces[n] = surface


@compiled()
def are_in_shadow(points, direction, reach, rows, groups, mask, refinement):
    """Tell for points on bodies whether a body stands between them and a far light."""
    shadow = np.zeros(points.shape[0], np.bool_)
    p = np.zeros(6)
    p[3:] = direction
    for n in range(points.shape[0]):
        p[:3] = points[n]
        share, _ = _hit(p, reach, True, rows, groups, mask, refinement)
        shadow[n] = share <= 1.0
    return shadow
