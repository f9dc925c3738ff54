"""What idle processes cost: of a session, of a notebook's kernel, of a Jupyter server."""

from __future__ import annotations

import contextlib
import os
import socket
import stat
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import psutil
from jupyter_client.manager import start_new_kernel
from table import Row

from emout_lab import sessions

TOKEN, SECONDS = "scale", 20.0
#: What a notebook runs first, and what it waits for then.
CELLS = {
    "a kernel": "1",
    "  with emout_lab imported": "import emout_lab",
    "  connected": "session = emout_lab.connect(); float(session.open('math:sqrt', 4.0))",
    "  that has drawn": (
        "import matplotlib.pyplot as plt\nwith emout_lab.remote_figure():\n    plt.plot([1, 2])"
    ),
}


@dataclass(frozen=True)
class Cost:
    """What a process takes: share of memory [MB], what it has open, how often it wakes up [1/s].

    ``wakes`` counts the times that one of its threads has waited of its own will, ``cpu`` is its
    CPU time [ms/s].
    """

    pss: float
    own: float
    threads: int
    sockets: int
    wakes: float
    cpu: float

    def __str__(self) -> str:
        return (
            f"{self.pss:5.0f} MB ({self.own:.0f} its own), {self.threads:3} threads, "
            f"{self.sockets:3} sockets, {self.wakes:6.1f} wake-ups/s, {self.cpu:5.1f} ms/s"
        )


def measure() -> list[Row]:
    """Start one of each, and let them rest."""
    rows = []
    sessions.start(backend="local", memory="1G", cores=1, name="idle")
    try:
        sessions.wait_for_workers("idle", timeout=120)
        for name, cost in costs(session_processes("idle")).items():
            rows.append(Row(f"a session: {name}", str(cost)))
        rows += [*kernels(), *servers()]
    finally:
        sessions.stop("idle")
    return rows


def session_processes(name: str) -> dict[str, int]:
    """Return host, engines and what else belongs to a session, by name."""
    host = psutil.Process(sessions.get(name).pid or 0)
    found = {"host": host.pid}
    for child in host.children(recursive=True):
        is_engine = "spawn_main" in " ".join(child.cmdline())
        found[f"{'engine' if is_engine else 'helper'} {len(found)}"] = child.pid
    return found


def kernels() -> list[Row]:
    """Return what a kernel costs, alone and connected."""
    manager, client = start_new_kernel()
    rows = []
    try:
        for what, cell in CELLS.items():
            reply = client.execute_interactive(cell, timeout=120, output_hook=lambda _: None)
            if reply["content"]["status"] != "ok":
                raise RuntimeError("\n".join(reply["content"]["traceback"]))
            rows.append(Row(what, str(costs({"it": manager.provisioner.pid})["it"])))
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)
    return rows


def servers() -> list[Row]:
    """Return what a Jupyter server costs, without us and with."""
    rows = []
    for what, is_ours in (
        ("a Jupyter server without us", False),
        ("  with us, nobody looks", True),
    ):
        with jupyter_server(is_ours) as (pid, _):
            rows.append(Row(what, str(costs({"it": pid})["it"])))
    return rows


@contextlib.contextmanager
def jupyter_server(is_ours: bool) -> Iterator[tuple[int, str]]:
    """Give the process and the address of a Jupyter server, with our extension or without."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    options = [f"--port={port}", "--ip=127.0.0.1", "--no-browser", "--allow-root"]
    options.append(f"--ServerApp.jpserver_extensions=emout_lab={is_ours}")
    with tempfile.TemporaryDirectory() as folder:
        server = subprocess.Popen(
            [sys.executable, "-m", "jupyter_server", *options],
            env={**os.environ, "JUPYTER_TOKEN": TOKEN, "JUPYTER_RUNTIME_DIR": folder},
            cwd=folder,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        try:
            address = f"127.0.0.1:{port}"
            until_it_answers(f"http://{address}/api/status")
            yield server.pid, address
        finally:
            server.terminate()
            server.wait(20)


def until_it_answers(url: str) -> None:
    """Wait for a server."""
    request = urllib.request.Request(url, headers={"Authorization": f"token {TOKEN}"})
    for _ in range(600):
        with contextlib.suppress(OSError):
            urllib.request.urlopen(request, timeout=10).close()
            return
        time.sleep(0.1)
    raise RuntimeError("the Jupyter server does not answer")


def costs(processes: Mapping[str, int], seconds: float = SECONDS) -> dict[str, Cost]:
    """Let processes rest for a while, and return what they have cost meanwhile."""
    time.sleep(3.0)
    before = {name: (wakes(pid), cpu(pid)) for name, pid in processes.items()}
    begun = time.monotonic()
    time.sleep(seconds)
    found = {}
    for name, pid in processes.items():
        woken, spent = wakes(pid) - before[name][0], cpu(pid) - before[name][1]
        passed = time.monotonic() - begun
        memory = psutil.Process(pid).memory_full_info()
        found[name] = Cost(
            pss=memory.pss / 1e6,
            own=memory.uss / 1e6,
            threads=psutil.Process(pid).num_threads(),
            sockets=sockets(pid),
            wakes=woken / passed,
            cpu=1e3 * spent / passed,
        )
    return found


def wakes(pid: int) -> int:
    """Return how often the threads of a process have waited of their own will."""
    found = 0
    for thread in Path(f"/proc/{pid}/task").iterdir():
        with contextlib.suppress(OSError):  # ended meanwhile
            words = (thread / "status").read_text().split()
            found += int(words[words.index("voluntary_ctxt_switches:") + 1])
    return found


def cpu(pid: int) -> float:
    """Return the CPU time of a process [s], which schedstat knows to the nanosecond."""
    found = 0.0
    for thread in Path(f"/proc/{pid}/task").iterdir():
        with contextlib.suppress(OSError):
            found += int((thread / "schedstat").read_text().split()[0]) / 1e9
    return found


def sockets(pid: int) -> int:
    """Return how many sockets a process has open."""
    found = 0
    for file in Path(f"/proc/{pid}/fd").iterdir():
        with contextlib.suppress(OSError):
            found += stat.S_ISSOCK(file.stat().st_mode)
    return found
