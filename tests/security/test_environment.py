"""What of a shell's environment reaches a session's processes: what is named, never a token."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

import psutil
import pytest

from emout_lab import config, sessions
from emout_lab.environment import checked_names, passed_on
from emout_lab.errors import SessionError, SpecError
from emout_lab.sessions import slurm

SECRET = "a-secret-of-this-test"
SECRETS = (
    "JUPYTERHUB_API_TOKEN",
    "JUPYTER_TOKEN",
    "AWS_SECRET_ACCESS_KEY",
    "SSH_AUTH_SOCK",
    "SLURM_JWT",
    "GITHUB_TOKEN",
    # Their beginnings are passed on otherwise, or look as if they were.
    "DASK_GATEWAY__AUTH__KWARGS__PASSWORD",
    "DASK_DISTRIBUTED__COMM__TLS__PASSWORD",
    "EMOUT_API_TOKEN",
    "MPLSERVICE_API_KEY",
    "LC_SSH_KEY",
    "I_MPI_HYDRA_CREDENTIALS",
)


def is_told(environment: Mapping[str, str]) -> list[str]:
    return [name for name, value in environment.items() if SECRET in value]


@pytest.mark.parametrize("name", SECRETS)
def test_secret_is_not_passed_on(name: str) -> None:
    assert passed_on({name: SECRET}) == {}


@pytest.mark.parametrize(
    "name",
    [
        "HOME",
        "PATH",
        "LC_ALL",
        "OMP_NUM_THREADS",
        "EMOUT_LAB_HOME",
        "HDF5_USE_FILE_LOCKING",
        "MPLCONFIGDIR",
        "SLURM_CONF",
        "PYTHONPATH",
        "DASK_JOBQUEUE__SLURM__ACCOUNT",
        "BASH_FUNC_module%%",
        "LD_LIBRARY_PATH",
    ],
)
def test_what_programs_need_is_passed_on(name: str) -> None:
    assert passed_on({name: "x"}) == {name: "x"}


def test_what_slurm_told_the_job_that_we_are_in_is_not_passed_on() -> None:
    inside = {"SLURM_JOB_ID": "7", "SLURM_MEM_PER_NODE": "100", "SBATCH_EXPORT": f"ALL,X={SECRET}"}
    assert passed_on(inside) == {}


def test_settings_add_names(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EMOUT_LAB_PASS_ENVIRONMENT", "SCRATCH, MYCODE_* MY_TOKEN")
    for name in ("SCRATCH", "MYCODE_CASE", "MYCODE_TOKEN", "MY_TOKEN", "OTHER"):
        monkeypatch.setenv(name, "x")
    found = config.child_environment()
    assert {"SCRATCH", "MYCODE_CASE", "MY_TOKEN"} <= set(found)
    assert not {"MYCODE_TOKEN", "OTHER"} & set(found), "a secret must be named whole"


@pytest.mark.parametrize("value", ["*", "A B=c", "A;B", "1X", "A**", "a-b", 3, [3], {"A": 1}])
def test_what_names_no_variable_is_refused(value: object) -> None:
    with pytest.raises(SpecError, match="SCRATCH"):
        checked_names(value)


def test_broken_settings_file_keeps_a_command_from_running_but_ends_no_session(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # SessionError is what a host outlives.
    monkeypatch.setattr(config, "USER_FILE", tmp_path / "config.yaml")
    (tmp_path / "config.yaml").write_text("pass_environment: ['*']")
    with pytest.raises(SessionError, match=r"true was not run: pass_environment .*SCRATCH"):
        slurm.call_sync("true")


def test_no_process_of_a_session_knows_a_secret(
    emout_home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in SECRETS:
        # Dask would read its own here too.
        if not name.startswith("DASK_"):
            monkeypatch.setenv(name, SECRET)
    monkeypatch.setenv("MYCASE", "shock")
    monkeypatch.setenv("EMOUT_LAB_PASS_ENVIRONMENT", "MYCASE")
    sessions.start(backend="local", memory="1G", cores=1)
    running = sessions.wait_for_workers(timeout=60)
    host = psutil.Process(running.pid)
    for process in (host, *host.children(recursive=True)):
        # The resource tracker of Python starts with what its parent has, like the others.
        assert is_told(process.environ()) == []
        assert not any(SECRET in word for word in process.cmdline())
    with sessions.connect() as client:
        (environment,) = client.run(lambda: dict(os.environ)).values()
    assert environment["MYCASE"] == "shock"
    assert environment["HOME"] == os.environ["HOME"]
    assert is_told(environment) == []
    assert not any(SECRET.encode() in file.read_bytes() for file in files_below(emout_home))


def files_below(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]
