"""Job scripts of every queue system, and backends of other packages."""

from __future__ import annotations

import asyncio
import os
from dataclasses import replace
from pathlib import Path

import dask
import pytest
from distributed import Security

from emout_lab import sessions
from emout_lab.config import Settings
from emout_lab.errors import SpecError
from emout_lab.paths import Runtime
from emout_lab.sessions.backends import ClusterPlan, load_backend
from emout_lab.sessions.spec import SUBMIT_PROGRAMS, SessionSpec
from emout_lab.sessions.tls import make_certificates

SPEC = SessionSpec(
    name="batch2",
    partition="gr1",
    memory="8G",
    cores=4,
    walltime="1-02:30:00",
    directives=("-A {partition}-x",),
    prologue=("module load python",),
)

EXAMPLE = """
from emout_lab.sessions.backends.local import LocalBackend


class TwiceBackend(LocalBackend):
    name = "twice"

    def entries(self, spec):
        return 2 * spec.workers_expected
"""


def script(home: Path, backend: str, **changes: object) -> str:
    spec = replace(SPEC, backend=backend, **changes).resolved(Settings(home=home))
    paths = Runtime(home).session(spec.name)
    certificates = make_certificates(paths.certs, spec.name, "127.0.0.1")
    security = Security(**certificates.security_fields())

    async def build() -> str:
        plan = ClusterPlan(spec, paths, "127.0.0.1", 10_000, certificates, security)
        cluster = load_backend(backend).build(plan)
        try:
            text: str = cluster.job_script()
        finally:
            await cluster.close()
        return text

    return asyncio.run(build())


@pytest.mark.parametrize(
    ("backend", "lines"),
    [
        (
            "slurm",
            [
                "#SBATCH -J emout-batch2",
                "#SBATCH -p gr1",
                "#SBATCH -n 1",
                "#SBATCH --cpus-per-task=4",
                "#SBATCH --mem=8G",
                "#SBATCH -t 1-02:30:00",
                "#SBATCH --no-requeue",
                "#SBATCH -A gr1-x",
            ],
        ),
        (
            "pbs",
            [
                "#PBS -N emout-batch2",
                "#PBS -q gr1",
                "#PBS -l select=1:ncpus=4:mem=8192MB",
                "#PBS -l walltime=26:30:00",
                "#PBS -A gr1-x",
            ],
        ),
        (
            "lsf",
            [
                "#BSUB -J emout-batch2",
                "#BSUB -q gr1",
                "#BSUB -n 4",
                '#BSUB -R "span[hosts=1]"',
                "#BSUB -W 26:30",
                "#BSUB -A gr1-x",
            ],
        ),
        ("sge", ["#$ -N emout-batch2", "#$ -q gr1", "#$ -l h_rt=26:30:00", "#$ -A gr1-x"]),
        (
            "oar",
            [
                "#OAR -n emout-batch2",
                "#OAR -q gr1",
                "#OAR -l /nodes=1/core=4,walltime=26:30:00",
                "#OAR -A gr1-x",
            ],
        ),
    ],
)
def test_job_script_asks_for_what_the_spec_says(
    tmp_path: Path, backend: str, lines: list[str]
) -> None:
    text = script(tmp_path, backend)
    found = text.splitlines()
    assert [line for line in lines if line not in found] == []
    assert "module load python" in found
    [command] = [line for line in found if "dask_worker" in line]
    assert "--nthreads 4 --memory-limit 8.00GiB" in command
    assert "--worker-class emout_lab.sessions.nodes.SessionWorker" in command
    assert "--protocol tls://" in command
    assert f"--tls-key path:{tmp_path}/servers/batch2/certs/worker-key.pem" in command
    assert "PRIVATE KEY" not in text


@pytest.mark.parametrize(
    ("backend", "lines"),
    [
        ("slurm", ["#SBATCH --mem=1536M", "#SBATCH -t 01:30:30"]),
        ("pbs", ["#PBS -l select=1:ncpus=2:mem=1536MB", "#PBS -l walltime=01:30:30"]),
        ("moab", ["#PBS -l select=1:ncpus=2:mem=1536MB", "#PBS -l walltime=01:30:30"]),
        ("lsf", ["#BSUB -M 1610613", "#BSUB -W 01:31"]),
        ("sge", ["#$ -l h_rt=01:30:30"]),
        ("oar", ["#OAR -l /nodes=1/core=2,walltime=01:30:30"]),
        ("htcondor", [f"MY.DaskWorkerMemory = {1536 * 1024**2}"]),
    ],
)
def test_each_queue_system_is_asked_in_its_own_way(
    tmp_path: Path, backend: str, lines: list[str]
) -> None:
    asked = {"memory": "1.5 GiB", "walltime": "1h30m30s", "cores": 2, "directives": ()}
    text = script(tmp_path, backend, **asked)
    assert [line for line in lines if line not in text.splitlines()] == []
    assert "--memory-limit 1.50GiB" in text


def test_submit_file_of_htcondor_asks_for_what_the_spec_says(tmp_path: Path) -> None:
    text = script(tmp_path, "htcondor", directives=('+Project = "{partition}"',))
    for line in ("MY.DaskWorkerCores = 4", f"MY.DaskWorkerMemory = {8 * 1024**3}"):
        assert line in text
    assert '+Project = "gr1"' in text
    assert "module load python; " in text
    assert "emout_lab.sessions.nodes.SessionWorker" in text


def test_processes_share_a_job_in_every_queue_system(tmp_path: Path) -> None:
    for backend in SUBMIT_PROGRAMS:
        text = script(tmp_path / backend, backend, processes=2, directives=())
        assert "--nthreads 2" in text
        assert "--nworkers 2" in text


def test_configuration_of_dask_jobqueue_is_honoured_by_every_queue_system(tmp_path: Path) -> None:
    with dask.config.set({"jobqueue.pbs.job-extra-directives": ["-l place=excl"]}):
        text = script(tmp_path, "pbs")
    assert "#PBS -l place=excl" in text
    assert "#PBS -A gr1-x" in text


@pytest.mark.parametrize("backend", sorted(SUBMIT_PROGRAMS))
def test_queue_system_that_is_not_here_is_refused_before_anything_starts(
    emout_home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, backend: str
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(SpecError, match=f"needs {SUBMIT_PROGRAMS[backend]}") as refusal:
        sessions.start(backend=backend)
    assert refusal.value.field == "backend"
    assert list(emout_home.iterdir()) == []


def test_backend_that_cannot_be_loaded_is_refused_before_anything_starts(
    emout_home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    package = tmp_path / "broken-1.0.dist-info"
    package.mkdir()
    (package / "METADATA").write_text("Metadata-Version: 2.1\nName: broken\nVersion: 1.0\n")
    (package / "entry_points.txt").write_text("[emout_lab.backends]\nbad = no_such:Backend\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    with pytest.raises(SpecError, match="'bad' .* cannot be loaded: No module named 'no_such'"):
        sessions.start(backend="bad")
    assert list(emout_home.iterdir()) == []


def test_backend_of_another_package_is_started_by_its_name(
    emout_home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    package = tmp_path / "twice-1.0.dist-info"
    package.mkdir()
    (tmp_path / "twice.py").write_text(EXAMPLE)
    (package / "METADATA").write_text("Metadata-Version: 2.1\nName: twice\nVersion: 1.0\n")
    (package / "entry_points.txt").write_text("[emout_lab.backends]\ntwice = twice:TwiceBackend\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setenv("PYTHONPATH", str(tmp_path), prepend=os.pathsep)
    assert "twice" in [backend["name"] for backend in sessions.profiles()["backends"]]
    sessions.start(backend="twice", memory="1G", cores=1)
    assert sessions.wait_for_workers(n=2, timeout=30).workers == 2


def test_threads_are_those_that_are_asked_for_else_a_share_of_the_cores(tmp_path: Path) -> None:
    assert "--nthreads 2" in script(tmp_path / "a", "slurm", processes=2)
    assert "--nthreads 1 " in script(tmp_path / "b", "slurm", processes=2, threads=1)
    assert "t=1:c=4" in script(
        tmp_path / "c", "slurm", threads=1, directives=("--rsc p=1:t={threads}:c={cores}",)
    )


def test_commands_of_the_settings_run_before_those_of_the_session(tmp_path: Path) -> None:
    spec = SPEC.resolved(Settings(home=tmp_path, prologue=("module purge",)))
    assert spec.prologue == ("module purge", "module load python")
