"""The network between a session's host and everybody else is cut, and comes back."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from isolation import isolated_home

#: In a network of its own, where the scheduler's port can be cut off without harm to others.
PROGRAM = """
import json, subprocess, sys, threading, time, warnings
from emout_lab import EngineLost, connect, sessions
from emout_lab.client import aio as engines
sys.path.append(HELPERS)
from waiting import wait_until

def ip(*words):
    subprocess.run(["ip", *words], check=True)

ip("link", "set", "lo", "up")
ip("rule", "add", "pref", "10", "lookup", "local")
ip("rule", "del", "pref", "0")
sessions.start(backend="local", memory="1G", cores=1)
status = sessions.wait_for_workers(timeout=60)
port = status.address.rpartition(":")[2]
WAYS = [["pref", "5", "ipproto", "tcp", way, port, "blackhole"] for way in ("dport", "sport")]

def cut(seconds):
    for way in WAYS:
        ip("rule", "add", *way)
    began = time.monotonic()
    def restore():
        time.sleep(max(0, began + seconds - time.monotonic()))
        for way in WAYS:
            ip("rule", "del", *way)
    return threading.Thread(target=restore)

session = connect()
kept = session.open("numpy:arange", 4.0)
session.queue.flush()
pid = session.open("os:getpid").fetch()
told = {}
"""
BRIEF = """
mending = cut(5)
mending.start()
began = time.monotonic()
told["during"] = float(kept[3])
told["seconds"] = time.monotonic() - began
mending.join()
told["after"] = float((kept + 1).sum())
told["same"] = session.open("os:getpid").fetch() == pid
with sessions.connect(set_as_default=False) as other:
    told["other"] = other.submit(sum, [1, 2]).result(timeout=30)
wait_until(lambda: sessions.get().reason is None, timeout=30)
told["state"] = sessions.get().state.value
"""
LONG = """
def is_whole():
    status = sessions.get()
    return status.workers == 1 and status.reason is None

mending = cut(18)
mending.start()
mending.join()
began = time.monotonic()
with warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter("always")
    try:
        assert float(kept[3]) == 3.0
    except EngineLost as error:
        assert "was lost" in str(error)
    told["seconds"] = time.monotonic() - began
    wait_until(is_whole, timeout=60)
    told["later"] = float((kept + 1)[3])
told["warned"] = [str(each.message) for each in caught]
told["state"] = sessions.get().state.value
"""
END = """
session.close()
sessions.stop()
print(json.dumps(told))
"""


#: The folder of what tests share.
HELPERS = str(Path(__file__).parents[1])


def in_own_network(program: str, **variables: str) -> dict[str, Any]:
    alone = ["unshare", "--net", *([] if os.geteuid() == 0 else ["--map-root-user"])]
    probe = "ip rule add pref 5 ipproto tcp dport 9 blackhole"
    if subprocess.run([*alone, *probe.split()], capture_output=True, check=False).returncode:
        pytest.skip("this user may not have a network of its own, or iproute2 is missing")
    with isolated_home():
        done = subprocess.run(
            [*alone, sys.executable, "-c", f"HELPERS = {HELPERS!r}\n{PROGRAM}{program}{END}"],
            capture_output=True,
            text=True,
            timeout=200,
            check=False,
            env={**os.environ, **variables},
        )
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


def test_network_that_is_cut_for_a_moment_costs_nothing():
    told = in_own_network(BRIEF)
    assert told.pop("seconds") < 4  # an engine is asked without the host
    assert told == {"during": 3.0, "after": 10.0, "same": True, "other": 3, "state": "running"}


@pytest.mark.skipif(os.environ.get("SOAK") != "long", reason="takes a minute: SOAK=long")
def test_network_that_is_cut_for_long_costs_an_engine_that_comes_back(tmp_path):
    """For longer than Dask waits for its peers (30 s by itself)."""
    settings = tmp_path / "dask.yaml"
    settings.write_text("distributed: {comm: {timeouts: {tcp: 12s}}}\n")
    told = in_own_network(LONG, DASK_CONFIG=str(settings))
    assert told["seconds"] < 30, told
    assert (told["state"], told["later"]) == ("running", 4.0)
    assert any("computed again" in each for each in told["warned"]), told
