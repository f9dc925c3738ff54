"""Result sets: columns that keep what they are given, queries, tables, grids, pending points."""

from __future__ import annotations

import math
from datetime import datetime, timezone
from typing import Any

import numpy as np
import pandas as pd
import pytest

from emout_lab.engine.sweeps import results as names
from emout_lab.errors import TooLarge
from emout_lab.experiments import HDF5LabNotebook, JSONLabNotebook, LabNotebook, ResultSet
from emout_lab.experiments.column_values import MISSING, column_values
from emout_lab.experiments.columns import Column
from emout_lab.experiments.errors import (
    ResultSetLockedException,
    ResultsStructureException,
    UnknownResult,
)

from .notebook_cases import result


def filled(*rows: dict[str, Any]) -> ResultSet:
    found = ResultSet()
    found.addResults(rows)
    return found


@pytest.mark.parametrize(
    ("values", "kind"),
    [
        ([1, 2, 3], "i"),
        ([1, 2.5, -0.0], "f"),
        ([True, False], "b"),
        ([True, 1], "O"),
        ([2**63 - 1, -(2**63)], "i"),
        ([2**63, 1], "O"),
        ([2**53 + 1, 0.5], "O"),
        ([math.inf, -math.inf, 1.5], "f"),
        (["a", "", "日本"], "O"),
        ([None, 1.0], "O"),
        ([1, "a"], "O"),
        ([datetime(2026, 1, 2, 3, 4, 5, 6)], "M"),
        ([datetime(2026, 1, 2, tzinfo=timezone.utc), datetime(1, 1, 1)], "O"),
        ([MISSING, 3, MISSING], "i"),
        ([MISSING, MISSING], ""),
        ([MISSING, "a"], "O"),
        ([1j, 2], "O"),
    ],
)
@pytest.mark.parametrize("at_once", [True, False])
def test_a_column_gives_back_what_it_was_given(values, kind, at_once):
    column = Column()
    if at_once:
        column.extend(column_values(values))
    else:
        for value in values:
            column.append(value)
    assert [column[row] for row in range(len(column))] == values
    assert all(type(column[row]) is type(value) or kind == "f" for row, value in enumerate(values))
    assert column.kind == kind


@pytest.mark.parametrize("order", [1, -1])
def test_whole_numbers_that_no_float_holds_stay_exact_beside_floats(order):
    values = [2**53 + 1, 0.5][::order]
    column = Column()
    for value in values:
        column.append(value)
    assert [column[0], column[1]] == values


def test_numbers_of_numpy_become_numbers_and_nan_stays_nan():
    found = filled(result({"k": np.int32(3)}, y=np.float32(0.5), z=np.nan, b=np.True_))
    (row,) = found.results()
    assert row["parameters"] == {"k": 3}
    assert row["results"]["y"] == 0.5
    assert row["results"]["b"] is True
    assert math.isnan(row["results"]["z"])


def test_a_result_that_one_experiment_gives_is_missing_in_the_others():
    found = filled(result({"k": 1}, y=1), result({"k": 2}, z="text"), result({"k": 3}, ok=False))
    assert [row["results"] for row in found.results()] == [{"y": 1}, {"z": "text"}, {}]
    assert found.names()["results"] == ["y", "z"]
    assert found.names()["parameters"] == ["k"]
    assert len(found) == found.numberOfResults() == 3


def test_results_inside_of_results_are_taken_apart():
    found = ResultSet()
    inner = [result({"k": 1}, y=1), result({"k": 1}, y=2)]
    assert found.addResults([[inner], {"parameters": {}, "metadata": {}, "results": inner}]) == 4
    assert [row["results"]["y"] for row in found.results()] == [1, 2, 1, 2]


@pytest.mark.parametrize(
    "wrong", [3, "text", {"results": {}}, [result({"k": 1}), None], {1: 2}, None]
)
def test_what_is_no_results_dictionary_is_refused_and_nothing_is_added(wrong):
    found = filled(result({"k": 1}, y=1))
    with pytest.raises(ResultsStructureException, match="no results dictionary"):
        found.addResults([result({"k": 2}, other=1), wrong])
    assert [row["results"] for row in found.results()] == [{"y": 1}]
    assert found.resultNames() == ["y"]


def test_a_result_with_the_name_of_a_parameter_is_refused_and_nothing_is_added():
    found = filled(result({"k": 1}, y=1))
    with pytest.raises(ValueError, match="'k' is one of the results here and of the parameters"):
        found.addResults([result({"k": 2}, y=2), result({"k": 3}, k=3)])
    with pytest.raises(ValueError, match="no text"):
        found.addSingleResult({"parameters": {"k": 1}, "metadata": {}, "results": {0: 1}})
    assert len(found) == 1


def test_an_interrupt_while_results_are_added_leaves_all_or_nothing():
    found = filled(result({"k": 1}, y=1, word="a"))

    def rows():
        for k in range(25_000):
            yield result({"k": k}, y=k, new=k)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        found.addResults(rows())
    found.addSingleResult(result({"k": 2}, y=2, word="b"))
    assert [row["results"] for row in found.results()] == [
        {"y": 1, "word": "a"},
        {"y": 2, "word": "b"},
    ]


def test_results_are_found_by_parameters_one_value_or_any_of_several():
    found = filled(*(result({"k": k, "s": s}, y=k) for k in range(4) for s in ("a", "b")))
    assert len(found.resultsFor({"k": 2})) == 2
    assert [row["results"]["y"] for row in found.resultsFor({"k": [1, 3], "s": "b"})] == [1, 3]
    assert len(found.resultsFor({"k": range(3)})) == len(found.resultsFor({"k": np.arange(3)})) == 6
    assert found.resultsFor({"k": 2.0, "s": "a"})[0]["results"] == {"y": 2}
    assert found.resultsFor({"k": "2"}) == found.resultsFor({"other": 1}) == []
    assert len(found.resultsFor({})) == 8
    assert len(found.dataframeFor({"k": [0, 1]})) == 4


def test_parameters_that_are_arrays_lists_or_nan_are_found_as_well():
    found = filled(
        result({"k": [1, 2], "x": math.nan}, y=1), result({"k": np.array([3, 4]), "x": 1.0}, y=2)
    )
    assert found.resultsFor({"k": [1, 2]})[0]["results"] == {"y": 1}
    assert found.resultsFor({"k": (3, 4)})[0]["results"] == {"y": 2}
    assert found.resultsFor({"x": math.nan})[0]["results"] == {"y": 1}
    assert found.parameterRange("k") == {(1, 2), (3, 4)}


def test_the_space_of_the_parameters_is_told():
    found = filled(
        result({"k": 2, "s": "a"}), result({"k": 1, "s": "a"}), result({"k": 2, "s": "a"})
    )
    assert found.parameterRange("k") == {1, 2}
    assert found.parameterSpace() == {"k": [1, 2], "s": ["a"]}
    assert found.parameterCombinations() == [{"k": 2, "s": "a"}, {"k": 1, "s": "a"}]
    with pytest.raises(KeyError, match="no result has a parameter 'y'"):
        found.parameterRange("y")
    assert ResultSet().parameterSpace() == {}


def test_a_table_of_pandas_has_a_row_each_and_can_leave_out_failures():
    found = filled(result({"k": 1}, y=1), result({"k": 2}, ok=False), result({"k": 3}, y=3, s="x"))
    table = found.dataframe()
    assert list(table["k"]) == [1, 2, 3]
    assert table["y"].tolist()[::2] == [1.0, 3.0]
    assert math.isnan(table["y"][1])
    assert table["s"].tolist()[2] == "x"
    good = found.dataframe(only_successful=True)
    assert list(good["k"]) == [1, 3]
    assert good["y"].dtype == np.int64
    assert isinstance(good[names.START_TIME][0], pd.Timestamp)
    assert len(ResultSet().dataframe(only_successful=True)) == 0


def test_parameters_are_the_dimensions_in_xarray_and_missing_points_are_nan():
    rows = [result({"k": k, "x": x}, y=10 * k + x) for k in (2, 1) for x in (0.5, 1.5)]
    found = filled(*rows[:3], result({"k": 1, "x": 1.5}, ok=False)).to_xarray()
    assert found["y"].dims == ("k", "x")
    assert found["k"].values.tolist() == [1, 2]
    assert found["x"].values.tolist() == [0.5, 1.5]
    np.testing.assert_array_equal(found["y"], [[10.5, np.nan], [20.5, 21.5]])


def test_repetitions_lie_along_a_dimension_of_their_own():
    found = filled(
        *(result({"k": k}, y=10 * k + turn) for turn in range(3) for k in (1, 2)),
        result({"k": 2}, y=23),
    ).to_xarray()
    assert found["y"].dims == ("k", "repetition")
    np.testing.assert_array_equal(found["y"], [[10, 11, 12, np.nan], [20, 21, 22, 23]])


def test_arrays_texts_and_whole_numbers_keep_their_types_in_xarray():
    found = filled(
        *(result({"k": k}, a=np.arange(3.0) * k, s=f"s{k}", n=k, c=1j * k, t=k > 1) for k in (1, 2))
    ).to_xarray()
    assert found["a"].dims == ("k", "a_0")
    np.testing.assert_array_equal(found["a"], [[0, 1, 2], [0, 2, 4]])
    assert found["s"].values.tolist() == ["s1", "s2"]
    assert found["n"].dtype == np.int64
    assert found["t"].dtype == bool
    assert found["c"].values.tolist() == [1j, 2j]


def test_texts_as_parameters_label_a_dimension():
    found = filled(*(result({"s": s}, y=len(s)) for s in ("bb", "a"))).to_xarray()
    assert int(found["y"].sel(s="bb")) == 2
    assert filled(result({}, y=3)).to_xarray()["y"].item() == 3
    assert dict(ResultSet().to_xarray().sizes) == {}


def test_points_on_no_grid_are_refused_rather_than_filling_the_memory():
    rows = [result({"a": k, "b": k * 1.5, "c": -k}, y=k) for k in range(1000)]
    with pytest.raises(
        TooLarge, match=r"1,000 results would lie in a grid of 1,000,000,000 cells.*\['a'\]"
    ):
        filled(*rows).to_xarray()


def test_the_parameters_that_are_named_are_dimensions_and_the_others_lie_along_them():
    rows = [result({"run": f"r{k}", "nx": 8 + k, "dt": 0.5}, y=k * 1.5) for k in range(1000)]
    found = filled(*rows).to_xarray(["run"])
    assert found["y"].dims == ("run",) and dict(found.sizes) == {"run": 1000}
    assert set(found.coords) == {"run", "nx", "dt"} and list(found.data_vars) == ["y"]
    assert int(found["nx"].sel(run="r7")) == 15 and float(found["y"].sel(run="r7")) == 10.5
    names = filled(*(result({"k": k, "s": "ab"[k]}, y=k) for k in (1, 0))).to_xarray("k")
    assert names["s"].values.tolist() == ["a", "b"]
    turns = filled(*(result({"k": 1, "x": x}, y=x) for x in (2.5, 0.5))).to_xarray(["k"])
    assert turns["x"].dims == ("k", "repetition") and turns["x"].values.tolist() == [[2.5, 0.5]]
    none = filled(result({"k": 1}, y=2.0)).to_xarray([])
    assert none["y"].item() == 2.0 and none["k"].item() == 1


@pytest.mark.parametrize("names", [["q"], ["k", "y"], "kk"])
def test_a_dimension_that_is_no_parameter_is_refused(names):
    with pytest.raises(KeyError, match="no result has a parameter"):
        filled(result({"k": 1}, y=2)).to_xarray(names)


def test_a_table_has_its_columns_in_one_order_also_from_a_file(tmp_path):
    rows = [result({"z": 1, "a": 2}, q=1.0, b=2.0), result({"z": 2, "a": 2}, q=1.0, b=2.0, aa=3)]
    wanted = ["a", "z", "aa", "b", "q"]
    for kind in (LabNotebook, HDF5LabNotebook, JSONLabNotebook):
        notebook = kind(str(tmp_path / kind.__name__))
        for row in rows:
            notebook.addResult(row)
        assert list(notebook.dataframe().columns)[-5:] == wanted
        assert list(notebook.dataframeFor({"z": 2}).columns)[-5:] == wanted
        if notebook.isPersistent():
            notebook.close()
            assert list(kind(notebook.name(), read_only=True).dataframe().columns)[-5:] == wanted


def test_a_result_set_and_its_notebook_show_what_they_hold():
    notebook = LabNotebook("a")
    notebook.addResult(result({"k": 1}, y=1))
    assert repr(notebook) == "<LabNotebook 'a': 1 result set>"
    assert repr(notebook.current()) == "<ResultSet: 1 result, 0 pending>"
    notebook.addResultSet("more").addResults(result({"k": k}, y=k) for k in range(2000))
    notebook.finish()
    assert repr(notebook) == "<LabNotebook 'a': 2 result sets, finished>"
    assert repr(notebook.current()) == "<ResultSet: 2,000 results, 0 pending, finished>"


def test_pending_points_are_noted_found_and_told():
    found = ResultSet()
    found.addPendingResults([{"k": 1, "x": "a"}, {"k": 2}], ["j1", "j2"])
    found.addSinglePendingResult({"k": 1, "x": "b"}, "j3")
    assert found.pendingResults() == ["j1", "j2", "j3"]
    assert found.pendingResultsFor({"k": 1}) == ["j1", "j3"]
    assert found.pendingResultsFor({"k": 1, "x": "b"}) == ["j3"]
    assert found.pendingResultsFor({"other": 1}) == []
    assert found.pendingResultParameters("j2") == {"k": 2}
    assert found.parameterNames() == ["k", "x"]
    assert not found.ready()
    found.resolveSinglePendingResult("j2")
    assert found.pendingResults() == ["j1", "j3"]
    with pytest.raises(UnknownResult, match="j2"):
        found.resolveSinglePendingResult("j2")
    with pytest.raises(ValueError, match="'j1' is pending already"):
        found.addPendingResults([{"k": 5}, {"k": 6}], ["j9", "j1"])
    with pytest.raises(ValueError, match="'j9' is pending already"):
        found.addPendingResults([{"k": 5}, {"k": 6}], ["j9", "j9"])
    assert found.numberOfPendingResults() == 2


def test_a_point_that_is_cancelled_has_failed_as_cancelled():
    found = ResultSet()
    found.addPendingResults([{"k": 1}, {"k": 2}], ["j1", "j2"])
    with pytest.raises(UnknownResult, match="j7"):
        found.cancelPendingResults(["j1", "j7"])
    found.cancelSinglePendingResult("j1")
    (row,) = found.results()
    assert row["parameters"] == {"k": 1}
    assert row["results"] == {}
    assert row["metadata"][names.STATUS] is False
    assert "cancelled" in str(row["metadata"][names.EXCEPTION])
    assert found.pendingResults() == ["j2"]


def test_a_parameter_cannot_be_pending_under_the_name_of_a_result_nor_the_other_way_round():
    found = filled(result({"k": 1}, y=1))
    with pytest.raises(ValueError, match="'y' cannot be the name of a parameter"):
        found.addSinglePendingResult({"y": 3}, "j1")
    found.addSinglePendingResult({"z": 3}, "j1")
    with pytest.raises(ValueError, match="'z' is one of the results here and of the parameters"):
        found.addSingleResult(result({"k": 1}, z=1))


def test_a_finished_result_set_takes_nothing_more_but_can_be_read():
    found = filled(result({"k": 1}, y=1))
    found["by"] = "me"
    found.addSinglePendingResult({"k": 2}, "j1")
    found.finish()
    found.finish()
    assert found.isLocked()
    assert len(found) == 2
    assert found.ready()
    for change in (
        lambda: found.addSingleResult(result({"k": 1}, y=1)),
        lambda: found.addSinglePendingResult({"k": 2}, "j2"),
        lambda: found.setAttribute("by", "you"),
        lambda: found.setDescription("other"),
    ):
        with pytest.raises(ResultSetLockedException, match="was finished"):
            change()
    assert found["by"] == "me"


def test_attributes_and_description_are_what_was_said():
    found = ResultSet("a description")
    assert found.description() == "a description"
    found.setDescription("another")
    found.setAttribute("who", "me")
    found["n"] = [1, 2]
    assert (found.description(), found["who"], found.getAttribute("n")) == ("another", "me", [1, 2])
    assert found.keys() == {"who", "n"}
    assert "who" in found
    assert "x" not in found
    with pytest.raises(KeyError):
        found.getAttribute("x")
    assert ResultSet().description().startswith("Results collected on ")


def test_the_type_of_a_row_is_told():
    found = filled(result({"k": 1}, y=1.5, s="text"))
    found.addSinglePendingResult({"k": 2}, "j")
    assert found.dtype()["k"] == np.int64
    assert found.dtype()["y"] == np.float64
    assert found.dtype().names[-3:] == ("k", "s", "y")
    assert found.pendingdtype().names == ("k", ResultSet.JOBID)


def test_many_results_take_little_memory():
    columns = LabNotebook().current()
    columns.addResults(result({"k": k}, y=k * 0.5) for k in range(20_000))
    arrays = [column.filled()[0] for column in columns.table.columns.values()]
    assert sum(8 * len(each) for each in arrays) < 20_000 * 100
    assert columns.resultsFor({"k": 77})[0]["results"] == {"y": 38.5}
