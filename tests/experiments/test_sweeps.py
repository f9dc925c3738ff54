"""Sweeps in a real session: what points do, what comes of them, and what is kept on disk."""

from __future__ import annotations

import os
import signal
import stat
import subprocess
import sys
import textwrap
import threading
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from waiting import wait_until

from emout_lab.client.sweep_status import sweeps
from emout_lab.client.sweeps import Sweep
from emout_lab.engine.sweeps import results as names
from emout_lab.engine.sweeps.folder import SweepState
from emout_lab.engine.sweeps.records import RecordReader
from emout_lab.errors import EngineLost, NotSendable, SpecError, StateError
from emout_lab.experiments import Experiment

TIMEOUT = 90


class Square(Experiment):
    def do(self, params):
        return {"y": params["k"] ** 2, "kind": type(params["k"]).__name__}


class Odd(Experiment):
    """Goes wrong in the way that a point names."""

    def do(self, params):
        if params["how"] == "lock":
            return {"y": threading.Lock()}
        if params["how"] == "print":
            print("a word", params["how"])
        elif params["how"] == "kill":
            os.kill(os.getpid(), signal.SIGKILL)
        elif params["how"] != "fine":
            raise {"exit": SystemExit, "interrupt": KeyboardInterrupt, "memory": MemoryError}[
                params["how"]
            ](4)
        return {"y": 1}


class Protocol:
    """Has what epyc asks of an experiment, and gives what a point says."""

    def set(self, params):
        self.params = params
        return self

    def run(self):
        if self.params["gives"] == "dictionary":
            return {"parameters": {}, "metadata": {names.STATUS: True}, "results": {"y": 1}}
        if self.params["gives"] == "lists":
            return {"parameters": [], "metadata": [], "results": {}}
        return 3


class Waits(Experiment):
    """Tells that it has begun, and waits for a file."""

    def __init__(self, folder):
        super().__init__()
        self.folder = str(folder)

    def do(self, params):
        Path(self.folder, f"began-{params['k']}").write_text(str(os.getpid()))
        while not os.path.exists(os.path.join(self.folder, "go")):
            time.sleep(0.01)
        return {"y": params["k"]}


class FailsAtFirst(Experiment):
    def __init__(self, file):
        super().__init__()
        self.file = str(file)

    def do(self, params):
        if params["k"] % 2 and not os.path.exists(self.file):
            raise ValueError(f"{params['k']} is odd")
        return {"y": params["k"]}


class Takes(Experiment):
    def do(self, params):
        ends = time.monotonic() + params["seconds"]
        while time.monotonic() < ends:
            time.sleep(0.001)
        return {"pid": os.getpid()}


class Large(Experiment):
    def do(self, params):
        return {"sum": float(np.ones(params["size"]).sum())}


def points(values: Any, name: str = "k") -> list[dict[str, Any]]:
    return [{name: each} for each in values]


def results(sweep: Sweep) -> dict[int, Any]:
    """Wait for a sweep and return its results by point; each has come once."""
    assert sweep.wait(TIMEOUT)
    found = sweep.collect()
    assert len({each.point for each in found}) == len(found)
    return {each.point: each.results for each in found}


def test_each_point_is_done_once_with_the_parameters_as_they_are(session):
    sweep = Sweep.start(session, Square(), points(np.linspace(0, 1, 50)), name="squares")
    found = results(sweep)
    assert len(found) == 50
    for number, value in enumerate(np.linspace(0, 1, 50)):
        assert found[number][names.RESULTS] == {"y": value**2, "kind": "float64"}
        assert found[number][names.PARAMETERS] == {"k": value}
        assert found[number][names.METADATA][names.ENGINE] in ("0", "1")
    assert sweep.collect() == []
    progress = sweep.status().progress
    assert (progress.state, progress.done, progress.failed) == (SweepState.DONE, 50, 0)
    assert (progress.running, progress.first_error) == (0, "")


def test_what_is_on_disk_is_for_its_user_alone(session):
    sweep = Sweep.start(session, Square(), points([1]))
    results(sweep)
    for each in [sweep.folder.path, *sweep.folder.path.rglob("*")]:
        assert stat.S_IMODE(each.stat().st_mode) == (0o700 if each.is_dir() else 0o600)


def test_what_ends_programs_is_the_failure_of_its_point(session):
    how = ["exit", "interrupt", "memory", "lock", "fine", "print"]
    found = results(Sweep.start(session, Odd(), points(how, "how")))
    told = dict(zip(how, (found[number][names.METADATA] for number in range(6)), strict=True))
    assert [told[each][names.STATUS] for each in how] == [False] * 4 + [True] * 2
    assert told["exit"][names.EXCEPTION].ename == "SystemExit"
    for each, kind in (("exit", "SystemExit"), ("interrupt", "KeyboardInterrupt")):
        assert str(told[each][names.EXCEPTION]).startswith(f"{kind} ended it")
        assert "Traceback" not in str(told[each][names.EXCEPTION])
        assert "Traceback" in told[each][names.TRACEBACK]
    assert told["interrupt"][names.EXCEPTION].ename == "KeyboardInterrupt"
    assert isinstance(told["memory"][names.EXCEPTION], MemoryError)
    assert "cannot be pickled" in str(told["lock"][names.EXCEPTION])
    assert found[3][names.PARAMETERS] == {"how": "lock"}
    assert told["print"][names.OUTPUT] == "a word print\n"
    assert names.OUTPUT not in told["fine"]


def test_what_is_no_results_dictionary_is_the_failure_of_its_point(session):
    found = results(
        Sweep.start(session, Protocol(), points(["dictionary", "lists", "no"], "gives"))
    )
    assert found[0][names.RESULTS] == {"y": 1}
    for number in (1, 2):
        assert found[number][names.METADATA][names.STATUS] is False
    assert "int is no results dictionary" in str(found[2][names.METADATA][names.EXCEPTION])


def test_experiments_of_the_notebook_and_of_own_modules_run(session, tmp_path, monkeypatch):
    (tmp_path / "my_sweep_parts.py").write_text("def half(x):\n    return x / 2\n")
    monkeypatch.syspath_prepend(tmp_path)
    typed: dict[str, Any] = {"__name__": "__main__"}
    source = """
        import my_sweep_parts
        from emout_lab.experiments import Experiment
        class Half(Experiment):
            def do(self, params):
                return {"y": my_sweep_parts.half(params["k"])}
    """
    exec(textwrap.dedent(source), typed)
    found = results(Sweep.start(session, typed["Half"](), points([1, 2])))
    assert [found[number][names.RESULTS]["y"] for number in (0, 1)] == [0.5, 1.0]
    sys.modules.pop("my_sweep_parts")


def test_the_peak_of_memory_is_that_of_the_point(session):
    found = results(Sweep.start(session, Large(), points([10, 20_000_000], "size")))
    small, large = (found[number][names.METADATA][names.PEAK_MEMORY] for number in (0, 1))
    assert large > 160_000_000
    assert small > 10_000_000


def test_cancelling_interrupts_points_that_run_and_others_never_begin(session, tmp_path):
    sweep = Sweep.start(session, Waits(tmp_path), points(range(8)))
    wait_until(lambda: len(list(tmp_path.glob("began-*"))) == 2, TIMEOUT)
    sweep.cancel()
    assert sweep.wait(TIMEOUT)
    progress = sweep.status().progress
    assert (progress.state, progress.done, progress.cancelled) == (SweepState.CANCELLED, 0, 8)
    assert len(list(tmp_path.glob("began-*"))) == 2
    assert sweep.collect() == []
    (tmp_path / "go").touch()
    sweep.retry([3])
    assert results(sweep)[3][names.RESULTS] == {"y": 3}
    assert sweep.status().progress.cancelled == 7


def test_a_sweep_that_is_cancelled_at_any_moment_leaves_its_engines_free(session, tmp_path):
    for moment in range(12):
        sweep = Sweep.start(session, Waits(tmp_path), points(range(40)))
        time.sleep(0.01 * moment)
        sweep.cancel()
        assert sweep.wait(TIMEOUT)
        progress = sweep.status().progress
        assert (progress.state, progress.cancelled) == (SweepState.CANCELLED, 40)


def test_one_point_that_hangs_can_be_given_up_and_the_others_go_on(session, tmp_path):
    sweep = Sweep.start(session, Waits(tmp_path), points(range(4)))
    wait_until(lambda: list(tmp_path.glob("began-*")), TIMEOUT)
    (begun, *_) = (int(each.name[6:]) for each in tmp_path.glob("began-*"))
    sweep.cancel([begun])
    wait_until(lambda: sweep.status().progress.cancelled == 1, TIMEOUT)
    (tmp_path / "go").touch()
    assert set(results(sweep)) == {0, 1, 2, 3} - {begun}
    with pytest.raises(SpecError, match="there is no point 4"):
        sweep.retry([4])


def test_points_that_failed_are_done_again_and_every_handle_learns_it(session, tmp_path):
    file = tmp_path / "fixed"
    sweep = Sweep.start(session, FailsAtFirst(file), points(range(6)))
    found = results(sweep)
    assert not found[1][names.METADATA][names.STATUS]
    assert sweep.status().progress.failed == 3
    assert "is odd" in sweep.status().progress.first_error
    other = Sweep.open(sweep.id)
    assert len(other.collect()) == 6
    file.touch()
    sweep.retry()
    again = results(sweep)
    assert set(again) == {1, 3, 5}
    assert all(each[names.METADATA][names.STATUS] for each in again.values())
    assert {each.point for each in other.collect()} == {1, 3, 5}
    progress = sweep.status().progress
    assert (progress.done, progress.failed, progress.first_error) == (6, 0, "")
    late = {each.point: each.results for each in Sweep.open(sweep.id).collect()}
    assert len(late) == 6


def test_several_sweeps_run_side_by_side(session):
    made = [Sweep.start(session, Square(), points([k] * 100), name=str(k)) for k in range(4)]
    for k, sweep in enumerate(made):
        found = results(sweep)
        assert len(found) == 100
        assert {each[names.RESULTS]["y"] for each in found.values()} == {k**2}
    known = [each.info.id for each in sweeps()]
    assert known[:4] == [each.id for each in reversed(made)]


def test_a_long_point_holds_up_none_that_stands_behind_it(session):
    seconds = [0.001] * 300
    seconds[7] = 60.0
    sweep = Sweep.start(session, Takes(), points(seconds, "seconds"))
    found: list[int] = []
    wait_until(lambda: found.extend(each.point for each in sweep.collect()) or len(found) == 299)
    assert sorted(found) == [number for number in range(300) if number != 7]
    assert sweep.status().progress.state is SweepState.RUNNING
    sweep.cancel()
    assert sweep.wait(TIMEOUT)
    assert sweep.status().progress.done == 299


def test_a_sweep_goes_on_when_who_began_it_is_gone(session, pair, tmp_path):
    script = tmp_path / "begins.py"
    script.write_text(
        textwrap.dedent(
            f"""
            import os
            from emout_lab.client.session import ConnectedSession
            from emout_lab.client.sweeps import Sweep
            from emout_lab.experiments import Experiment
            class Slow(Experiment):
                def do(self, params):
                    import time
                    time.sleep(0.05)
                    return {{"y": params["k"]}}
            if __name__ == "__main__":
                session = ConnectedSession.connect({pair!r})
                sweep = Sweep.start(session, Slow(), [{{"k": k}} for k in range(40)])
                print(sweep.id, flush=True)
                os._exit(9)
            """
        )
    )
    done = subprocess.run([sys.executable, script], capture_output=True, text=True, timeout=120)
    assert done.returncode == 9, done.stderr
    sweep = Sweep.open(done.stdout.strip())
    found = results(sweep)
    assert {number: each[names.RESULTS]["y"] for number, each in found.items()} == {
        number: number for number in range(40)
    }
    assert sweep.status().progress.state is SweepState.DONE


def test_a_worker_that_is_killed_in_mid_sweep_costs_no_point(session, tmp_path):
    sweep = Sweep.start(session, Takes(), points([0.05] * 60, "seconds"))
    wait_until(lambda: sweep.status().progress.done > 5, TIMEOUT)
    (pid, *_) = {each.results[names.RESULTS]["pid"] for each in sweep.collect()}
    os.kill(pid, signal.SIGKILL)
    assert sweep.wait(TIMEOUT)
    found = {each.point: each.results for each in Sweep.open(sweep.id).collect()}
    assert len(found) == 60
    assert all(each[names.METADATA][names.STATUS] for each in found.values())
    assert sweep.status().progress.failed == 0


def test_a_point_that_ends_each_engine_is_given_up_with_the_reason(session):
    how = ["fine"] * 20
    how[5] = "kill"
    sweep = Sweep.start(session, Odd(), points(how, "how"), retries=1)
    found = results(sweep)
    assert [number for number in found if not found[number][names.METADATA][names.STATUS]] == [5]
    error = found[5][names.METADATA][names.EXCEPTION]
    assert isinstance(error, EngineLost)
    assert "2 times" in str(error)
    assert found[5][names.PARAMETERS] == {"how": "kill"}
    progress = sweep.status().progress
    assert (progress.done, progress.failed) == (20, 1)
    assert "2 times" in progress.first_error
    (told,) = [
        each.told
        for each in RecordReader(sweep.folder.records, is_brief=True).new()
        if each.point == 5 and not each.is_begun
    ]
    assert told["parameters"] == {"how": "kill"}


def test_results_whose_modules_are_not_here_are_failures_and_not_lost(
    session, tmp_path, monkeypatch
):
    source = """
        class Value: pass
        class Makes:
            def set(self, params):
                self.params = params
            def run(self):
                import sys, types
                if self.params["k"]:
                    module = sys.modules["only_on_engines"] = types.ModuleType("only_on_engines")
                    made = type("Value", (), {"__module__": "only_on_engines"})
                    module.Value = made
                    value = made()
                else:
                    value = 1
                meta = {"epyc.experiment.status": True}
                return {"parameters": {}, "metadata": meta, "results": {"y": value}}
    """
    typed: dict[str, Any] = {"__name__": "__main__"}
    exec(textwrap.dedent(source), typed)
    found = results(Sweep.start(session, typed["Makes"](), points([0, 1])))
    assert found[0][names.RESULTS] == {"y": 1}
    assert "cannot be read here" in str(found[1][names.METADATA][names.EXCEPTION])
    assert found[1][names.PARAMETERS] == {"k": 1}


def test_what_cannot_be_begun_is_refused_and_leaves_nothing(session):
    before = len(sweeps())
    with pytest.raises(SpecError, match="one point or more"):
        Sweep.start(session, Square(), [])
    with pytest.raises(TypeError, match="no experiment"):
        Sweep.start(session, 3, points([1]))
    with pytest.raises(SpecError, match="retries=-1"):
        Sweep.start(session, Square(), points([1]), retries=-1)
    experiment = Square()
    experiment.lock = threading.Lock()
    with pytest.raises(NotSendable, match="cannot be sent"):
        Sweep.start(session, experiment, points([1]))
    with pytest.raises(NotSendable, match="parameters cannot be sent"):
        Sweep.start(session, Square(), points([threading.Lock()]))
    with pytest.raises(SpecError, match="names no sweep"):
        Sweep.open("../x")
    with pytest.raises(StateError, match="there is no sweep"):
        Sweep.open("0" * 32)
    assert len(sweeps()) == before


def test_removing_a_sweep_ends_it_and_leaves_nothing(session, tmp_path):
    sweep = Sweep.start(session, Waits(tmp_path), points(range(4)))
    wait_until(lambda: list(tmp_path.glob("began-*")), TIMEOUT)
    with pytest.raises(StateError, match="still runs in session"):
        sweep.remove()
    with pytest.raises(StateError, match="still runs in session"):
        Sweep.open(sweep.id).remove(force=True)
    sweep.remove(force=True)
    assert not sweep.folder.path.exists()
    found = results(Sweep.start(session, Square(), points([2])))
    assert found[0][names.RESULTS]["y"] == 4
