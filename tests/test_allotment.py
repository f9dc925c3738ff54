"""A local session takes what its process was given, which may be less than the machine has."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from emout_lab import allotment
from emout_lab.config import Settings
from emout_lab.quantities import parse_memory
from emout_lab.sessions.spec import LOCAL_MEMORY_SHARE, SessionSpec

GB = 1024**3


@pytest.fixture
def group() -> Iterator[Path]:
    """A control group of 4 GB, as a queue system makes one for a job."""
    parent = allotment.GROUPS / "memory"
    name, limit = "memory.limit_in_bytes", str(4 * GB)
    if not parent.is_dir():
        parent, name = allotment.GROUPS, "memory.max"
    made = parent / f"emout-lab-test-{os.getpid()}"
    try:
        made.mkdir()
    except OSError:
        pytest.skip("no control group can be made here")
    try:
        if not (made / name).exists():
            pytest.skip("control groups have no limits of memory here")
        (made / name).write_text(limit)
        yield made
    finally:
        made.rmdir()


def test_a_job_gets_its_share_of_its_own_memory_and_cores(group):
    code = (
        "import os; from pathlib import Path; from emout_lab.sessions.spec import SessionSpec\n"
        "from emout_lab.config import Settings\n"
        f"Path({str(group / 'cgroup.procs')!r}).write_text(str(os.getpid()))\n"
        "os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})\n"
        "spec = SessionSpec(backend='local').resolved(Settings(home=Path('/nowhere')))\n"
        "print(spec.cores, spec.memory)"
    )
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    cores, memory = told.stdout.split()
    assert cores == "1"
    assert 0.5 * LOCAL_MEMORY_SHARE * 4 * GB < parse_memory(memory) <= LOCAL_MEMORY_SHARE * 4 * GB


@pytest.mark.parametrize(
    ("line", "file"),
    [
        ("0::/slurm/job_7/step_0", "slurm/job_7/memory.max"),
        ("0::/slurm/job_7/step_0", "slurm/job_7/step_0/memory.max"),
        ("4:cpu,memory:/slurm/job_7", "memory/slurm/job_7/memory.limit_in_bytes"),
        ("0::/", "memory.max"),
    ],
)
def test_the_smallest_limit_around_a_process_counts(tmp_path, line, file):
    proc, groups = tmp_path / "proc", tmp_path / "groups"
    (proc / "self").mkdir(parents=True)
    (proc / "self" / "cgroup").write_text(f"9:name=systemd:/\n{line}\n")
    (groups / file).parent.mkdir(parents=True)
    (groups / file).write_text(f"{GB // 4}\n")
    assert allotment.memory(proc, groups) == GB // 4
    for no_limit in ("max\n", str(2**63 - 4096), ""):
        (groups / file).write_text(no_limit)
        assert allotment.memory(proc, groups) == psutil.virtual_memory().total


def test_without_control_groups_it_is_the_machines(tmp_path):
    assert allotment.memory(tmp_path, tmp_path) == psutil.virtual_memory().total


def test_what_was_asked_for_counts_more():
    spec = SessionSpec(backend="local", cores=64, memory="3G")
    resolved = spec.resolved(Settings(home=Path("/nowhere")))
    assert (resolved.cores, resolved.memory) == (64, "3G")
