"""A session that does nothing hardly wakes up, on the login node and on compute nodes."""

from __future__ import annotations

import copy
import time
from pathlib import Path

import dask
import distributed  # noqa: F401 - brings Dask's defaults
import psutil

from emout_lab import connect, sessions
from emout_lab.sessions import SessionStatus
from emout_lab.sessions.quiet_processes import CALM, calm_settings, calm_worker

#: Of a process, by the heartbeats, clocks and watches that it needs; Dask's own way is above 100.
MOST_WAKES = 45
SECONDS = 4.0


class StartingNanny:
    """What a nanny has before its worker is started, as one made by Dask's own command."""

    def __init__(self) -> None:
        self.config = copy.deepcopy(dask.config.config)


def test_workers_get_the_same_whoever_makes_their_nanny() -> None:
    nanny = StartingNanny()
    calm_worker(nanny)
    assert {key: dask.config.get(key, config=nanny.config) for key in CALM} == {
        key: ours for key, (_, ours) in CALM.items()
    }


def test_what_the_user_has_set_stays() -> None:
    with dask.config.set({"distributed.worker.profile.interval": "1ms"}):
        assert "distributed.worker.profile.interval" not in calm_settings()


def test_host_and_engine_of_an_idle_session_hardly_wake_up(local_session: SessionStatus) -> None:
    with connect() as session:
        engine = session.open("os:getpid").fetch()
        assert session.open(dask.config.get, "distributed.admin.tick.interval").fetch() == "500ms"
    pids = [sessions.get().pid, engine]
    before = [wakes(pid) for pid in pids]
    time.sleep(SECONDS)
    after = [wakes(pid) for pid in pids]
    assert max(b - a for a, b in zip(before, after, strict=True)) < MOST_WAKES * SECONDS


def wakes(pid: int) -> int:
    """Return how often a process has gone to sleep of its own will."""
    found = 0
    for thread in psutil.Process(pid).threads():
        words = Path(f"/proc/{pid}/task/{thread.id}/status").read_text().split()
        found += int(words[words.index("voluntary_ctxt_switches:") + 1])
    return found
