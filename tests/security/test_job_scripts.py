"""Nobody swaps a job script, and no value becomes a command or breaks a script."""

from __future__ import annotations

import asyncio
import os
import shlex
import stat
import subprocess
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import dask
import pytest
from distributed import Security
from slurm_cluster import SlurmCluster
from strangers import CreationWatch, shared_folder

from emout_lab import sessions
from emout_lab.config import Settings
from emout_lab.errors import SpecError, StartFailed
from emout_lab.paths import Runtime
from emout_lab.server.contract.requests import StartRequest
from emout_lab.sessions import host_job, site_profiles
from emout_lab.sessions.backends import ClusterPlan, load_backend
from emout_lab.sessions.bootstrap import decode_path
from emout_lab.sessions.spec import SUBMIT_PROGRAMS, SessionSpec
from emout_lab.sessions.tls import make_certificates

# dask-jobqueue's defaults become part of the configuration once, not inside a test's changes to it.
load_backend("slurm")

QUEUES = sorted(SUBMIT_PROGRAMS)
EVIL = "-A gr1\ntouch /tmp/evil"
ODD_NAMES = ("with blank", 'it\'s "quoted"', "$HOME `id` $(id) ;&|", "50%j #x \\n {x}")
SPEC = SessionSpec(name="odd", memory="2G", cores=2, walltime="01:00:00")


def submitted(home: Path, backend: str, **changes: Any) -> tuple[str, Path, int]:
    """Return a job script as a queue system gets it, its file, and the mode of the file."""
    spec = replace(SPEC, backend=backend, **changes).resolved(Settings(home=home))
    paths = Runtime(home).session(spec.name)
    certificates = make_certificates(paths.certs, spec.name, "127.0.0.1")
    security = Security(**certificates.security_fields())

    async def build() -> tuple[str, Path, int]:
        plan = ClusterPlan(spec, paths, "127.0.0.1", 10_000, certificates, security)
        cluster = load_backend(backend).build(plan)
        try:
            with cluster._dummy_job.job_file() as name:
                file = Path(name)
                return file.read_text(), file, stat.S_IMODE(file.stat().st_mode)
        finally:
            await cluster.close()

    return asyncio.run(build())


def command_of(text: str, backend: str) -> list[str]:
    """Return the words of the worker's command, as a shell takes them from the script."""
    if backend == "htcondor":
        [line] = [line for line in text.splitlines() if line.startswith("Arguments = ")]
        # HTCondor's own quotes: doubled ones are literal.
        quoted = line.removeprefix('Arguments = "').removesuffix('"').replace('""', '"')
        text = quoted.removeprefix("-c '").removesuffix("'").replace("''", "'")
        text = text.replace("$(DOLLAR)", "$")
    [line] = [line for line in text.splitlines() if "distributed.cli.dask_worker" in line]
    return shlex.split(line.rpartition("; ")[2])


@pytest.mark.parametrize("backend", QUEUES)
def test_script_lies_where_nobody_else_can_enter_and_is_removed(
    tmp_path: Path, backend: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with shared_folder() as shared:
        monkeypatch.setattr("tempfile.tempdir", str(shared))
        watch = CreationWatch(shared)
        text, file, mode = submitted(tmp_path, backend)
        assert watch.names() == set()
    folder = tmp_path / "servers" / "odd"
    assert (file.parent, mode) == (folder / "jobs", 0o600)
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700
    assert not file.exists()
    assert "distributed.cli.dask_worker" in text


@pytest.mark.parametrize("name", ODD_NAMES)
@pytest.mark.parametrize("backend", QUEUES)
def test_odd_characters_in_the_sessions_folder_change_no_script(
    tmp_path: Path, backend: str, name: str
) -> None:
    text, _, _ = submitted(tmp_path / name, backend)
    words = command_of(text, backend)
    folder = tmp_path / name / "servers" / "odd"
    for role, file in (("ca-file", "ca"), ("cert", "worker-cert"), ("key", "worker-key")):
        given = words[words.index(f"--tls-{role}") + 1]
        assert decode_path(given) == str(folder / "certs" / f"{file}.pem")
        assert Path(decode_path(given)).exists()
    assert words[1] == "-I"
    # The header names the logs from the folder of submission.
    header = [line for line in text.splitlines() if line.startswith("#") and "logs" in line]
    assert all(name not in line for line in header)
    plain, _, _ = submitted(tmp_path / "plain", backend)
    assert len(plain.splitlines()) == len(text.splitlines())
    if backend != "htcondor":
        subprocess.run(["bash", "-n"], input=text, text=True, check=True)


def test_odd_characters_change_no_script_of_a_hosts_job(tmp_path: Path) -> None:
    for name in ODD_NAMES:
        settings = Settings(home=tmp_path / name, host_walltime="01:00:00")
        spec = replace(SPEC, backend="slurm", host="job").resolved(settings)
        text = host_job.job_script(spec, settings, Runtime(settings.home).session("odd"), "0f")
        subprocess.run(["bash", "-n"], input=text, text=True, check=True)
        assert [line for line in text.splitlines() if line.startswith("#SBATCH -o")] == [
            "#SBATCH -o logs/host.log"
        ]
        home, mark = [line for line in text.splitlines() if line.startswith("export")]
        assert shlex.split(home)[1] == f"EMOUT_LAB_HOME={tmp_path / name}"
        assert mark == "export EMOUT_LAB_TOKEN=0f"


@pytest.mark.parametrize("field", ["directives", "skip_directives", "prologue"])
@pytest.mark.parametrize(
    "evil", [EVIL, "-A gr1\rx", "-A gr1\x0btouch x", "-A \x1b[2J", "-A\u2028x"]
)
def test_line_break_is_refused_by_the_python_api_before_anything_starts(
    emout_home: Path, field: str, evil: str
) -> None:
    with pytest.raises(SpecError, match="single lines, without line breaks") as refusal:
        sessions.start(backend="local", **{field: [evil]})
    assert refusal.value.field == field
    with pytest.raises(SpecError, match="single lines"):
        sessions.start(replace(SPEC, backend="local", **{field: (evil,)}))
    with pytest.raises(SpecError, match="list of single lines"):
        sessions.start(backend="local", **{field: {"a": 1}})
    assert list(emout_home.iterdir()) == []


def test_line_break_is_refused_by_the_server() -> None:
    with pytest.raises(SpecError, match="single lines") as refusal:
        _ = StartRequest.from_json({"directives": [EVIL]}).values
    assert refusal.value.field == "directives"


def test_line_break_is_refused_in_site_profiles(tmp_path: Path) -> None:
    file = tmp_path / "profiles.yaml"
    for key in ("directives", "skip_directives", "prologue"):
        file.write_text(f'profiles: {{x: {{{key}: ["-A gr1\\ndate"]}}}}')
        with pytest.raises(SpecError, match=f"{key} of profile 'x' in {file} must be a list"):
            site_profiles.load_profiles([file])


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("job-extra-directives", [EVIL]),
        ("job-directives-skip", [EVIL]),
        ("job-script-prologue", [EVIL]),
        ("worker-extra-args", [EVIL]),
        ("account", "gr1\ntouch /tmp/evil"),
        ("shebang", "#!/bin/bash\ntouch /tmp/evil"),
        ("interface", "ib0\ntouch /tmp/evil"),
        ("local-directory", "/scratch\ntouch /tmp/evil"),
        ("scheduler-options", {"host": "x\ny"}),
    ],
)
def test_line_break_is_refused_in_the_configuration_of_dask_jobqueue(
    tmp_path: Path, key: str, value: object
) -> None:
    with dask.config.set({f"jobqueue.slurm.{key}": value}):
        if key == "scheduler-options":
            # The session's own address wins.
            assert "x\ny" not in submitted(tmp_path, "slurm")[0]
            return
        with pytest.raises(SpecError, match="line"):
            submitted(tmp_path, "slurm")


@pytest.mark.parametrize(
    ("backend", "key"),
    [
        ("pbs", "account"),
        ("pbs", "resource-spec"),
        ("pbs", "job-extra"),
        ("lsf", "project"),
        ("sge", "resource-spec"),
        ("oar", "project"),
    ],
)
@pytest.mark.filterwarnings("ignore:job_extra has been renamed")
def test_line_break_is_refused_in_other_queue_systems_configuration(
    tmp_path: Path, backend: str, key: str
) -> None:
    evil = [EVIL] if key == "job-extra" else EVIL
    with (
        dask.config.set({f"jobqueue.{backend}.{key}": evil}),
        pytest.raises(SpecError, match=r"'touch /tmp/evil\"?' in the header is not a single line"),
    ):
        submitted(tmp_path, backend)


def test_settings_of_the_hosts_job_are_checked_as_the_sessions_are(tmp_path: Path) -> None:
    for field in ("host_partition", "host_memory", "host_walltime"):
        settings = replace(Settings(home=tmp_path, host_walltime="01:00:00"), **{field: "a\nb"})
        spec = replace(SPEC, backend="slurm", host="job").resolved(settings)
        with pytest.raises(SpecError):
            host_job.job_script(spec, settings, Runtime(tmp_path).session("odd"), "0f")


@pytest.mark.parametrize("line", ["--comment={x}", "--gpus={gpu}", "-A {partitions}"])
def test_unknown_placeholder_is_refused_before_anything_starts(emout_home: Path, line: str) -> None:
    with pytest.raises(SpecError, match="is unknown.*that stay write") as refusal:
        sessions.start(backend="slurm", directives=[line])
    assert refusal.value.field == "directives"
    assert list(emout_home.iterdir()) == []


@pytest.mark.parametrize(
    ("line", "filled"),
    [
        ("--comment={{x}}", "--comment={x}"),
        ('--comment={"a": {"b": 1}}', '--comment={"a": {"b": 1}}'),
        ("-A {partition}:{cores}:{memory}", "-A gr1:2:2G"),
        ("{cores!r} {cores:>99} {0} {", "{cores!r} {cores:>99} {0} {"),
        ("100%s %(x)s", "100%s %(x)s"),
    ],
)
def test_braces_and_percent_signs_stay_what_they_are(
    tmp_path: Path, line: str, filled: str
) -> None:
    text, _, _ = submitted(tmp_path, "slurm", partition="gr1", directives=(line,))
    assert f"#SBATCH {filled}" in text.splitlines()


def test_sizes_and_times_are_written_as_queue_systems_read_them(tmp_path: Path) -> None:
    text, _, _ = submitted(tmp_path, "slurm", memory=" 1.5 GiB\n", walltime="01:00:00\n")
    assert "#SBATCH --mem=1536M" in text.splitlines()
    assert "#SBATCH -t 01:00:00" in text.splitlines()


def test_configuration_of_dask_jobqueue_keeps_its_meaning(tmp_path: Path) -> None:
    changes = {
        "jobqueue.pbs.worker-extra-args": ["--lifetime", "25m", "--lifetime-stagger", 4, None],
        "jobqueue.pbs.job-script-prologue": ["", "source ~/env.sh"],
        "jobqueue.pbs.local-directory": "/scratch/$USER",
        "jobqueue.pbs.interface": "ib0",
        "jobqueue.pbs.death-timeout": 90,
    }
    with dask.config.set(changes):
        text, _, _ = submitted(tmp_path, "pbs")
    [command] = [line for line in text.splitlines() if "distributed.cli.dask_worker" in line]
    # A shell on the node fills in its own variables.
    assert ' --scratch="/scratch/$USER" ' in command
    words = command_of(text, "pbs")
    for option in (["--lifetime", "25m", "--lifetime-stagger", "4"], ["--interface", "ib0"]):
        place = words.index(option[0])
        assert words[place : place + len(option)] == option
    assert words[words.index("--death-timeout") + 1] == "90"
    assert "source ~/env.sh" in text.splitlines()


def test_directive_that_htcondor_cannot_read_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SpecError, match="'Queue 1000' is no line of a submit file"):
        submitted(tmp_path, "htcondor", directives=("Queue 1000",))
    text, _, _ = submitted(tmp_path, "htcondor", skip_directives=("nothing", "RequestDisk"))
    assert "RequestDisk" not in text


@pytest.fixture
def odd_home(monkeypatch: pytest.MonkeyPatch, emout_home: Path) -> Iterator[Path]:
    home = emout_home / "my 'ho\"me' $HOME `id` {x} 5%j"
    home.mkdir(mode=0o700)
    monkeypatch.setenv("EMOUT_LAB_HOME", str(home))
    yield home
    sessions.stop_all()


@pytest.mark.slurm
@pytest.mark.parametrize("host", ["login", "job"])
def test_watcher_of_the_shared_folder_sees_no_script_and_odd_folders_work_on_slurm(
    slurm: SlurmCluster, odd_home: Path, monkeypatch: pytest.MonkeyPatch, host: str
) -> None:
    with shared_folder() as shared:
        monkeypatch.setenv("TMPDIR", str(shared))
        watch = CreationWatch(shared)
        sessions.start(
            backend="slurm",
            memory="1G",
            cores=1,
            walltime="00:10:00",
            host=host,
            directives=["--comment={{x}}"],
        )
        running = sessions.wait_for_workers(timeout=90)
        # Python itself tries with a file of a random name whether it can write there.
        named = {name for name in watch.names() if "-" in name or "." in name}
        assert named == {f"emout-lab-{os.getuid()}"}
        jobs = odd_home / "servers" / "default" / "jobs"
        assert stat.S_IMODE(jobs.stat().st_mode) == 0o700
        assert list(jobs.iterdir()) == []
        assert slurm.run("squeue", "-h", "-o", "%k", "-j", running.job_ids[0]).strip() == "{x}"
        logs = sessions.logs()
        assert "Start Nanny" in logs[f"job {running.job_ids[0]}"]
        assert "Scheduler is up" in logs["host"]
        sessions.stop()


@pytest.mark.slurm
def test_start_that_a_configuration_file_would_break_says_so(
    slurm: SlurmCluster, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "jobqueue.yaml"
    file.write_text(f'jobqueue: {{slurm: {{account: "gr1\\ntouch {tmp_path}/evil"}}}}')
    monkeypatch.setenv("DASK_CONFIG", str(file))
    with pytest.raises(StartFailed, match=r"not a single line of its kind.*jobqueue\.yaml"):
        sessions.start(backend="slurm", memory="1G", cores=1)
    assert slurm.jobs() == []
    assert not (tmp_path / "evil").exists()
