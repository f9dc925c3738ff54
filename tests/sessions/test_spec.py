"""A bad request is refused before anything starts, and says which value and what to write."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from emout_lab.config import Settings
from emout_lab.errors import SpecError
from emout_lab.quantities import (
    format_memory,
    format_walltime,
    parse_duration,
    parse_memory,
    parse_walltime,
)
from emout_lab.sessions.spec import SessionSpec, default_backend

SETTINGS = Settings(home=Path("/nowhere"))
FIXTURES = Path(__file__).parents[1] / "fixtures"


@pytest.mark.parametrize(
    ("text", "size"),
    [("60G", 60 * 1024**3), ("2000M", 2000 * 1024**2), ("1.5g", 1536 * 1024**2), ("2 GiB", 2**31)],
)
def test_memory_is_read_in_units_of_slurm(text: str, size: int) -> None:
    assert parse_memory(text) == size
    assert parse_memory(format_memory(size)) == size


@pytest.mark.parametrize("text", ["60 gigs", "", "60", "-2G", "G", "1e3G", "0G", "1M", None, 60])
def test_what_is_not_a_usable_size_is_refused(text: object) -> None:
    with pytest.raises(SpecError) as refusal:
        parse_memory(text)
    assert refusal.value.field == "memory"
    assert repr(text) in str(refusal.value)
    assert "for example" in str(refusal.value)


@pytest.mark.parametrize(
    ("text", "seconds"), [("03:00:00", 10800), ("1-12:00:00", 129600), ("00:00:30", 30)]
)
def test_walltime_is_read(text: str, seconds: int) -> None:
    assert parse_walltime(text) == seconds


@pytest.mark.parametrize("text", ["3 hours ago", "03:00", "00:00:00", "1:60:00", "", "90", None, 3])
def test_what_is_not_a_walltime_is_refused(text: object) -> None:
    with pytest.raises(SpecError) as refusal:
        parse_walltime(text)
    assert refusal.value.field == "walltime"
    assert "03:00:00" in str(refusal.value)


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"name": "../x"}, "name"),
        ({"name": ""}, "name"),
        ({"backend": "slurmm"}, "backend"),
        ({"partition": "a b"}, "partition"),
        ({"memory": "lots"}, "memory"),
        ({"cores": 0}, "cores"),
        ({"cores": "4"}, "cores"),
        ({"cores": True}, "cores"),
        ({"jobs": -1}, "jobs"),
        ({"processes": 3, "cores": 2}, "processes"),
        ({"processes": 8, "cores": 8, "memory": "1G"}, "memory"),
        ({"walltime": "soon"}, "walltime"),
        ({"host": "cloud"}, "host"),
        ({"host": "job", "backend": "local"}, "host"),
        ({"renew": True, "backend": "local"}, "renew"),
        ({"scheduler_port": 70_000}, "scheduler_port"),
        ({"idle_timeout": "soon"}, "idle_timeout"),
        ({"idle_timeout": "0h"}, "idle_timeout"),
        ({"colour": "red"}, "colour"),
    ],
)
def test_refusal_names_the_field(fields: dict[str, object], field: str) -> None:
    with pytest.raises(SpecError) as refusal:
        SessionSpec.from_json(fields).resolved(SETTINGS)
    assert refusal.value.field == field


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("2h", 7200), ("90 s", 90), ("1.5m", 90), ("1d", 86400), ("00:30:00", 1800)],
)
def test_duration_is_read(text: str, seconds: float) -> None:
    assert parse_duration(text, "idle_timeout") == seconds


@pytest.mark.parametrize("seconds", [1, 3600, 86_400, 700_000])
def test_walltime_is_written_as_it_is_read(seconds: int) -> None:
    assert parse_walltime(format_walltime(seconds)) == seconds


def test_queue_defaults_are_those_of_the_documentation() -> None:
    spec = SessionSpec(backend="slurm").resolved(SETTINGS)
    assert (spec.cores, spec.memory, spec.walltime) == (60, "60G", "03:00:00")
    assert spec.partition is None


def test_local_defaults_are_a_share_of_the_machine() -> None:
    spec = SessionSpec(backend="local", partition="gr20001a").resolved(SETTINGS)
    assert spec.cores is not None
    assert spec.cores >= 1
    assert spec.memory != "60G"
    assert spec.partition is None


def test_arguments_win_over_settings_and_settings_over_defaults() -> None:
    settings = Settings(home=Path("/nowhere"), backend="slurm", memory="8G", cores=4)
    spec = SessionSpec(memory="2G").resolved(settings)
    assert (spec.backend, spec.memory, spec.cores, spec.walltime) == ("slurm", "2G", 4, "03:00:00")


def test_start_request_of_the_panel_is_a_spec() -> None:
    request = json.loads((FIXTURES / "start_request.json").read_text())
    request.pop("allow_multiple")
    assert SessionSpec.from_json(request).resolved(SETTINGS).name == "batch2"


def test_resolved_spec_survives_json() -> None:
    spec = SessionSpec().resolved(SETTINGS)
    assert SessionSpec.from_json(json.loads(json.dumps(spec.to_json()))) == spec


def test_backend_is_local_where_no_sbatch_is(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert default_backend() == "local"
    (tmp_path / "sbatch").write_text("#!/bin/sh\n")
    (tmp_path / "sbatch").chmod(0o755)
    assert default_backend() == "slurm"
