"""One computation of orbits: what it needs, and the tasks that do parts of it."""

from __future__ import annotations

import uuid
import warnings
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from emout_lab.emses import execution
from emout_lab.emses.backtrace import parameters, tracer
from emout_lab.emses.backtrace.bodies import Contains, bodies_of
from emout_lab.emses.backtrace.domain import DOMAINS, Domain, domain_of
from emout_lab.emses.backtrace.emission import emits_nothing
from emout_lab.emses.backtrace.phase_grid import PhaseGrid
from emout_lab.emses.backtrace.sources import Source, source_of
from emout_lab.emses.backtrace.tracer import Steps
from emout_lab.emses.run import Run
from emout_lab.errors import SpecError

Array = np.ndarray[Any, Any]

LABEL = "tracing orbits"
#: Fields that orbits are traced in.
FIELDS = ("rex", "rey", "rez", "rbx", "rby", "rbz")

#: Orbits of one task that is shared out: some seconds of one core, so that work is shared evenly;
#: no fewer than are worth a message.
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
    run : Run
        The run; it pickles as a recipe.
    ispec, istep : int
        Species and output step.
    steps : Steps
        How far and how finely.
    use_electric_field, use_magnetic_field : bool
        False leaves a field out.
    contains : callable, optional
        Solid parts besides the run's bodies.
    threads : int or None
        Threads of each task; None for all cores.
    is_local : bool
        Compute in this process even where a session runs.
    """

    run: Run
    ispec: int
    istep: int
    steps: Steps
    use_electric_field: bool = True
    use_magnetic_field: bool = True
    contains: Contains | None = None
    threads: int | None = None
    is_local: bool = False
    #: Callables cannot be told apart by value: each request has domains of its own then.
    token: str = field(default_factory=lambda: uuid.uuid4().hex)

    def check(self) -> None:
        """Refuse what the run does not have, and warn of what orbits do not regard.

        Raises
        ------
        DataError
            When species, faces or source are missing from the parameters.
        SpecError
            When there is no such output step.
        """
        inp, ispec = self.run.inp, self.ispec
        parameters.check_species(inp, ispec)
        parameters.faces(inp, ispec)
        source_of(inp, ispec)
        _check_step(self.run, self.istep)
        _, skipped = bodies_of(inp)
        if skipped and self.contains is None:
            _warn(
                f"Orbits pass through what data.boundaries.skipped lists: {'; '.join(skipped)}. "
                "Say what is solid there by contains=lambda points: ... (n booleans for points of "
                "shape (n, 3) in grid units)."
            )
        if emits_nothing(inp, ispec):
            _warn(
                f"Species {ispec} is emitted by surfaces (nflag_emit), but the run names neither "
                "surfaces (nepl, nemd, xmine, ...) nor light (use_raycast), so its density is zero "
                "everywhere."
            )
        drifts = [name for name in ("spa", "spe") if parameters.of_species(inp, name, ispec, 0.0)]
        if drifts:
            _warn(f"The source has the drift vdri only; {', '.join(drifts)} is not regarded.")

    def domain(self) -> Domain:
        """Return fields, faces and bodies, read once per process."""
        stamps = tuple(self.run.files.stamp(name) for name in FIELDS)
        flags = (self.use_electric_field, self.use_magnetic_field)
        solid = self.token if self.contains is not None else None
        path = (str(self.run.directory), str(self.run.inp.file))
        key = (path, self.ispec, self.istep, flags, solid, stamps)
        return DOMAINS.domain(
            key,
            lambda: domain_of(
                self.run,
                self.ispec,
                self.istep,
                use_electric_field=flags[0],
                use_magnetic_field=flags[1],
                contains=self.contains,
            ),
        )

    def source(self) -> Source:
        """Return where the species comes from."""
        return source_of(self.run.inp, self.ispec)

    def paths(self, phases: Array) -> list[Any]:
        """Trace particles and record them; a list of what `trace_part` returns."""
        return self._shared(trace_part, phases, len(phases))

    def densities(self, points: PhaseGrid | Array) -> tuple[Array, Array]:
        """Return the density at points of phase space, and where their orbits end."""
        parts = self._shared(density_part, points, len(points))
        density, ends = (np.concatenate(items) for items in zip(*parts, strict=True))
        unknown = int(np.isnan(density).sum())
        if unknown:
            _warn(
                f"{unknown} of {len(points)} orbits did not end within max_step={self.steps.most} "
                "steps; their density is NaN and counts as zero in integrals. Raise max_step or "
                "dt, or pass use_adaptive_dt=True."
            )
        return density, ends

    def _shared(self, function: Any, points: PhaseGrid | Array, total: int) -> list[Any]:
        """Call ``function(request, points)`` for all points, part by part."""
        size = int(np.clip(-(-total // TASKS), FEWEST_ORBITS, MOST_ORBITS))
        # A task has one core; the others have tasks of their own.
        single = replace(self, threads=self.threads or 1)
        is_local = self.is_local or self.run.is_local
        executor = execution.HERE if is_local else execution.current()
        return executor.map(
            function,
            [(single, points[part]) for part in _parts(total, size)],
            label=LABEL,
            alone=[(self, points[part]) for part in _parts(total, ORBITS_ALONE)],
            uses_threads=True,
        )


def trace_part(request: Request, phases: Array) -> tuple[Array, Array, Array]:
    """Task: trace some particles and record them."""
    domain = request.domain()
    ends, path, counts = tracer.trace_paths(
        phases, request.steps, domain, request.threads, _progress
    )
    return path, counts, request.source().density(ends, domain)


def density_part(request: Request, points: PhaseGrid | Array) -> tuple[Array, Array]:
    """Task: find the density at some points, and where their orbits end."""
    domain = request.domain()
    phases = points.points() if isinstance(points, PhaseGrid) else points
    ends = tracer.trace_ends(phases, request.steps, domain, request.threads, _progress)
    return request.source().density(ends, domain), ends.phases


def _parts(total: int, size: int) -> list[slice]:
    return [slice(start, min(start + size, total)) for start in range(0, max(total, 1), size)]


def _progress(done: int, total: int) -> None:
    execution.current().progress(done, total, LABEL)


def _check_step(run: Run, istep: int) -> None:
    name = next((name for name in ("ex", "rex", "bx", "rbx") if name in run), None)
    if name is None:
        return
    count = len(run.field(name))
    if not isinstance(istep, (int, np.integer)) or not -count <= istep < count:
        raise SpecError(
            f"istep={istep!r}: {name} has the output steps 0 to {count - 1}, or -1 for the last.",
            "istep",
        )


def _warn(message: str) -> None:
    # Seen from the line that called the method of `Backtrace`.
    warnings.warn(message, UserWarning, stacklevel=4)
