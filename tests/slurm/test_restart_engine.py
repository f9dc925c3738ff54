"""Restart engine where the nanny is on a node, and the host in a job of its own."""

from __future__ import annotations

import os

import psutil
import pytest
from slurm_cluster import SlurmCluster

from emout_lab import sessions
from emout_lab.sessions import SessionState
from slurm.helpers import start, wait_for

pytestmark = pytest.mark.slurm


def test_stopped_engine_of_a_job_is_restarted_in_the_same_job(slurm: SlurmCluster) -> None:
    start(host="job")
    before = sessions.wait_for_workers(timeout=90)
    with sessions.connect() as client:
        [pid] = client.run(os.getpid).values()
        [old] = client.scheduler_info()["workers"]
    psutil.Process(pid).suspend()
    wait_for(lambda status: "engine 0 has not answered" in (status.reason or ""), 30)
    fresh = sessions.restart_engine(None, "0")
    assert fresh.name == "0"
    assert fresh.address != old
    assert not psutil.pid_exists(pid)
    after = wait_for(lambda status: status.state is SessionState.RUNNING, 30)
    assert after.job_ids == before.job_ids
    with sessions.connect() as client:
        assert list(client.scheduler_info()["workers"]) == [fresh.address]
