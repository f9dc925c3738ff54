"""An experiment that summarises the results of another one: mean, median, variance and range."""

from __future__ import annotations

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
        Which results; all by default.

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
        """Return the summary of results dictionaries.

        Raises
        ------
        KeyError
            When a result that is to be summarised is missing in one of them.
        ValueError
            When none of them succeeded.
        """
        good = [each[names.RESULTS] for each in results if is_successful(each)]
        self._counts = len(results), len(good)
        if not good:
            told = results[0][names.METADATA].get(names.EXCEPTION) if results else "nothing ran"
            raise ValueError(f"none of {len(results)} runs succeeded; the first: {told}")
        wanted = list(good[0]) if self._wanted is None else self._wanted
        return {
            f"{name}{suffix}": summary([each[name] for each in good])
            for name in wanted
            for suffix, summary in SUMMARIES.items()
        }

    def do(self, params: dict[str, Any]) -> dict[str, Any]:
        """Do the experiment and return the summary of what came of it."""
        return self.summarise(flattened(self._experiment.set(params).run()))

    def report(self, params: dict[str, Any], meta: dict[str, Any], res: Any) -> Found:
        """Return the results dictionary, with how many runs there were, and how many succeeded."""
        runs, good = self._counts
        told = {self.UNDERLYING_RESULTS: runs, self.UNDERLYING_SUCCESSFUL_RESULTS: good}
        return super().report(params, {**meta, **told}, res)
