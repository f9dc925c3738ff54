"""Sizes and times are read in one way everywhere, and refused with what fits."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from emout_lab import allotment
from emout_lab.cli import cli as main
from emout_lab.config import Settings, load
from emout_lab.errors import SpecError
from emout_lab.quantities import (
    format_memory,
    format_walltime,
    parse_memory,
    parse_silence,
    parse_time,
    parse_walltime,
)
from emout_lab.sessions.site_profiles import load_profiles
from emout_lab.sessions.spec import LOCAL_MEMORY_SHARE, SessionSpec

SIZES = [
    ("1.5G", "1536M"),
    ("1 G", "1G"),
    ("1GiB", "1G"),
    ("1024 MiB", "1G"),
    ("0.5T", "512G"),
    ("1500MB", "1430M"),
    ("60GB", "57220M"),
    ("1.1g", "1126M"),
    (" 2g ", "2G"),
    ("3000000000 bytes", "2861M"),
    ("1048576K", "1G"),
    ("1.5p", "1572864G"),
]
TIMES = [
    ("90m", "01:30:00"),
    ("1:30:00", "01:30:00"),
    ("2-00", "2-00:00:00"),
    ("1h30m", "01:30:00"),
    ("1-12:30", "1-12:30:00"),
    ("26:00:00", "1-02:00:00"),
    ("1d 2h", "1-02:00:00"),
    ("1.5 hours", "01:30:00"),
    ("90 min", "01:30:00"),
    ("45 seconds", "00:00:45"),
    ("0.5s", "00:00:01"),
    ("2 Days", "2-00:00:00"),
    ("100h", "4-04:00:00"),
]


@pytest.mark.parametrize(("text", "written"), SIZES)
def test_a_size_is_read_and_written_in_whole_units(text: str, written: str):
    assert format_memory(parse_memory(text)) == written
    assert parse_memory(written) == parse_memory(text)


@pytest.mark.parametrize(("text", "written"), TIMES)
def test_a_time_is_read_and_written_as_a_clock(text: str, written: str):
    assert format_walltime(parse_walltime(text)) == written
    assert parse_walltime(written) == parse_walltime(text)


@pytest.mark.parametrize(
    ("field", "text", "advice"),
    [
        ("memory", "lots", "for example 60G"),
        ("memory", "4096", "with its unit"),
        ("memory", 2_000_000_000, "with its unit"),
        ("memory", "1,5G", "for example 60G"),
        ("memory", "-1G", "for example 60G"),
        ("memory", "2G4M", "for example 60G"),
        ("memory", "100MB", "a worker needs 256M"),
        ("walltime", "03:00", "hours:minutes:seconds"),
        ("walltime", "90", "90m"),
        ("walltime", 10800, "needs quotes"),
        ("walltime", "30m1h", "1h30m"),
        ("walltime", "1h 1h", "1h30m"),
        ("walltime", "1-25", "1-12:00:00"),
        ("walltime", "0m", "is no time"),
        ("walltime", "2000d", "too long"),
        ("idle_timeout", "２h", "90m"),
    ],
)
def test_what_fits_no_queue_is_refused_by_value_and_advice(field: str, text: object, advice: str):
    with pytest.raises(SpecError) as refusal:
        SessionSpec.from_json({field: text}).resolved(Settings(home=Path("/nowhere")))
    assert refusal.value.field == field
    assert field in str(refusal.value) and repr(text) in str(refusal.value)
    assert advice in str(refusal.value)


def test_placeholders_and_the_record_have_the_same_texts():
    spec = SessionSpec(backend="slurm", memory="1.5 GiB", walltime="2-00", cores=2).resolved(
        Settings(home=Path("/nowhere"), idle_timeout="1h30m")
    )
    assert (spec.memory, spec.walltime, spec.idle_timeout) == ("1536M", "2-00:00:00", "1h30m")
    asked = SessionSpec(backend="slurm", memory="60GB", directives=("-l {memory} {walltime}",))
    assert asked.resolved(Settings(home=Path("/nowhere"))).filled_directives == [
        "-l 57220M 03:00:00"
    ]


def test_sources_of_a_wrong_value_are_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    for variable, name, value in (
        ("EMOUT_DASK_MEMORY", "memory", "60 gigs"),
        ("EMOUT_DASK_WALLTIME", "walltime", "03:00"),
        ("EMOUT_DASK_IDLE_TIMEOUT", "idle_timeout", "soon"),
    ):
        with monkeypatch.context() as patch:
            patch.setenv(variable, value)
            with pytest.raises(SpecError, match=rf"{name} .*{variable}.*'{value}'.*for example"):
                load()
    file = tmp_path / "profiles.yaml"
    file.write_text("profiles: {big: {memory: '500 gigs'}}")
    with pytest.raises(SpecError, match=r"memory of profile 'big' in .*'500 gigs'.*for example"):
        load_profiles([file])
    file.write_text("profiles: {big: {memory: '0.5T', walltime: 2-00}}")
    assert load_profiles([file])["big"].walltime == "2-00"


def test_the_command_line_says_what_fits(emout_home: Path):
    for option, value, advice in (
        ("--memory", "60 gigs", "60G"),
        ("--walltime", "03:00", "03:00:00"),
        ("--idle-timeout", "soon", "90m"),
    ):
        done = CliRunner().invoke(main, ["server", "start", "--backend", "local", option, value])
        assert done.exit_code != 0
        assert repr(value) in done.output and advice in done.output
    assert not (emout_home / "servers").exists()


def test_a_number_alone_is_seconds_where_the_name_says_so():
    assert (parse_silence(300), parse_silence("5m"), parse_silence("none")) == (300.0, 300.0, None)
    with pytest.raises(SpecError, match="'300' is not a time"):
        parse_time("300")


def test_what_is_proposed_is_what_people_would_write():
    spec = SessionSpec(backend="local").resolved(Settings(home=Path("/nowhere")))
    size = parse_memory(spec.memory)
    assert size % (1024**3 if size >= 4 * 1024**3 else 256 * 1024**2) == 0
    assert spec.memory == format_memory(size)
    share = int(allotment.memory() * LOCAL_MEMORY_SHARE)
    assert size <= max(share, 256 * 1024**2)
