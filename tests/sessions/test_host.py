"""The host by itself: its log, idle sessions, certificates, and disks that refuse."""

from __future__ import annotations

import contextlib
import errno
import fcntl
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psutil
import pytest
from cryptography import x509

from emout_lab import sessions
from emout_lab.errors import NoSession, SessionDead, SessionError, SpecError
from emout_lab.sessions import SessionState, SessionStatus, locking
from emout_lab.sessions.host_log import CapturedOutput, RotatingLog
from emout_lab.sessions.store import SessionStore

LOCAL = {"backend": "local", "memory": "1G", "cores": 1}


def start(**fields: object) -> SessionStatus:
    return sessions.start(**{**LOCAL, **fields})


def test_log_starts_anew_when_it_is_full_and_old_ones_go(tmp_path: Path) -> None:
    log = RotatingLog(tmp_path / "host.log", max_bytes=10)
    for number in range(5):
        log.write(f"line {number}\n".encode())
    kept = {path.name: path.read_text() for path in tmp_path.iterdir()}
    assert kept == {"host.log": "line 4\n", "host.log.1": "line 3\n", "host.log.2": "line 2\n"}
    assert (tmp_path / "host.log").stat().st_mode & 0o777 == 0o600


def test_output_of_children_is_in_the_log_too(tmp_path: Path) -> None:
    program = (
        "import subprocess, sys; from pathlib import Path\n"
        f"from {CapturedOutput.__module__} import CapturedOutput, RotatingLog\n"
        "output = CapturedOutput(RotatingLog(Path('host.log'))); output.start()\n"
        "print('parent', flush=True); subprocess.run(['echo', 'child']); output.stop()\n"
    )
    subprocess.run([sys.executable, "-c", program], cwd=tmp_path, check=True, timeout=30)
    assert (tmp_path / "host.log").read_text() == "parent\nchild\n"


def test_session_that_nobody_uses_stops_by_itself(emout_home: Path) -> None:
    status = start(idle_timeout="3s")
    sessions.wait_for_workers(timeout=30)
    host = psutil.Process(status.pid)
    with sessions.connect() as client:
        # A client that is connected keeps it, even if it does nothing.
        limit = time.monotonic() + 4.5
        while time.monotonic() < limit:
            assert sessions.get().state is SessionState.RUNNING
            time.sleep(0.1)
        assert client.submit(sum, [1, 2]).result(timeout=20) == 3
    assert psutil.wait_procs([host], timeout=20)[1] == []
    assert sessions.list() == []


def test_scale_changes_the_workers_of_a_local_session(emout_home: Path) -> None:
    start()
    sessions.wait_for_workers(timeout=30)
    assert sessions.scale(2).jobs == 2
    assert sessions.wait_for_workers(n=2, timeout=30).workers_expected == 2
    with sessions.connect() as client:
        kept = [client.submit(list, range(n), workers=["1"]) for n in (10, 11)]
        assert [len(part) for part in client.gather(kept)] == [10, 11]
        assert sessions.scale(1).jobs == 1
        # What the leaving worker held went over to the other one.
        assert [len(part) for part in client.gather(kept)] == [10, 11]
        assert len(client.scheduler_info()["workers"]) == 1


def test_every_start_makes_new_certificates_for_its_address(emout_home: Path) -> None:
    def serial() -> int:
        file = emout_home / "servers" / "default" / "certs" / "scheduler-cert.pem"
        return x509.load_pem_x509_certificate(file.read_bytes()).serial_number

    start()
    first = serial()
    sessions.stop()
    start()
    assert serial() != first


@pytest.mark.parametrize(
    "arguments",
    [("tls://127.0.0.1:1", "tls://127.0.0.1:2"), ("one", "two")],
)
def test_connect_takes_one_address_and_one_name(
    emout_home: Path, arguments: tuple[str, str]
) -> None:
    with pytest.raises(SpecError, match="one address .* and one name"):
        sessions.connect(*arguments)


def test_documented_forms_of_connect_find_the_session(emout_home: Path) -> None:
    start(name="batch2")
    status = sessions.wait_for_workers("batch2", timeout=30)
    address = str(status.address)
    for client in (
        sessions.connect(),
        sessions.connect(name="batch2"),
        sessions.connect(address, name="batch2"),
        sessions.connect(address),
        sessions.connect("batch2"),
    ):
        with client:
            assert client.scheduler.address == address


def test_stop_all_stops_living_and_dead_sessions(emout_home: Path) -> None:
    dead = start()
    host = psutil.Process(dead.pid)
    host.kill()
    psutil.wait_procs([host], timeout=10)
    start(name="second", allow_multiple=True)
    assert sorted(status.name for status in sessions.stop_all()) == ["default", "second"]
    assert sessions.stop_all() == []
    assert list(emout_home.glob("servers/*")) == []


def test_scaling_what_does_not_run_says_so(emout_home: Path) -> None:
    with pytest.raises(NoSession, match="emout-lab server start"):
        sessions.scale(2)
    host = psutil.Process(start().pid)
    host.kill()
    psutil.wait_procs([host], timeout=10)
    with pytest.raises(SessionDead, match="is gone"):
        sessions.scale(2)


@contextlib.contextmanager
def mounted(folder: Path, *options: str) -> Iterator[None]:
    """A small file system of our own, where this user may mount one."""
    mount = ["mount", "-t", "tmpfs", "-o", ",".join(("mode=0700", *options)), "tmpfs", str(folder)]
    if os.geteuid() != 0 or subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("this user may not mount a file system")
    try:
        yield
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)


def remounted(folder: Path, option: str) -> bool:
    command = ["mount", "-o", f"remount,{option}", str(folder)]
    return subprocess.run(command, capture_output=True, check=False).returncode == 0


def test_full_disk_is_explained_and_leaves_nothing_half_written(emout_home: Path) -> None:
    with mounted(emout_home, "size=64k"):
        (emout_home / "servers").mkdir(mode=0o700)
        with contextlib.suppress(OSError):
            (emout_home / "ballast").write_bytes(bytes(1 << 20))
        with pytest.raises(SessionError, match="Cannot .*: No space left on device") as failure:
            start()
        assert "disk quota" in str(failure.value)
        assert sessions.list() == []
        assert [path for path in emout_home.glob("servers/*/*") if path.is_file()] == []


def test_read_only_home_is_explained(emout_home: Path) -> None:
    with mounted(emout_home, "ro"):
        with pytest.raises(SessionError, match="Read-only file system") as failure:
            start()
        assert "EMOUT_LAB_HOME" in str(failure.value)
        assert sessions.list() == []


def test_file_size_limit_is_explained_and_leaves_nothing(emout_home: Path) -> None:
    program = (
        "import resource; from emout_lab import sessions\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (200, 200))\n"
        "sessions.start(backend='local', memory='1G', cores=1)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 1
    assert "Cannot write" in done.stderr.splitlines()[-1]
    assert "File too large" in done.stderr.splitlines()[-1]
    assert [path.name for path in emout_home.rglob("*") if path.is_file()] == [".lock"]


def test_disk_that_fills_up_later_does_not_end_a_session(emout_home: Path) -> None:
    with mounted(emout_home, "size=256k"):
        start()
        running = sessions.wait_for_workers(timeout=30)
        with contextlib.suppress(OSError):
            (emout_home / "ballast").write_bytes(bytes(1 << 20))
        with sessions.connect() as client:
            assert client.submit(sum, [1, 2]).result(timeout=20) == 3
        state = emout_home / "servers" / "default" / "state.json"
        assert json.loads(state.read_text())["pid"] == running.pid
        (emout_home / "ballast").unlink()
        sessions.stop()


def test_home_that_is_read_only_later_does_not_end_a_session(emout_home: Path) -> None:
    with mounted(emout_home, "size=8m"):
        start()
        running = sessions.wait_for_workers(timeout=30)
        # Files are open for writing, as on a server that has lost its disk.
        if not remounted(emout_home, "ro"):
            pytest.skip("a file system that is in use cannot be made read-only here")
        try:
            with sessions.connect() as client:
                assert client.submit(sum, [1, 2]).result(timeout=20) == 3
            assert sessions.get().pid == running.pid
        finally:
            assert remounted(emout_home, "rw")
        assert sessions.get().state is SessionState.RUNNING
        sessions.stop()


def test_lock_works_where_the_file_system_has_no_flock(
    emout_home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_flock(descriptor: int, operation: int) -> None:
        raise OSError(errno.ENOLCK, "No locks available")

    monkeypatch.setattr(fcntl, "flock", no_flock)
    file = emout_home / ".lock"
    counter = emout_home / "counter"
    counter.write_text("0")

    def count() -> None:
        with locking.file_lock(file):
            value = int(counter.read_text())
            time.sleep(0.01)
            counter.write_text(str(value + 1))

    with ThreadPoolExecutor(4) as pool:
        for done in [pool.submit(count) for _ in range(12)]:
            done.result()
    assert counter.read_text() == "12"
    # What a killed process left is taken away, when it is old enough.
    held = emout_home / ".lock.held"
    held.touch()
    os.utime(held, (1, 1))
    count()
    assert not held.exists()


def test_lock_that_cannot_be_taken_is_a_clear_error(
    emout_home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(descriptor: int, operation: int) -> None:
        raise OSError(errno.EIO, "Input/output error")

    monkeypatch.setattr(fcntl, "flock", broken)
    with pytest.raises(SessionError, match="Cannot lock .*Input/output error.*EMOUT_LAB_HOME"):
        start()


def test_state_goes_through_the_documented_stations(emout_home: Path) -> None:
    seen = []
    store = SessionStore(__import__("emout_lab.config", fromlist=["load"]).load())
    with ThreadPoolExecutor(1) as pool:
        starting = pool.submit(start)
        while not starting.done():
            record = store.read_as_written("default")
            if record is not None and (not seen or seen[-1] is not record.state):
                seen.append(record.state)
        sessions.wait_for_workers(timeout=30)
        seen.append(sessions.get().state)
        stopping = pool.submit(sessions.stop)
        while not stopping.done():
            record = store.read_as_written("default")
            if record is not None and seen[-1] is not record.state:
                seen.append(record.state)
    assert stopping.result().state is SessionState.STOPPED
    assert seen[0] is SessionState.STARTING
    assert SessionState.RUNNING in seen
    assert seen[-1] in (SessionState.STOPPING, SessionState.RUNNING)
