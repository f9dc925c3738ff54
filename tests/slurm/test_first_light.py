"""The main job, whole: start through REST, draw on a SLURM node from a notebook, scancel, stop."""

from __future__ import annotations

import base64
import json
import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbclient import NotebookClient
from slurm_cluster import PARTITION, SlurmCluster

from emout_lab import NoEngine, connect, sessions
from emout_lab.emses.demo import write_demo_data

pytestmark = pytest.mark.slurm

TOKEN = "first-light"
FIGURE = "application/vnd.emout-lab.figure+json"
PATIENCE_S = 60.0
Request = Callable[..., Any]


@pytest.fixture
def request_api(slurm: SlurmCluster, emout_home: Path) -> Iterator[Request]:
    """A real Jupyter server on the login node, asked over HTTP as the panel asks it."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    folders = {f"JUPYTER_{name}_DIR": str(emout_home / name) for name in ("CONFIG", "RUNTIME")}
    options = [f"--port={port}", "--ip=127.0.0.1", "--no-browser", "--allow-root"]
    with (emout_home / "server.log").open("wb") as log:
        server = subprocess.Popen(
            [sys.executable, "-m", "jupyter_server", *options, "--ServerApp.base_url=/user/a/"],
            env={**os.environ, **folders, "JUPYTER_TOKEN": TOKEN},
            cwd=emout_home,
            stdout=log,
            stderr=log,
        )

    def ask(method: str, path: str, body: object = None) -> Any:
        request = urllib.request.Request(
            f"http://127.0.0.1:{port}/user/a/emout-lab/api{path}",
            method=method,
            headers={"Authorization": f"token {TOKEN}", "Content-Type": "application/json"},
            data=None if body is None else json.dumps(body).encode(),
        )
        with urllib.request.urlopen(request, timeout=PATIENCE_S) as response:
            data = response.read()
        return json.loads(data) if data else None

    try:
        wait_for(lambda: is_up(ask))
        yield ask
    finally:
        server.terminate()
        server.wait(20)
        print((emout_home / "server.log").read_text())  # shown when the test fails


def is_up(ask: Request) -> bool:
    try:
        ask("GET", "/sessions")
    except urllib.error.HTTPError:
        raise
    except OSError:
        return False
    return True


def wait_for(condition: Callable[[], Any], patience: float = PATIENCE_S) -> Any:
    deadline = time.monotonic() + patience
    while not (found := condition()):
        assert time.monotonic() < deadline, "the condition did not come true"
        time.sleep(0.1)
    return found


def test_from_rest_to_a_figure_drawn_on_a_node(
    slurm: SlurmCluster, emout_home: Path, request_api: Request
) -> None:
    write_demo_data(emout_home / "run", grid=16, steps=2)
    started = request_api(
        "POST",
        "/sessions",
        {"backend": "slurm", "partition": PARTITION, "memory": "1G", "cores": 1},
    )
    (job,) = started["job_ids"]
    assert job in slurm.jobs()

    book = nbformat.v4.new_notebook()
    kernel = NotebookClient(
        book,
        timeout=120,
        allow_errors=True,
        resources={"metadata": {"path": str(emout_home)}},
    )

    def run(source: str) -> list:
        cell = nbformat.v4.new_code_cell(source)
        book.cells.append(cell)
        kernel.execute_cell(cell, len(book.cells) - 1)
        return cell.outputs

    with kernel.setup_kernel():
        run("%load_ext emout_lab\nfrom emout_lab import Emout\ndata = Emout('run').remote()")
        outputs = run("%%remote_figure --dpi 60\ndata.phisp[-1, :, 8, :].plot()")
        pictures = [o for o in outputs if FIGURE in o.get("data", {})]
        assert len(pictures) == 1, outputs
        [picture] = pictures
        assert base64.b64decode(picture["data"]["image/png"]).startswith(b"\x89PNG")

        (worker,) = request_api("GET", "/sessions/default/workers")["workers"]
        assert worker["pid"] in slurm_pids(slurm, job)
        expressions = {
            o["expression"] for o in request_api("GET", "/sessions/default/objects")["objects"]
        }
        assert "Emout('run')" in expressions
        (figure,) = request_api("GET", "/figures")["figures"]
        assert figure["id"] == picture["data"][FIGURE]["id"]

        slurm.run("scancel", job)
        failed = wait_for(
            lambda: (s := request_api("GET", "/sessions/default"))["state"] == "failed" and s, 20
        )
        assert job in failed["reason"]
        error = run("%%remote_figure\nplt.plot([1, 2])")
        (raised,) = [o for o in error if o["output_type"] == "error"]
        assert "session 'default'" in raised["evalue"].lower()

    request_api("DELETE", "/sessions/default")
    assert request_api("GET", "/sessions")["sessions"] == []
    assert slurm.jobs() == []


def test_remote_use_while_the_job_waits_tells_the_queues_reason(slurm: SlurmCluster) -> None:
    slurm.run("sbatch", "-N2", "-c4", "-n2", "-o", "/dev/null", "--wrap", "sleep 600")
    sessions.start(backend="slurm", partition=PARTITION, memory="1G", cores=1)
    wait_for(lambda: sessions.get().state is sessions.SessionState.QUEUED)
    with connect() as session, pytest.raises(NoEngine, match="has no workers: job .* PENDING"):
        session.open("math:hypot", 3, 4)


def slurm_pids(slurm: SlurmCluster, job: str) -> set[int]:
    """Return the processes that SLURM runs for a job, with their children."""
    import psutil

    lines = slurm.run("scontrol", "listpids", job, check=False).splitlines()[1:]
    roots = [int(line.split()[0]) for line in lines if line.split()[0].isdigit()]
    found = set(roots)
    for pid in roots:
        if psutil.pid_exists(pid):
            found |= {child.pid for child in psutil.Process(pid).children(recursive=True)}
    return found
