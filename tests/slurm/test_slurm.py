"""Sessions on a real SLURM: two nodes on loopback."""

from __future__ import annotations

import operator
import os

import psutil
import pytest
from slurm_cluster import PARTITION, SlurmCluster

from emout_lab import sessions
from emout_lab.errors import SessionDead, StartFailed
from emout_lab.sessions import SessionState
from slurm.helpers import start, wait_for, workers_since

pytestmark = pytest.mark.slurm


def test_session_runs_on_both_nodes(slurm: SlurmCluster) -> None:
    started = start(jobs=2, cores=3)
    assert started.state in (SessionState.QUEUED, SessionState.STARTING)
    assert len(started.job_ids) == 2
    running = sessions.wait_for_workers(n=2, timeout=60)
    assert running.state is SessionState.RUNNING
    assert sorted(slurm.jobs()) == sorted(running.job_ids)
    with sessions.connect() as client:
        names = {worker["name"] for worker in client.scheduler_info()["workers"].values()}
        assert names == {"0", "1"}
        assert client.submit(operator.mul, 6, 7).result(timeout=20) == 42
    assert wait_for(lambda status: status.expires_at is not None, 10).expires_at


def test_stop_leaves_no_job_no_process_and_no_file(slurm: SlurmCluster) -> None:
    before = {process.pid for process in psutil.process_iter()}
    start()
    running = sessions.wait_for_workers(timeout=60)
    stopped = sessions.stop()
    assert stopped.state is SessionState.STOPPED
    assert not psutil.pid_exists(running.pid)
    slurm.wait_until(lambda: not slurm.jobs(), "the queue is empty")
    slurm.wait_until(lambda: not workers_since(before), "no worker is left")
    assert sessions.list() == []


def test_pending_job_tells_its_reason(slurm: SlurmCluster) -> None:
    start(jobs=3, cores=4)
    sessions.wait_for_workers(n=2, timeout=60)
    status = wait_for(lambda status: "(Resources)" in (status.reason or ""), 30)
    assert status.state is SessionState.RUNNING
    assert status.reason is not None
    assert status.reason.startswith(f"job {status.job_ids[2]} is PENDING (Resources)")
    sessions.stop()
    assert slurm.jobs() == []


def test_session_with_pending_jobs_only_is_queued_and_can_be_stopped(slurm: SlurmCluster) -> None:
    slurm.run("sbatch", "-N2", "-c4", "-n2", "-o", "/dev/null", "--wrap", "sleep 600")
    start()
    status = wait_for(lambda status: "PENDING (" in (status.reason or ""), 30)
    assert status.state is SessionState.QUEUED
    assert status.reason is not None
    assert status.reason.startswith(f"job {status.job_ids[0]} is PENDING (")
    # SLURM estimates a start once its backfill scheduler has looked at the queue.
    expected = wait_for(lambda status: status.estimated_start is not None, 60).estimated_start
    assert expected is not None
    assert expected > status.started_at
    sessions.stop()
    assert status.job_ids[0] not in slurm.jobs()


def test_scancel_fails_the_session_with_the_reason_within_10_s(slurm: SlurmCluster) -> None:
    start()
    running = sessions.wait_for_workers(timeout=60)
    slurm.run("scancel", *running.job_ids)
    failed = wait_for(lambda status: status.state is SessionState.FAILED, 10)
    assert failed.reason == f"job {running.job_ids[0]} ended: CANCELLED"
    with pytest.raises(SessionDead, match="CANCELLED"):
        sessions.connect()
    sessions.stop()
    assert sessions.list() == []


def test_jobs_of_a_killed_host_are_cancelled_by_stop(slurm: SlurmCluster) -> None:
    running = start()
    host = psutil.Process(running.pid)
    host.kill()
    psutil.wait_procs([host], timeout=10)
    assert sessions.get().state is SessionState.FAILED
    sessions.stop()
    slurm.wait_until(lambda: not slurm.jobs(), "the queue is empty")


def test_processes_of_a_job_share_its_cores_and_memory(slurm: SlurmCluster) -> None:
    start(processes=2, cores=4, memory="2G")
    sessions.wait_for_workers(n=2, timeout=60)
    with sessions.connect() as client:
        workers = client.scheduler_info()["workers"].values()
    assert {worker["name"] for worker in workers} == {"0-0", "0-1"}
    assert {worker["nthreads"] for worker in workers} == {2}
    assert {worker["memory_limit"] for worker in workers} == {1024**3}
    [asked] = slurm.run("squeue", "-h", "-o", "%c %m").splitlines()
    assert asked == "4 2G"


def test_workers_listen_for_tls_only(slurm: SlurmCluster) -> None:
    before = {process.pid for process in psutil.process_iter()}
    start()
    sessions.wait_for_workers(timeout=60)
    ports = {
        connection.laddr.port
        for nanny in workers_since(before)
        for process in [nanny, *nanny.children(recursive=True)]
        for connection in process.net_connections(kind="inet")
        if connection.status == psutil.CONN_LISTEN
    }
    with sessions.connect() as client:
        [(address, worker)] = client.scheduler_info()["workers"].items()
    addresses = {address, worker["nanny"]}
    assert all(address.startswith("tls://") for address in addresses)
    assert {int(address.rpartition(":")[2]) for address in addresses} == ports


def test_configuration_of_dask_jobqueue_is_honoured(
    slurm: SlurmCluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DASK_JOBQUEUE__SLURM__JOB_SCRIPT_PROLOGUE", "['export EL_MODULE=loaded']")
    monkeypatch.setenv("DASK_JOBQUEUE__SLURM__WORKER_EXTRA_ARGS", "['--resources', 'gpu=1']")
    start()
    sessions.wait_for_workers(timeout=60)
    with sessions.connect() as client:
        seen = client.run(
            lambda dask_worker: (os.environ["EL_MODULE"], dask_worker.state.total_resources)
        )
    assert list(seen.values()) == [("loaded", {"gpu": 1.0})]


def test_job_whose_worker_cannot_start_is_explained_by_its_log(
    slurm: SlurmCluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(
        "DASK_JOBQUEUE__SLURM__JOB_SCRIPT_PROLOGUE", "['echo no such module >&2', 'exit 3']"
    )
    start()
    with pytest.raises(SessionDead, match="FAILED .*Last lines of its log: no such module"):
        sessions.wait_for_workers(timeout=30)
    assert sessions.get().state is SessionState.FAILED


def test_too_much_memory_is_refused_in_the_words_of_sbatch(slurm: SlurmCluster) -> None:
    with pytest.raises(StartFailed) as failure:
        start(memory="500G")
    assert "sbatch: error: Memory specification can not be satisfied" in str(failure.value)
    assert "Requested node configuration is not available" in str(failure.value)
    assert slurm.jobs() == []
    assert "Memory specification" in (sessions.get().reason or "")


def test_form_offers_the_partitions_of_sinfo(slurm: SlurmCluster) -> None:
    offers = sessions.profiles()
    assert [partition["name"] for partition in offers["partitions"]] == [PARTITION]
    assert offers["partitions"][0] == {
        "name": PARTITION,
        "is_default": True,
        "max_walltime": None,
        "nodes": 2,
        "cpus_per_node": 4,
        "memory_per_node_mb": 8000,
    }
    assert offers["defaults"]["partition"] == PARTITION
