"""``data.backtrace``: orbits and phase-space densities of a run."""

from __future__ import annotations

import warnings
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from emout_lab.emses import door
from emout_lab.emses.backtrace import parameters, tracer
from emout_lab.emses.backtrace.phasegrid import PhaseGrid
from emout_lab.emses.backtrace.probability import ProbabilityResult
from emout_lab.emses.backtrace.results import BacktraceResult, MultiBacktraceResult
from emout_lab.emses.backtrace.sources import source_of
from emout_lab.emses.backtrace.tracer import Steps
from emout_lab.emses.backtrace.world import KEPT_WORLDS, World
from emout_lab.errors import SpecError

if TYPE_CHECKING:
    from emout_lab.emses.facade import Emout

Array = np.ndarray[Any, Any]

#: Orbits of one task that is shared out: some seconds of one core at most, so that tasks can be
#: cancelled; no fewer than are worth a message.
MOST_ORBITS, FEWEST_ORBITS = 20_000, 1_000
#: Tasks that a computation is parted into where there are orbits enough.
TASKS = 64
#: Orbits at a time where nothing is shared out.
ORBITS_ALONE = 1_000_000


@dataclass(frozen=True)
class Request:
    """One computation, as it travels to the tasks that do parts of it.

    Parameters
    ----------
    data : Emout
        The run; it pickles as a recipe.
    ispec, istep : int
        Species and output step.
    steps : Steps
        How far and how finely.
    flags : (bool, bool)
        Whether electric and magnetic fields are used.
    threads : int or None
        Threads of each task; None for all cores.
    """

    data: Emout
    ispec: int
    istep: int
    steps: Steps
    flags: tuple[bool, bool]
    threads: int | None

    def world(self) -> World:
        """Return fields, faces and bodies, read once per process."""
        return KEPT_WORLDS.world(self.data, self.ispec, self.istep, self.flags)

    def probability(self, ends: tracer.Ends) -> Array:
        """Return the density at the orbits' starts: the source's where they end.

        NaN where the orbit did not end within the steps allowed, so that nothing is known.
        """
        density = np.zeros(len(ends.status))
        is_open = ends.status == tracer.OPEN
        density[is_open] = source_of(self.data.inp, self.ispec).density(ends.phases[is_open, 3:])
        density[(ends.status == tracer.RUNNING) | (ends.status == tracer.BROKEN)] = np.nan
        return density


class Backtrace:
    """Orbits of a run's particles, traced backward in the fields of one output step.

    All positions, velocities and times are in EMSES units (grid spacings; ``data.unit.v.trans(si)``
    converts). The orbits are collisionless, so by Liouville's theorem the phase-space density at a
    point is the one where its orbit came into the box: the species' Maxwellian at open faces
    (``npbnd`` 2), zero at absorbing faces (3) and at bodies; orbits go on through periodic faces
    (0) and from reflecting ones (1).

    Parameters
    ----------
    data : Emout
        The run.

    Examples
    --------
    >>> import tempfile
    >>> from emout_lab.emses import Emout
    >>> from emout_lab.emses.demo import write_demo_data
    >>> data = Emout(write_demo_data(tempfile.mkdtemp(), grid=8, steps=2))
    >>> orbit = data.backtrace.get_backtrace([4, 4, 6], [0, 0, -20], ispec=0)
    >>> orbit.tz.plot()  # doctest: +SKIP
    """

    def __init__(self, data: Emout) -> None:
        self._data = data

    def get_backtrace(
        self,
        position: Any,
        velocity: Any,
        ispec: int = 0,
        istep: int = -1,
        dt: float | None = None,
        max_step: int = 30_000,
        output_interval: int = 1,
        use_adaptive_dt: bool = False,
        **options: Any,
    ) -> BacktraceResult:
        """Trace one particle.

        Parameters
        ----------
        position, velocity : array_like, shape (3,)
            Where it is, in EMSES units.
        ispec : int
            Species, from 0.
        istep : int
            Output step whose fields are used.
        dt : float, optional
            Time step; the simulation's if not given. A negative one traces forward in time.
        max_step : int
            Most steps.
        output_interval : int
            Steps from one recorded point to the next.
        use_adaptive_dt : bool
            Choose the step by field and speed: no farther than half a cell.
        **options
            ``use_electric_field``, ``use_magnetic_field`` (False leaves one out), ``n_threads``.

        Returns
        -------
        BacktraceResult
            ``ts, probability, positions, velocities = result``; times count backward.
        """
        several = self.get_backtraces(
            _vectors("position", position, 1),
            _vectors("velocity", velocity, 1),
            ispec,
            istep,
            dt,
            max_step,
            output_interval,
            use_adaptive_dt,
            **options,
        )
        return several[0]

    def get_backtraces(
        self,
        positions: Any,
        velocities: Any,
        ispec: int = 0,
        istep: int = -1,
        dt: float | None = None,
        max_step: int = 10_000,
        output_interval: int = 1,
        use_adaptive_dt: bool = False,
        **options: Any,
    ) -> MultiBacktraceResult:
        """Trace several particles; parameters as for `get_backtrace`, with shape (n, 3).

        Returns
        -------
        MultiBacktraceResult
            ``ts_list, probabilities, positions_list, velocities_list, last_indexes = result``.
        """
        places, speeds = _vectors("positions", positions), _vectors("velocities", velocities)
        if places.shape != speeds.shape:
            raise SpecError(
                f"positions has shape {places.shape} and velocities {speeds.shape}; they must be "
                "the same."
            )
        steps = self._steps(dt, max_step, output_interval, use_adaptive_dt)
        request = self._request(ispec, istep, steps, options)
        phases = np.concatenate([places, speeds], axis=1)
        self._check_inside(phases[:, :3])
        parts = self._shared(trace_part, request, phases)
        return MultiBacktraceResult.joined(parts, self._data.unit)

    def get_probabilities(
        self,
        x: Any,
        y: Any,
        z: Any,
        vx: Any,
        vy: Any,
        vz: Any,
        ispec: int = 0,
        istep: int = -1,
        dt: float | None = None,
        max_step: int = 10_000,
        use_adaptive_dt: bool = False,
        **options: Any,
    ) -> ProbabilityResult:
        """Compute the phase-space density on a grid.

        Parameters
        ----------
        x, y, z, vx, vy, vz : float, (float, float, int) or array_like
            Axes in EMSES units: a number, ``(start, stop, n)``, or values.
        ispec, istep, dt, max_step, use_adaptive_dt, **options
            As for `get_backtrace`.

        Returns
        -------
        ProbabilityResult
            Normalised so that its integral over all velocities at the source is 1.
        """
        grid = PhaseGrid.of(x, y, z, vx, vy, vz)
        request = self._request(
            ispec, istep, self._steps(dt, max_step, 1, use_adaptive_dt), options
        )
        corners = np.array([[axis.min(), axis.max()] for axis in grid.axes[:3]]).T
        self._check_inside(corners)
        parts = self._shared(density_part, request, grid)
        density, ends = (np.concatenate(items) for items in zip(*parts, strict=True))
        unknown = int(np.isnan(density).sum())
        if unknown:
            warnings.warn(
                f"{unknown} of {len(grid)} orbits did not end within max_step={max_step} steps; "
                "their density is NaN and counts as zero in integrals. Raise max_step or dt, or "
                "pass use_adaptive_dt=True.",
                stacklevel=2,
            )
        return ProbabilityResult.of(grid, density, ends, ispec, self._data)

    def __repr__(self) -> str:
        return f"{self._data!r}.backtrace"

    def _shared(self, function: Any, request: Request, points: Any) -> list[Any]:
        """Call ``function(request, points, start, stop)`` for all points, part by part."""
        size = int(np.clip(-(-len(points) // TASKS), FEWEST_ORBITS, MOST_ORBITS))
        # A task has one core; the others have tasks of their own.
        single = replace(request, threads=request.threads or 1)
        return door.share_out(
            function,
            _parts(single, points, size),
            label="tracing orbits",
            alone=_parts(request, points, ORBITS_ALONE),
            is_local=self._data._policy == "local",
        )

    def _steps(
        self, dt: float | None, max_step: int, output_interval: int, is_adaptive: bool
    ) -> Steps:
        step = float(self._data.inp["dt"]) if dt is None else float(dt)
        if step == 0 or not np.isfinite(step):
            raise SpecError(f"dt={dt!r}: a time step is a number other than zero.", "dt")
        for name, value in (("max_step", max_step), ("output_interval", output_interval)):
            if int(value) < 1:
                raise SpecError(f"{name}={value!r} must be at least 1.", name)
        return Steps(step, int(max_step), int(output_interval), is_adaptive)

    def _request(self, ispec: int, istep: int, steps: Steps, options: dict[str, Any]) -> Request:
        flags = tuple(
            bool(options.pop(f"use_{name}_field", True)) for name in ("electric", "magnetic")
        )
        threads = options.pop("n_threads", None)
        if options:
            raise TypeError(f"backtrace got unknown options: {', '.join(options)}.")
        parameters.check_species(self._data.inp, ispec)
        source_of(self._data.inp, ispec)
        return Request(self._data, ispec, istep, steps, (flags[0], flags[1]), threads)

    def _check_inside(self, positions: Array) -> None:
        inp = self._data.inp
        size = np.array([inp["nx"], inp["ny"], inp["nz"]], dtype=float)
        outside = np.any((positions < 0) | (positions > size) | ~np.isfinite(positions), axis=1)
        if outside.any():
            wrong = ", ".join(f"{value:g}" for value in positions[outside][0])
            raise SpecError(
                f"({wrong}) lies outside the box of {' x '.join(f'{side:g}' for side in size)} "
                "cells. Positions are in grid spacings: data.unit.length.trans(metres)."
            )


def trace_part(
    request: Request, phases: Array, start: int, stop: int
) -> tuple[Array, Array, Array]:
    """Task: trace some particles and record them."""
    ends, path, counts = tracer.trace_paths(
        phases[start:stop], request.steps, request.world(), request.threads, _progress
    )
    return path, counts, request.probability(ends)


def density_part(request: Request, grid: PhaseGrid, start: int, stop: int) -> tuple[Array, Array]:
    """Task: find the density at some points of a grid, and where their orbits end."""
    points = grid.points(start, stop)
    ends = tracer.trace_ends(points, request.steps, request.world(), request.threads, _progress)
    return request.probability(ends), ends.phases


def _parts(request: Request, points: Any, size: int) -> list[tuple[Any, ...]]:
    total = len(points)
    return [
        (request, points, start, min(start + size, total)) for start in range(0, total, size)
    ] or [(request, points, 0, 0)]


def _progress(done: int, total: int) -> None:
    door.report(done, total, "tracing orbits")


def _vectors(name: str, value: Any, count: int | None = None) -> Array:
    try:
        array = np.atleast_2d(np.asarray(value, dtype=np.float64))
    except (TypeError, ValueError):
        array = np.empty((0, 0))
    if array.ndim != 2 or array.shape[1] != 3 or (count is not None and len(array) != count):
        wanted = "three numbers" if count == 1 else "an array of shape (n, 3)"
        raise SpecError(f"{name}={value!r} must be {wanted}.", name)
    return array
