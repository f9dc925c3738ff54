"""Experiments: what is told of a run, also where it fails, and what is done several times."""

from __future__ import annotations

import pickle
import re

import pytest

from emout_lab.experiments import (
    Experiment,
    RepeatedExperiment,
    ResultsStructureException,
    SummaryExperiment,
)


class Noted(Experiment):
    """Notes what is called."""

    def __init__(self, fails: str = "") -> None:
        super().__init__()
        self.calls: list[str] = []
        self.fails = fails

    def _note(self, call: str) -> None:
        self.calls.append(call)
        if call == self.fails:
            raise ValueError(f"{call} is odd")

    def configure(self, params):
        self._note("configure")

    def deconfigure(self):
        self._note("deconfigure")

    def setUp(self, params):
        self._note("setUp")

    def do(self, params):
        self._note("do")
        return {"y": 2 * params["k"]}

    def tearDown(self):
        self._note("tearDown")


class Protocol:
    """What other systems' experiments have in common with ours, and no more."""

    def set(self, params):
        self.params = params
        return self

    def run(self):
        return {
            "parameters": self.params,
            "metadata": {Experiment.STATUS: True},
            "results": {"y": self.params["k"]},
        }


def test_a_run_tells_parameters_times_and_results():
    experiment = Noted().set({"k": 3})
    found = experiment.run()
    assert found["parameters"] == {"k": 3} and found["results"] == {"y": 6}
    told = found["metadata"]
    assert told[Experiment.STATUS] is True and told[Experiment.EXCEPTION] == ""
    assert told[Experiment.EXPERIMENT].endswith("test_experiments.Noted")
    assert told[Experiment.START_TIME] <= told[Experiment.END_TIME]
    parts = (Experiment.SETUP_TIME, Experiment.EXPERIMENT_TIME, Experiment.TEARDOWN_TIME)
    assert sum(told[part] for part in parts) <= told[Experiment.ELAPSED_TIME]
    assert experiment.success() and not experiment.failed()
    assert experiment["y"] == 6 and experiment["k"] == 3
    assert experiment.experimentalResults() == {"y": 6}


def test_parts_of_a_run_are_called_in_their_order():
    experiment = Noted()
    experiment.set({"k": 1}).run()
    experiment.set({"k": 2})
    once = ["configure", "setUp", "do", "tearDown"]
    assert experiment.calls == [*once, "deconfigure", "configure"]


@pytest.mark.parametrize("part", ["setUp", "do", "tearDown"])
def test_what_fails_is_a_result_with_its_exception(part):
    experiment = Noted(fails=part)
    found = experiment.set({"k": 1}).run()
    told = found["metadata"]
    assert told[Experiment.STATUS] is False
    # What was computed is kept where clearing up fails, as in epyc.
    assert found["results"] == ({"y": 2} if part == "tearDown" else {})
    assert isinstance(told[Experiment.EXCEPTION], ValueError)
    assert f"{part} is odd" in told[Experiment.TRACEBACK]
    assert experiment.failed() and experiment.calls[-1] == "tearDown"
    assert pickle.loads(pickle.dumps(found))["parameters"] == {"k": 1}
    with pytest.raises(ValueError, match="is odd"):
        experiment.set({"k": 1}).run(fatal=True)


@pytest.mark.parametrize(
    ("given", "kind", "told"),
    [
        (7, TypeError, "not a dictionary"),
        (None, TypeError, "not a dictionary"),
        ({3: 1}, TypeError, "name 3"),
        ({"k": 1}, ValueError, "name of a parameter as well"),
        ([7], ResultsStructureException, "no results dictionary"),
    ],
)
def test_results_that_cannot_be_used_are_a_failure_that_says_why(given, kind, told):
    class Odd(Experiment):
        def do(self, params):
            return given

    found = Odd().set({"k": 1}).run()
    assert not found["metadata"][Experiment.STATUS]
    error = found["metadata"][Experiment.EXCEPTION]
    assert isinstance(error, kind) and told in str(error)


@pytest.mark.parametrize("params", [3, ["k"], {1: 2}])
def test_parameters_are_a_dictionary_by_name(params):
    with pytest.raises(TypeError, match="dictionary of values by name"):
        Experiment().set(params)


def test_a_subclass_need_not_call_its_base():
    class Forgetful(Experiment):
        def __init__(self):
            self.factor = 2

        def do(self, params):
            return {"y": self.factor * params["k"]}

    assert Forgetful().set({"k": 2}).run()["results"] == {"y": 4}


def test_results_are_to_be_had_only_after_a_run():
    experiment = Noted().set({"k": 1})
    assert not experiment.success() and not experiment.failed()
    with pytest.raises(ValueError, match="has not run"):
        experiment.results()


@pytest.mark.parametrize("inner", [Noted(), Protocol()])
def test_a_repeated_experiment_gives_a_result_each_time(inner):
    found = RepeatedExperiment(inner, 3).set({"k": 2}).run()
    told = [each["metadata"] for each in found]
    assert [each[RepeatedExperiment.I] for each in told] == [0, 1, 2]
    assert {each[RepeatedExperiment.REPETITIONS] for each in told} == {3}
    assert all(each["parameters"] == {"k": 2} for each in found)


@pytest.mark.parametrize("times", [0, -1, 2.5, True, "3", None, [3]])
def test_an_experiment_is_repeated_a_whole_number_of_times(times):
    with pytest.raises(ValueError, match="once or more often"):
        RepeatedExperiment(Noted(), times)


class Counting(Experiment):
    """Gives 1, 2, 3, … and fails at 3."""

    count = 0

    def do(self, params):
        self.count += 1
        if self.count == 3:
            raise ValueError("three")
        return {"y": float(self.count), "z": 1}


def test_a_summary_is_over_the_runs_that_succeeded():
    found = SummaryExperiment(RepeatedExperiment(Counting(), 4)).set({"k": 1}).run()
    results, told = found["results"], found["metadata"]
    assert results["y_mean"] == pytest.approx(7 / 3) and results["y_median"] == 2
    assert (results["y_min"], results["y_max"]) == (1, 4)
    assert results["y_variance"] == pytest.approx(14 / 9) and results["z_mean"] == 1
    assert told[SummaryExperiment.UNDERLYING_RESULTS] == 4
    assert told[SummaryExperiment.UNDERLYING_SUCCESSFUL_RESULTS] == 3


def test_a_summary_of_named_results_and_of_none():
    one = SummaryExperiment(Protocol(), ["y"]).set({"k": 5}).run()
    assert set(one["results"]) == {f"y_{n}" for n in ("mean", "median", "variance", "min", "max")}
    none = SummaryExperiment(Noted(fails="do")).set({"k": 5}).run()
    assert "none of 1 runs succeeded" in str(none["metadata"][Experiment.EXCEPTION])


class Mixed(Experiment):
    """Gives numbers, a text, nothing, and what only some runs have."""

    count = 0

    def do(self, params):
        self.count += 1
        more = {"late": 10 * self.count} if self.count > 1 else {}
        return {"y": self.count, "name": "a", "nothing": None, "z": 1j, **more}


def test_a_summary_leaves_out_what_has_no_mean_and_says_so():
    with pytest.warns(UserWarning, match="left out of the summary") as said:
        found = SummaryExperiment(RepeatedExperiment(Mixed(), 3)).set({"k": 1}).run()
    assert found["metadata"][Experiment.STATUS] is True
    assert {each.rpartition("_")[0] for each in found["results"]} == {"y", "z", "late"}
    assert found["results"]["y_mean"] == 2 and found["results"]["late_mean"] == 25
    assert len(said) == 2


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("name", "'name' has no mean"),
        ("nothing", "'nothing' has no mean"),
        ("q", "no run has .*'q'"),
    ],
)
def test_a_summary_of_a_result_that_was_named_fails_where_there_is_none(name, told):
    found = SummaryExperiment(RepeatedExperiment(Mixed(), 2), [name]).set({"k": 1}).run()
    assert re.search(told, str(found["metadata"][Experiment.EXCEPTION]))


class Spread(SummaryExperiment):
    """Makes a summary of its own, of what epyc gives: the runs that succeeded."""

    def summarise(self, results):
        values = [each[Experiment.RESULTS]["y"] for each in results]
        return {"spread": max(values) - min(values)}


def test_a_subclass_makes_a_summary_of_its_own():
    found = Spread(RepeatedExperiment(Counting(), 4)).set({"k": 1}).run()
    assert found["results"] == {"spread": 3.0}
    assert found["metadata"][SummaryExperiment.UNDERLYING_RESULTS] == 4
    assert found["metadata"][SummaryExperiment.UNDERLYING_SUCCESSFUL_RESULTS] == 3


def test_what_is_told_of_every_result_is_known_by_name():
    assert Noted().set({"k": 1}).run()["metadata"].keys() == Experiment.StandardMetadata
