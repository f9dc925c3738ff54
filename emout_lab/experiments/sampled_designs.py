"""Designs that fill a parameter space evenly with a number of points that is chosen."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from numbers import Integral
from typing import Any

import numpy as np

from emout_lab.errors import MissingExtra
from emout_lab.experiments.designs import Design, Point
from emout_lab.format import is_count


class SampledDesign(Design):
    """Points that fill a space evenly, of a number that is chosen.

    A parameter of two numbers lies between them, both ends included where they are whole numbers;
    of any others each is one of the values; one value stays as it is.

    Parameters
    ----------
    n : int
        How many points.
    seed : int, optional
        Gives the same points each time.
    """

    def __init__(self, n: int, seed: int | None = None) -> None:
        if not is_count(n):
            raise ValueError(f"a design has one point or more, not {n!r:.80}")
        self.n, self.seed = int(n), seed

    @abstractmethod
    def sample(self, dimensions: int) -> np.ndarray[Any, np.dtype[np.float64]]:
        """Return so many numbers in [0, 1) for each point, shape (n, dimensions)."""

    def points(self, space: Mapping[str, Sequence[Any]]) -> Iterable[Point]:
        """Return the points."""
        if not space:
            return []
        table = self.sample(len(space))
        return [
            {
                name: _at(values, part)
                for (name, values), part in zip(space.items(), row, strict=True)
            }
            for row in table
        ]


class LatinHypercubeDesign(SampledDesign):
    """A Latin hypercube: each n-th part of each range is hit once (`scipy.stats.qmc`).

    Examples
    --------
    >>> points = LatinHypercubeDesign(4, seed=0).points({"x": (0.0, 1.0)})
    >>> sorted(int(4 * point["x"]) for point in points)
    [0, 1, 2, 3]
    """

    def sample(self, dimensions: int) -> np.ndarray[Any, np.dtype[np.float64]]:
        """Return numbers in [0, 1), shape (n, dimensions)."""
        return np.asarray(_seeded("LatinHypercube", dimensions, self.seed).random(self.n))


class SobolDesign(SampledDesign):
    """A scrambled Sobol sequence (`scipy.stats.qmc`); most even where n is a power of two."""

    def sample(self, dimensions: int) -> np.ndarray[Any, np.dtype[np.float64]]:
        """Return numbers in [0, 1), shape (n, dimensions)."""
        whole = max(self.n - 1, 0).bit_length()  # it complains of other numbers of points
        return np.asarray(_seeded("Sobol", dimensions, self.seed).random_base2(whole)[: self.n])


def _seeded(kind: str, dimensions: int, seed: int | None) -> Any:
    """Return a sampler of scipy, which has two names for the source of random numbers."""
    try:
        from scipy.stats import qmc  # noqa: PLC0415  # an extra
    except ImportError as error:
        raise MissingExtra(f"{kind}Design", "scipy", "designs") from error
    make = getattr(qmc, kind)
    try:
        return make(dimensions, rng=seed)
    except TypeError:
        return make(dimensions, seed=seed)


def _at(values: Sequence[Any], part: float) -> Any:
    """Return the value at a part, in [0, 1), of a range or a list."""
    if len(values) == 2 and all(_is_number(each) for each in values):
        low, high = values
        if isinstance(low, Integral) and isinstance(high, Integral):
            return int(low) + int(part * (int(high) - int(low) + 1))
        return float(low) + part * (float(high) - float(low))
    return values[int(part * len(values))]


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float | np.number) and not isinstance(value, bool | np.bool_)
