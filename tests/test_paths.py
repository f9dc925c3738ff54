"""Names that cannot leave their folder, and files that only their owner reads."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from emout_lab.errors import SessionError, SpecError, UnsafeFile
from emout_lab.paths import (
    Runtime,
    check_name,
    make_private_directory,
    require_private,
    write_private,
)


@pytest.mark.parametrize("name", ["default", "batch2", "a.b-c_d", "x" * 64, "-", "2"])
def test_usable_name_is_returned(name: str) -> None:
    assert check_name(name) == name


@pytest.mark.parametrize(
    "name",
    [
        "",
        ".",
        "..",
        "../x",
        "a/b",
        "/etc",
        ".hidden",
        "a..b",
        "a\nb",
        "a\0b",
        "a b",
        "x" * 65,
        "é",
        3,
    ],
)
def test_name_that_could_leave_its_folder_is_refused(name: object) -> None:
    with pytest.raises(SpecError, match="cannot name a session") as refusal:
        Runtime(Path("/r")).session(name)  # type: ignore[arg-type]
    assert refusal.value.field == "name"
    assert len(str(refusal.value)) < 400


def test_written_file_is_private_whatever_the_umask(tmp_path: Path) -> None:
    old = os.umask(0)
    try:
        directory = make_private_directory(tmp_path / "a" / "b")
        write_private(directory / "f", b"x")
    finally:
        os.umask(old)
    assert stat.S_IMODE(directory.stat().st_mode) == 0o700
    assert stat.S_IMODE((directory / "f").stat().st_mode) == 0o600


def test_folder_that_exists_keeps_its_mode(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir(mode=0o755)
    make_private_directory(tmp_path / "a")
    assert stat.S_IMODE((tmp_path / "a").stat().st_mode) == 0o755


def test_failed_write_leaves_the_old_file_and_nothing_else(tmp_path: Path) -> None:
    file = tmp_path / "state.json"
    write_private(file, b"old")
    # A limit on file sizes fails a write as a full disk does, for root too.
    program = (
        "import resource, sys; from pathlib import Path\n"
        "from emout_lab.paths import write_private\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (10, 10))\n"
        "write_private(Path(sys.argv[1]), b'n' * 100)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, str(file)], capture_output=True, text=True, check=False
    )
    assert "SessionError: Cannot write" in done.stderr
    assert "disk quota" in done.stderr
    assert file.read_bytes() == b"old"
    assert [entry.name for entry in tmp_path.iterdir()] == ["state.json"]


def test_file_in_the_place_of_a_folder_is_explained(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("")
    with pytest.raises(SessionError, match="EMOUT_LAB_HOME"):
        make_private_directory(tmp_path / "a" / "b")


@pytest.mark.parametrize("mode", [0o644, 0o640, 0o604, 0o620])
def test_credential_that_others_can_use_is_refused(tmp_path: Path, mode: int) -> None:
    file = tmp_path / "key.pem"
    write_private(file, b"secret")
    assert require_private(file) == file
    file.chmod(mode)
    with pytest.raises(UnsafeFile, match="chmod 600"):
        require_private(file)
