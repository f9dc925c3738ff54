"""Designs: which points of a parameter space an experiment is done at."""

from __future__ import annotations

import itertools
from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

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
