"""A host that stands still: everybody is told, it can be stopped, and it may come back."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psutil
from waiting import wait_until

from emout_lab import sessions
from emout_lab.config import load
from emout_lab.sessions import SessionState
from emout_lab.sessions.store import SessionStore

LOCAL = {"backend": "local", "memory": "1G", "cores": 1}
STATUS = [sys.executable, "-c", "from emout_lab.cli import main; main()", "server", "status"]


def frozen_host() -> psutil.Process:
    sessions.start(**LOCAL)
    host = psutil.Process(sessions.wait_for_workers(timeout=60).pid)
    # Not while it writes its state: nobody else could, as long as it stands still.
    with SessionStore(load()).locked():
        host.suspend()
        wait_until(lambda: host.status() == psutil.STATUS_STOPPED)
    return host


def test_frozen_host_is_said_not_to_answer_until_it_goes_on(emout_home: Path) -> None:
    host = frozen_host()
    try:
        found = sessions.get()
        assert found.state is SessionState.UNRESPONSIVE
        assert f"process {host.pid}" in (found.reason or "")
        assert "has not answered since" in (found.reason or "")
        assert "frozen" in (found.reason or "")
        assert "emout-lab server stop --name default" in (found.reason or "")
        done = subprocess.run(STATUS, capture_output=True, text=True, timeout=60, check=False)
        assert "unresponsive: its host" in done.stdout
        assert json.loads(json.dumps(sessions.list()[0].to_json()))["state"] == "unresponsive"
    finally:
        host.resume()
    wait_until(lambda: sessions.get().state is SessionState.RUNNING)
    with sessions.connect() as client:
        assert client.submit(sum, [1, 2]).result(timeout=20) == 3


def test_host_that_hangs_is_said_not_to_answer(impatient: Path) -> None:
    sessions.start(**LOCAL)
    sessions.wait_for_workers(timeout=60)
    with sessions.connect() as client, ThreadPoolExecutor(1) as pool:
        # Holds its event loop, as a long computation would that keeps the interpreter's lock.
        hanging = pool.submit(client.run_on_scheduler, time.sleep, 2.8)
        wait_until(lambda: sessions.get().state is SessionState.UNRESPONSIVE)
        assert "it hangs" in (sessions.get().reason or "")
        wait_until(lambda: sessions.get().state is SessionState.RUNNING)
        hanging.result(timeout=20)


def test_frozen_host_can_be_stopped(emout_home: Path) -> None:
    host = frozen_host()
    family = host.children(recursive=True)
    began = time.monotonic()
    assert sessions.stop().state is SessionState.STOPPED
    # It is woken to end itself: nobody has to wait until it is killed.
    assert time.monotonic() - began < 30
    assert psutil.wait_procs([host, *family], timeout=10)[1] == []
    assert sessions.list() == []
