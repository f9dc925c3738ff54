"""An experiment that is done several times at each point."""

from __future__ import annotations

from typing import Any, ClassVar

from emout_lab.engine.sweeps import results as names
from emout_lab.engine.sweeps.results import ResultsDict, flattened
from emout_lab.experiments.experiment import Experiment
from emout_lab.format import is_count


class ExperimentCombinator(Experiment):
    """An experiment that runs another one.

    Parameters
    ----------
    ex : Experiment
        The other one, or any object with ``set(params)`` and ``run()``.
    """

    def __init__(self, ex: Any) -> None:
        super().__init__()
        self._experiment = ex

    def experiment(self) -> Any:
        """Return the experiment that it runs."""
        return self._experiment


class RepeatedExperiment(ExperimentCombinator):
    """Does an experiment several times at each point; each time is a result of its own.

    Parameters
    ----------
    ex : Experiment
        What is done, or any object with ``set(params)`` and ``run()``.
    N : int
        How often.

    Raises
    ------
    ValueError
        When N is no positive whole number.

    Examples
    --------
    >>> class One(Experiment):
    ...     def do(self, params):
    ...         return {"y": params["k"]}
    >>> [each["results"] for each in RepeatedExperiment(One(), 2).set({"k": 3}).run()]
    [{'y': 3}, {'y': 3}]
    """

    I: ClassVar = names.REPETITION  # noqa: E741  # epyc's name
    REPETITIONS: ClassVar = names.REPETITIONS

    def __init__(self, ex: Any, N: int) -> None:
        super().__init__(ex)
        if not is_count(N):
            raise ValueError(f"an experiment is repeated once or more often, not {N!r:.80} times")
        self._times = int(N)

    def repetitions(self) -> int:
        """Return how often the experiment is done."""
        return self._times

    def do(self, params: dict[str, Any]) -> list[ResultsDict]:
        """Do the experiment so often, and return all that came of it."""
        found: list[ResultsDict] = []
        for number in range(self._times):
            told = {names.REPETITION: number, names.REPETITIONS: self._times}
            found += [
                {**each, names.METADATA: {**each[names.METADATA], **told}}
                for each in flattened(self._experiment.set(params).run())
            ]
        return found
