"""Sweeps are listed and removed from disk, and no result goes that nobody has fetched."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from waiting import wait_until

from emout_lab.errors import StateError
from emout_lab.experiments import ClusterLab, Experiment, HDF5LabNotebook, Sweep, sweeps

TIMEOUT = 30


class Gated(Experiment):
    """Waits at the last point until a file is there."""

    def __init__(self, gate: Path):
        super().__init__()
        self.gate = str(gate)

    def do(self, params):
        import os
        import time

        while params["k"] == 5 and not os.path.exists(self.gate):
            time.sleep(0.01)
        return {"double": params["k"] * 2}


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = "from emout_lab.cli import main; main()"
    return subprocess.run(
        [sys.executable, "-c", command, "sweeps", *arguments],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def begun(lab: ClusterLab, folder: Path) -> Sweep:
    lab["k"] = range(6)
    lab.runExperiment(Gated(folder / "gate"))
    return Sweep.open(sweeps()[0].info.id)


def test_a_sweep_goes_when_a_notebook_has_all_of_it(pair: str, folder: Path):
    with ClusterLab(HDF5LabNotebook("a.h5", create=True), session=pair) as lab:
        sweep = begun(lab, folder)
        with pytest.raises(StateError, match=r"Gated still runs in session 'sweeps': cancel\(\)"):
            sweep.remove()
        wait_until(lambda: sweep.unfetched() == 5, TIMEOUT)
        lab.updateResults()
        (folder / "gate").touch()
        assert sweep.wait(TIMEOUT)
        with pytest.raises(StateError, match=r"results of 6 points .*into notebook '.*a.h5'"):
            sweep.remove()
        assert lab.wait(TIMEOUT)
    assert sweep.unfetched() == 0
    sweep.remove()
    assert not sweep.folder.path.exists()
    assert len(HDF5LabNotebook("a.h5", read_only=True).results()) == 6


def test_what_was_given_up_keeps_no_sweep_on_disk(lab: ClusterLab, folder: Path):
    sweep = begun(lab, folder)
    wait_until(lambda: sweep.unfetched() == 5, TIMEOUT)
    assert lab.cancelSlowResults() == 1
    assert sweep.wait(TIMEOUT)
    assert sweep.unfetched() == 0
    sweep.remove()
    assert sweep.id not in [each.info.id for each in sweeps()]


def test_what_a_handle_has_collected_is_fetched_for_it(lab: ClusterLab, folder: Path):
    (folder / "gate").touch()
    sweep = begun(lab, folder)
    assert sweep.wait(TIMEOUT)
    assert len(sweep.collect()) == 6
    assert (sweep.unfetched(), Sweep.open(sweep.id).unfetched()) == (0, 6)
    sweep.remove()
    assert lab.updateResults(purge=True) in (0, 6)


def test_the_command_line_lists_and_removes(lab: ClusterLab, folder: Path):
    sweep = begun(lab, folder)
    refused = run("remove", sweep.id)
    assert refused.returncode == 1
    assert "still runs in session 'sweeps'" in refused.stderr
    (folder / "gate").touch()
    assert sweep.wait(TIMEOUT)
    shown = run("list").stdout.splitlines()[0].split()
    assert shown[:3] == [sweep.id, "done", "6/6"]
    assert shown[-1] == "Gated"
    told = json.loads(run("list", "--json").stdout)[0]
    assert (told["id"], told["state"], told["total"]) == (sweep.id, "done", 6)
    assert told["size"] == sum(
        each.stat().st_size for each in sweep.folder.path.rglob("*") if each.is_file()
    )
    refused = run("remove", sweep.id)
    assert refused.returncode == 1
    assert "that may be nowhere else" in refused.stderr
    assert sweep.folder.path.exists()
    assert run("remove", sweep.id, "--force").stdout == f"Sweep {sweep.id} is removed.\n"
    assert not sweep.folder.path.exists()
    unknown = run("remove", sweep.id)
    assert (unknown.returncode, unknown.stdout) == (1, "")
    assert "there is no sweep" in unknown.stderr
    assert run("remove", "../x").returncode == 2
