"""Points that are done again, as from the panel: a notebook has what came of them last, once."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from emout_lab.client.sweep_status import sweeps
from emout_lab.client.sweeps import Sweep
from emout_lab.engine.sweeps import results as names
from emout_lab.engine.sweeps.folder import new_id
from emout_lab.experiments import (
    ClusterLab,
    Experiment,
    HDF5LabNotebook,
    JSONLabNotebook,
    LabNotebook,
    RepeatedExperiment,
    ResultSet,
)

TIMEOUT = 30

Make = Callable[..., LabNotebook]


class Fixable(Experiment):
    """Fails at odd points until their file is there; waits there for another one, when told to."""

    def __init__(self, folder: Path):
        super().__init__()
        self.folder = str(folder)

    def do(self, params):
        import os
        import time

        k = params["k"]
        while os.path.exists(f"{self.folder}/hold"):
            time.sleep(0.01)
        with open(f"{self.folder}/runs", "a") as file:
            file.write(f"{k}\n")
        if k % 2 and not os.path.exists(f"{self.folder}/fixed{k}"):
            runs = open(f"{self.folder}/runs").read().split().count(str(k))
            raise ValueError(f"{k} is odd, run {runs}")
        return {"square": k * k}


@pytest.fixture(params=["memory", "json", "hdf5", "large hdf5", "large json"])
def make(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Make:
    """Make or open a notebook; changes of large ones go to a journal."""
    kind = request.param.split()[-1]
    if kind != request.param:
        monkeypatch.setattr("emout_lab.experiments.stored_notebook.SMALL_BYTES", 10)
        monkeypatch.setattr("emout_lab.experiments.stored_notebook.JOURNAL_SHARE", 1e9)
    if kind == "memory":
        return lambda **_: LabNotebook("test")
    made = {"json": JSONLabNotebook, "hdf5": HDF5LabNotebook}[kind]
    return lambda **options: made(f"a.{kind}", **options)


def retry(lab: ClusterLab) -> Sweep:
    """What the panel does; return the sweep."""
    session = lab.engines().client.session.connection
    sweep = Sweep.open(sweeps()[0].info.id, session)
    sweep.retry()
    return sweep


def squares(lab: ClusterLab) -> dict[int, object]:
    """The result at each point, which has one row; None where it failed."""
    table = lab.dataframe(only_successful=False)
    assert len(table) == len(set(table["k"]))
    is_good = table[names.STATUS]
    return {
        k: s if ok else None for k, s, ok in zip(table["k"], table["square"], is_good, strict=True)
    }


def fix(folder: Path, *points: int) -> None:
    for k in points:
        (folder / f"fixed{k}").touch()


@pytest.fixture
def started(pair: str, folder: Path, make: Make) -> Iterator[ClusterLab]:
    """A lab that has begun a sweep of 6 points, 3 of which fail."""
    with ClusterLab(make(create=True), session=pair) as lab:
        lab["k"] = range(6)
        lab.runExperiment(Fixable(folder))
        yield lab
        (folder / "hold").unlink(missing_ok=True)


def test_what_is_done_again_before_anybody_asked_comes_once(started: ClusterLab, folder: Path):
    sweep = Sweep.open(sweeps()[0].info.id)
    assert sweep.wait(TIMEOUT)
    fix(folder, 1, 3, 5)
    assert retry(started).wait(TIMEOUT)
    assert started.updateResults() == 6
    assert squares(started) == {k: k * k for k in range(6)}
    assert started.updateResults() == 0


def test_what_is_done_again_takes_the_place_of_its_failure(started: ClusterLab, folder: Path):
    assert started.wait(TIMEOUT)
    assert squares(started) == {0: 0, 1: None, 2: 4, 3: None, 4: 16, 5: None}
    fix(folder, 1)
    (folder / "hold").touch()
    sweep = retry(started)
    # It is pending again.
    assert not started.ready()
    assert started.readyFraction() == 0.5
    assert len(started.dataframe(only_successful=False)) == 3
    assert not started.wait(0.1)
    (folder / "hold").unlink()
    assert started.wait(TIMEOUT)
    assert squares(started) == {0: 0, 1: 1, 2: 4, 3: None, 4: 16, 5: None}
    # And once more, with failures of the second time.
    reasons = started.dataframe(only_successful=False)[names.EXCEPTION].map(str)
    assert sorted(filter(None, reasons)) == ["3 is odd, run 2", "5 is odd, run 2"]
    fix(folder, 3, 5)
    sweep.retry()
    assert started.wait(TIMEOUT)
    assert started.ready()
    assert squares(started) == {k: k * k for k in range(6)}


def test_points_that_failed_twice_before_anybody_asked_come_once(started, folder: Path):
    assert started.wait(TIMEOUT)
    fix(folder, 1, 3)
    assert retry(started).wait(TIMEOUT)
    fix(folder, 5)
    assert retry(started).wait(TIMEOUT)
    assert started.updateResults() == 3
    assert squares(started) == {k: k * k for k in range(6)}
    assert started.updateResults() == 0


@pytest.mark.parametrize("make", ["json", "hdf5", "large hdf5", "large json"], indirect=True)
def test_a_notebook_that_is_opened_later_has_what_was_done_again(
    started: ClusterLab, folder: Path, make: Make
):
    assert started.wait(TIMEOUT)
    fix(folder, 1, 3)
    (folder / "hold").touch()
    sweep = retry(started)
    assert not started.ready()
    started.close()
    with ClusterLab(make()) as lab:
        assert len(lab.notebook().pendingResults()) == 3
        assert not lab.ready()
    (folder / "hold").unlink()
    assert sweep.wait(TIMEOUT)
    with ClusterLab(make()) as lab:
        assert lab.updateResults() == 3
    with ClusterLab(make()) as lab:
        assert lab.updateResults() == 0
        assert squares(lab) == {0: 0, 1: 1, 2: 4, 3: 9, 4: 16, 5: None}
    fix(folder, 5)
    sweep.retry()
    assert sweep.wait(TIMEOUT)
    with ClusterLab(make()) as lab:
        assert lab.wait(TIMEOUT)
        assert squares(lab) == {k: k * k for k in range(6)}
        lab.notebook().finish()
        assert lab.updateResults() == 0


#: Opens a notebook in another process, takes what has come, and is killed.
PROGRAM = """
import os
from emout_lab.experiments import ClusterLab, HDF5LabNotebook, JSONLabNotebook, stored_notebook

stored_notebook.SMALL_BYTES, stored_notebook.JOURNAL_SHARE = 10, 1e9
lab = ClusterLab({kind}({name!r}))
print(lab.updateResults(), len(lab.dataframe(only_successful=False)), flush=True)
os._exit(9)
"""


@pytest.mark.parametrize("make", ["large hdf5", "large json"], indirect=True)
def test_another_process_takes_what_was_done_again_and_is_killed(started, folder: Path, make: Make):
    assert started.wait(TIMEOUT)
    fix(folder, 1, 5)
    assert retry(started).wait(TIMEOUT)
    started.notebook().close()
    name = started.notebook().name()
    kind = type(started.notebook()).__name__
    program = PROGRAM.format(kind=kind, name=name)
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert done.stdout.split() == ["3", "6"], done.stderr
    with pytest.warns(UserWarning, match="was not closed"):
        again = make()
    with ClusterLab(again) as lab:
        assert lab.updateResults() == 0
        assert squares(lab) == {0: 0, 1: 1, 2: 4, 3: None, 4: 16, 5: 25}


@pytest.mark.parametrize("make", ["memory"], indirect=True)
def test_a_point_of_several_runs_is_done_again_as_a_whole(started, folder: Path):
    assert started.wait(TIMEOUT)
    started.notebook().addResultSet("repeated")
    started["k"] = [2, 7]
    started.runExperiment(RepeatedExperiment(Fixable(folder), 3))
    assert started.wait(TIMEOUT)
    fix(folder, 7)
    retry(started)
    assert started.wait(TIMEOUT)
    table = started.dataframe(only_successful=False)
    assert sorted(table["k"]) == [2, 2, 2, 7, 7, 7]
    assert sorted(table["square"]) == [4, 4, 4, 49, 49, 49]
    # Other result sets are as they were.
    assert len(started.notebook().dataframe(LabNotebook.DEFAULT_RESULTSET)) == 3


@pytest.mark.parametrize("make", ["hdf5"], indirect=True)
def test_points_that_were_given_up_come_when_they_are_done_after_all(started, folder: Path):
    assert started.wait(TIMEOUT)
    (folder / "hold").touch()
    sweep = retry(started)
    assert not started.ready()
    assert started.cancelSlowResults() == 3
    assert started.ready()
    assert squares(started) == {0: 0, 1: None, 2: 4, 3: None, 4: 16, 5: None}
    assert sweep.wait(TIMEOUT)
    (folder / "hold").unlink()
    fix(folder, 1, 3, 5)
    assert started.updateResults(purge=True) == 0
    sweep.retry([1, 3])
    assert started.wait(TIMEOUT)
    assert squares(started) == {0: 0, 1: 1, 2: 4, 3: 9, 4: 16, 5: None}


def test_points_that_run_again_are_asked_for_anew_when_their_session_ends(folder: Path):
    """The account on disk says that a point is to be done once more: the driver begins with it."""
    from emout_lab.client.sweep_account import plan_of
    from emout_lab.engine.sweeps.folder import SweepFolder, SweepInfo
    from emout_lab.engine.sweeps.records import PointRecord, RecordReader, RecordWriter

    info = SweepInfo(
        new_id(), "", "", "", "gone", "", "", 3, ("k",), 3, created=0.0, session_started=""
    )
    made = SweepFolder.create(info, b"", [{"k": k} for k in range(3)])
    writer = RecordWriter(made.records, "0")
    for number in range(3):
        writer.add(PointRecord(number, False, {"ok": number != 1}))
    writer.close()
    plan = plan_of(made, info, RecordReader(made.records))
    assert plan.is_over
    plan.again()
    made.write_rounds(plan.rounds)
    plan = plan_of(made, info, RecordReader(made.records))
    assert plan.waiting == 1
    assert plan.rounds.tolist() == [0, 1, 0]


def test_rows_that_are_taken_out_leave_the_others_as_they_are():
    found = ResultSet()
    rows = [
        {
            names.PARAMETERS: {"k": k},
            names.METADATA: {names.STATUS: True} | ({"note": "x"} if k % 3 else {}),
            names.RESULTS: {"y": k / 2, "whole": k, "any": [k]} if k % 2 else {},
        }
        for k in range(100)
    ]
    found.addResults(rows)
    gone = [0, 7, 8, 50, 99]
    found.take_out(gone)
    left = [row for number, row in enumerate(rows) if number not in gone]
    assert found.results() == left
    found.addResults(rows[:3])
    assert found.results() == left + rows[:3]
