"""Settings: which source wins, and what a bad one says."""

from __future__ import annotations

from pathlib import Path

import pytest

from emout_lab import config
from emout_lab.errors import SpecError
from emout_lab.sessions.spec import SessionSpec


@pytest.fixture
def files(emout_home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[Path, Path]:
    """Site and user file, both absent at first."""
    site, user = tmp_path / "site.yaml", tmp_path / "user.yaml"
    monkeypatch.setattr(config, "SITE_FILE", site)
    monkeypatch.setattr(config, "USER_FILE", user)
    return site, user


def test_each_source_wins_over_the_one_before(
    files: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    site, user = files
    assert config.load().memory is None
    site.write_text("memory: 1G\ncores: 1\nwalltime: '01:00:00'\npartition: a\n")
    user.write_text("cores: 2\nwalltime: '02:00:00'\npartition: b\n")
    monkeypatch.setenv("EMOUT_DASK_WALLTIME", "03:00:00")
    monkeypatch.setenv("EMOUT_DASK_PARTITION", "c")
    settings = config.load(partition="d")
    assert (settings.memory, settings.cores, settings.walltime, settings.partition) == (
        "1G",
        2,
        "03:00:00",
        "d",
    )


def test_documented_environment_variables_are_read(
    files: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    values = {"SCHED_IP": "10.0.0.1", "SCHED_PORT": "9000", "CORES": "8", "MEMORY": "8G"}
    for name, value in values.items():
        monkeypatch.setenv(f"EMOUT_DASK_{name}", value)
    settings = config.load()
    assert settings.scheduler_ip == "10.0.0.1"
    assert settings.scheduler_port == 9000
    assert (settings.cores, settings.memory) == (8, "8G")


def test_empty_variable_counts_as_unset(
    files: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EMOUT_DASK_CORES", " ")
    assert config.load().cores is None


def test_word_for_a_number_names_its_source(
    files: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EMOUT_DASK_CORES", "many")
    with pytest.raises(SpecError, match="'many' .from environment variable EMOUT_DASK_CORES"):
        config.load()


@pytest.mark.parametrize("text", ["ten", "-1", "0.6", "80%", "nan"])
def test_a_share_of_the_memory_is_at_most_a_half(
    files: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch, text: str
) -> None:
    monkeypatch.setenv("EMOUT_LAB_FIGURE_SHARE", "5%")
    assert config.load().figure_share == 0.05
    monkeypatch.setenv("EMOUT_LAB_FIGURE_SHARE", text)
    with pytest.raises(SpecError, match="share of the memory.*10%"):
        config.load()


@pytest.mark.parametrize(
    ("text", "words"),
    [("colour: red", "unknown keys: colour"), ("a: [", "not valid YAML"), ("- a", "key: value")],
)
def test_bad_file_is_named(files: tuple[Path, Path], text: str, words: str) -> None:
    files[1].write_text(text)
    with pytest.raises(SpecError, match=words) as refusal:
        config.load()
    assert str(files[1]) in str(refusal.value)


@pytest.mark.parametrize("value", ["state", "./state", "~nobody-of-this-name/state"])
def test_relative_folder_of_sessions_is_refused_by_its_variable(monkeypatch, value: str) -> None:
    monkeypatch.setenv("EMOUT_LAB_HOME", value)
    with pytest.raises(SpecError, match="EMOUT_LAB_HOME.*relative path"):
        config.load()


def test_variables_of_upstream_emout_say_how_jobs_are_made(
    files: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    values = {"PROCESSES": "2", "THREADS": "3", "LOGDIR": "logs", "PROTOCOL": "tls"}
    values["ENV_MODS"] = "module load Anaconda3; conda activate dask_env;"
    for name, value in values.items():
        monkeypatch.setenv(f"EMOUT_DASK_{name}", value)
    spec = SessionSpec(backend="slurm").resolved(config.load())
    assert (spec.processes, spec.threads, spec.workers_expected) == (2, 3, 2)
    assert spec.prologue == ("module load Anaconda3", "conda activate dask_env")
    # As it is meant where it is set, whatever folder the host works in.
    assert spec.log_directory == str(Path("logs").absolute())
    given = SessionSpec(backend="slurm", processes=1, threads=4).resolved(config.load())
    assert (given.processes, given.threads) == (1, 4)


def test_another_protocol_than_tls_is_refused(
    files: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EMOUT_DASK_PROTOCOL", "tcp")
    with pytest.raises(SpecError, match="unset EMOUT_DASK_PROTOCOL"):
        SessionSpec().resolved(config.load())
