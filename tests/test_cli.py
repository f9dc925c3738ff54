"""The command line, run as users run it."""

from __future__ import annotations

import json
import platform
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import psutil
import pytest

from emout_lab import __version__, sessions

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
    restarted = run("server", "restart", "0")
    assert restarted.returncode == 0, restarted.stderr
    assert restarted.stdout.startswith("Engine '0' is restarted (")
    unknown = run("server", "restart", "7", "--name", "default")
    assert (unknown.returncode, unknown.stdout) == (1, "")
    assert "has no engine '7'. Its engines: 0." in unknown.stderr
    unnamed = run("server", "restart", "")
    assert unnamed.returncode == 2
    assert "cannot be the name of an engine" in unnamed.stderr
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
        ("--walltime", "soon", "walltime 'soon' is not a time"),
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


def test_options_of_start_reach_the_session(emout_home: Path) -> None:
    started = run(
        *("server", "start", *LOCAL, "--name", "batch2", "--jobs", "2", "--idle-timeout", "2h"),
        *("--scheduler-port", "0"),
    )
    assert started.returncode == 2
    assert "scheduler port 0 is not between 1 and 65535" in started.stderr
    started = run("server", "start", *LOCAL, "--name", "batch2", "--idle-timeout", "2h", "--wait")
    assert started.returncode == 0, started.stderr
    assert "Detected IP: 127.0.0.1" in started.stdout
    assert "running: first worker is there" in started.stdout
    state = json.loads((emout_home / "servers" / "batch2" / "state.json").read_text())
    assert state["spec"]["idle_timeout"] == "2h"

    assert run("server", "status", "batch2").stdout == run("server", "status").stdout
    twice = run("server", "status", "batch2", "--name", "batch2")
    assert twice.returncode == 2


def test_scale_and_logs(emout_home: Path) -> None:
    nothing = run("server", "scale", "2")
    assert nothing.returncode == 1
    assert "emout-lab server start" in nothing.stderr
    assert run("server", "start", *LOCAL, "--wait").returncode == 0
    scaled = run("server", "scale", "2")
    assert scaled.stdout.startswith("Session 'default' has 2 job(s)"), scaled.stderr
    refused = run("server", "scale", "0")
    assert refused.returncode == 2
    assert "jobs 0 is not a whole number" in refused.stderr
    assert "(JOBS)" in refused.stderr and "--jobs" not in refused.stderr
    assert "jobs -1 is not a whole number" in run("server", "scale", "-1").stderr
    logs = run("server", "logs")
    assert logs.stdout.startswith("==> host <==\n")
    assert "Scheduler is up at tls://" in logs.stdout
    assert "Scaling to 2 jobs" in run("server", "logs", "--job", "host", "--lines", "50").stdout
    unknown = run("server", "logs", "--job", "77")
    assert unknown.returncode == 1
    assert "has no jobs" in unknown.stderr and "--job host" in unknown.stderr


def test_follow_shows_the_log_until_the_session_ends(emout_home: Path) -> None:
    assert run("server", "start", *LOCAL).returncode == 0
    command = [sys.executable, "-c", "from emout_lab.cli import main; main()"]
    with subprocess.Popen(
        [*command, "server", "logs", "--follow"], stdout=subprocess.PIPE, text=True
    ) as following:
        assert following.stdout is not None
        assert following.stdout.readline() == "==> host <==\n"
        assert run("server", "stop").returncode == 0
        rest = following.stdout.read()
    assert following.returncode == 0
    assert "Scheduler is up at" in rest


def test_foreground_session_ends_with_its_command(emout_home: Path) -> None:
    command = [sys.executable, "-c", "from emout_lab.cli import main; main()"]
    with subprocess.Popen(
        [*command, "server", "start", *LOCAL, "--foreground"], stdout=subprocess.PIPE, text=True
    ) as foreground:
        assert foreground.stdout is not None
        while "Scheduler is up at" not in foreground.stdout.readline():
            pass
        sessions.wait_for_workers(timeout=30)
        foreground.send_signal(signal.SIGTERM)
        rest = foreground.stdout.read()
    assert foreground.returncode == 0
    assert "Session 'default' is stopped." in rest
    assert sessions.list() == []


def test_stop_all_and_status_of_a_failed_session(emout_home: Path) -> None:
    assert run("server", "stop", "--all").stdout == "No session was running.\n"
    assert run("server", "start", *LOCAL).returncode == 0
    host = psutil.Process(sessions.get().pid)
    host.kill()
    psutil.wait_procs([host], timeout=10)
    shown = run("server", "status", "--all")
    assert shown.returncode == 1
    assert "State:       failed: its host" in shown.stdout
    assert "Next: see 'emout-lab server logs default', then start it again" in shown.stdout
    assert run("server", "stop", "--all", "--name", "default").returncode == 2
    assert run("server", "stop", "--all").stdout == "Session 'default' is stopped.\n"
    assert list(emout_home.glob("servers/*")) == []


def test_demo_data_writes_particles_where_they_are_asked_for(tmp_path: Path) -> None:
    options = ("--grid", "8", "--steps", "2", "--particles", "50")
    run("demo-data", str(tmp_path / "demo"), *options)
    assert (tmp_path / "demo" / "p2vze00_0000.h5").exists()


def test_demo_data_writes_a_directory(tmp_path: Path) -> None:
    written = run("demo-data", str(tmp_path / "demo"), "--grid", "8", "--steps", "2")
    assert written.returncode == 0, written.stderr
    assert (tmp_path / "demo" / "plasma.inp").exists()


def test_logs_are_kept_where_the_start_says(emout_home: Path, tmp_path: Path) -> None:
    options = ("--threads", "2", "--processes", "1", "--logdir", str(tmp_path / "kept"))
    started = run("server", "start", *LOCAL, *options)
    assert started.returncode == 0, started.stderr
    sessions.wait_for_workers(timeout=30)
    with sessions.connect() as client:
        assert set(client.nthreads().values()) == {2}
    assert run("server", "stop", "--name", "default").returncode == 0
    (kept,) = (tmp_path / "kept").iterdir()
    assert kept.name.startswith("default-2")
    assert "Scheduler is up at" in (kept / "host.log").read_text()


def test_versions_of_libraries_are_shown_for_a_report() -> None:
    told = dict(line.split(maxsplit=1) for line in run("version", "--all").stdout.splitlines())
    assert told["emout_lab"] == __version__
    assert told["numpy"] == np.__version__
    assert told["Python"].endswith(platform.python_version())


def test_version_is_shown_both_ways() -> None:
    assert run("--version").stdout == run("version").stdout == f"emout-lab {__version__}\n"


def test_inspect_tells_what_a_directory_holds(tmp_path: Path) -> None:
    assert run("demo-data", str(tmp_path / "demo"), "--grid", "8", "--steps", "2").returncode == 0
    (tmp_path / "demo" / "icur").write_text(" 0 0.0 0.0\n")
    damaged = tmp_path / "demo" / "ex00_0000.h5"
    damaged.write_bytes(damaged.read_bytes()[:100])
    shown = run("inspect", str(tmp_path / "demo"))
    assert shown.returncode == 0, shown.stderr
    lines = shown.stdout.splitlines()
    assert "Grid:        8 x 8 x 8 cells" in lines
    assert "  phisp        2 steps of (9, 9, 9)" in lines
    assert "Tables:      icur" in lines
    assert any(line.startswith("  ex           cannot be read:") for line in lines)
    missing = run("inspect", str(tmp_path / "nothing"))
    assert missing.returncode == 1
    assert "Check the spelling" in missing.stderr
