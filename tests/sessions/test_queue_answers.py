"""The queue is asked once for all sessions of a user, however many there are."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from emout_lab.errors import SessionError
from emout_lab.sessions.queue_answers import QueueAnswers, list_jobs
from emout_lab.sessions.slurm import Job

JOBS = 10_000
#: Prints what squeue does of a long queue, and notes that it was asked.
SQUEUE = f"""#!/bin/sh
echo asked >> "$ASKED"
seq {JOBS} | sed 's/$/|PENDING|Priority|N\\/A|2026-11-21T04:00:00|/'
"""
HOST = """
import asyncio, sys
from emout_lab.sessions.queue_answers import list_jobs
from emout_lab.sessions.queue_pace import QueuePace

async def watch(job, rounds):
    pace = QueuePace(0.5)
    for _ in range(rounds):
        while not pace.is_due([job], has_lost_workers=False):
            await asyncio.sleep(0.02)
        [found] = await list_jobs([job], pace.max_age)
        pace.note_answer()
        assert found.id == job and found.state == "PENDING", found

asyncio.run(watch(sys.argv[1], 4))
"""


@pytest.fixture
def asked(emout_home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A queue of ten thousand jobs, and where it notes that it was asked."""
    script = tmp_path / "squeue"
    script.write_text(SQUEUE.replace("$ASKED", str(tmp_path / "asked")))
    script.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    (tmp_path / "asked").touch()
    return tmp_path / "asked"


def times(asked: Path) -> int:
    return len(asked.read_text().splitlines())


def test_six_sessions_ask_the_queue_as_often_as_one(asked: Path) -> None:
    begun = time.monotonic()
    hosts = [subprocess.Popen([sys.executable, "-c", HOST, str(n)]) for n in range(1, 7)]
    assert [host.wait(60) for host in hosts] == [0] * 6
    # A session that comes while an answer grows old asks for the next one; never each its own.
    assert times(asked) <= 2 + (time.monotonic() - begun) / 0.45
    assert times(asked) < 6 * 4


def test_an_answer_is_taken_while_it_is_young_enough(asked: Path) -> None:
    assert asyncio.run(list_jobs(["7"], 60.0))[0].reason == "Priority"
    assert asyncio.run(list_jobs(["10000", "8"], 60.0))[1].id == "8"
    assert times(asked) == 1
    asyncio.run(list_jobs(["7"], 0.0))
    assert times(asked) == 2


def test_a_job_that_an_answer_does_not_know_is_asked_for(asked: Path) -> None:
    asyncio.run(list_jobs(["7"], 60.0))
    assert asyncio.run(list_jobs(["10001"], 60.0)) == [Job("10001", "GONE")]
    assert times(asked) == 2


def test_an_answer_from_the_future_or_in_pieces_counts_for_nothing(asked: Path) -> None:
    answers = QueueAnswers()
    asyncio.run(list_jobs(["7"], 60.0))
    answers.keep("7|RUNNING|None|N/A|N/A|cn1", time.time() + 3600)
    assert answers.known(["7"], 7200.0) is None
    [file] = [each for each in (answers._folder).iterdir() if not each.suffix]
    assert file.stat().st_mode & 0o777 == 0o600
    file.write_bytes(b"half an ans")
    assert asyncio.run(list_jobs(["7"], 60.0))[0].state == "PENDING"


def test_where_nothing_can_be_shared_each_asks_for_itself(asked: Path, emout_home: Path) -> None:
    (emout_home / "queue").write_text("a file in its place")
    for _ in range(2):
        assert asyncio.run(list_jobs(["7"], 60.0))[0].state == "PENDING"
    assert times(asked) == 2


def test_a_queue_that_fails_is_quoted_and_nothing_is_kept(asked: Path) -> None:
    script = asked.with_name("squeue")
    works = script.read_text()
    script.write_text("#!/bin/sh\necho 'no controller' >&2\nexit 3\n")
    with pytest.raises(SessionError, match="no controller"):
        asyncio.run(list_jobs(["7"], 60.0))
    script.write_text(works)
    assert asyncio.run(list_jobs(["7"], 60.0))[0].state == "PENDING"
