"""The end of a job's time: a session that ends with it, and one that goes on."""

from __future__ import annotations

import datetime
import time

import pytest
from slurm_cluster import SlurmCluster

from emout_lab import sessions
from emout_lab.errors import SessionDead
from emout_lab.sessions import SessionState
from slurm.helpers import start, wait_for

pytestmark = pytest.mark.slurm

MINUTE = "00:01:00"


def test_walltime_ends_one_session_and_renewal_carries_the_other_over(slurm: SlurmCluster) -> None:
    start(name="ends", walltime=MINUTE)
    start(name="renewed", walltime=MINUTE, renew=True, allow_multiple=True)
    assert {status.name for status in sessions.list()} == {"ends", "renewed"}
    ends = sessions.wait_for_workers("ends", timeout=50)
    sessions.wait_for_workers("renewed", timeout=50)
    first = wait_for(lambda status: status.expires_at is not None, 20, "renewed")

    with sessions.connect(name="renewed") as client:
        # A result that only the first job's worker holds.
        kept = client.submit(list, range(1000))
        assert kept.result(timeout=20)[-1] == 999

        failed = wait_for(lambda status: status.state is SessionState.FAILED, 90, "ends")
        [job] = ends.job_ids
        assert failed.reason == f"job {job} ended: TIMEOUT (its walltime {MINUTE} is over)"
        with pytest.raises(SessionDead, match="TIMEOUT"):
            sessions.connect(name="ends")

        second = wait_for(lambda s: not set(s.job_ids) & set(first.job_ids), 60, "renewed")
        assert second.state is SessionState.RUNNING
        assert second.workers == 1
        limit = datetime.datetime.fromisoformat(str(first.expires_at))
        while datetime.datetime.now(datetime.timezone.utc) < limit:
            assert sessions.get("renewed").state is SessionState.RUNNING
            time.sleep(0.5)
        # It went over to the second job's worker before the first one left.
        assert client.gather(kept)[-1] == 999
    assert set(slurm.jobs()) >= set(second.job_ids)
