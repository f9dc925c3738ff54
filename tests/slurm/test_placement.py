"""Scaling, logs, a host in a job of its own, and a site's own way to ask for resources."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
from slurm_cluster import PARTITION, SlurmCluster

from emout_lab import sessions
from emout_lab.errors import NoSession, SpecError
from emout_lab.sessions import SessionState
from slurm.helpers import start, wait_for

pytestmark = pytest.mark.slurm

SOURCE = Path(__file__).with_name("rsc.c")


@pytest.fixture
def rsc(slurm: SlurmCluster, tmp_path: Path) -> Iterator[SlurmCluster]:
    """The cluster with Kyoto's ``--rsc`` option, by a plugin that is built here."""
    if not shutil.which("gcc") or not Path("/usr/include/slurm/spank.h").exists():
        pytest.skip("gcc or SLURM's headers missing; install gcc and libslurm-dev")
    library = tmp_path / "rsc.so"
    build = ["gcc", "-shared", "-fPIC", "-Wall", "-Werror", "-o", str(library), str(SOURCE)]
    subprocess.run(build, check=True, timeout=60)
    with slurm.plugin(library):
        yield slurm
        sessions.stop_all()
        slurm.cancel_all()


def test_session_is_scaled_up_and_down_and_tells_its_logs(slurm: SlurmCluster) -> None:
    start()
    [first] = sessions.wait_for_workers(timeout=60).job_ids
    grown = sessions.scale(2)
    assert (grown.jobs, grown.workers_expected, len(grown.job_ids)) == (2, 2, 2)
    assert sorted(slurm.jobs()) == sorted(grown.job_ids)
    sessions.wait_for_workers(n=2, timeout=60)

    logs = sessions.logs()
    assert list(logs) == ["host", *(f"job {job}" for job in grown.job_ids)]
    assert "Scheduler is up at tls://" in logs["host"]
    assert "Start Nanny" in logs[f"job {first}"]
    assert list(sessions.logs(job=first)) == [f"job {first}"]
    with pytest.raises(NoSession, match="has no log of job '999999'"):
        sessions.logs(job="999999")

    shrunk = sessions.scale(1)
    assert shrunk.job_ids == (first,)
    slurm.wait_until(lambda: slurm.jobs() == [first], "the second job is gone")
    assert wait_for(lambda status: status.workers == 1, 20).state is SessionState.RUNNING
    with pytest.raises(SpecError, match="jobs 0 is not"):
        sessions.scale(0)


def test_scaling_replaces_a_cancelled_job(slurm: SlurmCluster) -> None:
    start(jobs=2)
    running = sessions.wait_for_workers(n=2, timeout=60)
    slurm.run("scancel", running.job_ids[0])
    told = wait_for(lambda status: "CANCELLED" in (status.reason or ""), 10)
    assert (told.state, told.workers) == (SessionState.RUNNING, 1)
    replaced = sessions.scale(2)
    assert running.job_ids[0] not in replaced.job_ids
    assert sessions.wait_for_workers(n=2, timeout=60).reason is None


def test_host_runs_in_a_job_of_its_own(slurm: SlurmCluster) -> None:
    started = start(host="job", memory="1G")
    [worker_job] = sessions.wait_for_workers(timeout=90).job_ids
    status = sessions.get()
    assert len(slurm.jobs()) == 2
    [host_job] = set(slurm.jobs()) - {worker_job}
    ancestors = psutil.Process(status.pid).parents()
    assert any("slurmstepd" in process.name() for process in ancestors), ancestors
    assert started.name == status.name
    with sessions.connect() as client:
        assert client.submit(sum, [1, 2]).result(timeout=20) == 3
        # What SLURM tells the host's job about itself does not reach the workers' job.
        [job_id] = client.run(lambda: os.environ["SLURM_JOB_ID"]).values()
    assert job_id == worker_job
    sessions.stop()
    slurm.wait_until(lambda: not slurm.jobs(), "both jobs are gone")
    assert sessions.list() == []
    assert host_job


def test_cancelled_host_job_is_reported_and_takes_the_workers_along(slurm: SlurmCluster) -> None:
    start(host="job")
    [worker_job] = sessions.wait_for_workers(timeout=90).job_ids
    [host_job] = set(slurm.jobs()) - {worker_job}
    slurm.run("scancel", host_job)
    failed = wait_for(lambda status: status.state is SessionState.FAILED, 10)
    assert f"the host's own job {host_job}" in (failed.reason or "")
    assert "cancel" in (failed.reason or "").lower()
    sessions.stop()
    slurm.wait_until(lambda: not slurm.jobs(), "no job is left")


def test_host_job_that_waits_is_a_queued_session_that_can_be_stopped(slurm: SlurmCluster) -> None:
    slurm.run("sbatch", "-N2", "-c4", "-n2", "-o", "/dev/null", "--wrap", "sleep 600")
    queued = start(host="job")
    assert queued.state is SessionState.QUEUED
    assert "the host's own job" in (queued.reason or "")
    # SLURM has a reason only once its scheduler has looked at the job.
    wait_for(lambda status: "PENDING (" in (status.reason or ""), 30)
    with pytest.raises(NoSession, match="still queued .*PENDING"):
        sessions.connect()
    sessions.stop()
    assert len(slurm.jobs()) == 1


def test_kyotos_profile_is_chosen_where_sbatch_offers_rsc(rsc: SlurmCluster) -> None:
    assert sessions.profiles()["defaults"]["partition"] == PARTITION
    started = sessions.start(memory="2G", cores=2, walltime="00:10:00")
    assert started.partition == PARTITION
    [job] = sessions.wait_for_workers(timeout=60).job_ids
    script = rsc.run("scontrol", "write", "batch_script", job, "-")
    directives = [line for line in script.splitlines() if line.startswith("#SBATCH")]
    assert "#SBATCH --rsc p=1:t=2:c=2:m=2G" in directives
    assert not any(word in line for line in directives for word in ("-n 1", "--mem", "--cpus"))
    with sessions.connect() as client:
        asked = client.run(lambda: os.environ["RSC_ASKED"])
    assert list(asked.values()) == ["p=1:t=2:c=2:m=2G"]


def test_no_secret_is_in_what_squeue_shows_to_others(slurm: SlurmCluster, emout_home: Path) -> None:
    start()
    [job] = sessions.wait_for_workers(timeout=60).job_ids
    keys = [
        line
        for key in emout_home.rglob("*-key.pem")
        for line in key.read_text().splitlines()
        if not line.startswith("-----")
    ]
    assert keys
    shown = [
        slurm.run("squeue", "-h", "-o", "%all"),
        slurm.run("scontrol", "show", "job", "-dd", job),
        slurm.run("scontrol", "write", "batch_script", job, "-"),
        *sessions.logs().values(),
    ]
    for process in psutil.process_iter(["cmdline", "environ"]):
        shown.append(" ".join(process.info["cmdline"] or []))
        shown.append(" ".join((process.info["environ"] or {}).values()))
    assert not [key for key in keys if any(key in text for text in shown)]
