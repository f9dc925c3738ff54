"""Sweeps go on without who began them, and a notebook finds what was done meanwhile."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from waiting import wait_until

from emout_lab import sessions
from emout_lab.engine.sweeps.folder import new_id
from emout_lab.errors import StateError
from emout_lab.experiments import (
    ClusterLab,
    Experiment,
    HDF5LabNotebook,
    JSONLabNotebook,
    LabNotebook,
    NotebookInUse,
)
from emout_lab.experiments.pending_sweeps import job_id

#: Begins a sweep, takes some of its results, and waits to be killed.
PROGRAM = """
import os, sys, time
from emout_lab.experiments import ClusterLab, Experiment, {kind}

class Slow(Experiment):
    def do(self, params):
        with open({done!r}, "a") as file:
            file.write(str(params["k"]) + "\\n")
        time.sleep(0.03)
        return {{"square": params["k"] ** 2}}

lab = ClusterLab({kind}({name!r}, create=True), session={session!r})
lab["k"] = range({count})
lab.runExperiment(Slow())
found = 0
while found < {first}:
    found += lab.updateResults()
print("begun", flush=True)
while True:
    found += lab.updateResults()
"""


class Counted(Experiment):
    """Notes each of its runs in a file."""

    def __init__(self, folder: Path, seconds: float = 0.0):
        super().__init__()
        self.folder, self.seconds = str(folder), seconds

    def do(self, params):
        with open(f"{self.folder}/done", "a") as file:
            file.write(f"{params['k']}\n")
        time.sleep(self.seconds)
        return {"square": params["k"] ** 2}


def done_in(folder: Path) -> Counter[int]:
    """How often each point was done."""
    return Counter(map(int, (folder / "done").read_text().split()))


@pytest.mark.parametrize(
    ("kind", "first"), [("HDF5LabNotebook", 0), ("HDF5LabNotebook", 20), ("JSONLabNotebook", 7)]
)
def test_a_sweep_whose_process_is_killed_is_finished_and_collected_elsewhere(
    pair: str, folder: Path, kind: str, first: int
):
    count = 120
    done = str(folder / "done")
    program = PROGRAM.format(
        kind=kind, done=done, name="swept", session=pair, count=count, first=first
    )
    with subprocess.Popen(
        [sys.executable, "-c", program], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "begun\n", process.stderr.read()
        process.kill()
    there = {"HDF5LabNotebook": HDF5LabNotebook, "JSONLabNotebook": JSONLabNotebook}[kind]
    with pytest.warns(UserWarning, match="was not closed"):
        notebook = there("swept")
    with ClusterLab(notebook) as lab:
        before = lab.notebook().numberOfResults()
        assert lab.notebook().numberOfPendingResults() == count - before
        assert before >= first
        found = lab.updateResults()
        assert lab.wait(120)
        assert lab.readyFraction() == 1.0
        assert before + found <= lab.notebook().numberOfResults() == count
    # Nothing twice, nothing lost: in the notebook, nor on the engines.
    notebook.close()
    results = there("swept", read_only=True).results()
    points = {r["parameters"]["k"]: r["results"]["square"] for r in results}
    assert points == {k: k**2 for k in range(count)}
    assert done_in(folder) == Counter(range(count))


@pytest.fixture
def short_lived(_never_the_real_home) -> Iterator[str]:
    """The name of a session of one engine that a test may stop."""
    start("first")
    yield "first"
    for status in sessions.list():
        if status.name in ("first", "second"):
            sessions.stop(status.name)


def start(name: str) -> None:
    sessions.start(name=name, backend="local", memory="1G", cores=1, jobs=1, allow_multiple=True)
    sessions.wait_for_workers(name, n=1, timeout=60)


def test_a_new_session_does_what_the_one_before_has_left(
    short_lived: str, folder: Path, capfd: pytest.CaptureFixture[str]
):
    first = ClusterLab(HDF5LabNotebook("a.h5", create=True), session=short_lived)
    first["k"] = range(20)
    first.runExperiment(Counted(folder, seconds=0.2))
    wait_until(lambda: (folder / "done").exists() and done_in(folder).total() >= 5, 60)
    first.close()
    first.notebook().close()
    sessions.stop(short_lived)

    with ClusterLab(HDF5LabNotebook("a.h5")) as lab:
        found = lab.updateResults()
        assert 4 <= found < 20
        assert lab.updateResults() == 0
        assert lab.wait() is False
        assert f"{20 - found} results will not come" in capfd.readouterr().err
        assert len(lab.dataframe()) == found

        start("second")
        with ClusterLab(lab.notebook(), session="second") as again:
            # More points than before: these are new.
            again["k"] = range(25)
            again.runExperiment(Counted(folder))
            assert again.notebook().numberOfPendingResults() == 25 - found
            assert again.wait(60)
            assert sorted(again.dataframe()["k"]) == list(range(25))
    counts = done_in(folder)
    assert set(counts) == set(range(25))
    # What ran when the session ended has run again.
    assert counts.total() <= 26
    assert len(HDF5LabNotebook("a.h5").results()) == 25


def test_points_that_were_noted_and_never_begun_are_done(lab: ClusterLab, folder: Path):
    """As after a crash between the notebook's commit and the beginning of the sweep."""
    gone = new_id()
    points = [{"k": k} for k in range(10)]
    notebook = lab.notebook()
    notebook.addPendingResults(points, [job_id(gone, number) for number in range(10)])
    assert lab.wait() is False
    lab["k"] = range(10)
    lab.runExperiment(Counted(folder))
    assert notebook.numberOfPendingResults() == 10
    assert lab.wait(60)
    assert done_in(folder) == Counter(range(10))
    assert len(lab.results()) == 10


def test_a_sweep_that_was_removed_from_disk_is_told_of_and_purged(lab: ClusterLab, folder: Path):
    lab["k"] = range(10)
    lab.runExperiment(Counted(folder))
    sweep = lab._sweeps.sweep(lab.notebook().pendingResults()[0].partition(":")[0])
    assert sweep is not None
    sweep.wait(60)
    with pytest.raises(StateError, match="results of 10 points that may be nowhere else"):
        sweep.remove()
    sweep.remove(force=True)
    again = ClusterLab(lab.notebook())
    assert again.wait(30) is False
    assert again.updateResults(purge=True) == 0
    assert again.ready()


def test_jobs_of_other_systems_are_not_waited_for():
    lab = ClusterLab(LabNotebook())
    lab.notebook().addPendingResult({"k": 1}, "5ab3-77_12")
    assert lab.updateResults() == 0
    assert lab.wait() is False
    assert lab.updateResults(purge=True) == 0
    assert lab.ready()


def test_what_could_not_be_committed_is_committed_later(pair: str, folder: Path):
    with ClusterLab(JSONLabNotebook("a.json", create=True), session=pair) as lab:
        lab["k"] = range(10)
        lab.runExperiment(Counted(folder))
        wait_until(lambda: (folder / "done").exists() and done_in(folder).total() == 10, 60)
        own = (folder / "a.json").read_bytes()
        (folder / "a.json").write_bytes(own + b" ")
        with pytest.raises(NotebookInUse):
            while True:
                lab.updateResults()
        (folder / "a.json").rename(folder / "changed.json")
        assert lab.wait(60)
        found = JSONLabNotebook("a.json", read_only=True).results()
        assert sorted(r["parameters"]["k"] for r in found) == list(range(10))


def test_a_notebook_that_another_process_has_is_left_alone(pair: str, folder: Path):
    program = PROGRAM.format(
        kind="HDF5LabNotebook",
        done="done",
        name="a.h5",
        session=pair,
        count=5,
        first=5,
    )
    with subprocess.Popen(
        [sys.executable, "-c", program], stdout=subprocess.PIPE, text=True
    ) as process:
        try:
            assert process.stdout is not None
            assert process.stdout.readline() == "begun\n"
            with pytest.raises(NotebookInUse, match=str(process.pid)):
                HDF5LabNotebook("a.h5")
            lab = ClusterLab(HDF5LabNotebook("a.h5", read_only=True))
            assert len(lab.dataframe()) == 5
        finally:
            process.kill()


def test_a_lab_without_a_session_says_so_when_it_is_to_run_something(folder: Path):
    program = """
from emout_lab.errors import NoSession
from emout_lab.experiments import ClusterLab, Experiment
lab = ClusterLab()
assert lab.updateResults() == 0 and lab.wait()
lab["k"] = 1
try:
    lab.runExperiment(Experiment())
except NoSession as error:
    assert isinstance(error, OSError)
    assert lab.ready()
    print("told")
"""
    environment = {**os.environ, "EMOUT_LAB_HOME": str(folder)}
    found = subprocess.run(
        [sys.executable, "-c", program], env=environment, capture_output=True, text=True, timeout=60
    )
    assert found.stdout == "told\n", found.stderr
