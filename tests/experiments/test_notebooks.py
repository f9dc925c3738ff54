"""Lab notebooks, in memory and on disk: the same behaviour, and what is on disk comes back."""

from __future__ import annotations

import math
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest

from emout_lab.engine.sweeps import results as names
from emout_lab.experiments import (
    Experiment,
    HDF5LabNotebook,
    JSONLabNotebook,
    LabNotebook,
    RepeatedExperiment,
)
from emout_lab.experiments.errors import (
    LabNotebookLockedException,
    NotebookError,
    NotStorable,
    PendingResultException,
    UnknownResult,
)

from .notebook_cases import STORED, result


class Square(Experiment):
    def do(self, params: dict[str, Any]) -> dict[str, Any]:
        if params["k"] == 3:
            raise ValueError("three")
        return {"y": params["k"] ** 2}


@pytest.fixture(params=["memory", "json", "h5"])
def notebook(request: pytest.FixtureRequest, tmp_path: Path):
    if request.param == "memory":
        yield LabNotebook("test")
        return
    made = STORED[request.param](tmp_path / f"test.{request.param}", create=True)
    yield made
    made.close()


@pytest.fixture(params=["json", "h5"])
def path(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    return tmp_path / f"a.{request.param}"


def opened(path: Path, **how: Any):
    return STORED[path.suffix[1:]](path, **how)


def test_a_notebook_begins_with_one_result_set(notebook):
    assert notebook.resultSets() == notebook.keys() == [LabNotebook.DEFAULT_RESULTSET]
    assert notebook.currentTag() == LabNotebook.DEFAULT_RESULTSET
    assert notebook.numberOfResultSets() == len(notebook) == 1
    assert notebook.description() == "A notebook"
    assert notebook.readyFraction() == 1.0
    assert notebook.isPersistent() is (type(notebook) is not LabNotebook)


def test_results_go_to_the_current_result_set_or_to_the_one_that_is_named(notebook):
    notebook.addResult(result({"k": 1}, y=1))
    first = notebook.currentTag()
    notebook.addResultSet("second", "another")
    assert notebook.currentTag() == "second"
    notebook.addResult([result({"k": 2}, y=4), result({"k": 3}, y=9)])
    notebook.addResult(result({"k": 4}, y=16), first)
    assert notebook.numberOfResults() == 2
    assert [row["results"]["y"] for row in notebook.results(first)] == [1, 16]
    assert notebook.select(first) is notebook.current() is notebook.resultSet(first)
    assert notebook.resultSetTag(notebook.current()) == first
    assert "second" in notebook
    assert notebook.resultSet("second").description() == "another"
    assert list(notebook.dataframe("second")["y"]) == [4, 9]
    assert notebook.resultsFor({"k": 3}, "second")[0]["results"] == {"y": 9}
    assert notebook.to_xarray("second")["y"].dims == ("k",)


def test_already_makes_a_result_set_once(notebook):
    assert notebook.already("a", "described") is False
    notebook.addResult(result({"k": 1}, y=1))
    notebook.select(LabNotebook.DEFAULT_RESULTSET)
    assert notebook.already("a") is True
    assert notebook.currentTag() == "a"
    assert len(notebook.current()) == 1


def test_result_sets_that_are_not_there_are_named_with_those_that_are(notebook):
    for use in (notebook.select, notebook.results, notebook.dataframe, notebook.deleteResultSet):
        with pytest.raises(UnknownResult, match=r"no result set 'x'; it has 'epyc.resultset.def"):
            use("x")
    with pytest.raises(KeyError):
        notebook.addResult(result({"k": 1}), "x")


def test_a_result_set_is_not_replaced_by_another_of_the_same_tag(notebook):
    notebook.addResultSet("a")
    notebook.addResult(result({"k": 1}, y=1))
    with pytest.raises(ValueError, match="has a result set 'a'"):
        notebook.addResultSet("a")
    with pytest.raises(ValueError, match="a text as its tag"):
        notebook.addResultSet(3)
    assert len(notebook.resultSet("a")) == 1


def test_a_result_set_is_deleted_but_not_the_default_one(notebook):
    notebook.addResultSet("a")
    notebook.addPendingResult({"k": 1}, "j1")
    notebook.deleteResultSet("a")
    assert notebook.resultSets() == [notebook.currentTag()] == [LabNotebook.DEFAULT_RESULTSET]
    assert not notebook.is_pending("j1")
    with pytest.raises(ValueError, match="default result set"):
        notebook.deleteResultSet(notebook.current())


def test_pending_results_are_resolved_in_the_result_set_that_waits_for_them(notebook):
    notebook.addResultSet("a")
    notebook.addPendingResult({"k": 1}, "j1")
    notebook.addPendingResult({"k": 2}, "j2")
    notebook.addResultSet("b")
    notebook.addPendingResult({"k": 3}, "j3")
    assert notebook.allPendingResults() == {"j1", "j2", "j3"}
    assert notebook.numberOfAllPendingResults() == 3
    assert notebook.pendingResults("a") == ["j1", "j2"]
    notebook.resolvePendingResult(result({"k": 1}, y=1), "j1")
    assert notebook.readyFraction("a") == 0.5
    assert notebook.currentTag() == "b"
    assert notebook.numberOfResults("a") == 1
    assert notebook.numberOfPendingResults("a") == 1
    assert not notebook.ready("a")
    assert notebook.pendingResultParameters("j2") == {"k": 2}
    notebook.cancelPendingResult("j2")
    assert notebook.ready("a")
    assert notebook.results("a")[1]["metadata"][names.STATUS] is False
    for use in (
        notebook.pendingResultParameters,
        notebook.cancelPendingResult,
        lambda job: notebook.resolvePendingResult(result({"k": 1}, y=1), job),
    ):
        with pytest.raises(PendingResultException, match="'j1' is pending"):
            use("j1")


def test_a_result_of_another_point_does_not_resolve_a_job(notebook):
    notebook.addPendingResult({"k": 1, "x": [1, 2]}, "j1")
    with pytest.raises(ValueError, match="is to be for k = 1, and this one is for 2"):
        notebook.resolvePendingResult(result({"k": 2}, y=1), "j1")
    assert notebook.is_pending("j1")
    notebook.resolvePendingResult(result({"k": 1.0, "x": np.array([1, 2])}, y=1), "j1")
    assert notebook.ready()


def test_many_are_noted_and_resolved_at_once_and_nothing_twice(notebook):
    jobs = [f"sweep:{k}" for k in range(1000)]
    notebook.addPendingResults([{"k": k} for k in range(1000)], jobs)
    with pytest.raises(ValueError, match="'sweep:5' is pending already"):
        notebook.addPendingResults([{"k": 1}], ["sweep:5"])
    pairs = [(result({"k": k}, y=k), f"sweep:{k}") for k in range(900)]
    assert notebook.resolvePendingResults([*pairs, pairs[0]]) == 900
    with pytest.raises(UnknownResult, match="sweep:0"):
        notebook.resolvePendingResults([(pairs[0][0], "sweep:950"), pairs[0]])
    assert notebook.numberOfResults() == 900
    assert notebook.readyFraction() == 0.9
    notebook.cancelPendingResults(jobs[900:])
    assert notebook.ready()
    assert len(notebook.dataframe()) == 900
    assert len(notebook.dataframe(only_successful=False)) == 1000


def test_what_the_notebook_cannot_take_fails_alone_with_the_reason(notebook):
    notebook.addPendingResults([{"k": k} for k in range(3)], ["j0", "j1", "j2"])
    taken = [result({"k": 0}, y=0), result({"k": 1}, k=7), result({"k": 2}, y=2)]
    assert notebook.resolvePendingResults(zip(taken, ["j0", "j1", "j2"], strict=True)) == 3
    assert list(notebook.dataframe()["y"]) == [0, 2]
    (failed,) = notebook.resultsFor({"k": 1})
    assert "'k' is one of the results" in str(failed["metadata"][names.EXCEPTION])


def test_a_finished_notebook_takes_nothing_more(notebook):
    notebook.addResult(result({"k": 1}, y=1))
    notebook.addPendingResult({"k": 2}, "j1")
    notebook.finish()
    notebook.finish()
    assert notebook.isLocked()
    assert notebook.current().isLocked()
    assert notebook.allPendingResults() == set()
    for change in (
        lambda: notebook.addResult(result({"k": 1}, y=1)),
        lambda: notebook.addResultSet("x"),
        lambda: notebook.deleteResultSet(LabNotebook.DEFAULT_RESULTSET),
        lambda: notebook.addPendingResult({"k": 1}, "j"),
        lambda: notebook.setDescription("x"),
    ):
        with pytest.raises(LabNotebookLockedException, match="finished"):
            change()
    assert notebook.numberOfResults() == 2
    notebook.select(LabNotebook.DEFAULT_RESULTSET)


def test_open_commits_at_its_end_and_the_notebook_stays_usable(notebook):
    with notebook.open() as same:
        assert same is notebook
        notebook.addResult(result({"k": 1}, y=1))
    notebook.addResult(result({"k": 2}, y=1))
    assert notebook.numberOfResults() == 2


def test_all_of_a_notebook_comes_back_from_disk(path):
    with opened(path, create=True, description="what it is, 説明") as notebook:
        first = notebook.currentTag()
        for k in range(5):
            notebook.addResult(Square().set({"k": k, "s": "a b"}).run())
        notebook.addResult(RepeatedExperiment(Square(), 2).set({"k": 2, "s": ""}).run())
        notebook.addPendingResult({"k": 8, "s": "x"}, "j1")
        before = notebook.results()
        notebook.addResultSet("電位/2 .", "another").setAttribute("who", "me")
        notebook.current()["more"] = [1, {"a": None}]
        notebook.current()["description"] = "an attribute of that name"
        notebook.addResult(result({"k": 1}, y=1.5))
        notebook.current().finish()
        notebook.addResultSet("empty")
    found = opened(path)
    assert found.description() == "what it is, 説明"
    assert sorted(found.resultSets()) == sorted([first, "電位/2 .", "empty"])
    assert found.currentTag() == "empty"
    after = found.results(first)
    for old, new in zip(before, after, strict=True):
        old["metadata"][names.EXCEPTION] = str(old["metadata"].get(names.EXCEPTION, ""))
        assert new == old
    assert found.pendingResultParameters("j1") == {"k": 8, "s": "x"}
    other = found.resultSet("電位/2 .")
    assert (other.description(), other.isLocked()) == ("another", True)
    assert {name: other[name] for name in other.keys()} == {
        "who": "me",
        "more": [1, {"a": None}],
        "description": "an attribute of that name",
    }
    assert len(found.resultSet("empty")) == 0
    assert len(found.dataframe(first, only_successful=False)) == 7
    found.finish()
    assert opened(path, read_only=True).isLocked()


VALUES: dict[str, Any] = {
    "number": 2.5,
    "whole": -3,
    "large": 2**70,
    "edge": 2**63 - 1,
    "nan": math.nan,
    "inf": -math.inf,
    "truth": True,
    "none": None,
    "text": "two\nlines, 日本語",
    "empty": "",
    "zeros": "a\0b\0",
    "marked": "json:{}",
    "half a pair": "\ud800",
    "long": "x" * 100_000,
    "bytes": b"\x00\xff",
    "complex": 1 - 2j,
    "list": [1, [2.5, "x"], None],
    "dict": {"a": {"b": 1}},
    "like ours": {"__bytes__": "no"},
    "time": datetime(2026, 1, 2, 3, 4, 5, 6),
    "zoned": datetime(2026, 1, 2, tzinfo=timezone.utc),
}
ARRAYS: dict[str, Any] = {
    "array": np.arange(3.0),
    "whole array": np.arange(4, dtype=np.int16).reshape(2, 2),
    "complex array": np.array([1j, np.nan]),
    "no values": np.zeros((0, 3)),
    "no axes": np.array(2.5),
    "texts": np.array(["a", "bc"]),
    "times": np.array(["2026-01-02T03:04:05.123456789"], "M8[ns]"),
    "long double": np.array([1.5], np.longdouble),
    "big": np.ones((200, 200)),
    "objects": np.array([1, "a"], object),
}


@pytest.mark.parametrize("name", VALUES)
def test_a_value_comes_back_as_it_was(path, name):
    with opened(path, create=True) as notebook:
        notebook.addResult(result({"k": 1}, y=VALUES[name]))
        notebook.addResult(result({"k": 2}))
        notebook.addResult(result({"k": VALUES[name]}, ok=False))
    rows = opened(path).results()
    expected = VALUES[name]
    if path.suffix == ".json" and isinstance(expected, datetime):
        expected = expected.isoformat()
    assert repr(rows[0]["results"]["y"]) == repr(expected)
    assert rows[1]["results"] == {}
    assert repr(rows[2]["parameters"]["k"]) == repr(expected)


@pytest.mark.parametrize("name", ARRAYS)
def test_an_array_comes_back_as_an_array_from_hdf5_and_as_a_list_from_json(path, name):
    with opened(path, create=True) as notebook:
        notebook.addResult([result({"k": 1}, y=ARRAYS[name]), result({"k": 2})])
    rows = opened(path).results()
    found = rows[0]["results"]["y"]
    if path.suffix == ".json":
        assert not isinstance(found, np.ndarray)
    elif ARRAYS[name].dtype != object:
        assert np.asarray(found).dtype == ARRAYS[name].dtype
        np.testing.assert_array_equal(found, ARRAYS[name])
    assert rows[1]["results"] == {}


def test_arrays_of_different_shapes_and_values_of_different_kinds_share_a_column(tmp_path):
    values = [np.arange(2), np.arange(3.0), 5, "text", None, [1, 2]]
    with HDF5LabNotebook(tmp_path / "a.h5", create=True) as notebook:
        for k, value in enumerate(values):
            notebook.addResult(result({"k": k}, y=value))
            notebook.commit()
    found = [row["results"]["y"] for row in HDF5LabNotebook(tmp_path / "a.h5").results()]
    np.testing.assert_array_equal(found[0], values[0])
    np.testing.assert_array_equal(found[1], values[1])
    assert found[2:] == values[2:]


def test_numbers_of_numpy_come_back_as_numbers(path):
    with opened(path, create=True) as notebook:
        numbers = {
            "f": np.float32(0.5),
            "i": np.uint8(3),
            "b": np.bool_(True),
            "c": np.complex64(1j),
        }
        notebook.addResult(result({"k": np.int64(1)}, s=np.str_("a"), **numbers))
    (row,) = opened(path).results()
    assert row["results"] == {"f": 0.5, "i": 3, "b": True, "c": 1j, "s": "a"}


@pytest.mark.parametrize(
    "value",
    [
        object(),
        {1: 2},
        {1, 2},
        lambda: None,
        [object()],
        pytest.param(10**5000, id="a long number"),
        [-(10**6000)],
    ],
)
def test_what_no_file_can_hold_is_refused_when_it_is_added(path, value):
    notebook = opened(path, create=True)
    with pytest.raises(NotStorable, match="y is a .* which a notebook on disk cannot hold"):
        notebook.addResult([result({"k": 1}, z=1), result({"k": 2}, y=value)])
    with pytest.raises(NotStorable, match="y is a"):
        notebook.check(result({"k": 2}, y=value))
    with pytest.raises(NotStorable, match="attribute 'a' is a"):
        notebook.current().setAttribute("a", value)
    with pytest.raises(NotStorable, match="k is a"):
        notebook.addPendingResult({"k": value}, "j")
    assert notebook.numberOfResults() == 0
    assert notebook.current().resultNames() == []
    notebook.addPendingResult({"k": 3}, "j")
    assert notebook.resolvePendingResults([(result({"k": 3}, y=value), "j")]) == 1
    notebook.close()
    (row,) = opened(path).results()
    assert "cannot hold" in row["metadata"][names.EXCEPTION]


def test_a_list_that_holds_itself_is_refused(path):
    value: list[Any] = []
    value.append(value)
    with pytest.raises(NotStorable, match="holds itself"):
        opened(path, create=True).addResult(result({"k": 1}, y=value))


def test_rows_are_appended_to_the_same_table(tmp_path):
    path = tmp_path / "a.h5"
    notebook = HDF5LabNotebook(path, create=True)
    for start in range(0, 300, 100):
        rows = (
            result({"k": k}, y=k, s=f"s{k % 7}", a=np.arange(2) * k)
            for k in range(start, start + 100)
        )
        notebook.current().addResults(rows)
        notebook.commit()
        with h5py.File(path) as file:
            data = file[LabNotebook.DEFAULT_RESULTSET]["results"]
            assert data.shape == (start + 100,)
            assert data.maxshape == (None,)
            assert data.compression == "gzip"
            assert data.dtype["a"].shape == (2,)
            assert data[start]["y"] == start
            assert set(data.attrs["results"]) == {"y", "s", "a"}
    notebook.close()
    found = HDF5LabNotebook(path).dataframe()
    assert list(found["k"]) == list(range(300))
    assert list(found["s"]) == [f"s{k % 7}" for k in range(300)]
    assert (found["a"][299] == [0, 299]).all()


WIDENINGS: list[tuple[str, list[dict[str, Any]]]] = [
    ("a new column", [{"y": 1}, {"y": 2, "z": 3.5}, {"w": "text"}]),
    ("whole numbers, then others", [{"y": 1}, {"y": 2.5}]),
    ("numbers, then texts", [{"y": 1}, {"y": "one"}]),
    ("truth, then numbers", [{"y": True}, {"y": 2}]),
    ("arrays of another shape", [{"y": np.arange(2)}, {"y": np.arange(3)}]),
    ("a number, then an array", [{"y": 1.0}, {"y": np.arange(3)}]),
    ("small numbers, then large ones", [{"y": 1.5}, {"y": 2**60 + 1}]),
    ("nothing, then something", [{}, {"y": 1}]),
]


@pytest.mark.parametrize(("how", "rows"), WIDENINGS, ids=[how for how, _ in WIDENINGS])
@pytest.mark.parametrize("is_closed", [True, False])
def test_the_form_of_a_table_widens(path, how, rows, is_closed):
    notebook = opened(path, create=True)
    for k, row in enumerate(rows):
        notebook.addResult(result({"k": k}, **row))
        notebook.commit()
        if is_closed:
            notebook.close()
            notebook = opened(path)
    notebook.close()
    found = [row["results"] for row in opened(path).results()]
    for old, new in zip(rows, found, strict=True):
        assert old.keys() == new.keys()
        for name, value in old.items():
            np.testing.assert_array_equal(new[name], value)


def test_long_tables_keep_texts_in_place_and_short_ones_as_epyc_reads_them(tmp_path):
    path = tmp_path / "a.h5"
    with HDF5LabNotebook(path, create=True) as notebook:
        for count in (100, 5_900, 100):
            notebook.current().addResults(result({"k": k}, s=f"{k:04d}") for k in range(count))
            notebook.commit()
            with h5py.File(path) as file:
                kind = file[LabNotebook.DEFAULT_RESULTSET]["results"].dtype["s"]
            assert kind.kind == ("O" if count == 100 and len(notebook.current()) == 100 else "S")
        notebook.addResult(result({"k": 1}, s="a text that is longer than all before"))
    table = HDF5LabNotebook(path).dataframe()
    assert len(table) == 6_101
    assert table["s"].tolist()[6_099:] == ["0099", "a text that is longer than all before"]


def test_a_table_that_is_too_wide_for_hdf5_is_told(tmp_path):
    wide = {f"a result with a long name, number {number}": number for number in range(2_000)}
    notebook = HDF5LabNotebook(tmp_path / "a.h5", create=True)
    notebook.addResult(result({"k": 1}, **wide))
    with pytest.raises(NotebookError, match="use a JSONLabNotebook"):
        notebook.commit()
    assert notebook.results()[0]["results"] == wide
    with JSONLabNotebook(tmp_path / "a.json", create=True) as other:
        other.addResult(notebook.results())
    assert JSONLabNotebook(tmp_path / "a.json").results()[0]["results"] == wide
    with pytest.raises(NotebookError):
        notebook.close()
    assert len(HDF5LabNotebook(tmp_path / "a.h5").current()) == 0


def test_a_deleted_result_set_is_gone_from_the_file(path):
    with opened(path, create=True) as notebook:
        notebook.addResultSet("a")
        notebook.addResult(result({"k": 1}, y=1))
        notebook.commit()
        notebook.deleteResultSet("a")
        notebook.addResultSet("a", "begun again")
        notebook.addResult(result({"k": 2}, other=1))
    found = opened(path)
    assert found.resultSet("a").description() == "begun again"
    assert found.results("a")[0]["results"] == {"other": 1}


def test_long_descriptions_and_many_attributes_come_back(path):
    with opened(path, create=True, description="d" * 70_000) as notebook:
        rs = notebook.addResultSet("a", "with a \0 in it")
        for number in range(1_000):
            rs.setAttribute(f"attribute {number}", number)
        rs["long"] = "x" * 100_000
        rs["array"] = list(range(50_000))
        rs["name\0with"] = 1
        notebook.addResult(result({"k": 1}, y=1))
        notebook.commit()
        rs["name\0with"] = 2
        notebook.addResult(result({"k": 1}, y=1))
    found = opened(path)
    assert found.description() == "d" * 70_000
    rs = found.resultSet("a")
    assert rs.description() == "with a \0 in it"
    assert rs["attribute 999"] == 999
    assert (rs["long"], rs["array"]) == ("x" * 100_000, list(range(50_000)))
    assert rs["name\0with"] == 2


@pytest.mark.parametrize("tag", ["/", "a/b", ".", "..", "./a", "results", "電", "a b", "%2F", "%."])
def test_any_text_is_a_tag(path, tag):
    with opened(path, create=True) as notebook:
        notebook.addResultSet(tag)
        notebook.addResult(result({"k": 1}, y=tag))
        notebook.commit()
        notebook.addResult(result({"k": 2}, y=tag))
    found = opened(path)
    assert tag in found
    assert [row["results"]["y"] for row in found.results(tag)] == [tag, tag]


def test_a_result_set_is_dirty_until_it_is_committed(path):
    notebook = opened(path, create=True)
    changes = [
        lambda: notebook.addResult(result({"k": 1}, y=1)),
        lambda: notebook.addPendingResult({"k": 2}, "j"),
        lambda: notebook.resolvePendingResult(result({"k": 2}, y=2), "j"),
        lambda: notebook.current().setAttribute("a", 1),
        lambda: notebook.current().setDescription("other"),
    ]
    for change in changes:
        assert not notebook.current().isDirty()
        change()
        assert notebook.current().isDirty()
        notebook.commit()


MASKED = {
    "masked": (np.ma.masked, np.nan),
    "array": (np.ma.array([1.0, 2.0], mask=[0, 1]), [1.0, np.nan]),
    "whole numbers": (np.ma.array([1, 2], mask=[0, 1]), [1.0, np.nan]),
    "mean of nothing": (np.ma.array([1.0], mask=[1]).mean(), np.nan),
    "one value": (np.ma.array(5.0, mask=True), np.nan),
    "nothing masked": (np.ma.array([1, 2]), [1, 2]),
    "in a list": ([np.ma.masked, 1.0], [np.nan, 1.0]),
}


@pytest.mark.parametrize("name", MASKED)
def test_what_lies_under_a_mask_is_no_result(path, name):
    value, expected = MASKED[name]
    with opened(path, create=True) as notebook:
        notebook.addResult(result({"k": 1}, y=value))
        notebook.addResult(result({"k": 2}, y=2.0))
        notebook.commit()
    found = opened(path, read_only=True).results()[0]["results"]["y"]
    np.testing.assert_array_equal(np.asarray(found, float), np.asarray(expected, float))


def test_times_and_texts_under_a_mask_are_no_results_either(tmp_path):
    times = np.ma.array(np.array(["2020-01-01", "2020-01-02"], "M8[D]"), mask=[0, 1])
    texts = np.ma.array(["a", "b"], mask=[0, 1])
    with HDF5LabNotebook(tmp_path / "a.h5", create=True) as notebook:
        notebook.addResult(result({"k": 1}, times=times, texts=texts))
    found = HDF5LabNotebook(tmp_path / "a.h5", read_only=True).results()[0]["results"]
    assert list(np.isnat(found["times"])) == [False, True]
    assert list(found["texts"]) == ["a", None]
