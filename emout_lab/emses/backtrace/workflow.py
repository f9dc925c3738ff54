"""``data.trace``: densities and orbits of the same points of phase space together."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from emout_lab.emses import execution
from emout_lab.emses.backtrace import orbits_in_space
from emout_lab.emses.backtrace.api import Backtrace
from emout_lab.emses.backtrace.curves import HeatmapData
from emout_lab.emses.backtrace.particles import Particles
from emout_lab.emses.backtrace.phase_grid import PhaseGrid
from emout_lab.emses.backtrace.probability import ProbabilityResult
from emout_lab.emses.backtrace.results import MultiBacktraceResult
from emout_lab.emses.run import Run
from emout_lab.errors import SpecError

if TYPE_CHECKING:
    from matplotlib.axes import Axes


Array = np.ndarray[Any, Any]

BACKWARD, FORWARD, BOTH = "backward", "forward", "both"


@dataclass(frozen=True)
class TraceResult:
    """Densities and orbits of a grid of phase space; what was not asked for is None.

    Parameters
    ----------
    direction : {"backward", "forward", "both"}
        Of the orbits.
    grid : PhaseGrid
        The points.
    probabilities : ProbabilityResult or None
        The density at the points.
    backward_traces, forward_traces : MultiBacktraceResult or None
        The orbits.
    """

    direction: str
    grid: PhaseGrid
    probabilities: ProbabilityResult | None = None
    backward_traces: MultiBacktraceResult | None = None
    forward_traces: MultiBacktraceResult | None = None

    @property
    def traces(self) -> MultiBacktraceResult | None:
        """The orbits, where they have one direction.

        Raises
        ------
        SpecError
            When there are both.
        """
        if self.backward_traces is not None and self.forward_traces is not None:
            raise SpecError(
                "There are orbits in both directions: take .backward_traces or .forward_traces."
            )
        return self.forward_traces if self.backward_traces is None else self.backward_traces

    @property
    def alpha(self) -> Array | None:
        """The density as one opacity per orbit, from 0 to 1; None without densities.

        The density of a wide distribution is a small number everywhere: drawings take the share of
        its highest value instead, ``alpha="auto"``.
        """
        if self.probabilities is None:
            return None
        known: Array = np.nan_to_num(self.probabilities.probabilities)
        return np.clip(known, 0.0, 1.0)

    @property
    def phases(self) -> Array:
        """All points, shape (n, 6)."""
        return self.grid.points()

    @property
    def particles(self) -> Particles:
        """All points as particles."""
        return Particles(self.phases)

    @property
    def dims(self) -> tuple[int, ...]:
        """Number of values along x, y, z, vx, vy, vz."""
        return self.grid.shape

    @property
    def nbytes(self) -> int:
        """Bytes of the arrays."""
        parts = (self.probabilities, self.backward_traces, self.forward_traces)
        return sum(part.nbytes for part in parts if part is not None)

    def pair(self, var1: str, var2: str) -> HeatmapData:
        """Return a map of the density, see `ProbabilityResult.pair`."""
        if self.probabilities is None:
            raise SpecError("There are no densities: ask with get_probabilities=True.")
        return self.probabilities.pair(var1, var2)

    def plot(
        self,
        var1: str = "vx",
        var2: str = "vz",
        kind: str = "auto",
        direction: str | None = None,
        **options: Any,
    ) -> Axes | None:
        """Draw the density over two axes, or the orbits where there are no densities.

        Parameters
        ----------
        var1, var2 : str
            What is drawn over what.
        kind : {"auto", "probability", "trace"}
            What to draw.
        direction : {"backward", "forward", "both"}, optional
            Of the orbits; all that there are by default.
        **options
            For the drawing, see `HeatmapData.plot` and `MultiXYData.plot`.
        """
        if kind == "auto":
            kind = "trace" if self.probabilities is None else "probability"
        if kind in ("probability", "probabilities"):
            return self.plot_probabilities(var1, var2, **options)
        if kind in ("trace", "traces"):
            return self.plot_traces(var1, var2, direction, **options)
        raise SpecError(f"kind={kind!r} is none of 'auto', 'probability', 'trace'.", "kind")

    def plot_probabilities(self, var1: str = "vx", var2: str = "vz", **options: Any) -> Axes:
        """Draw the density over two axes; options as for `HeatmapData.plot`."""
        return self.pair(var1, var2).plot(**options)

    def plot_traces(
        self,
        var1: str = "x",
        var2: str = "z",
        direction: str | None = None,
        alpha: Any = "auto",
        **options: Any,
    ) -> Axes | None:
        """Draw the orbits.

        Parameters
        ----------
        var1, var2 : str
            Two of t, x, y, z, vx, vy, vz.
        direction : {"backward", "forward", "both"}, optional
            All that there are by default.
        alpha : optional
            One opacity or one per orbit; ``"auto"`` and ``"probability"`` mean the share of the
            highest density, the former where there are densities.
        **options
            As for `MultiXYData.plot`.
        """
        chosen = self._chosen(direction)
        if not chosen:
            raise SpecError("There are no such orbits: ask with get_trace=True.")
        if isinstance(alpha, str):
            if alpha not in ("auto", "probability"):
                raise SpecError(f"alpha={alpha!r}: numbers, 'auto' or 'probability'.", "alpha")
            alpha = self._shares(alpha)
        axes: Axes | None = options.pop("ax", None)
        for traces in chosen:
            axes = traces.pair(var1, var2).plot(ax=axes, alpha=alpha, **options)
        return axes

    @execution.recordable
    def plot3d(
        self,
        direction: str | None = None,
        *,
        backward_color: Any = None,
        forward_color: Any = None,
        alpha: Any = "auto",
        **options: Any,
    ) -> Any:
        """Draw the orbits in space with PyVista.

        Parameters
        ----------
        direction : {"backward", "forward", "both"}, optional
            All that there are by default.
        backward_color, forward_color : optional
            Colour of those of one direction.
        alpha : optional
            One opacity or one per orbit; ``"auto"`` by the densities, where there are any.
        **options
            As for `MultiBacktraceResult.plot3d`.

        Returns
        -------
        Scene
            See `emout_lab.emses.fields.Field.plot3d`, also for what is raised.
        """
        chosen = self._chosen(direction)
        if not chosen:
            raise SpecError("There are no such orbits: ask with get_trace=True.")
        found = None
        for traces in chosen:
            is_back = traces is self.backward_traces
            own = backward_color if is_back else forward_color
            colour = {} if own is None else {"color": own}
            paths = traces.paths
            if self.probabilities is not None:
                known = np.ravel(self.probabilities.probabilities)
                paths = replace(paths, probabilities=known)
            more: dict[str, Any] = {} if found is None else {"plotter": found, "show": False}
            found = orbits_in_space.draw([paths], alpha=alpha, **{**options, **colour, **more})
        return found

    def fetch(self) -> TraceResult:
        """Return the object itself: what ``ref.fetch()`` brings here, where it is here already."""
        return self

    def drop(self) -> None:
        """Do nothing: ``ref.drop()`` frees what lies on an engine."""

    def __repr__(self) -> str:
        names = ("probabilities", "backward_traces", "forward_traces")
        there = [name for name in names if getattr(self, name) is not None]
        return f"<TraceResult: {self.direction}, {len(self.grid)} points, {', '.join(there)}>"

    def _chosen(self, direction: str | None) -> list[MultiBacktraceResult]:
        if direction not in (None, BACKWARD, FORWARD, BOTH):
            raise SpecError(
                f"direction={direction!r} is none of 'backward', 'forward', 'both'.", "direction"
            )
        pairs = ((BACKWARD, self.backward_traces), (FORWARD, self.forward_traces))
        return [t for name, t in pairs if t is not None and direction in (None, BOTH, name)]

    def _shares(self, alpha: str) -> Array | None:
        if self.probabilities is None:
            if alpha == "probability":
                raise SpecError("There are no densities: ask with get_probabilities=True.")
            return None
        known = np.nan_to_num(self.probabilities.probabilities)
        return known / (known.max(initial=0) or 1.0)


class Trace:
    """Densities and orbits of a grid of phase space: ``data.trace.backward(...)``.

    All values are in EMSES units; a step ``dt`` is a width, its sign follows from the direction.

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
    >>> trace = data.trace.both(4, 4, 7, (-30, 30, 4), 0, -20, get_trace=True)
    >>> trace
    <TraceResult: both, 4 points, probabilities, backward_traces, forward_traces>
    >>> trace.plot_traces("x", "z")  # doctest: +SKIP
    """

    def __init__(self, run: Run) -> None:
        self._run = run
        self._backtrace = Backtrace(run)

    def backward(self, *axes: Any, **options: Any) -> TraceResult:
        """Follow the particles to where they came from.

        Parameters
        ----------
        x, y, z, vx, vy, vz
            Axes of the grid: numbers, ``(start, stop, n)``, or values.
        get_trace, get_probabilities : bool
            Whether orbits (False by default) and densities (True) are wanted.
        ispec, istep, max_step, output_interval, use_adaptive_dt, **options
            As for `Backtrace.get_backtraces`.
        dt, probability_dt : float, optional
            Width of the time steps of orbits and densities; the simulation's by default.

        Raises
        ------
        SpecError
            When neither orbits nor densities are wanted, or a value cannot be used.
        """
        return self._traced(BACKWARD, *axes, **options)

    def forward(self, *axes: Any, **options: Any) -> TraceResult:
        """Follow the particles to where they go; parameters as for `backward`."""
        return self._traced(FORWARD, *axes, **options)

    def both(self, *axes: Any, **options: Any) -> TraceResult:
        """Follow the particles both ways; parameters as for `backward`."""
        return self._traced(BOTH, *axes, **options)

    def _traced(
        self,
        direction: str,
        x: Any,
        y: Any,
        z: Any,
        vx: Any,
        vy: Any,
        vz: Any,
        ispec: int = 0,
        istep: int = -1,
        dt: float | None = None,
        probability_dt: float | None = None,
        max_step: int = 10_000,
        output_interval: int = 1,
        use_adaptive_dt: bool = False,
        *,
        get_trace: bool = False,
        get_probabilities: bool = True,
        **options: Any,
    ) -> TraceResult:
        if not get_trace and not get_probabilities:
            raise SpecError("get_trace and get_probabilities are both False: nothing to compute.")
        grid = PhaseGrid.of(x, y, z, vx, vy, vz)
        common = {"max_step": max_step, "use_adaptive_dt": use_adaptive_dt, **options}
        width, source_width = self._width(dt, "dt"), self._width(probability_dt, "probability_dt")
        density = None
        if get_probabilities:
            density = self._backtrace.get_probabilities(
                x, y, z, vx, vy, vz, ispec, istep, source_width, **common
            )

        def orbits(name: str, step: float) -> MultiBacktraceResult | None:
            if not get_trace or direction not in (name, BOTH):
                return None
            return self._backtrace.get_backtraces_from_particles(
                grid.points(), ispec, istep, step, output_interval=output_interval, **common
            )

        return TraceResult(
            direction, grid, density, orbits(BACKWARD, width), orbits(FORWARD, -width)
        )

    def _width(self, value: float | None, name: str) -> float:
        if value is None:
            return abs(float(self._run.inp["dt"]))
        if not value > 0:
            raise SpecError(f"{name}={value!r} is the width of a step: a number above zero.", name)
        return float(value)

    def __repr__(self) -> str:
        return f"{self._run!r}.trace"
