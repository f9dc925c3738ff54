"""What SLURM keeps of a session's secrets, where its jobs listen, and how much they may write."""

from __future__ import annotations

import contextlib
import os
import re
import socket
from pathlib import Path

import psutil
import pytest
from slurm.helpers import start, workers_since
from slurm_cluster import SlurmCluster
from waiting import wait_until

from emout_lab import sessions
from emout_lab.sessions.log_flood import OUTPUT_MAX_BYTES

pytestmark = pytest.mark.slurm

SECRET = "a-secret-of-this-test"
SECRETS = ("JUPYTERHUB_API_TOKEN", "JUPYTER_TOKEN", "DASK_GATEWAY__AUTH__X__PASSWORD", "SLURM_JWT_")


def holders(folder: Path, text: str) -> list[Path]:
    """Return the files in which a text stands: SLURM keeps a job's environment and script."""
    found = []
    for file in folder.rglob("*"):
        with contextlib.suppress(OSError):
            if file.is_file() and text.encode() in file.read_bytes():
                found.append(file)
    return found


@pytest.mark.parametrize("place", ["login", "job"])
def test_slurm_and_nodes_learn_no_secret_but_what_is_named(
    slurm: SlurmCluster, emout_home: Path, monkeypatch: pytest.MonkeyPatch, place: str
) -> None:
    before = {process.pid for process in psutil.process_iter()}
    for name in SECRETS:
        monkeypatch.setenv(name, SECRET)
    monkeypatch.setenv("SBATCH_EXPORT", f"ALL,STOLEN={SECRET}")
    monkeypatch.setenv("MYCASE", "a-name-of-this-test")
    monkeypatch.setenv("EMOUT_LAB_PASS_ENVIRONMENT", "MYCASE")
    start(host=place)
    sessions.wait_for_workers(timeout=60)
    assert holders(slurm.directory, "a-name-of-this-test"), "this is where SLURM keeps them"
    assert holders(slurm.directory, SECRET) == []
    assert holders(emout_home, SECRET) == []
    told = slurm.run("scontrol", "show", "job", "-dd") + slurm.run("squeue", "-o", "%all")
    assert SECRET not in told
    for process in workers_since(before):
        assert SECRET not in " ".join([*process.environ().values(), *process.cmdline()])
    with sessions.connect() as client:
        (environment,) = client.run(lambda: dict(os.environ)).values()
    assert SECRET not in environment.values()
    assert environment["MYCASE"] == "a-name-of-this-test"
    assert environment["HOME"] == os.environ["HOME"]
    assert set(os.environ["PATH"].split(":")) <= set(environment["PATH"].split(":"))


def test_jobs_listen_on_the_sessions_network_and_write_no_more_than_they_may(
    slurm: SlurmCluster, emout_home: Path
) -> None:
    before = {process.pid for process in psutil.process_iter()}
    start()
    running = sessions.wait_for_workers(timeout=60)
    nanny = workers_since(before)[0]
    ports = {
        (connection.laddr.ip, connection.laddr.port)
        for process in (nanny, *nanny.children(recursive=True))
        for connection in process.net_connections(kind="inet")
        if connection.status == psutil.CONN_LISTEN
    }
    assert len(ports) == 2, "nanny and worker"
    assert {address for address, _ in ports} == {"127.0.0.1"}
    (log,) = (emout_home / "servers" / "default" / "logs").glob("*.err")
    size = log.stat().st_size
    for _ in range(300):
        for port in ports:
            with contextlib.suppress(OSError), socket.create_connection(port, 30) as connection:
                connection.sendall(b"GET / HTTP/1.1\r\n\r\n")
    with sessions.connect() as client:
        assert log.stat().st_size - size < 50_000

        def chatter() -> None:
            for _ in range(40):
                os.write(2, b"to the error output\n" * 50_000)

        client.run(chatter)
        # It may have been cut in between, and have grown again.
        wait_until(lambda: 0 < log.stat().st_size <= OUTPUT_MAX_BYTES, 30)
    slurm.run("scancel", *running.job_ids)
    # SLURM's own last words stand at the end, after what was cut.
    wait_until(lambda: b"CANCELLED" in log.read_bytes()[-3000:], 60)
    text = log.read_bytes()
    assert b"\0" not in text
    assert re.search(rb"^\[\d+ bytes of earlier output were dropped\]$", text, re.MULTILINE)
