"""Folders of sweeps that something else has changed, and disks that take nothing more."""

from __future__ import annotations

import errno
import json
import os
import pickle
import subprocess
import sys
from dataclasses import asdict
from pathlib import Path

import numpy as np
import pytest

from emout_lab.client.sweep_status import sweeps
from emout_lab.client.sweeps import Sweep
from emout_lab.engine.sweeps.folder import (
    SweepFolder,
    SweepInfo,
    SweepProgress,
    SweepState,
    new_id,
    sweeps_root,
)
from emout_lab.engine.sweeps.records import PointRecord, RecordWriter, shown
from emout_lab.errors import StateError
from emout_lab.experiments import ClusterLab, LabNotebook
from emout_lab.server.sweep_list import SweepList


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EMOUT_LAB_HOME", str(tmp_path / "home"))


def made(**values: object) -> SweepFolder:
    told = {
        "id": new_id(),
        "name": "a",
        "notebook": "",
        "tag": "",
        "session": "s",
        "address": "tls://127.0.0.1:1",
        "directory": "/",
        "total": 2,
        "parameters": ("k",),
        "retries": 0,
        "created": 1.0,
    }
    info = SweepInfo(**{**told, **values})  # type: ignore[arg-type]
    return SweepFolder.create(info, b"", [{"k": 1}, {"k": 2}])


def changed(folder: SweepFolder, **values: object) -> None:
    told = {**asdict(folder.info()), **values}
    (folder.path / "sweep.json").write_text(json.dumps(told))


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("total", "x"),
        ("total", -5),
        ("total", 10**12),
        ("created", None),
        ("created", float("nan")),
        ("session", 5),
        ("name", [1]),
        ("parameters", [[1]]),
        ("parameters", "abc"),
        ("id", "0" * 32),
    ],
)
def test_a_sweep_that_cannot_be_one_hides_no_other_and_says_what_is_wrong(
    name: str, value: object
) -> None:
    good, bad = made(), made()
    changed(bad, **{name: value})
    assert [each.info.id for each in sweeps()] == [good.id]
    listed = SweepList()
    assert [each.info.id for each in listed.read()] == [good.id]
    assert f"{value!r}" in listed.faults[bad.id]
    with pytest.raises(StateError, match="Something else"):
        Sweep.open(bad.id)
    bad.remove()
    assert not bad.path.exists()


@pytest.mark.parametrize("text", ["[" * 100_000, "{" * 10, "null", ""])
def test_a_sweep_whose_text_is_no_json_hides_no_other(text: str) -> None:
    good, bad = made(), made()
    (bad.path / "sweep.json").write_text(text)
    assert [each.info.id for each in sweeps()] == [good.id]
    with pytest.raises(StateError):
        Sweep.open(bad.id)


@pytest.mark.parametrize("name", ["../../x", "a b", ""])
def test_a_sweep_of_a_session_that_no_session_can_be_is_interrupted(name: str) -> None:
    changed(folder := made(), session=name)
    (found,) = sweeps()
    assert found.progress.state is SweepState.INTERRUPTED
    assert Sweep.open(folder.id).status().progress.state is SweepState.INTERRUPTED


@pytest.mark.parametrize(
    "told",
    [
        {"done": "x"},
        {"done": None},
        {"failed": -1},
        {"rate": "x"},
        {"rate": float("inf")},
        {"rate": 1e-320},
        {"started": "yesterday"},
        {"first_error": [1]},
    ],
)
def test_a_progress_that_cannot_be_one_counts_as_none(told: dict[str, object]) -> None:
    folder = made()
    (folder.path / "state.json").write_text(json.dumps({"state": "running", **told}))
    status = Sweep.open(folder.id).status()
    assert (status.progress.done, status.seconds_left) == (0, None)


def test_a_progress_that_is_nested_too_deeply_counts_as_none() -> None:
    folder = made()
    (folder.path / "state.json").write_text("[" * 100_000)
    assert folder.progress().done == 0


def test_what_cannot_be_written_leaves_nothing_and_says_where(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    made()
    before = sorted(os.listdir(sweeps_root()))

    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with monkeypatch.context() as patched:
        patched.setattr(os, "fsync", full)
        with pytest.raises(OSError, match="the sweep was not begun.*Make room") as caught:
            made()
    assert caught.value.errno == errno.ENOSPC
    with pytest.raises(TypeError):
        made(name=b"no text")
    assert sorted(os.listdir(sweeps_root())) == before


def test_of_a_link_or_a_file_in_its_place_that_alone_is_removed() -> None:
    folder = made()
    link = SweepFolder(new_id())
    link.path.symlink_to(folder.path)
    link.remove()
    file = SweepFolder(new_id())
    file.path.write_text("")
    file.remove()
    assert os.listdir(sweeps_root()) == [folder.id]
    assert folder.info().id == folder.id


class Exits:
    def __reduce__(self) -> tuple[object, tuple[int]]:
        return sys.exit, (7,)


class Breaks:
    def __reduce__(self) -> tuple[object, tuple[str]]:
        return exec, ("raise GeneratorExit",)


@pytest.mark.parametrize("poison", [Exits(), Breaks()])
def test_results_that_end_who_reads_them_are_failures_and_hold_up_no_other(poison: object) -> None:
    folder = made()
    writer = RecordWriter(folder.records, "0")
    for number, value in enumerate([poison, 1]):
        told = {"parameters": {"k": number}, "metadata": {}, "results": {"y": value}}
        writer.add(PointRecord(number, False, {"ok": True}, pickle.dumps(told)))
    writer.close()
    first, second = Sweep.open(folder.id).collect()
    assert "cannot be read here" in str(first.results["metadata"]["epyc.experiment.exception"])
    assert second.results["results"] == {"y": 1}


@pytest.mark.parametrize("unit", ["ns", "us", "s", "D"])
def test_times_are_not_shown_as_bare_numbers(unit: str) -> None:
    assert shown(np.datetime64("2020-01-02", unit)).startswith("2020-01-02")
    assert "5 " in shown(np.timedelta64(5, unit))


def test_records_are_readable_whatever_the_umask_is(tmp_path: Path) -> None:
    script = (
        "import os, sys; from pathlib import Path; os.umask(0o777); "
        "from emout_lab.engine.sweeps.records import RecordWriter; "
        "RecordWriter(Path(sys.argv[1]), '0')"
    )
    subprocess.run([sys.executable, "-c", script, str(tmp_path)], check=True)
    (file,) = tmp_path.iterdir()
    assert file.stat().st_mode & 0o777 == 0o600


def notebook_of(folder: SweepFolder) -> ClusterLab:
    lab = ClusterLab(LabNotebook("a"))
    lab.notebook().addPendingResult({"k": 1}, f"{folder.id}:0")
    return lab


@pytest.mark.parametrize("error", ["No space left on device", "Permission denied"])
def test_why_results_will_not_come_is_told(error: str, capfd: pytest.CaptureFixture[str]) -> None:
    folder = made()
    folder.write_progress(SweepProgress(SweepState.INTERRUPTED, first_error=f"OSError: {error}"))
    assert notebook_of(folder).wait(10) is False
    assert f"has ended early (OSError: {error})" in capfd.readouterr().err


def test_results_of_a_sweep_that_is_gone_are_told_as_such(
    capfd: pytest.CaptureFixture[str],
) -> None:
    folder = made()
    lab = notebook_of(folder)
    folder.remove()
    assert lab.wait(10) is False
    assert "gone from the disk" in capfd.readouterr().err
