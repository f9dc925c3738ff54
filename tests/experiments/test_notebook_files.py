"""Files of notebooks: who has them open, what is no notebook, journals, full disks."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest

from emout_lab.errors import SpecError
from emout_lab.experiments import HDF5LabNotebook, LabNotebook, stored_notebook
from emout_lab.experiments.errors import (
    ForeignNotebook,
    LabNotebookLockedException,
    NotebookInUse,
    NotebookVersionException,
)

from .notebook_cases import EPYC, STORED, opened_elsewhere, result


@pytest.fixture(params=["json", "h5"])
def path(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    return tmp_path / f"a.{request.param}"


@pytest.fixture
def with_journal(path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A notebook of ten rows, to whose file no later commit goes but to a journal."""
    with opened(path, create=True) as notebook:
        notebook.addResult([result({"k": k}, y=k) for k in range(10)])
    monkeypatch.setattr(stored_notebook, "SMALL_BYTES", 0)
    monkeypatch.setattr(stored_notebook, "JOURNAL_SHARE", 1e9)
    return path


def opened(path: Path, **how: Any):
    return STORED[path.suffix[1:]](path, **how)


def journal_of(path: Path) -> Path:
    return path.with_name(path.name + ".journal")


def lock_of(path: Path) -> Path:
    return path.with_name(path.name + ".lock")


def test_a_file_that_is_not_there_is_begun_but_not_for_reading(path):
    with pytest.raises(FileNotFoundError, match="no notebook .* to be read"):
        opened(path, read_only=True)
    opened(path, description="new").close()
    assert opened(path).description() == "new"
    with pytest.raises(SpecError, match="not both"):
        opened(path, read_only=True, create=True)


def test_create_begins_anew(path):
    with opened(path) as notebook:
        notebook.addResult(result({"k": 1}, y=1))
        notebook.addResultSet("a")
        notebook.finish()
    with opened(path, create=True, description="anew") as notebook:
        assert not notebook.isLocked()
        assert notebook.numberOfResults() == 0
    found = opened(path)
    assert found.resultSets() == [LabNotebook.DEFAULT_RESULTSET]
    assert found.description() == "anew"
    assert len(found.current()) == 0


def test_a_folder_that_is_not_there_is_named(tmp_path):
    with pytest.raises(FileNotFoundError, match="there is no folder '.*/none'"):
        HDF5LabNotebook(tmp_path / "none" / "a.h5", create=True)


@pytest.mark.parametrize("name", ["", 3, b"a.h5", "https://example.org/a.h5"])
def test_what_names_no_file_is_refused(name):
    with pytest.raises((SpecError, TypeError)):
        HDF5LabNotebook(name)


FOREIGN = {
    "text": b"hello",
    "other json": b'{"a": 1}',
    "a list": b"[1, 2]",
    "cut off": b'{"resultsets": {"a": {"resul',
    "empty": b"",
    "hdf5 signature": b"\x89HDF\r\n\x1a\n" + b"\0" * 100,
    "wrong parts": b'{"version": "2", "resultsets": {"a": {"results": [3]}}}',
    "deep": b"[" * 100_000,
}


@pytest.mark.parametrize("what", FOREIGN)
def test_a_file_that_is_no_notebook_is_refused_and_left_as_it_is(path, what):
    path.write_bytes(FOREIGN[what])
    with pytest.raises(ForeignNotebook, match="is no lab notebook of this kind"):
        opened(path)
    if what not in ("empty", "wrong parts"):
        with pytest.raises(ForeignNotebook, match="it was left as it is"):
            opened(path, create=True)
    assert path.read_bytes() == FOREIGN[what]
    assert sorted(path.parent.iterdir()) == [path]


def test_other_hdf5_files_are_no_notebooks(tmp_path):
    path = tmp_path / "phisp.h5"
    with h5py.File(path, "w") as file:
        file["phisp/0000"] = np.ones((4, 4))
    before = path.read_bytes()
    for create in (True, False):
        with pytest.raises(ForeignNotebook, match="without the attributes of a notebook"):
            HDF5LabNotebook(path, create=create)
    assert path.read_bytes() == before


def test_a_notebook_of_the_other_format_is_refused(tmp_path):
    right = {"json": "HDF5LabNotebook", "h5": "JSONLabNotebook"}
    for name, kind in (("a.h5", "json"), ("a.json", "h5")):
        shutil.copy(EPYC / name, tmp_path / name)
        for create in (True, False):
            with pytest.raises(ForeignNotebook, match=rf"{right[kind]} reads"):
                STORED[kind](tmp_path / name, create=create)


@pytest.mark.parametrize("what", ["text", "cut off", "hdf5 signature"])
def test_a_damaged_file_is_not_told_to_be_of_the_format_that_was_tried(path, what):
    path.write_bytes(FOREIGN[what])
    with pytest.raises(ForeignNotebook) as caught:
        opened(path)
    kind = STORED[path.suffix[1:]]
    assert f"{kind.__name__}(name) opens" not in str(caught.value)


def test_a_damaged_table_is_told_and_left_as_it_is(tmp_path):
    path = tmp_path / "a.h5"
    with HDF5LabNotebook(path, create=True) as notebook:
        notebook.addResult([result({"k": k}, y=k) for k in range(10)])
    whole = bytearray(path.read_bytes())
    for start in range(200, len(whole), 997):
        broken = bytearray(whole)
        broken[start : start + 400] = b"\xaa" * len(broken[start : start + 400])
        path.write_bytes(broken)
        try:
            found = HDF5LabNotebook(path, read_only=True)
        except ForeignNotebook:
            continue
        assert len(found.results()) == len(found.current())


def test_a_notebook_of_another_version_is_told_and_left_as_it_is(path):
    opened(path, create=True).close()
    if path.suffix == ".json":
        whole = json.loads(path.read_text())
        path.write_text(json.dumps({**whole, "version": "17"}))
    else:
        with h5py.File(path, "r+") as file:
            file.attrs["version"] = "17"
    before = path.read_bytes()
    for how in ({}, {"create": True}, {"read_only": True}):
        with pytest.raises(NotebookVersionException, match="is of version 17"):
            opened(path, **how)
    assert path.read_bytes() == before


def test_a_file_of_a_later_release_is_told(tmp_path):
    path = tmp_path / "a.h5"
    HDF5LabNotebook(path, create=True).close()
    with h5py.File(path, "r+") as file:
        file.attrs["emout_lab.version"] = 2
    with pytest.raises(NotebookVersionException, match="up to 1"):
        HDF5LabNotebook(path)


def test_a_notebook_that_another_process_has_open_can_be_read_only(path):
    with opened(path, create=True) as notebook:
        notebook.addResult(result({"k": 1}, y=1))
    with opened_elsewhere(path) as process:
        for create in (False, True):
            with pytest.raises(
                NotebookInUse, match=f"open in process {process.pid} on .*read_only"
            ):
                opened(path, create=create)
        reader = opened(path, read_only=True)
        assert reader.numberOfResults() == 1
        with pytest.raises(LabNotebookLockedException, match="open for reading only"):
            reader.addResult(result({"k": 2}, y=1))
        reader.commit()
        reader.close()
        process.communicate("")
    opened(path).close()
    assert sorted(path.parent.iterdir()) == [path]


def test_the_lock_of_a_process_that_was_killed_is_taken_over_with_the_reason(path):
    opened(path, create=True).close()
    with opened_elsewhere(path) as process:
        process.kill()
        process.wait()
        with pytest.warns(
            UserWarning, match=f"process {process.pid}, which had it open, has ended"
        ):
            opened(path).close()
    assert sorted(path.parent.iterdir()) == [path]


def lock(path: Path, **told: Any) -> None:
    """Write the lock of a process that has ended, with other things said of it."""
    opened(path, create=True).close()
    notebook = opened(path)
    whole = json.loads(lock_of(path).read_text())
    notebook.close()
    lock_of(path).write_text(json.dumps({**whole, "pid": 2**22 + 1, **told}))


def test_the_lock_of_another_machine_or_container_is_kept(path):
    for told in ({"host": "elsewhere"}, {"processes": 1}, {"machine": "other", "boot": "other"}):
        lock(path, **told)
        with pytest.raises(
            NotebookInUse, match=r"if nothing runs there any more, remove '.*\.lock'"
        ):
            opened(path)
        lock_of(path).unlink()


def test_the_lock_of_a_number_that_is_another_process_now_is_taken_over(path):
    lock(path, pid=os.getpid(), started=1.0)
    with pytest.warns(UserWarning, match="its number is another one's now"):
        opened(path).close()


@pytest.mark.skipif(not Path("/etc/machine-id").exists(), reason="the machine has no id")
def test_the_lock_of_a_machine_that_was_started_again_is_taken_over(path):
    if not Path("/etc/machine-id").read_text().strip():
        pytest.skip("the machine has no id")
    lock(path, boot="before")
    with pytest.warns(UserWarning, match=f"{socket.gethostname()} was started again"):
        opened(path).close()


@pytest.mark.parametrize("text", ["", "{", "[]", "17"])
def test_a_lock_that_says_nothing_is_kept(path, text):
    opened(path, create=True).close()
    lock_of(path).write_text(text)
    with pytest.raises(NotebookInUse, match="has not said its name"):
        opened(path)
    assert lock_of(path).read_text() == text


def test_one_of_many_that_find_a_stale_lock_takes_it_over(path):
    barrier = threading.Barrier(8)

    def take(taken: list[Any]) -> None:
        barrier.wait()
        with contextlib.suppress(NotebookInUse):
            taken.append(stored_notebook.NotebookLock(path))

    for _ in range(10):
        lock(path)
        taken: list[Any] = []
        threads = [threading.Thread(target=take, args=(taken,)) for _ in range(8)]
        with pytest.warns(UserWarning, match="was not closed"):
            for each in threads:
                each.start()
            for each in threads:
                each.join()
        assert len(taken) == 1
        taken[0].require()
        taken[0].release()


def test_a_writer_whose_lock_was_removed_and_taken_writes_nothing_more(path):
    notebook = opened(path, create=True)
    lock_of(path).unlink()
    with opened_elsewhere(path):
        before = path.read_bytes()
        notebook.addResult(result({"k": 1}, y=1))
        with pytest.raises(NotebookInUse, match="was taken over by process"):
            notebook.commit()
        assert path.read_bytes() == before
        assert notebook.numberOfResults() == 1
        with pytest.raises(NotebookInUse):
            notebook.close()
        assert lock_of(path).exists()


def test_a_file_that_another_program_has_changed_is_not_written_over(path):
    notebook = opened(path, create=True)
    notebook.addResult(result({"k": 1}, y=1))
    notebook.commit()
    shutil.copy(EPYC / f"a{path.suffix}", path)
    notebook.addResult(result({"k": 2}, y=2))
    with pytest.raises(NotebookInUse, match="was changed by another program"):
        notebook.commit()
    path.rename(path.with_name("theirs"))
    notebook.commit()
    notebook.close()
    assert len(opened(path).current()) == 2


FORKING = """
import os, sys
from emout_lab.experiments import HDF5LabNotebook
notebook = HDF5LabNotebook(sys.argv[1], create=True)
row = {"parameters": {"k": 1}, "metadata": {}, "results": {"y": 1}}
if os.fork() == 0:
    notebook.addResult(row)
    try:
        notebook.commit()
    except Exception as error:
        print(type(error).__name__, error, flush=True)
    sys.exit()
os.wait()
notebook.addResult([row, row])
notebook.close()
print(len(HDF5LabNotebook(sys.argv[1]).results()))
"""


def test_a_forked_process_does_not_write_nor_give_the_lock_back(tmp_path):
    command = [sys.executable, "-W", "ignore", "-c", FORKING, str(tmp_path / "a.h5")]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert "NotebookInUse" in done.stdout, done.stderr
    assert "is a copy" in done.stdout
    assert done.stdout.splitlines()[-1] == "2"


def test_opening_again_in_the_same_process_closes_what_was_open(path):
    first = opened(path, create=True)
    first.addResult(result({"k": 1}, y=1))
    second = opened(path)
    assert second.numberOfResults() == 1
    with pytest.raises(LabNotebookLockedException, match="was closed, or opened again"):
        first.addResult(result({"k": 2}, y=1))
    first.commit()
    first.close()
    second.addResult(result({"k": 2}, y=2))
    second.close()
    assert len(opened(path).current()) == 2


def test_a_finish_that_is_not_committed_leaves_the_file_as_it_is(path):
    with opened(path, create=True) as notebook:
        notebook.addPendingResult({"k": 1}, "j")
        notebook.commit()
        notebook.finish(commit=False)
    found = opened(path)
    assert not found.isLocked()
    assert found.pendingResults() == ["j"]


def test_what_is_in_the_journal_is_there_after_a_crash(with_journal, tmp_path):
    notebook = opened(with_journal)
    before = with_journal.read_bytes()
    notebook.addResult([result({"k": 10}, y=2.5, s="電"), result({"k": 11}, ok=False)])
    notebook.addPendingResults([{"k": 12}, {"k": 13}], ["j12", "j13"])
    notebook.commit()
    notebook.resolvePendingResult(result({"k": 12}, y=12), "j12")
    notebook.addResultSet("電/b", "new").setAttribute("a", [1, None])
    notebook.addResult(result({"x": np.arange(3)}, y=None))
    notebook.commit()
    notebook.resultSet("電/b").finish()
    notebook.setDescription("changed")
    notebook.commit()
    assert with_journal.read_bytes() == before
    copy = tmp_path / "copy" / with_journal.name
    copy.parent.mkdir()
    shutil.copy(with_journal, copy)
    shutil.copy(journal_of(with_journal), journal_of(copy))
    for how in ({"read_only": True}, {}, {}):
        found = opened(copy, **how)
        rows = found.results(LabNotebook.DEFAULT_RESULTSET)
        assert [row["parameters"]["k"] for row in rows] == list(range(13))
        assert rows[10]["results"] == {"y": 2.5, "s": "電"}
        assert rows[11]["results"] == {}
        assert found.allPendingResults() == {"j13"}
        assert found.resultSet("電/b").isLocked()
        assert found.resultSet("電/b")["a"] == [1, None]
        assert list(found.results("電/b")[0]["parameters"]["x"]) == [0, 1, 2]
        assert (found.description(), found.currentTag()) == ("changed", "電/b")
        found.close()
    assert not journal_of(copy).exists()


def test_a_deletion_is_in_the_journal(with_journal):
    notebook = opened(with_journal)
    notebook.addResultSet("a")
    notebook.addResult(result({"k": 1}, y=1))
    notebook.commit()
    notebook.deleteResultSet("a")
    notebook.addResultSet("a")
    notebook.addResult(result({"k": 2}, other="x"))
    notebook.commit()
    found = opened(with_journal, read_only=True)
    assert [row["results"] for row in found.results("a")] == [{"other": "x"}]
    notebook.close()
    assert [row["results"] for row in opened(with_journal).results("a")] == [{"other": "x"}]


def test_a_journal_that_is_cut_off_anywhere_gives_what_is_whole_of_it(with_journal):
    notebook = opened(with_journal)
    for k in range(10, 14):
        notebook.addResult(result({"k": k}, y=k))
        notebook.commit()
    whole = journal_of(with_journal).read_bytes()
    file = with_journal.read_bytes()
    notebook.close()
    lengths = set()
    for size in [*range(0, len(whole), 97), len(whole) - 1, len(whole)]:
        with_journal.write_bytes(file)
        journal_of(with_journal).write_bytes(whole[:size])
        found = opened(with_journal)
        count = len(found.current())
        assert [row["results"]["y"] for row in found.results()] == list(range(count))
        lengths.add(count)
        found.addResult(result({"k": count}, y=count))
        found.commit()
        assert opened(with_journal, read_only=True).numberOfResults() == count + 1
        found.close()
        assert opened(with_journal, read_only=True).numberOfResults() == count + 1
    assert lengths == {10, 11, 12, 13, 14}


def test_a_journal_with_a_wrong_byte_gives_what_is_before_it(with_journal):
    notebook = opened(with_journal)
    for k in range(10, 14):
        notebook.addResult(result({"k": k}, y=k))
        notebook.commit()
    whole = bytearray(journal_of(with_journal).read_bytes())
    file = with_journal.read_bytes()
    notebook.close()
    with_journal.write_bytes(file)
    whole[len(whole) // 2] ^= 1
    journal_of(with_journal).write_bytes(whole)
    count = opened(with_journal, read_only=True).numberOfResults()
    assert 10 <= count < 14


def test_a_journal_of_another_file_is_kept_under_another_name(with_journal):
    old = with_journal.read_bytes()
    with opened(with_journal) as notebook:
        notebook.addResult(result({"k": 10}, y=10))
    notebook = opened(with_journal)
    notebook.addResult(result({"k": 11}, y=11))
    notebook.commit()
    left = journal_of(with_journal).read_bytes()
    notebook.close()
    # An older copy comes back where a journal was left.
    with_journal.write_bytes(old)
    journal_of(with_journal).write_bytes(left)
    assert opened(with_journal, read_only=True).numberOfResults() == 10
    with pytest.warns(UserWarning, match="belongs to another state of this file"):
        notebook = opened(with_journal)
    assert notebook.numberOfResults() == 10
    notebook.close()
    assert with_journal.with_name(with_journal.name + ".journal.1").read_bytes() == left


def test_a_journal_that_came_to_the_file_before_a_crash_is_not_replayed(with_journal):
    notebook = opened(with_journal)
    notebook.addResult(result({"k": 10}, y=10))
    notebook.commit()
    left = journal_of(with_journal).read_bytes()
    notebook.close()
    journal_of(with_journal).write_bytes(left)
    assert opened(with_journal, read_only=True).numberOfResults() == 11
    notebook = opened(with_journal)
    assert notebook.numberOfResults() == 11
    notebook.addResult(result({"k": 11}, y=11))
    notebook.commit()
    assert opened(with_journal, read_only=True).numberOfResults() == 12
    notebook.close()


def test_a_journal_of_another_version_is_told(with_journal):
    notebook = opened(with_journal)
    notebook.addResult(result({"k": 10}, y=10))
    notebook.commit()
    left = journal_of(with_journal).read_bytes()
    notebook.close()
    text = left.split(b"\n")[0].partition(b" ")[2].replace(b'"version":2', b'"version":3')
    import zlib

    journal_of(with_journal).write_bytes(b"%08x %s\n" % (zlib.crc32(text), text))
    with pytest.raises(NotebookVersionException, match="is of version 3"):
        opened(with_journal)


def test_a_disk_that_is_full_loses_nothing_that_was_committed(with_journal):
    script = """
import os, resource, signal, sys
from pathlib import Path
from emout_lab.experiments import stored_notebook
from experiments.notebook_cases import STORED, result
path = Path(sys.argv[1])
if sys.argv[2] == "journal":
    stored_notebook.SMALL_BYTES, stored_notebook.JOURNAL_SHARE = 0, 1e9
notebook = STORED[path.suffix[1:]](path)
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
notebook.addResult(result({"k": 10}, y=10))
notebook.commit()
before = resource.getrlimit(resource.RLIMIT_FSIZE)
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[3]), before[1]))
notebook.addResult([result({"k": k}, y=k, s=os.urandom(15).hex()) for k in range(11, 5000)])
try:
    notebook.commit()
except OSError as error:
    print(type(error).__name__, error)
assert len(type(notebook)(path, read_only=True).current()) == 11
resource.setrlimit(resource.RLIMIT_FSIZE, before)
notebook.addResult(result({"k": 5000}, y=5000))
notebook.commit()
assert len(type(notebook)(path, read_only=True).current()) == 5001
notebook.close()
assert [row["results"]["y"] for row in type(notebook)(path).results()] == list(range(5001))
"""
    tests = Path(__file__).parents[1]
    base = with_journal.read_bytes()
    size = max(len(base), 40_000)
    for how in ("journal", "file"):
        with_journal.write_bytes(base)
        command = [sys.executable, "-c", script, str(with_journal), how, str(size)]
        done = subprocess.run(command, cwd=tests, capture_output=True, text=True, timeout=60)
        assert done.returncode == 0, done.stderr
        assert "File too large" in done.stdout, (how, done.stdout)


def test_a_reader_sees_whole_notebooks_while_another_process_writes(path):
    program = """
import sys
from pathlib import Path
from emout_lab.experiments import stored_notebook
from experiments.notebook_cases import STORED, result
stored_notebook.SMALL_BYTES, stored_notebook.JOURNAL_SHARE = 5_000, 0.3
path = Path(sys.argv[1])
notebook = STORED[path.suffix[1:]](path)
for k in range(100_000):
    notebook.addResult(result({"k": k}, y=k))
    notebook.commit()
    if k == 0:
        print("begun", flush=True)
"""
    tests = Path(__file__).parents[1]
    command = [sys.executable, "-c", program, str(path)]
    with subprocess.Popen(command, cwd=tests, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            process.stdout.readline()
            last, looks, ends = 1, 0, time.monotonic() + 60
            while looks < 30 or (last == 1 and time.monotonic() < ends):
                looks += 1
                found = opened(path, read_only=True)
                count = found.numberOfResults()
                assert count >= last
                assert [row["results"]["y"] for row in found.results()] == list(range(count))
                last = count
            assert last > 1
        finally:
            process.kill()


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_that_may_not_be_written_is_told(path):
    opened(path, create=True).close()
    path.parent.chmod(0o500)
    try:
        with pytest.raises(PermissionError, match="read_only=True reads it"):
            opened(path)
        opened(path, read_only=True)
    finally:
        path.parent.chmod(0o700)


def test_a_link_to_a_notebook_stays_one(path):
    target = path.with_name(f"target{path.suffix}")
    path.symlink_to(target)
    with opened(path, create=True) as notebook:
        notebook.addResult(result({"k": 1}, y=1))
    assert path.is_symlink()
    assert opened(target).numberOfResults() == 1
