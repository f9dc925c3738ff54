"""``data.backtrace``: orbits and phase-space densities of a run."""

from __future__ import annotations

from typing import Any

import numpy as np

from emout_lab.emses.backtrace import parameters
from emout_lab.emses.backtrace.particles import paired, phases_of, vectors
from emout_lab.emses.backtrace.phase_grid import PhaseGrid
from emout_lab.emses.backtrace.probability import ProbabilityResult
from emout_lab.emses.backtrace.request import Request
from emout_lab.emses.backtrace.results import BacktraceResult, MultiBacktraceResult
from emout_lab.emses.backtrace.sharing import without_ways
from emout_lab.emses.backtrace.tracer import Steps
from emout_lab.emses.run import Run
from emout_lab.errors import SpecError

Array = np.ndarray[Any, Any]

#: Options that all calls take besides the time step, and their defaults.
OPTIONS: dict[str, Any] = {
    "use_electric_field": True,
    "use_magnetic_field": True,
    "contains": None,
    "n_threads": None,
    "remote": True,
}


class Backtrace:
    """Orbits of a run's particles, traced backward in the fields of one output step.

    All positions, velocities and times are in EMSES units (grid spacings; ``data.unit.v.trans(si)``
    converts). The orbits are collisionless, so by Liouville's theorem the phase-space density at a
    point is the one where its orbit came into the box: the species' Maxwellian at open faces
    (``npbnd`` 2), zero at absorbing faces (3) and at bodies that emit nothing; orbits go on through
    periodic faces (0) and from reflecting ones (1).

    All methods take these options:

    ``use_electric_field``, ``use_magnetic_field`` : bool
        False leaves a field out.
    ``contains`` : callable
        Solid parts besides the run's bodies: called with points of shape (n, 3) in grid units,
        returns n booleans. It is asked twice per cell and axis.
    ``n_threads`` : int
        Threads of each task; all cores of this process by default, one on engines.
    ``remote`` : bool
        False computes in this process even where a session runs.
    ``parallel``, ``backend``, ``ntasks``, ``cpus_per_task``, ``system``, ``library_path``
        As upstream emout has them, such as ``parallel="srun"``. They change nothing: with a
        session all its engines share the work, without MPI; ``"serial"`` means one thread.

    Parameters
    ----------
    run : Run
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

    def __init__(self, run: Run) -> None:
        self._run = run

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
            See `Backtrace`.

        Returns
        -------
        BacktraceResult
            ``ts, probability, positions, velocities = result``; times count backward.

        Raises
        ------
        SpecError
            When a value cannot be used, such as a position outside the box.
        DataError
            When the run lacks what the orbits of the species need.
        """
        phase = np.concatenate(
            [vectors("position", position, 1), vectors("velocity", velocity, 1)], axis=1
        )
        steps = self._steps(dt, max_step, output_interval, use_adaptive_dt)
        request = self._request(ispec, istep, steps, options)
        return self._orbits(request, phase)[0]

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
        phases = paired(positions, velocities)
        steps = self._steps(dt, max_step, output_interval, use_adaptive_dt)
        return self._orbits(self._request(ispec, istep, steps, options), phases)

    def get_backtraces_from_particles(
        self,
        particles: Any,
        ispec: int = 0,
        istep: int = -1,
        dt: float | None = None,
        max_step: int = 10_000,
        output_interval: int = 1,
        use_adaptive_dt: bool = False,
        **options: Any,
    ) -> MultiBacktraceResult:
        """Trace particles, such as ``result.particles``; otherwise as `get_backtraces`.

        Parameters
        ----------
        particles : Particles, ndarray of shape (n, 6), or sequence
            Objects in a sequence have ``pos`` and ``vel``.
        ispec, istep, dt, max_step, output_interval, use_adaptive_dt, **options
            As for `get_backtrace`.
        """
        phases = phases_of(particles)
        steps = self._steps(dt, max_step, output_interval, use_adaptive_dt)
        return self._orbits(self._request(ispec, istep, steps, options), phases)

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
        corners = np.array([[axis.min(), axis.max()] for axis in grid.axes[:3]]).T
        self._check_inside(corners)
        steps = self._steps(dt, max_step, 1, use_adaptive_dt)
        request = self._request(ispec, istep, steps, options)
        request.check()
        density, ends = request.densities(grid)
        return ProbabilityResult.of(grid, density, ends, ispec, self._run)

    def get_probabilities_from_array(
        self,
        positions: Any,
        velocities: Any,
        ispec: int = 0,
        istep: int = -1,
        dt: float | None = None,
        max_step: int = 10_000,
        use_adaptive_dt: bool = False,
        **options: Any,
    ) -> tuple[Array, Array]:
        """Compute the phase-space density at single points.

        Parameters
        ----------
        positions, velocities : array_like, shape (n, 3)
            The points, in EMSES units.
        ispec, istep, dt, max_step, use_adaptive_dt, **options
            As for `get_backtrace`.

        Returns
        -------
        probabilities : ndarray, shape (n,)
            The density; NaN where an orbit did not end.
        ends : ndarray, shape (n, 6)
            Where the orbits end.
        """
        steps = self._steps(dt, max_step, 1, use_adaptive_dt)
        request = self._request(ispec, istep, steps, options)
        phases = paired(positions, velocities)
        self._check_inside(phases)
        request.check()
        return request.densities(phases)

    def get_probabilities_from_particles(
        self,
        particles: Any,
        ispec: int = 0,
        istep: int = -1,
        dt: float | None = None,
        max_step: int = 10_000,
        use_adaptive_dt: bool = False,
        **options: Any,
    ) -> tuple[Array, Array]:
        """Compute the density of particles; otherwise as `get_probabilities_from_array`."""
        steps = self._steps(dt, max_step, 1, use_adaptive_dt)
        request = self._request(ispec, istep, steps, options)
        phases = phases_of(particles)
        self._check_inside(phases)
        request.check()
        return request.densities(phases)

    def __repr__(self) -> str:
        return f"{self._run!r}.backtrace"

    def _orbits(self, request: Request, phases: Array) -> MultiBacktraceResult:
        self._check_inside(phases)
        request.check()
        periods = parameters.periods(self._run.inp, request.ispec)
        return MultiBacktraceResult.joined(request.paths(phases), self._run.unit, periods)

    def _steps(
        self, dt: float | None, max_step: int, output_interval: int, is_adaptive: bool
    ) -> Steps:
        try:
            step = float(self._run.inp["dt"]) if dt is None else float(dt)
        except (TypeError, ValueError):
            step = np.nan
        if step == 0 or not np.isfinite(step):
            raise SpecError(f"dt={dt!r}: a time step is a number other than zero.", "dt")
        for name, value in (("max_step", max_step), ("output_interval", output_interval)):
            if not isinstance(value, (int, np.integer)) or value < 1:
                raise SpecError(f"{name}={value!r} must be a whole number from 1.", name)
        return Steps(step, int(max_step), int(output_interval), bool(is_adaptive))

    def _request(self, ispec: int, istep: int, steps: Steps, options: dict[str, Any]) -> Request:
        options = without_ways(options)
        for name in options:
            if name not in OPTIONS:
                raise TypeError(f"backtrace takes no {name!r}; it takes {', '.join(OPTIONS)}.")
        given = {**OPTIONS, **options}
        threads, contains = given["n_threads"], given["contains"]
        if threads is not None and (not isinstance(threads, (int, np.integer)) or threads < 1):
            raise SpecError(f"n_threads={threads!r} must be a whole number from 1.", "n_threads")
        if contains is not None and not callable(contains):
            raise SpecError(
                f"contains={contains!r} must be callable, such as lambda points: points[:, 2] < 4",
                "contains",
            )
        return Request(
            self._run,
            ispec,
            istep,
            steps,
            use_electric_field=bool(given["use_electric_field"]),
            use_magnetic_field=bool(given["use_magnetic_field"]),
            contains=contains,
            threads=None if threads is None else int(threads),
            is_local=not given["remote"],
        )

    def _check_inside(self, phases: Array) -> None:
        """Refuse starts outside the box or that are no numbers."""
        size = np.array(parameters.cells(self._run.inp), dtype=float)
        places = phases[:, :3]
        outside: Array = np.any((places < 0) | (places > size), axis=1)
        is_broken: Array = ~np.all(np.isfinite(phases), axis=1)
        wrong = np.flatnonzero(outside | is_broken)
        if not len(wrong):
            return
        text = ", ".join(f"{value:g}" for value in phases[wrong[0]])
        if is_broken[wrong[0]]:
            raise SpecError(f"particle {wrong[0]} at ({text}) holds values that are no numbers.")
        raise SpecError(
            f"({text}) lies outside the box of {' x '.join(f'{side:g}' for side in size)} cells. "
            "Positions are in grid spacings: data.unit.length.trans(metres)."
        )
