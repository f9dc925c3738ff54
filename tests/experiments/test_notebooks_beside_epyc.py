"""The real epyc reads what we write, and goes on with it; so do we with what it wrote then."""

from __future__ import annotations

import json
import subprocess

import pytest
from peer import interpreter

from emout_lab.experiments import LabNotebook

from .notebook_cases import STORED, result

VERSION = "1.7"

READING = """
import json, sys, warnings
warnings.simplefilter("ignore")
import epyc
path = sys.argv[1]
kind = epyc.JSONLabNotebook if path.endswith("json") else epyc.HDF5LabNotebook
notebook = kind(path)
default = notebook.select(epyc.LabNotebook.DEFAULT_RESULTSET)
table, good = notebook.dataframe(only_successful=False), notebook.dataframe()
status, start = epyc.Experiment.STATUS, epyc.Experiment.START_TIME
print(json.dumps({
    "description": notebook.description(),
    "tags": sorted(notebook.resultSets()),
    "k": [int(each) for each in table["k"]],
    "y": [float(each) for each in good["y"]],
    "s": [str(each) for each in good["s"]],
    "ok": [bool(each) for each in table[status]],
    "start": str(table[start][0]),
    "reason": str(table[epyc.Experiment.EXCEPTION][2]),
    "pending": {
        job: {name: float(value) for name, value in notebook.pendingResultParameters(job).items()}
        for job in notebook.allPendingResults()
    },
    "locked": notebook.resultSet("locked").isLocked(),
    "who": notebook.resultSet("locked")["who"],
}))
results = {"y": 3.0, "more": 4}
point = {"k": 7, "x": 3.5}
notebook.addResult({"parameters": point, "metadata": {status: True}, "results": results})
notebook.commit()
"""


@pytest.mark.parametrize("kind", ["json", "h5"])
def test_epyc_reads_our_notebooks_and_we_what_it_adds(tmp_path, kind):
    python = interpreter("epyc", VERSION)
    path = tmp_path / f"a.{kind}"
    with STORED[kind](path, create=True, description="ours") as notebook:
        for k in range(4):
            notebook.addResult(result({"k": k, "x": 0.5}, ok=k != 2, y=k * 1.5, s=f"s{k}"))
            notebook.commit()
        notebook.addPendingResult({"k": 9, "x": 1.5}, "j1")
        notebook.addResultSet("locked", "another").setAttribute("who", "me")
        notebook.addResult(result({"k": 1}, y=1))
        notebook.current().finish()
        notebook.addResultSet("empty")
    command = [python, "-c", READING, str(path)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout.splitlines()[-1])
    assert told == {
        "description": "ours",
        "tags": sorted([LabNotebook.DEFAULT_RESULTSET, "empty", "locked"]),
        "k": [0, 1, 2, 3],
        "y": [0.0, 1.5, 4.5],
        "s": ["s0", "s1", "s3"],
        "ok": [True, True, False, True],
        "start": "2026-11-28 04:05:06.000789",
        "reason": "ValueError: odd",
        "pending": {"j1": {"k": 9.0, "x": 1.5}},
        "locked": True,
        "who": "me",
    }
    with STORED[kind](path) as notebook:
        rows = notebook.resultSet(LabNotebook.DEFAULT_RESULTSET).resultsFor({"k": 7})
        assert [(row["results"]["y"], row["results"]["more"]) for row in rows] == [(3.0, 4)]
        assert notebook.resultsFor({"k": 2}, LabNotebook.DEFAULT_RESULTSET)[0]["results"] == {}
        notebook.addResult(result({"k": 8, "x": 0.5}, y=8.0), LabNotebook.DEFAULT_RESULTSET)
    assert STORED[kind](path).numberOfResults(LabNotebook.DEFAULT_RESULTSET) == 6
