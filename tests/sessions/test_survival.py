"""A session outlives the terminal and the Jupyter server that it was started from."""

from __future__ import annotations

import json
import os
import pty
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from emout_lab import sessions
from emout_lab.sessions import SessionState

TOKEN = "survival"
START = "from emout_lab import sessions; sessions.start(backend='local', memory='1G', cores=1)"


@contextmanager
def jupyter_server(home: Path, number: signal.Signals) -> Iterator[str]:
    """A real Jupyter server, and the address of our routes; it ends by a signal to its group."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    folders = {f"JUPYTER_{name}_DIR": str(home / name) for name in ("CONFIG", "RUNTIME")}
    options = [f"--port={port}", "--ip=127.0.0.1", "--no-browser", "--allow-root"]
    with (home / "server.log").open("wb") as log:
        server = subprocess.Popen(
            [sys.executable, "-m", "jupyter_server", *options],
            env={**os.environ, **folders, "JUPYTER_TOKEN": TOKEN},
            cwd=home,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    api = f"http://127.0.0.1:{port}/emout-lab/api"
    try:
        deadline = time.monotonic() + 60
        while True:
            try:
                ask(f"{api}/sessions")
                break
            except OSError:
                assert time.monotonic() < deadline, (home / "server.log").read_text()
                time.sleep(0.1)
        yield api
    finally:
        os.killpg(server.pid, number)
        server.wait(20)


def ask(address: str, body: object = None) -> Any:
    request = urllib.request.Request(
        address,
        headers={"Authorization": f"token {TOKEN}", "Content-Type": "application/json"},
        data=None if body is None else json.dumps(body).encode(),
    )
    with urllib.request.urlopen(request, timeout=60) as response:
        return json.loads(response.read())


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
