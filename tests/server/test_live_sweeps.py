"""Sweeps that run in a real local session, seen and steered from the panel."""

import asyncio
import time

import pytest

from emout_lab import sessions
from emout_lab.client.session import ConnectedSession
from emout_lab.client.sweeps import Sweep
from emout_lab.experiments.experiment import Experiment
from emout_lab.experiments.repeated import RepeatedExperiment


class Doubled(Experiment):
    """Doubles k; fails where k is 2 while no file is at the place that is named."""

    def __init__(self, seconds=0.0, cure=None):
        super().__init__()
        self.seconds, self.cure = seconds, cure

    def do(self, params):
        import time
        from pathlib import Path

        end = time.monotonic() + self.seconds
        while time.monotonic() < end:
            time.sleep(0.005)
        if params["k"] == 2 and self.cure is not None and not Path(self.cure).exists():
            raise ValueError("two is odd")
        return {"y": 2 * params["k"]}


@pytest.fixture(scope="module")
def connected(local_session):
    session = ConnectedSession.connect(local_session.name)
    yield session
    session.close()


@pytest.fixture
def start(connected):
    """Start a sweep over k; it is removed at the end."""
    begun = []

    def begin(total, **options):
        points = [{"k": k} for k in range(total)]
        sweep = Sweep.start(connected, Doubled(**options), points, name="doubles", tag="t")
        begun.append(sweep)
        return sweep

    yield begin
    for each in begun:
        each.remove(force=True)


async def test_a_panel_sees_a_sweep_run_to_its_end(api, panel, start, local_session):
    watcher = await panel("sweeps", interval=0.5)
    sweep = start(40, seconds=0.05)
    await watcher.until(lambda p: p.known["sweeps"].get(sweep.id, {}).get("state") == "running")
    await watcher.until(lambda p: p.known["sweeps"][sweep.id]["rate"] is not None)
    model = watcher.known["sweeps"][sweep.id]
    assert (model["name"], model["tag"], model["total"]) == ("doubles", "t", 40)
    assert model["session"] == local_session.name
    assert model["seconds_left"] > 0
    await watcher.until(lambda p: p.known["sweeps"][sweep.id]["state"] == "done")
    model = watcher.known["sweeps"][sweep.id]
    assert (model["done"], model["failed"], model["running"]) == (40, 0, 0)
    assert model["ended"] >= model["started"] >= model["created"]
    _, piece = await api("sweeps", sweep.id, "table")
    columns = {each["name"]: each["values"] for each in piece["columns"]}
    assert sorted(piece["points"]) == [*range(40)]
    assert columns["y"] == [2 * k for k in columns["k"]]
    assert all(0.05 <= each < 10 for each in columns["elapsed"])
    assert all(each > 1_000_000 for each in columns["peak_memory"])


async def test_the_table_grows_while_the_sweep_runs(api, start):
    sweep = start(30, seconds=0.1)
    since, points = "", []
    deadline = time.monotonic() + 60
    sizes = []
    while len(points) < 30 and time.monotonic() < deadline:
        _, piece = await api("sweeps", sweep.id, "table", params={"since": since})
        since, points = piece["next"], points + piece["points"]
        sizes.append(len(piece["points"]))
        await asyncio.sleep(0.2)
    assert sorted(points) == [*range(30)]
    assert sum(size > 0 for size in sizes) > 2


async def test_a_sweep_is_cancelled_and_what_it_has_done_stays(api, panel, start):
    watcher = await panel("sweeps", interval=0.5)
    sweep = start(1000, seconds=0.1)
    await watcher.until(lambda p: p.known["sweeps"].get(sweep.id, {}).get("done", 0) > 0)
    assert await api("sweeps", sweep.id, "cancel", method="POST") == (204, None)
    _, model = await api("sweeps", sweep.id)
    assert model["state"] == "cancelled"
    assert 0 < model["done"] < 1000
    await watcher.until(lambda p: p.known["sweeps"][sweep.id]["state"] == "cancelled")
    assert (await api("sweeps", sweep.id, "cancel", method="POST"))[0] == 204


async def test_points_that_failed_are_tried_again(api, start, tmp_path):
    cure = tmp_path / "cure"
    sweep = start(4, cure=str(cure))
    assert await asyncio.to_thread(sweep.wait, 60)
    _, model = await api("sweeps", sweep.id)
    assert (model["state"], model["done"], model["failed"]) == ("done", 4, 1)
    assert model["first_error"] == "ValueError: two is odd"
    _, first = await api("sweeps", sweep.id, "table")
    cure.touch()
    assert await api("sweeps", sweep.id, "retry", method="POST") == (204, None)
    assert await asyncio.to_thread(sweep.wait, 60)
    _, model = await api("sweeps", sweep.id)
    assert (model["state"], model["done"], model["failed"]) == ("done", 4, 0)
    _, second = await api("sweeps", sweep.id, "table", params={"since": first["next"]})
    assert second["points"] == [2]
    (values,) = [each["values"] for each in second["columns"] if each["name"] == "y"]
    assert values == [4]


async def test_what_a_session_tells_is_shown_at_once_and_nonsense_is_passed_over(
    panel, connected, start
):
    watcher = await panel("workers", "sweeps", interval=60)
    await watcher.until(lambda p: p.known["workers"])
    sweep = start(3)
    assert await asyncio.to_thread(sweep.wait, 60)
    await watcher.watch("workers", "sweeps", interval=60)
    await watcher.until(lambda p: p.known["sweeps"].get(sweep.id, {}).get("state") == "done")
    tell = connected.client.log_event
    for nonsense in ["x", {"sweep": 3}, {"sweep": sweep.id, "state": "lost"}, {"done": 1}, None]:
        tell("emout-lab-sweeps", nonsense)
    tell("emout-lab-sweeps", {"sweep": sweep.id, "state": "running", "done": 1, "rate": 2.0})
    await watcher.until(lambda p: p.known["sweeps"][sweep.id]["state"] == "running")
    assert watcher.known["sweeps"][sweep.id]["seconds_left"] == 1.0


class Parity(Experiment):
    """Counts its runs in this process; every third fails."""

    def do(self, params):
        import itertools
        import sys

        counter = sys.modules.setdefault("parity-counter", itertools.count())
        run = next(counter)
        if run % 3 == 2:
            raise ValueError("a third one")
        return {"run": run, "kind": "even" if run % 2 == 0 else "odd", "name": "same"}


async def test_results_of_several_runs_are_told_as_means(api, connected):
    points = [{"k": 0}]
    sweep = await asyncio.to_thread(Sweep.start, connected, RepeatedExperiment(Parity(), 3), points)
    assert await asyncio.to_thread(sweep.wait, 60)
    _, piece = await api("sweeps", sweep.id, "table")
    cells = {each["name"]: each["values"][0] for each in piece["columns"]}
    assert (cells["runs"], cells["status"]) == (3, "failed")
    assert cells["error"] == "ValueError: a third one"
    assert (cells["run"], cells["name"]) == (0.5, "same")
    assert "kind" not in cells
    await asyncio.to_thread(sweep.remove, force=True)


async def test_a_sweep_that_runs_is_removed(api, panel, connected, start):
    watcher = await panel("sweeps", interval=0.5)
    sweep = start(1000, seconds=0.05)
    await watcher.until(lambda p: sweep.id in p.known["sweeps"])
    assert await api("sweeps", sweep.id, method="DELETE") == (204, None)
    await watcher.until(lambda p: sweep.id not in p.known["sweeps"])
    assert not sweep.folder.path.exists()
    assert (await api("sweeps", sweep.id))[0] == 404


async def test_a_sweep_of_a_session_that_was_stopped_is_interrupted(api, panel, emout_home):
    sessions.start(backend="local", memory="1G", cores=1, jobs=1)
    sessions.wait_for_workers(timeout=60)
    session = ConnectedSession.connect()
    points = [{"k": k} for k in range(1000)]
    sweep = Sweep.start(session, Doubled(seconds=0.1), points)
    watcher = await panel("sweeps", interval=0.5)
    await watcher.until(lambda p: p.known["sweeps"].get(sweep.id, {}).get("done", 0) > 0)
    session.close()
    assert (await api("sessions", "default", method="DELETE"))[0] == 204
    await watcher.until(lambda p: p.known["sweeps"][sweep.id]["state"] == "interrupted")
    _, piece = await api("sweeps", sweep.id, "table")
    assert piece["points"]
    assert (await api("sweeps", sweep.id, "retry", method="POST"))[0] == 410
    assert (await api("sweeps", sweep.id, method="DELETE"))[0] == 204
