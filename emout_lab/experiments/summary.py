"""An experiment that summarises the results of another one: mean, median, variance and range."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from typing import Any, ClassVar, Final

import numpy as np

from emout_lab.engine.sweeps import results as names
from emout_lab.engine.sweeps.results import Found, ResultsDict, flattened, is_successful
from emout_lab.experiments.repeated import ExperimentCombinator

SUMMARIES: Final[dict[str, Callable[[Any], Any]]] = {
    "_mean": np.mean,
    "_median": np.median,
    "_variance": np.var,
    "_min": np.min,
    "_max": np.max,
}


class SummaryExperiment(ExperimentCombinator):
    """Summarises what came of several runs of an experiment, usually a `RepeatedExperiment`.

    For each result ``y`` there are ``y_mean``, ``y_median``, ``y_variance`` (of the whole
    population), ``y_min`` and ``y_max`` over the runs that succeeded.

    Parameters
    ----------
    ex : Experiment
        What is done.
    summarised_results : list of str, optional
        Which results; by default all of which there is a mean, so no texts.

    Examples
    --------
    >>> from emout_lab.experiments import Experiment, RepeatedExperiment
    >>> class Next(Experiment):
    ...     count = 0
    ...     def do(self, params):
    ...         self.count += 1
    ...         return {"y": self.count}
    >>> e = SummaryExperiment(RepeatedExperiment(Next(), 3))
    >>> float(e.set({"k": 1}).run()["results"]["y_mean"])
    2.0
    """

    MEAN_SUFFIX: ClassVar = "_mean"
    MEDIAN_SUFFIX: ClassVar = "_median"
    VARIANCE_SUFFIX: ClassVar = "_variance"
    MIN_SUFFIX: ClassVar = "_min"
    MAX_SUFFIX: ClassVar = "_max"
    UNDERLYING_RESULTS: ClassVar = "epyc.summaryexperiment.repetitions"
    UNDERLYING_SUCCESSFUL_RESULTS: ClassVar = "epyc.summaryexperiment.successful_repetitions"

    def __init__(self, ex: Any, summarised_results: Sequence[str] | None = None) -> None:
        super().__init__(ex)
        self._wanted = None if summarised_results is None else list(summarised_results)
        self._counts: tuple[int, int] = 0, 0

    def summarise(self, results: Sequence[ResultsDict]) -> dict[str, Any]:
        """Return the summary of the results dictionaries of runs that succeeded.

        Subclasses may make another one, or add to it.

        Raises
        ------
        KeyError
            When no run has a result that was named.
        TypeError
            When a result that was named is no number; others are left out then, with a warning.
        """
        good = [each[names.RESULTS] for each in results]
        there = list(dict.fromkeys(name for each in good for name in each))
        found: dict[str, Any] = {}
        for name in there if self._wanted is None else self._wanted:
            if name not in there:
                raise KeyError(f"no run has a result {name!r}; there are {there}")
            values = [each[name] for each in good if name in each]
            try:
                found.update({f"{name}{end}": make(values) for end, make in SUMMARIES.items()})
            except Exception as error:
                told = f"the result {name!r} has no mean and the like: {values[0]!r:.80}"
                if self._wanted is not None:
                    raise TypeError(
                        f"{told} ({error}); leave it out of the results named"
                    ) from error
                warnings.warn(f"{told}; it is left out of the summary", stacklevel=2)
        return found

    def do(self, params: dict[str, Any]) -> dict[str, Any]:
        """Do the experiment and return the summary of what came of it.

        Raises
        ------
        ValueError
            When no run succeeded.
        """
        runs = flattened(self._experiment.set(params).run())
        good = [each for each in runs if is_successful(each)]
        self._counts = len(runs), len(good)
        if not good:
            told = runs[0][names.METADATA].get(names.EXCEPTION) if runs else "nothing ran"
            raise ValueError(f"none of {len(runs)} runs succeeded; the first: {told}")
        return self.summarise(good)

    def report(self, params: dict[str, Any], meta: dict[str, Any], res: Any) -> Found:
        """Return the results dictionary, with how many runs there were, and how many succeeded."""
        runs, good = self._counts
        told = {self.UNDERLYING_RESULTS: runs, self.UNDERLYING_SUCCESSFUL_RESULTS: good}
        return super().report(params, {**meta, **told}, res)
