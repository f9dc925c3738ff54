"""Views of engines that are jobs: calls, a lost job, and the session's end."""

from __future__ import annotations

import os
import subprocess

import pytest
from slurm_cluster import SlurmCluster

from emout_lab import parallel, sessions
from emout_lab.errors import SessionDead
from slurm.helpers import start

pytestmark = pytest.mark.slurm


def test_views_reach_the_engines_of_jobs_and_miss_those_that_are_cancelled(slurm: SlurmCluster):
    start(jobs=2)
    with parallel.Client(timeout=30) as client:
        client.wait_for_engines(2, timeout=120)
        view = client[:]
        jobs = view.apply_sync(os.getenv, "SLURM_JOB_ID")
        assert sorted(jobs) == sorted(sessions.get().job_ids)
        view["a"] = 21
        assert view["2 * a"] == [42, 42]
        first, last = client.ids
        subprocess.run(["scancel", jobs[0]], check=True)
        with pytest.raises((parallel.EngineError, IndexError)):
            while True:
                client[first].apply_sync(int, 1)
        assert client[last].apply_sync(int, 2) == 2
        client.shutdown(hub=True)
        with pytest.raises(SessionDead):
            client.ids  # noqa: B018
