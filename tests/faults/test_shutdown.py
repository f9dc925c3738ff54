"""A client that shuts the scheduler down, as Dask's users do: the session ends, as by stop."""

from __future__ import annotations

import time

import psutil
import pytest
from processes import host_pid
from waiting import wait_until

from emout_lab import connect, sessions
from emout_lab.errors import NoSession, SessionDead


def test_session_ends_when_a_client_shuts_its_scheduler_down(emout_home):
    sessions.start(name="shut", backend="local", memory="1G", cores=1, jobs=1)
    sessions.wait_for_workers("shut", timeout=60)
    host = host_pid("shut")
    connect(name="shut").client.shutdown()
    wait_until(lambda: not sessions.list() and not psutil.pid_exists(host), 60)
    assert not (emout_home / "servers" / "shut").exists()
    began = time.monotonic()
    with pytest.raises(NoSession):
        sessions.scale(2, "shut")
    with pytest.raises((NoSession, SessionDead)):
        sessions.restart_engine("shut", "0")
    assert time.monotonic() - began < 20
