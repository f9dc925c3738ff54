"""An experiment: what is done at one point of a parameter space, and what is told of it."""

from __future__ import annotations

import time
import traceback
from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any, ClassVar

from emout_lab.engine.sweeps import results as names
from emout_lab.engine.sweeps.results import Found, ResultsDict
from emout_lab.experiments.own_copies import own_copy

if TYPE_CHECKING:
    from typing_extensions import Self

__all__ = ["Experiment", "ResultsDict"]


class Experiment:
    """What is done at one point; subclasses say it in `do`.

    The names are those of epyc. `run` never raises what `do` has raised: a failed experiment is a
    result whose status is False, with the exception and its traceback.

    Examples
    --------
    >>> class Area(Experiment):
    ...     def do(self, params):
    ...         return {"area": params["a"] * params["b"]}
    >>> Area().set({"a": 2, "b": 3}).run()["results"]
    {'area': 6}
    """

    METADATA: ClassVar = names.METADATA
    PARAMETERS: ClassVar = names.PARAMETERS
    RESULTS: ClassVar = names.RESULTS
    EXPERIMENT: ClassVar = names.CLASS_NAME
    START_TIME: ClassVar = names.START_TIME
    END_TIME: ClassVar = names.END_TIME
    ELAPSED_TIME: ClassVar = names.ELAPSED_TIME
    SETUP_TIME: ClassVar = names.SETUP_TIME
    EXPERIMENT_TIME: ClassVar = names.EXPERIMENT_TIME
    TEARDOWN_TIME: ClassVar = names.TEARDOWN_TIME
    STATUS: ClassVar = names.STATUS
    EXCEPTION: ClassVar = names.EXCEPTION
    TRACEBACK: ClassVar = names.TRACEBACK
    #: What is told of every result.
    StandardMetadata: ClassVar = names.STANDARD

    def __init__(self) -> None:
        self._parameters: dict[str, Any] | None = None
        self._found: Found | None = None

    def __getitem__(self, name: str) -> Any:
        """Return a result, a parameter or a part of the metadata by its name."""
        found = self._one()
        for part in (names.RESULTS, names.PARAMETERS, names.METADATA):
            if name in found[part]:
                return found[part][name]
        raise KeyError(f"the experiment has no result, parameter or metadata {name!r}")

    def setUp(self, params: dict[str, Any]) -> None:
        """Prepare what `do` needs; called before each run."""

    def do(self, params: dict[str, Any]) -> dict[str, Any] | list[ResultsDict]:
        """Do the experiment and return its results by name; subclasses say what that is.

        A list of results dictionaries is taken as the results of several runs.
        """
        raise NotImplementedError(f"{type(self).__name__} says nothing in do(self, params)")

    def tearDown(self) -> None:
        """Clear up; called after each run, also after one that failed."""

    def configure(self, params: dict[str, Any]) -> None:
        """Take notice of the parameters; called by `set`."""

    def deconfigure(self) -> None:
        """Forget the parameters; called before others are set."""

    def set(self, params: Mapping[str, Any]) -> Self:
        """Set the parameters of the next run, and return the experiment.

        Raises
        ------
        TypeError
            When they are no mapping from names to values.
        """
        if not isinstance(params, Mapping) or not all(isinstance(each, str) for each in params):
            raise TypeError(
                f"parameters are a dictionary of values by name, not {params!r:.80}; "
                "for example experiment.set({'k': 1})"
            )
        if self.__dict__.get("_parameters") is not None:
            self.deconfigure()
        self._parameters = dict(params)
        self._found = None
        self.configure(self._parameters)
        return self

    def run(self, fatal: bool = False) -> Found:
        """Run the experiment at the parameters that are set, and return what came of it.

        Parameters
        ----------
        fatal : bool
            Raise what the experiment raises, rather than recording it as a failure.

        Returns
        -------
        dict or list of dict
            The results dictionary, with ``parameters``, ``metadata`` and ``results``.
        """
        params = dict(self.__dict__.get("_parameters") or {})
        # What do() changes in its own parameters does not change at which point it was.
        given = own_copy(params)
        clock = _Clock()
        done: Any = {}
        failure: BaseException | None = None
        try:
            done = self._done(given, clock)
            # What was computed is not lost where clearing up fails.
            self.tearDown()
            clock.note(names.TEARDOWN_TIME)
        except Exception as error:  # noqa: BLE001  # a failed experiment is a result
            if fatal:
                raise
            failure = error
        told = {**given, **params}
        self._found = self.report(told, {**self._told(clock), **_failure(failure)}, done)
        return self._found

    def _done(self, params: dict[str, Any], clock: _Clock) -> Any:
        try:
            self.setUp(params)
            clock.note(names.SETUP_TIME)
            found = _checked(self.do(params), params, type(self).__name__)
            clock.note(names.EXPERIMENT_TIME)
        except BaseException:
            clock.skip()
            # What broke first is what is told.
            try:
                self.tearDown()
            except Exception:  # noqa: BLE001, S110
                pass
            raise
        return found

    def _told(self, clock: _Clock) -> dict[str, Any]:
        kind = type(self)
        return {
            names.CLASS_NAME: f"{kind.__module__}.{kind.__qualname__}",
            **clock.times(),
        }

    def report(self, params: dict[str, Any], meta: dict[str, Any], res: Any) -> Found:
        """Return parameters, metadata and results as one dictionary; subclasses may add to it."""
        if isinstance(res, list):
            return [
                {
                    names.PARAMETERS: {**params, **each[names.PARAMETERS]},
                    names.METADATA: {**meta, **each[names.METADATA]},
                    names.RESULTS: each[names.RESULTS],
                }
                for each in names.flattened(res)
            ]
        return {names.PARAMETERS: params, names.METADATA: meta, names.RESULTS: res}

    @staticmethod
    def resultsdict() -> ResultsDict:
        """Return a results dictionary that says nothing yet."""
        return {names.PARAMETERS: {}, names.METADATA: {}, names.RESULTS: {}}

    def success(self) -> bool:
        """Return whether the experiment ran, and succeeded."""
        found = self.__dict__.get("_found")
        return found is not None and all(map(names.is_successful, names.flattened(found)))

    def failed(self) -> bool:
        """Return whether the experiment ran, and failed."""
        return self.__dict__.get("_found") is not None and not self.success()

    def results(self) -> Found:
        """Return what came of the last run, with parameters and metadata."""
        return self._last()

    def experimentalResults(self) -> dict[str, Any] | list[dict[str, Any]]:
        """Return the results alone of the last run."""
        found = self._last()
        if isinstance(found, list):
            return [each[names.RESULTS] for each in found]
        return found[names.RESULTS]

    def parameters(self) -> dict[str, Any]:
        """Return the parameters that are set."""
        return dict(self.__dict__.get("_parameters") or {})

    def metadata(self) -> dict[str, Any]:
        """Return what is told of the last run."""
        return dict(self._one()[names.METADATA])

    def _last(self) -> Found:
        found: Found | None = self.__dict__.get("_found")
        if found is None:
            raise ValueError("the experiment has not run: call set(parameters) and run() first")
        return found

    def _one(self) -> ResultsDict:
        found = self._last()
        return found if isinstance(found, dict) else found[0]


class _Clock:
    """Takes the times of one run [s]."""

    def __init__(self) -> None:
        self._began_at = datetime.now()  # noqa: DTZ005  # local time, as epyc writes it
        self._began = self._last = time.perf_counter()
        self._times = dict.fromkeys(
            (names.SETUP_TIME, names.EXPERIMENT_TIME, names.TEARDOWN_TIME), 0.0
        )

    def note(self, part: str) -> None:
        """Take notice that a part is over."""
        now = time.perf_counter()
        self._times[part] = now - self._last
        self._last = now

    def skip(self) -> None:
        """Take notice that a part has failed."""
        self._last = time.perf_counter()

    def times(self) -> dict[str, Any]:
        return {
            names.START_TIME: self._began_at,
            names.END_TIME: datetime.now(),  # noqa: DTZ005
            names.ELAPSED_TIME: time.perf_counter() - self._began,
            **self._times,
        }


def _checked(done: Any, params: Mapping[str, Any], name: str) -> Any:
    if isinstance(done, list):
        names.flattened(done)
        return done
    if not isinstance(done, Mapping):
        raise TypeError(
            f"do() of {name} gave {done!r:.80}, not a dictionary of results by name; "
            "for example return {'value': ...}"
        )
    if odd := [each for each in done if not isinstance(each, str)]:
        raise TypeError(f"do() of {name} gave a result by the name {odd[0]!r}; names are texts")
    if both := sorted(set(done) & set(params)):
        raise ValueError(
            f"do() of {name} gave a result {both[0]!r}, which is the name of a parameter as well; "
            "give one of them another name"
        )
    # Of arrays that do() fills anew at each point, each point has its own.
    return {each: own_copy(value) for each, value in done.items()}


def _failure(error: BaseException | None) -> dict[str, Any]:
    if error is None:
        return {names.STATUS: True, names.EXCEPTION: "", names.TRACEBACK: ""}
    lines = traceback.format_exception(type(error), error, error.__traceback__)
    # Its frames would keep all that the experiment has made.
    alone = error.with_traceback(None)
    return {names.STATUS: False, names.EXCEPTION: alone, names.TRACEBACK: "".join(lines)}
