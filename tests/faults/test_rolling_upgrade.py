"""A session of one version of emout_lab, a notebook of the next: it works, or says what to do."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from isolation import isolated_home

import emout_lab
from emout_lab import connect, sessions

HERE = Path(emout_lab.__file__).parent
START = (
    "import emout_lab\n"
    "from emout_lab import sessions\n"
    "sessions.start(backend='local', memory='1G', cores=1)\n"
    "sessions.wait_for_workers(timeout=60)\n"
    "print(emout_lab.__file__)"
)


def run(code: str, **variables: str) -> subprocess.CompletedProcess[str]:
    """Run code in a process of its own, outside of this project's folder."""
    return subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
        cwd=os.environ["EMOUT_LAB_HOME"],
        env={**os.environ, **variables},
    )


@pytest.fixture(scope="module")
def older(tmp_path_factory) -> Iterator[str]:
    """The folder of another version of the package, of which a session runs."""
    folder = tmp_path_factory.mktemp("older")
    leave = shutil.ignore_patterns("labextension", "__pycache__", "locale")
    shutil.copytree(HERE, folder / "emout_lab", ignore=leave)
    protocol = folder / "emout_lab" / "engine" / "protocol.py"
    text = protocol.read_text()
    # Programs of that version had one field less, so that newer ones cannot even be read.
    for pattern, other in (
        (r"(PROTOCOL_VERSION: Final = )\d+", r"\g<1>1"),
        (r"\n    keeps_reply: bool = False\n    version", "\n    version"),
        (r"\n    version: int = PROTOCOL_VERSION\n", r"\g<0>\n    keeps_reply = False\n"),
    ):
        text, count = re.subn(pattern, other, text)
        assert count == 1
    protocol.write_text(text)
    with isolated_home():
        done = run(START, PYTHONPATH=str(folder))
        assert done.returncode == 0, done.stderr
        assert done.stdout.strip() == str(folder / "emout_lab" / "__init__.py")
        yield str(folder)


def test_newer_notebook_is_told_what_to_do_and_the_session_goes_on(older):
    with connect() as session, pytest.raises(Exception, match="version") as caught:
        float(session.open("numpy:arange", 3.0)[2])
    assert "speaks version 1 of the protocol" in str(caught.value)
    assert "Stop the session, start it again" in str(caught.value)
    # Its own notebooks work on.
    program = "from emout_lab import connect\nprint(float(connect().open('numpy:arange', 3.0)[2]))"
    done = run(program, PYTHONPATH=older)
    assert (done.returncode, done.stdout) == (0, "2.0\n"), done.stderr


def test_newer_command_line_shows_and_stops_the_session(older):
    assert sessions.get().state is sessions.SessionState.RUNNING
    status = [sys.executable, "-c", "from emout_lab.cli import main; main()", "server", "status"]
    done = subprocess.run(status, capture_output=True, text=True, timeout=60, check=False)
    assert "running" in done.stdout
    assert sessions.stop().state is sessions.SessionState.STOPPED
    assert sessions.list() == []
