"""Start, find and stop with real hosts, and what happens when something goes wrong between."""

from __future__ import annotations

import asyncio
import gc
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import psutil
import pytest

from emout_lab import sessions
from emout_lab.errors import (
    DamagedState,
    NoSession,
    SessionDead,
    SessionExists,
    SpecError,
    StartFailed,
    UnsafeFile,
)
from emout_lab.sessions import SessionState, SessionStatus, aio
from emout_lab.sessions.state_file import poll

FIXTURES = Path(__file__).parents[1] / "fixtures"
LOCAL = {"backend": "local", "memory": "1G", "cores": 1}


def start(name: str = "default", **fields: Any) -> SessionStatus:
    return sessions.start(name=name, **{**LOCAL, **fields})


def state_of(home: Path, name: str = "default") -> dict[str, Any]:
    content: dict[str, Any] = json.loads((home / "servers" / name / "state.json").read_text())
    return content


def change_state(home: Path, **changes: Any) -> None:
    file = home / "servers" / "default" / "state.json"
    file.write_text(json.dumps({**state_of(home), **changes}))


def kill_host(status: SessionStatus) -> None:
    process = psutil.Process(status.pid)
    process.kill()
    # Its exit code is taken by the thread that start() left for it.
    psutil.wait_procs([process], timeout=10)


def test_no_session_says_how_to_start_one(emout_home: Path) -> None:
    for ask in (sessions.get, sessions.stop, sessions.connect, sessions.wait_for_workers):
        with pytest.raises(NoSession) as refusal:
            ask()
        assert "emout-lab server start" in str(refusal.value)
        assert "Start session" in str(refusal.value)
    assert sessions.list() == []


def test_unknown_name_lists_those_that_run(local_session: SessionStatus) -> None:
    with pytest.raises(NoSession, match="No session 'defualt' runs. There are: default"):
        sessions.get("defualt")


@pytest.mark.parametrize("name", ["../default", "a/b", "..", ""])
def test_bad_name_is_refused_by_every_function(emout_home: Path, name: str) -> None:
    for ask in (sessions.get, sessions.stop, sessions.connect, start):
        with pytest.raises(SpecError, match="cannot name a session"):
            ask(name)
    assert list(emout_home.iterdir()) == []


def test_bad_value_starts_nothing(emout_home: Path) -> None:
    with pytest.raises(SpecError):
        start(memory="60 gigs")
    assert list(emout_home.iterdir()) == []


def test_status_has_exactly_the_keys_of_the_interface(local_session: SessionStatus) -> None:
    fixture = json.loads((FIXTURES / "session.json").read_text())
    assert list(sessions.get().to_json()) == list(fixture)
    assert json.loads(json.dumps(local_session.to_json())) == local_session.to_json()


def test_offers_have_exactly_the_keys_of_the_interface(emout_home: Path) -> None:
    fixture = json.loads((FIXTURES / "profiles.json").read_text())
    offers = sessions.profiles()
    # The server adds what only a form needs.
    assert set(offers) == set(fixture) - {"profiles", "schema"}
    assert list(offers["defaults"]) == list(fixture["defaults"])
    assert [list(offer) for offer in offers["backends"]] == [list(fixture["backends"][0])] * 2


def test_state_file_has_the_keys_that_emout_clients_read(emout_home: Path) -> None:
    start()
    # Once its worker is there the host writes no more for a while.
    sessions.wait_for_workers(timeout=60)
    mirror = emout_home / "server.json"
    assert poll(lambda: json.loads(mirror.read_text()) == state_of(emout_home) or None, timeout=20)
    state = state_of(emout_home)
    assert (state["name"], state["protocol"]) == ("default", "tls")
    assert state["address"].startswith("tls://127.0.0.1:")
    assert state["session_dir"] == str(emout_home / "servers" / "default")
    assert state["worker_job_ids"] == []
    assert psutil.pid_exists(state["pid"])
    assert state["tls"]["require_encryption"] is True
    for key in ("ca_file", "client_cert", "client_key"):
        assert Path(state["tls"][key]).parent == emout_home / "servers" / "default" / "certs"


def test_session_outlives_the_process_that_started_it(emout_home: Path) -> None:
    program = (
        "from emout_lab import sessions; sessions.start(backend='local', memory='1G', cores=1)"
    )
    subprocess.run([sys.executable, "-c", program], check=True, timeout=60)
    status = sessions.wait_for_workers(timeout=30)
    assert os.getsid(status.pid) == status.pid


def test_stop_leaves_no_process_and_no_file(emout_home: Path) -> None:
    for _ in range(3):
        status = start()
        running = sessions.wait_for_workers(timeout=30)
        family = [
            psutil.Process(running.pid),
            *psutil.Process(running.pid).children(recursive=True),
        ]
        assert len(family) > 1
        stopped = sessions.stop()
        assert (stopped.name, stopped.state) == (status.name, SessionState.STOPPED)
        assert psutil.wait_procs(family, timeout=10)[1] == []
    assert sorted(path.name for path in emout_home.rglob("*")) == [".lock", "servers"]


def test_exactly_one_of_two_simultaneous_starts_wins(emout_home: Path) -> None:
    gate = threading.Barrier(2)

    def race() -> SessionStatus | SessionExists:
        gate.wait()
        try:
            return start()
        except SessionExists as exc:
            return exc

    with ThreadPoolExecutor(2) as pool:
        outcomes = [future.result() for future in [pool.submit(race) for _ in range(2)]]
    losers = [outcome for outcome in outcomes if isinstance(outcome, SessionExists)]
    assert len(losers) == 1
    assert "'default' is starting already" in str(losers[0])
    assert len(sessions.list()) == 1


def test_second_session_needs_permission_and_becomes_the_active_one(emout_home: Path) -> None:
    start()
    with pytest.raises(SessionExists, match="'default' is active already"):
        start("second")
    start("second", allow_multiple=True)
    assert [(status.name, status.active) for status in sessions.list()] == [
        ("default", False),
        ("second", True),
    ]
    assert sessions.get().name == "second"
    sessions.stop()
    assert (sessions.get().name, sessions.get().active) == ("default", True)
    assert json.loads((emout_home / "server.json").read_text())["name"] == "default"


def test_killed_host_is_reported_and_cleaned_by_the_next_start(emout_home: Path) -> None:
    killed = start()
    sessions.wait_for_workers(timeout=30)
    workers = psutil.Process(killed.pid).children(recursive=True)
    kill_host(killed)
    dead = sessions.get()
    assert dead.state is SessionState.FAILED
    assert dead.reason is not None
    assert f"process {killed.pid}" in dead.reason
    with pytest.raises(SessionDead, match="is gone"):
        sessions.connect()
    with pytest.raises(SessionDead, match="is gone"):
        sessions.wait_for_workers()
    # Workers notice by themselves that their nanny's process is gone.
    assert psutil.wait_procs(workers, timeout=20)[1] == []
    assert start().pid != killed.pid


def test_stop_cleans_what_a_killed_host_left(emout_home: Path) -> None:
    kill_host(start())
    sessions.stop()
    assert sessions.list() == []
    assert list(emout_home.glob("servers/*")) == []


def test_recycled_pid_is_never_signalled(emout_home: Path) -> None:
    kill_host(start())
    bystander = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    try:
        change_state(emout_home, pid=bystander.pid)
        assert sessions.get().state is SessionState.FAILED
        sessions.stop()
        assert bystander.poll() is None
    finally:
        bystander.communicate(b"\n", timeout=10)


def test_host_on_another_machine_is_asked_not_signalled(emout_home: Path) -> None:
    status = start()
    sessions.wait_for_workers(timeout=30)
    bystander = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    host = psutil.Process(status.pid)
    try:
        change_state(emout_home, host="login2", pid=bystander.pid)
        assert sessions.get().state is SessionState.RUNNING
        sessions.stop()
        assert bystander.poll() is None
    finally:
        bystander.communicate(b"\n", timeout=10)
    assert psutil.wait_procs([host], timeout=10)[1] == []
    assert sessions.list() == []


def test_silent_host_on_another_machine_counts_as_gone(emout_home: Path) -> None:
    kill_host(start())
    change_state(emout_home, host="login2", heartbeat=1.0)
    assert "has not been heard of" in (sessions.get().reason or "")


def test_sigterm_stops_the_host_cleanly(emout_home: Path) -> None:
    host = psutil.Process(start().pid)
    host.send_signal(signal.SIGTERM)
    assert psutil.wait_procs([host], timeout=20)[1] == []
    assert sessions.list() == []


@pytest.mark.parametrize("file", ["client-key.pem", "client-cert.pem", "ca.pem"])
def test_credential_that_others_can_read_is_refused(
    local_session: SessionStatus, file: str
) -> None:
    path = Path(os.environ["EMOUT_LAB_HOME"]) / "servers" / "default" / "certs" / file
    path.chmod(0o644)
    try:
        with pytest.raises(UnsafeFile, match=file):
            sessions.connect()
    finally:
        path.chmod(0o600)


@pytest.mark.parametrize(
    ("content", "kind", "words"),
    [
        ('{"name": "default", "address": "tls://127.0.0.1:1"}', SessionExists, "another program"),
        ('{"name": "def', DamagedState, "it is no JSON"),
        ("[]", DamagedState, "it holds no JSON object"),
        ("", DamagedState, "it is empty"),
    ],
)
def test_state_of_another_program_is_not_overwritten(
    emout_home: Path, content: str, kind: type[Exception], words: str
) -> None:
    folder = emout_home / "servers" / "default"
    folder.mkdir(parents=True)
    (folder / "state.json").write_text(content)
    with pytest.raises(kind, match=f"state.json .*{words}.*rm -r {folder}"):
        start()
    assert sessions.list() == []
    assert (folder / "state.json").read_text() == content


def test_start_failure_quotes_the_host(emout_home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        monkeypatch.setenv("EMOUT_DASK_SCHED_PORT", str(port))
        with pytest.raises(
            StartFailed, match=f"did not start: No port of {port} to {port} is free"
        ):
            start()
        failed = sessions.get()
        assert failed.state is SessionState.FAILED
        assert "EMOUT_DASK_SCHED_PORT" in (failed.reason or "")
    assert start().address == f"tls://127.0.0.1:{port}"


@pytest.mark.parametrize(
    ("variable", "value", "field"),
    [("SCHED_PORT", "70000", "scheduler_port"), ("SCHED_IP", "203.0.113.9", "scheduler_ip")],
)
def test_impossible_address_is_refused_before_anything_starts(
    emout_home: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    variable: str,
    value: str,
    field: str,
) -> None:
    (tmp_path / "sbatch").touch(mode=0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv(f"EMOUT_DASK_{variable}", value)
    with pytest.raises(SpecError, match=value) as refusal:
        start(backend="slurm")
    assert refusal.value.field == field
    assert list(emout_home.iterdir()) == []


def test_plugin_that_cannot_be_loaded_fails_the_start(
    emout_home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    package = tmp_path / "broken-1.0.dist-info"
    package.mkdir()
    (package / "METADATA").write_text("Metadata-Version: 2.1\nName: broken\nVersion: 1.0\n")
    (package / "entry_points.txt").write_text("[emout_lab.session_plugins]\nbad = no_such:Thing\n")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path), prepend=os.pathsep)
    with pytest.raises(StartFailed, match="Plugin 'no_such:Thing'.*No module named 'no_such'"):
        start()


def test_slurm_without_sbatch_is_refused_before_anything_starts(
    emout_home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(SpecError, match="needs sbatch") as refusal:
        start(backend="slurm")
    assert refusal.value.field == "backend"
    assert list(emout_home.iterdir()) == []
    assert sessions.profiles()["backends"][0]["available"] is False


def test_unreachable_scheduler_is_a_dead_session(local_session: SessionStatus) -> None:
    with pytest.raises(SessionDead, match="does not answer at tls://127.0.0.1:1 "):
        sessions.connect(local_session.name, "tls://127.0.0.1:1", timeout=0.5)


def test_address_alone_finds_its_session(local_session: SessionStatus) -> None:
    with sessions.connect(address=local_session.address) as client:
        assert client.submit(sum, [1, 2]).result(timeout=20) == 3


def test_async_forms_do_the_same(emout_home: Path) -> None:
    async def life() -> None:
        await aio.start(**LOCAL)
        await aio.wait_for_workers(timeout=30)
        assert [status.name for status in await aio.list()] == ["default"]
        client = await aio.connect()
        try:
            assert await client.submit(sum, [1, 2]) == 3
        finally:
            await client.close()
        assert (await aio.get()).state is SessionState.RUNNING
        assert (await aio.stop()).state is SessionState.STOPPED

    asyncio.run(life())


# A socket that was cut off half-way is closed, and told of, by whoever collects it.
@pytest.mark.filterwarnings("ignore::ResourceWarning")
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.parametrize("after", [0.0, 0.01, 0.03, 0.1])
def test_cancelled_connection_leaves_no_socket(local_session: SessionStatus, after: float) -> None:
    port = int(str(local_session.address).rpartition(":")[2])

    async def cancel_one() -> None:
        opening = asyncio.create_task(aio.connect(local_session.name))
        await asyncio.wait([opening], timeout=after)
        if opening.cancel():
            with pytest.raises(asyncio.CancelledError):
                await opening
        else:
            await opening.result().close()

    asyncio.run(cancel_one())

    def is_connected() -> bool:
        gc.collect()
        return any(
            connection.raddr
            and connection.raddr.port == port
            and connection.status == psutil.CONN_ESTABLISHED
            for connection in psutil.Process().net_connections(kind="inet")
        )

    deadline = time.monotonic() + 10
    while is_connected():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_looking_at_sessions_loads_no_dask() -> None:
    program = (
        "import sys, emout_lab.sessions as s; from emout_lab.sessions import aio; s.list()\n"
        "loaded = {'dask', 'distributed', 'matplotlib', 'xarray', 'numpy'} & set(sys.modules)\n"
        "assert not loaded, loaded"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")


def test_long_waits_do_not_hold_up_a_look(local_session: SessionStatus) -> None:
    async def look() -> bool:
        name = local_session.name
        waits = [
            asyncio.ensure_future(aio.wait_for_workers(name, n=99, timeout=3)) for _ in range(40)
        ]
        await asyncio.sleep(0)
        found = await aio.list()
        is_first = not any(wait.done() for wait in waits)
        await asyncio.gather(*waits, return_exceptions=True)
        return is_first and [session.name for session in found] == [name]

    assert asyncio.run(look())
