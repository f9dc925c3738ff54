"""Points whose results are to come, as journals and files hold them: by columns."""

from __future__ import annotations

import json
import zlib
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from emout_lab.engine.sweeps.folder import new_id
from emout_lab.experiments import HDF5LabNotebook, JSONLabNotebook, LabNotebook
from emout_lab.experiments.pending_sweeps import job_id

POINTS: list[dict[str, Any]] = [
    {"k": 1, "x": 0.1, "on": True, "name": "電位"},
    {"k": 2, "x": float("inf"), "on": False, "name": "b"},
    {"k": 2**70, "x": 1e-300},
    {"k": "text", "when": datetime(2026, 1, 2, 3, 4, 5, 6)},
    {"k": None, "many": [1, 2.5, "c"]},
    {},
]


@pytest.fixture(params=[HDF5LabNotebook, JSONLabNotebook])
def kind(request: pytest.FixtureRequest) -> Any:
    return request.param


@pytest.fixture
def path(tmp_path: Path, kind: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A notebook of one result whose changes go to a journal."""
    monkeypatch.setattr("emout_lab.experiments.stored_notebook.SMALL_BYTES", 10)
    monkeypatch.setattr("emout_lab.experiments.stored_notebook.JOURNAL_SHARE", 1e9)
    name = tmp_path / "a.h5"
    with kind(str(name), create=True) as made:
        made.addResult({"parameters": {"k": 0}, "metadata": {}, "results": {"y": 1}})
    yield name


def journal_of(path: Path) -> Path:
    return path.with_name(path.name + ".journal")


def points_of(notebook: LabNotebook) -> dict[str, dict[str, Any]]:
    return {job: notebook.pendingResultParameters(job) for job in notebook.pendingResults()}


@pytest.mark.parametrize("jobs", ["in turn", "with gaps", "of all sorts"])
def test_points_of_all_sorts_come_back_from_the_journal(path: Path, kind: Any, jobs: str):
    sweep, count = new_id(), len(POINTS)
    ids = {
        "in turn": [job_id(sweep, number + 7) for number in range(count)],
        "with gaps": [job_id(sweep, 3 * number) for number in range(count)],
        "of all sorts": ["a", "b:1", "b:01", f"{sweep}:²", f"{sweep}:-1", "7"],
    }[jobs]
    notebook = kind(str(path))
    notebook.addPendingResults(POINTS, ids)
    notebook.commit()
    expected = dict(zip(ids, POINTS, strict=True))
    assert points_of(notebook) == expected
    assert journal_of(path).stat().st_size > 0
    assert points_of(kind(str(path), read_only=True)) == expected
    # Some come; what is left is as it was.
    notebook.cancelPendingResults(ids[1::2])
    notebook.addPendingResults([{"k": 5, "other": 1.5}], ["late:1"])
    notebook.commit()
    expected = {**dict(list(expected.items())[::2]), "late:1": {"k": 5, "other": 1.5}}
    assert points_of(kind(str(path), read_only=True)) == expected
    # The file has them as well.
    notebook.close()
    assert points_of(kind(str(path))) == expected


def test_points_of_numbers_come_back_from_journal_and_file(path: Path, kind: Any):
    sweep = new_id()
    points = [{"k": k, "x": k / 7, "even": k % 2 == 0} for k in range(12_000)]
    ids = [job_id(sweep, number) for number in range(12_000)]
    notebook = kind(str(path))
    notebook.addPendingResults(points, ids)
    notebook.commit()
    # Each takes less than its id alone.
    assert journal_of(path).stat().st_size < len(points) * len(ids[0])
    expected = dict(zip(ids, points, strict=True))
    assert points_of(kind(str(path), read_only=True)) == expected
    notebook.cancelPendingResults(ids[:4000])
    notebook.close()
    assert not journal_of(path).exists()
    assert points_of(kind(str(path))) == dict(list(expected.items())[4000:])


def test_numbers_of_numpy_come_back_as_pythons(path: Path, kind: Any):
    notebook = kind(str(path))
    notebook.addPendingResults([{"k": np.float32(0.5)}, {"k": np.float32(2)}], ["a", "b"])
    notebook.commit()
    assert points_of(kind(str(path), read_only=True)) == {"a": {"k": 0.5}, "b": {"k": 2.0}}


def test_a_journal_of_the_first_version_is_read_and_put_into_the_file(path: Path, kind: Any):
    state = kind(str(path), read_only=True).state
    tag = LabNotebook.DEFAULT_RESULTSET
    lines = [
        {"version": 1, "state": state},
        {"tag": tag, "jobs": ["a:1", "b"], "points": [{"k": 1}, {"k": [1, 2], "x": 0.5}]},
        {"tag": tag, "over": ["b"]},
        "end",
    ]
    with journal_of(path).open("wb") as file:
        for line in lines:
            text = json.dumps(line, separators=(",", ":")).encode()
            file.write(b"%08x %s\n" % (zlib.crc32(text), text))
    assert points_of(kind(str(path), read_only=True)) == {"a:1": {"k": 1}}
    notebook = kind(str(path))
    assert points_of(notebook) == {"a:1": {"k": 1}}
    notebook.addPendingResult({"k": 2}, "c")
    notebook.commit()
    # What the first version does not know is in no journal of its.
    assert not journal_of(path).exists()
    notebook.addPendingResult({"k": 3}, "d")
    notebook.commit()
    assert json.loads(journal_of(path).read_bytes().split(b"\n")[0][9:])["version"] == 2
    expected = {"a:1": {"k": 1}, "c": {"k": 2}, "d": {"k": 3}}
    assert points_of(kind(str(path), read_only=True)) == expected
