"""Notebooks that epyc 1.7 wrote are read and gone on with; its methods are ours."""

from __future__ import annotations

import shutil
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from emout_lab import experiments
from emout_lab.engine.sweeps import results as names
from emout_lab.experiments import (
    LabNotebook,
    ResultSet,
)

from .notebook_cases import EPYC, STORED, result


def opened(path: Path, **how: Any):
    return STORED[path.suffix[1:]](path, **how)


@pytest.fixture(scope="module")
def of_epyc(tmp_path_factory: pytest.TempPathFactory) -> dict[str, LabNotebook]:
    folder = tmp_path_factory.mktemp("epyc")
    for name in ("a.json", "a.h5"):
        shutil.copy(EPYC / name, folder / name)
    return {kind: STORED[kind](folder / f"a.{kind}", read_only=True) for kind in STORED}


@pytest.mark.parametrize("kind", ["json", "h5"])
def test_notebooks_of_epyc_are_read(of_epyc, kind):
    found = of_epyc[kind]
    assert found.description() == "written by epyc"
    tags = {LabNotebook.DEFAULT_RESULTSET, "repeated", "lists", "locked", "second"}
    assert tags <= set(found.resultSets())
    default = found.resultSet(LabNotebook.DEFAULT_RESULTSET)
    assert len(default) == 10
    assert default.parameterSpace() == {"k": [0, 1, 2, 3, 4], "x": [0.5, 1.5]}
    assert default.resultsFor({"k": 2, "x": 1.5})[0]["results"] == {
        "n": 2,
        "total": 3.0,
        "word": "w2",
    }
    failed = default.resultsFor({"k": 3})
    assert [row["results"] for row in failed] == [{}, {}]
    assert failed[0]["metadata"][names.STATUS] is False
    assert failed[0]["metadata"][names.EXCEPTION] == "odd"
    assert "ValueError: odd" in failed[0]["metadata"][names.TRACEBACK]
    assert isinstance(failed[0]["metadata"][names.START_TIME], datetime)
    np.testing.assert_array_equal(default.to_xarray()["total"], np.outer([0, 1, 2, 4], [0.5, 1.5]))


@pytest.mark.parametrize("kind", ["json", "h5"])
def test_repetitions_lists_locks_and_pending_results_of_epyc_are_read(of_epyc, kind):
    found = of_epyc[kind]
    assert found.resultSet("repeated").to_xarray()["total"].shape == (2, 1, 3)
    for row in found.results("lists"):
        k = row["parameters"]["k"]
        assert list(row["results"]["list"]) == [k, 2 * k, 7]
        assert list(row["results"]["words"]) == ["a", "bc"]
    locked = found.resultSet("locked")
    assert locked.isLocked()
    assert locked["by"] == "an attribute"
    assert locked.resultsFor({"k": 8})[0]["metadata"][names.EXCEPTION] == "Cancelled"
    assert found.resultSet("second")["who"] == "me"
    assert set(found.pendingResults("second")) == {"job-1", "job-2"}
    assert found.pendingResultParameters("job-1") == {"k": 9, "x": 9.5}


def test_scalars_of_numpy_that_epyc_has_written_are_read(of_epyc):
    (row,) = of_epyc["h5"].results("scalars")
    assert row["results"] == {"f": 2.5, "c": 1 + 2j, "b": True, "i": 3}


@pytest.mark.parametrize("kind", ["json", "h5"])
def test_a_notebook_of_epyc_is_gone_on_with(tmp_path, kind):
    path = tmp_path / f"a.{kind}"
    shutil.copy(EPYC / f"a.{kind}", path)
    with opened(path) as notebook:
        notebook.resolvePendingResult(result({"k": 9, "x": 9.5}, total=1.0), "job-1")
        notebook.select(LabNotebook.DEFAULT_RESULTSET)
        notebook.addResult(result({"k": 5, "x": 0.5}, total=2.5, new="column"))
    found = opened(path)
    assert found.results("second")[0]["results"] == {"total": 1.0}
    assert found.pendingResults("second") == ["job-2"]
    assert len(found.current()) == 11
    assert found.current().resultsFor({"k": 3, "x": 0.5})[0]["results"] == {}
    assert found.current().resultsFor({"k": 5})[0]["results"] == {"total": 2.5, "new": "column"}


#: The public methods of epyc 1.7's classes; those about types of columns have no counterpart.
OF_NOTEBOOKS = """
addPendingResult addResult addResultSet allPendingResults already assertUnlocked
cancelPendingResult commit current currentTag dataframe dataframeFor deleteResultSet description
finish isLocked isPersistent keys name numberOfAllPendingResults numberOfPendingResults
numberOfResultSets numberOfResults open pendingResultParameters pendingResults ready readyFraction
resolvePendingResult resultSet resultSetTag resultSets results resultsFor select setDescription
"""
OF_RESULT_SETS = """
addSinglePendingResult addSingleResult assertUnlocked cancelSinglePendingResult dataframe
dataframeFor description dtype finish getAttribute isDirty isLocked keys metadataNames names
numberOfPendingResults numberOfResults parameterCombinations parameterNames parameterRange
parameterSpace pendingResultParameters pendingResults pendingResultsFor pendingdtype ready
resolveSinglePendingResult resultNames results resultsFor setAttribute setDescription
"""


@pytest.mark.parametrize(
    ("kind", "wanted"), [(LabNotebook, OF_NOTEBOOKS), (ResultSet, OF_RESULT_SETS)]
)
def test_the_methods_have_the_names_of_epyc(kind, wanted):
    assert [name for name in wanted.split() if not callable(getattr(kind, name, None))] == []


#: What scripts for epyc 1.7 import, apart from a lab of joblib's processes.
OF_EPYC = """
CancelledException ClusterLab Design DesignException Experiment ExperimentCombinator
ExperimentalConfiguration ExperimentalParameters FactorialDesign HDF5LabNotebook JSONLabNotebook Lab
LabNotebook LabNotebookLockedException NotebookVersionException PendingResultException
PointwiseDesign RepeatedExperiment ResultSet ResultSetLockedException ResultsDict
ResultsStructureException SummaryExperiment
"""


def test_what_scripts_for_epyc_import_is_there():
    assert [name for name in OF_EPYC.split() if not hasattr(experiments, name)] == []
