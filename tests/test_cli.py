"""The command line, run as users run it."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from emout_lab import sessions

LOCAL = ("--backend", "local", "--memory", "1G", "--cores", "1")


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", "from emout_lab.cli import main; main()", *arguments],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_start_status_stop(emout_home: Path) -> None:
    started = run("server", "start", *LOCAL)
    assert started.returncode == 0, started.stderr
    assert "Session:     default (active)" in started.stdout
    assert "tls://127.0.0.1:" in started.stdout
    sessions.wait_for_workers(timeout=30)
    shown = run("server", "status", "--json")
    assert shown.returncode == 0
    assert [session["state"] for session in json.loads(shown.stdout)] == ["running"]
    assert "Workers:     1 of 1" in run("server", "status", "--all").stdout
    assert run("server", "stop").stdout == "Session 'default' is stopped.\n"
    assert list(emout_home.glob("servers/*")) == []


def test_status_without_a_session_says_how_to_start_one(emout_home: Path) -> None:
    shown = run("server", "status")
    assert shown.returncode == 1
    assert "emout-lab server start" in shown.stderr
    assert "sidebar" in shown.stderr


@pytest.mark.parametrize(
    ("option", "value", "words"),
    [
        ("--memory", "60 gigs", "memory '60 gigs' is not a size; write for example 60G"),
        ("--walltime", "3 hours", "walltime '3 hours' is not a time"),
        ("--cores", "0", "cores 0 is not a whole number"),
        ("--name", "../../etc", "'../../etc' cannot name a session"),
        ("--name", "a/b", "'a/b' cannot name a session"),
        ("--partition", "a;rm", "partition 'a;rm' is not a partition name"),
    ],
)
def test_bad_value_is_wrong_usage_and_starts_nothing(
    emout_home: Path, option: str, value: str, words: str
) -> None:
    refused = run("server", "start", "--backend", "local", option, value)
    assert refused.returncode == 2
    assert words in refused.stderr
    assert option in refused.stderr
    assert "Traceback" not in refused.stderr
    assert list(emout_home.iterdir()) == []


def test_second_session_is_refused_unless_asked_for(emout_home: Path) -> None:
    assert run("server", "start", *LOCAL).returncode == 0
    refused = run("server", "start", "--name", "second", *LOCAL)
    assert refused.returncode == 1
    assert "'default' is active already" in refused.stderr
    assert "--allow-multiple" in refused.stderr


def test_demo_data_writes_a_directory(tmp_path: Path) -> None:
    written = run("demo-data", str(tmp_path / "demo"), "--grid", "8", "--steps", "2")
    assert written.returncode == 0, written.stderr
    assert (tmp_path / "demo" / "plasma.inp").exists()
