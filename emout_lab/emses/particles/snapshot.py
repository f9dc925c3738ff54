"""The particles of one output step, as a table."""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Iterator, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from emout_lab.emses import execution
from emout_lab.emses.particles import binning, moments
from emout_lab.emses.particles.blocks import Selection
from emout_lab.emses.particles.columns import ParticleData
from emout_lab.emses.particles.histograms import Histogram, Histogram2D
from emout_lab.emses.particles.quantities import DERIVED, quantity
from emout_lab.emses.particles.reading import values_of
from emout_lab.emses.particles.rows import Rows, chosen, index_of
from emout_lab.emses.particles.source import COLUMNS, POSITIONS, VELOCITIES, ParticleSource
from emout_lab.emses.particles.steps import require_units, step_title
from emout_lab.errors import BadOption, UnknownField
from emout_lab.format import format_bytes

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

Array = np.ndarray[Any, Any]

#: Points that a picture shows, at most: more hide each other.
MOST_POINTS = 100_000
KINDS = ("scatter", "hist2d")
EMOUTS_BINS = 64
#: Pairs such as ``.xvx`` are drawings.
PHASE_KEYS = POSITIONS + VELOCITIES


class ParticleSnapshot:
    """The particles of one output step: a lazy table with columns x, y, z, vx, vy, vz, tid.

    Columns are attributes and items: ``step.vx``, ``step["vx"]``. ``step[mask]``, ``step[:1000]``
    and ``step[[3, 1]]`` are tables of some of the particles; nothing is read before it is needed.

    Parameters
    ----------
    source : ParticleSource
        Of the species.
    position : int
        Of the output step.
    rows : range or ndarray of int, optional
        Which particles; all by default.
    values : mapping of str to ndarray, optional
        Columns that are in memory.

    Examples
    --------
    >>> import tempfile
    >>> from emout_lab.emses import Emout
    >>> from emout_lab.emses.demo import write_demo_data
    >>> from emout_lab.emses.demo_particles import write_demo_particles
    >>> run = write_demo_data(tempfile.mkdtemp(), grid=8, steps=2)
    >>> data = Emout(write_demo_particles(run, particles=1000))
    >>> step = data.p1[-1]
    >>> fast = step[step.vx > 1e6]
    >>> len(fast) < len(step), fast.x.units, bool((fast.vx > 1e6).all())
    (True, 'm', True)
    """

    def __init__(
        self,
        source: ParticleSource,
        position: int,
        rows: Rows | None = None,
        values: Mapping[str, Array] | None = None,
    ) -> None:
        self._source = source
        self._position = position
        self._given = rows
        self._values = values

    @property
    def name(self) -> str:
        """What the code calls it."""
        return f"{self._source.name}[{self._position}]"

    @property
    def columns(self) -> tuple[str, ...]:
        """Names of the columns."""
        return self._source.columns

    @property
    def step(self) -> int:
        """Number of the output step in its file."""
        return int(self._source.numbers[self._position])

    @property
    def t(self) -> float:
        """Time of the step, or its number where the parameters do not give it."""
        return float(self._source.times()[self._position])

    @property
    def rows(self) -> Rows:
        """Which particles of the step.

        Raises
        ------
        BadFile
            When one column is longer than another.
        """
        if self._given is None:
            return range(self._source.counts([self._position])[0])
        return self._given

    @property
    def nbytes(self) -> int:
        """Bytes that the table takes once it is in memory."""
        return len(self) * sum(self._source.dtype(name).itemsize for name in self.columns)

    @property
    def is_lazy(self) -> bool:
        """Whether the values are still in the files."""
        return self._values is None

    @property
    def val_si(self) -> ParticleSnapshot:
        """The same table in SI."""
        require_units(self._source)
        return self._in_units(True)

    @property
    def val_emses(self) -> ParticleSnapshot:
        """The same table in EMSES units."""
        return self._in_units(False)

    def keys(self) -> tuple[str, ...]:
        """Return the names of the columns."""
        return self.columns

    def as_dict(self) -> dict[str, ParticleData]:
        """Return the columns by name."""
        return {name: self[name] for name in self.columns}

    def compute(self) -> ParticleSnapshot:
        """Return the same table with its values in memory."""
        if not self.is_lazy:
            return self
        values = self._read(self.columns)
        return ParticleSnapshot(self._source, self._position, self._given, values)

    def to_dataframe(self, use_si: bool | None = None) -> pd.DataFrame:
        """Return a `pandas.DataFrame` with one column per column, read at once.

        Parameters
        ----------
        use_si : bool, optional
            False for EMSES units; by default those of the table.

        Raises
        ------
        ReadTooLarge
            When a session is in use, and the table is larger than the read limit.
        """
        import pandas as pd  # noqa: PLC0415 - loaded by few

        table: pd.DataFrame = pd.DataFrame(self._in_units(use_si)._read(self.columns))
        return table

    def to_pandas(self, use_si: bool | None = None) -> pd.DataFrame:
        """Return `to_dataframe`."""
        return self.to_dataframe(use_si)

    @execution.recordable
    def hist(
        self,
        name: str,
        bins: Any = binning.DEFAULT_BINS,
        range: Any = None,
        weights: Any = None,
        where: Mapping[str, Any] | None = None,
        use_si: bool | None = None,
    ) -> Histogram:
        """Count these particles; parameters as for `ParticlesSeries.hist`.

        `weights` may also be an array with one number per particle.
        """
        table = self._in_units(use_si)
        return binning.histogram(
            table._selection(),
            name,
            bins=bins,
            range=range,
            weights=weights,
            where=where,
            title=table._title(),
        )

    @execution.recordable
    def hist2d(
        self,
        x: str,
        y: str,
        bins: Any = binning.DEFAULT_BINS,
        range: Any = None,
        weights: Any = None,
        where: Mapping[str, Any] | None = None,
        use_si: bool | None = None,
    ) -> Histogram2D:
        """Count these particles by two quantities; parameters as for `hist`."""
        table = self._in_units(use_si)
        return binning.histogram2d(
            table._selection(),
            (x, y),
            bins=bins,
            range=range,
            weights=weights,
            where=where,
            title=table._title(),
        )

    def moments(
        self, where: Mapping[str, Any] | None = None, use_si: bool | None = None
    ) -> pd.DataFrame:
        """Return the moments of these particles, as `ParticlesSeries.moments` in one row."""
        return moments.moments(self._in_units(use_si)._selection(), where)

    @execution.recordable
    def plot(
        self,
        x: str = "x",
        y: str = "y",
        kind: str = "scatter",
        *,
        use_si: bool | None = None,
        bins: Any = binning.DEFAULT_BINS,
        points: int | None = MOST_POINTS,
        c: Any = None,
        **options: Any,
    ) -> Axes:
        """Draw the particles over two quantities.

        Parameters
        ----------
        x, y : str
            Columns, or ``"speed"`` or ``"energy"``.
        kind : {"scatter", "hist2d"}
            Points, or their number in each bin as colours.
        use_si : bool, optional
            False for EMSES units; by default those of the table.
        bins
            For ``"hist2d"``, see `ParticlesSeries.hist2d`.
        points : int or None
            Of more particles than this every second, third, … is drawn, with a warning and a word
            in the title; None draws all.
        c : str or colour, optional
            A quantity that colours the points, or a colour.
        **options
            ``ax``, ``figsize``, ``title``, ``xlabel``, ``ylabel``, ``savefilename``, ``show``; the
            rest goes to `matplotlib.axes.Axes.scatter` (``s``, ``alpha``, …) or to
            `Histogram2D.plot` (``log``, ``cmap``, …).

        Raises
        ------
        BadOption
            When there is no such kind, or `points` is no positive number.
        """
        if kind not in KINDS:
            raise BadOption(f"kind={kind!r}: there are {' and '.join(map(repr, KINDS))}.", "kind")
        if points is not None and (not isinstance(points, (int, np.integer)) or points < 1):
            raise BadOption(f"points={points!r}: give how many are drawn, or None.", "points")
        table = self._in_units(use_si)
        if kind == "hist2d":
            if c is not None:
                options["c"] = c
            return table.hist2d(x, y, bins=bins, use_si=table._source.is_si).plot(**options)
        return table._scatter(x, y, points, c, options)

    def plot_phase_space(
        self,
        var1: str,
        var2: str,
        kind: str = "scatter",
        ax: Any = None,
        use_si: bool = True,
        bins: Any = EMOUTS_BINS,
        **options: Any,
    ) -> Axes:
        """Draw two columns over each other, in SI: `plot` by the name that emout has for it."""
        return self.plot(var1, var2, kind, ax=ax, use_si=use_si, bins=bins, **options)

    def __getattr__(self, name: str) -> Any:
        if not name.startswith("_"):
            if name in COLUMNS:
                return self[name]
            for first in PHASE_KEYS:
                rest = name[len(first) :]
                if name.startswith(first) and rest in PHASE_KEYS and rest != first:
                    return partial(self.plot_phase_space, first, rest)
        raise AttributeError(
            f"'ParticleSnapshot' object has no attribute {name!r}. Columns are "
            f"{', '.join(COLUMNS)}; pairs of them such as .xvx() draw them."
        )

    def __dir__(self) -> list[str]:
        pairs = (a + b for a in PHASE_KEYS for b in PHASE_KEYS if a != b)
        return sorted([*super().__dir__(), *self.columns, *pairs])

    def __getitem__(self, key: Any) -> Any:
        if isinstance(key, str):
            return self._one(key)
        if isinstance(key, (int, np.integer)) and not isinstance(key, bool):
            return {name: item[0] for name, item in self._read(self.columns, [key]).items()}
        key = index_of(key)
        rows = chosen(self.rows, key, self.name)
        values = None
        if self._values is not None:
            values = {name: item[key] for name, item in self._values.items()}
        return ParticleSnapshot(self._source, self._position, rows, values)

    def __contains__(self, name: object) -> bool:
        return name in self.columns

    def __iter__(self) -> Iterator[str]:
        return iter(self.columns)

    def __len__(self) -> int:
        return len(self.rows)

    def __repr__(self) -> str:
        state = f"lazy, {format_bytes(self.nbytes)}" if self.is_lazy else "in memory"
        names = ", ".join(self.columns)
        return f"<ParticleSnapshot {self._title()}: {len(self):,} particles; {names}; {state}>"

    def __sizeof__(self) -> int:
        return object.__sizeof__(self) + (0 if self.is_lazy else self.nbytes)

    def _one(self, name: str) -> ParticleData:
        if name not in self.columns:
            raise UnknownField(
                f"Species {self._source.species} has no column {name!r}: {self._source.directory} "
                f"has the files of {', '.join(self.columns)}."
            )
        known = None if self._values is None else self._values[name]
        return ParticleData(self._source, self._position, name, self.rows, known)

    def _read(self, columns: Iterable[str], key: Any = slice(None)) -> dict[str, Array]:
        """Return columns of some of the particles, read at once."""
        names, source = list(columns), self._source
        if self._values is not None:
            return {name: self._values[name][key] for name in names}
        wanted = [source.column(self._position, name) for name in names]
        rows = chosen(self.rows, key, self.name)
        read = values_of(
            wanted, rows, self.name, policy=source.policy, is_granted=source.is_granted
        )
        return dict(zip(names, read, strict=True))

    def _scatter(self, x: str, y: str, points: int | None, c: Any, options: dict[str, Any]) -> Axes:
        from emout_lab.emses.particles import drawing  # noqa: PLC0415 - loads matplotlib

        is_named = isinstance(c, str) and c in (*self.columns, *DERIVED)
        wanted = [quantity(self._source, name) for name in (x, y, *([c] if is_named else []))]
        title = self._title()
        stride = 1 if points is None else max(1, -(-len(self) // points))
        if stride > 1:
            text = f"one in {stride} of {len(self):,} particles is drawn"
            warnings.warn(
                f"{self.name}: {text}. points=None draws all, kind='hist2d' counts all.",
                UserWarning,
                stacklevel=4,
            )
            title = f"{title}, {text}"
        names = dict.fromkeys(name for item in wanted for name in item.columns)
        columns = self._read(names, slice(None, None, stride))
        values = [item.of(columns) for item in wanted]
        if c is not None and not is_named:
            options["c"] = c
        colours = (values[2], wanted[2]) if is_named else None
        return drawing.draw_points(
            (values[0], values[1]), (wanted[0], wanted[1]), title, colours, options
        )

    def _in_units(self, use_si: bool | None) -> ParticleSnapshot:
        source = self._source if use_si is None else self._source.in_units(use_si=use_si)
        if source is self._source:
            return self
        values = self._values
        if values is not None:
            values = {name: self[name]._in_units(use_si=source.is_si).values for name in values}
        return ParticleSnapshot(source, self._position, self._given, values)

    def _selection(self) -> Selection:
        return Selection(self._source, [self._position], self._given)

    def _title(self) -> str:
        title = step_title(self._source, [self._position])
        return title if self._given is None else f"{title}, {len(self._given):,} particles chosen"
