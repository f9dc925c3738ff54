"""The results dictionary: parameters, metadata and results of an experiment that ran once.

Its three parts and the names of the metadata are those of epyc, so that its notebooks can be read
and its experiments run.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, Final, TypeAlias

import numpy as np

from emout_lab.engine.error_reports import repr_of
from emout_lab.engine.sweeps.errors import CancelledException, ResultsStructureException

PARAMETERS: Final = "parameters"
METADATA: Final = "metadata"
RESULTS: Final = "results"

#: Names of metadata.
CLASS_NAME: Final = "epyc.experiment.classname"
START_TIME: Final = "epyc.experiment.start_time"
END_TIME: Final = "epyc.experiment.end_time"
ELAPSED_TIME: Final = "epyc.experiment.elapsed_time"
SETUP_TIME: Final = "epyc.experiment.setup_time"
EXPERIMENT_TIME: Final = "epyc.experiment.experiment_time"
TEARDOWN_TIME: Final = "epyc.experiment.teardown_time"
STATUS: Final = "epyc.experiment.status"
EXCEPTION: Final = "epyc.experiment.exception"
TRACEBACK: Final = "epyc.experiment.traceback"
REPETITION: Final = "epyc.experiment.rep"
REPETITIONS: Final = "epyc.experiment.repetitions"
TIMES: Final = (START_TIME, END_TIME)
STANDARD: Final = frozenset(
    (
        *(CLASS_NAME, *TIMES, ELAPSED_TIME, SETUP_TIME, EXPERIMENT_TIME, TEARDOWN_TIME),
        *(STATUS, EXCEPTION, TRACEBACK),
    )
)
#: In a sweep: the engine where it ran, and the most memory that it had meanwhile [B].
ENGINE: Final = "emout_lab.experiment.engine"
PEAK_MEMORY: Final = "emout_lab.experiment.peak_memory"
#: Of a failure: which point of which sweep it is, so that it makes room when that is done again.
JOB: Final = "emout_lab.experiment.job"
#: What it has written, the last of it.
OUTPUT: Final = "emout_lab.experiment.output"

#: What is told of a point that was given up.
CANCELLED: Final = "cancelled before it was done"

#: One results dictionary.
ResultsDict: TypeAlias = dict[str, dict[str, Any]]
#: What an experiment gives: one results dictionary, or several.
Found: TypeAlias = "ResultsDict | list[ResultsDict]"


def is_name(value: object) -> bool:
    """Return whether a value can name a parameter, a result or a result set in any file.

    Examples
    --------
    >>> is_name("E_z"), is_name("電位"), is_name(3), is_name("")
    (True, True, False, False)
    """
    if not isinstance(value, str) or not value or "\0" in value:
        return False
    return value.isascii() or value.encode(errors="replace").decode() == value


def is_results_dict(value: object) -> bool:
    """Return whether a value has the three parts of a results dictionary.

    Examples
    --------
    >>> is_results_dict({"parameters": {}, "metadata": {}, "results": {}})
    True
    >>> is_results_dict({"results": 1})
    False
    """
    return isinstance(value, Mapping) and all(
        isinstance(value.get(part), Mapping | list) for part in (PARAMETERS, METADATA, RESULTS)
    )


def flattened(found: Any) -> list[ResultsDict]:
    """Return what an experiment gave as a list of results dictionaries.

    Lists inside lists, and dictionaries whose ``results`` are results dictionaries themselves, as
    experiments inside of experiments give them, are taken apart.

    Raises
    ------
    ResultsStructureException
        A ``TypeError``: something in it is no results dictionary.

    Examples
    --------
    >>> one = {"parameters": {"k": 1}, "metadata": {}, "results": {"y": 2}}
    >>> flattened([one, [one]]) == [one, one]
    True
    """
    if is_results_dict(found):
        inner = found[RESULTS]
        if isinstance(inner, Mapping):
            return [found]
        return flattened(inner)
    if isinstance(found, Sequence) and not isinstance(found, str | bytes):
        return [each for part in found for each in flattened(part)]
    raise ResultsStructureException(
        f"{type(found).__name__} is no results dictionary: an experiment's run() gives a "
        "dictionary with 'parameters', 'metadata' and 'results', or a list of them"
    )


def one_by_one(found: Iterable[Any]) -> Iterator[ResultsDict]:
    """Return results dictionaries one by one; most are what they shall be.

    Examples
    --------
    >>> one = {"parameters": {"k": 1}, "metadata": {}, "results": {"y": 2}}
    >>> list(one_by_one([one, [one, one]])) == [one] * 3
    True
    """
    for each in found:
        if (
            type(each) is dict
            and type(each.get(RESULTS)) is dict
            and type(each.get(METADATA)) is dict
            and type(each.get(PARAMETERS)) is dict
        ):
            yield each
        else:
            yield from flattened(each)


def means(rows: Sequence[ResultsDict]) -> dict[str, Any]:
    """Return one value for each result of several runs: the mean of numbers, or what all have.

    Runs that failed do not count; a result of which neither can be told is left out.

    Examples
    --------
    >>> ok = {"epyc.experiment.status": True}
    >>> runs = [{"parameters": {}, "metadata": ok, "results": {"y": y, "a": "b"}} for y in (1, 2)]
    >>> means(runs)
    {'y': 1.5, 'a': 'b'}
    """
    good = [row[RESULTS] for row in rows if is_successful(row)]
    if len(rows) < 2 or not good:
        return dict(rows[0][RESULTS]) if rows else {}
    columns = {name: [row.get(name) for row in good] for name in good[0]}
    told = {name: _common(values) for name, values in columns.items()}
    return {name: value for name, value in told.items() if value is not None}


def _common(values: list[Any]) -> Any:
    if all(isinstance(each, int | float | np.number) for each in values):
        return float(np.mean(values))
    is_text = all(isinstance(each, str) for each in values)
    return values[0] if is_text and len(set(values)) == 1 else None


def is_successful(results: Mapping[str, Any]) -> bool:
    """Return whether a results dictionary tells of an experiment that succeeded."""
    return bool(results[METADATA].get(STATUS, False))


def failure(point: Mapping[str, Any], error: BaseException, told: str = "") -> ResultsDict:
    """Return the results dictionary of a point that has failed.

    Examples
    --------
    >>> failure({"k": 1}, ValueError("odd"))["metadata"]["epyc.experiment.status"]
    False
    """
    metadata = {STATUS: False, EXCEPTION: error, TRACEBACK: told}
    return {PARAMETERS: dict(point), METADATA: metadata, RESULTS: {}}


def cancelled(point: Mapping[str, Any]) -> ResultsDict:
    """Return the results dictionary of a point that was given up.

    Examples
    --------
    >>> cancelled({"k": 1})["metadata"]["epyc.experiment.status"]
    False
    """
    found = failure(point, CancelledException(CANCELLED))
    found[METADATA][END_TIME] = datetime.now()  # noqa: DTZ005  # as experiments tell
    return found


def is_cancelled(results: Mapping[str, Any]) -> bool:
    """Return whether a results dictionary tells of a point that was given up.

    Examples
    --------
    >>> is_cancelled(cancelled({"k": 1})), is_cancelled(failure({"k": 1}, ValueError("odd")))
    (True, False)
    """
    return str(results[METADATA].get(EXCEPTION)) == CANCELLED


def require_experiment(e: Any) -> None:
    """Make sure that something is an experiment.

    Raises
    ------
    TypeError
        When it has no ``set`` and ``run``, or is a class.
    """
    if isinstance(e, type):
        raise TypeError(f"{e.__name__} is a class; give an experiment, {e.__name__}()")
    if not callable(getattr(e, "set", None)) or not callable(getattr(e, "run", None)):
        raise TypeError(
            f"{repr_of(e)} is no experiment: it has no set(params) and run(); derive a class from "
            "Experiment and say in do(self, params) what is done"
        )
