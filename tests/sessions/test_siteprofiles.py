"""What a start form is offered: backends, site profiles, partitions, defaults."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from emout_lab import config, sessions
from emout_lab.errors import SpecError
from emout_lab.sessions import site_profiles
from emout_lab.sessions.spec import SessionSpec


def test_unavailable_backend_has_one_short_sentence_as_its_reason(
    emout_home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("sbatch", "sinfo"):
        (tmp_path / name).write_text(
            "#!/bin/sh\n"
            "echo 'sinfo: error: resolve_ctls: res_nsearch error: Unknown host' >&2\n"
            "echo 'sinfo: fatal: Could not establish a configuration source' >&2\n"
            "exit 1\n"
        )
        (tmp_path / name).chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    slurm = sessions.profiles()["backends"][0]
    assert slurm["available"] is False
    assert slurm["reason"] == "SLURM does not answer: Unknown host"


SITE = """\
profiles:
  small:
    description: For trying things out
    backend: slurm
    partition: debug
    memory: 4G
    cores: 2
    directives: ["--constraint=haswell"]
    prologue: ["module load python"]
"""


@pytest.fixture
def files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, Path]:
    """Where profiles may stand, all absent at first."""
    monkeypatch.setattr(config, "SITE_FILE", tmp_path / "etc" / "config.yaml")
    monkeypatch.setattr(config, "USER_FILE", tmp_path / "user" / "config.yaml")
    monkeypatch.setenv("DASK_CONFIG", str(tmp_path / "dask"))
    for folder in ("etc", "user", "dask"):
        (tmp_path / folder).mkdir()
    return {
        "site": tmp_path / "etc" / "profiles.yaml",
        "dask": tmp_path / "dask" / "emout-lab.yaml",
        "user": tmp_path / "user" / "profiles.yaml",
    }


def test_profile_presets_what_the_user_has_not_said(
    emout_home: Path, files: dict[str, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    files["site"].write_text(SITE)
    monkeypatch.setenv("EMOUT_DASK_CORES", "8")
    settings = config.load()
    named = site_profiles.apply(SessionSpec(profile="small", memory="1G"), settings)
    assert (named.backend, named.partition, named.memory, named.cores) == (
        "slurm",
        "debug",
        "1G",
        2,
    )
    assert named.directives == ("--constraint=haswell",)
    assert named.prologue == ("module load python",)
    # Chosen by a setting, not by this request: what the shell says is more particular.
    monkeypatch.setenv("EMOUT_DASK_PROFILE", "small")
    by_setting = site_profiles.apply(SessionSpec(), config.load()).resolved(config.load())
    assert (by_setting.cores, by_setting.memory) == (8, "4G")


def test_later_file_replaces_an_earlier_ones_profile(files: dict[str, Path]) -> None:
    files["site"].write_text("profiles: {a: {partition: p1}, b: {partition: p1}}")
    files["dask"].write_text("emout-lab: {profiles: {b: {partition: p2}, c: {partition: p2}}}")
    files["user"].write_text("profiles: {c: {partition: p3}}")
    found = {name: profile.partition for name, profile in site_profiles.load_profiles().items()}
    assert found == {"kudpc": "gr20001a", "a": "p1", "b": "p2", "c": "p3"}


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("profiles: {small: {colour: red}}", "unknown keys: colour. Known are: backend"),
        ("profiles: {small: {cores: many}}", "cores = 'many' of profile 'small'"),
        ("profiles: {small: {walltime: 3:00:00}}", "texts need quotes"),
        ('profiles: {small: {directives: ["a\\nb"]}}', "must be a list of single lines"),
        ("profiles: {small: {directives: {a: b}}}", "must be a list of single lines"),
        ("profiles: [small]", "must stand as 'profiles: {name: {key: value}}'"),
        ("profiles: {small", "are not valid YAML"),
        ("- small", "must stand as"),
    ],
)
def test_bad_file_of_profiles_is_refused_with_its_name(
    emout_home: Path, files: dict[str, Path], content: str, words: str
) -> None:
    files["user"].write_text(content)
    with pytest.raises(SpecError) as refusal:
        sessions.start(profile="small", backend="local")
    assert words in str(refusal.value)
    assert str(files["user"]) in str(refusal.value)
    assert refusal.value.field == "profile"
    assert list(emout_home.iterdir()) == []


def test_unknown_profile_lists_those_that_there_are(
    emout_home: Path, files: dict[str, Path]
) -> None:
    with pytest.raises(SpecError, match="profile 'kyoto' is unknown; there are kudpc and none"):
        sessions.start(profile="kyoto")


def test_profiles_directive_with_an_unknown_field_is_refused_with_its_file(
    emout_home: Path, files: dict[str, Path]
) -> None:
    files["user"].write_text('profiles: {x: {directives: ["--gpus={gpus}"]}}')
    with pytest.raises(SpecError, match="'--gpus={gpus}' cannot be filled in") as refusal:
        sessions.start(profile="x", backend="local")
    assert str(files["user"]) in str(refusal.value)
