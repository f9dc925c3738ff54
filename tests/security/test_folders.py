"""Folders that are not ours keep their modes, and what others can change is not used."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from emout_lab import sessions
from emout_lab.errors import UnsafeFile
from emout_lab.ownership import require_own
from emout_lab.paths import Runtime, make_private_directory, open_private, write_private
from emout_lab.sessions.locking import file_lock

UMASKS = (0o000, 0o022, 0o002, 0o277, 0o777)


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


@contextmanager
def umask(value: int) -> Iterator[None]:
    old = os.umask(value)
    try:
        yield
    finally:
        os.umask(old)


@pytest.mark.parametrize("value", UMASKS)
def test_folders_above_are_private_whatever_the_umask(tmp_path: Path, value: int) -> None:
    with umask(value):
        Runtime(tmp_path / "a" / "b" / "c").create()
    for folder in ("a", "a/b", "a/b/c", "a/b/c/servers"):
        assert mode(tmp_path / folder) == 0o700, folder


@pytest.mark.parametrize("value", UMASKS)
def test_files_are_private_whatever_the_umask(tmp_path: Path, value: int) -> None:
    with umask(value):
        write_private(tmp_path / "state", b"x")
        os.close(open_private(tmp_path / "log", os.O_WRONLY))
        with file_lock(tmp_path / "lock"):
            pass
    assert {path.name: mode(path) for path in tmp_path.iterdir()} == {
        "state": 0o600,
        "log": 0o600,
        "lock": 0o600,
    }


def test_session_leaves_the_modes_of_an_existing_home_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = tmp_path / "home"
    notes = home / "notes"
    notes.mkdir(parents=True)
    for folder in (home, notes):
        folder.chmod(0o755)
    monkeypatch.setenv("EMOUT_LAB_HOME", str(home))
    sessions.start(backend="local", memory="1G", cores=1)
    try:
        assert (mode(home), mode(notes)) == (0o755, 0o755)
        assert mode(home / "servers") == 0o700
        assert mode(home / "server.json") == 0o600
        assert mode(home / "servers" / "default" / "certs") == 0o700
    finally:
        sessions.stop()
    assert mode(home) == 0o755


@pytest.mark.parametrize("value", [0o777, 0o1777, 0o775, 0o757])
def test_folder_that_others_can_write_is_refused_and_unchanged(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, value: int
) -> None:
    shared = tmp_path / "share"
    shared.mkdir()
    shared.chmod(value)
    monkeypatch.setenv("EMOUT_LAB_HOME", str(shared))
    with pytest.raises(UnsafeFile, match=r"can write to .*chmod go-w.*EMOUT_LAB_TRUSTED_FOLDERS"):
        sessions.start(backend="local", memory="1G", cores=1)
    assert mode(shared) == value
    assert list(shared.iterdir()) == []


@pytest.mark.skipif(os.getuid() != 0, reason="only root can give a folder away")
def test_project_folder_of_a_group_is_told_of_at_once_and_can_be_trusted(tmp_path: Path) -> None:
    project, mine = tmp_path / "project", tmp_path / "project" / "mine"
    for folder, value in ((project, 0o2770), (mine, 0o2775)):
        folder.mkdir()
        os.chown(folder, -1, 12345)
        folder.chmod(value)
    with pytest.raises(UnsafeFile) as refusal:
        make_private_directory(mine)
    for text in (f"write to {project}", f"write to {mine}", "EMOUT_LAB_TRUSTED_FOLDERS"):
        assert text in str(refusal.value)
    assert make_private_directory(mine, [str(project)]) == mine
    mine.chmod(0o2700)
    with pytest.raises(UnsafeFile, match=f"write to {project},"):
        require_own(mine)
    assert require_own(mine, [project]) == mine


@pytest.mark.skipif(os.getuid() != 0, reason="only root can give a folder away")
def test_folder_of_somebody_else_is_refused(tmp_path: Path) -> None:
    theirs = tmp_path / "theirs"
    theirs.mkdir(mode=0o700)
    os.chown(theirs, 12345, -1)
    with pytest.raises(UnsafeFile, match="belongs to user id 12345"):
        make_private_directory(theirs)


@pytest.mark.skipif(os.getuid() != 0, reason="only root can give a link away")
def test_link_of_somebody_else_is_refused(tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir(mode=0o700)
    link = tmp_path / "link"
    link.symlink_to(tmp_path / "mine")
    assert make_private_directory(link) == link
    os.chown(link, 12345, -1, follow_symlinks=False)
    with pytest.raises(UnsafeFile, match="belongs to user id 12345"):
        make_private_directory(link)


def test_file_behind_a_link_is_not_opened(tmp_path: Path) -> None:
    precious = tmp_path / "precious"
    precious.write_text("kept")
    (tmp_path / "host.log").symlink_to(precious)
    with pytest.raises(OSError, match="symbolic links"):
        open_private(tmp_path / "host.log", os.O_WRONLY | os.O_TRUNC)
    assert precious.read_text() == "kept"
