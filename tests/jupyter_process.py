"""A real Jupyter server in a process of its own, for tests of what outlives or burdens it."""

from __future__ import annotations

import json
import os
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

TOKEN = "survival"


@contextmanager
def jupyter_server(home: Path, number: signal.Signals, *more: str) -> Iterator[str]:
    """A real Jupyter server, and the address of our routes; it ends by a signal to its group."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    folders = {f"JUPYTER_{name}_DIR": str(home / name) for name in ("CONFIG", "RUNTIME")}
    options = [f"--port={port}", "--ip=127.0.0.1", "--no-browser", "--allow-root", *more]
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
