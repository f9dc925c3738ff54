"""Tasks that are shared out over the engines of a session."""

from __future__ import annotations

import importlib
import os
import sys
import threading
import time

import numpy as np
import pytest

from emout_lab import Emout, local_data_policy
from emout_lab.client import progress_line
from emout_lab.emses import execution
from emout_lab.emses.demo import write_demo_data
from emout_lab.engine import operations


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    return write_demo_data(tmp_path_factory.mktemp("run"), grid=16, steps=3)


@pytest.fixture
def pair(two_engines):
    """The session with two engines, as the one in use."""
    from emout_lab import connect

    yield connect(name="pair")


def _tasks():
    # Nested functions travel by value; the workers cannot import this file.
    def where(number: int) -> tuple[int, int]:
        time.sleep(0.05)
        return number, os.getpid()

    def leave_trace(folder, number: int) -> int:
        (folder / f"begun-{number}").touch()
        time.sleep(0.3)
        return number

    return where, leave_trace


where, leave_trace = _tasks()


def density(data, points=40):
    v = 4.0 * data.inp.path[0]
    return data.backtrace.get_probabilities(8, 8, 12, (-v, v, points), 0, (-v, v, 50))


def test_tasks_run_on_all_engines_and_keep_their_order(pair):
    results = execution.current().map(where, [(i,) for i in range(20)], label="numbers")
    assert [number for number, _ in results] == list(range(20))
    places = {place for _, place in results}
    assert len(places) == 2 and os.getpid() not in places


def test_without_a_session_or_by_policy_this_process_does_it(pair):
    results = execution.HERE.map(where, [(1,), (2,)], label="numbers")
    assert {place for _, place in results} == {os.getpid()}
    with local_data_policy("allow"):
        assert len(execution.current().map(where, [(1,)], label="numbers", alone=[])) == 1


def test_what_a_task_raises_is_raised_here(pair):
    with pytest.raises(ZeroDivisionError):
        execution.current().map(divmod, [(1, 1), (1, 0), (2, 1)], label="quotients")


def test_an_interrupt_ends_what_has_not_begun(pair, tmp_path, monkeypatch):
    def interrupt(done, total, label, detail):
        raise KeyboardInterrupt

    monkeypatch.setattr(execution.current(), "progress", interrupt)
    with pytest.raises(KeyboardInterrupt):
        execution.current().map(leave_trace, [(tmp_path, i) for i in range(40)], label="numbers")
    assert len(list(tmp_path.iterdir())) < 12


def test_progress_of_long_work_is_shown(pair, capsys, monkeypatch):
    monkeypatch.setattr(progress_line, "PATIENCE_S", 0.0)
    execution.current().map(where, [(i,) for i in range(8)], label="counting")
    shown = capsys.readouterr().err
    assert "\rcounting: " in shown and shown.endswith("counting: 100 %\n")


def test_local_orbits_are_traced_on_the_engines_and_are_the_same(pair, run):
    data = Emout(run)
    shared = density(data)
    with local_data_policy("local"):
        alone = density(Emout(run, local_data_policy="local"))
    assert np.array_equal(shared.probabilities, alone.probabilities)
    assert np.array_equal(shared.ends, alone.ends)


def test_remote_orbits_are_shared_out_from_the_engine(pair, run):
    remote = Emout(run).remote(session=pair)
    result = density(remote)
    alone = density(Emout(run, local_data_policy="local"))
    assert np.array_equal(result.fetch().probabilities, alone.probabilities)
    heat = result.vxvz.fetch()
    assert np.array_equal(heat.Z, alone.vxvz.Z)
    result.drop()


def test_remote_results_are_drawn_on_the_engine(pair, run):
    from emout_lab import remote_figure

    remote = Emout(run).remote(session=pair)
    with remote_figure(display=False, dpi=50) as figure:
        density(remote).vxvz.plot(cmap="magma")
    assert figure.result.width > 100
    shared = density(Emout(run))
    with remote_figure(display=False, dpi=50) as again:
        shared.vxvz.plot(cmap="magma")
    assert again.result.width == figure.result.width


def test_progress_of_a_remote_call_comes_to_the_notebook(pair, run, capsys, monkeypatch):
    told = threading.Event()
    monkeypatch.setattr(progress_line.LINE, "show", lambda *report: told.set())
    density(Emout(run).remote(session=pair), points=400).fetch()
    assert told.wait(10)


def test_workers_are_not_profiled_while_they_read(pair):
    callbacks = pair.client.run(lambda dask_worker: list(dask_worker.periodic_callbacks))
    assert all("heartbeat" in names and "profile" not in names for names in callbacks.values())


def test_one_engine_of_several_threads_shares_with_itself(emout_home, run):
    from emout_lab import connect, sessions

    sessions.start(name="wide", backend="local", memory="1G", cores=2, jobs=1)
    sessions.wait_for_workers("wide", n=1, timeout=60)
    with connect(name="wide") as session:
        result = density(Emout(run).remote(session=session), points=60).fetch()
        here = density(Emout(run, local_data_policy="local"), points=60)
    assert np.array_equal(result.probabilities, here.probabilities)
    assert np.array_equal(result.ends, here.ends)


def test_own_classes_reach_other_engines_and_tasks_of_any_worker(pair, tmp_path, monkeypatch):
    """They are the same classes there, and the notebook's own when they come back."""
    (tmp_path / "shapes_of_mine.py").write_text(
        "class Shape:\n    def __init__(self, n): self.n = n\n"
        "def corners(shape): return isinstance(shape, Shape), 2 * shape.n\n"
    )
    monkeypatch.syspath_prepend(str(tmp_path))
    shapes = importlib.import_module("shapes_of_mine")
    first, second = (pair.engine(name) for name in pair.engines)
    shape = first.open(shapes.Shape, 4)
    assert second.open(shapes.corners, shape).fetch() == (True, 8)
    back = second.open(operations.same, [shape]).fetch()[0]
    assert type(back) is shapes.Shape and back.n == 4
    tasks = [(shapes.Shape(n),) for n in range(4)]
    results = execution.current().map(shapes.corners, tasks, label="corners")
    assert results == [(True, 2 * n) for n in range(4)]
    sys.modules.pop("shapes_of_mine")
