"""A lab on the engines of a session: sweeps begin at once, and results come piece by piece."""

from __future__ import annotations

import math
import os
import time
from pathlib import Path

import numpy as np
import psutil
import pytest
from waiting import wait_until

from emout_lab.errors import NotSendable, SpecError
from emout_lab.experiments import (
    ClusterLab,
    Experiment,
    HDF5LabNotebook,
    JSONLabNotebook,
    LabNotebook,
    NotebookLocked,
    RepeatedExperiment,
)
from emout_lab.parallel import DirectView


class Square(Experiment):
    def do(self, params):
        return {"square": params["k"] ** 2, "pid": os.getpid()}


class Odd(Experiment):
    def do(self, params):
        if params["k"] % 2 == 0:
            raise ValueError(f"{params['k']} is even")
        return {"half": params["k"] // 2}


class Gated(Experiment):
    """Waits at each point until a file is there."""

    def __init__(self, gate):
        super().__init__()
        self.gate = str(gate)

    def do(self, params):
        while not os.path.exists(self.gate):
            time.sleep(0.01)
        return {"half": params["k"] / 2}


class Deadly(Experiment):
    def do(self, params):
        if params["k"] == 3:
            os._exit(7)
        return {"k2": params["k"] * 2}


def test_a_sweep_begins_at_once_and_its_results_come(lab: ClusterLab, folder: Path):
    lab["k"] = range(10)
    lab.runExperiment(Gated(folder / "gate"))
    assert not lab.ready()
    assert lab.readyFraction() == 0.0
    assert lab.results() == []
    assert lab.notebook().numberOfPendingResults() == 10
    (folder / "gate").touch()
    assert lab.wait(60)
    assert lab.ready()
    assert {r["parameters"]["k"]: r["results"]["half"] for r in lab.results()} == {
        k: k / 2 for k in range(10)
    }


def test_points_run_on_all_engines_in_random_order(lab: ClusterLab):
    lab["k"] = range(200)
    lab.runExperiment(Square())
    assert lab.wait(60)
    table = lab.dataframe()
    assert sorted(table["square"]) == [k**2 for k in range(200)]
    assert list(table["k"]) != sorted(table["k"])
    assert table["pid"].nunique() == 2
    assert table["emout_lab.experiment.engine"].nunique() == 2
    assert (table["emout_lab.experiment.peak_memory"] > 1e6).all()


def test_failures_are_results_with_their_reason(lab: ClusterLab):
    lab["k"] = range(6)
    lab.runExperiment(Odd())
    assert lab.wait(60)
    assert sorted(lab.dataframe()["k"]) == [1, 3, 5]
    failed = [r for r in lab.results() if not r["metadata"][Experiment.STATUS]]
    assert sorted(str(r["metadata"][Experiment.EXCEPTION]) for r in failed) == [
        "0 is even",
        "2 is even",
        "4 is even",
    ]
    assert all("raise ValueError" in r["metadata"][Experiment.TRACEBACK] for r in failed)


def test_a_point_that_ends_its_engines_fails_after_its_retries(lab: ClusterLab):
    lab.Retries = 1
    lab["k"] = range(5)
    lab.runExperiment(Deadly())
    assert lab.wait(120)
    assert sorted(lab.dataframe()["k"]) == [0, 1, 2, 4]
    [failed] = [r for r in lab.results() if not r["metadata"][Experiment.STATUS]]
    assert failed["parameters"] == {"k": 3}
    assert "engine died" in str(failed["metadata"][Experiment.EXCEPTION])
    wait_until(lambda: lab.numberOfEngines() == 2, 60)


def test_engines_are_a_view_of_the_session(lab: ClusterLab):
    assert lab.numberOfEngines() == 2
    view = lab.engines()
    assert isinstance(view, DirectView)
    assert view.apply_sync(int, "3") == [3, 3]
    with lab.sync_imports(quiet=True):
        import colorsys  # noqa: F401
    assert view["colorsys.__name__"] == ["colorsys"] * 2
    with pytest.warns(UserWarning, match="IPython only"):
        lab.activate()


def test_arrays_repetitions_and_several_parameters_come_into_a_file(pair: str, folder: Path):
    class Wave(Experiment):
        def do(self, params):
            return {"wave": np.sin(np.arange(4) * params["f"]), "name": params["kind"]}

    with ClusterLab(HDF5LabNotebook("a.h5", create=True), session=pair) as lab:
        lab["f"], lab["kind"] = np.array([0.5, 1.0]), "sine"
        lab.runExperiment(RepeatedExperiment(Wave(), 2))
        assert lab.wait(60)
        assert lab.to_xarray()["wave"].shape == (2, 1, 2, 4)
    found = HDF5LabNotebook("a.h5").results()
    assert len(found) == 4
    for each in found:
        expected = np.sin(np.arange(4) * each["parameters"]["f"])
        np.testing.assert_allclose(each["results"]["wave"], expected)


def test_what_a_file_cannot_hold_keeps_nothing_else_out(pair: str, folder: Path):
    class Strange(Experiment):
        def do(self, params):
            return {"made": {1, 2} if params["k"] == 1 else params["k"]}

    with ClusterLab(JSONLabNotebook("a.json", create=True), session=pair) as lab:
        lab["k"] = range(4)
        lab.runExperiment(Strange())
        assert lab.wait(60)
        assert sorted(lab.dataframe()["made"]) == [0, 2, 3]
        [bad] = [r for r in lab.results() if not r["metadata"][Experiment.STATUS]]
        assert "made is a set" in str(bad["metadata"][Experiment.EXCEPTION])


def test_names_that_collide_are_told_of(lab: ClusterLab):
    class Same(Experiment):
        def do(self, params):
            return {"k": 1}

    class Late(Experiment):
        def do(self, params):
            return {"half": 1} if params["k"] else {"k": 1, "other": 2}

    lab["k"] = range(2)
    lab.runExperiment(Same())
    assert lab.wait(60)
    assert all(
        "name of a parameter" in str(r["metadata"][Experiment.EXCEPTION]) for r in lab.results()
    )
    lab.notebook().addResultSet("second")
    lab.runExperiment(Odd())
    assert lab.wait(60)
    lab.deleteAllParameters()
    lab["half"] = [1]
    with pytest.raises(SpecError, match="'half' is a result in result set 'second'"):
        lab.runExperiment(Square())
    assert lab.ready()


def test_bad_input_starts_nothing(lab: ClusterLab, folder: Path):
    with pytest.raises(SpecError, match="parameter space is empty"):
        lab.runExperiment(Square())
    lab["k"] = range(3)
    with pytest.raises(TypeError, match="is a class"):
        lab.runExperiment(Square)
    unsendable = Square()
    unsendable.file = open(folder / "file", "w")  # noqa: SIM115
    with pytest.raises(NotSendable):
        lab.runExperiment(unsendable)
    unsendable.file.close()
    assert lab.notebook().numberOfAllPendingResults() == 0
    lab.notebook().finish()
    with pytest.raises(NotebookLocked):
        lab.runExperiment(Square())


def test_arguments_of_epyc_are_understood_or_refused_by_name(pair: str):
    for option in ({"profile": pair}, {"cluster_id": pair}, {"url_file": None, "profile": pair}):
        with ClusterLab(**option) as lab:
            assert lab.numberOfEngines() == 2
    with pytest.raises(TypeError, match="sshserver"):
        ClusterLab(sshserver="login")
    with pytest.raises(TypeError, match="'colour'"):
        ClusterLab(colour="red")
    with pytest.raises(OSError, match="nobody"):
        ClusterLab(session="nobody")


def test_waiting_ends_in_time_and_shows_how_far_it_is(lab: ClusterLab, folder: Path, capfd):
    lab["k"] = range(4)
    lab.runExperiment(Gated(folder / "gate"))
    began = time.monotonic()
    assert lab.wait(0.3) is False
    assert time.monotonic() - began < 10
    (folder / "gate").touch()
    assert lab.wait(60)
    told = capfd.readouterr().err
    assert "0/4" in told
    assert "sweep: 100 % ([####################] 4/4)" in told


def test_slow_results_can_be_cancelled(lab: ClusterLab, folder: Path):
    lab["k"] = range(20)
    lab.runExperiment(Gated(folder / "gate"))
    assert lab.cancelSlowResults() == 20
    assert lab.ready()
    assert len(lab.dataframe()) == 0
    told = lab.dataframe(only_successful=False)[Experiment.EXCEPTION]
    assert [str(each) for each in told] == ["cancelled before it was done"] * 20
    # The engines are free for others.
    lab.runExperiment(Square())
    assert lab.wait(60)
    assert len(lab.dataframe()) == 20


def test_points_of_a_cancelled_sweep_are_purged_or_done(lab: ClusterLab, folder: Path, capfd):
    lab["k"] = range(20)
    lab.runExperiment(Gated(folder / "gate"))
    lab._cancel(lab.notebook().pendingResults()[0].partition(":")[0])
    assert lab.wait(30) is False
    assert "20 results will not come" in capfd.readouterr().err
    (folder / "gate").touch()
    lab["k"] = range(15)
    lab.runExperiment(Gated(folder / "gate"))
    assert lab.wait(30) is False
    assert sorted(lab.dataframe()["k"]) == list(range(15))
    assert lab.updateResults(purge=True) == 0
    assert lab.ready()
    assert len(lab.dataframe(only_successful=False)) == 20


def test_running_twice_brings_each_result_twice(lab: ClusterLab):
    lab["k"] = range(5)
    lab.runExperiment(Square())
    lab.runExperiment(Square())
    assert lab.wait(60)
    assert sorted(r["parameters"]["k"] for r in lab.results()) == sorted([*range(5)] * 2)


def test_a_result_set_is_made_once_and_completed_later(lab: ClusterLab, folder: Path):
    calls = []

    def make(it):
        calls.append(len(it.notebook().current()))
        it["k"] = range(30)
        it.runExperiment(Square())
        it.wait(60)
        it["k"] = range(10)
        it.runExperiment(Gated(folder / "gate"))

    assert lab.createWith("all", make)
    assert lab.createWith("all", make)
    assert calls == [0]
    lab._cancel(lab.notebook().pendingResults()[0].partition(":")[0])
    (folder / "gate").touch()
    assert lab.createWith("all", make, finish=True)
    assert calls == [0, 30]
    assert sorted(r["parameters"]["k"] for r in lab.results()) == sorted([*range(30), *range(10)])
    assert lab.notebook().current().isLocked()


def test_a_result_set_that_fails_takes_its_sweeps_with_it(lab: ClusterLab, folder: Path):
    def fail(it):
        it["k"] = range(10)
        it.runExperiment(Gated(folder / "gate"))
        raise RuntimeError("in the middle")

    with pytest.raises(RuntimeError, match="in the middle"):
        lab.createWith("new", fail)
    assert "new" not in lab.notebook()
    assert lab.notebook().numberOfAllPendingResults() == 0


def test_a_thousand_points_are_taken_in_one_call(lab: ClusterLab):
    lab["k"] = range(1000)
    lab.runExperiment(Square())
    notebook = lab.notebook()
    job = notebook.pendingResults()[0]
    sweep = lab._sweeps.sweep(job.partition(":")[0])
    wait_until(lambda: sweep.status().progress.state.is_over, 120)
    assert len(notebook.results()) == 0
    assert lab.updateResults() == 1000
    assert lab.updateResults() == 0
    assert sum(r["results"]["square"] for r in lab.results()) == sum(k**2 for k in range(1000))


def test_memory_stays_flat_over_ten_thousand_points(pair: str, folder: Path):
    class Quick(Experiment):
        def do(self, params):
            return {"root": math.sqrt(params["k"])}

    process = psutil.Process()
    with ClusterLab(HDF5LabNotebook("many.h5", create=True), session=pair) as lab:
        lab["k"] = range(500)
        lab.runExperiment(Quick())
        assert lab.wait(60)
        lab.notebook().addResultSet("many")
        lab["k"] = range(10_000)
        before = process.memory_info().rss
        lab.runExperiment(Quick())
        assert lab.wait(200)
        # What is kept of a point is its row in the notebook.
        assert process.memory_info().rss - before < 80e6
        assert lab.notebook().numberOfResults() == 10_000


def test_two_labs_do_not_take_a_result_twice(pair: str, folder: Path):
    notebook = LabNotebook()
    with ClusterLab(notebook, session=pair) as first, ClusterLab(notebook) as second:
        first["k"] = range(100)
        first.runExperiment(Square())
        taken = 0
        while not notebook.ready():
            taken += first.updateResults() + second.updateResults()
        assert taken == len(notebook.results()) == 100


def test_a_lab_is_made_again_from_what_it_tells(lab: ClusterLab, pair: str):
    name, arguments = lab.recreate()
    assert name == "emout_lab.experiments.cluster_lab.ClusterLab"
    with ClusterLab(**arguments) as again:
        assert again.numberOfEngines() == 2
        assert again.notebook() is lab.notebook()
    lab.close()
    lab.open()
    assert lab.numberOfEngines() == 2
