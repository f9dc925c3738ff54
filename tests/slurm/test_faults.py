"""What goes wrong on a cluster, and what a session says and does about it."""

from __future__ import annotations

import operator
import os
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psutil
import pytest
from slurm_cluster import NODES, SlurmCluster

from emout_lab import sessions
from emout_lab.errors import SessionDead, StartFailed
from emout_lab.sessions import SessionState
from slurm.helpers import start, wait_for

pytestmark = pytest.mark.slurm


@pytest.fixture
def fragile(slurm: SlurmCluster) -> Iterator[SlurmCluster]:
    """The cluster, repaired after the test."""
    yield slurm
    sessions.stop_all()
    slurm.cancel_all()
    slurm.revive_nodes()


def node_of(slurm: SlurmCluster, job: str) -> str:
    return slurm.run("squeue", "-h", "-j", job, "-o", "%N").strip()


def test_session_outlives_slurmd_but_not_its_node(fragile: SlurmCluster) -> None:
    start()
    running = sessions.wait_for_workers(timeout=60)
    [job] = running.job_ids
    node = node_of(fragile, job)

    fragile.kill_node(node)
    with sessions.connect() as client:
        assert client.submit(operator.add, 1, 2).result(timeout=20) == 3
    assert sessions.get().state is SessionState.RUNNING

    began = time.monotonic()
    fragile.run("scontrol", "update", f"NodeName={node}", "State=DOWN", "Reason=burnt")
    failed = wait_for(lambda status: status.state is SessionState.FAILED, 10)
    assert time.monotonic() - began < 10
    assert (failed.reason or "").startswith(f"job {job} ended: NODE_FAIL")
    with pytest.raises(SessionDead, match="NODE_FAIL"):
        sessions.connect()

    # The next start cleans up, and finds the other node.
    start()
    assert sessions.wait_for_workers(timeout=60).job_ids != (job,)


def test_killed_worker_is_reported_while_its_job_goes_on(slurm: SlurmCluster) -> None:
    start()
    sessions.wait_for_workers(timeout=60)
    with sessions.connect() as client:
        [pid] = client.run(os.getpid).values()
    psutil.Process(pid).kill()
    gone = wait_for(lambda status: "its worker went away" in (status.reason or ""), 10)
    assert gone.state is SessionState.STARTING
    # Its nanny starts it again, in the same job.
    assert sessions.wait_for_workers(timeout=60).job_ids == gone.job_ids


def test_drained_nodes_are_given_as_the_reason(fragile: SlurmCluster) -> None:
    for node in NODES:
        fragile.run("scontrol", "update", f"NodeName={node}", "State=DRAIN", "Reason=maintenance")
    start()
    queued = wait_for(lambda status: "PENDING (" in (status.reason or ""), 20)
    assert queued.state is SessionState.QUEUED
    assert queued.reason is not None
    # SLURM's words: "ReqNodeNotAvail, UnavailableNodes:cn[1-2]", or "Nodes required for job are
    # DOWN, DRAINED or reserved for jobs in higher priority partitions".
    wait_for(
        lambda status: "Unavail" in (status.reason or "") or "DRAINED" in (status.reason or ""), 20
    )


def test_refusal_of_sbatch_is_shown_whole_and_leaves_nothing(slurm: SlurmCluster) -> None:
    with pytest.raises(StartFailed) as failure:
        start(partition="nosuch")
    assert "sbatch: error: invalid partition specified: nosuch" in str(failure.value)
    assert "Batch job submission failed: Invalid partition name specified" in str(failure.value)
    assert slurm.jobs() == []


def test_twenty_starts_and_stops_leave_nothing(slurm: SlurmCluster, emout_home: Path) -> None:
    def processes() -> set[str]:
        lines = (" ".join(p.info["cmdline"] or []) for p in psutil.process_iter(["cmdline"]))
        return {line for line in lines if "emout_lab.sessions" in line or "dask_worker" in line}

    before = processes()

    def live(number: int) -> None:
        for _ in range(5):
            start(name=f"s{number}", allow_multiple=True)
            sessions.stop(f"s{number}")

    with ThreadPoolExecutor(4) as pool:
        for done in [pool.submit(live, number) for number in range(4)]:
            done.result()
    slurm.wait_until(lambda: not slurm.jobs(), "the queue is empty")
    slurm.wait_until(lambda: processes() <= before, "no process is left")
    # What the queue said last is kept for all sessions, one answer for each machine.
    left = {path.relative_to(emout_home).parts[0] for path in emout_home.rglob("*")}
    assert left == {".lock", "queue", "servers"}
    assert list((emout_home / "servers").iterdir()) == []
    assert len(list((emout_home / "queue").iterdir())) == 2
