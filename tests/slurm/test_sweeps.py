"""A sweep over jobs, whose process is killed, whose job is lost, and whose session ends."""

from __future__ import annotations

import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest
from slurm_cluster import SlurmCluster
from waiting import wait_until

from emout_lab import sessions
from emout_lab.experiments import ClusterLab, Experiment, HDF5LabNotebook
from slurm.helpers import start

pytestmark = pytest.mark.slurm

POINTS = 100
PROGRAM = f"""
import os, time
from emout_lab.experiments import ClusterLab, Experiment, HDF5LabNotebook

class Slow(Experiment):
    def do(self, params):
        with open("done", "a") as file:
            file.write(str(params["k"]) + "\\n")
        time.sleep(0.2)
        return {{"square": params["k"] ** 2, "job": os.environ["SLURM_JOB_ID"]}}

lab = ClusterLab(HDF5LabNotebook("swept.h5", create=True))
lab["k"] = range({POINTS})
lab.runExperiment(Slow())
while not lab.updateResults():
    pass
print("begun", flush=True)
while True:
    lab.updateResults()
"""


class Slow(Experiment):
    def do(self, params):
        with open("done", "a") as file:
            file.write(f"{params['k']}\n")
        return {"square": params["k"] ** 2, "job": "second"}


def test_a_sweep_over_jobs_outlives_its_process_a_job_and_its_session(
    slurm: SlurmCluster, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.chdir(tmp_path)
    start(jobs=2)
    sessions.wait_for_workers(n=2, timeout=120)
    with subprocess.Popen(
        [sys.executable, "-c", PROGRAM], stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "begun\n"
        process.kill()
    first, _ = sessions.get().job_ids
    slurm.run("scancel", first)

    with pytest.warns(UserWarning, match="was not closed"):
        notebook = HDF5LabNotebook("swept.h5")
    lab = ClusterLab(notebook)
    # The other job goes on with it.
    before = notebook.numberOfResults()
    wait_until(lambda: lab.updateResults() and notebook.numberOfResults() > before + 5, 60)
    sessions.stop()
    lab.updateResults()
    held = notebook.numberOfResults()
    assert before < held < POINTS
    assert lab.wait(60) is False
    assert len(lab.dataframe()) == held
    lab.close()

    start(jobs=1)
    sessions.wait_for_workers(n=1, timeout=120)
    with ClusterLab(notebook) as again:
        again["k"] = range(POINTS)
        again.runExperiment(Slow())
        assert notebook.numberOfPendingResults() == POINTS - held
        assert again.wait(120)
        table = again.dataframe()
    assert sorted(table["k"]) == list(range(POINTS))
    assert (table["square"] == table["k"] ** 2).all()
    assert (table["job"] == "second").sum() == POINTS - held
    # Those points ran twice that ran when their job or their session ended.
    counts = Counter(map(int, Path("done").read_text().split()))
    assert set(counts) == set(range(POINTS))
    assert counts.total() <= POINTS + 4
