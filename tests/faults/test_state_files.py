"""State files that are damaged, unreadable or gone: the session lives, and readers say what is."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from waiting import wait_until

from emout_lab import sessions
from emout_lab.errors import DamagedState, SessionError, SessionExists
from emout_lab.sessions import SessionState, SessionStatus

LOCAL = {"backend": "local", "memory": "1G", "cores": 1}
GARBAGE = bytes(range(256))
DEEP = b"[" * 100_000


def changed(**keys: Any) -> Callable[[bytes], bytes]:
    return lambda good: json.dumps({**json.loads(good), **keys}).encode()


CONTENTS: dict[str, Callable[[bytes], bytes]] = {
    "empty": lambda good: b"",
    "zeros": lambda good: bytes(len(good)),
    "binary": lambda good: GARBAGE,
    "half": lambda good: good[: len(good) // 2],
    "list": lambda good: b"[]",
    "deep": lambda good: DEEP,
    "text for a number": changed(pid="x"),
    "infinite": changed(heartbeat=float("inf")),
    "an option for a job": changed(worker_job_ids=["--user=root"]),
    "no spec": changed(spec=[]),
    "another name": changed(spec={"name": "other"}),
    "an older session": changed(token="0" * 32, started_at="2020-01-01T00:00:00+00:00"),
}


@pytest.fixture(scope="module")
def home(local_session: SessionStatus) -> Path:
    return Path(os.environ["EMOUT_LAB_HOME"])


def folder(home: Path) -> Path:
    return home / "servers" / "default"


def files(home: Path) -> list[Path]:
    return [folder(home) / "state.json", folder(home) / "state.copy.json", home / "server.json"]


def is_whole(home: Path, token: str) -> bool:
    if not all(file.is_file() and not file.is_symlink() for file in files(home)):
        return False
    try:
        tokens = {json.loads(file.read_text()).get("token") for file in files(home)}
        status = files(home)[0].lstat()
    except (OSError, ValueError, RecursionError, AttributeError):
        return False
    is_private = status.st_mode & 0o777 == 0o600 and status.st_uid == os.getuid()
    return is_private and tokens == {token}


def check_recovery(home: Path, local_session: SessionStatus, damage: Callable[[], object]) -> None:
    """Damage something; a reader is served meanwhile, and all is as it was within seconds."""
    token = json.loads(files(home)[0].read_text())["token"]
    damage()
    during = sessions.get("default")
    assert (during.state, during.pid) == (SessionState.RUNNING, local_session.pid)
    wait_until(lambda: is_whole(home, token) and sessions.get().reason is None)
    after = sessions.get()
    assert (after.state, after.reason, after.pid) == (SessionState.RUNNING, None, local_session.pid)


@pytest.mark.parametrize("content", CONTENTS)
def test_damaged_state_is_written_anew(
    home: Path, local_session: SessionStatus, content: str
) -> None:
    state = files(home)[0]
    bad = CONTENTS[content](state.read_bytes())
    check_recovery(home, local_session, lambda: state.write_bytes(bad))


def in_place_of(file: Path, make: Callable[[Path], object]) -> None:
    is_made = False
    while not is_made:
        file.unlink(missing_ok=True)
        with suppress(FileExistsError, NotADirectoryError):
            # The host may have been faster.
            make(file)
            is_made = True


def remove_folder(home: Path) -> None:
    """Remove a session's folder in one step: its host may write there at any time."""
    removed = home / "removed"
    folder(home).rename(removed)
    shutil.rmtree(removed)


def in_place_of_folder(home: Path, make: Callable[[Path], object]) -> None:
    remove_folder(home)
    with suppress(FileExistsError):
        # The host may have been faster.
        make(folder(home))


@pytest.mark.parametrize(
    "damage",
    [
        lambda home: [file.write_bytes(b"") for file in files(home)],
        lambda home: [file.write_bytes(GARBAGE) for file in files(home)],
        lambda home: files(home)[0].unlink(),
        lambda home: files(home)[2].write_bytes(b"{"),
        lambda home: files(home)[2].unlink(),
        lambda home: remove_folder(home),
        lambda home: in_place_of_folder(home, Path.mkdir),
        lambda home: in_place_of_folder(home, Path.touch),
        lambda home: in_place_of(files(home)[0], lambda file: (file / "x").mkdir(parents=True)),
        lambda home: in_place_of(files(home)[0], os.mkfifo),
        lambda home: in_place_of(files(home)[0], lambda file: file.symlink_to("/etc/passwd")),
        lambda home: files(home)[0].chmod(0o666),
    ],
)
def test_files_that_are_gone_or_something_else_come_back(
    home: Path, local_session: SessionStatus, damage: Callable[[Path], object]
) -> None:
    check_recovery(home, local_session, lambda: damage(home))


def test_session_works_on_after_all_this(home: Path, local_session: SessionStatus) -> None:
    with pytest.raises(SessionExists, match="is running already"):
        sessions.start(**LOCAL)
    with sessions.connect() as client:
        assert client.submit(sum, [1, 2]).result(timeout=20) == 3
    assert "written anew" in sessions.logs(job="host")["host"]


@pytest.mark.parametrize("content", ["empty", "half", "text for a number", "no spec"])
def test_start_on_a_damaged_name_destroys_no_session(
    home: Path, local_session: SessionStatus, content: str
) -> None:
    good = files(home)[0].read_bytes()
    token = json.loads(good)["token"]
    for file in files(home)[:2]:
        file.write_bytes(CONTENTS[content](good))
    with pytest.raises(SessionExists, match="already"):
        sessions.start(**LOCAL)
    assert sessions.get().pid == local_session.pid
    wait_until(lambda: is_whole(home, token))


def command(*arguments: str) -> subprocess.CompletedProcess[str]:
    program = [sys.executable, "-c", "from emout_lab.cli import main; main()", "server"]
    return subprocess.run(
        [*program, *arguments], capture_output=True, text=True, timeout=60, check=False
    )


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "it is empty"),
        (GARBAGE, "it is no JSON"),
        (b'{"version": 1, "spec": 7}', "'spec' is 7, not an object"),
        (b'{"spec": {}}', "key"),
    ],
)
def test_damaged_file_without_a_host_is_named_with_the_next_step(
    emout_home: Path, content: bytes, words: str
) -> None:
    file = emout_home / "servers" / "lost" / "state.json"
    file.parent.mkdir(parents=True)
    file.write_bytes(content)
    with pytest.raises(DamagedState) as failure:
        sessions.get()
    assert str(file) in str(failure.value)
    assert words in str(failure.value)
    assert f"rm -r {file.parent}" in str(failure.value)
    assert sessions.list() == []
    done = command("status", "--all")
    assert done.returncode == 1
    assert words in done.stderr
    assert "Traceback" not in done.stderr
    assert file.read_bytes() == content


@pytest.mark.skipif(os.getuid() == 0, reason="root may read everything")
def test_unreadable_files_are_explained(emout_home: Path) -> None:
    (emout_home / "servers").mkdir(mode=0)
    try:
        with pytest.raises(SessionError, match="Permission denied"):
            sessions.get()
    finally:
        (emout_home / "servers").chmod(0o700)
