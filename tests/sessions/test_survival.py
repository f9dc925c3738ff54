"""A session outlives the terminal and the Jupyter server that it was started from."""

from __future__ import annotations

import os
import pty
import signal
import subprocess
import sys
from pathlib import Path

from jupyter_process import ask, jupyter_server

from emout_lab import sessions
from emout_lab.sessions import SessionState

START = "from emout_lab import sessions; sessions.start(backend='local', memory='1G', cores=1)"


def test_session_survives_the_jupyter_server_and_is_found_by_the_next(emout_home: Path) -> None:
    with jupyter_server(emout_home, signal.SIGKILL) as api:
        started = ask(f"{api}/sessions", {"backend": "local", "memory": "1G", "cores": 1})
    running = sessions.wait_for_workers(timeout=30)
    assert (running.state, running.pid) == (SessionState.RUNNING, started["pid"])
    with sessions.connect() as client:
        assert client.submit(sum, [1, 2]).result(timeout=20) == 3
    with jupyter_server(emout_home, signal.SIGTERM) as api:
        [found] = ask(f"{api}/sessions")["sessions"]
    assert (found["state"], found["pid"]) == ("running", started["pid"])


def test_session_survives_its_terminal(emout_home: Path) -> None:
    master, slave = pty.openpty()
    shell = subprocess.Popen(
        [sys.executable, "-c", START],
        stdin=slave,
        stdout=slave,
        stderr=slave,
        start_new_session=True,
    )
    os.close(slave)
    assert shell.wait(60) == 0
    # A terminal that is closed hangs up on all its processes.
    os.close(master)
    assert sessions.wait_for_workers(timeout=30).state is SessionState.RUNNING
