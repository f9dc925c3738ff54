"""A host that was away while somebody ended or replaced its session on another machine."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
import pytest
from slurm_cluster import SlurmCluster
from waiting import wait_until

from emout_lab import sessions
from emout_lab.config import load
from emout_lab.errors import SessionExists
from emout_lab.paths import Runtime
from emout_lab.sessions import SessionState
from emout_lab.sessions.locking import file_lock

LOCAL = {"backend": "local", "memory": "1G", "cores": 1}


def token(home: Path) -> str:
    state = json.loads((home / "servers" / "default" / "state.json").read_text())
    return str(state["token"])


def ended(processes: list[psutil.Process]) -> bool:
    return psutil.wait_procs(processes, timeout=60)[1] == []


def stand_still(host: psutil.Process) -> None:
    """Stop a host, but not while it has the lock, for which everybody would wait then."""
    with file_lock(Runtime(load().home).lock, 30):
        host.suspend()


@contextmanager
def away(elsewhere: Callable[[str], str]) -> Iterator[list[psutil.Process]]:
    """A session whose host stands still until others take it for gone; in the end it goes on."""
    sessions.start(**LOCAL)
    host = psutil.Process(sessions.wait_for_workers(timeout=60).pid)
    family = [host, *host.children(recursive=True)]
    stand_still(host)
    try:
        wait_until(lambda: elsewhere("print(sessions.get().state.value)") == "failed\n", 60)
        yield family
    finally:
        host.resume()


def test_thawed_host_ends_itself_and_leaves_its_successor_alone(
    impatient: Path, elsewhere: Callable[[str], str]
) -> None:
    with away(elsewhere) as family:
        before = token(impatient)
        with pytest.raises(SessionExists, match="is unresponsive already"):
            sessions.start(**LOCAL)
        elsewhere(f"sessions.start(**{LOCAL})\nsessions.wait_for_workers(timeout=60)")
        after = token(impatient)
        log = (impatient / "servers" / "default" / "logs" / "host.log").stat().st_ino
    assert ended(family)
    assert before != after == token(impatient)
    assert sessions.get().state is SessionState.RUNNING
    assert (impatient / "servers" / "default" / "logs" / "host.log").stat().st_ino == log
    assert "This host ends" not in sessions.logs(job="host")["host"]
    with sessions.connect() as client:
        assert client.submit(sum, [1, 2]).result(timeout=20) == 3


def test_thawed_host_does_not_bring_a_stopped_session_back(
    impatient: Path, elsewhere: Callable[[str], str]
) -> None:
    with away(elsewhere) as family:
        elsewhere("sessions.stop()")
        assert sessions.list() == []
    assert ended(family)
    assert sorted(path.name for path in impatient.rglob("*")) == [".lock", "servers"]


def test_start_does_not_replace_a_host_that_only_cannot_write(
    impatient: Path, elsewhere: Callable[[str], str]
) -> None:
    sessions.start(**LOCAL)
    host = psutil.Process(sessions.wait_for_workers(timeout=60).pid)
    limits = host.rlimit(psutil.RLIMIT_FSIZE)
    # Its disk is full, as far as it can tell.
    host.rlimit(psutil.RLIMIT_FSIZE, (100, limits[1]))
    wait_until(lambda: elsewhere("print(sessions.get().state.value)") == "failed\n", 60)
    refusal = elsewhere(
        f"""
from emout_lab.errors import SessionExists
try:
    sessions.start(**{LOCAL})
except SessionExists as exc:
    print(exc)
"""
    )
    assert "still answers at tls://127.0.0.1:" in refusal
    assert "is the disk full there?" in refusal
    host.rlimit(psutil.RLIMIT_FSIZE, limits)
    wait_until(lambda: sessions.get().state is SessionState.RUNNING)
    assert sessions.get().pid == host.pid


@pytest.mark.slurm
def test_thawed_host_cancels_its_own_jobs_only(
    slurm: SlurmCluster, impatient: Path, elsewhere: Callable[[str], str]
) -> None:
    job = {"backend": "slurm", "memory": "1G", "cores": 1, "walltime": "00:10:00"}
    sessions.start(**job, renew=True)
    host = psutil.Process(sessions.wait_for_workers(timeout=60).pid)
    stand_still(host)
    try:
        wait_until(lambda: elsewhere("print(sessions.get().state.value)") == "failed\n", 60)
        elsewhere(f"sessions.start(**{job})\nsessions.wait_for_workers(timeout=60)")
    finally:
        host.resume()
    assert ended([host])
    [kept] = sessions.get().job_ids
    slurm.wait_until(lambda: slurm.jobs() == [kept], "only the job of the new session is left")
    assert sessions.wait_for_workers(timeout=10).state is SessionState.RUNNING
