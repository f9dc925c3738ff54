"""Experiments that harm their process, and sweeps whose folder is lost while they run."""

from __future__ import annotations

import os
import sys
import threading
import time
from typing import Any

import pytest
from waiting import wait_until

from emout_lab.client.sweeps import Sweep
from emout_lab.engine.sweeps.folder import SweepState
from emout_lab.errors import NotSendable
from emout_lab.experiments import Experiment

TIMEOUT = 90


class Square(Experiment):
    def do(self, params):
        return {"y": params["k"] ** 2}


class Takes(Experiment):
    def do(self, params):
        time.sleep(params["seconds"])
        return {"y": 1}


class Leaves(Experiment):
    """Changes its process in the way that a point names, and tells what it has found."""

    def do(self, params):
        found = {"directory": os.getcwd(), "limit": sys.getrecursionlimit()}
        os.umask(found_mask := os.umask(0))
        found["mask"] = found_mask
        if params["how"] == "directory":
            os.chdir("/")
        elif params["how"] == "limit":
            sys.setrecursionlimit(40)
        else:
            os.umask(0o777)
        return found


class Deaf(Experiment):
    """Goes on whatever happens, until there is a file; each point says that it has begun."""

    def __init__(self, folder):
        super().__init__()
        self.folder = str(folder)

    def do(self, params):
        while True:
            try:
                open(f"{self.folder}/deaf-{params['k']}", "w").close()
                while not os.path.exists(f"{self.folder}/go"):
                    time.sleep(0.02)
            except BaseException:  # noqa: BLE001, S110
                pass
            else:
                return {"y": 1}


class Unwritable(Experiment):
    """Cannot be sent, nor shown."""

    def __init__(self):
        super().__init__()
        self.lock = threading.Lock()

    def __repr__(self):
        raise RuntimeError("nobody may see it")


def points(values: Any, name: str = "k") -> list[dict[str, Any]]:
    return [{name: each} for each in values]


def results(sweep: Sweep) -> dict[int, Any]:
    """Wait for a sweep and return its results by point; each has come once."""
    assert sweep.wait(TIMEOUT)
    found = sweep.collect()
    assert len({each.point for each in found}) == len(found)
    return {each.point: each.results for each in found}


@pytest.mark.parametrize("how", ["directory", "limit", "mask"])
def test_what_a_point_changes_of_its_process_the_next_does_not_find(session, how):
    found = results(Sweep.start(session, Leaves(), points([how] * 20, "how")))
    told = [each["results"] for each in found.values()]
    assert len(told) == 20
    assert all(each == told[0] for each in told), told
    assert told[0]["directory"] == os.getcwd()


def test_a_sweep_whose_folder_is_removed_ends_and_does_not_say_that_it_is_done(session):
    sweep = Sweep.start(session, Takes(), [{"seconds": 0.3, "k": each} for each in range(400)])
    wait_until(lambda: sweep.status().progress.done > 0, timeout=TIMEOUT)
    sweep.folder.remove()
    assert sweep.wait(30)
    progress = sweep.status().progress
    assert progress.state is SweepState.INTERRUPTED
    assert "was removed while it ran" in progress.first_error
    assert len(results(Sweep.start(session, Square(), points(range(3))))) == 3, "engines are free"


def test_points_that_do_not_end_when_they_are_cancelled_are_told(session, tmp_path):
    sweep = Sweep.start(session, Deaf(tmp_path), points(range(2)))
    wait_until(lambda: len(list(tmp_path.glob("deaf-*"))) == 2, timeout=TIMEOUT)
    sweep.cancel()
    told = sweep.status().progress
    assert not told.state.is_over
    assert "do not end though they were interrupted" in told.first_error
    (tmp_path / "go").touch()
    assert sweep.wait(TIMEOUT)


@pytest.mark.parametrize("wrong", [[1], ["k"], {"k": 1}])
def test_points_that_are_no_dictionaries_are_refused(session, wrong):
    with pytest.raises(TypeError, match="points are a list of dictionaries"):
        Sweep.start(session, Square(), wrong)


def test_an_experiment_that_can_neither_be_sent_nor_shown_is_named(session):
    with pytest.raises(NotSendable, match="Unwritable"):
        Sweep.start(session, Unwritable(), points([1]))


def test_a_sweep_begins_where_the_directory_was_removed(session, tmp_path, monkeypatch):
    (gone := tmp_path / "gone").mkdir()
    monkeypatch.chdir(gone)
    gone.rmdir()
    assert len(results(Sweep.start(session, Square(), points([1])))) == 1
