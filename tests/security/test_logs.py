"""Logs that nobody can fill: repeated messages are counted, and outputs are cut."""

from __future__ import annotations

import logging
import os
import re
import subprocess
import sys
from pathlib import Path

from waiting import wait_until

from emout_lab.sessions.host_log import LOG_KEPT, RotatingLog
from emout_lab.sessions.log_flood import MOST_PER_PERIOD, RepeatFilter, shorten

CHATTY = """
import os, subprocess, sys, time
from emout_lab.sessions import log_flood
log_flood.OUTPUT_MAX_BYTES, log_flood.OUTPUT_KEPT_BYTES = 100_000, 20_000
log_flood.LOOK_INTERVAL_S = 0.05
log_flood.limit_output()
log_flood.limit_output()
# A child that knows nothing of it shares the files.
child = subprocess.Popen(["yes", "chatter"], stdout=2)
while os.fstat(2).st_size <= 100_000:
    time.sleep(0.01)
child.kill(); child.wait()
# While it is cut it has fewer bytes than are kept.
while not 19_000 <= os.fstat(2).st_size <= 100_000:
    time.sleep(0.01)
os.write(2, b"the last word\\n")
"""


def test_job_output_is_cut_in_place_and_goes_on_at_its_end(tmp_path: Path) -> None:
    file = tmp_path / "job.err"
    # As a queue system opens it: not for appending.
    with file.open("wb") as output:
        subprocess.run(
            [sys.executable, "-c", CHATTY], stdout=output, stderr=output, timeout=60, check=True
        )
    text = file.read_bytes()
    assert len(text) <= 100_000
    # What the child says at the very moment of the cut may stand before it.
    assert re.search(rb"^\[\d+ bytes of earlier output were dropped\]$", text, re.MULTILINE)
    assert text.splitlines()[-1] == b"the last word"
    assert b"\0" not in text, "a hole would come from who writes at his own position"


def test_what_is_no_file_is_left_alone() -> None:
    code = "from emout_lab.sessions.log_flood import limit_output; limit_output(); print('said')"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert (done.stdout, done.stderr) == ("said\n", "")


def test_line_without_end_is_cut_too(tmp_path: Path) -> None:
    descriptor = os.open(tmp_path / "log", os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    os.write(descriptor, b"x" * 5000)
    assert shorten(descriptor, 1000, 300)
    assert not shorten(descriptor, 1000, 300)
    os.close(descriptor)
    assert (tmp_path / "log").read_bytes().endswith(b"dropped]\n" + b"x" * 300)


def test_repeated_message_is_counted_and_others_are_heard(tmp_path: Path) -> None:
    log = logging.Logger("flood")
    handler = logging.FileHandler(tmp_path / "log")
    handler.addFilter(RepeatFilter())
    log.addHandler(handler)
    for number in range(5000):
        log.warning("nobody shakes hands: %d", number)
    log.warning("something else")
    handler.close()
    lines = (tmp_path / "log").read_text().splitlines()
    assert len(lines) == MOST_PER_PERIOD + 1
    assert lines[-1] == "something else"


def test_count_is_told_when_the_period_is_over() -> None:
    # A period long enough for the loop on a busy machine.
    filter_ = RepeatFilter(period=2.0)
    record = {"name": "a", "pathname": "f.py", "lineno": 3, "msg": "again %s", "args": ("x",)}
    passed = [filter_.filter(logging.makeLogRecord(record)) for _ in range(MOST_PER_PERIOD + 7)]
    assert sum(passed) == MOST_PER_PERIOD
    later = logging.makeLogRecord(record)

    def is_told() -> bool:
        return filter_.filter(later)

    wait_until(is_told)
    # Those of the waiting are counted too.
    assert re.fullmatch(r"again x \[and \d+ like this since the last\]", later.getMessage())


def test_hosts_log_is_put_aside_a_bounded_number_of_times(tmp_path: Path) -> None:
    log = RotatingLog(tmp_path / "host.log", max_bytes=1000)
    for _ in range(100):
        log.write(b"y" * 100)
    files = sorted(path.name for path in tmp_path.iterdir())
    assert files == ["host.log", *(f"host.log.{n + 1}" for n in range(LOG_KEPT))]
    assert all(path.stat().st_size <= 1000 for path in tmp_path.iterdir())
