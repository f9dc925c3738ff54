"""A connected process that forks: nobody waits for ever in the child, and the parent goes on."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from emout_lab import sessions

BEFORE = """
import multiprocessing, os, sys
import emout_lab
from emout_lab.remote import call
session = emout_lab.connect()
ref = call("math:hypot", 3, 4)
assert ref.fetch() == 5.0
"""
POOL = """
jobs = {
    "new": lambda: call("math:hypot", 6, 8).fetch(),
    "ref": lambda: float(ref),
    "dask": lambda: session.client.run_on_scheduler(len, [1]),
}
def job(name):
    try:
        return jobs[name]()
    except emout_lab.EmoutLabError as error:
        return f"{type(error).__name__}: {error}"
with multiprocessing.get_context("fork").Pool(2) as pool:
    for answer in pool.map_async(job, jobs).get(60):
        print(answer)
print("parent", ref.fetch(), call(len, [1, 2]).fetch())
"""
UNCONCERNED = """
sys.stdout.flush()
if (child := os.fork()) == 0:
    sys.exit(7)
print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), ref.fetch())
"""
TWICE = """
sys.stdout.flush()
if (child := os.fork()) == 0:
    mine = call("math:hypot", 5, 12)
    print(mine.fetch(), flush=True)
    if (grandchild := os.fork()) == 0:
        try:
            mine.fetch()
        except emout_lab.errors.SessionDead:
            print(call("math:hypot", 8, 15).fetch(), flush=True)
        sys.exit(0)
    assert os.waitpid(grandchild, 0)[1] == 0
    print(mine.fetch(), flush=True)
    sys.exit(0)
print(os.waitpid(child, 0)[1], ref.fetch())
"""


@pytest.fixture
def run(emout_home: Path, tmp_path: Path) -> Callable[[str], list[str]]:
    """Run code in a process that is connected to a session; return the lines that it prints."""
    sessions.start(name="forked", backend="local", memory="1G", cores=1, jobs=1)
    sessions.wait_for_workers("forked", timeout=60)

    def run(code: str) -> list[str]:
        script = tmp_path / "script.py"
        script.write_text(BEFORE + code)
        command = [sys.executable, str(script)]
        done = subprocess.run(command, capture_output=True, text=True, timeout=90, check=False)
        assert done.returncode == 0, done.stderr
        return done.stdout.splitlines()

    return run


def test_forked_children_connect_anew_and_what_the_parent_opened_is_refused(run):
    new, ref, dask, parent = run(POOL)
    assert new == "10.0"
    for refused in (ref, dask):
        assert refused.startswith("SessionDead: ")
        for text in ("forked from", "Connect again in the child", "spawn method"):
            assert text in refused
    assert parent == "parent 5.0 2"
    # Neither does a child wait at its end, nor a child of a child.
    assert run(UNCONCERNED) == ["7 5.0"]
    assert run(TWICE) == ["13.0", "17.0", "13.0", "0 5.0"]
