"""A process that writes a notebook is killed at any moment: what was committed is there."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROUNDS = 15


@pytest.mark.parametrize("kind", ["json", "h5"])
def test_what_was_committed_survives_kills_at_any_moment(tmp_path, kind):
    command = [sys.executable, "-m", "experiments.killed_writers"]
    command += [str(tmp_path / f"a.{kind}"), str(ROUNDS), "1"]
    tests = Path(__file__).parents[1]
    done = subprocess.run(command, cwd=tests, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    assert int(done.stdout) > 30
    left = {each.name for each in tmp_path.iterdir() if ".lock." not in each.name}
    assert left <= {f"a.{kind}", f"a.{kind}.lock", f"a.{kind}.journal", f".a.new.{kind}"}
