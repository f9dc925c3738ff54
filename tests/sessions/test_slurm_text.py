"""SLURM's output as data, without a SLURM."""

from __future__ import annotations

import datetime
import os
from pathlib import Path

import pytest

from emout_lab.errors import SessionError
from emout_lab.sessions.models import SessionState
from emout_lab.sessions.slurm import (
    Job,
    Partition,
    call_sync,
    parse_sinfo,
    parse_squeue,
    parse_time,
)
from emout_lab.sessions.spec import SessionSpec
from emout_lab.sessions.state import DerivedState, derive_state

SQUEUE = """\
7|PENDING|Resources|N/A|2026-11-21T05:00:00|
8|RUNNING|None|2026-11-21T04:00:00|2026-11-21T01:00:00|cn[1-2]
9|CANCELLED|None|2026-11-21T02:00:00|2026-11-21T01:00:00|cn1
10|TIMEOUT|TimeLimit|2026-11-21T02:00:00|2026-11-21T01:00:00|cn1
"""


def derived(jobs: list[Job], workers: int, logs: Path = Path("/nowhere")) -> DerivedState:
    return derive_state(SessionSpec(), workers=workers, jobs=jobs, log_directory=logs)


def test_squeue_lines_become_jobs_in_the_order_asked_for() -> None:
    jobs = parse_squeue(SQUEUE, ["8", "7", "10", "11"])
    estimate = datetime.datetime(2026, 11, 21, 5)
    assert [job.describe() for job in jobs] == [
        "job 8 is RUNNING on cn[1-2]",
        f"job 7 is PENDING (Resources), estimated start {estimate:%Y-%m-%d %H:%M}",
        "job 10 ended: TIMEOUT (TimeLimit)",
        "job 11 is no longer known to the queue",
    ]
    assert [job.is_over for job in jobs] == [False, False, True, True]


def test_the_first_waiting_job_tells_the_estimated_start() -> None:
    early, late = "2026-11-21T05:00:00+00:00", "2026-11-21T07:00:00+00:00"
    waiting = [Job("7", "PENDING", "Priority", starts_at=late), Job("8", "PENDING", "Resources")]
    assert derived(waiting, workers=0).estimated_start == late
    waiting.append(Job("9", "PENDING", "Resources", starts_at=early))
    assert derived(waiting, workers=0).estimated_start == early
    running = Job("6", "RUNNING", starts_at="2026-11-21T01:00:00+00:00")
    assert derived([running, *waiting], workers=1).estimated_start == early
    assert derived([running], workers=1).estimated_start is None


def test_slurm_time_becomes_utc(monkeypatch: pytest.MonkeyPatch) -> None:
    assert parse_time("N/A") is None
    local = parse_time("2026-11-21T04:00:00")
    assert local is not None
    assert local.endswith("+00:00")


def test_sinfo_lines_of_one_partition_become_one() -> None:
    text = "gr1*|infinite|2|4|8000\nlarge|3-00:00:00|10|112+|500000\nlarge|3-00:00:00|2|64|250000\n"
    assert parse_sinfo(text) == [
        Partition("gr1", True, None, 2, 4, 8000),
        Partition("large", False, "3-00:00:00", 12, 64, 250000),
    ]


def test_garbage_is_no_job_and_no_partition() -> None:
    assert parse_sinfo("slurm_load: error\n\n") == []
    assert parse_squeue("what?\n", ["1"]) == [Job("1", "GONE")]


def test_failing_command_is_quoted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    script = tmp_path / "squeue"
    script.write_text("#!/bin/sh\necho 'slurm_load_jobs error: no controller' >&2\nexit 3\n")
    script.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    with pytest.raises(SessionError, match=r"squeue failed \(exit code 3\): slurm_load_jobs error"):
        call_sync("squeue")
    with pytest.raises(SessionError, match="is not on the PATH"):
        call_sync("no-such-command")


def test_session_is_queued_until_a_job_runs() -> None:
    pending = Job("7", "PENDING", "Resources")
    assert derived([pending], 0) == DerivedState(
        SessionState.QUEUED, "job 7 is PENDING (Resources)"
    )
    assert derived([Job("7", "RUNNING", nodes="cn1")], 0).state is SessionState.STARTING
    assert derived([Job("7", "RUNNING", nodes="cn1")], 1).state is SessionState.RUNNING


def test_session_runs_on_while_one_job_lives() -> None:
    seen = derived([Job("7", "CANCELLED"), Job("8", "RUNNING", ends_at="2026")], 1)
    assert (seen.state, seen.reason) == (SessionState.RUNNING, "job 7 ended: CANCELLED")
    assert seen.expires_at == "2026"


def test_failed_job_is_explained_by_its_log(tmp_path: Path) -> None:
    (tmp_path / "emout-default-7.err").write_text("a\nb\nc\nModuleNotFoundError: dask\n")
    seen = derived([Job("7", "FAILED", "NonZeroExitCode")], 0, tmp_path)
    assert seen.state is SessionState.FAILED
    assert seen.reason is not None
    assert seen.reason.startswith("job 7 ended: FAILED (NonZeroExitCode). Last lines")
    assert seen.reason.endswith("ModuleNotFoundError: dask")
