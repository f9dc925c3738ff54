"""A lab that runs experiments here: its parameter space, its notebook, and bad input."""

from __future__ import annotations

import numpy as np
import pytest

from emout_lab.errors import SpecError
from emout_lab.experiments import (
    Experiment,
    JSONLabNotebook,
    Lab,
    LabNotebook,
    NotebookLocked,
    PointwiseDesign,
    RepeatedExperiment,
)


class Product(Experiment):
    def do(self, params):
        return {"product": params["a"] * params["b"]}


class Odd(Experiment):
    def do(self, params):
        if params["k"] % 2 == 0:
            raise ValueError(f"{params['k']} is even")
        return {"half": params["k"] // 2}


def test_each_value_is_combined_with_each_other():
    lab = Lab()
    lab["a"] = np.linspace(0.0, 1.0, 3)
    lab.addParameter("b", range(1, 3))
    assert len(lab) == 6
    lab.runExperiment(Product())
    found = {
        (r["parameters"]["a"], r["parameters"]["b"]): r["results"]["product"] for r in lab.results()
    }
    assert found == {(a, b): a * b for a in (0.0, 0.5, 1.0) for b in (1, 2)}
    assert lab.to_xarray()["product"].sel(a=0.5, b=2) == 1.0


def test_parameters_can_be_looked_at_and_removed():
    lab = Lab()
    lab["a"], lab["b"], lab["c"] = [1, 2], 3, "text"
    assert lab.parameters() == ["a", "b", "c"]
    assert lab.parameterSpace() == {"a": [1, 2], "b": [3], "c": ["text"]}
    lab.deleteParameter("a")
    lab.deleteParameter("a")
    assert "a" not in lab
    with pytest.raises(KeyError, match="'b', 'c'"):
        lab["a"]
    del lab["b"]
    lab["d"], lab["e"] = 1, 2
    lab.deleteParameters("d")
    assert lab.parameters() == ["c", "e"]
    lab.deleteParameters()
    assert lab.parameters() == []
    lab["c"] = 1
    lab.deleteAllParameters()
    assert lab.parameters() == []
    assert len(lab) == 0


@pytest.mark.parametrize(
    ("given", "values"),
    [
        (5, [5]),
        ("abc", ["abc"]),
        (b"abc", [b"abc"]),
        ({"x": 1}, [{"x": 1}]),
        (np.float64(2.5), [2.5]),
        (np.array(7), [7]),
        ({3}, [3]),
        ((each for each in "ab"), ["a", "b"]),
        (None, [None]),
    ],
)
def test_what_is_no_collection_is_one_value(given, values):
    lab = Lab()
    lab["k"] = given
    assert lab["k"] == values


def test_an_empty_space_is_told_of_and_nothing_runs():
    lab = Lab()
    with pytest.raises(SpecError, match="parameter space is empty"):
        lab.runExperiment(Product())
    with pytest.raises(SpecError, match=r"lab\['k'\].*without values"):
        lab["k"] = []
    with pytest.raises(SpecError, match="has a name"):
        lab[""] = [1]
    assert lab.results() == []


def test_what_is_no_experiment_is_refused_by_name():
    lab = Lab()
    lab["k"] = 1
    with pytest.raises(TypeError, match=r"Product is a class; give an experiment, Product\(\)"):
        lab.runExperiment(Product)
    with pytest.raises(TypeError, match="no set"):
        lab.runExperiment(len)
    with pytest.raises(TypeError, match="is no LabNotebook"):
        Lab("sweep.json")


def test_a_failing_point_is_a_result_and_the_others_go_on():
    lab = Lab()
    lab["k"] = range(6)
    lab.runExperiment(Odd())
    assert len(lab.results()) == 6
    assert sorted(lab.dataframe()["k"]) == [1, 3, 5]
    table = lab.dataframe(only_successful=False)
    assert len(table) == 6
    failed = table[~table[Experiment.STATUS]]
    assert "0 is even" in str(failed[Experiment.EXCEPTION].iloc[0])


def test_a_result_that_the_file_cannot_hold_is_a_failure_that_says_so(tmp_path):
    class Strange(Experiment):
        def do(self, params):
            return {"made": object() if params["k"] else 0}

    with JSONLabNotebook(tmp_path / "a.json", create=True) as notebook:
        lab = Lab(notebook)
        lab["k"] = [0, 1]
        lab.runExperiment(Strange())
    good, bad = JSONLabNotebook(tmp_path / "a.json", read_only=True).results()
    assert good["results"] == {"made": 0}
    assert "made is a object" in bad["metadata"][Experiment.EXCEPTION]


def test_designs_and_repetitions_are_followed():
    lab = Lab(design=PointwiseDesign())
    lab["a"], lab["b"] = [1, 2], [10, 20]
    lab.runExperiment(RepeatedExperiment(Product(), 3))
    assert sorted(r["results"]["product"] for r in lab.results()) == [10] * 3 + [40] * 3
    with pytest.raises(ValueError, match="2 of 'a', 3 of 'b'"):
        lab["b"] = [1, 2, 3]
        lab.runExperiment(Product())


def test_a_result_set_is_made_once():
    lab = Lab()
    calls = []

    def make(it):
        calls.append(it.parameters())
        it["k"] = [1, 3]
        it.runExperiment(Odd())

    lab["other"] = 1
    assert lab.createWith("odd", make, description="odd numbers") is True
    assert lab.createWith("odd", make) is True
    assert calls == [[]]
    assert lab.notebook().currentTag() == "odd"
    assert lab.notebook().current().description() == "odd numbers"


def test_a_result_set_that_could_not_be_made_is_removed_and_the_one_before_selected():
    lab = Lab(LabNotebook())
    lab.notebook().addResultSet("before")

    def fail(it):
        it["k"] = [1]
        it.runExperiment(Odd())
        raise RuntimeError("in the middle")

    with pytest.raises(RuntimeError, match="in the middle"):
        lab.createWith("new", fail)
    assert "new" not in lab.notebook()
    assert lab.notebook().currentTag() == "before"
    assert lab.createWith("new", fail, propagate=False, delete=False) is False
    assert len(lab.notebook().resultSet("new")) == 1


def test_a_finished_result_set_takes_no_more():
    lab = Lab()

    def make(it):
        it["k"] = [1]
        it.runExperiment(Odd())

    lab.createWith("odd", make, finish=True)
    with pytest.raises(NotebookLocked, match="finished"):
        lab.runExperiment(Odd())


def test_a_lab_is_made_again_from_what_it_tells():
    lab = Lab(LabNotebook("a"), PointwiseDesign())
    name, arguments = lab.recreate()
    assert name == "emout_lab.experiments.lab.Lab"
    again = Lab(**arguments)
    assert again.notebook() is lab.notebook()
    assert again.design() is lab.design()


def test_a_lab_without_a_cluster_has_never_to_be_waited_for():
    with Lab() as lab:
        lab["k"] = [1]
        lab.runExperiment(Odd())
        assert lab.wait(1)
        assert lab.ready()
        assert lab.readyFraction() == 1.0
        assert lab.updateResults() == 0


def test_a_lab_shows_its_parameters_and_results_and_is_true_also_when_empty():
    lab = Lab(LabNotebook("a"))
    assert lab and len(lab) == 0
    lab["k"], lab["x"] = range(1, 4), 0.5
    lab.runExperiment(Odd())
    assert repr(lab) == (
        "<Lab: FactorialDesign() of values {k: 3, x: 1}; 'epyc.resultset.default' of "
        "<LabNotebook 'a': 1 result set>: <ResultSet: 3 results, 0 pending>>"
    )
