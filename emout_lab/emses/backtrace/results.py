"""Orbits that were traced, and the curves drawn of them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

from emout_lab.emses import execution
from emout_lab.emses.backtrace import orbits_in_space
from emout_lab.emses.backtrace.curves import MultiXYData, Quantity, XYData
from emout_lab.errors import SpecError

if TYPE_CHECKING:
    from emout_lab.emses.units import Units

Array = np.ndarray[Any, Any]

#: What orbits have, in the order of the columns of a recorded path.
KEYS = ("t", "x", "y", "z", "vx", "vy", "vz")
#: Distances of periodic faces along x, y, z; 0 where faces are not periodic.
Periods: TypeAlias = tuple[float, float, float]
NO_PERIODS: Periods = (0.0, 0.0, 0.0)


def quantity(key: str, units: Units | None, periods: Periods = NO_PERIODS) -> Quantity:
    """Return name and unit of a key such as ``"vx"``, and the period of a position."""
    period = periods["xyz".index(key)] if key in ("x", "y", "z") else 0.0
    if units is None:
        return Quantity(key, None, period)
    if key == "t":
        return Quantity(key, units.t)
    return Quantity(key, units.v if key.startswith("v") else units.length, period)


def split_pair(name: str, keys: Sequence[str]) -> tuple[str, str] | None:
    """Part a name such as ``"xvz"`` into two keys, or return None.

    Examples
    --------
    >>> split_pair("tvx", KEYS), split_pair("vxvz", KEYS), split_pair("density", KEYS)
    (('t', 'vx'), ('vx', 'vz'), None)
    """
    for first in keys:
        rest = name[len(first) :]
        if name.startswith(first) and rest in keys and rest != first:
            return first, rest
    return None


class _Paired:
    """Pairs of keys as attributes."""

    def pair(self, var1: str, var2: str) -> Any:
        """Return what two keys give together; the classes below say what."""
        raise NotImplementedError

    def __getattr__(self, name: str) -> Any:
        keys = None if name.startswith("_") else split_pair(name, KEYS)
        if keys is None:
            raise AttributeError(
                f"{type(self).__name__!r} object has no attribute {name!r}; pairs are two of "
                f"{', '.join(KEYS)}, such as .tx or .xvz"
            )
        return self.pair(*keys)

    def __dir__(self) -> list[str]:
        return sorted([*super().__dir__(), *(a + b for a in KEYS for b in KEYS if a != b)])

    def fetch(self) -> Any:
        """Return the object itself: what ``ref.fetch()`` brings here, where it is here already."""
        return self

    def drop(self) -> None:
        """Do nothing: ``ref.drop()`` frees what lies on an engine."""


@dataclass(frozen=True)
class BacktraceResult(_Paired):
    """One orbit: ``ts, probability, positions, velocities = result``.

    Parameters
    ----------
    ts : ndarray, shape (n,)
        Times from the start, counted backward, in EMSES units like the others.
    probability : float
        Phase-space density at the start; NaN where the orbit did not end.
    positions, velocities : ndarray, shape (n, 3)
        The orbit.
    unit : Units, optional
        For SI labels.
    periods : tuple of float
        Distances of periodic faces along x, y, z; 0 where orbits go through none.
    """

    ts: Array
    probability: float
    positions: Array
    velocities: Array
    unit: Units | None = None
    periods: Periods = NO_PERIODS

    @property
    def nbytes(self) -> int:
        """Bytes of the arrays."""
        return int(self.ts.nbytes + self.positions.nbytes + self.velocities.nbytes)

    def __iter__(self) -> Iterator[Any]:
        return iter((self.ts, self.probability, self.positions, self.velocities))

    def values(self, key: str) -> Array:
        """Return one of t, x, y, z, vx, vy, vz along the orbit, in EMSES units."""
        path = np.column_stack([self.ts, self.positions, self.velocities])
        return path[:, _column(key)]

    def pair(self, var1: str, var2: str) -> XYData:
        """Return two of t, x, y, z, vx, vy, vz as a curve; ``.tx`` is ``pair("t", "x")``."""
        return XYData(
            self.values(var1),
            self.values(var2),
            quantity(var1, self.unit, self.periods),
            quantity(var2, self.unit, self.periods),
        )

    @execution.recordable
    def plot3d(self, **options: Any) -> Any:
        """Draw the orbit in space with PyVista.

        Parameters
        ----------
        **options
            ``alpha``, ``color``, ``line_width``, ``tube_radius``, ``use_si``, ``clip_bounds``,
            ``plotter``, ``camera``, … see `emout_lab.emses.backtrace.orbits_in_space.draw`.

        Returns
        -------
        Scene
            See `emout_lab.emses.fields.Field.plot3d`, also for what is raised.
        """
        return orbits_in_space.draw([self.paths], **options)

    @property
    def paths(self) -> orbits_in_space.Paths:
        """Where it goes."""
        return orbits_in_space.Paths(
            [self.positions], np.array([self.probability]), self.unit, self.periods
        )

    def __repr__(self) -> str:
        return f"<BacktraceResult: {len(self.ts)} points, probability {self.probability:.3g}>"


@dataclass(frozen=True)
class MultiBacktraceResult(_Paired):
    """Several orbits; after an orbit's last point (``last_indexes``) its arrays hold zeros.

    Unpacks as ``ts_list, probabilities, positions_list, velocities_list, last_indexes``.

    Parameters
    ----------
    ts_list : ndarray, shape (n, most points)
        Times from the start, counted backward.
    probabilities : ndarray, shape (n,)
        Phase-space density at each start.
    positions_list, velocities_list : ndarray, shape (n, most points, 3)
        The orbits.
    last_indexes : ndarray of int, shape (n,)
        Number of points of each.
    unit : Units, optional
        For SI labels.
    periods : tuple of float
        Distances of periodic faces along x, y, z; 0 where orbits go through none.
    """

    ts_list: Array
    probabilities: Array
    positions_list: Array
    velocities_list: Array
    last_indexes: Array
    unit: Units | None = None
    periods: Periods = NO_PERIODS

    @classmethod
    def joined(
        cls,
        parts: Sequence[tuple[Array, Array, Array]],
        unit: Units | None,
        periods: Periods = NO_PERIODS,
    ) -> MultiBacktraceResult:
        """Join what tasks traced: paths, counts and probabilities of each."""
        longest = max((path.shape[1] for path, _, _ in parts), default=0)
        path = np.zeros((sum(len(part[0]) for part in parts), longest, len(KEYS)))
        start = 0
        for piece, _, _ in parts:
            path[start : start + len(piece), : piece.shape[1]] = piece
            start += len(piece)
        counts, probabilities = (
            np.concatenate([part[i] for part in parts]) if parts else np.zeros(0) for i in (1, 2)
        )
        places, velocities = path[..., 1:4], path[..., 4:7]
        return cls(path[..., 0], probabilities, places, velocities, counts, unit, periods)

    @property
    def nbytes(self) -> int:
        """Bytes of the arrays."""
        return int(7 * self.ts_list.nbytes)

    def __iter__(self) -> Iterator[Any]:
        return iter(
            (
                self.ts_list,
                self.probabilities,
                self.positions_list,
                self.velocities_list,
                self.last_indexes,
            )
        )

    def __len__(self) -> int:
        return len(self.ts_list)

    def __getitem__(self, number: int) -> BacktraceResult:
        """Return one orbit."""
        used = slice(int(self.last_indexes[number]))
        return BacktraceResult(
            self.ts_list[number, used],
            float(self.probabilities[number]),
            self.positions_list[number, used],
            self.velocities_list[number, used],
            self.unit,
            self.periods,
        )

    def sample(self, indices: Any, random_state: int | None = None) -> MultiBacktraceResult:
        """Return some of the orbits.

        Parameters
        ----------
        indices : int, slice or sequence of int
            How many to draw at random, or which.
        random_state : int, optional
            Seed, for the same orbits again.
        """
        total = len(self)
        if isinstance(indices, (int, np.integer)):
            if not 0 <= indices <= total:
                raise SpecError(f"sample({indices}): there are {total} orbits.")
            chosen = np.random.default_rng(random_state).choice(total, indices, replace=False)
        elif isinstance(indices, slice):
            chosen = np.arange(total)[indices]
        else:
            chosen = np.asarray(list(indices), dtype=int)
            if np.any((chosen < -total) | (chosen >= total)):
                raise IndexError(f"sample({indices!r}): there are {total} orbits, from 0.")
        return MultiBacktraceResult(
            self.ts_list[chosen],
            self.probabilities[chosen],
            self.positions_list[chosen],
            self.velocities_list[chosen],
            self.last_indexes[chosen],
            self.unit,
            self.periods,
        )

    def pair(self, var1: str, var2: str) -> MultiXYData:
        """Return two of t, x, y, z, vx, vy, vz as one curve per orbit."""
        return MultiXYData(
            self._column(var1),
            self._column(var2),
            self.last_indexes,
            quantity(var1, self.unit, self.periods),
            quantity(var2, self.unit, self.periods),
            self.probabilities,
        )

    def _column(self, key: str) -> Array:
        column = _column(key)
        if column == 0:
            return self.ts_list
        source = self.positions_list if column < 4 else self.velocities_list
        return source[..., (column - 1) % 3]

    @execution.recordable
    def plot3d(self, **options: Any) -> Any:
        """Draw the orbits in space with PyVista.

        Parameters
        ----------
        **options
            ``alpha``, ``color``, ``line_width``, ``tube_radius``, ``use_si``, ``clip_bounds``,
            ``plotter``, ``camera``, … see `emout_lab.emses.backtrace.orbits_in_space.draw`.

        Returns
        -------
        Scene
            See `emout_lab.emses.fields.Field.plot3d`, also for what is raised.
        """
        return orbits_in_space.draw([self.paths], **options)

    @property
    def paths(self) -> orbits_in_space.Paths:
        """Where they go."""
        counts = zip(self.positions_list, self.last_indexes, strict=True)
        places = [positions[: int(count)] for positions, count in counts]
        return orbits_in_space.Paths(places, self.probabilities, self.unit, self.periods)

    def __repr__(self) -> str:
        points = self.ts_list.shape[1]
        return f"<MultiBacktraceResult: {len(self)} orbits of up to {points} points>"


def _column(key: str) -> int:
    if key not in KEYS:
        raise KeyError(f"There is no {key!r} along an orbit; there are {', '.join(KEYS)}.")
    return KEYS.index(key)
