"""Designs: which points of a parameter space an experiment is done at."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from emout_lab.experiments.errors import DesignException

#: A point: a value for each parameter; and what is done where. The longer names are epyc's.
Point = dict[str, Any]
ExperimentalParameters = Point
ExperimentalConfiguration = list[tuple[Any, Point]]


class Design:
    """Makes points of the ranges of parameters; subclasses say how.

    That is in `points`, or, as in epyc, in `experiments`.
    """

    def __repr__(self) -> str:
        told = ", ".join(f"{name}={value!r}" for name, value in vars(self).items())
        return f"{type(self).__name__}({told})"

    def points(self, space: Mapping[str, Sequence[Any]]) -> Iterable[Point]:
        """Return the points, each a dictionary of values by name.

        Parameters
        ----------
        space : mapping
            By the name of each parameter, its values.

        Raises
        ------
        NotImplementedError
            When a subclass does not say it.
        """
        if type(self).experiments is Design.experiments:
            raise NotImplementedError(
                f"{type(self).__name__} says in neither points(self, space) nor "
                "experiments(self, e, ps) which points there are"
            )
        return [point for _, point in self.experiments(None, space)]

    def experiments(self, e: Any, ps: Mapping[str, Sequence[Any]]) -> ExperimentalConfiguration:
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
        DesignException
            A ``ValueError``: there are several values of two parameters, but not as many of both.
        """
        counts = {name: len(values) for name, values in space.items() if len(values) != 1}
        if len(set(counts.values())) > 1:
            told = ", ".join(f"{count} of {name!r}" for name, count in counts.items())
            raise DesignException(
                f"a pointwise design takes as many values of each parameter, not {told}"
            )
        count = next(iter(counts.values()), 1 if space else 0)
        return [
            {name: values[number if len(values) > 1 else 0] for name, values in space.items()}
            for number in range(count)
        ]
