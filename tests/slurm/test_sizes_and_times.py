"""What people write as memory and time limit reaches SLURM as it was meant."""

from __future__ import annotations

import pytest
from slurm_cluster import SlurmCluster

from emout_lab import sessions
from emout_lab.quantities import format_memory, format_walltime, parse_memory, parse_walltime
from slurm.helpers import start

pytestmark = pytest.mark.slurm


def test_slurm_takes_all_spellings(slurm: SlurmCluster) -> None:
    spellings = [("1.5G", "90m"), ("1 G", "1:30:00"), ("1GiB", "2-00"), ("1500MB", "1h30m")]
    for memory, walltime in spellings:
        asked = [f"--mem={format_memory(parse_memory(memory))}"]
        asked += ["-t", format_walltime(parse_walltime(walltime))]
        slurm.run("sbatch", "--test-only", "-n", "1", *asked, "--wrap", "true")
    start(memory="1.5G", walltime="90m")
    status = sessions.wait_for_workers(timeout=60)
    [job] = status.job_ids
    assert slurm.run("squeue", "-h", "-j", job, "-o", "%m %l").split() == ["1.50G", "1:30:00"]
    with sessions.connect() as client:
        [worker] = client.scheduler_info()["workers"].values()
    assert worker["memory_limit"] == 1536 * 1024**2
