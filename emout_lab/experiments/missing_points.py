"""Which points are still to be done, where sweeps have ended before all of theirs were."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, TypeAlias

from emout_lab.engine.sweeps import results as names
from emout_lab.experiments.designs import Point
from emout_lab.experiments.result_set import ResultSet
from emout_lab.experiments.same_values import hashable

Key: TypeAlias = frozenset[tuple[str, Any]]


def key_of(point: Mapping[str, Any]) -> Key:
    """Return what is equal for points of the same values.

    Examples
    --------
    >>> key_of({"a": 1, "b": 2.0}) == key_of({"b": 2, "a": 1})
    True
    """
    return frozenset((name, hashable(value)) for name, value in point.items())


class MissingPoints:
    """What of a space is still to be done.

    Parameters
    ----------
    found : ResultSet
        Where results are.
    lost : iterable of str
        Jobs there whose results will not come.
    """

    def __init__(self, found: ResultSet, lost: Iterable[str]) -> None:
        self._found = found
        self._jobs: dict[Key, list[str]] = {}
        for job in lost:
            self._jobs.setdefault(key_of(found.pendingResultParameters(job)), []).append(job)

    def __bool__(self) -> bool:
        return bool(self._jobs)

    def of(
        self, points: Sequence[Point], done: Iterable[Mapping[str, Any]]
    ) -> tuple[list[Point], list[str]]:
        """Return the points to do, each as often as it is missing, and the jobs that they replace.

        Parameters
        ----------
        points : sequence of dict
            The space.
        done : iterable of dict
            Points that are to be done only where they are missing; others are new.
        """
        known = {key_of(each) for each in done}
        wanted: list[Point] = []
        replaced: list[str] = []
        for point in points:
            key = key_of(point)
            jobs = self._jobs.get(key, [])
            wanted += [point] * (len(jobs) or key not in known)
            replaced += jobs
        return wanted, list(dict.fromkeys(replaced))

    def held(self, experiment: Any, coming: Iterable[str]) -> list[dict[str, Any]]:
        """Return the points where there are results of an experiment, or are still to come.

        Parameters
        ----------
        experiment : object
            Results that do not tell of which they are count as well.
        coming : iterable of str
            Jobs whose results will come.
        """
        classes = _classes(experiment)
        found = [
            each[names.PARAMETERS]
            for each in self._found.results()
            if _class_of(each[names.METADATA]) in (None, *classes) and not names.is_cancelled(each)
        ]
        return [*found, *map(self._found.pendingResultParameters, coming)]


def name_of(experiment: Any) -> str:
    """Return what an experiment is called where its sweep is shown.

    Examples
    --------
    >>> from emout_lab.experiments import Experiment, RepeatedExperiment
    >>> name_of(RepeatedExperiment(Experiment(), 3))
    'RepeatedExperiment of Experiment'
    """
    return " of ".join(type(each).__name__ for each in _nested(experiment))


def _classes(experiment: Any) -> set[str]:
    return {type(each).__name__ for each in _nested(experiment)}


def _nested(experiment: Any) -> list[Any]:
    """Return an experiment, and those that it is made of, from the outside."""
    found = [experiment]
    while callable(inner := getattr(found[-1], "experiment", None)) and len(found) < 8:
        found.append(inner())
    return found


def _class_of(metadata: Mapping[str, Any]) -> str | None:
    name = metadata.get(names.CLASS_NAME)
    return str(name).rpartition(".")[2] if name else None
