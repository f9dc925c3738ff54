"""Designs: which points of a parameter space an experiment is done at."""

from __future__ import annotations

import itertools
from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from numbers import Integral
from typing import Any, ClassVar

import numpy as np

#: A point: a value for each parameter.
Point = dict[str, Any]


class Design(ABC):
    """Makes points of the ranges of parameters."""

    @abstractmethod
    def points(self, space: Mapping[str, Sequence[Any]]) -> Iterable[Point]:
        """Return the points, each a dictionary of values by name.

        Parameters
        ----------
        space : mapping
            By the name of each parameter, its values.
        """

    def experiments(self, e: Any, ps: Mapping[str, Sequence[Any]]) -> list[tuple[Any, Point]]:
        """Return the points, each with the experiment that is done there."""
        return [(e, point) for point in self.points(ps)]


class FactorialDesign(Design):
    """Each value of each parameter with each of all others.

    Examples
    --------
    >>> list(FactorialDesign().points({"a": [1, 2], "b": [5]}))
    [{'a': 1, 'b': 5}, {'a': 2, 'b': 5}]
    """

    def points(self, space: Mapping[str, Sequence[Any]]) -> Iterable[Point]:
        """Return the points, the last parameter changing fastest."""
        if not space:
            return []
        return (dict(zip(space, each, strict=True)) for each in itertools.product(*space.values()))


class PointwiseDesign(Design):
    """The first values of all parameters together, then the second ones, and so on.

    Examples
    --------
    >>> list(PointwiseDesign().points({"a": [1, 2], "b": [5, 6]}))
    [{'a': 1, 'b': 5}, {'a': 2, 'b': 6}]
    """

    def points(self, space: Mapping[str, Sequence[Any]]) -> Iterable[Point]:
        """Return the points.

        Parameters of one value have it at all of them.

        Raises
        ------
        ValueError
            When there are several values of two parameters, but not as many of both.
        """
        counts = {name: len(values) for name, values in space.items() if len(values) != 1}
        if len(set(counts.values())) > 1:
            told = ", ".join(f"{count} of {name!r}" for name, count in counts.items())
            raise ValueError(
                f"a pointwise design takes as many values of each parameter, not {told}"
            )
        count = next(iter(counts.values()), 1 if space else 0)
        return [
            {name: values[number if len(values) > 1 else 0] for name, values in space.items()}
            for number in range(count)
        ]


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
        if isinstance(n, bool) or int(n) != n or n < 1:
            raise ValueError(f"a design has one point or more, not {n!r}")
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
        from scipy.stats import qmc

        return np.asarray(qmc.LatinHypercube(dimensions, seed=self.seed).random(self.n))


class SobolDesign(SampledDesign):
    """A scrambled Sobol sequence (`scipy.stats.qmc`); most even where n is a power of two."""

    balance: ClassVar = "most even with 2**m points"

    def sample(self, dimensions: int) -> np.ndarray[Any, np.dtype[np.float64]]:
        """Return numbers in [0, 1), shape (n, dimensions)."""
        from scipy.stats import qmc

        whole = max(self.n - 1, 0).bit_length()  # it complains of other numbers of points
        return np.asarray(qmc.Sobol(dimensions, seed=self.seed).random_base2(whole)[: self.n])


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
